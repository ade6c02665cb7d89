package greenlet

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/servers/coro"
)

// newThread makes a Thread that must be closed without leaks.
func newThread(t *testing.T) *Thread {
	t.Helper()
	thread := NewThread()
	t.Cleanup(func() {
		// A test's cleanup runs on its goroutine.
		if err := thread.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return thread
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTwoChildren(t *testing.T) {
	thread := newThread(t)
	var list []int
	f := run(func() {
		list = append(list, 1)
		thread.Main().Switch()
		list = append(list, 1, 1)
	})
	g, h := thread.New(f), thread.New(f)
	lengths := []int{}
	for _, x := range []*Greenlet{g, h, h, g} {
		x.Switch()
		lengths = append(lengths, len(list))
	}
	equal(t, lengths, []int{1, 2, 4, 6})
	equal(t, []bool{g.Dead(), h.Dead()}, []bool{true, true})
}

func TestTwoRecursiveChildren(t *testing.T) {
	thread := newThread(t)
	var list []string
	var inner *Greenlet
	g := thread.New(run(func() {
		list = append(list, "a")
		inner = thread.New(run(func() {
			list = append(list, "b")
			thread.Current().Parent().Switch()
		}))
		inner.Switch()
		list = append(list, "c")
	}))
	g.Switch()
	equal(t, list, []string{"a", "b", "c"})
	inner.Throw(nil) // Python's count of references would do it; the exit goes to main over the dead parent
}

// TestErrorClimbsNewParents: an error goes to the parent of the moment, and on from there.
func TestErrorClimbsNewParents(t *testing.T) {
	thread := newThread(t)
	seen := 0
	f := func(...any) (any, error) {
		if _, err := thread.Main().Switch(); err != nil {
			seen++
			return nil, err
		}
		return nil, errSome
	}
	g1, g2 := thread.New(f), thread.New(f)
	g1.Switch()
	g2.Switch()
	if err := g2.SetParent(g1); err != nil {
		t.Fatal(err)
	}
	if _, err := g2.Switch(); !errors.Is(err, errSome) {
		t.Errorf("main got %v", err)
	}
	equal(t, seen, 1)
	values, err := g2.Switch(25)
	if err != nil {
		t.Error(err)
	}
	equal(t, values, []any{25})
}

func TestSendException(t *testing.T) {
	thread := newThread(t)
	var seen error
	g1 := thread.New(func(...any) (any, error) {
		_, seen = thread.Main().Switch()
		return nil, seen
	})
	g1.Switch()
	crasher, err := thread.NewChild(func(args ...any) (any, error) { return nil, args[0].(error) }, g1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := crasher.Switch(errIndex); !errors.Is(err, errIndex) || !errors.Is(seen, errIndex) {
		t.Errorf("main got %v, the parent %v", err, seen)
	}
}

// TestPanicContinuesInParent: with the first value and stack, through any number of parents.
func TestPanicContinuesInParent(t *testing.T) {
	thread := newThread(t)
	inner := thread.New(nil)
	outer := thread.New(func(...any) (any, error) {
		if err := inner.SetParent(thread.Current()); err != nil {
			return nil, err
		}
		return inner.Switch()
	})
	if err := inner.SetRun(func(...any) (any, error) { panic(errSome) }); err != nil {
		t.Fatal(err)
	}
	var got any
	func() {
		defer func() { got = recover() }()
		outer.Switch()
	}()
	p, ok := got.(*coro.Panic)
	if !ok || !errors.Is(p, errSome) || !strings.Contains(p.Error(), "TestPanicContinuesInParent.func") {
		t.Errorf("main's Switch panicked with %v", got)
	}
	equal(t, []bool{inner.Dead(), outer.Dead()}, []bool{true, true})
}

// TestGoexitEndsTheDriver: and leaves nothing behind.
func TestGoexitEndsTheDriver(t *testing.T) {
	done := make(chan error, 1)
	go func() {
		thread := NewThread()
		defer func() { done <- thread.Close() }()
		outer := thread.New(func(...any) (any, error) {
			return thread.New(run(runtime.Goexit)).Switch()
		})
		outer.Switch()
		t.Error("the driver goes on after Goexit")
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestOtherGoroutine: whatever another goroutine tries, it is refused.
func TestOtherGoroutine(t *testing.T) {
	thread, other := newThread(t), make(chan []error)
	pending := thread.New(run(func() {}))
	waiting := thread.New(run(func() { thread.Main().Switch() }))
	waiting.Switch()
	go func() {
		_, first := pending.Switch()
		_, second := waiting.Throw(errSome)
		_, third := thread.Main().Switch()
		own := NewThread()
		fourth := own.New(nil).SetParent(pending)
		_, fifth := own.NewChild(nil, thread.Main())
		if thread.Current() != nil {
			t.Error("another goroutine has a current greenlet here")
		}
		other <- []error{first, second, third, fourth, fifth, own.Close(), thread.Close()}
	}()
	got := <-other
	for i, want := range []error{ErrThread, ErrThread, ErrThread, ErrFarParent, ErrFarParent, nil, ErrThread} {
		if !errors.Is(got[i], want) {
			t.Errorf("act %d: %v, want %v", i, got[i], want)
		}
	}
	waiting.Switch()
}

// TestThreads: each goroutine has its own.
func TestThreads(t *testing.T) {
	results := make(chan string)
	for range 10 {
		go func() {
			thread := NewThread()
			defer thread.Close()
			var text strings.Builder
			g := thread.New(run(func() {
				text.WriteString("b")
				thread.Main().Switch()
				text.WriteString("d")
			}))
			text.WriteString("a")
			g.Switch()
			text.WriteString("c")
			g.Switch()
			results <- text.String()
		}()
	}
	for range 10 {
		equal(t, <-results, "abcd")
	}
}

// TestThreadInGreenlet: a Thread whose main is a greenlet of another.
func TestThreadInGreenlet(t *testing.T) {
	outer := newThread(t)
	g := outer.New(func(...any) (any, error) {
		inner := NewThread()
		defer inner.Close()
		h := inner.New(func(...any) (any, error) {
			if _, err := outer.Main().Switch(); !errors.Is(err, ErrThread) {
				t.Errorf("switched out of the inner thread: %v", err)
			}
			return "inner", nil
		})
		values, err := h.Switch()
		return values, err
	})
	values, err := g.Switch()
	if err != nil {
		t.Error(err)
	}
	equal(t, values, []any{[]any{"inner"}})
}

func TestParentMustBeGreenlet(t *testing.T) {
	thread := newThread(t)
	g := thread.New(nil)
	if err := g.SetParent(nil); !errors.Is(err, ErrNoParent) {
		t.Errorf("set nil: %v", err)
	}
	if _, err := thread.NewChild(nil, nil); !errors.Is(err, ErrNoParent) {
		t.Errorf("new child of nil: %v", err)
	}
}

// TestCloseReportsAndEnds: each of those left is named, gets ErrExit, and runs its deferred functions.
func TestCloseReportsAndEnds(t *testing.T) {
	thread := NewThread()
	var got []string
	note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	leave := func(f Run) { thread.New(f).Switch() }
	leave(func(...any) (any, error) {
		defer note("obedient: deferred")
		_, err := thread.Main().Switch()
		return nil, err
	})
	leave(func(...any) (any, error) {
		defer note("stubborn: deferred")
		for {
			_, err := thread.Main().Switch()
			note("stubborn: %v", err)
		}
	})
	leave(func(...any) (any, error) {
		thread.Main().Switch()
		return nil, errSome
	})
	leave(func(...any) (any, error) {
		thread.Main().Switch()
		panic("crash")
	})
	pending := thread.New(run(func() {}))
	err := thread.Close()
	leak, ok := err.(*LeakError)
	if !ok || len(leak.Left) != 4 || len(leak.Failed) != 2 || !errors.Is(err, errSome) {
		t.Fatalf("close: %v", err)
	}
	for _, text := range []string{"4 left suspended", "TestCloseReportsAndEnds.func", "suspended active started",
		"panic: crash"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q is not in: %v", text, err)
		}
	}
	slices.Sort(got)
	equal(t, got, []string{"obedient: deferred", "stubborn: deferred", "stubborn: greenlet exit"})
	equal(t, len(thread.Alive()), 0)
	if _, err := pending.Switch(); !errors.Is(err, ErrClosed) {
		t.Errorf("start after close: %v", err)
	}
	if err := thread.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestCloseInGreenlet(t *testing.T) {
	thread := newThread(t)
	values, err := thread.New(func(...any) (any, error) { return thread.Close(), nil }).Switch()
	if err != nil || values[0] == nil {
		t.Errorf("a greenlet closed its thread: %v, %v", values, err)
	}
}

// TestNestedYields: values may go to the consumer's consumer.
func TestNestedYields(t *testing.T) {
	thread := newThread(t)
	var seen []any
	// inner passes i to outer, which notes it, and i*i to main directly.
	outer := thread.New(func(args ...any) (any, error) {
		inner := thread.New(func(...any) (any, error) {
			for i := 1; i < 5; i++ {
				thread.Current().Parent().Switch(i)
				thread.Main().Switch(i * i)
			}
			return nil, nil
		})
		for v, _ := inner.Switch(); inner.Active(); v, _ = inner.Switch() {
			seen = append(seen, v...)
		}
		return nil, nil
	})
	for v, _ := outer.Switch(); outer.Active(); {
		seen = append(seen, v...)
		// The one to go on is not outer, which waits for inner, but inner.
		v, _ = thread.Alive()[1].Switch()
	}
	equal(t, seen, []any{1, 1, 2, 4, 3, 9, 4, 16})
}

// TestPermutations: a recursive generator, each level a greenlet that resumes the next.
func TestPermutations(t *testing.T) {
	thread := newThread(t)
	var permute func(rest []int) func(give func([]int))
	permute = func(rest []int) func(func([]int)) {
		return func(give func([]int)) {
			if len(rest) == 0 {
				give(nil)
				return
			}
			for i, first := range rest {
				others := slices.Concat(rest[:i], rest[i+1:])
				me := thread.Current()
				g := thread.New(run(func() {
					permute(others)(func(tail []int) { me.Switch(tail) })
				}))
				for v, _ := g.Switch(); g.Active(); v, _ = g.Switch() {
					tail, _ := v[0].([]int)
					give(slices.Concat([]int{first}, tail))
				}
			}
		}
	}
	seen := map[string]bool{}
	permute([]int{0, 1, 2, 3})(func(p []int) { seen[fmt.Sprint(p)] = true })
	equal(t, len(seen), 24)
	equal(t, []bool{seen["[0 1 2 3]"], seen["[3 2 1 0]"]}, []bool{true, true})
}

// TestAnyOrder: whichever greenlet is switched to, it is the one that runs, with the value that was for it; and the
// hand-overs stay within the bound that give promises.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const size = 6 // and main
		order := rapid.SliceOfN(rapid.IntRange(0, size), 1, 200).Draw(rt, "order")
		thread := NewThread()
		all := make([]*Greenlet, size+1)
		all[size] = thread.Main()
		var ran []int
		step := 0
		// turn is one greenlet's part: switch to whoever is next, until the list is at its end.
		turn := func(me int) error {
			for step < len(order) {
				next := order[step]
				step++
				values, err := all[next].Switch(step)
				if err != nil {
					return err
				}
				if want := []any{step}; !cmp.Equal(values, want) {
					rt.Fatalf("%d got %v, want %v", me, values, want)
				}
				ran = append(ran, me)
			}
			if me != size {
				_, err := thread.Main().Switch(step)
				return err
			}
			return nil
		}
		for i := range size {
			all[i] = thread.New(func(values ...any) (any, error) {
				if !cmp.Equal(values, []any{step}) {
					rt.Fatalf("%d began with %v at step %d", i, values, step)
				}
				ran = append(ran, i)
				return nil, turn(i)
			})
		}
		if err := turn(size); err != nil {
			rt.Fatal(err)
		}
		// After the end of the list control went to main once more.
		if diff := cmp.Diff(order, ran[:len(order)]); diff != "" {
			rt.Fatalf("order (-asked +ran):\n%s", diff)
		}
		if s := thread.Stats(); s.Handover > 2*s.Switches {
			rt.Fatalf("%d hand-overs for %d switches", s.Handover, s.Switches)
		}
		thread.Close()
	})
}
