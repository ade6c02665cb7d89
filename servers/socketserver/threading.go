package socketserver

import (
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// Threading processes each request on a kernel thread of its own, which ends with it. The thread is a goroutine that locks itself to
// the thread it runs on and returns without unlocking: the runtime then ends that thread, since nobody else may use it.
func Threading(s *Server) {
	t := &threads{server: s, ended: make(chan struct{}, 1)}
	s.ProcessRequest = func(r *Request) error {
		t.makeRoom()
		t.start(r)
		return nil
	}
	s.Active = t.ids
	super := s.Methods
	s.ServerClose = func() error { return s.closeAndJoin(super.ServerClose, t.join) }
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
	onThread(func() {
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

// onThread runs f on a thread that ends with it. The first thread of the process cannot end alone (the runtime would only put it to
// sleep for ever), so when the scheduler offers that one it is held until another has taken f.
func onThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		taken := make(chan struct{})
		onThread(func() { close(taken); f() })
		<-taken
		runtime.UnlockOSThread()
	}()
}
