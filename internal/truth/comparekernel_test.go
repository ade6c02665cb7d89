package truth

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"tracer/event"
	"tracer/model"
	"tracer/timeline"
)

// holds reports whether a time lies in between. One that tracer has lifted to that of the event before it can be later,
// and so can one that is inferred.
func (d *drawn) holds(b between, m timeline.Moment) bool {
	lifted := m.Evidence > 0 && d.events[m.Evidence].at == d.events[m.Evidence-1].at
	return m.At >= b.from && (m.At <= b.to || lifted || m.Inferred)
}

// comparison holds a timeline against what the kernel told.
type comparison struct {
	*drawn
	*kernelTasks
	lives    *lives
	process  map[uint64]*kernelProcess // by the number of the span
	spansOf  map[uint64][]*timeline.Span
	marksOf  map[uint64][]*timeline.Mark
	coalesce map[uint64][]*timeline.Edge // by the number of To
	byPID    map[event.PID][]*kernelProcess
	callsOf  map[int64][]*call // of the case, by whom they returned
	since    event.Time        // from when on something is in the recording
	begun    event.Time        // from when on all is: what ran before has been met
	// From when on a task is known to have been traced: it was created by one that was, or met. It can have been
	// traced a little before that.
	traced map[*kernelTask]event.Time
	lines  []string
}

func (t *comparison) complain(format string, args ...any) {
	t.lines = append(t.lines, "the kernel: "+fmt.Sprintf(format, args...))
}

// compareKernel says in what a timeline differs from what the kernel told of the same time. The workers of an io_uring,
// and what is waited for through one, its trace does not tell of.
func compareKernel(d *drawn, w *kernelTasks) []string {
	ring := func(m timeline.Mark) bool { return m.Kind == model.RingCreated }
	if slices.ContainsFunc(d.marks, ring) {
		return nil
	}
	t := &comparison{drawn: d, kernelTasks: w, lives: d.lives(), process: map[uint64]*kernelProcess{}}
	t.index()
	t.since = d.events[0].at // the launch, or the begin of the snapshot
	t.begun = d.begun()
	if len(t.lives.inOrder) == 0 {
		return []string{"the kernel: no process to compare"}
	}
	for _, s := range t.lives.inOrder {
		t.match(s)
	}
	t.trace()
	t.complete()
	t.indexCalls()
	for _, s := range t.lives.inOrder {
		if p := t.process[s.Of.Number]; p != nil {
			t.compareLife(s, p)
			t.compareSignals(s, p)
			t.compareWaits(s, p)
			t.compareParents(s, p)
		}
	}
	t.compareThreads()
	t.compareZombies()
	return t.lines
}

func (t *comparison) index() {
	t.spansOf, t.marksOf = map[uint64][]*timeline.Span{}, map[uint64][]*timeline.Mark{}
	t.coalesce, t.byPID = map[uint64][]*timeline.Edge{}, map[event.PID][]*kernelProcess{}
	for i := range t.spans {
		s := &t.spans[i]
		t.spansOf[s.Of.Number] = append(t.spansOf[s.Of.Number], s)
	}
	for i := range t.marks {
		m := &t.marks[i]
		t.marksOf[m.Of.Number] = append(t.marksOf[m.Of.Number], m)
	}
	for i := range t.edges {
		if e := &t.edges[i]; e.Kind == timeline.Coalesce {
			t.coalesce[e.To.Number] = append(t.coalesce[e.To.Number], e)
		}
	}
	for _, p := range t.processes {
		t.byPID[p.pid] = append(t.byPID[p.pid], p)
	}
}

// indexCalls finds the calls that processes of the case made.
func (t *comparison) indexCalls() {
	of := map[*kernelProcess]bool{}
	for _, p := range t.process {
		of[p] = true
		if p.parent != nil { // whose waits are told of, when it is not traced itself
			of[p.parent] = true
		}
	}
	t.callsOf = map[int64][]*call{}
	for _, c := range t.calls {
		if of[c.by.process] {
			t.callsOf[c.pid] = append(t.callsOf[c.pid], c)
		}
	}
}

