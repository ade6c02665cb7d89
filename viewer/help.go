package viewer

import (
	"slices"
	"strings"

	"tracer/event"
	"tracer/text"
)

// words are the lessons of the help: a word, and what it means in one line.
var words = [][2]string{
	{"process", "a program that runs: one or more threads that share memory and files"},
	{"thread", "a line of execution in a process; its first one is the leader"},
	{"fork", "makes a child, a copy of its parent; vfork and clone do the same with less copying"},
	{"exec", "replaces the program that a process runs; the process stays the same"},
	{"zombie", "a process that has ended and whose parent has not yet waited for it"},
	{"reap", "to collect the status of a zombie by wait4 or waitid; only then is its id free"},
	{"SIGCHLD", "the signal that tells a parent that a child has ended"},
	{"coalesced", "sent while the same signal was pending: the two became one"},
	{"discarded", "sent while the parent's action was the default one: thrown away; it can wait all the same"},
	{"SIG_IGN", "the parent wants no signal: none is sent, and the kernel reaps its children"},
	{"adopted", "its parent ended first; init or a subreaper is now its parent and must reap it"},
	{"accept", "takes one connection that waits in the backlog, the queue of a listening socket"},
	{"lost", "events that the kernel had no room to report: all counters are then lower bounds"},
}

const (
	helpKeysWidth = 21
	wideHelp      = 110 // from here on keys and signs stand side by side
)

// help is the mode that explains keys, signs and words.
type help struct{ top int }

func (m *help) takes(g *section) bool { return g.inHelp }

func (m *help) key(s *state, name string) { s.dispatch(name) }

func (m *help) prompt(*state) line { return line{} }

func (m *help) click(s *state, _, _ int) { s.mode = browse{} }

func (m *help) wheel(s *state, _, _, step int) { m.scroll(s, step*wheelRows) }

// rows is how many lines there is room for.
func (m *help) rows(s *state) int { return max(s.h-4, 0) }

func (m *help) scroll(s *state, n int) {
	m.top = max(0, min(m.top+n, len(helpLines(s))-m.rows(s)))
}

func (m *help) paint(s *state, c *canvas) {
	r := rect{0, 2, s.w, s.h - 3}
	lines := helpLines(s)
	c.put(r.row(0), m.title(s, len(lines)), s.glyphs)
	for i := m.top; i < len(lines) && i-m.top < r.h-1; i++ {
		c.put(r.row(1+i-m.top), lines[i], s.glyphs)
	}
}

// title is the line above the help.
func (m *help) title(s *state, lines int) line {
	l := line{mark: markBar}
	l.gap(1).add(roleStrong, "HELP")
	if rows := m.rows(s); lines > rows {
		l.add(roleDim, "  lines "+text.Count(uint64(m.top+1))+"-"+text.Count(uint64(min(m.top+rows, lines)))+" of "+
			text.Count(uint64(lines)))
		l.add(roleKey, "  PgDn").add(roleDim, " more")
	}
	return l
}

// helpLines are all lines of the help.
func helpLines(s *state) []line {
	if s.w < wideHelp {
		f := &helpText{width: s.w}
		f.keys(s)
		f.signs(s.glyphs)
		return f.lines
	}
	left, right := &helpText{width: s.w / 2}, &helpText{width: s.w - s.w/2}
	left.keys(s)
	right.signs(s.glyphs)
	lines := make([]line, max(len(left.lines), len(right.lines)))
	for i := range lines {
		if i < len(left.lines) {
			lines[i].join(left.lines[i])
		}
		if i < len(right.lines) {
			lines[i].to(s.w / 2).join(right.lines[i])
		}
	}
	return lines
}

// keys says what the keys do.
func (f *helpText) keys(s *state) {
	for _, group := range s.sections {
		if len(group.bindings) == 0 || group.when != nil && !group.when(s) {
			continue
		}
		f.heading(group.title)
		for _, b := range group.bindings {
			if b.help != "" {
				f.row(textLine(roleKey, s.glyphs.keyText(strings.Join(b.keys, " "))), b.help)
			}
		}
		if group.title == whichEvents {
			for i, kinds := range kindGroups {
				f.row(textLine(roleKey, string(rune('1'+i))), kindNames(kinds)+" or not; from all kinds, this alone")
			}
		}
	}
}

// signs says what signs, colours and words mean.
func (f *helpText) signs(g *glyphs) {
	f.heading("Words")
	for _, w := range words {
		f.row(textLine(roleStrong, w[0]), w[1])
	}
	f.heading("Signs and colours")
	for _, l := range legend(g) {
		f.row(l.sign, l.words)
	}
}

type helpText struct {
	width int
	lines []line
}

func (f *helpText) heading(title string) {
	if len(f.lines) > 0 {
		f.lines = append(f.lines, line{})
	}
	f.lines = append(f.lines, textLine(roleStrong, " "+title))
}

func (f *helpText) row(head line, words string) {
	for i, part := range wrap(words, f.width-helpKeysWidth-2) {
		var l line
		l.gap(2)
		if i == 0 {
			l.join(head)
		}
		f.lines = append(f.lines, *l.to(helpKeysWidth).add(roleText, part))
	}
}

type legendRow struct {
	sign  line
	words string
}

// legend explains the signs, each in its colour.
func legend(g *glyphs) []legendRow {
	one := func(r role, sign, words string) legendRow { return legendRow{textLine(r, sign), words} }
	rows := []legendRow{
		one(roleBorn, g.born+" new", "just born"),
		one(roleAlive, g.alive+" alive", "a process that lives; its age counts from its birth"),
		one(roleWarn, g.leaderless+" no lead", "alive, but its first thread has ended"),
		one(roleWarn, g.stopped+" stopped", "alive, but stopped by a signal until SIGCONT comes"),
		one(roleZombie, g.zombie+" zombie", "dead and not yet reaped; its age counts from its death, after a > from "+
			"when it was found dead"),
		one(roleJustGone, g.gone+" gone", "reaped just now, then dim; its age is how long it lived"),
		one(roleThread, g.thread+" thread", "a thread of the process above it"),
		one(roleThread, g.coroutine+" made", "a coroutine of the process above it, and what it does; its number is "+
			"that of the thread that runs it"),
		one(roleKey, g.open+" "+g.folded, "something is below: shown, folded away"),
		one(roleTree, strings.TrimSpace(g.deeper), "the tree is deeper to the left than can be shown"),
	}
	for _, k := range append(slices.Concat(choices()...), event.Lost) {
		rows = append(rows, one(kindRoles[k], k.String(), k.Spec().Doc))
	}
	var cursor line
	cursor.add(roleStrong, g.cursor)
	return append(rows, legendRow{cursor, "the event at the cursor, and the process that it is about: in the past " +
		"the tree is of that very instant, and what comes later is dim"})
}
