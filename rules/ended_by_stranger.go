package rules

import "tracer/model"

// endedByStranger: a signal ended processes, and who sent it by a call is neither their parent nor they themselves.
var endedByStranger = Rule{"ended_by_stranger", Note, func(m *model.Model, found func(Finding)) {
	eachOutcome(m, model.EndedByStranger, func(o *model.Outcome) {
		f := ofEnded(o)
		f.Arguments["signal"] = uint64(o.Signal)
		found(f)
	})
}}
