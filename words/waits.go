package words

import "tracer/event"

// waitCall is a call that waits, with whom it asks for, as far as that is known; a reaping can come without one.
func (w *EventWords) waitCall(c event.Call, idtype event.IDType, id event.PID) string {
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
