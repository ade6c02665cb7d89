package timeline_test

import (
	"fmt"
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
		h.Next()
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

// TestHistoryTells: what a small server did, as it was known at some moments.
func TestHistoryTells(t *testing.T) {
	_, events, err := record.ParseText(strings.NewReader(forking))
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
	took := func(n int) (uint64, *timeline.History) {
		before := heap()
		h := timeline.NewHistory()
		m := model.New(model.Options{Facts: h.Add})
		living(n, func(e *event.Event) { h.Next(); m.Apply(e) })
		return heap() - before, h
	}
	a, _ := took(300_000)
	b, h := took(700_000)
	if b > a+a/2 {
		t.Errorf("%d bytes after 300,000 events, %d after 700,000", a, b)
	}
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
