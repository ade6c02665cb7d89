package words

import (
	"testing"

	"tracer/event"
)

// BenchmarkTextLine formats what a server that forks for each connection makes most of.
func BenchmarkTextLine(b *testing.B) {
	events := []event.Event{
		{Kind: event.Accept, PID: 7, Task: task(7), Connection: 1, FD: 5,
			Socket: &event.Socket{Peer: "127.0.0.1:53422", Queue: 3, Backlog: 128}},
		{Kind: event.Fork, PID: 7, Task: task(7), ChildPID: 1234, Child: task(1234), ExitSignal: 17},
		{Kind: event.Exit, PID: 1234, Task: task(1234), Status: 256, Flags: event.GroupDead},
		{Kind: event.Signal, PID: 1234, Task: task(1234), Signal: 17, TargetPID: 7, Code: 1},
		{Kind: event.Deliver, PID: 7, Task: task(7), Signal: 17},
		{Kind: event.Wait, PID: 7, Task: task(7), Call: event.Wait4, Child: task(1234), Waited: 1_200_000},
		{Kind: event.Release, PID: 1234, Task: task(1234)},
		{Kind: event.Close, PID: 7, Task: task(7), Connection: 2, BytesRead: 64},
	}
	b.ReportAllocs()
	var line []byte
	for i := 0; b.Loop(); i++ {
		e := &events[i%len(events)]
		e.Time += 1000
		line = English().AppendTextLine(line[:0], 0, e)
	}
}
