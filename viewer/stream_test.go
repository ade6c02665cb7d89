package viewer

import (
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"tracer/event"
)

// script makes event streams by hand. Its clock starts 100 s after boot.
type script struct {
	now    event.Time
	events []event.Event
	tasks  map[event.TID]event.Task
	comm   map[event.PID]event.Text
	parent map[event.PID]event.PID

	connections uint64 // with a number
}

const bootTime = event.Time(100e9)

func newScript() *script {
	return &script{now: bootTime, tasks: map[event.TID]event.Task{}, comm: map[event.PID]event.Text{},
		parent: map[event.PID]event.PID{}}
}

// after lets microseconds pass.
func (s *script) after(us int) *script {
	s.now += event.Time(us) * 1000
	return s
}

func (s *script) add(pid event.PID, e event.Event) *script {
	e.Time, e.PID = s.now, pid
	if e.Task.TID == 0 {
		e.Task = s.tasks[event.TID(pid)]
	}
	// A child's name is its creator's, which the kernel side does not say again
	if e.Comm == "" && e.Kind != event.Fork {
		e.Comm = s.comm[pid]
	}
	s.events = append(s.events, e)
	s.now += 1000
	return s
}

func (s *script) task(tid event.TID) event.Task {
	s.tasks[tid] = event.Task{TID: tid, Start: s.now}
	return s.tasks[tid]
}

func (s *script) root(pid event.PID, argv string) *script {
	s.task(event.TID(pid))
	s.parent[pid] = 900
	return s.exec(pid, argv, event.Launch|event.Root)
}

func (s *script) exec(pid event.PID, argv string, flags event.Flags) *script {
	words := strings.Fields(argv)
	comm := words[0][strings.LastIndex(words[0], "/")+1:]
	s.comm[pid] = event.Text(comm)
	return s.add(pid, event.Event{Kind: event.Exec, Flags: flags, Path: words[0], Args: strings.Join(words, "\x00") +
		"\x00"})
}

func (s *script) fork(parent event.PID, child event.PID) *script {
	s.comm[child], s.parent[child] = s.comm[parent], parent
	return s.add(parent, event.Event{Kind: event.Fork, Child: s.task(event.TID(child)), ChildPID: child, NSPID: child,
		Parent: parent, ExitSignal: 17})
}

// inside sets for the child of the last fork an id in a PID namespace of its own.
func (s *script) inside(inner event.PID) *script {
	s.events[len(s.events)-1].InnerPID = inner
	return s
}

func (s *script) thread(pid event.PID, tid event.TID) *script {
	return s.add(pid, event.Event{Kind: event.Fork, Child: s.task(tid), ChildPID: pid, CloneFlags: event.CloneThread |
		event.CloneVM, ExitSignal: -1, Parent: s.parent[pid]})
}

func (s *script) exit(pid event.PID, status int32) *script {
	s.add(pid, event.Event{Kind: event.Exit, Status: status, Flags: event.GroupDead, Parent: s.parent[pid], Reaper: 1})
	for c, p := range s.parent {
		if p == pid {
			s.parent[c] = 1
		}
	}
	return s
}

func (s *script) autoreaped(pid event.PID) *script {
	return s.add(pid, event.Event{Kind: event.Exit, Flags: event.GroupDead | event.AutoReap, Parent: s.parent[pid],
		Reaper: 1})
}

// debugged ends a process that a debugger is told of first.
func (s *script) debugged(pid event.PID) *script {
	s.exit(pid, 0).events[len(s.events)-1].Flags |= event.Debugged
	return s
}

// sends sets for the child of the last fork what its end sends.
func (s *script) sends(signal int32) *script {
	s.events[len(s.events)-1].ExitSignal = int16(signal)
	return s
}

func (s *script) stop(pid event.PID) *script {
	return s.add(pid, event.Event{Kind: event.Stop, Signal: 19})
}

func (s *script) endTask(pid event.PID, tid event.TID) *script {
	return s.add(pid, event.Event{Kind: event.Exit, Task: s.tasks[tid], Parent: s.parent[pid]})
}

func (s *script) sigchld(child event.PID, result event.Result) *script {
	to := s.parent[child]
	return s.add(child, event.Event{Kind: event.Signal, Signal: event.SIGCHLD, Target: event.TID(to), TargetPID: to,
		Result: result, Code: 1, SiPID: child})
}

