package greenlet

import (
	"errors"
	"strings"
	"testing"

	"tracer/servers/coro/internal/conformance"
)

var (
	errSome  = errors.New("boom")
	errIndex = errors.New("index error")
)

// run makes a Run of a function that takes nothing and returns nothing.
func run(f func()) Run {
	return func(...any) (any, error) {
		f()
		return nil, nil
	}
}

// must fails the test at an error that no case expects, and passes the values on.
func must(t *testing.T) func([]any, error) []any {
	return func(values []any, err error) []any {
		t.Helper()
		if err != nil {
			t.Errorf("unexpected error: %v", err)
		}
		return values
	}
}

// shown is a value as the Python cases show it.
func shown(values []any) any {
	if len(values) == 1 {
		if err, ok := values[0].(error); ok && errors.Is(err, ErrExit) {
			return "GreenletExit"
		}
	}
	return values
}

// stateOf is what String says after the name.
func stateOf(g *Greenlet) string {
	text := strings.TrimSuffix(g.String(), ">")
	for _, word := range []string{"current", "suspended", "pending", "dead"} {
		if _, after, ok := strings.Cut(text, " "+word); ok {
			return word + after
		}
	}
	return text
}

type body = func(t *testing.T, thread *Thread, out *conformance.Out)

// on passes a case a Thread and checks what it leaves suspended.
func on(left int, f body) func(*testing.T, *conformance.Out) {
	return func(t *testing.T, out *conformance.Out) {
		thread := NewThread()
		f(t, thread, out)
		if n := len(thread.Alive()); n != left {
			t.Errorf("%d left suspended, want %d", n, left)
		}
		if err := thread.Close(); (err != nil) != (left > 0) {
			t.Errorf("close: %v", err)
		}
	}
}

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Cases{
		"switch_order":                           on(0, switchOrder),
		"values_both_ways":                       on(0, valuesBothWays),
		"none_is_a_value":                        on(0, noneIsAValue),
		"result_goes_to_parent":                  on(0, resultGoesToParent),
		"parent_on_finish_not_resumer":           on(0, parentOnFinish),
		"error_goes_to_parent":                   on(0, errorGoesToParent),
		"siblings":                               on(0, siblings),
		"ring":                                   on(0, ring),
		"switch_down_the_middle":                 on(0, switchDownTheMiddle),
		"throw_into_waiting":                     on(0, throwIntoWaiting),
		"throw_into_pending":                     on(0, throwIntoPending),
		"throw_into_dead":                        on(0, throwIntoDead),
		"throw_into_dead_goes_to_its_parent":     on(0, throwIntoDeadGoesToItsParent),
		"kill_returns_exit":                      on(0, killReturnsExit),
		"kill_is_caught":                         on(0, killIsCaught),
		"throw_goes_to_original_parent":          on(0, throwGoesToOriginalParent),
		"switch_to_dead":                         on(0, switchToDead),
		"switch_to_dead_with_waiting_parent":     on(0, switchToDeadWithWaitingParent),
		"switch_to_itself":                       on(0, switchToItself),
		"pending_parent_gets_result_as_argument": on(0, pendingParentGetsResult),
		"pending_parent_dies_of_error":           on(0, pendingParentDiesOfError),
		"dead_reparented_to_pending":             on(0, deadReparented),
		"no_run":                                 on(0, noRun),
		"run_is_gone_after_the_start":            on(0, runIsGone),
		"parent_errors":                          on(0, parentErrors),
		"states":                                 on(0, states),
		"trace_events":                           on(0, traceEvents),
		"trace_error_ends_tracing":               on(0, traceError),
		"trace_counts":                           on(1, traceCounts),
		"finally_runs_on_exit":                   on(0, finallyRuns),
		"deep_recursion_switches":                on(0, deepRecursion),
		"generator_by_greenlets":                 on(0, generatorByGreenlets),
	}, "greenlet")
}

func switchOrder(t *testing.T, thread *Thread, out *conformance.Out) {
	g := thread.New(run(func() {
		out.Print(1)
		thread.Current().Parent().Switch()
		out.Print(3)
	}))
	out.Print(0)
	g.Switch()
	out.Print(2)
	g.Switch()
	out.Print(4)
}

