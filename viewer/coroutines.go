package viewer

import (
	"strconv"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// coroutineKinds are the kinds that one key chooses together.
var coroutineKinds = []event.Kind{event.Spawn, event.Switch, event.Finish}

// coroutineID stands for a coroutine among the ids of tasks, to keep it selected: no task has such a number.
func coroutineID(c *model.Coroutine) event.Task {
	return event.Task{TID: -event.TID(c.Process.PID), Start: c.Born}
}

// coroutineRows adds the coroutines of p below its row, and gives the index of the last one, or last if there is none.
func (t *treeState) coroutineRows(p *model.Process, row, depth int32, last int) int {
	for c := p.FirstCoroutine(); c != nil; c = c.Next() {
		if t.hideGone && c.State == model.Finished {
			continue
		}
		last = len(t.nodes)
		t.nodes = append(t.nodes, node{process: p, coroutine: c, parent: row, depth: depth})
	}
	return last
}

// lookOf decides how a coroutine appears in its row.
func (s *state) lookOf(c *model.Coroutine) look {
	k := look{roleDim, roleThread, roleThread, roleDim, s.glyphs.coroutine, "waiting"}
	switch c.State {
	case model.Made:
		k.word = "made"
	case model.Running:
		k.word, k.state = "running", roleAlive
	case model.Finished:
		k = look{roleGone, roleGone, roleGone, roleGone, s.glyphs.gone, "ended"}
	}
	return k
}

// coroutineLine is the row of a coroutine; in the column of ids is the thread that runs it, or did last.
func (s *state) coroutineLine(l *line, n *node, i int, c columns) {
	r := n.coroutine
	k := s.lookOf(r)
	thread, end := "", s.shown().now
	if r.Thread != 0 {
		thread = strconv.Itoa(int(r.Thread))
	}
	if r.State == model.Finished {
		end = r.Ended
	}
	l.right(k.pid, thread, c.id)
	s.fixed(l, k, since(end, r.Born), 0, c)
	s.branch(l, i, c)
	l.add(roleTree, s.glyphs.leaf).gap(1).add(k.name, text.CoroutineText(r.Runtime, r.ID))
	var parts []span
	if ended := text.HowText(r.How); ended != "" {
		parts = append(parts, span{ended, k.name})
	}
	if r.Vanished {
		parts = append(parts, span{"not finished", k.name})
	}
	parts = append(parts, s.service(&r.Service)...)
	if r.Switches > 0 {
		parts = append(parts, span{text.Plural(r.Switches, "switch", "switches"), k.name})
	}
	tell(l, parts, c)
}

func (s *state) coroutineDetail(f *fields, c *model.Coroutine) {
	f.say(roleThread, text.CoroutineText(c.Runtime, c.ID))
	f.add("process", roleText, s.who(c.Process.PID, s.shown().model))
	if c.Vanished {
		f.add("state", roleText, "not finished: its process ended, or its end was not seen")
	} else {
		f.add("state", roleText, c.State.String())
	}
	f.add("ended how", roleText, text.HowText(c.How))
	if c.Creator != 0 {
		f.add("creator", roleText, text.CoroutineText(c.Runtime, c.Creator))
	}
	s.addTimes(f, c.Born, c.Ended)
	if c.Thread != 0 {
		f.add("thread", roleText, strconv.Itoa(int(c.Thread)))
	}
	f.add("switches", roleText, text.Count(c.Switches)+" to it")
	s.addService(f, c.Serves)
}

// addCoroutines tells of the coroutines of a process.
func (f *fields) addCoroutines(p *model.Process) {
	if p.CoroutinesMade+p.CoroutinesFinished+p.Switches > 0 {
		f.add("coroutines", roleText,
			text.Count(uint64(p.CoroutinesAlive))+" alive, "+text.Count(p.CoroutinesMade)+" made, "+
				text.Plural(p.Switches, "switch", "switches"))
	}
}
