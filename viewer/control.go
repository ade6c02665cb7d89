package viewer

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"syscall"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// A Control is something of what is traced that the user can change while it runs, by a choice.
type Control struct {
	Title   string
	Choices []Choice
	Chosen  int // -1: what is chosen is done, and over
	// Choose makes a choice, once Options.Changing has told of it; it must return at once. Chosen is changed by the
	// viewer.
	Choose func(int) error
	// Possible returns why nothing can be chosen just now; nil: it always can.
	Possible func() error
	// Key goes from any choice to the first of Between, and from that to the second. Words say what it does. It can be
	// empty.
	Key     string
	Action  string // its name in a file of keys
	Words   words.Key
	Between [2]int

	signals []order // of the choices, which are signals
}

// ReapControl is the control of how a server reaps, without its choices.
func ReapControl(say *words.ControlWords) *Control {
	return &Control{Title: say.Reap, Key: "W", Action: "switch-reaping", Words: say.ReapKey}
}

// HoldControl is the control of how fast clients come, without its choices.
func HoldControl(say *words.ControlWords) *Control {
	return &Control{Title: say.Clients, Key: "H", Action: "hold-clients", Words: say.HoldKey}
}

// Choice is what can be chosen, what that means, and what the trace is to tell of it.
type Choice struct {
	Label, Doc string
	Told       event.Rare
}

// An order is a signal, and to whom.
type order struct {
	number syscall.Signal
	to     receiver
}

// receiver says whom a signal is for.
type receiver uint8

const (
	toServer receiver = iota // what was launched
	toSelected
	toWorker // one of the other processes, by chance
)

// signals is what can be sent, as a control.
func signals(say *words.ControlWords) *Control {
	c := &Control{Title: say.Signals, Chosen: -1}
	for _, o := range []struct {
		words words.Key
		order order
	}{
		{say.StopServer, order{syscall.SIGSTOP, toServer}}, {say.ContinueServer, order{syscall.SIGCONT, toServer}},
		{say.StopSelected, order{syscall.SIGSTOP, toSelected}},
		{say.ContinueSelected, order{syscall.SIGCONT, toSelected}},
		{say.KillSelected, order{syscall.SIGKILL, toSelected}}, {say.KillWorker, order{syscall.SIGKILL, toWorker}},
	} {
		c.Choices = append(c.Choices, Choice{Label: o.words.Label, Doc: o.words.Help})
		c.signals = append(c.signals, o.order)
	}
	return c
}

// controlPane lists what can be changed, and how it is now.
type controlPane struct {
	textPane
	controls []*Control
	all      []choice // of all controls, in their order
	words    *words.ControlWords
	changing func(*event.Event) error
	send     func(event.Task, syscall.Signal) error

	on    int      // the choice that Enter makes
	moved bool     // to there, so that it has to be seen
	at    []choice // of each line
}

// choice is one of a control's; no control: none.
type choice struct {
	control *Control
	number  int
}

func newControlPane(o *Options, say *words.ControlWords) *controlPane {
	p := &controlPane{words: say, controls: o.Controls, changing: o.Changing, send: o.Signal}
	if p.changing == nil {
		p.changing = func(*event.Event) error { return nil }
	}
	if p.send != nil {
		p.controls = append(slices.Clip(p.controls), signals(say))
	}
	for _, c := range p.controls {
		for i := range c.Choices {
			p.all = append(p.all, choice{c, i})
		}
	}
	return p
}

func (p *controlPane) opening(say *words.KeyWords) []binding {
	rows := []binding{
		{"control", []string{"C", "F9"}, "C", say.Control.Label, 3, say.Control.Help, controllable,
			func(s *state, _ string) {
				if s.open(p); s.side == p {
					s.focus = focusSide
				}
			}},
		{"control", []string{"C", "F9"}, "", "", 0, "", nil,
			func(s *state, _ string) { s.notice = s.words.Control.None }},
	}
	for _, c := range p.controls {
		if c.Key != "" {
			rows = append(rows, binding{c.Action, []string{c.Key}, c.Key, c.Words.Label, 3, c.Words.Help,
				func(s *state) bool { return controllable(s) && (c.Possible == nil || c.Possible() == nil) },
				func(s *state, _ string) { alternate(s, c) }})
		}
	}
	return rows
}

