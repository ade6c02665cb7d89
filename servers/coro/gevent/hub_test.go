package gevent

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"tracer/servers/coro"
)

// run runs a test's main greenlet; what it leaves behind is a failure.
func run(t *testing.T, main func(h *Hub) error) {
	t.Helper()
	if err := Run(main); err != nil {
		t.Errorf("run: %v", err)
	}
}

// TestDeadlockNamesAll: each greenlet and what it waits for.
func TestDeadlockNamesAll(t *testing.T) {
	run(t, func(h *Hub) error {
		q, c := NewQueue[int](h, 1), NewChannel[int](h)
		named := func(name string, f func() error) *Greenlet {
			g := h.Spawn(func() (any, error) { return nil, f() })
			g.SetName(name)
			return g
		}
		all := []*Greenlet{
			named("eve", func() error { _, err := NewEvent(h).Wait(Forever); return err }),
			named("quentin", func() error { _, err := q.Get(Forever); return err }),
			named("charlotte", func() error { return c.Put(1, Forever) }),
			named("simon", func() error { _, err := NewSemaphore(h, 0).Acquire(Forever); return err }),
		}
		all = append(all, named("joan", func() error { return all[0].Join(Forever) }))
		_, err := h.JoinAll(all, JoinOptions{})
		var deadlock *DeadlockError
		if !errors.As(err, &deadlock) {
			t.Fatalf("error %v", err)
		}
		for _, want := range []string{
			"this operation would block forever", "main waits for several objects", "eve waits for an event",
			"quentin waits for an item of a queue", "charlotte waits for a getter of a channel",
			"simon waits for a semaphore", "joan waits for the end of eve",
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in: %v", want, err)
			}
		}
		return h.KillAll(all, nil, Forever)
	})
}

