package model

import (
	"slices"

	"pgregory.net/rapid"

	"tracer/event"
)

// conn is an open connection of the small kernel, and what is to be known of it.
type conn struct {
	number   uint64
	accepted event.Time
	by       event.PID
	server   event.PID // 0: nobody has read or written it
	read     event.Time
	reply    event.Time
	last     event.Task // that read or wrote
	changes  int
}

func (k *kernel) accept(p *task) {
	c := &conn{number: k.truth.Accepts + 1, accepted: k.now, by: p.pid}
	k.conns = append(k.conns, c)
	k.truth.Accepts++
	k.truth.AcceptsByListener["127.0.0.1:80"]++
	k.truth.AcceptsByTask[pidText(p.pid)]++
	k.truth.ConnectionsOpen++
	k.truth.ConnectionsPeak = max(k.truth.ConnectionsPeak, k.truth.ConnectionsOpen)
	k.emit(event.Event{Time: k.now, Kind: event.Accept, Task: k.actor(p), PID: p.pid, Connection: c.number, Listener: "127.0.0.1:80"})
}

// serve reads or writes a connection; the kernel tells of it only when another task did before.
func (k *kernel) serve(p *task) {
	if len(k.conns) == 0 {
		return
	}
	c, actor := rapid.SampledFrom(k.conns).Draw(k.t, "connection"), k.actor(p)
	if c.last.TID == actor.TID {
		return
	}
	e := event.Event{Time: k.now, Kind: event.Serve, Task: actor, PID: p.pid, Connection: c.number}
	if rapid.Bool().Draw(k.t, "read") {
		e.BytesRead = 1
		if c.read == 0 {
			c.read = k.now
		}
	} else {
		e.BytesWritten = 1
		if c.reply == 0 {
			c.reply = k.now
		}
	}
	if c.server == 0 {
		c.server = p.pid
	} else {
		c.changes++
	}
	c.last = actor
	k.emit(e)
}

func (k *kernel) closeConn(p *task) {
	if len(k.conns) == 0 {
		return
	}
	i := rapid.IntRange(0, len(k.conns)-1).Draw(k.t, "connection")
	k.emit(event.Event{Time: k.now, Kind: event.Close, Task: k.actor(p), PID: p.pid, Connection: k.conns[i].number})
	k.conns = slices.Delete(k.conns, i, i+1)
	k.truth.ConnectionsOpen--
}

// checkConnections holds the open connections of m against those of the kernel, in the order of their accepts.
func (k *kernel) checkConnections(t *rapid.T, m *Model) {
	var got []conn
	for c := m.FirstConnection(); c != nil; c = c.Next() {
		if c.Closed != 0 {
			continue
		}
		is := conn{number: c.Number, accepted: c.Accepted, by: c.AcceptedBy, read: c.FirstRead, reply: c.FirstReply, changes: c.Handovers}
		if c.Server != nil {
			is.server = c.Server.PID
		}
		got = append(got, is)
	}
	if len(got) != len(k.conns) {
		t.Fatalf("%d connections are open in the model, %d in the kernel", len(got), len(k.conns))
	}
	for i, c := range k.conns {
		want := *c
		want.last = event.Task{}
		if got[i] != want {
			t.Fatalf("connection %d of the kernel: %+v, of the model: %+v", i, want, got[i])
		}
	}
}
