package generator

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tracer/servers/coro/internal/conformance"
)

type (
	gen   = Generator[any, any]
	yield = *Yielder[any, any]
	out   = *conformance.Out
)

var (
	errBoom = errors.New("boom")
	errKey  = errors.New("key")
)

// told is what the Python cases' attempt makes of a result.
func told(v any, err error) any {
	var stop *StopIteration
	switch {
	case errors.As(err, &stop) && stop.Value == nil:
		return "end"
	case errors.As(err, &stop):
		return fmt.Sprint("end ", stop.Value)
	case err != nil:
		return "error: " + err.Error()
	}
	return v
}

// colon is told without the text after "error:", of which ours is another than Python's.
func colon(v any) any {
	text, _, _ := strings.Cut(v.(string), ":")
	return text
}

// closed is told for Close.
func closed(g *gen) any { return told(nil, g.Close()) }

// give makes a generator of one value, and then what else does.
func give(value any, then func(error) (any, error)) *gen {
	return New(func(y yield) (any, error) {
		_, err := y.Yield(value)
		return then(err)
	})
}

// one turns a case into what conformance runs.
func one(f func(out)) func(*testing.T, out) { return func(_ *testing.T, o out) { f(o) } }

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Cases{
		"next_values_and_end":     one(nextValues),
		"send":                    one(send),
		"send_before_next":        one(sendBeforeNext),
		"throw_caught":            one(throwCaught),
		"throw_not_caught":        one(throwNotCaught),
		"throw_before_start":      one(throwBeforeStart),
		"error_of_the_body":       one(errorOfTheBody),
		"close_runs_finally":      one(closeRunsFinally),
		"close_before_start":      one(closeBeforeStart),
		"close_ignored":           one(closeIgnored),
		"close_with_return":       one(closeWithReturn),
		"close_with_error":        one(closeWithError),
		"delegate":                one(delegate),
		"delegate_throw":          one(delegateThrow),
		"delegate_close":          one(delegateClose),
		"delegate_error":          one(delegateError),
		"delegate_to_finished":    one(delegateToFinished),
		"already_executing":       one(alreadyExecuting),
		"stop_iteration_as_error": one(stopAsError),
		"loop":                    one(loop),
		"interleaved":             one(interleaved),
		"primes":                  one(primes),
	})
}

func nextValues(o out) {
	g := New(func(y yield) (any, error) {
		o.Print("begins")
		y.Yield(1)
		o.Print("goes on")
		y.Yield(2)
		return "result", nil
	})
	o.Print("made")
	for range 4 {
		o.Print(told(g.Next()))
	}
}