func valuesBothWays(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	g := thread.New(func(args ...any) (any, error) {
		out.Print("f begins with", args)
		out.Print("f got", ok(main.Switch("from f")))
		out.Print("f got", ok(main.Switch("two", "values")))
		out.Print("f got", ok(main.Switch()))
		return nil, nil
	})
	out.Print("main got", ok(g.Switch(1, 2)))
	out.Print("main got", ok(g.Switch("one")))
	out.Print("main got", ok(g.Switch()))
	out.Print("main got", ok(g.Switch("a", "b", 3)))
}

func noneIsAValue(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	g := thread.New(func(args ...any) (any, error) {
		out.Print("f got", args)
		out.Print("f got", ok(main.Switch(nil)))
		out.Print("f got", ok(main.Switch()))
		return nil, nil
	})
	out.Print("main got", ok(g.Switch(nil)))
	out.Print("main got", ok(g.Switch(nil)))
	out.Print("main got", ok(g.Switch()))
}

func resultGoesToParent(t *testing.T, thread *Thread, out *conformance.Out) {
	ok := must(t)
	p := thread.New(func(...any) (any, error) {
		c := thread.New(func(...any) (any, error) { return 42, nil })
		out.Print("parent got", ok(c.Switch()))
		return "parent result", nil
	})
	out.Print("main got", ok(p.Switch()))
	out.Print(p.Dead(), p.Active())
}

func parentOnFinish(t *testing.T, thread *Thread, out *conformance.Out) {
	ok := must(t)
	c := thread.New(func(...any) (any, error) { return "child result", nil })
	o := thread.New(func(...any) (any, error) {
		out.Print("other begins")
		c.Switch()
		out.Print("other goes on")
		return "other result", nil
	})
	out.Print("main got", ok(o.Switch()))
	out.Print(o.Dead(), c.Dead())
	out.Print("main got", ok(o.Switch()))
}

func errorGoesToParent(t *testing.T, thread *Thread, out *conformance.Out) {
	crash := func(...any) (any, error) { return nil, errSome }
	p := thread.New(func(...any) (any, error) {
		_, err := thread.New(crash).Switch()
		out.Print("parent caught", err)
		_, err = thread.New(crash).Switch()
		return nil, err
	})
	_, err := p.Switch()
	out.Print("main caught", err)
}

func siblings(t *testing.T, thread *Thread, out *conformance.Out) {
	ok := must(t)
	var a, b *Greenlet
	player := func(name string, other **Greenlet) Run {
		return func(...any) (any, error) {
			for i := range 3 {
				out.Print(name, i)
				ok((*other).Switch())
			}
			return name + " ends", nil
		}
	}
	a, b = thread.New(player("ping", &b)), thread.New(player("pong", &a))
	out.Print("main got", ok(a.Switch()))
	out.Print(a.Dead(), b.Dead())
	out.Print("main got", ok(b.Switch()))
	out.Print(a.Dead(), b.Dead())
}

func ring(t *testing.T, thread *Thread, out *conformance.Out) {
	ok := must(t)
	steps := 0
	all := make([]*Greenlet, 4)
	for i := range all {
		name := string("abcd"[i])
		all[i] = thread.New(func(...any) (any, error) {
			for steps < 10 {
				steps++
				out.Print(name, steps)
				ok(all[(i+1)%4].Switch())
			}
			return name + " ends", nil
		})
	}
	out.Print(ok(all[0].Switch()))
	out.Print(all[0].Dead(), all[1].Dead(), all[2].Dead(), all[3].Dead())
	for _, g := range all {
		if !g.Dead() {
			out.Print(ok(g.Switch()))
		}
	}
}

