package timeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/internal/simulation"
	"tracer/model"
	"tracer/record"
	"tracer/timeline"
)

// remember keeps a history of events.
func remember(events []event.Event) *timeline.History {
	h := timeline.NewHistory()
	m := model.New(model.Options{Facts: h.Add})
	for i := range events {
		h.Next(events[i].Time)
		m.Apply(&events[i])
	}
	return h
}

func walk(h *timeline.History, pos uint64, visit func(l *timeline.Lane)) {
	timeline.Walk(h, pos, 0, func(l *timeline.Lane, above int) (int, bool) { visit(l); return above + 1, true })
}

// tell says all that a history tells after so many events.
func tell(h *timeline.History, pos uint64) string {
	var b strings.Builder
	stamp := func(s timeline.Stamp) string {
		if !s.By(pos) {
			return "-"
		}
		return fmt.Sprint(s.At, "/", s.Known)
	}
	number := func(l *timeline.Lane) uint64 {
		if l == nil {
			return 0
		}
		return l.Number
	}
	walk(h, pos, func(l *timeline.Lane) {
		fmt.Fprintf(&b, "%v %d %s %v below %d by %d: %s-%s", l.Kind, l.Number, l.Name(pos), l.Coroutine,
			number(l.Above), number(l.By), stamp(l.Begin), stamp(l.End))
		if at, gone := l.Gone(pos); gone {
			fmt.Fprintf(&b, " gone %d", at)
		}
		if g := l.Going(pos); g != nil {
			fmt.Fprintf(&b, " %v by %d", g.Reaping, number(g.Reaper))
		}
		for _, t := range []*timeline.Track{&l.Stopped, &l.Serving, &l.Holding, &l.Control} {
			fmt.Fprint(&b, " ", t.Known(pos))
		}
		for _, s := range l.KnownSigns(pos) {
			if s.By(pos) {
				fmt.Fprint(&b, " ", s.Kind, stamp(s.Stamp), s.From)
			}
		}
		for _, s := range l.KnownHands(pos) {
			fmt.Fprint(&b, " from ", number(s.From), s.Stamp, s.Handover)
		}
		fmt.Fprintln(&b)
	})
	for _, r := range h.Arrivals(pos) {
		fmt.Fprintf(&b, "%d %s %s by %d: %v %s %s %s %s by %d", r.Number, r.Listener, r.Peer, number(r.AcceptedBy),
			r.Queued, stamp(r.Accepted), stamp(r.Read), stamp(r.Replied), stamp(r.Closed), number(r.Worker(pos)))
		if r.Closed.By(pos) {
			fmt.Fprint(&b, " ", r.BytesRead, r.BytesWritten)
		}
		if last, n := r.Answer(pos); last != nil {
			fmt.Fprint(&b, n, last.Line, stamp(last.Asked), stamp(last.Answered))
			if last.Answered.By(pos) {
				fmt.Fprint(&b, last.Status)
			}
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

// losing draws what happens in a small kernel, of which some is lost; a look at what is there follows each time.
func losing(t *rapid.T) (events []event.Event) {
	loses := false
	k := simulation.New(t, func(e event.Event) {
		if loses && e.Flags&event.Launch == 0 && rapid.IntRange(0, 3).Draw(t, "lost") == 0 {
			e = event.Event{Time: e.Time, Kind: event.Lost, Lost: e.Kind, Count: 1}
		}
		events = append(events, e)
	})
	for range rapid.IntRange(1, 3).Draw(t, "bursts") {
		loses = rapid.Bool().Draw(t, "loses")
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			k.Step()
		}
		k.ReportLate()
		loses = false
		k.Seen(event.Guessed)
		for range rapid.IntRange(0, 20).Draw(t, "steps without a loss") {
			k.Step()
		}
	}
	return events
}

// TestHistoryIsExactAtAnyMoment: what a history tells of a moment does not depend on what came after it, with whatever
// is lost and put right later.
func TestHistoryIsExactAtAnyMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := losing(t)
		whole := remember(events)
		pos := rapid.IntRange(0, len(events)).Draw(t, "pos")
		part := remember(events[:pos])
		if a, b := tell(whole, uint64(pos)), tell(part, uint64(pos)); a != b {
			t.Errorf("after %d of %d events the whole tells\n%s\nwhat came by then\n%s", pos, len(events), a, b)
		}
	})
}

