package rules

import "tracer/model"

// reapedAdopted: a wait for any child gave a process the status of one that it had adopted, and that failed. Who takes
// it for the status of a child that it has made shuts down, or makes a new one, for nothing.
var reapedAdopted = Rule{"reaped_adopted", Note, func(m *model.Model, found func(Finding)) {
	for _, a := range model.AdoptedIn(m) {
		f := Finding{PID: a.PID, Tasks: a.Tasks, Evidence: a.Evidence, Arguments: map[string]uint64{
			"processes": a.Count, "first": uint64(a.Tasks[0]), "status": uint64(a.First.Status)}}
		f.name(a.PID, a.Name)
		f.name(a.Tasks[0], a.First.Comm)
		if a.First.Former != 0 {
			f.Arguments["former"] = uint64(a.First.Former)
			f.name(a.First.Former, a.First.FormerComm)
		}
		found(f)
	}
}}
