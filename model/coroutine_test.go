package model

import (
	"testing"

	"tracer/event"
)

// coroutines feeds a model with events about the coroutines of one process.
type coroutines struct {
	t   *testing.T
	m   *Model
	now event.Time
}

func newCoroutines(t *testing.T, o Options) *coroutines {
	c := &coroutines{t: t, m: New(o)}
	c.event(event.Event{Kind: event.Exec, Flags: event.Launch | event.Root})
	return c
}

func (c *coroutines) event(e event.Event) {
	c.now += 1000
	e.Time, e.PID = c.now, 7
	if e.Task.TID == 0 {
		e.Task = event.Task{TID: 7, Start: 1}
	}
	c.m.Apply(&e)
}

// about is an event about a coroutine; partner is who made it, or had control.
func (c *coroutines) about(k event.Kind, id, partner uint64, how event.How) {
	c.event(event.Event{Kind: k, Runtime: event.Greenlet, Coroutine: id, Creator: partner, Previous: partner,
		How: how})
}

// want holds the numbers, and the states of the coroutines that have a row.
func (c *coroutines) want(created, finished, switches, alive uint64, states ...CoroutineState) {
	c.t.Helper()
	if err := c.m.Check(); err != nil {
		c.t.Error(err)
	}
	n := c.m.Counters()
	if n.CoroutinesCreated != created || n.CoroutinesFinished != finished || n.CoroutineSwitches != switches ||
		c.m.CoroutinesAlive() != alive {
		c.t.Errorf("%d created, %d finished, %d switches, %d alive; want %d, %d, %d, %d", n.CoroutinesCreated,
			n.CoroutinesFinished,
			n.CoroutineSwitches, c.m.CoroutinesAlive(), created, finished, switches, alive)
	}
	var got []CoroutineState
	for r := c.m.Find(7).FirstCoroutine(); r != nil; r = r.Next() {
		got = append(got, r.State)
	}
	if len(got) != len(states) {
		c.t.Fatalf("states %v, want %v", got, states)
	}
	for i := range got {
		if got[i] != states[i] {
			c.t.Fatalf("states %v, want %v", got, states)
		}
	}
}

func TestLifeOfCoroutines(t *testing.T) {
	c := newCoroutines(t, Options{})
	const main = 1
	c.about(event.Spawn, 10, 0, 0)
	c.about(event.Spawn, 11, 0, 0)
	c.want(2, 0, 0, 2, Made, Made)
	c.about(event.Switch, 10, main, 0)
	c.about(event.Switch, 11, 10, 0)
	c.want(2, 0, 2, 2, Suspended, Running)
	c.about(event.Finish, 11, 0, event.Returned)
	c.about(event.Finish, 11, 0, event.Dropped) // its memory: it had ended
	c.about(event.Switch, main, 11, 0)
	c.want(2, 1, 3, 1, Suspended, Finished)
	c.about(event.Spawn, 10, 0, 0) // the address is used again: the end of the other was not seen
	c.want(3, 1, 3, 1, Finished, Finished, Made)
	c.about(event.Finish, 10, 0, event.Dropped)
	c.about(event.Finish, 99, 0, event.Returned) // made before a fork
	c.want(3, 3, 3, 0, Finished, Finished, Finished)
	c.about(event.Spawn, 12, 0, 0)
	c.event(event.Event{Kind: event.Exec, Path: "/bin/y"}) // takes all with it
	c.want(4, 3, 3, 0, Finished, Finished, Finished, Finished)
	c.m.Advance(c.now + 2*minLinger)
	c.want(4, 3, 3, 0)
}

