package load

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace: the moments at which connections are due, under a clock of the test's own.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := new(Pace)
		o, err := Options{Rate: 1, Count: 100, Duration: 100 * time.Second, Pace: p}.complete()
		if err != nil {
			t.Fatal(err)
		}
		p.begin(start)
		tickets := schedule{options: o, start: start}
		due := func(want float64) {
			t.Helper()
			number, moment, ok := tickets.take(t.Context())
			if got := moment.Sub(start).Seconds(); !ok || math.Abs(got-want) > 1e-6 {
				t.Errorf("connection %d is due at %.3f s (%v), want %.3f", number, got, ok, want)
			}
		}
		due(0)
		due(1)
		p.Set(2)
		due(1.5)
		p.Set(0)
		time.AfterFunc(10*time.Second, func() { p.Set(1) })
		due(12.5)
		time.Sleep(2 * time.Second) // all clients were busy: two are late
		p.Set(4)
		due(13.5)
		due(14.5)
		due(14.75)
		ctx, cancel := context.WithCancel(t.Context())
		p.Set(0)
		time.AfterFunc(time.Second, cancel)
		if _, _, ok := tickets.take(ctx); ok {
			t.Error("a connection is due while the load stands still")
		}
		time.AfterFunc(time.Hour, func() { p.Set(1) })
		if _, _, ok := tickets.take(t.Context()); ok || time.Since(start) != 100*time.Second {
			t.Errorf("it ended after %v, want the load's duration", time.Since(start))
		}
	})
}

// TestPaceOfClosedLoop: it can stand still, also from the beginning.
func TestPaceOfClosedLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := new(Pace)
		p.Set(0)
		o, err := Options{Pace: p}.complete()
		if err != nil {
			t.Fatal(err)
		}
		p.begin(start)
		tickets := schedule{options: o, start: start}
		time.AfterFunc(3*time.Second, func() { p.Set(5) })
		if _, due, ok := tickets.take(t.Context()); !ok || due.Sub(start) != 3*time.Second {
			t.Errorf("due after %v, %v", due.Sub(start), ok)
		}
	})
}

// begun is the pace of a load that nobody changes.
func begun(start time.Time) *Pace {
	p := new(Pace)
	p.begin(start)
	return p
}
