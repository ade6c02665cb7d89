package viewer

import (
	"slices"
	"strings"

	"tracer/event"
	"tracer/text"
	"tracer/words"
)

// scanLimit bounds how far the events that pass the filter are looked for.
const scanLimit = 20_000

// eventsPane lists the events around the cursor.
type eventsPane struct {
	kinds uint64 // bits of the kinds shown, 0 for all
	only  bool   // only what concerns the selected process

	w, h   int
	picked []uint64 // numbers of the events that are shown
}

func (p *eventsPane) keys(say *words.KeyWords) section {
	listed := func(s *state) bool { return s.side != s.control } // which has digits of its own
	return section{title: say.WhichEvents, when: listed, bindings: []binding{
		{"whose", []string{"w"}, "w", say.Whose.Label, 9, say.Whose.Help, nil,
			func(*state, string) { p.only = !p.only }},
		{"coroutine-kinds", []string{"c"}, "", "", 0, say.CoroutineKinds, nil,
			func(*state, string) { p.toggle(coroutineKinds) }},
		{"every-kind", []string{"0"}, "", "", 0, say.EveryKind, nil, func(*state, string) { p.kinds = 0 }},
		{"", []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "1-9", say.Kinds, 9, "", nil,
			func(_ *state, key string) { p.toggle(kindGroups[key[0]-'1']) }},
	}}
}

// kindGroups are the kinds that can be chosen, in the order of their digits from 1 on. Losses, snapshots, what the
// user changes, and the end are always shown.
var kindGroups = [][]event.Kind{
	{event.Fork}, {event.Exec, event.Rename, event.Subreaper}, {event.Exit, event.Fail},
	{event.Signal, event.Kill, event.Stop, event.Dispose}, {event.Deliver}, {event.Wait, event.Waiting},
	{event.Accept, event.ListenDrop, event.Serve, event.LetGo, event.Hold, event.Close, event.Datagram, event.IOUring,
		event.Request, event.Response},
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
	event.Subreaper: roleExec, event.Fail: roleWarn, event.ListenDrop: roleWarn,
	event.Hold: roleWarn, event.LetGo: roleWarn,
	event.Signal:  roleSignal,
	event.Deliver: roleDeliver, event.Wait: roleWait, event.Waiting: roleWait,
	event.Release: roleRelease, event.Accept: roleAccept,
	event.Lost: roleLost, event.End: roleStrong, event.Snapshot: roleSeen,
	event.Kill: roleExit, event.Stop: roleWarn, event.Dispose: roleSignal,
	event.Serve: roleAccept, event.Close: roleAccept, event.Datagram: roleAccept, event.Request: roleAccept,
	event.Response: roleAccept, event.IOUring: roleWarn, event.Stall: roleWarn, event.Control: roleStrong,
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

// coroutineKinds are the kinds that one key chooses together.
var coroutineKinds = []event.Kind{event.Spawn, event.Switch, event.Finish, event.Stall}

// toggle shows or hides kinds. From all of them, it leaves these alone; taking the last ones away shows all.
func (p *eventsPane) toggle(kinds []event.Kind) {
	p.kinds ^= bits(kinds)
	all := bits(slices.Concat(choices()...))
	if p.kinds == all {
		p.kinds = 0
	}
}

// passes reports whether the filter lets an event through.
func (p *eventsPane) passes(s *state) func(*event.Event) bool {
	kinds := p.kinds
	if kinds != 0 {
		kinds |= 1<<event.Lost | 1<<event.End | 1<<event.Snapshot | 1<<event.Control
	}
	who := s.tree.current()
	only := p.only && who != nil
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
	case event.Lost, event.End, event.Control:
		return true
	}
	return e.PID == pid
}

func (p *eventsPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	p.picked = p.pick(s, h)
}

// pick returns the numbers of the events for the given number of rows: around the cursor, or the last ones.
func (p *eventsPane) pick(s *state, rows int) []uint64 {
	if rows <= 0 {
		return nil
	}
	c, passes := s.cursor, p.passes(s)
	cursor, fixed := c.event()
	if c.log.end() == 0 {
		return nil
	}
	if !fixed && !c.follows {
		return after(c, c.first(), rows, passes)
	}
	var above, below []uint64
	above = before(c, cursor, rows-1, passes)
	if e := c.log.at(cursor); fixed || e != nil && passes(e) {
		above = append(above, cursor)
	} else if len(above) == rows-1 { // the row that the cursor does not take
		above = before(c, cursor, rows, passes)
	}
	if fixed {
		below = after(c, cursor+1, rows-1, passes)
	}
	keep := max(rows*2/3, rows-len(below))
	if len(above) > keep {
		above = above[len(above)-keep:]
	}
	return append(above, below[:min(len(below), rows-len(above))]...)
}