// The coroutine that has control of the thread is the one that serves, also in a child that goes on with a copy of it.
func TestCoroutinesServe(t *testing.T) {
	c := newCoroutines(t, Options{})
	const main = 1
	number := uint64(0)
	serve := func(pid event.PID) *Connection {
		number++
		c.event(event.Event{Kind: event.Accept, Connection: number})
		c.now += 1000
		c.m.Apply(&event.Event{Time: c.now, Kind: event.Serve, Task: event.Task{TID: event.TID(pid), Start: 1},
			PID: pid, Connection: number, BytesRead: 1})
		return c.m.Connection(number)
	}
	want := func(got *Connection, id uint64) {
		t.Helper()
		want := CoroutineID{event.Greenlet, id}
		if id == 0 {
			want = CoroutineID{}
		}
		if got.Coroutine != want {
			t.Errorf("connection %d is served by %v, want %v", got.Number, got.Coroutine, want)
		}
	}
	want(serve(7), 0) // nothing is known before the first switch
	c.about(event.Spawn, 10, 0, 0)
	c.about(event.Switch, 10, main, 0)
	served := serve(7)
	want(served, 10)
	if r := c.m.Find(7).FirstCoroutine(); r.Serves != served || r.Served != 1 {
		t.Errorf("the coroutine served %d, the last is %v", r.Served, r.Serves)
	}
	c.event(event.Event{Kind: event.Fork, Child: event.Task{TID: 8, Start: 2}, ChildPID: 8, NSPID: 8, Parent: 7,
		ExitSignal: event.SIGCHLD})
	want(serve(8), 10)
	c.about(event.Switch, main, 10, 0) // not made by anybody, and a greenlet all the same
	want(serve(7), main)
	c.about(event.Switch, 0, main, 0)
	want(serve(7), 0)
	c.about(event.Switch, 10, main, 0)
	c.about(event.Finish, 10, 0, event.Returned)
	want(serve(7), 0)
	c.about(event.Switch, main, 10, 0)
	c.event(event.Event{Kind: event.Exec, Path: "/bin/y"})
	want(serve(7), 0)
	c.about(event.Switch, main, 0, 0)
	c.event(event.Event{Kind: event.Lost, Lost: event.Switch, Count: 1})
	want(serve(7), 0)
}

// A goroutine that another thread has taken up meanwhile is not stopped by the thread that gave it up.
func TestGoroutinesAndTheirThreads(t *testing.T) {
	c := newCoroutines(t, Options{})
	on := func(thread event.TID, k event.Kind, id, partner uint64) {
		c.event(event.Event{Kind: k, Runtime: event.Goroutine, Task: event.Task{TID: thread}, Coroutine: id,
			Creator: partner, Previous: partner})
	}
	on(7, event.Spawn, 1, 0)
	on(7, event.Switch, 1, 0)
	on(7, event.Spawn, 2, 1)
	on(8, event.Switch, 2, 0)
	c.want(2, 0, 2, 2, Running, Running)
	on(7, event.Switch, 0, 1) // to the scheduler: no switch between goroutines
	c.want(2, 0, 2, 2, Suspended, Running)
	on(8, event.Switch, 1, 2)
	on(7, event.Switch, 2, 1)
	c.want(2, 0, 4, 2, Running, Running)
	c.event(event.Event{Kind: event.Exit, Flags: event.GroupDead | event.Root})
	if err := c.m.Check(); err != nil || c.m.CoroutinesAlive() != 0 {
		t.Errorf("%d live on in a process that has ended; %v", c.m.CoroutinesAlive(), err)
	}
}

func TestCoroutinesBeyondTheBoundAreCounted(t *testing.T) {
	c := newCoroutines(t, Options{MaxGone: 10})
	const n = maxCoroutines + 20
	for id := uint64(1); id <= n; id++ {
		c.about(event.Spawn, id, 0, 0)
	}
	rows := 0
	for r := c.m.Find(7).FirstCoroutine(); r != nil; r = r.Next() {
		rows++
	}
	if rows != maxCoroutines || c.m.CoroutinesAlive() != n {
		t.Errorf("%d rows, %d alive", rows, c.m.CoroutinesAlive())
	}
	for id := uint64(1); id <= n-5; id++ {
		c.about(event.Finish, id, 0, event.Returned)
	}
	if err := c.m.Check(); err != nil {
		t.Error(err)
	}
	if c.m.CoroutinesAlive() != 5 || c.m.Counters().CoroutinesFinished != n-5 {
		t.Errorf("%d alive, %d finished", c.m.CoroutinesAlive(), c.m.Counters().CoroutinesFinished)
	}
	c.event(event.Event{Kind: event.Exec, Path: "/bin/y"})
	if err := c.m.Check(); err != nil || c.m.CoroutinesAlive() != 0 {
		t.Errorf("%d alive after an exec; %v", c.m.CoroutinesAlive(), err)
	}
}
