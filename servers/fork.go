package servers

// The fork server: a process for each connection.
//
// accept(2) gives the parent a connection, fork(2) a child that has it too. The parent closes its copy at once: the
// child alone must hold the connection, or the client would never see its end. The child closes the listening socket,
// serves its client to the end and exits. Whatever goes wrong in it, even a crash, harms no other client. The price is
// a copy of the page tables for each connection, and a duty: a dead child stays in the process table as a zombie, its
// exit status waiting for the parent to ask. Reap chooses how the parent does this duty:
//
//	none         not at all. SIGCHLD's default action is to be discarded; every child becomes a zombie for good
//	ignore       SIG_IGN tells the kernel that nobody will ask: it reaps, and does not even send the signal
//	handler      a SIGCHLD handler that waits until no dead child is left
//	once         a handler that waits once a signal. Signals are not queued: children that die while one SIGCHLD is
//	             pending share it, are waited for once, and the others stay zombies
//	poll         no handler: after each accept, and twice a second, a wait with WNOHANG for each child
//	double-fork  the child forks a grandchild that serves, and ends; the parent waits for the child, which takes no
//	             time. The grandchild, orphaned, is init's to reap
//
// The way can be changed while the server serves (Options.Adjustable, reaper.go). Order of system calls: parent
// accept4, clone, close (with poll: poll, accept4, clone, close, wait4 ...); child close_range, recvfrom, sendto, ...,
// recvfrom = 0, exit_group. Over UDP: parent recvfrom, clone; child sendto, exit_group.

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/rawfork"
	"tracer/servers/internal/report"
	"tracer/servers/internal/server"
	"tracer/servers/internal/service"
	"tracer/servers/internal/sigchld"
	"tracer/servers/internal/socket"
)

type forkServer struct {
	*base
	reap    Reap // now
	changes server.Requests[Reap]
	child   rawfork.Child
	tid     int           // the thread that accepts and forks: the children are this thread's
	active  []int         // poll: children not yet reaped
	orphans proc.Sessions // double-fork: of the grandchildren
}

func newFork(b *base) Server {
	o := b.options
	return &forkServer{base: b, reap: o.Reap, child: rawfork.Child{
		Talk:   service.NewTalk(o.Service, o.Network != "udp"),
		Keep:   o.KeepListener,
		Orphan: o.Reap == ReapDoubleFork,
	}}
}

// dispositions: what SIGCHLD does for each way to reap.
var dispositions = map[Reap]sigchld.Disposition{
	ReapNone: sigchld.Default, ReapPoll: sigchld.Default, ReapDoubleFork: sigchld.Default,
	ReapIgnore: sigchld.Ignore, ReapOnce: sigchld.Once, ReapHandler: sigchld.Loop,
}

func (s *forkServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread() // accept and fork on one thread, as the single-threaded original does
	defer runtime.UnlockOSThread()
	s.tid = unix.Gettid()
	restore, err := sigchld.Set(dispositions[s.reap])
	if err != nil {
		return errors.Join(err, s.Close())
	}
	s.SetLive(func(r *Report) { r.AddTally(sigchld.Read()) })
	release := s.InterruptWith(ctx)
	s.child.Listener = s.Socket.FD
	if s.options.Network == "udp" {
		err = s.serveDatagrams(ctx)
	} else {
		err = s.serveConnections(ctx)
	}
	release()
	return errors.Join(err, s.Close(), s.end(), restore())
}

func (s *forkServer) serveConnections(ctx context.Context) error {
	for s.await(ctx) {
		conn, ok, err := s.Accept(ctx, 0)
		if !ok {
			return err
		}
		s.child.Socket = conn
		s.fork(func() { unix.Close(conn) })
	}
	return nil
}

func (s *forkServer) serveDatagrams(ctx context.Context) error {
	s.child.Socket = s.Socket.FD
	s.child.Datagram = new(rawfork.Datagram)
	for s.await(ctx) {
		s.Call(report.Receive)
		n, err := socket.ReceiveFrom(s.Socket.FD, s.child.Talk.Room(), &s.child.Datagram.Peer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			s.Failed(report.Receive, err)
			if socket.FateOf(err) == socket.Fail {
				return fmt.Errorf("receive: %w", err)
			}
			continue
		}
		s.Note(func(r *Report) { r.Datagrams++ })
		s.child.Datagram.Length = n
		s.fork(func() {})
	}
	return nil
}