func switchDownTheMiddle(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	var a, b, c *Greenlet
	a = thread.New(func(...any) (any, error) {
		out.Print("a begins")
		out.Print("a got", ok(b.Switch("a1")))
		out.Print("a got", ok(main.Switch("a2")))
		return "a ends", nil
	})
	b = thread.New(func(args ...any) (any, error) {
		out.Print("b begins", args)
		out.Print("b got", ok(c.Switch("b1")))
		return "b ends", nil
	})
	c = thread.New(func(args ...any) (any, error) {
		out.Print("c begins", args)
		out.Print("c got", ok(a.Switch("c1")))
		out.Print("c got", ok(b.Switch("c2")))
		return "c ends", nil
	})
	out.Print("main got", ok(a.Switch()))
	out.Print("main got", ok(c.Switch("m1")))
	out.Print("main got", ok(c.Switch("m2")))
	out.Print("main got", ok(a.Switch("m3")))
	out.Print(a.Dead(), b.Dead(), c.Dead())
}

func throwIntoWaiting(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	g := thread.New(func(...any) (any, error) {
		if _, err := main.Switch("ready"); err != nil {
			out.Print("f caught", err)
			ok(main.Switch("caught"))
		}
		return "f ends", nil
	})
	out.Print(ok(g.Switch()))
	out.Print(ok(g.Throw(errSome)))
	out.Print(ok(g.Switch()))
}

func throwIntoPending(t *testing.T, thread *Thread, out *conformance.Out) {
	g := thread.New(run(func() { out.Print("never") }))
	_, err := g.Throw(errSome)
	out.Print("main caught", err)
	out.Print(g.Dead(), g.Active())
}

func throwIntoDead(t *testing.T, thread *Thread, out *conformance.Out) {
	g := thread.New(run(func() {}))
	g.Switch()
	_, err := g.Throw(errSome)
	out.Print("main caught", err)
	out.Print(shown(must(t)(g.Throw(nil))))
}

func throwIntoDeadGoesToItsParent(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	g1 := thread.New(func(...any) (any, error) {
		for range 2 {
			if v, err := main.Switch("f1 waits"); err != nil {
				out.Print("f1 caught", err)
			} else {
				out.Print("f1 got", v)
			}
		}
		return "f1 ends", nil
	})
	g2, err := thread.NewChild(run(func() {}), g1)
	if err != nil {
		t.Fatal(err)
	}
	out.Print(ok(g1.Switch()))
	out.Print(ok(g2.Switch()))
	out.Print(ok(g2.Throw(errSome)))
	out.Print(g1.Dead(), g2.Dead())
}

func killReturnsExit(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	f := func(...any) (any, error) {
		if _, err := main.Switch("ok"); err != nil {
			return nil, err
		}
		out.Print("never")
		return nil, nil
	}
	g := thread.New(f)
	out.Print(ok(g.Switch()))
	out.Print(shown(ok(g.Throw(nil))))
	out.Print(g.Dead())
	out.Print(shown(ok(g.Throw(nil))))
	out.Print(shown(ok(thread.New(f).Throw(nil))))
}

func killIsCaught(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	g := thread.New(func(...any) (any, error) {
		if _, err := main.Switch(); errors.Is(err, ErrExit) {
			out.Print("f refuses")
		}
		out.Print("f got", ok(main.Switch("still here")))
		return "f ends", nil
	})
	g.Switch()
	out.Print(ok(g.Throw(nil)))
	out.Print(g.Dead())
	out.Print(ok(g.Switch("again")))
}

func throwGoesToOriginalParent(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	pair := func() (g1, g2 *Greenlet) {
		g1 = thread.New(func(...any) (any, error) {
			if _, err := main.Switch("f1 ready to catch"); errors.Is(err, errIndex) {
				return "caught", nil
			}
			return "normal exit", nil
		})
		g2, err := thread.NewChild(func(...any) (any, error) {
			_, err := main.Switch("from f2")
			return nil, err
		}, g1)
		if err != nil {
			t.Fatal(err)
		}
		return g1, g2
	}
	g1, g2 := pair()
	if _, err := g2.Throw(errIndex); errors.Is(err, errIndex) {
		out.Print("main caught", g2.Dead(), g1.Dead())
	}
	g1, g2 = pair()
	out.Print(ok(g1.Switch()))
	out.Print(ok(g2.Throw(errIndex)))
	out.Print(g2.Dead(), g1.Dead())
	g1, g2 = pair()
	out.Print(ok(g1.Switch()))
	out.Print(ok(g2.Switch()))
	out.Print(ok(g2.Throw(errIndex)))
	out.Print(g2.Dead(), g1.Dead())
}

