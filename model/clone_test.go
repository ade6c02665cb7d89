package model

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
)

// dump writes all that can be seen of a model.
func dump(m *Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %v %+v %d threads\n", m.Now(), m.Start(), m.Ended(), m.Counters(), m.ThreadsAlive())
	fmt.Fprintf(&b, "outcomes %+v\n", Outcomes(m))
	m.Walk(func(p *Process, depth int) bool {
		v := *p
		v.parent, v.Serves, v.links, v.coroutines = nil, nil, links[Process]{}, nil
		v.signals, v.accepting, v.orphaned = nil, nil, nil
		v.custody, v.parenting, v.left, v.sent = nil, nil, nil, nil
		v.children, v.threads = list[Process, *Process]{}, list[Thread, *Thread]{}
		left := valueOf(p.left)
		fmt.Fprintf(&b, "%*s%+v ", depth, "", valueOf(left.Cause))
		left.Cause = nil
		fmt.Fprintf(&b, "%*s%+v %+v %+v %+v %+v %+v %+v %+v\n", depth, "", v, p.Signals(),
			p.Accepting(), p.Coroutines(),
			valueOf(p.orphaned), valueOf(p.custody), valueOf(p.parenting), left)
		for s := p.sent; s != nil; s = s.next {
			v := *s
			v.next = nil
			fmt.Fprintf(&b, "%*s pending %+v\n", depth, "", v)
		}
		service := func(s Service) {
			if s.Serves != nil {
				fmt.Fprintf(&b, "%*s served %d, serves %+v\n", depth, "", s.Served, s.Serves.Number)
			}
		}
		service(p.Service)
		for t := p.FirstThread(); t != nil; t = t.Next() {
			fmt.Fprintf(&b, "%*s thread %v %q %v %v of %d\n", depth, "", t.ID, t.Comm, t.State, t.Status, t.Process.PID)
			service(t.Service)
		}
		fmt.Fprintf(&b, "%*s control %v\n", depth, "", valueOf(p.coroutines).control)
		for c := p.FirstCoroutine(); c != nil; c = c.Next() {
			listed := *c
			listed.Process, listed.Serves, listed.links = nil, nil, links[Coroutine]{}
			fmt.Fprintf(&b, "%*s %+v of %d\n", depth, "", listed, c.Process.PID)
			service(c.Service)
		}
		return true
	})
	for c := m.FirstConnection(); c != nil; c = c.Next() {
		v := *c
		v.links, v.Server = links[Connection]{}, nil
		fmt.Fprintf(&b, "connection %+v", v)
		if c.Server != nil {
			fmt.Fprintf(&b, " of %d", c.Server.PID)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

// drawLife makes a stream in which processes fork, make threads, accept, end and are reaped, by chance.
func drawLife(t *rapid.T, n int) []event.Event {
	type process struct {
		id     event.Task
		parent event.PID
		thread event.Task
	}
	now, next, accepts := event.Time(1000), event.TID(2), uint64(0)
	root := event.Task{TID: 1, Start: 900}
	alive := []process{{id: root}}
	var dead []process
	adopt := func(list []process, from event.PID) {
		for i := range list {
			if list[i].parent == from {
				list[i].parent = 1
			}
		}
	}
	events := []event.Event{{Time: now, Kind: event.Seen, Task: root, PID: 1, Flags: event.Root}}
	for range n {
		now += event.Time(rapid.IntRange(1, 2e9).Draw(t, "pause"))
		i := rapid.IntRange(0, len(alive)-1).Draw(t, "who")
		p := alive[i]
		pid := event.PID(p.id.TID)
		e := event.Event{Time: now, Task: p.id, PID: pid}
		switch what := rapid.IntRange(0, 8).Draw(t, "what"); {
		case what <= 1:
			e.Kind, e.Child, e.ChildPID, e.Parent, e.NSPID, e.ExitSignal = event.Fork,
				event.Task{TID: next, Start: now}, event.PID(next), pid, event.PID(next), 17
			alive = append(alive, process{id: e.Child, parent: pid})
			next++
		case what == 2 && p.thread.TID == 0:
			e.Kind, e.Child, e.ChildPID, e.Parent, e.CloneFlags = event.Fork, event.Task{TID: next, Start: now}, pid,
				p.parent, event.CloneThread
			alive[i].thread = e.Child
			next++
		case what == 3 && p.thread.TID != 0:
			e.Kind, e.Task = event.Exit, p.thread
			alive[i].thread = event.Task{}
		case what == 3 && i != 0:
			e.Kind, e.Parent, e.Reaper, e.Flags = event.Exit, p.parent, 1, event.GroupDead
			e.Status = rapid.SampledFrom([]int32{0, 9, 15}).Draw(t, "status")
			dead = append(dead, p)
			alive = append(alive[:i], alive[i+1:]...)
			adopt(alive, pid)
			adopt(dead, pid)
		case what == 4:
			accepts++
			e.Kind, e.Connection = event.Accept, accepts
			e.Socket = &event.Socket{Listener: "127.0.0.1:80", Peer: "127.0.0.1:4000"}
		case what == 7:
			if p.thread.TID != 0 && rapid.Bool().Draw(t, "thread") {
				e.Task = p.thread
			}
			e.Kind, e.Connection = event.Serve, rapid.Uint64Range(0, accepts).Draw(t, "connection")
		case what == 8 && i != 0:
			e.Kind, e.TargetPID = event.Kill, pid
			e.Signal = rapid.SampledFrom([]int32{9, 15, event.SIGCONT}).Draw(t, "signal")
			e.Result = rapid.SampledFrom([]event.Result{event.Queued, event.Protected}).Draw(t, "result")
			e.PID = event.PID(rapid.IntRange(0, int(next)).Draw(t, "sender"))
		case what == 5 && len(dead) > 0:
			d := dead[0]
			dead = dead[1:]
			e = event.Event{Time: now, Kind: event.Wait, PID: d.parent, Task: event.Task{TID: event.TID(d.parent)},
				Call: event.Wait4, Child: d.id}
		case what == 6:
			e.Kind = rapid.SampledFrom([]event.Kind{event.Spawn, event.Spawn, event.Switch, event.Finish}).Draw(t,
				"coroutine")
			e.Runtime = event.Greenlet
			e.Coroutine, e.Creator = rapid.Uint64Range(0, 4).Draw(t, "id"), rapid.Uint64Range(0, 4).Draw(t, "partner")
			e.Previous = e.Creator
			e.How = event.How(rapid.IntRange(0, 5).Draw(t, "how"))
		default:
			continue
		}
		events = append(events, e)
	}
	return events
}

func TestCloneHoldsTheSameAndSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawLife(t, rapid.IntRange(0, 80).Draw(t, "events"))
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		options := Options{Linger: 3e9, MaxGone: 5}
		apply := func(m *Model, events []event.Event) string {
			for i := range events {
				m.Apply(&events[i])
			}
			return dump(m)
		}
		want := apply(New(options), events)
		m := New(options)
		before := apply(m, events[:cut])
		c := m.Clone()
		if got := dump(c); got != before {
			t.Fatalf("the clone differs:\n%s\nfrom\n%s", got, before)
		}
		if got := apply(c, events[cut:]); got != want {
			t.Fatalf("the clone went on to\n%s\nwant\n%s", got, want)
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		if got := dump(m); got != before {
			t.Fatalf("events to the clone changed the original:\n%s\nbefore\n%s", got, before)
		}
		if got := apply(m, events[cut:]); got != want {
			t.Fatalf("the original went on to\n%s\nwant\n%s", got, want)
		}
	})
}

// A field that holds a reference must be copied by Clone; this test fails when one was added and is not in the list.
func TestCloneKnowsEveryReference(t *testing.T) {
	known := map[string]string{
		// A clone has no event under way, and tells nobody of facts.
		"Model": "options counters evidence fates event told forest reaping resync sockets runtimes failures " +
			"stalling pausing listeners keeping",
		"forest": "m present threads top root dead spare gone told sends outcomes leaders spareProcesses " +
			"spareThreads",
		"spares":   "list", // a copy begins without any
		"reaping":  "m awaited uncertain doubts takings missing lost adopted",
		"resync":   "m",
		"sockets":  "m open connections cut joined",
		"runtimes": "m past copied",
		"Process": "Cost Service sent signals accepting coroutines orphaned custody parenting left attempted " +
			"parent links children threads",
		"Thread":       "Cost Service Process links",
		"SignalCounts": "CoalescedEvents",
		"Accepting":    "",
		"sends":        "firsts",
		"outcomes":     "firsts",
		"stalling":     "m firsts",
		"pausing":      "m firsts suspensions",
		"suspension":   "came",
		"firsts":       "list known",
		"Outcome":      "Tasks Evidence",
		"sent":         "next",
		"Evidences":    "Lost Contradictions UnseenRings InferredCloses ReapedUnseen ReapedAsAsked Calls Listeners",
		"fates":        "all keys",
		"Counters": "ExitCodes ExitSignals AcceptsByListener AcceptsByTask HTTPStatuses CPUMsByProcess CPUMsByThread " +
			"Failures lostByKind spentByProcess spentByThread",
		"spent":         "named",
		"present":       "processes recent",
		"ledger":        "calls released",
		"doubt":         "process formers",
		"takings":       "list",
		"LostStatuses":  "First",
		"LostStatus":    "Evidence",
		"goneQueue":     "entries",
		"goneEntry":     "process thread coroutine connection",
		"Connection":    "Server Holders Exchanges servers parting links",
		"Coroutine":     "Process Service links",
		"Service":       "Serves",
		"coroutineList": "list living control inherited",
		"list":          "first last", "links": "next prev",
	}
	for _, v := range []any{Model{}, forest{}, spares[Process]{}, reaping{}, resync{}, sockets{}, runtimes{},
		Process{}, Thread{}, Counters{}, ledger{}, doubt{}, takings{}, taking{}, LostStatuses{}, LostStatus{}, miss{},
		goneQueue{}, goneEntry{},
		Connection{}, Coroutine{}, coroutineList{}, list[Process, *Process]{}, links[Process]{}, Service{},
		SignalCounts{}, Accepting{},
		Evidences{}, fates{}, spent{}, present{}, sends{}, sent{}, outcomes{}, Outcome{}, firsts[int, int]{},
		stalling{}, Stalls{}, pausing{}, pauses{}, suspension{}} {
		typ := reflect.TypeOf(v)
		var found []string
		for i := range typ.NumField() {
			if f := typ.Field(i); refers(f.Type) {
				found = append(found, f.Name)
			}
		}
		name, _, _ := strings.Cut(typ.Name(), "[") // of a generic one without its arguments
		if got := strings.Join(found, " "); got != known[name] {
			t.Errorf("%s refers to other memory by %q, Clone copies %q", typ.Name(), got, known[name])
		}
	}
}

func refers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Chan, reflect.Func, reflect.Interface:
		return true
	case reflect.Array:
		return refers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if refers(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

func BenchmarkClone10kProcesses(b *testing.B) {
	m := New(Options{})
	root := event.Task{TID: 1, Start: 1}
	m.Apply(&event.Event{Time: 1, Kind: event.Seen, Task: root, PID: 1, Flags: event.Root})
	for i := event.TID(2); i <= 10_000; i++ {
		m.Apply(&event.Event{Time: event.Time(i), Kind: event.Fork, Task: root, PID: 1,
			Child:    event.Task{TID: i, Start: event.Time(i)},
			ChildPID: event.PID(i), Parent: 1, NSPID: event.PID(i)})
	}
	for b.Loop() {
		m.Clone()
	}
}