// TestLeaksAreReported: what main leaves is ended, with its deferred functions run, closed, and told.
func TestLeaksAreReported(t *testing.T) {
	ended := false
	before := descriptors(t)
	err := Run(func(h *Hub) error {
		g := h.Spawn(func() (any, error) {
			defer func() { ended = true }()
			for {
				_ = h.Sleep(time.Hour) // the exit is ignored
			}
		})
		g.SetName("sleepy")
		if _, err := h.Listen("tcp", "127.0.0.1:0", 0); err != nil {
			return err
		}
		if err := h.Sleep(0); err != nil {
			return err
		}
		h.Spawn(func() (any, error) { t.Error("it runs after the end"); return nil, nil })
		return errBoom
	})
	var leak *LeakError
	if !errors.As(err, &leak) || !errors.Is(err, errBoom) || len(leak.Left) != 3 {
		t.Fatalf("run: %v", err)
	}
	for i, want := range []string{"sleepy, waits for the end of its sleep", "Greenlet-2, not yet run",
		"listener tcp 127.0.0.1:"} {
		if !strings.HasPrefix(leak.Left[i], want) {
			t.Errorf("leak %d: %q, want %q", i, leak.Left[i], want)
		}
	}
	if !ended {
		t.Error("the deferred function has not run")
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	return entries(t, "/proc/self/fd")
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestPanicIsTheGreenletsError: with its stack; in main it goes on.
func TestPanicIsTheGreenletsError(t *testing.T) {
	var told []string
	options := Options{OnError: func(source string, err error) { told = append(told, source) }}
	defer func() {
		if p := recover(); p != any("main's") {
			t.Errorf("recovered %v", p)
		}
		if !slices.Equal(told, []string{"Greenlet-1"}) {
			t.Errorf("told of %v", told)
		}
	}()
	_ = options.Run(func(h *Hub) error {
		_, err := h.Spawn(func() (any, error) { panic(errBoom) }).Get(Forever)
		var p *coro.Panic
		if !errors.As(err, &p) || !errors.Is(err, errBoom) || !strings.Contains(string(p.Stack),
			"TestPanicIsTheGreenletsError") {
			t.Errorf("get: %v", err)
		}
		panic("main's")
	})
}

// TestOtherGoroutine: each use is refused, with an error or a panic that says why.
func TestOtherGoroutine(t *testing.T) {
	run(t, func(h *Hub) error {
		e, q, s := NewEvent(h), NewQueue[int](h, 0), NewSemaphore(h, 1)
		l, err := h.Listen("tcp", "127.0.0.1:0", 0)
		if err != nil {
			return err
		}
		done := make(chan bool)
		go func() {
			defer close(done)
			_, waited := e.Wait(Forever)
			_, got := WithTimeout(h, short, func() (any, error) { return nil, nil })
			_, accepted := l.AcceptConn()
			_, dialed := h.Dial("tcp", "127.0.0.1:1", short)
			for i, err := range []error{waited, got, accepted, dialed, h.Sleep(0)} {
				if !errors.Is(err, ErrThread) {
					t.Errorf("act %d: %v", i, err)
				}
			}
			for i, f := range []func(){
				e.Set, s.Release, func() { _ = q.TryPut(1) }, func() { h.Go(func() {}) }, func() { l.Close() },
			} {
				func() {
					defer func() {
						if err, ok := recover().(error); !ok || !errors.Is(err, ErrThread) {
							t.Errorf("panic %d: %v", i, err)
						}
					}()
					f()
				}()
			}
			if h.Current() != nil {
				t.Error("another goroutine has a current greenlet")
			}
		}()
		<-done
		return l.Close()
	})
}

// TestBlockingInLoop: a callback of the loop cannot wait.
func TestBlockingInLoop(t *testing.T) {
	run(t, func(h *Hub) error {
		var err error
		g := h.Go(func() {})
		g.RawLink(func(*Greenlet) { err = h.Sleep(0) })
		if err := g.Join(Forever); err != nil {
			return err
		}
		if err := h.Sleep(0); err != nil {
			return err
		}
		if !errors.Is(err, ErrInHub) {
			t.Errorf("sleep in a callback: %v", err)
		}
		return nil
	})
}

// TestQueuesInLoop: what does not need to wait works in callbacks, and makes room by serving others.
func TestQueuesInLoop(t *testing.T) {
	run(t, func(h *Hub) error {
		q, c := NewQueue[int](h, 1), NewChannel[int](h)
		inLoop := func(f func()) {
			h.soon(f)
			if err := h.Sleep(0); err != nil {
				t.Error(err)
			}
		}
		inLoop(func() {
			if first, second := q.TryPut(2), q.TryPut(3); first != nil || !errors.Is(second, ErrFull) {
				t.Errorf("put: %v, %v", first, second)
			}
		})
		putter := h.Spawn(func() (any, error) { return nil, q.Put(5, Forever) })
		inLoop(func() {
			first, _ := q.TryGet()
			second, _ := q.TryGet()
			if _, err := q.TryGet(); first != 2 || second != 5 || !errors.Is(err, ErrEmpty) {
				t.Errorf("got %d, %d, %v", first, second, err)
			}
		})
		inLoop(func() {
			if _, err := c.Get(Forever); !errors.Is(err, ErrEmpty) {
				t.Errorf("channel get: %v", err)
			}
			if err := c.Put(1, Forever); !errors.Is(err, ErrFull) {
				t.Errorf("channel put: %v", err)
			}
		})
		sender := h.Spawn(func() (any, error) { return nil, c.Put(7, Forever) })
		inLoop(func() {})
		inLoop(func() {
			if v, err := c.Get(Forever); v != 7 || err != nil {
				t.Errorf("channel got %d, %v", v, err)
			}
		})
		receiver := h.Spawn(func() (any, error) { return c.Get(Forever) })
		inLoop(func() {})
		inLoop(func() {
			if err := c.Put(8, Forever); err != nil {
				t.Error(err)
			}
		})
		_, err := h.JoinAll([]*Greenlet{putter, sender, receiver}, JoinOptions{Raise: true})
		if receiver.Value() != 8 {
			t.Errorf("received %v", receiver.Value())
		}
		return err
	})
}

func TestShutDown(t *testing.T) {
	for _, immediate := range []bool{false, true} {
		run(t, func(h *Hub) error {
			q := NewQueue[string](h, 2)
			q.TryPut("L")
			q.TryPut("O")
			late := h.Spawn(func() (any, error) { return nil, nil })
			blocked := h.Spawn(func() (any, error) { return q.Put("late", Forever), nil })
			if err := errors.Join(late.Join(Forever), h.Sleep(0)); err != nil {
				return err
			}
			q.ShutDown(immediate)
			if err := q.Put("E", Forever); !errors.Is(err, ErrShutDown) {
				t.Errorf("put: %v", err)
			}
			if v, err := blocked.Get(Forever); err != nil || !errors.Is(v.(error), ErrShutDown) {
				t.Errorf("blocked put: %v, %v", v, err)
			}
			var left []string
			for item := range q.All() {
				left = append(left, item)
				if err := q.TaskDone(); err != nil {
					t.Error(err)
				}
			}
			want := []string{"L", "O"}
			if immediate {
				want = nil
				if err := q.TaskDone(); !errors.Is(err, ErrTaskDone) {
					t.Errorf("task done: %v", err)
				}
			}
			if !slices.Equal(left, want) {
				t.Errorf("left %v, want %v", left, want)
			}
			done, err := q.Join(Forever)
			if !done {
				t.Error("not joined")
			}
			return err
		})
	}
}

func TestShutDownWakesGetters(t *testing.T) {
	run(t, func(h *Hub) error {
		q := NewQueue[int](h, 0)
		get := func() (any, error) { _, err := q.Get(Forever); return err, nil }
		all := []*Greenlet{h.Spawn(get), h.Spawn(get)}
		if err := h.Sleep(0); err != nil {
			return err
		}
		q.ShutDown(false)
		_, err := h.JoinAll(all, JoinOptions{})
		for _, g := range all {
			if got, _ := g.Value().(error); !errors.Is(got, ErrShutDown) {
				t.Errorf("got %v", got)
			}
		}
		return err
	})
}

// TestAsync: other goroutines wake the loop, which has nothing else to wait for.
func TestAsync(t *testing.T) {
	run(t, func(h *Hub) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		e := NewEvent(h)
		a, err := h.Async(e.Set)
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, a.Send)
		go cancel()
		if _, err := e.Wait(Forever); err != nil {
			return err
		}
		a.Close()
		a.Close()
		a.Send()
		var deadlock *DeadlockError
		if _, err := NewEvent(h).Wait(Forever); !errors.As(err, &deadlock) {
			t.Errorf("with a closed async: %v", err)
		}
		return nil
	})
}

