package truth

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"syscall"

	"tracer/event"
)

const (
	notYet   = 1e6   // ns, for which nothing is said of a zombie
	longWait = 100e6 // from when on it is worth a note that one waited, though it was reaped
	named    = 16    // of a group, at most
)

// reason is why a zombie is one, or was.
type reason int

const (
	notWaited reason = iota
	isHeld
	noSIGCHLD
	parentStopped
	parentBusy
)

// why is what can be said of a zombie, and what of it is sure: the spans decide.
type why struct {
	reasons            []reason // one, or those between which the clock does not decide
	lasted, heldFor    span
	calls, nothing     uint64
	noChild, others    uint64
	delivered          uint64
	exitSignal         syscall.Signal
	drowned            bool
	drownedIn, stopper int
	stopped            syscall.Signal // 0: it is not
	how                action
	debugger           int
	came               came
	parent, former     int
	atOnce             bool // it died in this step
	slack              int  // of delivered
}

func (s span) scaled(k int64) span { return span{s.least * k, s.most * k} }

// half says whether part is half of the whole or more: surely, possibly.
func half(part, whole span) (sure, can bool) {
	return part.least > 0 && part.least*2 >= whole.most, part.most*2 >= whole.least
}

// why tells of a zombie, by the waits of its parent from one to before another.
func (w *world) why(z *actor, from, to int) why {
	p := z.process()
	y := why{lasted: lasted(z.ended, w.now).scaled(w.scale), exitSignal: z.exitSignal, came: z.came, parent: p.pid,
		delivered: p.sent.delivered - z.handledThen, drowned: z.drowned, how: p.handler()}
	if z.drowned {
		y.drownedIn = z.drownedIn
	}
	y.slack = z.slack
	y.atOnce = z.ended == w.now
	if z.former != nil {
		y.former = z.former.pid
	}
	if p.stopped {
		y.stopped, y.stopper = p.stopper.signal, p.stopper.by.pid
	}
	for _, q := range p.waits[from:to] {
		y.count(&q, z)
	}
	w.reasons(&y, z, p, p.waits[from:to])
	return y
}

func (y *why) count(q *asked, z *actor) {
	if q.forOne() && q.id != z.pid {
		y.others++
		return
	}
	y.calls++
	switch {
	case q.noChild:
		y.noChild++
	case q.nothing:
		y.nothing++
	}
}

func (q *asked) forOne() bool { return q.idtype == event.IDProcess || q.idtype == event.IDPidfd }

// reasons: the first that applies; of what is over, when it lasted for half of the time.
func (w *world) reasons(y *why, z, p *actor, waits []asked) {
	add := func(r reason, sure, can bool) bool {
		if can {
			y.reasons = append(y.reasons, r)
		}
		return sure
	}
	if z.wasHeld {
		y.debugger = z.heldBy.pid
		y.heldFor = lasted(z.ended, z.heldUntil).scaled(w.scale)
		sure, can := half(y.heldFor, y.lasted)
		if z.state == zombie && !z.held { // it can be reaped now
			sure, can = false, false
		}
		if add(isHeld, sure || z.held, can || z.held) {
			return
		}
	}
	if z.exitSignal != syscall.SIGCHLD {
		add(noSIGCHLD, true, true)
		return
	}
	stops := p.stopsFor(w.now)
	stops = span{max(0, stops.least-z.stopsThen.most), max(0, stops.most-z.stopsThen.least)}.scaled(w.scale)
	sure, can := half(stops, y.lasted)
	if add(parentStopped, sure || p.stopped, p.stopped || stops.most > 0 && can) {
		return
	}
	for _, q := range waits {
		if q.forOne() && q.found != 0 && q.id != z.pid {
			long := lasted(q.began, q.ended).scaled(w.scale)
			_, can := half(span{0, long.most}, y.lasted)
			add(parentBusy, false, can && long.most >= longWait/2)
		}
	}
	for _, q := range p.othersAwaited(z) { // a thread was in it to its end, or is in it still
		_, can := half(lasted(q.began, w.now).scaled(w.scale), y.lasted)
		add(parentBusy, false, can)
	}
	add(notWaited, true, true)
}

