package words

import (
	"tracer/event"
	"tracer/text"
)

// ReapChange is how the server reaps since the user changed that, and what the events since then show of it.
type ReapChange struct {
	Way                             string
	Since                           event.Time
	Before, Reaped                  uint64 // the zombies that were there; of these by waits of the server
	Ended, Waited, ByKernel         uint64 // of the children since then; of these by waits, and by the kernel
	Delivered, Coalesced, Discarded uint64 // SIGCHLD of these
	// Loop is how many waits of one thread reaped at most one after the other, perhaps in a handler of SIGCHLD.
	Loop      uint64
	InHandler bool
	Zombies   uint64 // that are there now
}

// ChangeWords are the sentences of a ReapChange.
type ChangeWords struct {
	Set            func(way, since string) string
	NoneBefore     string
	AllReaped      func(before uint64) string
	SomeReaped     func(reaped, before uint64) string
	NoneReaped     func(before uint64) string
	HandlerLoop    func(children uint64) string // clause
	ServerLoop     func(children uint64) string // clause
	NoneEnded      string
	Ended          func(children uint64, counts string) string
	Delivered      func(signals uint64) string
	Coalesced      func(signals uint64) string
	Discarded      func(signals uint64) string
	Waited         func(children uint64) string
	ByKernel       func(children uint64) string
	NoneLeft       string
	NoneLeftByLoop string
	// Why zombies stay.
	NobodyWaits   func(zombies uint64) string
	KernelTakes   func(zombies uint64) string
	OneWaitASign  func(zombies uint64) string
	ZombiesRemain func(zombies uint64) string
	Sentence      func(set, why, before, since string) string
}

// In says in a language what came of the change: why zombies are gone, or stay.
func (c *ReapChange) In(l *Language) string {
	w := &l.Control.Change
	before := c.before(w)
	switch {
	case c.Loop < 2:
	case c.InHandler:
		before = l.with(before, w.HandlerLoop(c.Loop))
	default:
		before = l.with(before, w.ServerLoop(c.Loop))
	}
	return w.Sentence(w.Set(text.Escape(c.Way), text.DurationText(c.Since)), c.why(w), before, c.since(l))
}

func (c *ReapChange) before(w *ChangeWords) string {
	switch {
	case c.Before == 0:
		return w.NoneBefore
	case c.Reaped == c.Before:
		return w.AllReaped(c.Before)
	case c.Reaped == 0:
		return w.NoneReaped(c.Before)
	}
	return w.SomeReaped(c.Reaped, c.Before)
}

func (c *ReapChange) since(l *Language) string {
	w := &l.Control.Change
	if c.Ended == 0 {
		return w.NoneEnded
	}
	counts := ""
	for _, part := range []struct {
		n   uint64
		say func(uint64) string
	}{{c.Delivered, w.Delivered}, {c.Coalesced, w.Coalesced}, {c.Discarded, w.Discarded}, {c.Waited, w.Waited},
		{c.ByKernel, w.ByKernel}} {
		switch {
		case part.n == 0:
		case counts == "":
			counts = part.say(part.n)
		default:
			counts = l.with(counts, part.say(part.n))
		}
	}
	return w.Ended(c.Ended, counts)
}

func (c *ReapChange) why(w *ChangeWords) string {
	switch {
	case c.Zombies == 0 && c.Loop > 1:
		return w.NoneLeftByLoop
	case c.Zombies == 0:
		return w.NoneLeft
	case c.ByKernel > 0 && c.Waited == 0:
		return w.KernelTakes(c.Zombies)
	case c.Waited+c.Reaped+c.Delivered == 0:
		return w.NobodyWaits(c.Zombies)
	case c.Coalesced > 0 && c.Delivered > 0 && c.Loop == 1:
		return w.OneWaitASign(c.Zombies)
	}
	return w.ZombiesRemain(c.Zombies)
}