// TestAsyncAfterTheEnd: a late Send touches nothing.
func TestAsyncAfterTheEnd(t *testing.T) {
	var a *Async
	run(t, func(h *Hub) (err error) {
		a, err = h.Async(func() { t.Error("called") })
		return err
	})
	a.Send()
}

// TestWaitFD: for descriptors that are not the hub's.
func TestWaitFD(t *testing.T) {
	run(t, func(h *Hub) error {
		for range 2 { // the second time with the same numbers
			var p [2]int
			if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
				return err
			}
			if ready, err := h.WaitFD(p[0], unix.POLLIN, short); ready || err != nil {
				t.Errorf("empty pipe: %v, %v", ready, err)
			}
			if ready, err := h.WaitFD(p[1], unix.POLLOUT, Forever); !ready || err != nil {
				t.Errorf("room in the pipe: %v, %v", ready, err)
			}
			h.Go(func() { unix.Write(p[1], []byte("x")) })
			for range 2 { // it stays readable
				if ready, err := h.WaitFD(p[0], unix.POLLIN, Forever); !ready || err != nil {
					t.Errorf("pipe: %v, %v", ready, err)
				}
			}
			unix.Close(p[0])
			unix.Close(p[1])
		}
		if _, err := h.WaitFD(-1, unix.POLLIN, Forever); !errors.Is(err, unix.EBADF) {
			t.Errorf("no descriptor: %v", err)
		}
		return nil
	})
}

