package timeline_test

import (
	"runtime"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/timeline"
)

const million = 1_000_000

// switching is a process with so many coroutines, which have control of its thread in turn.
func switching(coroutines, n int, tell func(*event.Event)) {
	root := event.Task{TID: 100, Start: 1}
	e := event.Event{Time: 1000, Kind: event.Exec, Task: root, PID: 100, Flags: event.Launch | event.Root}
	tell(&e)
	e = event.Event{Task: root, PID: 100, Runtime: event.Greenlet}
	for i := range n {
		e.Time, e.Kind = event.Time(2000+i*1000), event.Switch
		if i < coroutines {
			e.Kind = event.Spawn
		}
		e.Coroutine = uint64(1 + i%coroutines)
		tell(&e)
	}
}

// living is a process that makes, and reaps, a child each 100 us, which executes a program, serves a connection and
// ends.
func living(n int, tell func(*event.Event)) {
	root := event.Task{TID: 100, Start: 1}
	tell(&event.Event{Time: 1000, Kind: event.Exec, Task: root, PID: 100, Flags: event.Launch | event.Root})
	for i := range n / 8 {
		now, number := event.Time(2000+i*100_000), uint64(i+1)
		child := event.Task{TID: event.TID(101 + i%30_000), Start: now}
		pid := event.PID(child.TID)
		for _, e := range []event.Event{
			{Kind: event.Accept, Task: root, PID: 100, Connection: number,
				Socket: &event.Socket{Listener: "127.0.0.1:80"}},
			{Kind: event.Fork, Task: root, PID: 100, Child: child, ChildPID: pid, NSPID: pid, Parent: 100,
				ExitSignal: event.SIGCHLD},
			{Kind: event.Exec, Task: child, PID: pid, Comm: "true", Path: "/usr/bin/true"},
			{Kind: event.Serve, Task: child, PID: pid, Connection: number, BytesRead: 1},
			{Kind: event.Serve, Task: child, PID: pid, Connection: number, BytesWritten: 1},
			{Kind: event.Exit, Task: child, PID: pid, Parent: 100, Reaper: 1, Flags: event.GroupDead, Comm: "true"},
			{Kind: event.Close, Task: child, PID: pid, Connection: number},
			{Kind: event.Wait, Task: root, PID: 100, Call: event.Wait4, Child: event.Task{TID: child.TID}},
		} {
			now += 1000
			e.Time = now
			tell(&e)
		}
	}
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// BenchmarkMillion feeds a million events to a model, alone and with its timeline.
func BenchmarkMillion(b *testing.B) {
	for _, c := range []struct {
		name string
		tell func(func(*event.Event))
	}{
		{"switches", func(tell func(*event.Event)) { switching(1000, million, tell) }},
		{"connections", func(tell func(*event.Event)) { living(million, tell) }},
	} {
		for _, with := range []bool{false, true} {
			name := c.name + "/model"
			if with {
				name = c.name + "/timeline"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					before, spans := heap(), 0
					var o model.Options
					var t *timeline.Timeline
					if with {
						t = timeline.New(timeline.Options{Span: func(*timeline.Span) { spans++ }})
						o.Facts = t.Add
					}
					m := model.New(o)
					c.tell(m.Apply)
					b.ReportMetric(float64(heap()-before), "bytes")
					b.ReportMetric(float64(spans), "spans")
					runtime.KeepAlive(m)
					runtime.KeepAlive(t)
				}
				b.ReportMetric(million*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}

// TestSwitchesAllocateNothing: of each switch a span is given, and nothing else is left.
func TestSwitchesAllocateNothing(t *testing.T) {
	spans := 0
	line := timeline.New(timeline.Options{Span: func(*timeline.Span) { spans++ }})
	m := model.New(model.Options{Facts: line.Add})
	switching(10, 100, m.Apply)
	e := event.Event{Time: 1e9, Kind: event.Switch, Task: event.Task{TID: 100, Start: 1}, PID: 100,
		Runtime: event.Greenlet}
	before := spans
	allocated := testing.AllocsPerRun(1000, func() {
		e.Time++
		e.Coroutine = 1 + uint64(e.Time)%10
		m.Apply(&e)
	})
	if allocated != 0 || spans-before != 1001 {
		t.Errorf("%v allocations a switch, %d spans of 1001", allocated, spans-before)
	}
}

// grows fails where what applies events takes more and more memory: once as much of each sort is kept as may be, twice
// the events take no more.
func grows(t *testing.T, apply func(*event.Event)) {
	t.Helper()
	const enough = 90_000 // the model and its timeline each keep 10,000 that have ended
	before, half, seen := heap(), uint64(0), 0
	living(2*enough, func(e *event.Event) {
		apply(e)
		if seen++; seen == enough {
			half = heap() - before
		}
	})
	if all := heap() - before; all > half+half/4 || half < 1<<20 {
		t.Errorf("%d bytes after %d events, %d after twice as many", half, enough, all)
	}
}

// TestMemoryIsBounded: what takes memory is what is open, held, or kept for a retraction, however much went before.
func TestMemoryIsBounded(t *testing.T) {
	line := timeline.New(timeline.Options{})
	m := model.New(model.Options{Facts: line.Add})
	grows(t, m.Apply)
	runtime.KeepAlive(line)
	runtime.KeepAlive(m)
}
