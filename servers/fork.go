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
// Order of system calls: parent accept4, clone, close (with poll: poll, accept4, clone, close, wait4 ...); child
// close_range, recvfrom, sendto, ..., recvfrom = 0, exit_group. Over UDP: parent recvfrom, clone; child sendto,
// exit_group.

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/rawfork"
	"tracer/servers/internal/service"
	"tracer/servers/internal/sigchld"
	"tracer/servers/internal/socket"
)

type forkServer struct {
	*base
	child   rawfork.Child
	tid     int      // the thread that accepts and forks: the children are this thread's
	active  []int    // poll: children not yet reaped
	orphans sessions // double-fork: of the grandchildren
}

func newFork(b *base) Server {
	o := b.options
	return &forkServer{base: b, child: rawfork.Child{
		Talk:   service.NewTalk(o.Service, o.Network != "udp"),
		Work:   o.Work,
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
	if s.socket == nil {
		return errNotListening
	}
	runtime.LockOSThread() // accept and fork on one thread, as the single-threaded original does
	defer runtime.UnlockOSThread()
	s.tid = unix.Gettid()
	restore, err := sigchld.Set(dispositions[s.options.Reap])
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if s.options.Reap == ReapHandler || s.options.Reap == ReapOnce {
		s.setLive(func(r *Report) { r.addTally(sigchld.Read()) })
	}
	release := s.interruptWith(ctx)
	s.child.Listener = s.socket.FD
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
		conn, ok, err := s.accept(ctx, 0)
		if !ok {
			return err
		}
		s.child.Socket = conn
		s.fork(func() { unix.Close(conn) })
	}
	return nil
}

func (s *forkServer) serveDatagrams(ctx context.Context) error {
	s.child.Socket = s.socket.FD
	s.child.Datagram = new(rawfork.Datagram)
	for s.await(ctx) {
		s.call(CallReceive)
		n, err := socket.ReceiveFrom(s.socket.FD, s.child.Talk.Room(), &s.child.Datagram.Peer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			s.failed(CallReceive, err)
			if socket.FateOf(err) == socket.Fail {
				return fmt.Errorf("receive: %w", err)
			}
			continue
		}
		s.note(func(r *Report) { r.Datagrams++ })
		s.child.Datagram.Length = n
		s.fork(func() {})
	}
	return nil
}

// await blocks in poll(2) when children must be looked at between two clients. Otherwise the accept itself blocks.
func (s *forkServer) await(ctx context.Context) bool {
	if s.options.Reap != ReapPoll {
		return ctx.Err() == nil
	}
	for ctx.Err() == nil {
		s.call(CallPoll)
		fds := []unix.PollFd{{Fd: int32(s.socket.FD), Events: unix.POLLIN}}
		n, err := socket.Poll(fds, milliseconds(s.options.PollInterval))
		if err != nil && err != unix.EINTR {
			s.failed(CallPoll, err)
		}
		if n > 0 {
			return ctx.Err() == nil
		}
		s.sweep()
	}
	return false
}

// fork makes the child, lets the parent give up what is now the child's, and does the parent's duty if it is due now.
// Without a child, for lack of processes or memory, the client is turned away.
func (s *forkServer) fork(release func()) {
	s.call(CallClone)
	pid, err := rawfork.Fork(&s.child)
	release()
	if err != nil {
		s.failed(CallClone, err)
		return
	}
	s.note(func(r *Report) { r.Processes++ })
	switch s.options.Reap {
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

// wait reaps one child, and tells whether it is gone. The status is -1 if another has reaped it.
func (s *forkServer) wait(pid, flags int) (status int, gone bool) {
	for {
		s.call(CallWait)
		var status unix.WaitStatus
		got, err := unix.Wait4(pid, &status, flags, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			s.failed(CallWait, err)
			return -1, true
		case got == pid:
			s.note(func(r *Report) { r.reaped(status) })
			return status.ExitStatus(), true
		}
		return -1, false
	}
}

// waitForMiddle reaps the child that only forked. It founded a session, by whose number the grandchild is known.
func (s *forkServer) waitForMiddle(pid int) {
	if status, _ := s.wait(pid, 0); status != 0 {
		s.failed(CallClone, unix.EAGAIN)
		return
	}
	s.note(func(r *Report) { r.Processes++; r.Abandoned++ })
	s.orphans.add(pid)
}
