package viewer

import (
	"slices"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/text"
)

// scanLimit bounds how far the events that pass the filter are looked for.
const scanLimit = 20_000

// eventState is what the user did to the list of events.
type eventState struct {
	kinds  uint64 // bits of the kinds shown, 0 for all
	only   bool   // only what concerns the selected process
	follow bool   // stay with the newest
	cursor uint64 // number of the event that the cursor is on, when not following
}

// kindGroups are the kinds that can be chosen, in the order of their digits from 1 on. Losses, snapshots and the end
// are always shown.
var kindGroups = [][]event.Kind{
	{event.Fork}, {event.Exec, event.Rename}, {event.Exit},
	{event.Signal, event.Kill, event.Stop, event.Dispose}, {event.Deliver}, {event.Wait},
	{event.Accept, event.Serve, event.Close, event.Datagram, event.IOUring, event.Request, event.Response},
	{event.Release}, {event.Seen},
}

// choices are all that a key shows or hides.
func choices() [][]event.Kind { return append(slices.Clip(kindGroups), coroutineKinds) }

func kindNames(kinds []event.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return strings.Join(names, ", ")
}

var kindRoles = map[event.Kind]role{
	event.Seen: roleSeen, event.Fork: roleFork, event.Exec: roleExec, event.Rename: roleExec, event.Exit: roleExit,
	event.Signal:  roleSignal,
	event.Deliver: roleDeliver, event.Wait: roleWait, event.Release: roleRelease, event.Accept: roleAccept,
	event.Lost: roleLost, event.End: roleStrong, event.Snapshot: roleSeen,
	event.Kill: roleExit, event.Stop: roleWarn, event.Dispose: roleSignal,
	event.Serve: roleAccept, event.Close: roleAccept, event.Datagram: roleAccept, event.Request: roleAccept,
	event.Response: roleAccept, event.IOUring: roleWarn,
	event.Spawn: roleFork, event.Switch: roleThread, event.Finish: roleExit,
}

// The set has a bit for each kind.
var _ [64 - event.KindCount]struct{}

