package timeline_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/timeline"
)

// kept is all that a timeline gave.
type kept struct {
	spans  []timeline.Span
	edges  []timeline.Edge
	marks  []timeline.Mark
	order  []event.Time // of what was held
	taken  int          // retracted
	events []event.Event
}

// follow feeds events to a model and its timeline, to the end or to after so many.
func follow(o timeline.Options, events []event.Event) (*kept, *model.Model) {
	k := &kept{events: events}
	t := timeline.New(k.sink(o))
	m := model.New(model.Options{Facts: t.Add})
	for i := range events {
		m.Apply(&events[i])
	}
	t.Finish(m.Now())
	return k, m
}

// sink keeps what is given. What is retracted is put right.
func (k *kept) sink(o timeline.Options) timeline.Options {
	o.Span = func(s *timeline.Span) {
		if s.Retracted {
			k.taken++
			k.spans = retracted(k.spans, func(o *timeline.Span) bool {
				return o.Kind == s.Kind && o.Of == s.Of && o.Begin == s.Begin && o.End == s.End
			})
			return
		}
		k.spans = append(k.spans, *s)
		if s.Kind < timeline.Coroutine && !s.Open && !s.Late {
			k.order = append(k.order, s.End.At)
		}
	}
	o.Edge = func(e *timeline.Edge) {
		if e.Retracted {
			k.taken++
			k.edges = retracted(k.edges, func(o *timeline.Edge) bool {
				return o.Kind == e.Kind && o.Begin == e.Begin && o.About == e.About && o.From == e.From
			})
			return
		}
		k.edges = append(k.edges, *e)
		if !e.Late {
			k.order = append(k.order, max(e.Begin.At, e.End.At))
		}
	}
	o.Mark = func(m *timeline.Mark) { k.marks = append(k.marks, *m) }
	return o
}

// retracted removes the last that is the same. It panics when none was given.
func retracted[T any](given []T, same func(*T) bool) []T {
	for i := len(given) - 1; i >= 0; i-- {
		if same(&given[i]) {
			return slices.Delete(given, i, i+1)
		}
	}
	panic("what is retracted was never given")
}

func (k *kept) spansOf(kind timeline.Kind) (spans []timeline.Span) {
	for _, s := range k.spans {
		if s.Kind == kind {
			spans = append(spans, s)
		}
	}
	return spans
}

// tb is a test or a property.
type tb interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// check holds what was given against the laws of timelines and the counters of the model.
func (k *kept) check(t tb, m *model.Model) {
	t.Helper()
	if !slices.IsSorted(k.order) {
		t.Errorf("not in the order of their ends: %v", k.order)
	}
	for _, s := range k.spans {
		if s.End.At < s.Begin.At || s.Open && s.End.At > m.Now() {
			t.Errorf("%s", line(&s))
		}
		if n := uint64(len(k.events)); s.Begin.Evidence >= n || s.End.Evidence >= n {
			t.Errorf("evidence that is not in the trace: %s", line(&s))
		}
	}
	k.checkTasks(t)
	k.checkConnections(t)
	k.checkCoroutines(t)
	k.checkEdges(t, m.Counters().EventsLost > 0)
	k.checkSums(t, m)
}

// tiled reports whether spans follow each other from the begin of a whole to its end.
func tiled(whole *timeline.Span, parts []timeline.Span) bool {
	at := whole.Begin.At
	for _, s := range parts {
		if s.Begin.At != at {
			return false
		}
		at = s.End.At
	}
	return at == whole.End.At && len(parts) > 0 && parts[len(parts)-1].Open == whole.Open
}

// by groups spans by what they are of, each group in the order of time.
func by[K comparable](spans []timeline.Span, key func(*timeline.Span) K) map[K][]timeline.Span {
	groups := map[K][]timeline.Span{}
	for _, s := range spans {
		groups[key(&s)] = append(groups[key(&s)], s)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b timeline.Span) int {
			return cmp.Or(cmp.Compare(a.Begin.At, b.Begin.At), cmp.Compare(a.End.At, b.End.At))
		})
	}
	return groups
}

