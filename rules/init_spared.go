package rules

import "tracer/model"

// initSpared: signals to the init of a PID namespace were discarded, as it left them at their default action.
var initSpared = Rule{"init_spared", Note, func(m *model.Model, found func(Finding)) {
	eachOutcome(m, model.SparedInit, func(o *model.Outcome) {
		f := Finding{PID: o.Init, Tasks: o.Tasks, Evidence: o.Evidence,
			Arguments: map[string]uint64{"signals": o.Count, "signal": uint64(o.Signal)}}
		f.name(o.Init, o.Comm)
		found(f)
	})
}}