// TestNoThreads: greenlets, however many, are no threads.
func TestNoThreads(t *testing.T) {
	run(t, func(h *Hub) error {
		before := entries(t, "/proc/self/task")
		var all []*Greenlet
		for range 2000 {
			all = append(all, h.Spawn(func() (any, error) { return unix.Gettid(), h.Sleep(0) }))
		}
		_, err := h.JoinAll(all, JoinOptions{Raise: true})
		for _, g := range all {
			if g.Value() != unix.Gettid() {
				t.Fatalf("a greenlet ran on thread %v, main on %d", g.Value(), unix.Gettid())
			}
		}
		// The runtime may start some of its own, but not one a greenlet.
		if after := entries(t, "/proc/self/task"); after > before+10 {
			t.Errorf("%d threads, %d before", after, before)
		}
		return err
	})
}

// TestLinksOfMany: in order, however many there are.
func TestLinksOfMany(t *testing.T) {
	for _, count := range []int{2, 3, 4, 1000} {
		run(t, func(h *Hub) error {
			var list []int
			g := h.Go(func() { list = append(list, 0) })
			for i := 1; i < count; i++ {
				g.Link(func(*Greenlet) { list = append(list, i) })
			}
			err := g.Join(Forever)
			if len(list) != count || !slices.IsSorted(list) {
				t.Errorf("%d links: %v", count, list)
			}
			return err
		})
	}
}

// TestSetThenClear: all who waited wake, however many.
func TestSetThenClear(t *testing.T) {
	for _, count := range []int{1, 100, 1000} {
		run(t, func(h *Hub) error {
			e := NewEvent(h)
			var all []*Greenlet
			for range count {
				all = append(all, h.Spawn(func() (any, error) { return e.Wait(Forever) }))
			}
			if err := h.Sleep(0); err != nil {
				return err
			}
			e.Set()
			e.Clear()
			done, err := h.JoinAll(all, JoinOptions{})
			if len(done) != count {
				t.Errorf("%d of %d woke", len(done), count)
			}
			return err
		})
	}
}

// TestEventWaitsAgain: one woken by an event that waits again, for a cleared one, waits.
func TestEventWaitsAgain(t *testing.T) {
	run(t, func(h *Hub) error {
		e := NewEvent(h)
		return h.Spawn(func() (any, error) {
			s := h.Go(e.Set)
			if ok, err := e.Wait(Forever); !ok {
				t.Errorf("first wait: %v", err)
			}
			if err := s.Join(Forever); err != nil {
				return nil, err
			}
			e.Clear()
			ready, err := h.Wait([]Waitable{e}, short, -1)
			if len(ready) != 0 {
				t.Error("a cleared event is ready")
			}
			return nil, err
		}).Join(Forever)
	})
}

// TestPartialIterators: an iterator that is given up leaves no link.
func TestPartialIterators(t *testing.T) {
	run(t, func(h *Hub) error {
		a, b := NewSemaphore(h, 0), NewSemaphore(h, 0)
		h.Go(a.Release)
		it := h.IWait([]Waitable{a, b}, Forever, -1)
		first, err := it.Next()
		if first != a {
			t.Errorf("first %v", first)
		}
		if len(b.waiters) != 1 {
			t.Errorf("%d links", len(b.waiters))
		}
		it.Close()
		if len(b.waiters) != 0 {
			t.Errorf("%d links after the close", len(b.waiters))
		}
		return err
	})
}

