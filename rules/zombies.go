package rules

import (
	"tracer/event"
	"tracer/model"
)

// neverWaitedFor: a process has zombies, and the trace has seen all its life.
var neverWaitedFor = Rule{"never_waited_for", Warning, func(m *model.Model, found func(Finding)) {
	if !m.Attached() {
		forsaken(m, found)
	}
}}

// notWaitedFor: a process has zombies, and the trace has seen a part of its life: how long is traced_ns.
var notWaitedFor = Rule{"not_waited_for", Warning, func(m *model.Model, found func(Finding)) {
	if m.Attached() {
		forsaken(m, func(f Finding) {
			f.Arguments["traced_ns"] = uint64(m.Now() - m.Start())
			found(f)
		})
	}
}}

// leftToAdopter: processes that were, or became, zombies lost their parent, and who adopted them has not waited.
var leftToAdopter = Rule{"left_to_adopter", Warning, func(m *model.Model, found func(Finding)) {
	var orphans zombies
	eachZombie(m, func(p *model.Process) {
		if p.Adopted() {
			orphans.add(p)
		}
	})
	if orphans.n > 0 {
		found(orphans.finding())
	}
}}

// forsaken returns the zombies that are with the parent under which they were born, a finding a parent.
func forsaken(m *model.Model, found func(Finding)) {
	var parents []event.PID
	by := map[event.PID]*zombies{}
	eachZombie(m, func(p *model.Process) {
		if p.Adopted() {
			return
		}
		if by[p.ParentPID] == nil {
			parents = append(parents, p.ParentPID)
			by[p.ParentPID] = &zombies{}
		}
		by[p.ParentPID].add(p)
	})
	for _, pid := range parents {
		f := by[pid].finding()
		f.PID = pid
		found(f)
	}
}

// eachZombie visits the zombies that somebody has had time to wait for.
func eachZombie(m *model.Model, visit func(p *model.Process)) {
	c := m.Counters()
	if c.ZombiesNow == 0 {
		return
	}
	m.Walk(func(p *model.Process, _ int) bool {
		atTheEnd := m.Ended() && p.Ended == m.Now() && p.Parent() == nil && !p.Adopted()
		if p.State == model.Zombie && !p.Root && !atTheEnd {
			visit(p)
		}
		return true
	})
}

// zombies are some of them, with what shows that they are.
type zombies struct {
	n        uint64
	pids     []event.PID
	evidence model.Evidence
}

func (z *zombies) add(p *model.Process) {
	z.n++
	if z.n <= model.MaxEvidence {
		z.pids, z.evidence = append(z.pids, p.PID), append(z.evidence, p.EndedEvent)
	}
}

func (z *zombies) finding() Finding {
	return Finding{Tasks: z.pids, Arguments: map[string]uint64{"zombies": z.n}, Evidence: z.evidence}
}