func send(o out) {
	g := New(func(y yield) (any, error) {
		for i := range 2 {
			sent, err := y.Yield(i + 1)
			if err != nil {
				return nil, err
			}
			o.Print("got", sent)
		}
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(told(g.Send("a")))
	o.Print(told(g.Send("b")))
	o.Print(told(g.Send("c")))
}

func sendBeforeNext(o out) {
	g := give(1, func(err error) (any, error) { return nil, err })
	defer g.Close()
	o.Print(colon(told(g.Send("a"))))
	o.Print(told(g.Next()))
}

func throwCaught(o out) {
	g := New(func(y yield) (any, error) {
		if _, err := y.Yield(1); err != nil {
			o.Print("caught", err)
		}
		y.Yield(2)
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(told(g.Throw(errBoom)))
	o.Print(told(g.Next()))
}

func throwNotCaught(o out) {
	g := give(1, func(err error) (any, error) {
		defer o.Print("finally")
		return nil, err
	})
	o.Print(told(g.Next()))
	o.Print(told(g.Throw(errBoom)))
	o.Print(told(g.Next()))
	o.Print(told(g.Throw(errors.New("late"))))
}

func throwBeforeStart(o out) {
	g := New(func(yield) (any, error) {
		o.Print("never")
		return nil, nil
	})
	o.Print(told(g.Throw(errBoom)))
	o.Print(told(g.Next()))
}

func errorOfTheBody(o out) {
	g := give(1, func(error) (any, error) { return nil, errBoom })
	for range 3 {
		o.Print(told(g.Next()))
	}
}

func closeRunsFinally(o out) {
	g := New(func(y yield) (any, error) {
		defer o.Print("finally")
		if _, err := y.Yield(1); err != nil {
			return nil, err
		}
		o.Print("never")
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(closed(g))
	o.Print(told(g.Next()))
	o.Print(closed(g))
}

func closeBeforeStart(o out) {
	g := New(func(yield) (any, error) {
		o.Print("never")
		return nil, nil
	})
	o.Print(closed(g))
	o.Print(told(g.Next()))
}

func closeIgnored(o out) {
	g := New(func(y yield) (any, error) {
		if _, err := y.Yield(1); errors.Is(err, ErrExit) {
			o.Print("refuses")
			y.Yield(2)
		}
		o.Print("goes on")
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(colon(closed(g)))
	o.Print(told(g.Next()))
}

func closeWithReturn(o out) {
	g := give(1, func(err error) (any, error) {
		if errors.Is(err, ErrExit) {
			o.Print("ends")
		}
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(closed(g))
}

func closeWithError(o out) {
	g := give(1, func(error) (any, error) { return nil, errors.New("at the end") })
	o.Print(told(g.Next()))
	o.Print(closed(g))
	o.Print(told(g.Next()))
}

func delegate(o out) {
	inner := New(func(y yield) (any, error) {
		for _, v := range []string{"i1", "i2"} {
			sent, err := y.Yield(v)
			if err != nil {
				return nil, err
			}
			o.Print("inner got", sent)
		}
		return "inner result", nil
	})
	g := New(func(y yield) (any, error) {
		sent, _ := y.Yield("o1")
		o.Print("outer got", sent)
		result, err := y.From(inner)
		o.Print("outer has", result)
		if err != nil {
			return nil, err
		}
		sent, _ = y.Yield("o2")
		o.Print("outer got", sent)
		return nil, nil
	})
	o.Print(told(g.Next()))
	for _, v := range []any{"a", "b", "c", "d"} {
		o.Print(told(g.Send(v)))
	}
}

func delegateThrow(o out) {
	inner := New(func(y yield) (any, error) {
		_, err := y.Yield("i1")
		o.Print("inner caught", err)
		_, err = y.Yield("i2")
		return nil, err
	})
	g := New(func(y yield) (any, error) {
		if _, err := y.From(inner); errors.Is(err, errKey) {
			o.Print("outer caught")
		}
		y.Yield("o")
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(told(g.Throw(errBoom)))
	o.Print(told(g.Throw(errKey)))
	o.Print(told(g.Next()))
}

func delegateClose(o out) {
	inner := give("i1", func(err error) (any, error) {
		o.Print("inner finally")
		return nil, err
	})
	g := New(func(y yield) (any, error) {
		defer o.Print("outer finally")
		return y.From(inner)
	})
	o.Print(told(g.Next()))
	o.Print(closed(g))
}

func delegateError(o out) {
	inner := give("i1", func(error) (any, error) { return nil, errBoom })
	g := New(func(y yield) (any, error) {
		_, err := y.From(inner)
		o.Print("outer caught", err)
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(told(g.Next()))
}

func delegateToFinished(o out) {
	inner := give("i1", func(error) (any, error) { return "once", nil })
	g := New(func(y yield) (any, error) {
		for range 2 {
			result, err := y.From(inner)
			if err != nil {
				return nil, err
			}
			o.Print(result)
		}
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(told(g.Next()))
}

func alreadyExecuting(o out) {
	var g *gen
	g = New(func(y yield) (any, error) {
		o.Print(told(g.Next()))
		y.Yield(1)
		return nil, nil
	})
	o.Print(told(g.Next()))
	o.Print(told(g.Next()))
}

func stopAsError(o out) {
	g := give(1, func(error) (any, error) { return nil, &StopIteration{} })
	o.Print(told(g.Next()))
	o.Print(colon(told(g.Next())))
}

func loop(o out) {
	make := func() *gen {
		return New(func(y yield) (any, error) {
			defer o.Print("finally")
			for i := range 5 {
				if _, err := y.Yield(i); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
	}
	for v := range make().All() {
		o.Print(v)
	}
	for v := range make().All() {
		o.Print(v)
		break
	}
}

func interleaved(o out) {
	count := func(name string) *gen {
		return New(func(y yield) (any, error) {
			for i := range 3 {
				y.Yield(name + " " + string(rune('0'+i)))
			}
			return nil, nil
		})
	}
	a, b := count("a"), count("b")
	for range 3 {
		o.Print(told(a.Next()))
		o.Print(told(b.Next()))
	}
	o.Print(told(b.Next()), told(a.Next()))
}

func primes(o out) {
	source := New(func(y *Yielder[int, any]) (any, error) {
		for n := 2; ; n++ {
			if _, err := y.Yield(n); err != nil {
				return nil, err
			}
		}
	})
	for range 10 {
		p, err := source.Next()
		o.Print(p)
		if err != nil {
			o.Print(err)
		}
		from := source
		source = New(func(y *Yielder[int, any]) (any, error) {
			for n, err := range from.All() {
				if err != nil {
					return nil, err
				}
				if n%p != 0 {
					if _, err := y.Yield(n); err != nil {
						return nil, err // and the loop closes its source
					}
				}
			}
			return nil, nil
		})
		defer source.Close()
	}
}