// othersAwaited are the waits for other children than z that have not returned.
func (a *actor) othersAwaited(z *actor) (all []asked) {
	for _, t := range a.tasks {
		if t.waiting != nil {
			all = append(all, *t.waiting)
		}
	}
	all = append(all, a.unreturned...)
	return slices.DeleteFunc(all, func(q asked) bool { return !q.forOne() || q.id == z.pid })
}

// verdict is a finding that there is to be, or may be.
type verdict struct {
	id     string
	pid    int
	key    string
	sure   bool
	tasks  map[int]bool // true: surely
	n      span
	fields map[string]span // what is sure of its arguments
}

type verdicts map[string]*verdict

func (v verdicts) at(id string, pid int, key string) *verdict {
	at := fmt.Sprint(id, " ", pid, " ", key)
	if v[at] == nil {
		v[at] = &verdict{id: id, pid: pid, key: key, tasks: map[int]bool{}, fields: map[string]span{}}
	}
	return v[at]
}

func (d *verdict) add(task int, sure bool) {
	d.tasks[task] = sure
	d.sure = d.sure || sure
	d.n.most++
	if sure {
		d.n.least++
	}
}

func exactly[N int | uint64 | syscall.Signal](n N) span { return span{int64(n), int64(n)} }

// judge returns what is to be found now.
func (w *world) judge() verdicts {
	v := verdicts{}
	w.judgeZombies(v)
	w.judgeGone(v)
	w.judgeSignals(v)
	for pid := range w.vforked { // for how long, the scheduler decides
		v.at("vfork_suspended", pid, "")
	}
	w.judgeLost(v)
	w.judgeLeaders(v)
	w.judgeBereaved(v)
	for _, s := range w.spared {
		d := v.at("init_spared", s.init.pid, fmt.Sprint(int(s.signal)))
		d.sure = true
		d.fields["signal"], d.fields["signals"] = exactly(s.signal), exactly(s.times)
	}
	return v
}

type member struct {
	d *verdict
	y why
	z *actor
}

func (w *world) judgeZombies(v verdicts) {
	groups := map[*verdict][]member{}
	for _, z := range w.procs {
		if z.state != zombie {
			continue
		}
		y := w.why(z, z.waitsThen, len(z.process().waits))
		if y.lasted.most < notYet {
			continue
		}
		ids := map[string]int{}
		for _, r := range y.reasons {
			id, pid := y.finding(r)
			ids[id] = pid
		}
		for id, pid := range ids {
			d := v.at(id, pid, "")
			d.add(z.pid, len(ids) == 1 && y.lasted.least >= notYet)
			groups[d] = append(groups[d], member{d, y, z})
		}
	}
	for d, group := range groups {
		if y := longest(group); y != nil && d.n.least == d.n.most {
			d.describe(y)
			d.fields["zombies"] = exactly(len(group))
		}
	}
}

// finding is where a present zombie is told of for a reason.
func (y *why) finding(r reason) (id string, pid int) {
	switch {
	case r == isHeld:
		return "zombie_held", y.parent
	case r == noSIGCHLD:
		return "zombie_no_sigchld", y.parent
	case r == parentStopped:
		return "zombie_parent_stopped", y.parent
	case y.came == inherited:
		return "left_zombie", y.former
	case y.came == orphan:
		return "orphan_zombie", y.parent
	}
	return "not_waited_for", y.parent
}

// longest returns what there is of the zombie that has been one for longest, nil when the clock does not decide.
func longest(group []member) *why {
	slices.SortFunc(group, func(a, b member) int { return cmp.Compare(b.y.lasted.least, a.y.lasted.least) })
	for _, other := range group[1:] {
		if group[0].y.lasted.least <= other.y.lasted.most {
			return nil
		}
	}
	return &group[0].y
}

