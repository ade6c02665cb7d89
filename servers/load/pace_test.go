package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync/atomic"
	"syscall"
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

// TestMoreAtOnce: a burst comes beside all else, and as many clients as are allowed are there at once; before and after
// the load nobody can be added.
func TestMoreAtOnce(t *testing.T) {
	var there atomic.Int32
	release := make(chan struct{})
	address := serve(t, func(conn net.Conn) {
		there.Add(1)
		<-release
		echo(conn)
		there.Add(-1)
	})
	p := new(Pace)
	if err := p.Burst(1); !errors.Is(err, ErrNoLoad) {
		t.Errorf("before it: %v", err)
	}
	done := make(chan Result)
	go func() {
		r, err := Run(t.Context(), Options{Address: address, Concurrency: 2, Count: 40, Pace: p})
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	until := func(n int32) {
		t.Helper()
		for began := time.Now(); there.Load() != n; time.Sleep(time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatalf("%d clients are there, want %d", there.Load(), n)
			}
		}
	}
	until(2)
	if err := p.Burst(10); err != nil {
		t.Fatal(err)
	}
	until(12)
	if err := p.Limit(5); err != nil {
		t.Fatal(err)
	}
	until(15)
	if err := p.Limit(1); err != nil {
		t.Fatal(err)
	}
	close(release)
	r := <-done
	if r.Connections != 50 || r.Failed != 0 {
		t.Errorf("%d connections and %d that failed, want 40 and a burst of 10", r.Connections, r.Failed)
	}
	if err := p.Limit(2); !errors.Is(err, ErrNoLoad) {
		t.Errorf("after it: %v", err)
	}
}

// TestAwait: where another server takes the place of one, what is refused is tried again, for so long.
func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(Pace)
		refused := fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
		if p.await(t.Context(), refused) {
			t.Error("it is tried again, though no other server is awaited")
		}
		p.Await(time.Second)
		if p.await(t.Context(), nil) || p.await(t.Context(), syscall.ECONNRESET) {
			t.Error("what was not refused is tried again")
		}
		start := time.Now()
		for p.await(t.Context(), refused) {
		}
		if time.Since(start) != time.Second {
			t.Errorf("it is tried again for %v", time.Since(start))
		}
		p.Await(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if p.await(ctx, refused) {
			t.Error("it is tried again after the end")
		}
	})
}
