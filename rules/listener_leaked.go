package rules

import (
	"tracer/event"
	"tracer/model"
)

// listenerLeaked: a program was executed with a socket that listens and never accepted there. As long as it has it the
// address is in use, and who connects waits in the backlog.
var listenerLeaked = Rule{"listener_leaked", Warning, func(m *model.Model, found func(Finding)) {
	listeners := m.Evidence().Listeners
	for _, at := range listeners.All {
		leaks := listeners.Useless(at)
		if len(leaks) == 0 {
			continue
		}
		longest := leaks[0] // who had it for the longest, or as the last one
		for _, leak := range leaks {
			if leak.Seen > longest.Seen {
				longest = leak
			}
		}
		f := Finding{PID: longest.PID, Address: at.Address, Arguments: map[string]uint64{
			"programs": uint64(len(leaks)), "fd": uint64(longest.FD), "held_ns": uint64(longest.Seen - longest.Since),
			"ended": truth(longest.Ended)}}
		for _, leak := range leaks {
			f.Evidence = append(f.Evidence, leak.Event)
			f.name(leak.PID, leak.Comm)
			if leak != longest {
				f.Tasks = append(f.Tasks, leak.PID)
			}
		}
		if server, comm := at.ServerIn(m); server != 0 && server != longest.PID {
			f.Arguments["server"] = uint64(server)
			f.name(server, comm)
			f.Tasks = append([]event.PID{server}, f.Tasks...)
			if at.ServerEnded > 0 && longest.Seen > at.ServerEnded {
				f.Arguments["outlived_ns"] = uint64(longest.Seen - at.ServerEnded)
			}
		}
		found(f)
	}
}}