// await blocks in poll(2) when children must be looked at between two clients, or another way to reap can be asked for.
// Otherwise the accept itself blocks.
func (s *forkServer) await(ctx context.Context) bool {
	for ctx.Err() == nil {
		limit := -1
		if s.reap == ReapPoll {
			limit = milliseconds(s.options.PollInterval)
		} else if !s.options.Adjustable {
			return true
		}
		s.Call(report.Poll)
		fds := append(s.changes.Poll(), unix.PollFd{Fd: int32(s.Socket.FD), Events: unix.POLLIN})
		n, err := socket.Poll(fds, limit)
		if err != nil && err != unix.EINTR {
			s.Failed(report.Poll, err)
		}
		s.changes.Take(s.become)
		if n > 0 && fds[len(fds)-1].Revents != 0 {
			return ctx.Err() == nil
		}
		if s.reap == ReapPoll {
			s.sweep()
		}
	}
	return false
}

// fork makes the child, lets the parent give up what is now the child's, and does the parent's duty if it is due now.
// Without a child, for lack of processes or memory, the client is turned away.
func (s *forkServer) fork(release func()) {
	s.child.Work = s.Work()
	s.Call(report.Clone)
	pid, err := rawfork.Fork(&s.child)
	release()
	if err != nil {
		s.Failed(report.Clone, err)
		return
	}
	s.Note(func(r *Report) { r.Processes++ })
	switch s.reap {
	case ReapPoll:
		s.active = append(s.active, pid)
		s.sweep()
	case ReapDoubleFork:
		s.waitForMiddle(pid)
	}
}

// sweep waits without blocking for each child by its pid, and so never takes a child that is not the server's.
func (s *forkServer) sweep() {
	alive := s.active[:0]
	for _, pid := range s.active {
		if _, gone := s.wait(pid, unix.WNOHANG); !gone {
			alive = append(alive, pid)
		}
	}
	s.active = alive
}

// wait reaps one child, and reports whether it is gone. The status is -1 if another has reaped it.
func (s *forkServer) wait(pid, flags int) (status int, gone bool) {
	got, how, err := s.wait4(pid, flags)
	switch {
	case err != nil:
		s.Failed(report.Wait, err)
		return -1, true
	case got == pid:
		return how.ExitStatus(), true
	}
	return -1, false
}

// wait4 is the system call, of a certain child or of any (-1). It goes on after a signal.
func (s *forkServer) wait4(pid, flags int) (got int, how unix.WaitStatus, err error) {
	for {
		s.Call(report.Wait)
		if got, err = unix.Wait4(pid, &how, flags, nil); err == unix.EINTR {
			continue
		}
		if got > 0 {
			s.Note(func(r *Report) { r.CountReaped(how) })
		}
		return got, how, err
	}
}

// waitForMiddle reaps the child that only forked. It founded a session, by whose number the grandchild is known.
func (s *forkServer) waitForMiddle(pid int) {
	if status, _ := s.wait(pid, 0); status != 0 {
		s.Failed(report.Clone, unix.EAGAIN)
		return
	}
	s.Note(func(r *Report) { r.Processes++; r.Abandoned++ })
	s.orphans.Add(pid)
}

// end lets the children finish, ends those that take too long, does the parent's duty for the last of them, and
// closes the books. With ReapNone and ReapOnce zombies are left: they are what is to be seen.
func (s *forkServer) end() error {
	children := func() ([]int, error) { return proc.Children(s.tid) }
	ended, err := proc.End(children, s.options.Grace)
	err = errors.Join(err, s.settle(children))
	late, endErr := proc.End(s.orphans.Members, s.options.Grace)
	ended, err = ended+late, errors.Join(err, endErr)
	zombies, listErr := children()
	s.SettleLive()
	s.Note(func(r *Report) {
		r.Ended = int64(ended)
		r.ZombiesLeft = int64(len(zombies))
		deaths := r.Processes - r.Abandoned
		if r.ReapChanges > 0 { // when each of them died is not known
			return
		}
		switch s.reap {
		case ReapHandler, ReapOnce:
			r.Coalesced = deaths - r.Delivered
		case ReapIgnore:
			r.AutoReaped = deaths - r.ZombiesLeft
		}
	})
	return errors.Join(err, listErr)
}

// settle waits until the dead are reaped, as far as the way to reap does that at all.
func (s *forkServer) settle(children func() ([]int, error)) error {
	switch s.reap {
	case ReapPoll:
		s.sweep()
	case ReapHandler:
		return proc.Settled("the dead are not reaped", func() (bool, error) {
			pids, err := children()
			return len(pids) == 0, err
		})
	case ReapIgnore: // whoever ended under it is gone in a moment, and never a zombie
		return proc.Settled("the dead are not gone", func() (bool, error) {
			pids, err := children()
			return !slices.ContainsFunc(pids, func(pid int) bool {
				stat, err := proc.ReadStat(pid)
				return err == nil && stat.State != 'Z'
			}), err
		})
	case ReapOnce:
		quiet := 0 // twice in a row: a signal is no longer pending a moment before its handler begins
		return proc.Settled("signal handlers are still running", func() (bool, error) {
			now, err := sigchld.Quiet()
			if quiet++; !now {
				quiet = 0
			}
			return quiet == 2, err
		})
	}
	return nil
}
