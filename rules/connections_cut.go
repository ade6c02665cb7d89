package rules

import "tracer/model"

// connectionsCut: a process ended, and clients that it had read from got nothing. As processes end on purpose, and
// there are servers that do not answer, it is but a note.
var connectionsCut = Rule{"connections_cut", Note, func(m *model.Model, found func(Finding)) {
	for _, c := range model.CutIn(m) {
		f := Finding{PID: c.PID, Evidence: c.Evidence, Arguments: map[string]uint64{"connections": c.Count,
			"open": c.Open, "finished": c.Finished, "threads": c.Threads, "status": uint64(c.Status),
			"longest_ns": uint64(c.Longest)}}
		f.name(c.PID, c.Name)
		found(f)
	}
}}
