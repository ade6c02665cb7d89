package gevent

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tracer/servers/coro/internal/conformance"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What the Python cases use.
const (
	tick  = 50 * time.Millisecond
	short = time.Millisecond
	long  = 10 * time.Second
)

var errBoom = errors.New("boom")

// world is what a case has at hand.
type world struct {
	*Hub
	t *testing.T
	*conformance.Out
}

// named is a value as the Python cases name it.
func named(v any) any {
	err, ok := v.(error)
	var timeout *Timeout
	switch {
	case !ok:
		return v
	case errors.Is(err, ErrExit):
		return "GreenletExit"
	case errors.As(err, &timeout):
		return "Timeout"
	}
	return err
}

// tried is what the Python cases' attempt makes of a result.
func tried(v any, err error) any {
	var timeout *Timeout
	switch {
	case err == nil:
		return named(v)
	case errors.As(err, &timeout), errors.Is(err, ErrExit):
		return named(err)
	case errors.Is(err, ErrFull):
		return "Full"
	case errors.Is(err, ErrEmpty):
		return "Empty"
	}
	return "error: " + err.Error()
}

// triedErr is tried for what returns an error only.
func triedErr(err error) any { return tried(nil, err) }

// prints makes a greenlet's function of what it prints.
func (w *world) prints(values ...any) Func {
	return func() (any, error) { w.Print(values...); return nil, nil }
}

// sleeps makes a greenlet's function that sleeps.
func (w *world) sleeps(d time.Duration) Func { return func() (any, error) { return nil, w.Sleep(d) } }

func (w *world) sleeper(name string, d time.Duration, result any) Func {
	return func() (any, error) {
		w.Print(name, "begins")
		if err := w.Sleep(d); err != nil {
			return nil, err
		}
		w.Print(name, "ends")
		return result, nil
	}
}

// untilKilled sleeps, and says when it is ended.
func (w *world) untilKilled(name string) Func {
	return func() (any, error) {
		defer w.Print(name, "finally")
		return nil, w.Sleep(long)
	}
}

func (w *world) joinAll(all ...*Greenlet) { w.ok(w.JoinAll(all, JoinOptions{})) }

// ok reports an error that no case expects. It takes what any call returns.
func (w *world) ok(results ...any) {
	w.t.Helper()
	if err, failed := results[len(results)-1].(error); failed {
		w.t.Errorf("unexpected error: %v", err)
	}
}

// values are what greenlets have returned.
func values(all ...*Greenlet) (v []any) {
	for _, g := range all {
		v = append(v, g.Value())
	}
	return v
}

// each spawns a function for each name.
func (w *world) each(names string, f func(name string) error) (all []*Greenlet) {
	for _, name := range strings.Split(names, "") {
		all = append(all, w.Spawn(func() (any, error) { return nil, f(name) }))
	}
	return all
}

// ages spawns sleepers and names them.
func (w *world) ages(names string, times ...time.Duration) (all []*Greenlet) {
	for i, name := range strings.Fields(names) {
		g := w.Spawn(w.sleeps(times[i]))
		g.SetName(name)
		all = append(all, g)
	}
	return all
}

// printNames prints what greenlets are called.
func (w *world) printNames(all []*Greenlet, err error) {
	w.ok(err)
	var names []any
	for _, g := range all {
		names = append(names, g.Name())
	}
	w.Print(names...)
}

// quiet is a hub whose greenlets' errors are expected.
var quiet = Options{OnError: func(string, error) {}}

func with(f func(w *world)) func(*testing.T, *conformance.Out) {
	return func(t *testing.T, out *conformance.Out) {
		if err := quiet.Run(func(h *Hub) error { f(&world{h, t, out}); return nil }); err != nil {
			t.Error(err)
		}
	}
}

func TestConformance(t *testing.T) {
	cases := conformance.Cases{}
	for name, f := range allCases {
		cases[name] = with(f)
	}
	conformance.Run(t, cases, "greenlet", "gevent")
}

