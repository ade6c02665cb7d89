package rules

import (
	"tracer/event"
	"tracer/model"
)

// statusLost: a process waited for one child, by its id, and found it taken: by another wait, or by the kernel.
var statusLost = Rule{"status_lost", Warning, func(m *model.Model, found func(Finding)) {
	for _, l := range m.LostStatuses() {
		f := Finding{PID: l.PID, Arguments: lostArguments(&l)}
		f.name(l.PID, l.Name)
		for i := range l.First {
			f.Tasks = append(f.Tasks, l.First[i].Child)
			f.Evidence = append(f.Evidence, l.First[i].Evidence...)
			f.name(l.First[i].Child, l.First[i].Comm)
		}
		worst := l.Worst() // as the ids of others can have been used again
		f.name(worst.Child, worst.Comm)
		f.name(event.PID(worst.By.TID), worst.ByComm)
		found(f)
	}
}}

// lostArguments are of one status, the one that most is lost with.
func lostArguments(l *model.LostStatuses) map[string]uint64 {
	s := l.Worst()
	arguments := map[string]uint64{"statuses": l.Count, "child": uint64(s.Child), "status": uint64(s.Status),
		"before_ns": uint64(s.Before)}
	if s.By == (event.Task{}) {
		arguments["by_kernel"], arguments["ignored"] = 1, truth(s.Why == model.SetSIGIGN)
		arguments["nocldwait"], arguments["asked"] = truth(s.Why == model.SetNoCldWait),
			truth(s.Why == model.AsCreated)
		return arguments
	}
	arguments["thread"], arguments["call"] = uint64(s.By.TID), uint64(s.Call)
	arguments["idtype"] = uint64(s.IDType)
	if s.ID != 0 {
		arguments["id"] = uint64(s.ID)
	}
	return arguments
}