// TestHistoryFromTheMiddle: one that begins at what a model holds tells of whoever was there then, and of all that
// comes after, as one that was told everything does.
func TestHistoryFromTheMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []event.Event
		k := simulation.New(t, func(e event.Event) { events = append(events, e) })
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			k.Step()
		}
		k.ReportLate()
		from := rapid.IntRange(0, len(events)).Draw(t, "from")
		m := model.New(model.Options{Linger: 1e9})
		for i := range events[:from] {
			m.Apply(&events[i])
		}
		pos := uint64(rapid.IntRange(from, len(events)).Draw(t, "pos"))
		whole := remember(events[:pos])
		part := timeline.HistoryFrom(m, uint64(from))
		for i := range events[from:pos] {
			part.Next(events[from+i].Time)
			m.Apply(&events[from+i])
		}
		coroutines := slices.ContainsFunc(events, func(e event.Event) bool { return e.Coroutine != 0 })
		want, got := since(whole, uint64(from), pos, coroutines), since(part, uint64(from), pos, coroutines)
		for i := range max(len(want), len(got)) {
			if a, b := append(want, "")[min(i, len(want))], append(got, "")[min(i, len(got))]; a != b {
				t.Fatalf("from %d on, after %d of %d events, it tells\n%s\nthe whole\n%s", from, pos, len(events), b, a)
			}
		}
	})
}

// since says what a history tells after pos events of what was not over after from events, and came after it.
func since(h *timeline.History, from, pos uint64, coroutines bool) (lines []string) {
	var b strings.Builder
	numbers := map[*timeline.Lane]uint64{nil: 0}
	walk(h, pos, func(l *timeline.Lane) {
		if _, gone := l.Gone(from); !gone || l.Begin.Known > from {
			numbers[l] = l.Number
		}
	})
	walk(h, pos, func(l *timeline.Lane) {
		if numbers[l] == 0 {
			return
		}
		by := l.By
		if by != nil && (l.Kind != timeline.Coroutine || numbers[by] == 0) { // the model does not keep which it was
			by = by.Process()
		}
		b.Reset()
		fmt.Fprintf(&b, "%06d %v %v by %d: %d-%v", l.Number, l.Kind, l.Coroutine, numbers[by], l.Begin.At,
			l.End.At)
		if g := l.Going(pos); g != nil {
			fmt.Fprintf(&b, " %v at %d by %d", g.Reaping, g.At, numbers[g.Reaper])
		}
		for _, t := range []*timeline.Track{&l.Stopped, &l.Serving, &l.Holding, &l.Control} {
			known := t.Known(pos)
			for _, begun := range known.Begins {
				if begun.Known > from {
					fmt.Fprint(&b, " ", begun)
				}
			}
			if t == &l.Serving && coroutines { // the model does not keep which of them serves
				continue
			}
			fmt.Fprintf(&b, " %d goes on", len(known.Begins)-len(known.Ends))
			for _, end := range known.Ends {
				if end.Known > from {
					fmt.Fprint(&b, " ", end)
				}
			}
		}
		for _, s := range l.KnownSigns(pos) {
			if s.Known > from && s.By(pos) {
				fmt.Fprint(&b, " ", s.Kind, s.At)
			}
		}
		lines = append(lines, b.String())
	})
	of := func(l *timeline.Lane) uint64 { // which of its threads it was is not known any more once that has ended
		if l == nil {
			return 0
		}
		return numbers[l.Process()]
	}
	for _, r := range h.Arrivals(pos) {
		if r.Closed.Known == 0 || r.Closed.Known > from {
			var worker uint64
			if n := len(r.Workers); n > 0 && r.Workers[n-1].Known > from {
				worker = of(r.Worker(pos))
			}
			lines = append(lines, fmt.Sprint(r.Number, r.Listener, r.Peer, r.Arrived(), r.Accepted.At, r.Read.At,
				r.Replied.At, r.Closed.At, of(r.AcceptedBy), worker, r.BytesRead, r.BytesWritten))
		}
	}
	slices.Sort(lines)
	return lines
}

