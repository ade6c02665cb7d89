package model

import "tracer/event"

// A Change is that the user changed how the launched server reaps (event.SetReap), and what the events since then show
// of it.
type Change struct {
	Way      event.Text
	At       event.Time
	Evidence uint64 // the ordinal of the event
	Before   uint64 // the zombies that the server had then
	Reaped   uint64 // of these by its waits

	// Of its children since then:
	Ended     uint64
	Waited    uint64 // were reaped by its waits
	ByKernel  uint64 // were reaped by the kernel, as it does not want to know
	Delivered uint64 // SIGCHLD to a handler
	Coalesced uint64
	Discarded uint64 // SIGCHLD, by its default action or as it is ignored

	// Loop is how many children waits of one thread reaped at most, one after the other, until there was none or the
	// thread did something else; InHandler says that a handler of SIGCHLD ran there.
	Loop      uint64
	InHandler bool

	row row
}

// row is waits of one thread, one after the other.
type row struct {
	thread    event.Task
	reaped    uint64
	inHandler bool
}

// Settings are what the user has changed of the launched server, as it is now: which model serves, how it reaps, what
// it does for a request. What is empty is as it was launched.
type Settings struct{ Model, Reap, Work event.Text }

// SettingsIn returns them.
func SettingsIn(m *Model) Settings { return m.settings }

func (s *Settings) fold(f *Fact) {
	if f.Kind != Controlled {
		return
	}
	switch told := f.Event.Rare.Value(); told.Action {
	case event.SetModel:
		s.Model = told.Setting
	case event.SetReap:
		s.Reap = told.Setting
	case event.SetWork:
		s.Work = told.Setting
	}
}

// ChangeIn returns how the server reaps since the user changed that the last time; ok is false when nobody has.
func ChangeIn(m *Model) (c Change, ok bool) { return m.change, m.change.At != 0 }

// fold takes a fact into what is known of the change, and begins anew with another one.
func (c *Change) fold(m *Model, f *Fact) {
	root := m.forest.root
	switch {
	case root == nil:
	case f.Kind == Controlled && f.Event.Rare.Value().Action == event.SetReap:
		*c = Change{Way: f.Event.Rare.Setting, At: f.At, Evidence: f.Evidence, Before: uint64(root.Zombies)}
	case c.At == 0:
	case f.Kind == Ended && f.Thread == nil && f.Process.ParentPID == root.PID && !f.Process.Root:
		add(&c.Ended, f)
	case f.Kind == Reaped && f.Process.ParentPID == root.PID && !f.Process.Root:
		c.reaped(f)
	case f.Process == root:
		c.told(f)
	}
}

// add counts a fact, or counts it off.
func add(n *uint64, f *Fact) {
	if f.Retracted {
		*n--
	} else {
		*n++
	}
}

func (c *Change) reaped(f *Fact) {
	switch {
	case f.Reaping == ByKernel || f.Reaping == Dropped:
		add(&c.ByKernel, f)
		return
	case f.Reaping != ByParent: // the wait that took it will tell
		return
	case f.Process.Ended < c.At:
		add(&c.Reaped, f)
	default:
		add(&c.Waited, f)
	}
	if f.Retracted {
		return
	}
	if c.row.thread != f.Task {
		c.row = row{thread: f.Task}
	}
	if c.row.reaped++; c.row.reaped > c.Loop {
		c.Loop, c.InHandler = c.row.reaped, c.row.inHandler
	}
}

// told is what the server did, or was sent.
func (c *Change) told(f *Fact) {
	switch f.Kind {
	case Delivered:
		add(&c.Delivered, f)
		c.row = row{thread: f.Event.Task, inHandler: true}
	case Signaled:
		switch f.Event.Result {
		case event.Coalesced:
			add(&c.Coalesced, f)
		case event.Ignored:
			add(&c.Discarded, f)
		}
	case WaitedInVain, Created, Accepted:
		if f.Event.Task == c.row.thread {
			c.row = row{}
		}
	}
}
