package viewer

import "tracer/event"

// windowMode says how a window follows the trace.
type windowMode uint8

// The modes.
const (
	windowWhole   windowMode = iota // all of the trace; of one under way as much as is of interest
	windowFollows                   // the cursor stays in it
	windowStays
)

// window is the time that is in the picture of the lanes. It moves by whole columns, so that a picture that moves does
// not tremble.
type window struct {
	mode    windowMode
	from    event.Time
	per     event.Time // a column
	columns int
}

const (
	// liveWindow is how much of a trace under way is shown at most before one zooms.
	liveWindow = event.Time(20e9)
	// shortest is the time of a column at the least.
	shortest = event.Time(10)
)

// end is where it ends; what happens then is no longer in it.
func (w *window) end() event.Time { return w.from + w.per*event.Time(w.columns) }

// column is where a time stands, which can be outside.
func (w *window) column(t event.Time) int {
	if t < w.from {
		return -1
	}
	return int(min((t-w.from)/w.per, event.Time(w.columns)))
}

// timeOf is when a column begins.
func (w *window) timeOf(column int) event.Time { return w.from + w.per*event.Time(max(column, 0)) }

// place puts it where its mode asks for. whole is when the trace ended, if it did.
func (w *window) place(start, now, whole event.Time, columns int, grows bool) {
	if w.mode != windowWhole && w.columns != 0 && w.columns != columns { // the same time in another width
		w.per = max(w.per*event.Time(w.columns)/event.Time(columns), shortest)
	}
	w.columns = columns
	switch w.mode {
	case windowWhole:
		w.from = start
		length := max(now, whole) - start
		if grows {
			length = niceLength(length + length/20)
		}
		w.per = max((length+event.Time(columns)-1)/event.Time(columns)+1, shortest)
		if grows && length > liveWindow {
			w.per = liveWindow / event.Time(columns)
			w.follow(start, now)
		}
	case windowFollows:
		w.follow(start, now)
	}
}

// follow has the cursor near the end of it.
func (w *window) follow(start, now event.Time) {
	at := (now - min(start, now)) / w.per
	before := event.Time(w.columns - 1 - w.columns/16)
	w.from = start + w.per*(at-min(at, before))
}

// niceLength is the next length of a few, so that the scale seldom changes.
func niceLength(d event.Time) event.Time {
	for unit := event.Time(1e5); ; unit *= 10 {
		for _, n := range []event.Time{10, 12, 15, 20, 25, 30, 40, 50, 60, 80} {
			if unit*n >= d {
				return unit * n
			}
		}
	}
}

// pan moves it by so many columns.
func (w *window) pan(columns int, start, end event.Time) {
	w.mode = windowStays
	at := int64((w.from-min(start, w.from))/w.per) + int64(columns)
	last := int64((end - min(start, end)) / w.per)
	w.from = start + w.per*event.Time(max(0, min(at, last)))
}

// zoom shows half the time, step 1, or twice, -1. What stands still is now, if that is in it, else its middle.
func (w *window) zoom(step int, start, now, end event.Time, columns int) {
	fixed := w.from + w.per*event.Time(columns/2)
	if column := w.column(now); column >= 0 && column < columns {
		fixed = now
	}
	column := (fixed - w.from) / w.per
	switch {
	case step > 0:
		w.per = max(w.per/2, shortest)
	case w.mode == windowWhole:
		return
	default:
		w.per *= 2
	}
	if w.mode == windowWhole {
		w.mode = windowFollows
	}
	if whole := end - min(start, end); w.per*event.Time(columns) > max(whole+whole/8, shortest*event.Time(columns)) {
		*w = window{}
		return
	}
	at := (fixed - min(start, fixed)) / w.per
	w.from = start + w.per*min(at-min(at, column), (end-min(start, end))/w.per)
}
