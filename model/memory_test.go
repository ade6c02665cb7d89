package model

import (
	"runtime"
	"strings"
	"testing"

	"tracer/event"
)

// lives returns the events of processes that the root makes, and that execute a program and end: each 10 us
// after the one before. Ids wrap around after so many, as the kernel's do. Unless they are reaped, the root never
// waits.
func lives(n, ids int, reaped bool, tell func(*event.Event)) {
	first := launch()
	tell(&first)
	root := idOf(100)
	for i := range n {
		now := at(1) + event.Time(i+1)*10_000
		child := event.Task{TID: event.TID(101 + i%ids), Start: now}
		pid := event.PID(child.TID)
		tell(&event.Event{Time: now, Kind: event.Fork, Task: root, PID: 100, Child: child, ChildPID: pid, NSPID: pid,
			Parent: 100, ExitSignal: event.SIGCHLD})
		// texts of its own, as they come from the kernel
		tell(&event.Event{Time: now, Kind: event.Exec, Task: child, PID: pid, Comm: "true",
			Path: strings.Clone("/usr/bin/true"), Args: strings.Clone("/usr/bin/true\x00")})
		tell(&event.Event{Time: now, Kind: event.Exit, Task: child, PID: pid, Parent: 100, Reaper: 1,
			Flags: event.GroupDead, Comm: "true"})
		if reaped {
			tell(&event.Event{Time: now, Kind: event.Wait, Task: root, PID: 100, Call: event.Wait4,
				Child: event.Task{TID: child.TID}})
		}
	}
}

// grown applies lives to a new model and returns by how many bytes the heap is larger with it. That is less than 0
// where what other tests have left goes meanwhile.
func grown(n, ids int, reaped bool) (Counters, int64) {
	heap := func() int64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	before := heap()
	m := New(Options{})
	lives(n, ids, reaped, m.Apply)
	took := heap() - before
	return m.Counters(), took
}

// A process takes so many bytes: itself, its places in the maps by id and by wait, which can be half empty, and its
// texts. Its place among the gone is in it, too.
const processMost = 600

// TestMemory: however many processes come and go, only those that linger take memory; each that stays takes a bounded
// share. The benchmark does the same with a million.
func TestMemory(t *testing.T) {
	const n = 100_000
	if c, took := grown(n, 30_000, true); took > 10_000*processMost || c.ReapedByParent != n { // 10,000 is MaxGone
		t.Errorf("%d bytes in use after %d processes came and went", took, c.ReapedByParent)
	}
	if c, took := grown(n, n, false); took > n*processMost || c.ZombiesNow != n {
		t.Errorf("%d bytes in use for %d zombies", took, c.ZombiesNow)
	}
}

func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	for _, c := range []struct {
		name   string
		ids    int
		reaped bool
	}{{"reaped", 30_000, true}, {"zombies", n, false}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				_, took := grown(n, c.ids, c.reaped)
				b.ReportMetric(float64(took), "bytes")
				b.ReportMetric(float64(took)/n, "bytes/process")
			}
		})
	}
}