func bits(kinds []event.Kind) (set uint64) {
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// toggle shows or hides kinds. From all of them, it leaves these alone; taking the last ones away shows all.
func (v *eventState) toggle(kinds []event.Kind) {
	v.kinds ^= bits(kinds)
	all := bits(slices.Concat(choices()...))
	if v.kinds == all {
		v.kinds = 0
	}
}

// passes tells which events the filter lets through.
func (s *state) passes() func(*event.Event) bool {
	kinds := s.events.kinds
	if kinds != 0 {
		kinds |= 1<<event.Lost | 1<<event.End | 1<<event.Snapshot
	}
	who := s.selected()
	only := s.events.only && who != nil
	return func(e *event.Event) bool {
		return (kinds == 0 || kinds>>e.Kind&1 != 0) && (!only || concerns(e, who.process.PID))
	}
}

// concerns reports whether process pid did e, or e was done to it.
func concerns(e *event.Event, pid event.PID) bool {
	switch e.Kind {
	case event.Fork:
		return e.PID == pid || e.ChildPID == pid
	case event.Signal, event.Kill:
		return e.PID == pid || e.TargetPID == pid
	case event.Wait:
		return e.PID == pid || event.PID(e.Child.TID) == pid
	case event.Lost, event.End:
		return true
	}
	return e.PID == pid
}

// cursorEvent is the number of the event that the cursor is on; ok is false when there is none.
func (s *state) cursorEvent() (n uint64, ok bool) {
	first, end := s.shown().log.span()
	if s.replay != nil {
		return s.replay.pos - 1, s.replay.pos > 0
	}
	if s.events.follow || end == first {
		return end - 1, false
	}
	return max(first, min(s.events.cursor, end-1)), true
}

// pick returns the numbers of the events for the given number of rows: around the cursor, or the last ones.
func (s *state) pick(rows int) []uint64 {
	if rows <= 0 {
		return nil
	}
	log, passes := s.shown().log, s.passes()
	cursor, fixed := s.cursorEvent()
	if !fixed && s.replay != nil {
		return s.after(log, 0, rows, passes)
	}
	_, end := log.span()
	if end == 0 {
		return nil
	}
	var above, below []uint64
	above = s.before(log, cursor, rows-1, passes)
	if e := log.at(cursor); fixed || e != nil && passes(e) {
		above = append(above, cursor)
	} else if len(above) == rows-1 { // the row that the cursor does not take
		above = s.before(log, cursor, rows, passes)
	}
	if fixed {
		below = s.after(log, cursor+1, rows-1, passes)
	}
	keep := max(rows*2/3, rows-len(below))
	if len(above) > keep {
		above = above[len(above)-keep:]
	}
	return append(above, below[:min(len(below), rows-len(above))]...)
}

// before gives up to most events below number n that pass, the oldest first.
func (s *state) before(log eventLog, n uint64, most int, passes func(*event.Event) bool) []uint64 {
	var found []uint64
	first, _ := log.span()
	for scanned := 0; n > first && len(found) < most && scanned < scanLimit; scanned++ {
		n--
		if e := log.at(n); e != nil && passes(e) {
			found = append(found, n)
		}
	}
	slices.Reverse(found)
	return found
}

// after gives up to most events from number n on that pass.
func (s *state) after(log eventLog, n uint64, most int, passes func(*event.Event) bool) []uint64 {
	var found []uint64
	_, end := log.span()
	for scanned := 0; n < end && len(found) < most && scanned < scanLimit; scanned++ {
		if e := log.at(n); e != nil && passes(e) {
			found = append(found, n)
		}
		n++
	}
	return found
}

func (s *state) eventTitle(width int) line {
	l := line{mark: markBar}
	head := roleDim
	if s.focus == focusSide {
		head = roleStrong
	}
	l.gap(1).add(head, "EVENTS")
	kinds := "all"
	if s.events.kinds != 0 {
		var names []string
		for _, kinds := range choices() {
			if s.events.kinds&bits(kinds) != 0 {
				names = append(names, kinds[0].String())
			}
		}
		kinds = strings.Join(names, " ") + " only"
	}
	l.gap(2).add(roleDim, kinds)
	if who := s.selected(); s.events.only && who != nil {
		l.add(roleKey, " of "+strconv.Itoa(int(who.process.PID)))
	}
	_, end := s.shown().log.span()
	hint := text.Count(end)
	if s.replay == nil && !s.events.follow {
		hint = "held, End follows  " + hint
	}
	if l.width+text.Width(hint)+3 < width {
		l.right(roleDim, hint, width-1)
	}
	return l
}

// eventLine is one event, in words.
func (s *state) eventLine(n uint64, width int) line {
	e := s.shown().log.at(n)
	if e == nil {
		return textLine(roleAlarm, " this event cannot be read")
	}
	cursor, fixed := s.cursorEvent()
	future := s.replay != nil && n >= s.replay.pos
	var l line
	front := " "
	if fixed && n == cursor {
		front = s.glyphs.cursor
		l.mark = markBlurred
		if s.focus == focusSide || s.replay != nil {
			l.mark = markSelected
		}
	}
	decimals := 6
	if width < 40 {
		decimals = 3
	}
	begin := s.shown().start()
	timeWidth := 1 + len(text.TimeText(begin, s.shown().now, decimals))
	l.add(roleStrong, front)
	l.right(roleDim, text.TimeText(begin, e.Time, decimals), timeWidth)
	who := ""
	if e.PID != 0 {
		who = text.PIDText(e.PID)
	}
	l.right(s.pidRole(e), who, timeWidth+1+s.shown().idWidth())
	l.gap(1)
	what := kindRoles[e.Kind]
	if e.Kind == event.Signal && e.Result == event.Coalesced {
		what = roleWarn
	}
	if e.Task.TID != 0 && e.Task.TID != event.TID(e.PID) && e.Kind != event.Exit && e.Kind != event.Release {
		l.add(roleDim, "thread "+strconv.Itoa(int(e.Task.TID))+": ")
	}
	l.add(what, s.glyphs.plain(text.EventLine(e)))
	if future {
		for i := range l.spans {
			l.spans[i].role = roleGone
		}
	}
	return l
}

// pidRole lets the events of the selected process stand out.
func (s *state) pidRole(e *event.Event) role {
	if who := s.selected(); who != nil && who.process.PID == e.PID {
		return roleKey
	}
	return roleText
}