func number(s *timeline.Span) uint64 { return s.Of.Number }

func (k *kept) checkTasks(t tb) {
	t.Helper()
	programs := by(k.spansOf(timeline.Program), number)
	dying, zombies := by(k.spansOf(timeline.Ending), number), by(k.spansOf(timeline.Zombie), number)
	lives := by(k.spansOf(timeline.Process), number)
	for n, life := range lives {
		if len(life) != 1 {
			t.Errorf("process %d lives %d times", n, len(life))
		}
		if !tiled(&life[0], programs[n]) {
			t.Errorf("the programs do not tile %s:\n%s", line(&life[0]), lines(programs[n]))
		}
		stages := slices.Concat(life, dying[n], zombies[n])
		for i := range stages[1:] { // without a gap, and nothing follows what is open
			if stages[i].Open || stages[i].End.At != stages[i+1].Begin.At || stages[i].Kind == stages[i+1].Kind {
				t.Errorf("a life is not\n%s", lines(stages))
			}
		}
		if last := stages[len(stages)-1]; !last.Open && last.Kind != timeline.Zombie {
			t.Errorf("%s is followed by nothing", line(&last))
		}
		delete(programs, n)
		delete(dying, n)
		delete(zombies, n)
	}
	if len(programs) > 0 || len(dying) > 0 || len(zombies) > 0 {
		t.Errorf("programs, ends or zombies of no process: %v, %v, %v", programs, dying, zombies)
	}
	for _, kind := range []timeline.Kind{timeline.Stopped, timeline.Pending} {
		for n, parts := range by(k.spansOf(kind), number) {
			within(t, &lives[n][0], parts)
		}
	}
	for n, h := range by(k.spansOf(timeline.Thread), number) {
		if len(h) != 1 {
			t.Errorf("thread %d lives %d times", n, len(h))
		}
	}
}

// within checks that spans lie in another, one after the other.
func within(t tb, whole *timeline.Span, parts []timeline.Span) {
	t.Helper()
	at := whole.Begin.At
	for _, s := range parts {
		if s.Begin.At < at || s.End.At > whole.End.At {
			t.Errorf("%s is not in %s, or begins before the one before it ends", line(&s), line(whole))
		}
		at = s.End.At
	}
}

func (k *kept) checkConnections(t tb) {
	t.Helper()
	of := func(s *timeline.Span) uint64 { return s.Connection.Number }
	group := func(kinds ...timeline.Kind) map[uint64][]timeline.Span {
		return by(slices.DeleteFunc(slices.Clone(k.spans), func(s timeline.Span) bool {
			return !slices.Contains(kinds, s.Kind)
		}), of)
	}
	requests, phases := group(timeline.Request), group(timeline.Accepted, timeline.Served, timeline.Replied)
	queued, serving := group(timeline.Queued), group(timeline.Serving)
	for n, spans := range group(timeline.Connection) {
		c := &spans[len(spans)-1]
		if len(spans) > 1 { // damaged: a number is given twice
			continue
		}
		if !tiled(c, phases[n]) {
			t.Errorf("the phases do not tile %s:\n%s", line(c), lines(phases[n]))
		}
		within(t, c, serving[n])
		if len(requests[n]) != 1 || requests[n][0].Begin.At > c.Begin.At || requests[n][0].End.At < c.End.At {
			t.Errorf("%s is the request of %s", lines(requests[n]), line(c))
		}
		if len(queued[n]) > 0 && (queued[n][0].End.At != c.Begin.At || queued[n][0].Begin != requests[n][0].Begin) {
			t.Errorf("%s is before %s", line(&queued[n][0]), line(c))
		}
	}
}

