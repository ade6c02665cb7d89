package viewer

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
	"tracer/record"
)

// TestZombieBeginsWhenItCanBeReaped: the init of a PID namespace ends before its parent is told, a large process, too;
// the debugger of one that the kernel is to reap is told of it first; of a sibling that is killed with its namespace
// nobody is.
func TestZombieBeginsWhenItCanBeReaped(t *testing.T) {
	_, events, _, err := record.ParseText(strings.NewReader(`
1 exec pid=100 start=1 flags=root,launch
2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 inner_pid=1 exit_signal=17
2 fork pid=100 start=1 child=102 child_start=2 parent=100 ns_pid=102 exit_signal=17
2 fork pid=100 start=1 child=103 child_start=2 parent=100 ns_pid=103 exit_signal=17
2 fork pid=100 start=1 child=104 child_start=2 parent=100 ns_pid=104 exit_signal=17
3 exit pid=101 start=2 flags=group_dead,unwaitable parent=100
4 exit pid=102 start=2 flags=group_dead parent=100 reaper=1
4 signal pid=102 start=2 signal=17 target=100 target_pid=100 code=1 si_pid=102
5 wait pid=100 start=1 call=wait4 child=102 child_start=2
6 signal pid=101 start=2 signal=17 target=100 target_pid=100 code=1 si_pid=101
7 wait pid=100 start=1 call=wait4 child=101 child_start=2
8 exit pid=103 start=2 flags=group_dead,auto_reap parent=100 reaper=1
9 exit pid=104 start=2 flags=group_dead,auto_reap,debugged parent=100 reaper=1
`))
	if err != nil {
		t.Fatal(err)
	}
	checkZombies(t, replayCursor(Events(events), model.Options{}), []uint64{6, 9, 12})
}

// TestZombieEvents: whatever the trace, the keys stop where a process is a zombie that was none before, and nowhere
// else.
func TestZombieEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawTrace(t)
		c := replayCursor(Events(events), model.Options{Linger: 2e9})
		c.stride = uint64(rapid.IntRange(1, 40).Draw(t, "stride"))
		c.seek(uint64(rapid.IntRange(0, len(events)).Draw(t, "known so far")))
		for c.busy() {
			c.work()
		}
		checkZombies(t, c, zombieEvents(events))
	})
}

func zombieEvents(events []event.Event) (at []uint64) {
	m, before := model.New(model.Options{Linger: 2e9}), map[*model.Process]bool{}
	for i := range events {
		m.Apply(&events[i])
		now, more := map[*model.Process]bool{}, false
		m.Walk(func(p *model.Process, _ int) bool {
			if p.State == model.Zombie && !p.Root {
				now[p] = true
				more = more || !before[p]
			}
			return true
		})
		if before = now; more {
			at = append(at, uint64(i))
		}
	}
	return at
}

// checkZombies goes over all of them with the keys, there and back.
func checkZombies(t interface{ Fatalf(string, ...any) }, c *cursor, want []uint64) {
	for _, step := range []int{1, -1} {
		c.seek(map[int]uint64{1: 0, -1: c.log.end() + 1}[step])
		var got []uint64
		for {
			n, ok := c.zombie(step)
			if !ok {
				break
			}
			got = append(got, n)
			c.seek(n + 1)
		}
		if step < 0 {
			if n := len(want); n > 0 && want[n-1] == c.log.end()-1 { // the cursor is on it
				want = want[:n-1]
			}
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("by steps of %d, zombies begin at %v, want %v", step, got, want)
		}
	}
}

// atZombie reports whether the cursor is on the end of a process that its parent has to reap.
func atZombie(s *state) bool {
	e := s.cursor.log.at(s.cursor.pos - 1)
	return e.Kind == event.Exit && e.Flags.Has(event.GroupDead)
}