func switchToDead(t *testing.T, thread *Thread, out *conformance.Out) {
	ok := must(t)
	g := thread.New(func(...any) (any, error) { return "result", nil })
	out.Print(ok(g.Switch()))
	out.Print(ok(g.Switch()))
	out.Print(ok(g.Switch(25)))
	out.Print(ok(g.Switch(1, 2)))
}

func switchToDeadWithWaitingParent(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	p := thread.New(func(...any) (any, error) {
		out.Print("parent got", ok(main.Switch("parent waits")))
		return "parent ends", nil
	})
	c, err := thread.NewChild(func(...any) (any, error) { return "c", nil }, p)
	if err != nil {
		t.Fatal(err)
	}
	out.Print(ok(p.Switch()))
	out.Print(ok(c.Switch()))
	out.Print(ok(c.Switch("through two dead")))
}

func switchToItself(t *testing.T, thread *Thread, out *conformance.Out) {
	ok := must(t)
	g := thread.New(func(...any) (any, error) {
		me := thread.Current()
		out.Print(ok(me.Switch("to", "me")))
		out.Print(ok(me.Switch()))
		_, err := me.Throw(errors.New("self"))
		out.Print("caught", err)
		return "ends", nil
	})
	out.Print(ok(g.Switch()))
	out.Print(ok(thread.Main().Switch("main to main")))
}

func pendingParentGetsResult(t *testing.T, thread *Thread, out *conformance.Out) {
	p := thread.New(func(args ...any) (any, error) {
		out.Print("parent begins with", args)
		return 24, nil
	})
	c, err := thread.NewChild(func(...any) (any, error) { return 42, nil }, p)
	if err != nil {
		t.Fatal(err)
	}
	out.Print(must(t)(c.Switch()))
	out.Print(p.Dead(), c.Dead())
}