// before returns up to most events below number n that pass, the oldest first.
func before(c *cursor, n uint64, most int, passes func(*event.Event) bool) []uint64 {
	var found []uint64
	first := c.first()
	for scanned := 0; n > first && len(found) < most && scanned < scanLimit; scanned++ {
		n--
		if e := c.log.at(n); e != nil && passes(e) {
			found = append(found, n)
		}
	}
	slices.Reverse(found)
	return found
}

// after returns up to most events from number n on that pass.
func after(c *cursor, n uint64, most int, passes func(*event.Event) bool) []uint64 {
	var found []uint64
	end := c.log.end()
	for scanned := 0; n < end && len(found) < most && scanned < scanLimit; scanned++ {
		if e := c.log.at(n); e != nil && passes(e) {
			found = append(found, n)
		}
		n++
	}
	return found
}

func (p *eventsPane) move(s *state, key string) {
	switch key {
	case "Home", "End":
		s.jumpEnd(key == "End")
	default:
		p.scroll(s, rows(key, max(p.h-1, 1)))
	}
}

// scroll moves the cursor over the events that pass the filter, which is moving in time.
func (p *eventsPane) scroll(s *state, n int) {
	c, passes := s.cursor, p.passes(s)
	var found []uint64
	switch {
	case n < 0 && c.target > c.first():
		found = before(c, c.target-1, -n, passes)
		slices.Reverse(found)
	case n > 0 && c.target == c.log.end():
		s.jumpEnd(true)
	case n > 0:
		found = after(c, max(c.target, c.first()), n, passes)
	}
	if len(found) > 0 {
		s.setCursor(found[len(found)-1])
	}
}

func (p *eventsPane) click(s *state, _, y int) {
	if y >= 0 && y < len(p.picked) {
		s.setCursor(p.picked[y])
	}
}

func (p *eventsPane) title(s *state) line {
	l := line{mark: markBar}
	l.gap(1).add(titleRole(s.focus == focusSide), s.words.Screen.Events)
	kinds := s.words.Screen.AllKinds
	if p.kinds != 0 {
		var names []string
		for _, kinds := range choices() {
			if p.kinds&bits(kinds) != 0 {
				names = append(names, kinds[0].String())
			}
		}
		kinds = s.words.Screen.OnlyKinds(strings.Join(names, " "))
	}
	l.gap(2).add(roleDim, kinds)
	if who := s.tree.current(); p.only && who != nil {
		l.gap(1).add(roleKey, s.words.Screen.OfProcess(who.process.PID))
	}
	hint := text.Count(s.cursor.log.end())
	if l.width+text.Width(hint)+3 < p.w {
		l.right(roleDim, hint, p.w-1)
	}
	return l
}

func (p *eventsPane) lines(s *state) []line {
	lines := make([]line, len(p.picked))
	for i, n := range p.picked {
		lines[i] = p.line(s, n)
	}
	return lines
}

// line is one event, in words.
func (p *eventsPane) line(s *state, n uint64) line {
	e := s.cursor.log.at(n)
	if e == nil {
		return textLine(roleAlarm, " "+s.words.Screen.Unreadable)
	}
	cursor, fixed := s.cursor.event()
	future := n >= s.cursor.pos
	var l line
	front := " "
	if fixed && n == cursor {
		front = s.glyphs.cursor
		l.mark = markSelected
	}
	decimals := 6
	if p.w < 40 {
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
	l.right(pidRole(s.tree.current(), e), who, timeWidth+1+s.shown().idWidth())
	l.gap(1)
	what := kindRoles[e.Kind]
	if e.Kind == event.Signal && e.Result == event.Coalesced {
		what = roleWarn
	}
	if e.Task.TID != 0 && e.Task.TID != event.TID(e.PID) && e.Kind != event.Exit && e.Kind != event.Release {
		l.add(roleDim, s.words.Events.OfThread(e.Task.TID, ""))
	}
	s.marks.note(&l, n, s.glyphs)
	l.add(what, s.glyphs.plain(s.words.EventLine(e)))
	if future {
		for i := range l.spans {
			l.spans[i].role = roleGone
		}
	}
	return l
}

// pidRole lets the events of the selected process stand out.
func pidRole(who *node, e *event.Event) role {
	if who != nil && who.process.PID == e.PID {
		return roleKey
	}
	return roleText
}