func (k *kept) checkCoroutines(t tb) {
	t.Helper()
	lives := by(k.spansOf(timeline.Coroutine), number)
	type thread struct {
		pid  event.PID
		task event.Task
	}
	controls := by(k.spansOf(timeline.Control), func(s *timeline.Span) thread { return thread{s.Of.PID, s.Of.Task} })
	for _, spans := range controls {
		at := event.Time(0)
		for _, s := range spans {
			if s.Begin.At < at {
				t.Errorf("two have control of a thread:\n%s", lines(spans))
			}
			at = s.End.At
			if s.Of.Number == 0 {
				continue
			}
			if life := lives[s.Of.Number]; len(life) != 1 || s.Begin.At < life[0].Begin.At ||
				s.End.At > life[0].End.At {
				t.Errorf("%s is not in its life: %s", line(&s), lines(life))
			}
		}
	}
}

// checkEdges checks that each leads between those that are there at the time. After a loss one can seem to do what
// another did that had its id after it.
func (k *kept) checkEdges(t tb, lost bool) {
	t.Helper()
	type stay struct{ from, to event.Time }
	there := map[uint64]stay{}
	for _, s := range k.spans {
		switch s.Kind {
		case timeline.Process, timeline.Thread, timeline.Coroutine, timeline.Ending, timeline.Zombie:
			at, ok := there[s.Of.Number]
			if !ok {
				at = stay{s.Begin.At, s.End.At}
			}
			if s.Begin.Inferred { // it was there then at the latest
				at.from = 0
			}
			there[s.Of.Number] = stay{min(at.from, s.Begin.At), max(at.to, s.End.At)}
		}
	}
	check := func(e *timeline.Edge, id timeline.ID, at event.Time) {
		if id.Number == 0 {
			return
		}
		if stay, ok := there[id.Number]; !ok || !lost && (at < stay.from || at > stay.to) {
			t.Errorf("%v of %d at %v: %d (%d) is there %v", e.Kind, e.From.PID, at, id.PID, id.Number, stay)
		}
	}
	for _, e := range k.edges {
		check(&e, e.From, e.Begin.At)
		check(&e, e.To, e.End.At)
		if e.Kind == timeline.Reparent {
			check(&e, e.About, e.End.At)
		}
	}
}

