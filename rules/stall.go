package rules

import "tracer/model"

// stalled: a call blocked the thread that others needed, or it computed.
var stalled = Rule{"stall", Warning, func(m *model.Model, found func(Finding)) {
	for _, s := range model.StallsIn(m) {
		w := &s.Worst
		arguments := map[string]uint64{"stalls": s.Count, "open": w.Open, "queued": w.Queued}
		if w.Computed {
			arguments["cpu_ns"] = uint64(w.Held)
		} else {
			arguments["syscall"], arguments["blocked_ns"] = uint64(w.Call), uint64(w.Held)
		}
		if w.Thread != 0 {
			arguments["thread"] = uint64(w.Thread)
		}
		if w.Coroutine.ID != 0 {
			arguments["coroutine"], arguments["runtime"] = w.Coroutine.ID, uint64(w.Coroutine.Runtime)
		}
		f := Finding{PID: s.PID, Arguments: arguments, Evidence: model.Evidence{w.Evidence}}
		f.name(s.PID, s.Comm)
		found(f)
	}
}}