func (s *script) handler(pid event.PID) *script {
	return s.add(pid, event.Event{Kind: event.Deliver, Signal: event.SIGCHLD})
}

func (s *script) wait(pid, child event.PID, us int) *script {
	return s.add(pid, event.Event{Kind: event.Wait, Call: event.Wait4, Child: s.tasks[event.TID(child)],
		Waited: event.Time(us) * 1000})
}

// waits has a process begin a wait for one child.
func (s *script) waits(pid, child event.PID) *script {
	return s.add(pid, event.Event{Kind: event.Waiting, Call: event.Wait4, IDType: event.IDProcess, ID: child})
}

func (s *script) release(pid event.PID) *script {
	return s.add(pid, event.Event{Kind: event.Release})
}

func (s *script) accept(pid event.PID, port, fd, queue int) *script {
	s.connections++
	return s.add(pid, event.Event{Kind: event.Accept, Call: event.Accept4, FD: int32(fd), Connection: s.connections,
		Socket: &event.Socket{Queue: uint32(queue), Backlog: 128, Listener: "127.0.0.1:8000", Local: "127.0.0.1:8000",
			Peer: event.Addr("127.0.0.1:" + strconv.Itoa(port))}})
}

// serves has a process accept a connection and one of its tasks read it.
func (s *script) serves(pid event.PID, tid event.TID, port int) *script {
	s.accept(pid, port, 5, 0).after(300)
	return s.add(pid, event.Event{Kind: event.Serve, Task: s.tasks[tid], Connection: s.connections, BytesRead: 5})
}

// closes closes the last connection.
func (s *script) closes(pid event.PID) *script {
	return s.add(pid, event.Event{Kind: event.Close, Connection: s.connections, BytesRead: 5, BytesWritten: 7})
}

func (s *script) lost(kind event.Kind, n uint64) *script {
	return s.add(0, event.Event{Kind: event.Lost, Lost: kind, Count: n})
}

func (s *script) end() *script { return s.add(0, event.Event{Kind: event.End}) }

// forkServer is a server that forks for each connection and reaps by one wait a signal, so that some children stay
// zombies. Beside it there are threads, a process that was adopted, and one whose leader ended.
func forkServer() *script {
	const server = 1200
	s := newScript().root(server, "/usr/bin/forkserver --reap once 127.0.0.1:8000")
	s.after(2000).thread(server, 1201).after(300).thread(server, 1202).after(700).thread(server, 1203)
	child := event.PID(1204)
	for i := range 20 {
		s.after(60_000).accept(server, 53400+i, 5, i%4)
		s.after(150).fork(server, child)
		s.after(20_000).exit(child, map[int]int32{7: 3 << 8, 11: 9}[i]).after(400)
		if i%5 == 3 {
			s.sigchld(child, event.Coalesced)
		} else {
			s.sigchld(child, event.Queued).after(80).handler(server).after(120).wait(server, child, 9)
			s.after(15_000).release(child)
		}
		child++
	}
	s.after(1000).fork(server, 1300).after(900).exec(1300, "/bin/sh -c ./logger", 0)
	s.after(500).fork(1300, 1301).after(800).exec(1301, "/usr/bin/logger --line a\x1b[31mb", 0)
	s.after(5000).fork(1301, 1302).thread(1302, 1303).thread(1302, 1304)
	s.after(100).endTask(1302, 1302)
	s.after(40_000).exit(1300, 0).after(200).sigchld(1300, event.Queued).handler(server).after(50).wait(server, 1300, 3)
	s.after(30_000).accept(server, 53500, 5, 3).fork(server, child)
	s.after(25_000).accept(server, 53501, 6, 2).fork(server, child+1)
	s.after(90_000)
	return s
}

