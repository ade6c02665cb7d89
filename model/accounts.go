package model

import (
	"cmp"
	"maps"
	"slices"

	"tracer/event"
)

// An Account is what became of the ends of the children of one process, as far as they were its children then. Each end
// stands in two sums: for the SIGCHLD, Queued, Coalesced, Discarded and None; for who reaped, Reaped, ByKernel,
// Dropped, Unseen, Left and Zombies.
type Account struct {
	Process *Process
	Ended   uint64

	Queued, Coalesced uint64
	Discarded         uint64 // by the default action, or SIG_IGN
	None              uint64 // was sent, or told of
	Delivered         uint64 // to the handler

	Reaped, ByKernel, Dropped, Unseen uint64
	Left                              uint64 // as zombies, when it ended itself
	Zombies                           uint64
}

// AccountsOf returns an account of each process that had children which ended, in the order of birth.
func AccountsOf(m *Model) (all []Account) {
	byPID := map[event.PID][]*Process{} // the holders of each id, the oldest first
	m.Walk(func(p *Process, _ int) bool {
		byPID[p.PID] = append(byPID[p.PID], p)
		return true
	})
	for _, holders := range byPID {
		slices.SortFunc(holders, func(a, b *Process) int { return cmp.Compare(a.Number, b.Number) })
	}
	accounts := map[*Process]*Account{}
	m.Walk(func(c *Process, _ int) bool {
		p, left := parentAtEnd(byPID, c)
		if c.State == Alive || c.State == Ending || c.Root || p == nil {
			return true
		}
		if accounts[p] == nil {
			s := p.Signals()
			accounts[p] = &Account{Process: p, Queued: s.Queued, Coalesced: s.Coalesced, Discarded: s.Ignored,
				Delivered: s.Delivered}
		}
		accounts[p].count(c, left)
		return true
	})
	for _, p := range slices.SortedFunc(maps.Keys(accounts), func(a, b *Process) int {
		return cmp.Compare(a.Number, b.Number)
	}) {
		a := accounts[p]
		if told := a.Queued + a.Coalesced + a.Discarded; told < a.Ended {
			a.None = a.Ended - told
		}
		all = append(all, *a)
	}
	return all
}

// parentAtEnd returns the parent that a process had when it ended, nil when that was not traced, and whether that left
// it behind as a zombie.
func parentAtEnd(byPID map[event.PID][]*Process, c *Process) (p *Process, left bool) {
	leaving := c.Leaving()
	if leaving == nil || !leaving.Zombie {
		return c.Parent(), false
	}
	for _, holder := range byPID[leaving.From] {
		if holder.Born <= c.Ended {
			p = holder
		}
	}
	return p, true
}

// count takes in a child that ended.
func (a *Account) count(c *Process, left bool) {
	a.Ended++
	switch {
	case left:
		a.Left++
	case c.State == Zombie:
		a.Zombies++
	case c.Reaping == ByKernel:
		a.ByKernel++
	case c.Reaping == Dropped:
		a.Dropped++
	case c.Reaping == NotReaped:
		a.Unseen++
	default:
		a.Reaped++
	}
}

// Signals is the first sum. It can be more than Ended: stops of children, and kill(2), send a SIGCHLD, too, and the
// children of a debugger can be those of others.
func (a *Account) Signals() uint64 { return a.Queued + a.Coalesced + a.Discarded + a.None }
