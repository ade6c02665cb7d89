package rules

import "tracer/model"

// outOfMemory: the kernel chose processes to be killed, as memory ran out, and SIGKILL ended them.
var outOfMemory = Rule{"out_of_memory", Warning, func(m *model.Model, found func(Finding)) {
	eachOutcome(m, model.EndedForMemory, func(o *model.Outcome) { found(ofEnded(o)) })
}}

// eachOutcome calls do with what became of signals, where it is of one kind.
func eachOutcome(m *model.Model, kind model.OutcomeKind, do func(*model.Outcome)) {
	list := model.Outcomes(m)
	for i := range list {
		if list[i].Kind == kind {
			do(&list[i])
		}
	}
}

// ofEnded makes the finding of processes that a signal ended.
func ofEnded(o *model.Outcome) Finding {
	f := Finding{PID: o.By.PID, Tasks: o.Tasks, Evidence: o.Evidence,
		Arguments: map[string]uint64{"processes": o.Count, "first": uint64(o.Tasks[0])}}
	f.name(o.By.PID, o.By.Comm)
	f.name(o.Tasks[0], o.First)
	return f
}