// match finds the process of a span: the one that had its id then.
func (t *comparison) match(s *timeline.Span) {
	var found *kernelProcess
	for _, p := range t.byPID[s.Of.PID] {
		if p.leader.born.from <= s.End.At {
			found = p
		}
	}
	if found == nil {
		t.complain("there is no process %d", s.Of.PID)
		return
	}
	t.process[s.Of.Number] = found
}

// begun is when the first snapshot was over or, if a program was launched, the launch.
func (d *drawn) begun() event.Time {
	for _, e := range d.events {
		if e.kind == event.Snapshot && !e.flags.Has(event.Guessed) {
			return e.at
		}
	}
	return d.events[0].at
}

// trace notes from when on each task was traced, by what its span begins with.
func (t *comparison) trace() {
	t.traced = map[*kernelTask]event.Time{}
	for i := range t.spans {
		s := &t.spans[i]
		if s.Kind != timeline.Process && s.Kind != timeline.Thread {
			continue
		}
		p := t.process[s.Process.Number]
		if p == nil {
			continue
		}
		begin := t.events[s.Begin.Evidence]
		for _, l := range p.tasks {
			if l.tid != s.Of.Task.TID && (s.Kind == timeline.Thread || l != p.leader) {
				continue
			}
			switch {
			case begin.kind != event.Seen:
				t.traced[l] = l.born.from
			case l.ended.from == 0 || l.ended.from > begin.at || s.Process.DiedBefore: // else another had its id
				t.traced[l] = begin.at
			}
		}
	}
}

// hasSpan reports whether a task must have a span: who created it was traced, or it still lived when all that did had
// been met. One that ended while tracer was looking at what runs may have ended unseen.
func (t *comparison) hasSpan(l *kernelTask) bool {
	if at, ok := t.traced[l.creator]; ok && l.born.from > at {
		return true
	}
	return l.ended.from == 0 || l.ended.from > t.begun
}

// complete looks for processes that come from the root and have no span.
func (t *comparison) complete() {
	known := map[*kernelProcess]bool{}
	for _, p := range t.process {
		if known[p] {
			t.complain("process %d is told twice", p.pid)
		}
		known[p] = true
	}
	for _, p := range t.processes {
		if by := p.leader.creator; by != nil && known[by.process] && !known[p] && p.leader.born.from > t.since &&
			t.hasSpan(p.leader) {
			t.complain("process %d, created by %d, has no span", p.pid, by.tid)
			known[p] = true
		}
	}
}

// end is when the last task of a process ended. Tasks that end together can be counted out in another order than they
// tell it.
func (p *kernelProcess) end() (b between) {
	for _, l := range p.tasks {
		if l.ended.from == 0 {
			return between{}
		}
		b.from = max(b.from, l.ended.from)
	}
	last := b.from
	for _, l := range p.tasks {
		b.to = max(b.to, l.ended.to)
		if l.ended.to >= last {
			b.from = min(b.from, l.ended.from)
		}
	}
	return b
}

func (t *comparison) compareLife(s *timeline.Span, p *kernelProcess) {
	created := !s.Process.Root && !s.Process.Seen && !s.Process.DiedBefore
	if created && !t.holds(p.leader.born, s.Begin) {
		t.complain("process %d was created %v, the timeline says %v", p.pid, p.leader.born, s.Begin.At)
	}
	if by := p.leader.creator; created && (by == nil || by.tid != s.By.Task.TID && !by.renamed()) {
		t.complain("process %d was created by %v, the timeline says %d", p.pid, by, s.By.Task.TID)
	}
	switch end := p.end(); {
	case s.Process.DiedBefore:
	case s.Open != (end.from == 0):
		t.complain("process %d ended %v, the timeline says so: %v", p.pid, end, !s.Open)
	case !s.Open && !t.holds(end, s.End):
		t.complain("process %d ended %v, the timeline says %v", p.pid, end, s.End.At)
	}
	if p.leader.creator == nil && created {
		t.complain("nobody created process %d", p.pid)
	}
	t.compareExecs(s, p)
}