// controllable reports whether there is something to change, and it still runs.
func controllable(s *state) bool { return len(s.control.controls) > 0 && s.cursor.log.grows }

// digits is how many choices have a key.
const digits = 10

func (p *controlPane) keys(say *words.KeyWords) section {
	open := func(s *state) bool { return s.side == p && controllable(s) }
	focused := func(s *state) bool { return s.focus == focusSide }
	return section{title: say.Control.Label, when: open, atOnce: true, bindings: []binding{
		{"open", []string{"Enter"}, "Enter", p.words.ChooseThis.Label, 2, p.words.ChooseThis.Help, focused,
			func(s *state, _ string) { choose(s, p.all[p.on]) }},
		{"", []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "0"}, "", "", 0, say.Choose, nil,
			func(s *state, key string) { p.press(s, key) }},
	}}
}

// digit is the key of a choice, counted from 0 over all controls; "": it has none.
func digit(n int) string {
	if n >= digits {
		return " "
	}
	return strconv.Itoa((n + 1) % digits)
}

func (p *controlPane) press(s *state, key string) {
	for n, c := range p.all {
		if digit(n) == key {
			p.on = n
			choose(s, c)
			return
		}
	}
	s.notice = s.words.Control.NoChoice(key)
}

func (p *controlPane) move(_ *state, key string) {
	p.on, p.moved = max(0, min(p.on+rows(key, max(p.h/2, 1)), len(p.all)-1)), true
}

func alternate(s *state, c *Control) {
	to := c.Between[0]
	if c.Chosen == to {
		to = c.Between[1]
	}
	choose(s, choice{c, to})
}

// choose makes a choice. What ends a process is asked first.
func choose(s *state, chosen choice) {
	c, i := chosen.control, chosen.number
	if c.signals != nil {
		s.control.signal(s, c.signals[i])
		return
	}
	var err error
	if c.Possible != nil {
		err = c.Possible()
	}
	if err == nil {
		err = s.control.changing(&event.Event{Kind: event.Control, Rare: &c.Choices[i].Told})
	}
	if err == nil {
		err = c.Choose(i)
	}
	switch {
	case err != nil:
		s.notice = s.words.Control.Failed(s.words.Error(err))
	case c.Chosen < 0:
		s.notice = s.words.Control.Done(c.Title, c.Choices[i].Label)
	default:
		c.Chosen = i
		s.notice = s.words.Control.Now(c.Title, c.Choices[i].Label)
	}
}

// signal sends a signal to who it is for, as things are now.
func (p *controlPane) signal(s *state, o order) {
	to, why := receiverOf(s, o.to)
	if to == nil {
		s.notice = why
		return
	}
	if o.number != syscall.SIGKILL {
		p.sendTo(s, to, o.number)
		return
	}
	who := s.scene().whoThen(to.PID, to.Comm)
	s.question.text = s.words.Control.Question(text.SignalName(int32(o.number)), who)
	s.question.yes = func(s *state) {
		if o.to == toWorker && to.State != model.Alive { // it did not wait for the answer
			if to, why = receiverOf(s, o.to); to == nil {
				s.notice = why
				return
			}
		}
		p.sendTo(s, to, o.number)
	}
	s.mode = s.question
}

func (p *controlPane) sendTo(s *state, to *model.Process, number syscall.Signal) {
	say, who, name := &s.words.Control, s.scene().whoThen(to.PID, to.Comm), text.SignalName(int32(number))
	if err := p.send(to.ID, number); err != nil {
		s.notice = say.NotSent(name, who, s.words.Error(err))
		return
	}
	s.notice = say.Sent(name, who)
}

