package socketserver

import (
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/osthread"
)

// Threading processes each request on a kernel thread of its own, which ends with it.
func Threading(s *Server) {
	t := &threads{server: s, ended: make(chan struct{}, 1)}
	s.ProcessRequest = func(r *Request) error {
		t.makeRoom()
		t.start(r)
		return nil
	}
	s.Active = t.ids
	super := s.Methods
	release := func() {}
	s.ServerActivate = func() error {
		release = osthread.Places()
		return super.ServerActivate()
	}
	s.ServerClose = func() error {
		defer release()
		return s.closeAndJoin(super.ServerClose, t.join)
	}
}

type threads struct {
	server *Server
	mu     sync.Mutex
	alive  []*thread
	ended  chan struct{} // told after an end, if anybody waits
}

type thread struct {
	tid  int // 0 until it runs
	done chan struct{}
}

func (t *threads) start(r *Request) {
	th := &thread{done: make(chan struct{})}
	t.mu.Lock()
	t.alive = append(t.alive, th)
	t.mu.Unlock()
	t.server.stats.start()
	osthread.Go(func() {
		defer t.end(th)
		t.mu.Lock()
		th.tid = unix.Gettid()
		t.mu.Unlock()
		t.server.finishApart(r)
	})
}

func (t *threads) end(th *thread) {
	t.mu.Lock()
	t.alive = slices.DeleteFunc(t.alive, func(other *thread) bool { return other == th })
	t.mu.Unlock()
	t.server.stats.ended.Add(1)
	close(th.done)
	select {
	case t.ended <- struct{}{}:
	default:
	}
}

// makeRoom waits until there are fewer than MaxThreads. A Shutdown does not wait with it.
func (t *threads) makeRoom() {
	for limit := t.server.MaxThreads; limit > 0 && t.count() >= limit; {
		select {
		case <-t.ended:
		case <-t.server.stop:
			return
		}
	}
}

func (t *threads) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.alive)
}

func (t *threads) ids() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []int
	for _, th := range t.alive {
		ids = append(ids, th.tid)
	}
	return ids
}

// join waits for all threads but the calling one.
func (t *threads) join() {
	own := unix.Gettid()
	t.mu.Lock()
	alive := slices.Clone(t.alive)
	alive = slices.DeleteFunc(alive, func(th *thread) bool { return th.tid == own })
	t.mu.Unlock()
	for _, th := range alive {
		<-th.done
	}
}
