package rules

import (
	"slices"

	"tracer/event"
	"tracer/model"
)

// acceptFailed: clients wait in the backlog, and whoever asks again at once spins. Other errors are of the client, or
// of a listener that is closed to end its loop.
var acceptFailed = Rule{"accept_failed", Warning, func(m *model.Model, found func(Finding)) {
	for _, f := range m.Evidence().Calls.Failing {
		if f.Call.Accepts() && exhausted(f.Errno) {
			found(failed(f))
		}
	}
}}

// forkFailed: there may be no more processes or threads. Other errors are of those who try what the kernel can do.
var forkFailed = Rule{"fork_failed", Warning, func(m *model.Model, found func(Finding)) {
	for _, f := range m.Evidence().Calls.Failing {
		if f.Call.Forks() && (f.Errno == event.EAGAIN || exhausted(f.Errno)) {
			found(failed(f))
		}
	}
}}

// bindFailed: a server cannot listen where it is to. Other errors are of a call that makes no sense, or that asks what
// the kernel can do.
var bindFailed = Rule{"bind_failed", Warning, func(m *model.Model, found func(Finding)) {
	for _, f := range m.Evidence().Calls.Failing {
		if !f.Call.Binds() || !slices.Contains([]event.Errno{event.EADDRINUSE, event.EACCES, event.EADDRNOTAVAIL},
			f.Errno) {
			continue
		}
		others := uint64(0)
		if f.OthersToo {
			others = 1
		}
		finding := Finding{PID: f.PID, Address: f.Address, Evidence: f.Events, Arguments: map[string]uint64{
			"call": uint64(f.Call), "errno": uint64(f.Errno), "failures": f.Times, "holder": uint64(f.Holder),
			"others": others}}
		finding.name(f.PID, f.Comm)
		finding.name(f.Holder, f.HolderComm)
		if o := m.Evidence().Listeners.Occupying(f.Address, f.Since); o != nil && f.Errno == event.EADDRINUSE {
			finding.Arguments["holder"], finding.Arguments["found"] = uint64(o.PID), 1
			finding.Tasks = []event.PID{o.PID}
			finding.name(o.PID, o.Comm)
		}
		found(finding)
	}
}}

// execFailed: a process that could not become what it was made for. Who looks along PATH, and finds it at last, has
// executed it.
var execFailed = Rule{"exec_failed", Warning, func(m *model.Model, found func(Finding)) {
	if lost(m, event.Exec) {
		return
	}
	for _, u := range m.Evidence().Calls.Unexecuted {
		f := Finding{Path: u.Path, Evidence: u.Events, Arguments: map[string]uint64{"errno": uint64(u.Errno),
			"code": uint64(u.Code), "processes": u.Times}}
		if u.Times == 1 {
			f.PID = u.PID
			f.name(u.PID, u.Comm)
		}
		found(f)
	}
}}

// exhausted reports whether an error says that there is no more of something.
func exhausted(e event.Errno) bool {
	return slices.Contains([]event.Errno{event.EMFILE, event.ENFILE, event.ENOMEM, event.ENOBUFS}, e)
}

func failed(f *model.Failing) Finding {
	finding := Finding{PID: f.PID, Evidence: f.Events, Arguments: map[string]uint64{"call": uint64(f.Call),
		"errno": uint64(f.Errno), "failures": f.Times, "limit": uint64(f.Limit), "max": f.Max}}
	finding.name(f.PID, f.Comm)
	return finding
}