func pendingParentDiesOfError(t *testing.T, thread *Thread, out *conformance.Out) {
	p := thread.New(run(func() { out.Print("never") }))
	c, err := thread.NewChild(func(...any) (any, error) { return nil, errSome }, p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Switch()
	out.Print("main caught", err)
	out.Print(p.Dead(), c.Dead())
}

func deadReparented(t *testing.T, thread *Thread, out *conformance.Out) {
	child := thread.New(run(func() { out.Print(42) }))
	child.Switch()
	if err := child.SetParent(thread.New(run(func() { out.Print(24) }))); err != nil {
		t.Fatal(err)
	}
	out.Print(must(t)(child.Switch()))
}

func noRun(t *testing.T, thread *Thread, out *conformance.Out) {
	for _, act := range []func(*Greenlet) error{
		func(g *Greenlet) error { _, err := g.Switch(); return err },
		func(g *Greenlet) error { _, err := g.Throw(nil); return err },
	} {
		g := thread.New(nil)
		if errors.Is(act(g), ErrNoRun) {
			out.Print("no run", g.Dead(), g.Active())
		}
	}
	parent := thread.New(nil)
	child, err := thread.NewChild(run(func() {}), parent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := child.Switch(); errors.Is(err, ErrNoRun) {
		out.Print("no run", child.Dead(), parent.Dead())
	}
}

func runIsGone(t *testing.T, thread *Thread, out *conformance.Out) {
	g := thread.New(run(func() { out.Print(thread.Current().Run() != nil) }))
	out.Print(g.Run() != nil)
	g.Switch()
	out.Print(g.Run() != nil)
	out.Print(g.SetRun(run(func() {})))
}

func parentErrors(t *testing.T, thread *Thread, out *conformance.Out) {
	g1, g2, g3 := thread.New(nil), thread.New(nil), thread.New(nil)
	attempt := func(g, parent *Greenlet) {
		if err := g.SetParent(parent); err != nil {
			out.Print(err)
		} else {
			out.Print("set")
		}
	}
	attempt(g1, g1)
	attempt(g1, g2)
	attempt(g2, g3)
	attempt(g3, g1)
	attempt(thread.Main(), thread.Main())
	if thread.Main().Parent() == nil {
		out.Print(nil)
	}
}

func states(t *testing.T, thread *Thread, out *conformance.Out) {
	main := thread.Main()
	var g *Greenlet
	g = thread.New(run(func() {
		out.Print(stateOf(g))
		out.Print(stateOf(main))
		main.Switch()
	}))
	out.Print(stateOf(main))
	out.Print(stateOf(g))
	g.Switch()
	out.Print(stateOf(g))
	g.Switch()
	out.Print(stateOf(g))
}

func traceEvents(t *testing.T, thread *Thread, out *conformance.Out) {
	names := map[*Greenlet]string{thread.Main(): "main"}
	g1 := thread.New(run(func() {}))
	g2 := thread.New(func(...any) (any, error) { return nil, errSome })
	g3 := thread.New(run(func() {}))
	g4 := thread.New(func(...any) (any, error) {
		_, err := thread.Current().Parent().Switch()
		return nil, err
	})
	names[g1], names[g2], names[g3], names[g4] = "g1", "g2", "g3", "g4"
	thread.SetTrace(func(event Event, origin, target *Greenlet) error {
		out.Print(event, names[origin], names[target])
		return nil
	})
	g1.Switch()
	if _, err := g2.Switch(); errors.Is(err, errSome) {
		out.Print("caught")
	}
	g3.Throw(nil)
	g1.Switch()
	thread.Main().Switch()
	g4.Switch()
	g4.Throw(nil)
	thread.SetTrace(nil)
}

func traceError(t *testing.T, thread *Thread, out *conformance.Out) {
	main := thread.Main()
	g := thread.New(func(...any) (any, error) {
		if _, err := main.Switch(); err != nil {
			return nil, err
		}
		out.Print("never")
		return nil, nil
	})
	g.Switch()
	thread.SetTrace(func(event Event, _, _ *Greenlet) error {
		out.Print(event)
		return errors.New("tracer")
	})
	_, err := g.Switch()
	out.Print("main caught", err)
	if thread.Trace() == nil {
		out.Print(nil, g.Dead())
	}
}

func traceCounts(t *testing.T, thread *Thread, out *conformance.Out) {
	main := thread.Main()
	g := thread.New(func(...any) (any, error) {
		for {
			if _, err := main.Switch(); err != nil {
				return nil, err
			}
		}
	})
	count := 0
	thread.SetTrace(func(Event, *Greenlet, *Greenlet) error { count++; return nil })
	for range 5001 {
		g.Switch()
	}
	thread.SetTrace(nil)
	out.Print(count)
	if s := thread.Stats(); s.Switches != 10002 || s.Handover != 10002 {
		t.Errorf("counted %+v, want 10002 switches with one hand-over each", s)
	}
}

func finallyRuns(t *testing.T, thread *Thread, out *conformance.Out) {
	main := thread.Main()
	g := thread.New(func(...any) (any, error) {
		defer out.Print("finally")
		_, err := main.Switch()
		return nil, err
	})
	g.Switch()
	g.Throw(nil)
	out.Print(g.Dead())
}

func deepRecursion(t *testing.T, thread *Thread, out *conformance.Out) {
	main, ok := thread.Main(), must(t)
	var walk func(depth int)
	walk = func(depth int) {
		if depth == 0 {
			ok(main.Switch("bottom"))
			return
		}
		walk(depth - 1)
		ok(main.Switch(depth))
	}
	g := thread.New(func(args ...any) (any, error) {
		walk(args[0].(int))
		return nil, nil
	})
	out.Print(ok(g.Switch(3)))
	for g.Active() {
		out.Print(ok(g.Switch()))
	}
}

func generatorByGreenlets(t *testing.T, thread *Thread, out *conformance.Out) {
	ok := must(t)
	g := thread.New(func(args ...any) (any, error) {
		for i := range args[0].(int) {
			out.Print("gives", i)
			ok(thread.Current().Parent().Switch(i))
		}
		return nil, nil
	})
	for v := ok(g.Switch(3)); g.Active(); v = ok(g.Switch()) {
		out.Print("takes", v)
	}
}