// renamed reports whether a task changed its id: it executed a program as a thread.
func (l *kernelTask) renamed() bool {
	return l.tid != event.TID(l.process.pid) && l.ended.from == l.ended.to
}

func (t *comparison) compareExecs(s *timeline.Span, p *kernelProcess) {
	var told []timeline.Moment
	for _, o := range t.spansOf[s.Of.Number] {
		if o.Kind == timeline.Program && o.Begin != s.Begin {
			told = append(told, o.Begin)
		}
	}
	slices.SortFunc(told, func(a, b timeline.Moment) int { return cmp.Compare(a.Evidence, b.Evidence) })
	if n := t.count(p, p.execs); !n.has(len(told)) {
		t.complain("process %d executed %v programs, the timeline says %d", p.pid, n, len(told))
		return
	}
	most := t.after(p.execs, t.since)
	execs := most[len(most)-len(told):]
	for i, m := range told {
		if m.At < execs[i] || i+1 < len(execs) && m.At > execs[i+1] {
			t.complain("process %d executed a program at %v, the timeline says %v", p.pid, execs[i], m.At)
		}
	}
}

// from is from when on all is told of a process. What came before that was told if it was traced already.
func (t *comparison) from(p *kernelProcess) event.Time { return max(t.since, t.traced[p.leader]) }

func (t *comparison) after(all []event.Time, since event.Time) []event.Time {
	return slices.DeleteFunc(slices.Clone(all), func(at event.Time) bool { return at <= since })
}

// count is how often something is told of a process, as far as it is known when it was met.
func (t *comparison) count(p *kernelProcess, all []event.Time) times {
	return times{len(t.after(all, t.from(p))), len(t.after(all, t.since))}
}

// times is a count of which a part may not have been told.
type times struct{ least, most int }

func (n times) String() string { return fmt.Sprintf("[%d, %d]", n.least, n.most) }

func (n times) has(told int) bool { return told >= n.least && told <= n.most }

// compareSignals holds the SIGCHLDs sent to a process, who sent them, and what became of them, against the pending
// ones, the edges to those that were pending, and the marks.
func (t *comparison) compareSignals(s *timeline.Span, p *kernelProcess) {
	type one struct {
		evidence uint64
		text     string
	}
	var told []one
	handled := 0
	add := func(evidence uint64, by event.TID, r event.Result) {
		told = append(told, one{evidence, signalText(by, r)})
	}
	for _, o := range t.spansOf[s.Of.Number] {
		if o.Kind == timeline.Pending {
			add(o.Begin.Evidence, o.By.Task.TID, event.Queued)
			if by := t.events[o.End.Evidence]; !o.Open && by.kind == event.Deliver && by.call == event.CallNone {
				handled++
			}
		}
	}
	for _, e := range t.coalesce[s.Of.Number] {
		add(e.Begin.Evidence, e.From.Task.TID, event.Coalesced)
	}
	for _, m := range t.marksOf[s.Of.Number] {
		switch m.Kind {
		case model.Signaled:
			add(m.At.Evidence, 0, t.events[m.At.Evidence].result)
		case model.Delivered:
			handled++
		}
	}
	slices.SortFunc(told, func(a, b one) int { return cmp.Compare(a.evidence, b.evidence) })
	from := t.from(p)
	signals := slices.DeleteFunc(slices.Clone(p.signals), func(s sigchld) bool { return s.at <= t.since })
	for len(signals) > len(told) && signals[0].at <= from { // before it was met
		signals = signals[1:]
	}
	var want, got []string
	for i, s := range signals {
		by := s.by
		if i < len(told) && told[i].text == signalText(0, s.result) { // a mark does not say who
			by = 0
		}
		want = append(want, signalText(by, s.result))
	}
	for _, o := range told {
		got = append(got, o.text)
	}
	if !slices.Equal(want, got) {
		t.complain("to process %d were sent %v, the timeline says %v", p.pid, want, got)
	}
	if took := t.count(p, p.handled); !took.has(handled) {
		t.complain("handlers of process %d took %v signals, the timeline says %d", p.pid, took, handled)
	}
}

