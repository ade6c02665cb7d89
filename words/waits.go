package words

import (
	"maps"
	"slices"
	"strings"

	"tracer/event"
)

// WaitCall is a call that waits, with whom it asks for, as far as that is known; a reaping can come without one.
func (w *EventWords) WaitCall(c event.Call, idtype event.IDType, id event.PID) string {
	switch c {
	case event.Wait4:
		return "wait4" + wait4Argument(idtype, id)
	case event.Waitid:
		return "waitid" + w.waitidArgument(idtype, id)
	case event.Ring:
		return w.WaitByRing("waitid" + w.waitidArgument(idtype, id))
	}
	return w.WaitInKernel
}

func wait4Argument(idtype event.IDType, id event.PID) string {
	switch idtype {
	case event.IDAll:
		return "(-1)"
	case event.IDProcess:
		return "(" + number(id) + ")"
	case event.IDGroup:
		return "(" + number(-id) + ")"
	}
	return ""
}

func (w *EventWords) waitidArgument(idtype event.IDType, id event.PID) string {
	switch idtype {
	case event.IDAll:
		return "(P_ALL)"
	case event.IDProcess:
		return "(P_PID " + number(id) + ")"
	case event.IDGroup:
		return "(P_PGID " + number(id) + ")"
	case event.IDPidfd:
		if id == 0 {
			return "(P_PIDFD)"
		}
		return "(" + w.PidfdOf(id) + ")"
	}
	return ""
}

// waitInVain says what a call did not find.
func (w *EventWords) waitInVain(call string, e *event.Event) string {
	any, one, group := w.NoStatus, w.NoStatusOf, w.NoStatusInGroup
	if e.Flags.Has(event.NoChild) {
		any, one, group = w.NoChild, w.NoSuchChild, w.NoChildInGroup
	}
	switch {
	case e.AsksForOne():
		return one(call, e.ID)
	case e.IDType == event.IDGroup:
		return group(call, e.ID)
	}
	return any(call)
}

// The options of waits by their names (include/uapi/linux/wait.h); WUNTRACED has another in waitid(2).
var (
	waitOptionNames = map[uint32]string{1: "WNOHANG", 2: "WUNTRACED", 4: "WEXITED", 8: "WCONTINUED",
		1 << 24: "WNOWAIT", 1 << 29: "__WNOTHREAD", 1 << 30: "__WALL", 1 << 31: "__WCLONE"}
	stoppedOption = uint32(2)
)

// waitOptions are those of a call, as a program writes them.
func waitOptions(c event.Call, options uint32) string {
	var names []string
	for _, option := range slices.Sorted(maps.Keys(waitOptionNames)) {
		switch {
		case options&option == 0:
		case option == stoppedOption && c != event.Wait4:
			names = append(names, "WSTOPPED")
		default:
			names = append(names, waitOptionNames[option])
		}
	}
	return strings.Join(names, "|")
}