// describe says what the sentence is made of, of a zombie that is there.
func (d *verdict) describe(y *why) {
	d.fields["longest_ns"] = y.lasted
	switch d.id {
	case "left_zombie":
		d.fields["adopter"] = exactly(y.parent)
		return
	case "zombie_parent_stopped":
		if y.stopped != 0 {
			d.fields["stopped"], d.fields["stopped_by"] = exactly(y.stopped), exactly(y.stopper)
		}
		return
	case "zombie_held":
		d.fields["debugger"] = exactly(y.debugger)
	case "zombie_no_sigchld":
		d.fields["exit_signal"] = exactly(y.exitSignal)
	case "orphan_zombie":
		d.fields["former"] = exactly(y.former)
	}
	d.waits(y)
	if d.id == "not_waited_for" || d.id == "orphan_zombie" {
		d.chld(y)
	}
}

func (d *verdict) waits(y *why) {
	d.fields["waits"], d.fields["waits_nothing"] = exactly(y.calls), exactly(y.nothing)
	d.fields["waits_no_child"], d.fields["waits_others"] = exactly(y.noChild), exactly(y.others)
}

func (d *verdict) chld(y *why) {
	if d.id != "reaped_late" || !y.atOnce {
		d.fields["delivered"] = span{max(0, int64(y.delivered)-int64(y.slack)), int64(y.delivered)}
	}
	d.fields["disposition"] = exactly(map[int]uint64{byDefault: uint64(event.Default), ignore: uint64(event.Ignore),
		handle: uint64(event.Handler)}[y.how.how])
	if d.id == "reaped_late" && y.drownedIn != unsure && !y.atOnce {
		d.fields["coalesced_in"] = exactly(y.drownedIn)
	}
}

func (w *world) judgeGone(v verdicts) {
	for _, c := range w.kernel {
		d := v.at("kernel_reaped", c.whose.pid, c.whyGone())
		d.add(c.pid, true)
		d.fields[c.whyGone()], d.fields["processes"] = exactly(1), exactly(len(d.tasks))
	}
	for _, c := range w.dropped {
		of := c.whose.pid
		if c.came == inherited {
			of = c.former.pid
		}
		d := v.at("zombies_dropped", of, fmt.Sprint(c.whyGone(), c.whose.pid))
		d.add(c.pid, true)
		d.fields[c.whyGone()], d.fields["zombies"] = exactly(1), exactly(len(d.tasks))
		d.fields["whose"] = exactly(c.whose.pid)
	}
	w.judgeLate(v)
	for _, c := range w.late {
		if c.birth == c.whose || c.taker.idtype != event.IDAll || c.status == 0 {
			continue
		}
		d := v.at("reaped_adopted", c.whose.pid, "")
		d.add(c.pid, true)
		d.fields["processes"] = exactly(len(d.tasks))
	}
}

func (a *actor) whyGone() string {
	switch {
	case a.withNamespace:
		return "namespace_ended"
	case a.reason.how == ignore:
		return "sig_ign"
	}
	return "nocldwait"
}

func (w *world) judgeLate(v verdicts) {
	groups := map[*verdict][]member{}
	for _, c := range w.late {
		y := c.atEnd
		if y.lasted.most < longWait {
			continue
		}
		for _, r := range y.reasons {
			d := v.at("reaped_late", y.parent, fmt.Sprint(r))
			d.add(c.pid, len(y.reasons) == 1 && y.lasted.least >= longWait)
			groups[d] = append(groups[d], member{d, y, c})
		}
	}
	for d, group := range groups {
		y := longest(group)
		if y == nil || d.n.least != d.n.most {
			continue
		}
		d.fields["longest"], d.fields["longest_ns"] = exactly(group[0].z.pid), y.lasted
		switch d.key {
		case fmt.Sprint(isHeld):
			d.fields["debugger"], d.fields["held_ns"] = exactly(y.debugger), y.heldFor
		case fmt.Sprint(noSIGCHLD):
			d.fields["exit_signal"] = exactly(y.exitSignal)
			d.waits(y)
		case fmt.Sprint(notWaited):
			d.waits(y)
			d.chld(y)
		}
	}
}