func signalText(by event.TID, r event.Result) string { return fmt.Sprintf("%v by %d", r, by) }

// compareWaits holds what the waits of a process came to against the marks. Of a waitid(2) the kernel's trace does not
// tell whether it found a child.
func (t *comparison) compareWaits(s *timeline.Span, p *kernelProcess) {
	nothing, noChild := 0, 0
	for _, m := range t.marksOf[s.Of.Number] {
		if m.Kind != model.WaitedInVain {
			continue
		}
		if t.events[m.At.Evidence].flags.Has(event.NoChild) {
			noChild++
		} else {
			nothing++
		}
	}
	inVain := t.count(p, p.nothing)
	inVain.most += len(t.after(p.perhaps, t.since))
	if none := t.count(p, p.noChild); !none.has(noChild) || !inVain.has(nothing) {
		t.complain("waits of process %d found nothing %v times and no child %v times, the timeline says %d and %d",
			p.pid, inVain, none, nothing, noChild)
	}
}

// compareParents follows a process from parent to parent: it begins under who created it, moves as that ends, and is
// never under who has ended.
func (t *comparison) compareParents(s *timeline.Span, p *kernelProcess) {
	moves := t.lives.moves[s.Of.Number]
	parent := p.parent
	if parent == nil || s.Process.Seen || s.Process.DiedBefore {
		return
	}
	for _, e := range moves {
		if e.From.PID != parent.pid {
			t.complain("process %d was under %d, the timeline moves it from %d", p.pid, parent.pid, e.From.PID)
			return
		}
		if end := parent.end(); end.from == 0 || !t.holds(between{end.from, never}, e.End) {
			t.complain("process %d is moved at %v from %d, which ended %v", p.pid, e.End.At, parent.pid, end)
		}
		if parent = t.process[e.To.Number]; parent == nil { // out of the traced
			return
		}
		if end := parent.end(); end.from != 0 && end.to < e.End.At {
			t.complain("process %d is moved at %v to %d, which ended %v", p.pid, e.End.At, parent.pid, end)
		}
	}
	gone := never
	for _, z := range t.spansOf[s.Of.Number] {
		if z.Kind == timeline.Zombie && !z.Open {
			gone = z.End.At
		}
	}
	if end := parent.end(); end.from != 0 && end.to < min(gone, t.ends()) && !s.Process.Root {
		t.complain("process %d is still under %d, which ended %v", p.pid, parent.pid, end)
	}
}

// ends is the time of the last event.
func (d *drawn) ends() event.Time { return d.events[len(d.events)-1].at }

func (t *comparison) compareThreads() {
	threads := map[event.TID][]*kernelTask{}
	for _, p := range t.process {
		for _, l := range p.tasks {
			if l != p.leader && l.tid != event.TID(p.pid) && (l.ended.from == 0 || l.ended.from > t.since) {
				threads[l.tid] = append(threads[l.tid], l)
			}
		}
	}
	for _, s := range t.spans {
		if s.Kind != timeline.Thread {
			continue
		}
		of := t.process[s.Process.Number]
		i := slices.IndexFunc(threads[s.Of.Task.TID], func(l *kernelTask) bool { return l.process == of })
		if i < 0 {
			t.complain("there is no thread %d of %d", s.Of.Task.TID, s.Of.PID)
			continue
		}
		l := threads[s.Of.Task.TID][i]
		threads[s.Of.Task.TID] = slices.Delete(threads[s.Of.Task.TID], i, i+1)
		created := t.events[s.Begin.Evidence].kind == event.Fork
		if created && (!t.holds(l.born, s.Begin) || l.creator == nil || l.creator.tid != s.By.Task.TID) {
			t.complain("thread %d was created %v by %v, the timeline says %v by %d", l.tid, l.born, l.creator,
				s.Begin.At, s.By.Task.TID)
		}
		if s.Open != (l.ended.from == 0) || !s.Open && !t.holds(between{l.ended.from, t.upTo(l)}, s.End) {
			t.complain("thread %d ended %v, the timeline says %v", l.tid, l.ended, s.End.At)
		}
	}
	for _, tid := range slices.Sorted(maps.Keys(threads)) {
		if slices.ContainsFunc(threads[tid], t.hasSpan) {
			t.complain("thread %d has no span", tid)
		}
	}
}

