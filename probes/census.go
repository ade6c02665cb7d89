package probes

import "tracer/event"

// census is the number of traced tasks that live, by the events. Where none was lost it is exact at every event.
type census struct {
	tasks    int
	begun    bool                // some have been counted
	adopting bool                // the targets are being met now
	met      map[event.Task]bool // counted while adopting, living still: a fork and a snapshot can both tell of a task
}

// take counts what an event tells, and reports whether a task less lives after it.
func (c *census) take(e *event.Event) (less bool) {
	switch {
	case e.Kind == event.Exec && e.Flags.Has(event.Launch):
		c.add(e.Task)
	case e.Kind == event.Fork:
		c.add(e.Child)
	case e.Kind == event.Seen && c.adopting && e.State == event.Alive:
		c.add(e.Task)
	case e.Kind == event.Seen && c.adopting,
		e.Kind == event.Release: // it was ending as it was met, and its exit had been before
		return c.remove(e.Task)
	case e.Kind == event.Exit && c.adopting: // or of a thread that was not met yet
		return c.remove(e.Task)
	case e.Kind == event.Exit:
		delete(c.met, e.Task)
		c.tasks--
		return true
	}
	return false
}

func (c *census) add(t event.Task) {
	if c.met[t] {
		return
	}
	if c.adopting {
		c.met[t] = true
	}
	c.tasks++
	c.begun = true
}

// remove counts a task off that was met, if it has not been.
func (c *census) remove(t event.Task) bool {
	if !c.met[t] {
		return false
	}
	delete(c.met, t)
	c.tasks--
	return true
}

// adopt has targets met until the function that it gives is called.
func (c *census) adopt() (done func()) {
	c.adopting, c.met = true, map[event.Task]bool{}
	return func() { c.adopting, c.begun = false, true }
}

// over reports whether no task lives any more.
func (c *census) over() bool { return c.begun && !c.adopting && c.tasks <= 0 }
