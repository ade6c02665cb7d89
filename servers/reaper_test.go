package servers

import (
	"errors"
	"testing"
	"time"

	"tracer/servers/internal/report"
	"tracer/servers/internal/sigchld"
	"tracer/servers/load"
)

// TestSetReap changes each way to reap to each other while the server serves, and holds the zombies of before and after
// against the process table.
func TestSetReap(t *testing.T) {
	const before, after = 6, 5
	changes := map[Reap][]Reap{ // what is left of the one before, under what does and does not look at it
		ReapNone:   {ReapNone, ReapIgnore, ReapOnce, ReapHandler, ReapPoll, ReapDoubleFork},
		ReapOnce:   {ReapNone, ReapHandler},
		ReapPoll:   {ReapIgnore},
		ReapIgnore: {ReapPoll},
	}
	for from, ways := range changes {
		for _, to := range ways {
			t.Run(from.String()+" to "+to.String(), func(t *testing.T) {
				open := descriptors(t)
				r := start(t, "fork", Options{Reap: from, Adjustable: true})
				r.burst(before)
				noneAlive(t)
				r.Report() // what Serve began with is seen here
				quiet := 0 // the handler may still be about to run for the last of them
				eventually(t, "no handler runs", func() bool {
					if now, err := sigchld.Quiet(); !now || err != nil {
						quiet = 0
					}
					quiet++
					return quiet > 2
				})
				old := len(zombies(t))
				if err := r.Server.(Reaper).SetReap(to); err != nil {
					t.Fatal(err)
				}
				old -= len(zombies(t))
				switch to {
				case ReapHandler, ReapPoll, ReapDoubleFork:
					want(t, "zombies of before", len(zombies(t)), 0)
				default:
					want(t, "zombies of before that are gone", old, 0)
				}
				r.burst(after)
				noneAlive(t)
				got := r.end()
				dead := len(zombies(t))
				want(t, "zombies reported", got.ZombiesLeft, int64(dead))
				switch to {
				case ReapHandler, ReapPoll, ReapDoubleFork:
					want(t, "zombies", dead, 0)
				case ReapNone:
					want(t, "reaped after", got.Processes-got.Reaped >= after, true)
				}
				want(t, "zombies that wait4 finds", reapLeftovers(t), dead)
				want(t, "accepts", got.Accepts, before+after)
				want(t, "clones", got.Calls[report.Clone], before+after)
				want(t, "way", got.Reap, to.String())
				want(t, "changes", got.ReapChanges, 1)
				want(t, "not known", got.Coalesced+got.AutoReaped, 0)
				want(t, "errors", len(got.Errors), 0)
				want(t, "descriptors", descriptors(t), open)
			})
		}
	}
}

// TestSetReapRefused: only between Listen and the end, and only if it was to be possible.
func TestSetReapRefused(t *testing.T) {
	r := start(t, "fork", Options{})
	fixed := r.Server.(Reaper)
	if err := fixed.SetReap(ReapNone); !errors.Is(err, ErrNotServing) {
		t.Errorf("not adjustable: %v", err)
	}
	r.end()
	fresh, err := New("fork", Options{Adjustable: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := fresh.(Reaper).SetReap(ReapNone); !errors.Is(err, ErrNotServing) {
		t.Errorf("before Listen: %v", err)
	}
	if _, err := fresh.Listen(); err != nil {
		t.Fatal(err)
	}
	if err := fresh.Close(); err != nil { // nobody will carry it out
		t.Fatal(err)
	}
	if err := fresh.(Reaper).SetReap(ReapNone); !errors.Is(err, ErrNotServing) {
		t.Errorf("after Close: %v", err)
	}
	r = start(t, "fork", Options{Adjustable: true})
	if err := r.Server.(Reaper).SetReap(ReapNone); err != nil { // as the first thing that it does
		t.Error(err)
	}
	r.end()
	if err := r.Server.(Reaper).SetReap(ReapNone); !errors.Is(err, ErrNotServing) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := New("thread", Options{Adjustable: true}); err == nil {
		t.Error("a model without children takes it")
	}
}

// TestSetWork: what a request does can be changed in each model while it serves, but for the one whose workers were
// forked before.
func TestSetWork(t *testing.T) {
	const longer = 60 * time.Millisecond
	for _, m := range Models() {
		t.Run(m.Name, func(t *testing.T) {
			r := start(t, m.Name, Options{})
			worker := r.Server.(Worker)
			err := worker.SetWork(Work{Sleep: longer})
			if m.Name == "prefork" {
				if !errors.Is(err, ErrForkedBefore) {
					t.Error(err)
				}
				r.end()
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := r.load(load.Options{Count: 2, Concurrency: 2, Service: r.Report().Service.String()})
			if got.Failed != 0 || got.Latency.Min < load.Milliseconds(longer.Milliseconds()) {
				t.Errorf("answered after %v, %d failed", got.Latency.Min, got.Failed)
			}
			if err := worker.SetWork(Work{Sleep: -1}); err == nil {
				t.Error("it takes what cannot be")
			}
			if w := r.end().Work; w.Sleep != longer {
				t.Errorf("it reports %v", w)
			}
		})
	}
}