// TestKills: every state of a greenlet, every way to kill, links called once, a second kill harmless.
func TestKills(t *testing.T) {
	states := map[string]func(h *Hub, g *Greenlet) error{
		"created":     func(*Hub, *Greenlet) error { return nil },
		"started":     func(_ *Hub, g *Greenlet) error { g.Start(); return nil },
		"start later": func(_ *Hub, g *Greenlet) error { g.StartLater(long); return nil },
		"running":     func(h *Hub, g *Greenlet) error { g.Start(); return h.Sleep(0) },
	}
	ways := map[string]func(h *Hub, g *Greenlet, err error) error{
		"kill":      func(_ *Hub, g *Greenlet, err error) error { return g.Kill(err, Forever) },
		"kill soon": func(h *Hub, g *Greenlet, err error) error { g.KillSoon(err); return h.Sleep(short) },
		"killall":   func(h *Hub, g *Greenlet, err error) error { return h.KillAll([]*Greenlet{g}, err, Forever) },
		"killall soon": func(h *Hub, g *Greenlet, err error) error {
			h.KillAllSoon([]*Greenlet{g}, err)
			return h.Sleep(short)
		},
	}
	for state, prepare := range states {
		for way, kill := range ways {
			for _, cause := range []error{nil, errBoom} {
				if err := quiet.Run(func(h *Hub) error {
					return killOnce(t, h, state+", "+way, prepare, kill, cause)
				}); err != nil {
					t.Errorf("%s, %s: %v", state, way, err)
				}
			}
		}
	}
}

func killOnce(t *testing.T, h *Hub, name string, prepare func(*Hub, *Greenlet) error,
	kill func(*Hub, *Greenlet, error) error, cause error) error {
	links := 0
	g := NewGreenlet(h, func() (any, error) {
		if err := h.Sleep(long); err != nil {
			return nil, err
		}
		t.Errorf("%s: it goes on", name)
		return nil, nil
	})
	g.Link(func(*Greenlet) { links++ })
	if err := prepare(h, g); err != nil {
		return err
	}
	for range 2 {
		if err := errors.Join(kill(h, g, cause), h.Sleep(0)); err != nil {
			return err
		}
		ok := g.Ready() && !g.Started() && g.Successful() == (cause == nil) && errors.Is(g.Err(), cause)
		if exit, _ := g.Value().(error); !ok || cause == nil && !errors.Is(exit, ErrExit) {
			t.Errorf("%s: value %v, error %v, ready %v", name, g.Value(), g.Err(), g.Ready())
		}
	}
	if links != 1 {
		t.Errorf("%s: %d links called", name, links)
	}
	return nil
}

func TestKillAllTimesOut(t *testing.T) {
	run(t, func(h *Hub) error {
		stubborn := h.Spawn(func() (any, error) {
			for {
				if err := h.Sleep(long); errors.Is(err, errBoom) {
					return nil, nil
				}
			}
		})
		if err := h.Sleep(0); err != nil {
			return err
		}
		var timeout *Timeout
		if err := h.KillAll([]*Greenlet{stubborn}, nil, short); !errors.As(err, &timeout) {
			t.Errorf("kill all: %v", err)
		}
		return stubborn.Kill(errBoom, Forever)
	})
}

func TestHubJoinIsForMain(t *testing.T) {
	run(t, func(h *Hub) error {
		return h.Spawn(func() (any, error) {
			if _, err := h.Join(Forever); !errors.Is(err, ErrMainOnly) {
				t.Errorf("join in a greenlet: %v", err)
			}
			return nil, nil
		}).Join(Forever)
	})
}

// TestTimers: timers that are stopped and started in any order come in the order of their times, each once.
func TestTimers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		delays := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 20).Draw(rt, "delays")
		stopped := rapid.SliceOfN(rapid.Bool(), len(delays), len(delays)).Draw(rt, "stopped")
		var got, want []int
		all := make([]*timer, len(delays))
		if err := Run(func(h *Hub) error {
			for i, d := range delays {
				all[i] = &timer{run: func() { got = append(got, i) }}
				h.start(all[i], time.Duration(d)*100*time.Microsecond)
			}
			for i, s := range stopped {
				if s {
					h.halt(all[i])
				} else {
					want = append(want, i)
				}
			}
			_, err := h.Join(Forever)
			return err
		}); err != nil {
			rt.Fatal(err)
		}
		// Not by their delays: the later start of one with a shorter delay can be the later time.
		slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(all[a].at, all[b].at) })
		if !slices.Equal(got, want) {
			rt.Fatalf("%v came, want %v", got, want)
		}
	})
}
