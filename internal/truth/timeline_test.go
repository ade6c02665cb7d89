package truth

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/timeline"
)

// drawn is the timeline of a recording, with what its evidence is.
type drawn struct {
	events []kept
	spans  []timeline.Span
	edges  []timeline.Edge
	marks  []timeline.Mark
}

// kept is what is kept of an event.
type kept struct {
	kind      event.Kind
	call      event.Call
	at        event.Time
	result    event.Result
	flags     event.Flags
	coroutine bool
	occasion  event.Occasion
}

func draw(file string) (*drawn, error) {
	r, err := record.OpenRecording(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	d := &drawn{}
	t := timeline.New(timeline.Options{
		Span: d.span, Edge: d.edge, Mark: func(m *timeline.Mark) { d.marks = append(d.marks, *m) }})
	m := model.New(model.Options{Facts: t.Add})
	batch := make([]event.Event, 1024)
	for {
		n, err := r.Next(batch)
		for i := range batch[:n] {
			e := &batch[i]
			d.events = append(d.events, kept{e.Kind, e.Call, e.Time, e.Result, e.Flags, e.Coroutine != 0,
				e.Rare.Value().Occasion})
			m.Apply(e)
		}
		if errors.Is(err, io.EOF) {
			t.Finish(m.Now())
			return d, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (d *drawn) span(s *timeline.Span) {
	if !s.Retracted {
		d.spans = append(d.spans, *s)
		return
	}
	d.spans = slices.DeleteFunc(d.spans, func(o timeline.Span) bool {
		return o.Kind == s.Kind && o.Of == s.Of && o.Begin == s.Begin && o.Connection == s.Connection
	})
}

func (d *drawn) edge(e *timeline.Edge) {
	if !e.Retracted {
		d.edges = append(d.edges, *e)
		return
	}
	d.edges = slices.DeleteFunc(d.edges, func(o timeline.Edge) bool {
		return o.Kind == e.Kind && o.From == e.From && o.About == e.About && o.Begin == e.Begin
	})
}

// compareTimeline holds the spans and edges of a recording's timeline against what the case says: the numbers that they
// add up to in place of the counters, and the events that it names as evidence.
func compareTimeline(c Case, counters map[string]any, tracer, file string, w *watch) (lines []string) {
	d, err := draw(file)
	if err != nil {
		return []string{"timeline: " + err.Error()}
	}
	sums := maps.Clone(counters)
	maps.Copy(sums, d.sums())
	for _, line := range Compare(c, sums) {
		lines = append(lines, "timeline: "+line)
	}
	if lost, _ := number(counters["events_lost"]); lost == 0 && w != nil {
		events, err := w.events()
		if err != nil {
			return append(lines, "the kernel's trace: "+err.Error())
		}
		lines = append(lines, compareKernel(d, kernelTasksOf(events))...)
	}
	c = certain(c, counters)
	lines = append(lines, d.compareHolding(c)...)
	c.Events = slices.DeleteFunc(slices.Clone(c.Events), func(e Events) bool {
		return !changes[fmt.Sprint(e.Fields["kind"])]
	})
	if len(c.Events) == 0 {
		return lines
	}
	events, err := export(tracer, file, "jsonl")
	if err != nil {
		return append(lines, err.Error())
	}
	evident := d.evidence()
	for i, e := range events {
		if !evident[uint64(i)] && slices.ContainsFunc(c.Events, func(want Events) bool {
			return has(e, want.Fields)
		}) {
			lines = append(lines, "timeline: nothing is known by "+text(e))
		}
	}
	return lines
}

// changes are the kinds of events each of which is evidence, if it is of a process of the case.
var changes = map[string]bool{"fork": true, "accept": true, "close": true, "stop": true, "kill": true, "datagram": true,
	"request": true, "response": true, "io_uring": true, "let_go": true}

// occasions are their names, as a case has them.
var occasions = map[event.Occasion]string{event.AtExec: "exec", event.AtClose: "close", event.AtExit: "exit",
	event.AtLook: "look"}

// compareHolding says in which connections a process let go of, or in which sockets it was found to hold without use,
// the timeline differs from the case. A socket is held once, whatever the number of its descriptors.
func (d *drawn) compareHolding(c Case) (lines []string) {
	for _, e := range c.Events {
		pid, ofOne := number(e.Fields["pid"])
		connection, _ := number(e.Fields["connection"])
		is := func(of timeline.ID, c *model.Connection) bool {
			number := uint64(0)
			if c != nil {
				number = c.Number
			}
			return (!ofOne || of.PID == event.PID(pid)) && (connection == 0 || number == uint64(connection))
		}
		got, want := 0, e.Times
		switch kind := e.Fields["kind"]; {
		case kind == "let_go":
			for _, m := range d.marks {
				occasion := occasions[d.events[m.At.Evidence].occasion]
				if m.Kind == model.LetGo && is(m.Of, m.Connection) && (!ofOne || e.Fields["occasion"] == occasion) {
					got++
				}
			}
		case kind == "hold" && e.Times == 0 && !ofOne:
			for _, s := range d.spans {
				if s.Kind == timeline.Holding {
					got++
				}
			}
		case kind == "hold" && e.Times > 0 && ofOne:
			want = 1
			for _, s := range d.spans {
				inferred := s.Begin.Inferred
				if e.Fields["occasion"] == "exit" {
					inferred = s.End.Inferred || s.Open
				}
				listener, listens := e.Fields["listener"].(string)
				if s.Kind == timeline.Holding && is(s.Of, s.Connection) && !inferred &&
					(!listens || listener == string(s.Listener)) {
					got++
				}
			}
		default:
			continue
		}
		if got != want {
			lines = append(lines, fmt.Sprintf("timeline: %d times %s, want %d", got, text(e.Fields), want))
		}
	}
	return lines
}

func (d *drawn) evidence() map[uint64]bool {
	all := map[uint64]bool{}
	add := func(moments ...timeline.Moment) {
		for _, m := range moments {
			all[m.Evidence] = true
		}
	}
	for _, s := range d.spans {
		add(s.Begin, s.End)
	}
	for _, e := range d.edges {
		add(e.Begin, e.End)
	}
	for _, m := range d.marks {
		add(m.At)
	}
	return all
}

// sums are counters, by the names of a summary, as the spans and edges alone tell them.
func (d *drawn) sums() map[string]any {
	n := map[string]float64{"processes_seen": 0, "threads_seen": 0, "zombies_seen": 0, "processes_created": 0,
		"threads_created": 0, "execs": 0, "processes_exited": 0, "threads_exited": 0, "zombies_left": 0,
		"zombies_now":     0,
		"zombie_ms_total": 0, "zombie_ms_max": 0, "reaped_by_parent": 0, "reaped_by_other": 0, "auto_reaped": 0,
		"zombies_dropped": 0,
		"reaped_unseen":   0, "reparented": 0, "sigchld_queued": 0, "sigchld_coalesced": 0, "accepts": 0,
		"connections_open": 0, "datagrams_received": 0, "http_requests": 0, "io_urings": 0, "coroutines_created": 0,
		"coroutines_finished": 0, "coroutine_switches": 0, "sigchld_ignored": 0, "sigchld_delivered": 0,
		"waits_nothing": 0, "waits_no_child": 0, "listen_drops": 0, "contradictions": 0}
	shares := map[string]map[string]any{"exit_codes": {}, "exit_signals": {}, "accepts_by_listener": {},
		"accepts_by_task": {}, "http_statuses": {}}
	share := func(counter, of string) {
		now, _ := number(shares[counter][of])
		shares[counter][of] = now + 1
	}
	var dead, open []timeline.Span
	for _, s := range d.spans {
		switch s.Kind {
		case timeline.Process:
			d.process(&s, n, share)
		case timeline.Program:
			n["execs"]++
		case timeline.Thread:
			n["threads_seen"]++ // but for those that were created
			if !s.Open && d.events[s.End.Evidence].kind != event.Exec {
				n["threads_exited"]++
			}
		case timeline.Zombie:
			if !s.Process.Root {
				d.zombie(&s, n)
				dead = append(dead, s)
			}
		case timeline.Pending:
			n["sigchld_queued"]++
			if by := d.events[s.End.Evidence]; !s.Open && by.kind == event.Deliver && by.call == event.CallNone {
				n["sigchld_delivered"]++
			}
		case timeline.Connection:
			n["accepts"]++
			share("accepts_by_listener", string(s.Connection.Listener))
			share("accepts_by_task", strconv.Itoa(int(s.Of.PID)))
			if s.Open {
				n["connections_open"]++
			}
			open = append(open, s)
		case timeline.Exchange:
			n["http_requests"]++
			if s.Status != 0 {
				share("http_statuses", strconv.Itoa(s.Status))
			}
		case timeline.Coroutine:
			if d.events[s.Begin.Evidence].kind == event.Spawn { // and not a copy
				n["coroutines_created"]++
			}
			if !s.Open && d.events[s.End.Evidence].kind == event.Finish {
				n["coroutines_finished"]++
			}
		case timeline.Control:
			if d.events[s.Begin.Evidence].kind == event.Switch { // and not with the fork that copied it
				n["coroutine_switches"]++
			}
		}
	}
	for _, e := range d.edges {
		switch {
		case e.Kind == timeline.Fork && e.To.Task.TID == event.TID(e.To.PID):
			n["processes_created"]++
		case e.Kind == timeline.Fork:
			n["threads_created"]++
			n["threads_seen"]--
		case e.Kind == timeline.Reparent:
			n["reparented"]++
		case e.Kind == timeline.Coalesce:
			n["sigchld_coalesced"]++
		}
	}
	for _, m := range d.marks {
		d.mark(&m, n)
	}
	n["tree_depth"] = d.depth()
	n["zombie_ms_total"] /= 1e6
	n["zombie_ms_max"] /= 1e6
	n["zombies_peak"], n["connections_peak"] = peak(dead), peak(open)
	all := map[string]any{}
	for name, v := range n {
		all[name] = v
	}
	for name, v := range shares {
		all[name] = v
	}
	return all
}

func (d *drawn) process(s *timeline.Span, n map[string]float64, share func(counter, of string)) {
	p := s.Process
	n["execs"]-- // the program that it began with
	switch {
	case p.Root:
		return
	case p.DiedBefore:
		n["zombies_seen"]++
		return
	case p.Seen:
		n["processes_seen"]++
	}
	if s.Open {
		return
	}
	n["processes_exited"]++
	e := event.Event{Status: p.Status}
	if code, ok := e.Exited(); ok {
		share("exit_codes", strconv.Itoa(code))
	} else if signal, _, ok := e.Killed(); ok {
		share("exit_signals", strconv.Itoa(signal))
	}
}

func (d *drawn) zombie(s *timeline.Span, n map[string]float64) {
	ns := float64(s.Duration())
	switch {
	case s.Open:
		n["zombies_left"]++
		n["zombies_now"]++
	case s.Reaping == model.ByParent:
		n["reaped_by_parent"]++
	case s.Reaping == model.ByOther:
		n["reaped_by_other"]++
	case s.Reaping == model.ByKernel:
		n["auto_reaped"]++
		return
	case s.Reaping == model.Dropped:
		n["zombies_dropped"]++
	case s.Process.Adopted():
		n["reaped_by_other"]++
		return
	default:
		n["reaped_unseen"]++
		return
	}
	n["zombie_ms_total"] += ns
	n["zombie_ms_max"] = max(n["zombie_ms_max"], ns)
}

func (d *drawn) mark(m *timeline.Mark, n map[string]float64) {
	e := d.events[m.At.Evidence]
	switch m.Kind {
	case model.Received:
		n["datagrams_received"]++
	case model.RingCreated:
		n["io_urings"]++
	case model.Overflowed:
		n["listen_drops"] += float64(m.Count)
	case model.CoroutineEnded: // one that a fork has copied, which was not created
		if e.kind == event.Finish {
			n["coroutines_finished"] += float64(m.Count)
		}
	case model.TookControl:
		if e.coroutine {
			n["coroutine_switches"]++
		}
	case model.Signaled:
		if e.result == event.Ignored {
			n["sigchld_ignored"]++
		}
	case model.Delivered:
		n["sigchld_delivered"]++
	case model.WaitedInVain:
		if e.flags.Has(event.NoChild) {
			n["waits_no_child"]++
		} else {
			n["waits_nothing"]++
		}
	case model.Contradicted:
		n["contradictions"]++
	}
}

// depth is the length of the longest chain of parents and children.
func (d *drawn) depth() float64 {
	lives, deepest := d.lives(), 0
	depths := map[uint64]int{}
	for _, s := range lives.inOrder { // parents come first
		level := 0
		if parent := lives.parentAtFirst(s); parent != nil {
			level = depths[parent.Of.Number] + 1
		}
		depths[s.Of.Number] = level
		deepest = max(deepest, level)
	}
	return float64(deepest)
}

// lives are the processes of a timeline.
type lives struct {
	inOrder []*timeline.Span // of their begin
	byPID   map[event.PID][]*timeline.Span
	moves   map[uint64][]*timeline.Edge // by the number of who was reparented
}

func (d *drawn) lives() *lives {
	l := &lives{byPID: map[event.PID][]*timeline.Span{}, moves: map[uint64][]*timeline.Edge{}}
	for i := range d.spans {
		if s := &d.spans[i]; s.Kind == timeline.Process {
			l.inOrder = append(l.inOrder, s)
			l.byPID[s.Of.PID] = append(l.byPID[s.Of.PID], s)
		}
	}
	slices.SortFunc(l.inOrder, func(a, b *timeline.Span) int {
		return cmp.Or(cmp.Compare(a.Begin.At, b.Begin.At), cmp.Compare(a.Of.Number, b.Of.Number))
	})
	for i := range d.edges {
		if e := &d.edges[i]; e.Kind == timeline.Reparent {
			l.moves[e.About.Number] = append(l.moves[e.About.Number], e)
		}
	}
	return l
}

// parentAtFirst returns the parent under which a process began, nil when that is not traced.
func (l *lives) parentAtFirst(s *timeline.Span) *timeline.Span {
	pid := s.Process.ParentPID
	if moves := l.moves[s.Of.Number]; len(moves) > 0 {
		pid = moves[0].From.PID
	}
	for _, p := range l.byPID[pid] {
		if p != s && p.Begin.At <= s.Begin.At && (p.Open || s.Begin.At <= p.End.At) {
			return p
		}
	}
	return nil
}

// peak is how many spans there are at once at most. Those of no length are none.
func peak(spans []timeline.Span) float64 {
	type step struct {
		at timeline.Moment
		by float64
	}
	var steps []step
	for _, s := range spans {
		if s.Duration() == 0 && !s.Open {
			continue
		}
		steps = append(steps, step{s.Begin, 1})
		if !s.Open {
			steps = append(steps, step{s.End, -1})
		}
	}
	slices.SortFunc(steps, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.at.At, b.at.At), cmp.Compare(a.at.Evidence, b.at.Evidence))
	})
	now, most := 0.0, 0.0
	for _, s := range steps {
		now += s.by
		most = max(most, now)
	}
	return most
}

// TestTimelineSums holds what the timeline of the bundled example adds up to against the summary of it.
func TestTimelineSums(t *testing.T) {
	const file = "../../examples/fork-once.trc"
	d, err := draw(file)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := tracer()
	if err != nil {
		t.Skip(err)
	}
	counters, err := summarize(binary, file)
	if err != nil {
		t.Fatal(err)
	}
	want := Case{Counters: map[string]any{}}
	got := d.sums()
	for name := range got {
		want.Counters[name] = counters[name]
	}
	if len(want.Counters) < 30 || number0(want.Counters["accepts"]) == 0 {
		t.Fatalf("the example says too little: %v", want.Counters)
	}
	for _, line := range differences(want, got) {
		t.Error(line)
	}
}

func number0(v any) float64 {
	n, _ := number(v)
	return n
}
