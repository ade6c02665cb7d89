package gevent

import (
	"errors"
	"time"
)

func init() {
	for name, f := range map[string]func(*world){
		"kill_before_start":                 killBeforeStart,
		"kill_while_sleeping":               killWhileSleeping,
		"kill_with_error":                   killWithError,
		"kill_before_start_with_error":      killBeforeStartWithError,
		"kill_without_block":                killWithoutBlock,
		"kill_refused":                      killRefused,
		"kill_itself":                       killItself,
		"killall":                           killAll,
		"links_in_order":                    linksInOrder,
		"link_kinds":                        linkKinds,
		"unlinked_is_not_called":            unlinked,
		"failing_link_does_not_stop_others": failingLink,
		"timeout_raises":                    timeoutRaises,
		"timeout_cancelled":                 timeoutCancelled,
		"timeout_silent":                    timeoutSilent,
		"timeout_nested":                    timeoutNested,
		"with_timeout":                      withTimeout,
		"timeout_is_not_starved":            timeoutNotStarved,
	} {
		allCases[name] = f
	}
}

func (w *world) outcome(g *Greenlet) {
	var err any
	if g.Err() != nil {
		err = g.Err()
	}
	w.Print(named(g.Value()), err, g.Successful(), g.Ready())
}

func killBeforeStart(w *world) {
	g := w.Spawn(w.prints("never"))
	g.Link(func(g *Greenlet) { w.Print("link", named(g.Value())) })
	w.ok(g.Kill(nil, Forever))
	w.outcome(g)
	w.ok(w.Sleep(0))
}

func killWhileSleeping(w *world) {
	g := w.Spawn(func() (any, error) {
		defer w.Print("finally")
		if err := w.Sleep(long); err != nil {
			return nil, err
		}
		w.Print("never")
		return nil, nil
	})
	w.ok(w.Sleep(0))
	w.Print("killing")
	w.ok(g.Kill(nil, Forever))
	w.Print("killed", named(g.Value()), g.Successful())
	w.ok(g.Kill(nil, Forever))
	w.Print("killed again", named(g.Value()), g.Successful())
}

func killWithError(w *world) {
	g := w.Spawn(w.sleeps(long))
	g.Link(func(g *Greenlet) { w.Print("link", g.Err()) })
	w.ok(w.Sleep(0))
	w.ok(g.Kill(errBoom, Forever))
	w.outcome(g)
	w.ok(w.Sleep(0))
}

func killBeforeStartWithError(w *world) {
	g := w.Spawn(w.prints("never"))
	w.ok(g.Kill(errBoom, Forever))
	w.outcome(g)
}

func killWithoutBlock(w *world) {
	g := w.Spawn(w.sleeper("g", long, nil))
	w.ok(w.Sleep(0))
	g.KillSoon(nil)
	w.Print("asked", g.Ready())
	w.ok(w.Sleep(0))
	w.Print("later", g.Ready())
}

func killRefused(w *world) {
	e := NewEvent(w.Hub)
	g := w.Spawn(func() (any, error) {
		if err := w.Sleep(long); errors.Is(err, ErrExit) {
			w.Print("refuses")
		}
		_, err := e.Wait(Forever)
		return "done", err
	})
	w.ok(w.Sleep(0))
	w.ok(g.Kill(nil, short))
	w.Print(g.Ready())
	e.Set()
	w.ok(g.Join(Forever))
	w.Print(g.Value())
}

func killItself(w *world) {
	g := w.Spawn(func() (any, error) {
		if err := w.Current().Kill(nil, Forever); err != nil {
			return nil, err
		}
		w.Print("never")
		return nil, nil
	})
	w.ok(g.Join(Forever))
	w.Print(named(g.Value()))
}

func killAll(w *world) {
	run := func(name string) error {
		defer w.Print(name, "finally")
		w.Print(name, "begins")
		return w.Sleep(long)
	}
	all := w.each("abc", run)
	w.ok(w.Sleep(0))
	all = append(all, w.Spawn(w.prints("never")))
	w.ok(w.KillAll(all, nil, Forever))
	exits := 0
	for _, v := range values(all...) {
		if named(v) == "GreenletExit" {
			exits++
		}
	}
	w.Print(exits == 4)
}

func linksInOrder(w *world) {
	g := w.Spawn(w.prints("runs"))
	for i := range 3 {
		g.Link(func(*Greenlet) { w.Print("link", i) })
	}
	g.RawLink(func(*Greenlet) { w.Print("rawlink") })
	w.ok(g.Join(Forever))
	w.Print("joined")
	g.Link(func(*Greenlet) { w.Print("late link") })
	w.ok(w.Sleep(0))
}

func linkKinds(w *world) {
	for _, err := range []error{nil, errBoom} {
		g := w.Spawn(func() (any, error) { return 1, err })
		g.LinkValue(func(g *Greenlet) { w.Print("value", g.Value()) })
		g.LinkError(func(g *Greenlet) { w.Print("exception", g.Err()) })
		w.ok(g.Join(Forever))
		w.ok(w.Sleep(0))
	}
}

func unlinked(w *world) {
	g := w.Spawn(w.prints("runs"))
	never := g.RawLink(func(*Greenlet) { w.Print("never") })
	g.RawLink(func(*Greenlet) { w.Print("called") })
	never.Unlink()
	w.ok(g.Join(Forever))
}

func failingLink(w *world) {
	g := w.Spawn(w.prints("runs"))
	g.RawLink(func(*Greenlet) {
		w.Print("bad")
		panic(errBoom)
	})
	g.RawLink(func(*Greenlet) { w.Print("good") })
	w.ok(g.Join(Forever))
}

func timeoutRaises(w *world) {
	t, err := w.StartTimeout(short)
	w.ok(err)
	err = w.Sleep(long)
	w.Print("caught", err == error(t), t.Pending())
}

func timeoutCancelled(w *world) {
	t, err := w.StartTimeout(short)
	w.ok(err)
	t.Cancel()
	w.ok(w.Sleep(tick))
	w.Print("slept", t.Pending())
}

func timeoutSilent(w *world) {
	expired, err := w.Within(short, func() error {
		if err := w.Sleep(long); err != nil {
			return err
		}
		w.Print("never")
		return nil
	})
	w.ok(err)
	if expired {
		w.Print("goes on")
	}
}

func timeoutNested(w *world) {
	// nest starts two timeouts and tells which of them ends the sleep, and whether the other one still may.
	nest := func(outer, inner time.Duration) (bool, bool, bool) {
		o, err := w.StartTimeout(outer)
		w.ok(err)
		defer o.Cancel()
		i, err := w.StartTimeout(inner)
		w.ok(err)
		err = w.Sleep(long)
		i.Cancel()
		return err == error(i), err == error(o), o.Pending() || i.Pending()
	}
	inner, _, pending := nest(10*tick, short)
	w.Print("inner", inner, pending)
	_, outer, pending := nest(short, long)
	w.Print("outer", outer, pending)
}

func withTimeout(w *world) {
	w.Print(tried(WithTimeout(w.Hub, short, w.sleeps(long))))
	if expired, err := w.Within(short, func() error { return w.Sleep(long) }); expired && err == nil {
		w.Print("late")
	}
	w.Print(tried(WithTimeout(w.Hub, long, func() (any, error) { return "in time", nil })))
}

func timeoutNotStarved(w *world) {
	_, err := WithTimeout(w.Hub, 10*time.Millisecond, func() (any, error) {
		for {
			if err := w.Sleep(0); err != nil {
				return nil, err
			}
		}
	})
	if named(err) == "Timeout" {
		w.Print("timed out")
	}
}
