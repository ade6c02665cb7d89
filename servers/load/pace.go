package load

import (
	"context"
	"sync"
	"time"
)

// Pace changes how fast a load goes, while it goes. The zero value leaves it as its options have it. Its methods may be
// called from any goroutine.
type Pace struct {
	mu      sync.Mutex
	factor  float64       // that was asked for before the load began; 0: none was
	paused  bool          // or that
	parts   []part        // of the load's time, since it began
	changed chan struct{} // closed at the next change
}

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
	p.factor, p.paused = factor, factor == 0
	if len(p.parts) == 0 {
		return
	}
	now := time.Now()
	p.parts = append(p.parts, part{now, p.parts[len(p.parts)-1].at(now), factor})
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// begin begins the load's time.
func (p *Pace) begin(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.factor == 0 && !p.paused {
		p.factor = 1
	}
	p.parts = []part{{now, 0, p.factor}}
}

// reached returns when the load's time was that, or is to be, as it goes now; ok is false while it stands still.
func (p *Pace) reached(after time.Duration) (moment time.Time, ok bool, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	i := len(p.parts) - 1
	if p.parts[i].factor == 0 {
		return time.Time{}, false, p.changed
	}
	for i > 0 && (p.parts[i].begins > after || p.parts[i].factor == 0) {
		i--
	}
	in := p.parts[i]
	return in.since.Add(time.Duration(float64(after-in.begins) / in.factor)), true, p.changed
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
