package model

import (
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
)

// TestSparesAreUsedAgain: of tasks that come and go one after another, few are made; beside a zombie that stays, too.
func TestSparesAreUsedAgain(t *testing.T) {
	for name, zombies := range map[string]int{"alone": 0, "beside a zombie": 1} {
		t.Run(name, func(t *testing.T) {
			m := New(Options{})
			lives(0, 1, false, m.Apply)
			processes, threads := map[*Process]bool{}, map[*Thread]bool{}
			for i := range 10_000 {
				now := at(1) + event.Time(i)
				id := event.Task{TID: event.TID(200 + 2*i), Start: now}
				pid := event.PID(id.TID)
				m.Apply(&event.Event{Time: now, Kind: event.Fork, Task: idOf(100), PID: 100, Child: id, ChildPID: pid,
					NSPID: pid, Parent: 100, ExitSignal: event.SIGCHLD})
				thread := event.Task{TID: id.TID + 1, Start: now}
				m.Apply(&event.Event{Time: now, Kind: event.Fork, Task: id, PID: pid, Child: thread, ChildPID: pid,
					Parent: 100, CloneFlags: event.CloneThread})
				processes[m.Find(pid)], threads[m.Find(pid).FirstThread()] = true, true
				m.Apply(&event.Event{Time: now, Kind: event.Exit, Task: thread, PID: pid, Parent: 100})
				m.Apply(&event.Event{Time: now, Kind: event.Exit, Task: id, PID: pid, Parent: 100, Reaper: 1,
					Flags: event.GroupDead})
				if i >= zombies {
					m.Apply(&event.Event{Time: now, Kind: event.Wait, Task: idOf(100), PID: 100, Call: event.Wait4,
						Child: event.Task{TID: id.TID}})
				}
			}
			if most := 1 + zombies*maxSpares; len(processes) > most || len(threads) > 1 {
				t.Errorf("%d places for one process at a time and %d for one thread; want %d at most, and 1",
					len(processes), len(threads), most)
			}
		})
	}
}

// TestSparesWaitForTheNextEvent: what handles one can still look at whom it has let leave.
func TestSparesWaitForTheNextEvent(t *testing.T) {
	f := &New(Options{}).forest
	p, thread := &Process{}, &Thread{}
	f.m.applied++
	spareProcess(f, p)
	spareThread(f, thread)
	if f.spareProcesses.next(f.m.applied) == p || f.spareThreads.next(f.m.applied) == thread {
		t.Error("used again at once")
	}
	f.m.applied++
	if f.spareProcesses.next(f.m.applied) != p || f.spareThreads.next(f.m.applied) != thread {
		t.Error("not used again")
	}
}

// TestSparesAreForgotten: a model that uses memory again holds what one does that makes all anew, and so does a copy of
// it.
func TestSparesAreForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		again, anew := New(Options{}), New(Options{Facts: func(*Fact) {}})
		events := drawLife(t, rapid.IntRange(0, 120).Draw(t, "events"))
		copied := rapid.IntRange(0, len(events)).Draw(t, "copied")
		for i := range events {
			if i == copied {
				again = again.Clone()
			}
			again.Apply(&events[i])
			anew.Apply(&events[i])
			if i%8 == 0 || i == len(events)-1 {
				if got, want := dump(again), dump(anew); got != want {
					t.Fatalf("after %v:\n%s\nwant\n%s", events[i].Kind, got, want)
				}
			}
			if err := again.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
