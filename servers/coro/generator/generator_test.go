package generator

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tracer/servers/coro"
)

// TestPanicContinuesInCaller: with its origin, through two generators.
func TestPanicContinuesInCaller(t *testing.T) {
	inner := New(func(yield) (any, error) { panic(errBoom) })
	outer := New(func(y yield) (any, error) { return y.From(inner) })
	func() {
		defer func() {
			p, ok := recover().(*coro.Panic)
			if !ok || !errors.Is(p, errBoom) || !strings.Contains(p.Error(), "TestPanicContinuesInCaller.func1") {
				t.Errorf("the caller got %v", p)
			}
		}()
		outer.Next()
	}()
	if _, err := outer.Next(); !isStop(err) {
		t.Errorf("after the panic: %v", err)
	}
}

func TestGoexitEndsTheCaller(t *testing.T) {
	done := make(chan bool)
	go func() {
		defer close(done)
		New(func(yield) (any, error) { runtime.Goexit(); return nil, nil }).Next()
		t.Error("the caller goes on after Goexit")
	}()
	<-done
}

// TestYieldOutside: the Yielder is of use in its own body alone.
func TestYieldOutside(t *testing.T) {
	var leaked yield
	g := New(func(y yield) (any, error) {
		leaked = y
		inner := New(func(yield) (any, error) {
			_, err := y.Yield("from within another generator")
			return nil, err
		})
		if _, err := inner.Next(); !errors.Is(err, ErrOutside) {
			t.Errorf("in an inner generator: %v", err)
		}
		y.Yield(1)
		return nil, nil
	})
	if _, err := g.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := leaked.Yield(2); !errors.Is(err, ErrOutside) {
		t.Errorf("by the caller: %v", err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if _, err := leaked.Yield(2); !errors.Is(err, ErrOutside) {
		t.Errorf("after the end: %v", err)
	}
}

// TestGoroutinesShare: several goroutines may use a generator, one at a time; a second one is told so.
func TestGoroutinesShare(t *testing.T) {
	g := New(func(y *Yielder[int, int]) (any, error) {
		for i := range 400 {
			if _, err := y.Yield(i); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	var mu sync.Mutex
	var all []int
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for {
				v, err := g.Next()
				switch {
				case errors.Is(err, ErrExecuting):
					runtime.Gosched()
				case err != nil:
					return
				default:
					mu.Lock()
					all = append(all, v)
					mu.Unlock()
				}
			}
		})
	}
	users.Wait()
	slices.Sort(all)
	if len(all) != 400 || all[0] != 0 || all[399] != 399 {
		t.Errorf("%d values from %d to %d", len(all), all[0], all[len(all)-1])
	}
}

func TestThrowNothing(t *testing.T) {
	if _, err := New(func(yield) (any, error) { return nil, nil }).Throw(nil); err == nil || isStop(err) {
		t.Errorf("throw of nil: %v", err)
	}
}

// TestLoopGetsError: the error of the body is the loop's last.
func TestLoopGetsError(t *testing.T) {
	var got []error
	for _, err := range give(1, func(error) (any, error) { return nil, errBoom }).All() {
		got = append(got, err)
	}
	if len(got) != 2 || got[0] != nil || !errors.Is(got[1], errBoom) {
		t.Errorf("%v", got)
	}
}

// TestDelegationIsTransparent: a generator behind any number of delegating ones behaves as itself, whatever is done.
func TestDelegationIsTransparent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		length := rapid.IntRange(0, 5).Draw(rt, "length")
		depth := rapid.IntRange(1, 4).Draw(rt, "depth")
		acts := rapid.SliceOfN(rapid.SampledFrom([]string{"next", "send", "throw", "close"}), 1, 8).Draw(rt, "acts")
		if direct, behind := record(plain(length), acts), record(wrapped(plain(length), depth),
			acts); !slices.Equal(direct, behind) {
			rt.Fatalf("directly %q, behind %d: %q", direct, depth, behind)
		}
	})
}

// plain yields what was sent and thrown; it ends at the second error.
func plain(length int) *gen {
	return New(func(y yield) (any, error) {
		last, failed := any("start"), false
		for range length {
			sent, err := y.Yield(last)
			if err != nil && (failed || errors.Is(err, ErrExit)) {
				return nil, err
			}
			last, failed = sent, failed || err != nil
		}
		return last, nil
	})
}

func wrapped(g *gen, depth int) *gen {
	for range depth {
		inner := g
		g = New(func(y yield) (any, error) { return y.From(inner) })
	}
	return g
}

func record(g *gen, acts []string) (all []any) {
	for i, act := range acts {
		switch act {
		case "next":
			all = append(all, told(g.Next()))
		case "send":
			all = append(all, told(g.Send(i)))
		case "throw":
			all = append(all, told(g.Throw(errBoom)))
		case "close":
			all = append(all, closed(g))
		}
	}
	g.Close()
	return all
}

func BenchmarkNext(b *testing.B) {
	b.ReportAllocs()
	g := New(func(y *Yielder[int, int]) (any, error) {
		for i := 0; ; i++ {
			if _, err := y.Yield(i); err != nil {
				return nil, err
			}
		}
	})
	defer g.Close()
	for b.Loop() {
		g.Next()
	}
}