// upTo is when a thread had ended. One that took its leader's id is told of as it executes the program.
func (t *comparison) upTo(l *kernelTask) event.Time {
	if l.renamed() {
		return never
	}
	return l.ended.to
}

// compareZombies holds who reaped whom, and when, against the waits that returned.
func (t *comparison) compareZombies() {
	for _, s := range t.spans {
		p := t.process[s.Of.Number]
		if s.Kind != timeline.Zombie || p == nil || s.Process.Root {
			continue
		}
		by := t.reapers(p)
		switch {
		case s.Open, s.Reaping == model.ByKernel, s.Reaping == model.Dropped:
			for _, c := range by {
				if c.pid != 0 && c.end < t.ends() && !t.debugs(c.by.process, p) {
					t.complain("process %d was reaped by %d, the timeline says that nobody did", p.pid, c.by.tid)
				}
			}
		case (s.Reaping == model.ByParent || s.Reaping == model.ByOther) && t.follows(s.By.Task.TID):
			if !slices.ContainsFunc(by, func(c *call) bool {
				return c.by.tid == s.By.Task.TID && t.holds(c.at, s.End)
			}) {
				t.complain("process %d was reaped by %s, the timeline says %d at %v", p.pid, by, s.By.Task.TID,
					s.End.At)
			}
		default: // by a call that this trace does not see: of an init, which the probes may not see either
			if slices.ContainsFunc(by, func(c *call) bool { return c.pid != 0 }) {
				t.complain("process %d was reaped by %s, and the timeline says %v by %d", p.pid, by, s.Reaping,
					s.By.Task.TID)
			}
		}
	}
}

// follows reports whether the trace tells of the calls of a task: it, or its process, is of this test.
func (t *comparison) follows(tid event.TID) bool {
	return slices.ContainsFunc(t.processes, func(p *kernelProcess) bool {
		return slices.ContainsFunc(p.tasks, func(l *kernelTask) bool { return l.tid == tid })
	})
}

// debugs reports whether a process that waits for another is told only as its debugger: it was never its parent.
func (t *comparison) debugs(by, of *kernelProcess) bool {
	if by == of.parent {
		return false
	}
	for number, p := range t.process {
		if p == of {
			return !slices.ContainsFunc(t.lives.moves[number], func(e *timeline.Edge) bool {
				return t.process[e.To.Number] == by
			})
		}
	}
	return true
}

// reapers are the calls that can have reaped a process: which returned it after it had ended, or do not say whom.
func (t *comparison) reapers(p *kernelProcess) (by []*call) {
	end, next := p.end(), never
	if end.from == 0 {
		return nil
	}
	for _, o := range t.byPID[p.pid] {
		if o.leader.born.from > end.from {
			next = min(next, o.leader.born.from)
		}
	}
	for _, pid := range []int64{0, p.leader.local} {
		for _, c := range t.callsOf[pid] {
			if c.end >= end.from && c.at.from < next {
				by = append(by, c)
			}
		}
		if p.leader.local == 0 {
			break
		}
	}
	return by
}

func (c *call) String() string {
	return fmt.Sprintf("%d (%d, %v)", c.by.tid, c.pid, c.at)
}

func (l *kernelTask) String() string {
	if l == nil {
		return "nobody of this test"
	}
	return fmt.Sprint(l.tid)
}