// receiverOf is a process that lives now; nil: there is none, and why.
func receiverOf(s *state, to receiver) (p *model.Process, why string) {
	say, now := &s.words.Control, s.cursor.head.model
	lives := func(p *model.Process) bool { return p != nil && p.State == model.Alive && !p.LeaderEnded }
	root := now.Root()
	switch to {
	case toServer:
		if lives(root) {
			return root, ""
		}
		return nil, say.NoServer
	case toSelected:
		if who := s.tree.current(); who != nil {
			if p = now.Find(who.process.PID); lives(p) && p.ID == who.process.ID {
				return p, ""
			}
		}
		return nil, say.NotAlive
	}
	var workers []*model.Process
	now.Walk(func(p *model.Process, _ int) bool {
		if p != root && lives(p) {
			workers = append(workers, p)
		}
		return true
	})
	if len(workers) == 0 {
		return nil, say.NoWorker
	}
	return workers[rand.IntN(len(workers))], ""
}

// question is the mode in which one says whether something is really to be done.
type question struct {
	browse
	text string
	yes  func(*state)
}

func (q *question) key(s *state, name string) {
	s.mode = browse{}
	if name == "y" || name == "Y" {
		q.yes(s)
	}
}

func (q *question) takes(*section) bool { return false }

func (q *question) prompt(s *state) line {
	l := textLine(roleWarn, " "+s.glyphs.safe(q.text))
	l.gap(2).add(roleKey, "y").add(roleDim, " "+s.words.Control.Yes+"  ").
		add(roleKey, "Esc").add(roleDim, " "+s.words.Screen.Cancel)
	return l
}

func (p *controlPane) click(s *state, _, y int) {
	i := p.first() + y
	if i >= len(p.at) || p.at[i].control == nil || !controllable(s) {
		return
	}
	for n, c := range p.all {
		if c == p.at[i] {
			p.on = n
		}
	}
	choose(s, p.at[i])
}

func (p *controlPane) settle(s *state, w, h int) {
	p.w, p.h, p.head = w, h, s.words.Control.Title
	f := &fields{width: w}
	p.at = nil
	if sentence := changeIn(s); sentence != "" {
		f.say(roleText, sentence)
		f.blank()
	}
	var last *Control
	for n, c := range p.all {
		if c.control != last {
			if last != nil {
				f.blank()
			}
			f.say(roleStrong, c.control.Title)
			last = c.control
		}
		p.reach(f, choice{})
		p.option(s, f, n)
		p.reach(f, c)
	}
	f.blank()
	if !controllable(s) {
		f.say(roleDim, s.words.Control.Ended)
	}
	p.textPane.all = f.lines
	p.moved = false
}

// option adds a choice, and sees to it that it can be seen if it was moved to.
func (p *controlPane) option(s *state, f *fields, n int) {
	c, first := p.all[n], len(f.lines)
	r, mark := roleText, " "
	if c.number == c.control.Chosen {
		r, mark = roleStrong, s.glyphs.alive
	}
	one := &c.control.Choices[c.number]
	f.add(digit(n)+mark+one.Label, r, one.Doc)
	if n != p.on || s.focus != focusSide {
		return
	}
	for i := first; i < len(f.lines); i++ {
		f.lines[i].mark = markSelected
	}
	if p.moved {
		p.top = max(min(p.top, first-1), len(f.lines)-p.h)
	}
}

// reach says what the lines up to here are about.
func (p *controlPane) reach(f *fields, c choice) {
	for len(p.at) < len(f.lines) {
		p.at = append(p.at, c)
	}
}

// changeIn says what came of another way to reap, up to the moment that is shown; "": it is as it was.
func changeIn(s *state) string {
	t := s.shown()
	c, ok := model.ChangeIn(t.model)
	if !ok {
		return ""
	}
	told := words.ReapChange{Way: string(c.Way), Since: max(t.now, c.At) - c.At, Before: c.Before, Reaped: c.Reaped,
		Ended: c.Ended, Waited: c.Waited, ByKernel: c.ByKernel, Delivered: c.Delivered, Coalesced: c.Coalesced,
		Discarded: c.Discarded, Loop: c.Loop, InHandler: c.InHandler}
	if root := t.model.Root(); root != nil {
		told.Zombies = uint64(root.Zombies)
	}
	return s.glyphs.plain(told.In(s.words))
}
