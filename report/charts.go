package report

import (
	"cmp"
	"math"
	"slices"

	"tracer/timeline"
)

// charts are what is drawn beside the lanes, in the page and in the pictures: both draw these numbers.
type charts struct {
	Curves    curves    `json:"curves"`
	Histogram histogram `json:"histogram"`
}

// curves are how many there were of each at moments, in nanoseconds since the first event: from each on to the next.
type curves struct {
	At differences `json:"at"`
	Of []curve     `json:"of"`
}

// curve is of one kind: its numbers stand in the order of the moments.
type curve struct {
	Kind   int   `json:"kind"` // as in curveSpans
	Counts []int `json:"counts"`
	First  int   `json:"-"` // the place of the first of the greatest
}

// The kinds of curves, by the spans that they count.
var curveSpans = [][]timeline.Kind{{timeline.Process}, {timeline.Thread}, {timeline.Zombie},
	{timeline.Accepted, timeline.Served, timeline.Replied}}

// curvePoints is how many changes of each are drawn, evenly chosen, where there are more than can be told apart.
const curvePoints = 1500

// histogram is how many connections were open for how long, from accept to close. Those that were not closed are not
// in it.
type histogram struct {
	Low    float64 `json:"low"`  // milliseconds, where the first bar begins
	Wide   float64 `json:"wide"` // milliseconds, each bar
	Counts []int   `json:"counts"`
}

func (l *lanes) charts() charts {
	open := make(map[int]bool, len(l.Spans.Open))
	for _, i := range l.Spans.Open {
		open[i] = true
	}
	return charts{l.curves(open), histogramOf(l.openFor(open))}
}

// change is one more, or one less.
type change struct {
	at int64
	by int
}

// curves are of the kinds of which there was any.
func (l *lanes) curves(open map[int]bool) curves {
	var c curves
	var all [][]change
	c.At = append(c.At, 0, max(l.End, 1))
	for kind, of := range curveSpans {
		changes := l.changes(of, open)
		if len(changes) == 0 {
			continue
		}
		c.Of, all = append(c.Of, curve{Kind: kind}), append(all, changes)
		for i := 0; i < len(changes); i += max(1, len(changes)/curvePoints) {
			c.At = append(c.At, changes[i].at)
		}
		c.At = append(c.At, peakOf(changes))
	}
	slices.Sort(c.At)
	c.At = slices.Compact(c.At)
	for i, changes := range all {
		c.Of[i].count(changes, c.At)
	}
	return c
}

// changes are those of how many spans of some kinds there are, in the order of time. At one moment, ends come before
// beginnings: a connection that goes on to its next phase is no second one.
func (l *lanes) changes(kinds []timeline.Kind, open map[int]bool) (all []change) {
	n := 0
	for _, kind := range l.Spans.Kind {
		if slices.Contains(kinds, spanKinds[kind]) {
			n += 2
		}
	}
	all = make([]change, 0, n)
	for i, kind := range l.Spans.Kind {
		if !slices.Contains(kinds, spanKinds[kind]) {
			continue
		}
		all = append(all, change{l.Spans.Begin[i], 1})
		if !open[i] {
			all = append(all, change{l.Spans.Begin[i] + l.Spans.Length[i], -1})
		}
	}
	slices.SortFunc(all, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.by, b.by)) })
	return all
}

// peakOf is the first moment behind which there were the most: no choice of moments may leave it out.
func peakOf(changes []change) (at int64) {
	n, most := 0, math.MinInt
	for i, c := range changes {
		n += c.by
		if last := i+1 == len(changes) || changes[i+1].at > c.at; last && n > most {
			most, at = n, c.at
		}
	}
	return at
}

func (c *curve) count(changes []change, at []int64) {
	n := 0
	for place, t := range at {
		for len(changes) > 0 && changes[0].at <= t {
			n += changes[0].by
			changes = changes[1:]
		}
		c.Counts = append(c.Counts, n)
		if n > c.Counts[c.First] {
			c.First = place
		}
	}
}

func (c *curve) most() int { return c.Counts[c.First] }

// openFor are the times in milliseconds for which connections were open, the shortest first.
func (l *lanes) openFor(open map[int]bool) (times []float64) {
	took, unfinished := map[uint64]int64{}, map[uint64]bool{}
	for i, kind := range l.Spans.Kind {
		if slices.Contains(curveSpans[openConnections], spanKinds[kind]) {
			number := l.Spans.Connection[i]
			took[number] += l.Spans.Length[i]
			unfinished[number] = unfinished[number] || open[i]
		}
	}
	for number, ns := range took {
		if !unfinished[number] {
			times = append(times, float64(ns)/1e6)
		}
	}
	slices.Sort(times)
	return times
}

// openConnections is a kind of curves.
const openConnections = 3

// histogramOf is that of times in order. One alone is none.
func histogramOf(times []float64) (h histogram) {
	if len(times) < 2 {
		return h
	}
	bars := min(40, max(5, int(math.Ceil(math.Sqrt(float64(len(times)))))))
	h.Low, h.Wide, h.Counts = times[0], (times[len(times)-1]-times[0])/float64(bars), make([]int, bars)
	if h.Wide == 0 {
		h.Wide = 1
	}
	for _, t := range times {
		h.Counts[min(bars-1, int((t-h.Low)/h.Wide))]++
	}
	return h
}