// TestDensity: events and zombies over time are those that the model counts.
func TestDensity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := losing(t)
		h := timeline.NewHistory()
		m := model.New(model.Options{Facts: h.Add})
		const per = 1 << 22
		first := events[0].Time
		want, most, last := map[event.Time]uint64{}, map[event.Time]int32{}, int32(0)
		for i := range events {
			stretch := (max(events[i].Time, first) - first) / per
			h.Next(events[i].Time)
			m.Apply(&events[i])
			want[stretch]++
			now := int32(m.Counters().ZombiesNow)
			most[stretch], last = max(most[stretch], last, now), now
		}
		counts, zombies := h.Density(first, per, int((m.Now()-first)/per)+1)
		for i := range counts {
			if at := event.Time(i); counts[i] != want[at] || want[at] > 0 && zombies[i] != most[at] {
				t.Fatalf("stretch %d: %d events and %d zombies, want %d and %d", i, counts[i], zombies[i], want[at],
					most[at])
			}
		}
	})
}

// TestDensityIsBounded: of many events it is as much as of few, and their number is right.
func TestDensityIsBounded(t *testing.T) {
	h := timeline.NewHistory()
	const n = 1_000_000
	for i := range event.Time(n) {
		h.Next(i)
	}
	counts, _ := h.Density(0, n/4, 4)
	for i, count := range counts {
		if count < n/4-64 || count > n/4+64 {
			t.Errorf("quarter %d: %d events", i, count)
		}
	}
}

// TestHistoryTells: what a small server did, as it was known at some moments.
func TestHistoryTells(t *testing.T) {
	_, events, _, err := record.ParseText(strings.NewReader(forking))
	if err != nil {
		t.Fatal(err)
	}
	h := remember(events)
	find := func(pid event.PID) (found *timeline.Lane) {
		walk(h, h.Pos(), func(l *timeline.Lane) {
			if l.Kind == timeline.Process && l.PID == pid {
				found = l
			}
		})
		return found
	}
	server, child := find(100), find(102)
	if child == nil || child.By != server || child.Above != server {
		t.Fatalf("the child is %+v", child)
	}
	serving := child.Serving.Known(h.Pos())
	if len(serving.Begins) != 1 || serving.Begins[0].Of != 1 || len(serving.Ends) != 1 {
		t.Errorf("it serves %+v", serving)
	}
	if g := child.Going(h.Pos()); g == nil || g.Reaper != server || g.Reaping != model.ByParent {
		t.Errorf("it is reaped: %+v", g)
	}
	requests := h.Arrivals(h.Pos())
	if len(requests) != 1 || requests[0].Worker(h.Pos()) != child || requests[0].AcceptedBy != server ||
		requests[0].Queued != 1e6 {
		t.Fatalf("the requests are %+v", requests)
	}
	if r, read := requests[0], requests[0].Read.Known; r.Worker(read-1) != nil || r.Worker(read) != child {
		t.Errorf("it is known to serve before it does")
	}
}

// TestHistoryIsBounded: the earliest is dropped, what lives stays with all that is above it, and what is told of later
// moments is what the whole tells.
func TestHistoryIsBounded(t *testing.T) {
	h := timeline.NewHistory()
	h.Keep(40_000)
	m := model.New(model.Options{Facts: h.Add})
	grows(t, func(e *event.Event) { h.Next(e.Time); m.Apply(e) })
	cut := h.Cut()
	if cut.Known == 0 || cut.Known > h.Pos() {
		t.Errorf("it was cut at %+v", cut)
	}
	lanes, early := 0, 0
	walk(h, h.Pos(), func(l *timeline.Lane) {
		lanes++
		if at, gone := l.Gone(h.Pos()); gone && at <= cut.At {
			early++
		}
	})
	if lanes < 1000 || early > 0 {
		t.Errorf("%d lanes are kept, of which %d were gone before the cut", lanes, early)
	}
}
