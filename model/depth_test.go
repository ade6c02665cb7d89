package model

import (
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"

	"tracer/event"
)

const chainLength = 100_000

// chain makes processes of which each is the child of the one before, below the root, with ids from 101.
func chain(t testing.TB) *Model {
	m := New(Options{})
	feed(t, m, launch())
	for pid := 101; pid <= 100+chainLength; pid++ {
		feed(t, m, fork(2, pid-1, pid))
	}
	return m
}

func feed(t testing.TB, m *Model, events ...event.Event) {
	t.Helper()
	for i := range events {
		m.Apply(&events[i])
	}
}

// TestLongChain: a chain as long as there are processes overflows no stack, and in whatever order it ends, that takes
// no time that grows with the square of its length.
func TestLongChain(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20)) // what recursed along the chain would not fit
	order := make([]int, chainLength)
	for i := range order {
		order[i] = 101 + i
	}
	shuffled := slices.Clone(order)
	rand.New(rand.NewPCG(1, 2)).Shuffle(chainLength, func(i, j int) {
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
	})
	backward := slices.Clone(order)
	slices.Reverse(backward)
	all := chain(t)
	for _, c := range []struct {
		name       string
		order      []int
		reaper     int
		reparented uint64
	}{
		{"the oldest first, the root adopts", order, 100, chainLength - 1},
		{"by chance", shuffled, 100, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := all.Clone()
			for _, pid := range c.order {
				parent := m.Find(event.PID(pid)).ParentPID
				feed(t, m, exit(3, pid, int(parent), c.reaper, 0, event.AutoReap))
			}
			got := m.Counters()
			if err := m.Check(); err != nil || got.TreeDepth != chainLength || got.AutoReaped != chainLength ||
				c.reparented != 0 && got.Reparented != c.reparented {
				t.Errorf("depth %d, %d reaped, %d reparented; %v", got.TreeDepth, got.AutoReaped, got.Reparented, err)
			}
		})
	}
	t.Run("its PID namespace ends", func(t *testing.T) {
		m := all.Clone()
		feed(t, m, exit(3, 101, 100, 0, 0, 0))
		for pid := 102; pid <= 100+chainLength; pid++ {
			feed(t, m, exit(4, pid, pid-1, 101, 9, 0))
		}
		if got := m.Counters(); m.Check() != nil || got.AutoReaped != chainLength-1 || got.ZombiesNow != 1 {
			t.Errorf("%d reaped, %d zombies; %v", got.AutoReaped, got.ZombiesNow, m.Check())
		}
	})
	t.Run("met in a snapshot, children first, and lost", func(t *testing.T) {
		m := New(Options{})
		for _, pid := range backward {
			e := seen(2, pid, pid-1, event.Alive)
			e.Flags = 0
			feed(t, m, e)
		}
		feed(t, m, event.Event{Time: at(2), Kind: event.Snapshot, Rare: &event.Rare{Began: at(2)}})
		if got := m.Clone().Counters(); m.Check() != nil || got.TreeDepth != chainLength-1 ||
			got.ProcessesSeen != chainLength {
			t.Errorf("depth %d of %d; %v", got.TreeDepth, got.ProcessesSeen, m.Check())
		}
		feed(t, m, event.Event{Time: at(3), Kind: event.Lost, Lost: event.Exit, Count: chainLength},
			event.Event{Time: at(4), Kind: event.Snapshot, Rare: &event.Rare{Began: at(4)}, Flags: event.Guessed})
		if got := m.Counters(); m.Check() != nil || got.ProcessesExited != chainLength || got.alive != 0 {
			t.Errorf("%d ended, %d live; %v", got.ProcessesExited, got.alive, m.Check())
		}
	})
}

// TestDeeperByReparenting: the init of a PID namespace adopts even what is not below it, from a process that entered
// the namespace.
func TestDeeperByReparenting(t *testing.T) {
	m := New(Options{})
	feed(t, m, launch(), fork(2, 100, 101), fork(2, 101, 102), fork(2, 102, 103), // 103 is the init
		fork(3, 100, 201), fork(3, 201, 202), fork(3, 202, 203), exit(4, 201, 100, 103, 0, 0))
	if got := m.Counters().TreeDepth; got != 5 || m.Check() != nil {
		t.Errorf("the tree is %d deep, %v", got, m.Check())
	}
	feed(t, m, fork(5, 203, 204))
	if got := m.Counters().TreeDepth; got != 6 {
		t.Errorf("the tree is %d deep", got)
	}
}
