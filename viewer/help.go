package viewer

import (
	"maps"
	"slices"
	"strings"

	"tracer/event"
	"tracer/text"
	"tracer/words"
)

const (
	helpKeysWidth = 21
	wideHelp      = 110 // from here on keys and signs stand side by side
)

// help is the mode that explains keys, signs and words.
type help struct {
	top   int
	made  []line // for this width and these sections
	width int
	shown []bool
}

func (m *help) takes(g *section) bool { return g.inHelp }

func (m *help) key(s *state, name string) { s.dispatch(name) }

func (m *help) prompt(*state) line { return line{} }

func (m *help) click(s *state, _, _ int) { s.mode = browse{} }

func (m *help) wheel(s *state, _, _, step int) { m.scroll(s, step*wheelRows) }

// rows is how many lines there is room for.
func (m *help) rows(s *state) int { return max(s.h-4, 0) }

func (m *help) scroll(s *state, n int) {
	m.top = max(0, min(m.top+n, len(m.lines(s))-m.rows(s)))
}

func (m *help) paint(s *state, c *canvas) {
	r := rect{0, 2, s.w, s.h - 3}
	lines := m.lines(s)
	c.put(r.row(0), m.title(s, len(lines)), s.glyphs)
	for i := m.top; i < len(lines) && i-m.top < r.h-1; i++ {
		c.put(r.row(1+i-m.top), lines[i], s.glyphs)
	}
}

// title is the line above the help.
func (m *help) title(s *state, lines int) line {
	l := line{mark: markBar}
	l.gap(1).add(roleStrong, s.words.Help.Title)
	if rows := m.rows(s); lines > rows {
		last := text.Count(uint64(min(m.top+rows, lines)))
		l.add(roleDim, "  "+s.words.Help.Lines(text.Count(uint64(m.top+1)), last, text.Count(uint64(lines))))
		l.add(roleKey, "  "+keyFor(s, "page-down")).add(roleDim, " "+s.words.Help.More)
	}
	return l
}

// lines are all lines of the help. They are made anew only when others are to be shown.
func (m *help) lines(s *state) []line {
	shown := make([]bool, len(s.sections))
	for i := range s.sections {
		shown[i] = s.sections[i].explained(s)
	}
	if m.made == nil || m.width != s.w || !slices.Equal(m.shown, shown) {
		m.made, m.width, m.shown = helpLines(s), s.w, shown
	}
	return m.made
}

// explained reports whether the help has a section.
func (g *section) explained(s *state) bool {
	return len(g.bindings) > 0 && (g.when == nil || g.when(s))
}

// helpLines are all lines of the help.
func helpLines(s *state) []line {
	if s.w < wideHelp {
		f := &helpText{width: s.w}
		f.keys(s)
		f.signs(s.glyphs, &s.words.Help, &s.words.Lanes)
		return f.lines
	}
	left, right := &helpText{width: s.w / 2}, &helpText{width: s.w - s.w/2}
	left.keys(s)
	right.signs(s.glyphs, &s.words.Help, &s.words.Lanes)
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
	for i := range s.sections {
		group := &s.sections[i]
		if !group.explained(s) {
			continue
		}
		f.heading(group.title)
		for _, b := range group.bindings {
			if b.help != "" {
				f.row(textLine(roleKey, s.glyphs.keyText(strings.Join(b.keys, " "))), b.help)
			}
		}
		if group.title == s.words.Keys.WhichEvents {
			for i, kinds := range kindGroups {
				f.row(textLine(roleKey, string(rune('1'+i))), s.words.Keys.ThisKind(kindNames(kinds)))
			}
		}
	}
}

// signs says what signs, colours and words mean.
func (f *helpText) signs(g *glyphs, say *words.HelpWords, lanes *words.LaneWords) {
	f.heading(say.Words)
	for _, w := range say.Lessons {
		f.row(textLine(roleStrong, w.Label), w.Help)
	}
	f.heading(say.Signs)
	for _, l := range legend(g, say) {
		f.row(l.sign, l.words)
	}
	f.heading(lanes.Title)
	for _, l := range laneLegend(g, lanes) {
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
	for i, part := range text.Wrap(words, f.width-helpKeysWidth-2) {
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
func legend(g *glyphs, say *words.HelpWords) []legendRow {
	one := func(r role, sign string, k words.Key) legendRow {
		return legendRow{textLine(r, sign+" "+k.Label), k.Help}
	}
	rows := []legendRow{
		one(roleBorn, g.born, say.New),
		one(roleAlive, g.alive, say.Alive),
		one(roleWarn, g.leaderless, say.LeaderExited),
		one(roleWarn, g.stopped, say.Stopped),
		one(roleZombie, g.zombie, say.Zombie),
		one(roleZombie, g.zombie+" 10 "+g.times, say.Alike),
		one(roleJustGone, g.gone, say.Gone),
		one(roleThread, g.thread, say.Thread),
		one(roleThread, g.coroutine, say.Coroutine),
		{textLine(roleKey, g.open+" "+g.folded), say.Folded},
		{textLine(roleTree, strings.TrimSpace(g.deeper)), say.Deeper},
	}
	for _, k := range append(slices.Concat(choices()...), event.Lost) {
		rows = append(rows, legendRow{textLine(kindRoles[k], k.String()), say.Kind(k)})
	}
	return append(rows, legendRow{textLine(roleStrong, g.cursor), say.Cursor})
}

// laneLegend explains the signs of the lanes.
func laneLegend(g *glyphs, say *words.LaneWords) []legendRow {
	c := g.lanes()
	one := func(r role, sign string, k words.Key) legendRow {
		return legendRow{textLine(r, sign+" "+k.Label), k.Help}
	}
	rows := []legendRow{
		one(roleAlive, c.alive, say.Alive), one(roleThread, c.thread, say.Thread),
		one(roleThread, c.waiting, say.Waiting), one(roleAlive, c.running, say.Running),
		one(roleWarn, c.stopped, say.Stopped), one(roleWarn, c.ending, say.Ending),
		one(roleZombie, c.zombie, say.Zombie),
		one(roleAlive, c.begin, say.Fork), one(roleWait, c.reaped, say.Reap), one(roleAlive, c.brief, say.Brief),
		one(roleAccept, "#1"+c.serves, say.Serves), one(roleAccept, c.several+"2", say.Several),
		one(roleAccept, c.handedDown, say.Handed), one(roleWarn, c.holds, say.Holds),
	}
	for _, kind := range slices.Sorted(maps.Keys(signLooks)) {
		look := signLooks[kind]
		rows = append(rows, one(look.role, look.glyph(c), look.word(say)))
	}
	return append(rows, one(roleStrong, c.now, say.Now),
		legendRow{textLine(roleKey, c.levels[2]+c.levels[6]), say.Axis})
}
