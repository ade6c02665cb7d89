package viewer

import (
	"strconv"

	"tracer/words"
)

// A Control is something of what is traced that the user can change while it runs, by a choice.
type Control struct {
	Title   string
	Choices []Choice // at most as many in all as there are digits
	Chosen  int
	// Choose makes a choice; it must return at once. Chosen is changed by the viewer.
	Choose func(int) error
	// Key goes from any choice to the first of Between, and from that to the second. Words say what it does.
	Key     string
	Words   words.Key
	Between [2]int
}

// Choice is what can be chosen, and what that means.
type Choice struct{ Label, Doc string }

// controlPane lists what can be changed, and how it is now.
type controlPane struct {
	textPane
	controls []*Control
	at       []choice // of each line
}

// choice is one of a control's; no control: none.
type choice struct {
	control *Control
	number  int
}

func (p *controlPane) opening(say *words.KeyWords) []binding {
	rows := []binding{
		{[]string{"C"}, "C", say.Control.Label, 3, say.Control.Help, controllable,
			func(s *state, _ string) { s.open(p) }},
		{[]string{"C"}, "", "", 0, "", nil, func(s *state, _ string) { s.notice = s.words.Control.None }},
	}
	for _, c := range p.controls {
		rows = append(rows, binding{[]string{c.Key}, c.Key, c.Words.Label, 3, c.Words.Help, controllable,
			func(s *state, _ string) { alternate(s, c) }})
	}
	return rows
}

// controllable reports whether there is something to change, and it still runs.
func controllable(s *state) bool { return len(s.control.controls) > 0 && s.cursor.log.grows }

func (p *controlPane) keys(say *words.KeyWords) section {
	open := func(s *state) bool { return s.side == p && controllable(s) }
	return section{title: say.Control.Label, when: open, atOnce: true, bindings: []binding{
		{[]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "0"}, "", "", 0, say.Choose, nil,
			func(s *state, key string) { p.press(s, key) }},
	}}
}

// digit is the key of a choice, counted from 0 over all controls.
func digit(n int) string { return strconv.Itoa((n + 1) % 10) }

func (p *controlPane) press(s *state, key string) {
	n := 0
	for _, c := range p.controls {
		for i := range c.Choices {
			if digit(n) == key {
				choose(s, c, i)
				return
			}
			n++
		}
	}
}

func alternate(s *state, c *Control) {
	to := c.Between[0]
	if c.Chosen == to {
		to = c.Between[1]
	}
	choose(s, c, to)
}

func choose(s *state, c *Control, i int) {
	if err := c.Choose(i); err != nil {
		s.notice = s.words.Control.Failed(s.words.Error(err))
		return
	}
	c.Chosen = i
	s.notice = s.words.Control.Now(c.Title, c.Choices[i].Label)
}

func (p *controlPane) click(s *state, _, y int) {
	if i := p.first() + y; i < len(p.at) && p.at[i].control != nil && controllable(s) {
		choose(s, p.at[i].control, p.at[i].number)
	}
}

func (p *controlPane) settle(s *state, w, h int) {
	p.w, p.h, p.head = w, h, s.words.Control.Title
	f := &fields{width: w}
	p.at = nil
	n := 0
	for _, c := range p.controls {
		f.say(roleStrong, c.Title)
		for i, option := range c.Choices {
			r, mark := roleText, " "
			if i == c.Chosen {
				r, mark = roleStrong, s.glyphs.alive
			}
			p.reach(f, choice{})
			f.add(digit(n)+mark+option.Label, r, option.Doc)
			p.reach(f, choice{c, i})
			n++
		}
		f.blank()
	}
	if !controllable(s) {
		f.say(roleDim, s.words.Control.Ended)
	}
	p.all = f.lines
}

// reach says what the lines up to here are about.
func (p *controlPane) reach(f *fields, c choice) {
	for len(p.at) < len(f.lines) {
		p.at = append(p.at, c)
	}
}