// holding is a server that closes a connection which two helpers that it has executed have still, one of them with what
// listens.
func holding() *script {
	const server, logger, copier = 1200, 1201, 1202
	s := newScript().root(server, "/usr/bin/server 127.0.0.1:8000").serves(server, server, 53400)
	holds := func(pid event.PID, occasion event.Occasion, e event.Event) {
		e.Kind, e.Rare = event.Hold, &event.Rare{Occasion: occasion, Holder: server}
		s.add(pid, e)
	}
	connection := event.Event{FD: 5, Connection: 1}
	s.after(500).fork(server, logger).exec(logger, "/usr/bin/logger", 0)
	holds(logger, event.AtExec, event.Event{FD: 3, Socket: &event.Socket{Listener: "127.0.0.1:8000"}})
	holds(logger, event.AtExec, connection)
	s.fork(server, copier)
	s.after(900).add(server, event.Event{Kind: event.LetGo, Connection: 1, Rare: &event.Rare{Occasion: event.AtClose}})
	s.after(250_000)
	holds(logger, event.AtLook, connection)
	holds(copier, event.AtLook, connection)
	return s.after(700_000)
}

// coroutine is an event of kind k about coroutine id; partner is who makes it or had control.
func (s *script) coroutine(pid event.PID, k event.Kind, id, partner uint64, how event.How) *script {
	return s.add(pid, event.Event{Kind: k, Runtime: event.Greenlet, Coroutine: id, Creator: partner,
		Previous: partner, How: how})
}

// coroutines is a server with greenlets, one in each state, and one in each way ended.
func coroutines() *script {
	const server, first, main = 1200, 0x7f0000001000, 0x7f0000000000
	s := newScript().root(server, "/usr/bin/python3 server.py")
	s.after(2000).thread(server, 1201)
	for i := uint64(first); i < first+6; i++ {
		s.after(300).coroutine(server, event.Spawn, i, main, 0)
	}
	running := uint64(main)
	to := func(id uint64) {
		s.after(500).coroutine(server, event.Switch, id, running, 0)
		running = id
	}
	for i, how := range []event.How{event.Returned, event.Failed, event.Exited} {
		to(first + uint64(i))
		to(main)
		to(first + uint64(i))
		s.after(700).coroutine(server, event.Finish, running, 0, how)
		to(main)
	}
	s.coroutine(server, event.Finish, first+3, 0, event.Dropped)
	to(first + 4)
	s.serves(server, server, 53400)
	to(main)
	to(first + 5)
	return s.after(20_000)
}

// manyChildren is a root with n children, of which every tenth is a zombie.
func manyChildren(n int) *script {
	s := newScript().root(1, "/bin/server")
	for i := 2; i <= n; i++ {
		s.fork(1, event.PID(i))
		if i%10 == 0 {
			s.exit(event.PID(i), 0)
		}
	}
	return s
}

// stateOf makes a state of a size that has taken in the events.
func stateWith(s *script, w, h int, o Options) *state {
	o.complete()
	st := newState(o)
	st.w, st.h = w, h
	if o.Replay == nil {
		st.take(s.events)
		st.tick(s.now, 0)
	}
	st.settle()
	return st
}

// drawLife makes a stream in which processes fork, make threads, accept, end and are reaped, by chance.
func drawLife(t *rapid.T, n int) *script {
	s := newScript().root(1, "/bin/x")
	alive, threads := []event.PID{1}, map[event.PID]event.TID{}
	var dead []event.PID
	next := 2
	for range n {
		s.after(rapid.SampledFrom([]int{1, 400, 30_000, 900_000}).Draw(t, "pause"))
		i := rapid.IntRange(0, len(alive)-1).Draw(t, "who")
		pid := alive[i]
		switch what := rapid.IntRange(0, 6).Draw(t, "what"); {
		case what <= 1:
			s.fork(pid, event.PID(next))
			alive = append(alive, event.PID(next))
			next++
		case what == 2 && threads[pid] == 0:
			threads[pid] = event.TID(next)
			s.thread(pid, event.TID(next))
			next++
		case what == 3 && threads[pid] != 0:
			s.endTask(pid, threads[pid])
			delete(threads, pid)
		case what == 3 && i != 0:
			s.exit(pid, int32(next%3)<<8).sigchld(pid, event.Result(next%3))
			alive = slices.Delete(alive, i, i+1)
			dead = append(dead, pid)
		case what == 4:
			s.accept(pid, 4000+next, 5, 0)
		case what == 5 && len(dead) > 0:
			s.wait(s.parent[dead[0]], dead[0], 30)
			dead = dead[1:]
		case what == 6:
			s.handler(pid)
		}
	}
	return s
}
