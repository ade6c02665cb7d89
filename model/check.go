package model

import (
	"errors"
	"fmt"
	"slices"

	"tracer/event"
)

// Check returns the invariants that do not hold, nil when all do. It walks the whole forest: for tests and doubts, not
// for each event.
func (m *Model) Check() error {
	c := m.Counters()
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	root := uint64(0)
	if m.forest.root != nil {
		root = 1
	}
	reaped := c.Reaped()
	aliveRoot := uint64(0)
	if m.forest.root != nil && m.forest.root.State == Alive {
		aliveRoot = 1
	}
	met := c.ProcessesSeen + c.ZombiesSeen
	if c.ProcessesCreated+met != c.alive-aliveRoot+c.ending+c.ZombiesNow+reaped {
		fail("created %d + met %d != alive %d + ending %d + zombies %d + reaped %d", c.ProcessesCreated, met,
			c.alive-aliveRoot, c.ending, c.ZombiesNow, reaped)
	}
	if c.ProcessesExited+c.ZombiesSeen != c.ending+c.ZombiesNow+reaped {
		fail("exited %d + met dead %d != ending %d + zombies %d + reaped %d", c.ProcessesExited, c.ZombiesSeen,
			c.ending, c.ZombiesNow, reaped)
	}
	if c.threadsKnown != c.ThreadsExited+c.threadsRenamed+uint64(len(m.forest.threads)) {
		fail("threads %d != ended %d + renamed %d + alive %d", c.threadsKnown, c.ThreadsExited, c.threadsRenamed,
			len(m.forest.threads))
	}
	if c.CoroutinesCreated+c.coroutinesMet != c.CoroutinesFinished+c.coroutinesVanished+c.coroutinesAlive {
		fail("coroutines: created %d + met %d != finished %d + gone with their process %d + alive %d",
			c.CoroutinesCreated, c.coroutinesMet, c.CoroutinesFinished, c.coroutinesVanished, c.coroutinesAlive)
	}
	zombies := slices.DeleteFunc(slices.Clone(m.forest.dead), func(p *Process) bool { return p.State != Zombie })
	since := event.Time(0)
	for _, p := range zombies {
		since += p.ZombieSince
	}
	dead := m.forest.dead
	if uint64(len(zombies)) != c.ZombiesNow || since != c.zombieSince || len(dead) > 0 && dead[0] != zombies[0] {
		fail("%d of the dead are zombies since %v in all, the counters say %d since %v", len(zombies), since,
			c.ZombiesNow, c.zombieSince)
	}
	if c.ZombiesPeak < c.ZombiesNow {
		fail("peak %d of zombies is below the %d there are", c.ZombiesPeak, c.ZombiesNow)
	}
	for _, p := range m.forest.recent {
		if p != nil && m.forest.processes[p.PID] != p {
			fail("%d is found as the holder of its id, and is not", p.PID)
		}
	}
	if holders := c.ending + c.ZombiesNow + c.alive + root; holders < uint64(len(m.forest.processes)) {
		fail("%d processes hold an id, only %d can", len(m.forest.processes), holders)
	}
	open := 0
	for c := m.sockets.connections.first; c != nil; c = c.next {
		if c.Closed == 0 {
			open++
		}
	}
	if open != len(m.sockets.open) || uint64(open) > c.ConnectionsPeak {
		fail("%d connections are open, %d by their numbers, %d at most at once", open, len(m.sockets.open),
			c.ConnectionsPeak)
	}
	errs = append(errs, m.checkForest()...)
	if err := checkSpares(m); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkSpares looks for what refers to memory that is to be used again.
func checkSpares(m *Model) error {
	spare := map[any]bool{}
	for _, p := range m.forest.spareProcesses.list {
		spare[p] = true
	}
	for _, t := range m.forest.spareThreads.list {
		spare[t] = true
	}
	if len(spare) == 0 {
		return nil
	}
	var refer []any
	for _, p := range m.forest.processes {
		refer = append(refer, p, p.parent)
	}
	m.Walk(func(p *Process, _ int) bool {
		refer = append(refer, p)
		for t := p.FirstThread(); t != nil; t = t.Next() {
			refer = append(refer, t, t.Process)
		}
		for c := p.FirstCoroutine(); c != nil; c = c.Next() {
			refer = append(refer, c.Process)
		}
		return true
	})
	for c := m.FirstConnection(); c != nil; c = c.Next() {
		refer = append(refer, c.Server)
	}
	for _, t := range m.forest.threads {
		refer = append(refer, t, t.Process)
	}
	for _, p := range slices.Concat(m.forest.dead, m.forest.recent[:]) {
		refer = append(refer, p)
	}
	for _, e := range m.forest.gone.entries {
		refer = append(refer, e.process, e.thread)
	}
	for _, e := range m.runtimes.past.entries {
		refer = append(refer, e.coroutine)
	}
	for _, p := range m.reaping.awaited {
		refer = append(refer, p)
	}
	for _, l := range m.reaping.uncertain {
		for _, p := range l.released {
			refer = append(refer, p)
		}
	}
	for _, d := range m.reaping.doubts {
		refer = append(refer, d.process)
	}
	if i := slices.IndexFunc(refer, func(v any) bool { return spare[v] }); i >= 0 {
		return fmt.Errorf("%+v is to be used again, and is referred to", refer[i])
	}
	return nil
}

func (m *Model) checkForest() (errs []error) {
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	zombies, ending, alive := 0, 0, 0
	coroutines := uint64(0)
	m.Walk(func(p *Process, _ int) bool {
		switch {
		case p.State == Gone:
		case p.Root && p.State == Zombie:
		case p.State == Zombie:
			zombies++
		case p.State == Ending:
			ending++
		default:
			alive++
		}
		if p.State != Gone && m.forest.processes[p.PID] != p {
			fail("process %d (%v) is in the forest and does not hold its id", p.PID, p.State)
		}
		if p.State == Alive && p.Ended != 0 || p.State != Alive && p.Ended < p.Born {
			fail("process %d is %v, born %v, ended %v", p.PID, p.State, p.Born, p.Ended)
		}
		if parent := p.Parent(); p.State != Gone && parent != nil && parent.PID != p.ParentPID {
			fail("process %d stands under %d, its parent is %d", p.PID, parent.PID, p.ParentPID)
		}
		p.checkCoroutines(fail)
		coroutines += uint64(p.Coroutines().Alive)
		waiting, running := 0, 0
		for c := p.FirstChild(); c != nil; c = c.Next() {
			if c.State == Zombie && !c.Root {
				waiting++
			}
			if c.parent != p {
				fail("process %d does not know its parent %d", c.PID, p.PID)
			}
		}
		for t := p.FirstThread(); t != nil; t = t.Next() {
			if t.State == Alive {
				running++
			}
		}
		if waiting != p.Zombies || running != p.ThreadsAlive {
			fail("process %d counts %d zombies, %d threads; has %d, %d", p.PID, p.Zombies, p.ThreadsAlive, waiting,
				running)
		}
		return true
	})
	if coroutines != m.counters.coroutinesAlive {
		fail("the forest holds %d coroutines, the counters say %d", coroutines, m.counters.coroutinesAlive)
	}
	if uint64(zombies) != m.counters.ZombiesNow || uint64(alive) != m.counters.alive ||
		uint64(ending) != m.counters.ending {
		fail("the forest holds %d zombies, %d ending and %d alive, the counters say %d, %d and %d", zombies, ending,
			alive, m.counters.ZombiesNow, m.counters.ending, m.counters.alive)
	}
	return errs
}