var allCases = map[string]func(*world){
	"spawn_does_not_run": func(w *world) {
		g := w.Spawn(w.prints("greenlet runs"))
		w.Print("spawned", g.Started(), g.Ready())
		w.Sleep(0)
		w.Print("slept", g.Started(), g.Ready())
	},
	"order_of_spawned": func(w *world) {
		all := w.each("0123", func(name string) error {
			for _, step := range []string{"A", "B", "C"} {
				w.Print(name + step)
				w.ok(w.Sleep(0))
			}
			return nil
		})
		w.Print("spawned")
		w.joinAll(all...)
	},
	"order_of_sleeps": func(w *world) {
		w.joinAll(w.Spawn(w.sleeper("c", 3*tick, nil)), w.Spawn(w.sleeper("a", tick, nil)),
			w.Spawn(w.sleeper("b", 2*tick, nil)))
	},
	"equal_sleeps_in_order": func(w *world) {
		w.joinAll(w.Spawn(w.sleeper("a", tick, nil)), w.Spawn(w.sleeper("b", tick, nil)),
			w.Spawn(w.sleeper("c", tick, nil)))
	},
	"spawn_later": func(w *world) {
		w.SpawnLater(2*tick, w.prints("later"))
		w.SpawnLater(tick, w.prints("sooner"))
		w.Spawn(w.prints("now"))
		w.ok(w.Sleep(3 * tick))
	},
	"start_once": func(w *world) {
		g := NewGreenlet(w.Hub, w.prints("runs"))
		w.Print(g.Started(), g.Ready())
		g.Start()
		g.Start()
		w.Print(g.Started(), g.Ready())
		w.ok(g.Join(Forever))
		g.Start()
		w.Print(g.Started(), g.Ready())
	},
	"results": func(w *world) {
		a := w.Spawn(func() (any, error) { return 42, nil })
		b := w.Spawn(func() (any, error) { return nil, errBoom })
		show := func(g *Greenlet) {
			var err any
			if g.Err() != nil {
				err = g.Err()
			}
			w.Print(g.Value(), err, g.Successful(), g.Ready())
		}
		show(a)
		w.joinAll(a, b)
		show(a)
		show(b)
		w.Print(tried(a.Get(Forever)), tried(b.Get(Forever)))
	},
	"get_times_out": func(w *world) {
		g := w.Spawn(w.sleeps(long))
		w.Print(tried(g.Get(short)), g.Ready())
		w.Print(triedErr(g.Join(short)), g.Ready())
		w.ok(g.Kill(nil, Forever))
		w.Print(tried(g.Get(Forever)), g.Ready())
	},
	"joinall_returns_in_order_of_finishing": func(w *world) {
		w.printNames(w.JoinAll(w.ages("c a b", 3*tick, tick, 2*tick), JoinOptions{}))
	},
	"joinall_timeout": func(w *world) {
		all := w.ages("never a b", 1000*tick, 0, 0)
		w.printNames(w.JoinAll(all, JoinOptions{Timeout: tick}))
		w.ok(w.KillAll(all, nil, Forever))
		w.Print(all[0].Ready() && all[1].Ready() && all[2].Ready())
	},
	"joinall_count": func(w *world) {
		all := w.ages("never a b", 1000*tick, tick, 2*tick)
		w.printNames(w.JoinAll(all, JoinOptions{Count: 1}))
		w.printNames(w.JoinAll(all, JoinOptions{Count: 2}))
		w.ok(w.KillAll(all, nil, Forever))
	},
	"joinall_duplicates": func(w *world) {
		a := w.Spawn(func() (any, error) { return "a", nil })
		b := w.Spawn(func() (any, error) { return "b", nil })
		for range 2 {
			done, err := w.JoinAll([]*Greenlet{a, b, a}, JoinOptions{})
			w.ok(err)
			w.Print(values(done...)...)
		}
	},
	"joinall_raises_the_earliest": func(w *world) {
		fail := func(e *Event, text string) *Greenlet {
			return w.Spawn(func() (any, error) { w.ok(e.Wait(Forever)); return nil, errors.New(text) })
		}
		late, early := NewEvent(w.Hub), NewEvent(w.Hub)
		a, b := fail(late, "late"), fail(early, "early")
		w.Go(early.Set)
		_, err := w.JoinAll([]*Greenlet{a, b}, JoinOptions{Raise: true})
		w.Print(triedErr(err), a.Ready(), b.Ready())
		late.Set()
		done, err := w.JoinAll([]*Greenlet{a, b}, JoinOptions{})
		w.ok(err)
		w.Print(len(done))
	},
	"error_does_not_escape": func(w *world) {
		w.Spawn(func() (any, error) { return nil, errBoom })
		w.ok(w.Sleep(tick))
		w.Print("goes on")
	},
	"current": func(w *world) {
		main := w.Current()
		var g *Greenlet
		g = w.Go(func() { w.Print(w.Current() == g, w.Current() == main) })
		w.ok(g.Join(Forever))
		w.Print(w.Current() == main)
	},
	"join_in_greenlets": func(w *world) {
		a := w.Spawn(w.sleeper("a", tick, "result of a"))
		w.joinAll(w.each("bc", func(name string) error {
			v, err := a.Get(Forever)
			w.Print(name, "has", v)
			return err
		})...)
	},
	"switch_count": func(w *world) {
		before, polls := w.Stats().Switches, w.Stats().Polls
		w.joinAll(w.each("abcd", func(string) error { return errors.Join(w.Sleep(0), w.Sleep(0)) })...)
		w.Print(w.Stats().Switches - before)
		if n := w.Stats().Polls - polls; n > 1 {
			w.t.Errorf("%d polls, want 1 at most", n)
		}
	},
	"loop_exit": func(w *world) {
		_, err := NewEvent(w.Hub).Wait(Forever)
		var deadlock *DeadlockError
		if errors.As(err, &deadlock) {
			w.Print("would block forever")
		}
		w.ok(w.Sleep(short))
		w.Print("can be used again")
	},
	"hub_join": func(w *world) {
		join := func(timeout time.Duration) bool {
			done, err := w.Join(timeout)
			w.ok(err)
			return done
		}
		w.Print(join(Forever))
		w.Spawn(w.prints("runs"))
		w.Print(join(Forever))
		g := w.Spawn(w.sleeps(long))
		w.Print(join(short), g.Ready())
		w.ok(g.Kill(nil, Forever))
		w.Print(join(Forever))
	},
}
