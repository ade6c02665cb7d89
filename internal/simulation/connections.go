package simulation

import (
	"slices"
	"strconv"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
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
	holders  []*task // processes with a descriptor
	sent     bool    // to a process that does not descend from a holder
}

func (k *Kernel) accept(p *task) {
	c := &conn{number: k.Truth.Accepts + 1, accepted: k.now, by: p.pid, holders: []*task{p}}
	k.conns = append(k.conns, c)
	k.Truth.Accepts++
	k.Truth.AcceptsByListener["127.0.0.1:80"]++
	k.Truth.AcceptsByTask[strconv.Itoa(int(p.pid))]++
	k.Truth.ConnectionsOpen++
	k.Truth.ConnectionsPeak = max(k.Truth.ConnectionsPeak, k.Truth.ConnectionsOpen)
	k.emit(event.Event{Time: k.now, Kind: event.Accept, Task: k.actor(p), PID: p.pid, Connection: c.number,
		Socket: &event.Socket{Listener: "127.0.0.1:80"}})
}

// serve reads or writes a connection; the kernel tells of it only when another task did before. Who has no descriptor
// is sent one.
func (k *Kernel) serve(p *task) {
	if len(k.conns) == 0 {
		return
	}
	c, actor := rapid.SampledFrom(k.conns).Draw(k.t, "connection"), k.actor(p)
	if c.last.TID == actor.TID {
		return
	}
	if !slices.Contains(c.holders, p) {
		c.holders, c.sent = append(c.holders, p), true
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

// inherit copies the descriptors of its creator to the child of a fork.
func inherit(k *Kernel, creator, child *task) {
	for _, c := range k.conns {
		if slices.Contains(c.holders, creator) {
			c.holders = append(c.holders, child)
		}
	}
}

// closeConn closes a descriptor of p.
func (k *Kernel) closeConn(p *task) {
	for _, c := range k.conns {
		if slices.Contains(c.holders, p) {
			drop(k, p, c)
			return
		}
	}
}

// closeAll closes all descriptors of p, which ends.
func closeAll(k *Kernel, p *task) {
	for _, c := range slices.Clone(k.conns) {
		drop(k, p, c)
	}
}

func drop(k *Kernel, p *task, c *conn) {
	held := len(c.holders)
	c.holders = slices.DeleteFunc(c.holders, func(h *task) bool { return h == p })
	if held == 0 || len(c.holders) > 0 || len(c.holders) == held {
		return
	}
	k.conns = slices.DeleteFunc(k.conns, func(o *conn) bool { return o == c })
	k.Truth.ConnectionsOpen--
	k.emit(event.Event{Time: k.now, Kind: event.Close, Task: p.id(), PID: p.pid, Connection: c.number})
}

// SameConnections holds the open connections of m against those of the kernel, in the order of their accepts.
func (k *Kernel) SameConnections(t *rapid.T, m *model.Model) {
	var got []conn
	for c := m.FirstConnection(); c != nil; c = c.Next() {
		if c.Closed != 0 {
			continue
		}
		is := conn{number: c.Number, accepted: c.Accepted, by: c.AcceptedBy, read: c.FirstRead, reply: c.FirstReply,
			changes: c.Handovers}
		if c.Server != nil {
			is.server = c.Server.PID
		}
		got = append(got, is)
	}
	if len(got) != len(k.conns) {
		t.Fatalf("%d connections are open in the model, %d in the kernel", len(got), len(k.conns))
	}
	for i, c := range k.conns {
		want := conn{number: c.number, accepted: c.accepted, by: c.by, read: c.read, reply: c.reply, server: c.server,
			changes: c.changes}
		if diff := cmp.Diff(want, got[i], cmp.AllowUnexported(conn{})); diff != "" {
			t.Fatalf("connection %d (-kernel +model):\n%s", i, diff)
		}
	}
}

// CheckResynced checks that what m takes for closed is, but for what was sent to others, and that what nobody who lives
// can have got is closed.
func (k *Kernel) CheckResynced(t *rapid.T, m *model.Model) {
	open := map[uint64]*conn{}
	for _, c := range k.conns {
		open[c.number] = c
	}
	for c := m.FirstConnection(); c != nil; c = c.Next() {
		if held := open[c.Number]; c.Guessed && held != nil && !held.sent {
			t.Fatalf("connection %d is taken for closed, and held by %d", c.Number, held.holders[0].pid)
		}
		if c.Closed == 0 && open[c.Number] == nil && len(k.alive()) == 0 {
			t.Fatalf("connection %d is open though nobody lives", c.Number)
		}
	}
}