func (w *world) judgeSignals(v verdicts) {
	for _, p := range w.coalesced {
		d := v.at("sigchld_coalesced", p.pid, "")
		d.sure = p.sent.coalesced > 0
		d.fields["coalesced"] = span{int64(p.sent.coalesced), int64(p.sent.coalesced + p.sent.loose)}
		d.fields["queued"] = span{int64(p.sent.queued - p.sent.loose), int64(p.sent.queued)}
		d.fields["delivered"] = exactly(p.sent.delivered)
		if p.sent.firstCoalesced > 0 && p.sent.firstPending > 0 {
			d.fields["first_coalesced"] = exactly(p.sent.firstCoalesced)
			d.fields["first_pending"] = exactly(p.sent.firstPending)
		}
	}
	for _, c := range w.strangers {
		by := c.terminal.by
		d := v.at("ended_by_stranger", by.pid, fmt.Sprint(int(c.terminal.signal)))
		d.add(c.pid, true)
		d.fields["signal"] = exactly(c.terminal.signal)
		d.fields["processes"] = exactly(len(d.tasks))
	}
}

// judgeBereaved: the process of the thread went on, and not just until all of its threads had ended.
func (w *world) judgeBereaved(v verdicts) {
	for _, c := range w.bereaved {
		k := c.terminal
		until := w.now
		if k.thread.of.state != alive {
			until = k.thread.of.ended
		}
		went := lasted(k.thread.at, until).scaled(w.scale)
		if went.most < longWait {
			continue
		}
		d := v.at("parent_thread_ended", k.thread.of.pid, fmt.Sprint(int(k.signal), k.thread.tid))
		d.add(c.pid, went.least >= longWait)
		d.fields["signal"] = exactly(k.signal)
		d.fields["processes"] = exactly(len(d.tasks))
	}
}

func (w *world) judgeLeaders(v verdicts) {
	for _, l := range w.leaders {
		until := w.now
		if l.over {
			until = l.until
		}
		ran := lasted(l.since, until).scaled(w.scale)
		if ran.most < longWait {
			continue
		}
		d := v.at("leader_exited", l.of.pid, "")
		d.sure = d.sure || ran.least >= longWait
	}
}

const lostNamed = 5

func (w *world) judgeLost(v verdicts) {
	by := map[*verdict][]lostStatus{}
	for _, l := range w.lost {
		d := v.at("status_lost", l.parent.pid, "")
		d.add(l.child.pid, true)
		by[d] = append(by[d], l)
	}
	for d, all := range by {
		d.fields["statuses"] = exactly(len(all))
		if len(all) > lostNamed {
			clear(d.tasks)
			continue
		}
		worst := all[0]
		if i := slices.IndexFunc(all, func(l lostStatus) bool { return l.child.status != 0 }); i >= 0 {
			worst = all[i]
		}
		d.fields["child"], d.fields["status"] = exactly(worst.child.pid), exactly(worst.child.status)
		if worst.child.fate != byWait {
			d.fields["by_kernel"] = exactly(1)
			continue
		}
		d.fields["by_kernel"], d.fields["thread"] = exactly(0), exactly(worst.by.tid)
		d.fields["call"], d.fields["idtype"] = exactly(int(worst.by.call)), exactly(int(worst.by.idtype))
		if d.fields["id"] = exactly(worst.by.id); worst.parent.namespace != nil && worst.by.forOne() {
			d.fields["id"] = exactly(worst.child.inner) // as the caller counts
		}
	}
}

// text is a verdict for a reader.
func (d *verdict) text() string {
	return fmt.Sprintf("%s of %d (%s): tasks %v, %v", d.id, d.pid, d.key, slices.Sorted(maps.Keys(d.tasks)), d.fields)
}
