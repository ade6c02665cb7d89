package timeline

import (
	"sort"

	"tracer/event"
)

// density is how many events there were over time, and how many zombies: a pulse for each so many events.
type density struct {
	pulses  []pulse
	stride  uint64 // events to a pulse
	events  uint64 // since it began
	zombies int32  // now
}

// pulse is when some events began, and the most zombies that there were behind one of them.
type pulse struct {
	at      event.Time
	zombies int32
}

// mostPulses are kept; then each two become one.
const mostPulses = 1 << 16

// next notes that an event follows.
func (d *density) next(at event.Time) {
	if d.stride == 0 {
		d.stride = 1
	}
	if len(d.pulses) == mostPulses && d.events%d.stride == 0 {
		for i := range mostPulses / 2 {
			a, b := d.pulses[2*i], d.pulses[2*i+1]
			d.pulses[i] = pulse{a.at, max(a.zombies, b.zombies)}
		}
		d.pulses, d.stride = d.pulses[:mostPulses/2], 2*d.stride
	}
	if d.events%d.stride == 0 {
		if n := len(d.pulses); n > 0 {
			at = max(at, d.pulses[n-1].at)
		}
		d.pulses = append(d.pulses, pulse{at, d.zombies})
	}
	d.events++
}

// zombie notes that there is one more, or one less.
func (d *density) zombie(n int32) {
	d.zombies += n
	last := len(d.pulses) - 1
	switch {
	case last < 0:
	case d.stride == 1:
		d.pulses[last].zombies = d.zombies
	default:
		d.pulses[last].zombies = max(d.pulses[last].zombies, d.zombies)
	}
}

// Last is the time of the last event that it was told of.
func (h *History) Last() event.Time {
	if n := len(h.density.pulses); n > 0 {
		return max(h.last, h.density.pulses[n-1].at)
	}
	return h.last
}

// Density is how many events there were in each of so many stretches of time, and the most zombies; those that there
// were last go on.
func (h *History) Density(from, per event.Time, stretches int) (events []uint64, zombies []int32) {
	events, zombies = make([]uint64, stretches), make([]int32, stretches)
	all := h.density.pulses
	next := sort.Search(len(all), func(i int) bool { return all[i].at >= from })
	for i := range stretches {
		end := from + per*event.Time(i+1)
		if next > 0 {
			zombies[i] = all[next-1].zombies
		}
		for ; next < len(all) && all[next].at < end; next++ {
			events[i] += h.density.stride
			zombies[i] = max(zombies[i], all[next].zombies)
		}
	}
	return events, zombies
}
