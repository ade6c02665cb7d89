package rules

import "tracer/model"

// blockedInWait: a thread slept in a wait while clients waited for it to accept, or coroutines for their turn. With
// --stalls the finding stall has more of these; this one needs nothing but the waits, the accepts and the switches.
var blockedInWait = Rule{"blocked_in_wait", Warning, func(m *model.Model, found func(Finding)) {
	eachPause(m, false, func(f Finding, p *model.Pause) {
		f.Arguments["syscall"], f.Arguments["idtype"] = uint64(p.Call), uint64(p.IDType)
		if p.ID != 0 {
			f.Arguments["id"] = uint64(p.ID)
		}
		if c := p.Coroutine; c.ID != 0 {
			f.Arguments["coroutine"], f.Arguments["runtime"] = c.ID, uint64(c.Runtime)
		}
		if p.UnderWay {
			f.Arguments["under_way"], f.Address = 1, p.Listener
			delete(f.Arguments, "queued_ns")
		}
		if p.Longer {
			f.Arguments["held_at_least"] = 1
		}
		if p.Longest >= model.LongWait/2 || p.Coroutine.ID != 0 || p.UnderWay {
			found(f)
		}
	})
}}

// vforkSuspended: whoever calls vfork stands still until the child executes a program or ends, so what the child does
// before, its caller waits for.
var vforkSuspended = Rule{"vfork_suspended", Warning, func(m *model.Model, found func(Finding)) {
	eachPause(m, true, func(f Finding, p *model.Pause) {
		f.Arguments["executed"] = truth(!p.Ended)
		found(f)
	})
}}

func eachPause(m *model.Model, byVfork bool, tell func(Finding, *model.Pause)) {
	for _, p := range model.PausesIn(m) {
		if p.ByVfork() != byVfork {
			continue
		}
		f := Finding{PID: p.PID, Evidence: model.Evidence{p.Evidence}, Arguments: map[string]uint64{
			"thread": uint64(p.Thread), "held_ns": uint64(p.Held), "child": uint64(p.Child), "pauses": p.Times}}
		if p.Queued > 0 {
			f.Arguments["queued"], f.Arguments["queued_ns"] = p.Queued, uint64(p.Longest)
			f.Arguments["at_least"] = truth(p.AtLeast)
		}
		f.name(p.PID, p.Name)
		f.name(p.Child, p.Comm)
		tell(f, &p)
	}
}