// checkSums holds the sums over spans and edges against the counters.
func (k *kept) checkSums(t tb, m *model.Model) {
	t.Helper()
	c := m.Counters()
	var got, want model.Counters
	var zombieTime, zombieMost event.Time
	reaped := map[model.Reaping]uint64{}
	for _, s := range k.spans {
		switch s.Kind {
		case timeline.Zombie:
			if s.Process.Root {
				continue
			}
			if !s.Open {
				reaped[s.Reaping]++
			}
			if s.Open || s.Reaping == model.ByParent || s.Reaping == model.ByOther || s.Reaping == model.Dropped {
				zombieTime += s.Duration()
				zombieMost = max(zombieMost, s.Duration())
			}
			if s.Open {
				got.ZombiesLeft++
			}
		case timeline.Program:
			got.Execs++
		case timeline.Process:
			got.Execs--
			if !s.Open && !s.Process.Root {
				got.ProcessesExited++
			}
		case timeline.Connection:
			got.Accepts++
			if s.Open {
				got.ConnectionsOpen++
			}
		case timeline.Coroutine:
			if k.events[s.Begin.Evidence].Kind == event.Spawn { // and not a copy
				got.CoroutinesCreated++
			}
		case timeline.Control:
			if k.events[s.Begin.Evidence].Kind == event.Switch {
				got.CoroutineSwitches++
			}
		case timeline.Pending:
			got.SigchldQueued++
			if by := k.events[s.End.Evidence]; !s.Open && by.Kind == event.Deliver && by.Call == event.CallNone {
				got.SigchldDelivered++
			}
		case timeline.Thread:
			// One that executes a program becomes the leader; of another, the exec can show that its end was lost
			end := &k.events[s.End.Evidence]
			becomesLeader := end.Kind == event.Exec && end.PID == s.Of.PID && end.OldTID == s.Of.Task.TID
			if !s.Open && !becomesLeader {
				got.ThreadsExited++
			}
		}
	}
	for _, e := range k.edges {
		switch {
		case e.Kind == timeline.Fork && e.To.Task.TID == event.TID(e.To.PID):
			got.ProcessesCreated++
		case e.Kind == timeline.Fork:
			got.ThreadsCreated++
		case e.Kind == timeline.Reparent:
			got.Reparented++
		case e.Kind == timeline.Coalesce:
			got.SigchldCoalesced++
		case e.Kind == timeline.Reap:
			got.ReapedByParent++ // or by another
		}
	}
	for _, mark := range k.marks {
		switch mark.Kind {
		case model.Contradicted:
			got.Contradictions++
		case model.EventsLost:
			got.EventsLost += mark.Count
		case model.Executed:
			got.Execs++
		case model.Signaled:
			switch k.events[mark.At.Evidence].Result {
			case event.Ignored:
				got.SigchldIgnored++
			case event.Queued:
				got.SigchldQueued++
			}
		case model.Delivered:
			got.SigchldDelivered++
		case model.WaitedInVain:
			if k.events[mark.At.Evidence].Flags.Has(event.NoChild) {
				got.WaitsNoChild++
			} else {
				got.WaitsNothing++
			}
		case model.CoroutineCreated:
			got.CoroutinesCreated++
		case model.TookControl:
			if k.events[mark.At.Evidence].Coroutine != 0 {
				got.CoroutineSwitches++
			}
		}
	}
	got.ZombieMsTotal, got.ZombieMsMax = float64(zombieTime)/1e6, float64(zombieMost)/1e6
	got.ZombiesDropped = reaped[model.Dropped]
	got.AutoReaped, got.ReapedUnseen = reaped[model.ByKernel], reaped[model.NotReaped]+reaped[model.ByOther]

	want.ProcessesCreated, want.ThreadsCreated, want.Execs = c.ProcessesCreated, c.ThreadsCreated, c.Execs
	want.ProcessesExited = c.ProcessesExited + c.ZombiesSeen
	want.ZombiesLeft, want.ZombieMsTotal, want.ZombieMsMax = c.ZombiesLeft, c.ZombieMsTotal, c.ZombieMsMax
	want.ZombiesDropped = c.ZombiesDropped
	want.AutoReaped, want.ReapedUnseen = c.AutoReaped, c.ReapedUnseen+c.ReapedByOther
	want.ReapedByParent = c.ReapedByParent + reaped[model.ByOther]
	want.Reparented, want.SigchldCoalesced, want.SigchldQueued = c.Reparented, c.SigchldCoalesced, c.SigchldQueued
	want.SigchldIgnored, want.SigchldDelivered = c.SigchldIgnored, c.SigchldDelivered
	want.ThreadsExited = c.ThreadsExited
	want.WaitsNothing, want.WaitsNoChild = c.WaitsNothing, c.WaitsNoChild
	want.Accepts, want.ConnectionsOpen = c.Accepts, c.ConnectionsOpen
	want.CoroutinesCreated, want.CoroutineSwitches = c.CoroutinesCreated, c.CoroutineSwitches
	want.Contradictions, want.EventsLost = c.Contradictions, c.EventsLost
	if a, b := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); a != b {
		t.Errorf("the sums are\n%s, the counters\n%s", a, b)
	}
}

// line describes a span on one line.
func line(s *timeline.Span) string {
	state := ""
	if s.Begin.Inferred {
		state += ", begin inferred"
	}
	if s.Open {
		state += ", open"
	} else if s.End.Inferred {
		state += ", end inferred"
	}
	return fmt.Sprintf("%v %d/%d (%d) %v-%v [%d %d]%s", s.Kind, s.Of.PID, s.Of.Task.TID, s.Of.Number, s.Begin.At,
		s.End.At, s.Begin.Evidence, s.End.Evidence, state)
}

func lines(spans []timeline.Span) (text string) {
	for _, s := range spans {
		text += "  " + line(&s) + "\n"
	}
	return text
}

var _ tb = (*testing.T)(nil)
