package load

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"
)

// Pace changes how fast a load goes, while it goes. The zero value leaves it as its options have it. Its methods may be
// called from any goroutine.
type Pace struct {
	mu      sync.Mutex
	parts   []part          // of the load's time; before it begins, one without a moment that has the factor
	changed chan struct{}   // closed at the next change
	limit   int             // of clients at once; 0: as the options have it
	done    bool            // there is no connection left to begin
	awaited time.Time       // until then a server may be missing
	spawn   func(limit int) // makes the clients up to a limit that are not there yet; nil: no load goes on
	burst   func()          // makes a client of one connection
}

// ErrNoLoad is returned where no load goes on.
var ErrNoLoad = errors.New("no clients come: the load has not begun, or is over")

// A part is how the load's time goes from some moment on.
type part struct {
	since  time.Time
	begins time.Duration // of the load's time
	factor float64       // seconds of it in a second
}

func (p part) at(moment time.Time) time.Duration {
	return p.begins + time.Duration(float64(moment.Sub(p.since))*p.factor)
}

// Set makes an open loop begin connections so many times as often as its Rate says; 0 begins none, in a closed loop
// neither, until the next Set. What has begun goes on, and the load's Duration is not prolonged.
func (p *Pace) Set(factor float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.parts) - 1
	if last < 0 || p.parts[last].since.IsZero() {
		p.parts = []part{{factor: factor}}
		return
	}
	now := time.Now()
	p.parts = append(p.parts, part{now, p.parts[last].at(now), factor})
	p.tell()
}

// Await has connections that are refused be tried again for so long: another server takes the place of one.
func (p *Pace) Await(most time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.awaited = time.Now().Add(most)
}

// again is how long it is between two tries to connect.
const again = 20 * time.Millisecond

// await reports, after a while, whether a connection that failed is to be tried again.
func (p *Pace) await(ctx context.Context, err error) bool {
	p.mu.Lock()
	awaited := p.awaited
	p.mu.Unlock()
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ENOENT) || !time.Now().Before(awaited) {
		return false
	}
	timer := time.NewTimer(again)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tell wakes those who wait for a change.
func (p *Pace) tell() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// next is closed at the next change.
func (p *Pace) next() <-chan struct{} {
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

// Limit has at most so many clients at once, within MaxConcurrency: what those above have begun goes on.
func (p *Pace) Limit(clients int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spawn == nil {
		return ErrNoLoad
	}
	p.limit = max(1, min(clients, MaxConcurrency))
	p.spawn(p.limit)
	p.tell()
	return nil
}

// Burst makes so many connections at once, beside all others: as many clients that each make one.
func (p *Pace) Burst(clients int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.burst == nil {
		return ErrNoLoad
	}
	for range min(clients, MaxConcurrency) {
		p.burst()
	}
	return nil
}

// Goes returns nil while clients can be added, and else why not.
func (p *Pace) Goes() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.burst == nil {
		return ErrNoLoad
	}
	return nil
}

// open lets clients be added; with nil it ends that.
func (p *Pace) open(spawn func(limit int), burst func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spawn, p.burst = spawn, burst
}

// finish says that no connection is left to begin.
func (p *Pace) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = true
	p.tell()
}

// admit waits while there are to be fewer clients than that this one can go on, counted from 0. ok is false at the end.
func (p *Pace) admit(ctx context.Context, client int, end time.Time) (ok bool) {
	for {
		p.mu.Lock()
		waits, done, changed := p.limit > 0 && client >= p.limit, p.done, p.next()
		p.mu.Unlock()
		if !waits || done {
			return !done
		}
		timer := time.NewTimer(time.Until(end))
		select {
		case <-changed:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
		timer.Stop()
	}
}

// begin begins the load's time.
func (p *Pace) begin(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	factor := 1.0
	if len(p.parts) > 0 {
		factor = p.parts[len(p.parts)-1].factor
	}
	p.parts, p.done, p.limit = []part{{now, 0, factor}}, false, 0
}

// reached returns when the load's time was that, or is to be, as it goes now; ok is false while it stands still.
func (p *Pace) reached(after time.Duration) (moment time.Time, ok bool, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := len(p.parts) - 1
	if p.parts[i].factor == 0 {
		return time.Time{}, false, p.next()
	}
	for i > 0 && (p.parts[i].begins > after || p.parts[i].factor == 0) {
		i--
	}
	in := p.parts[i]
	return in.since.Add(time.Duration(float64(after-in.begins) / in.factor)), true, p.next()
}

// wait waits for the load's time and returns when that was; or, in a closed loop, while it stands still. ok is false
// when ctx has ended, or at end.
func (p *Pace) wait(ctx context.Context, after time.Duration, end time.Time) (due time.Time, ok bool) {
	for {
		moment, goes, changed := p.reached(after)
		if !goes || moment.After(end) {
			moment = end
		}
		rest := time.Until(moment)
		if rest <= 0 {
			return moment, goes && ctx.Err() == nil && time.Now().Before(end)
		}
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return moment, false
		}
	}
}
