package servers

// The prefork server: processes made beforehand, each of which accepts for itself.
//
// A fork for each connection makes each client wait for a fork. Here Workers processes are forked once, and all block
// in accept4 on the listening socket that they have inherited: the kernel wakes one of them for each connection, the
// one that has waited longest. A worker serves one client at a time and returns to accept. The parent only waits for
// its workers and replaces the dead, so that a crash costs one client its connection and the server a fork.
//
// With ReusePort each worker has a socket of its own on the same port (SO_REUSEPORT), and the kernel deals the
// connections out by a hash of the addresses, when they arrive: no shared queue, but a connection that was dealt to a
// busy worker waits although another is idle. The parent has all sockets open, so that a dead worker's queue is not
// lost but its replacement's.
//
// Order of system calls: parent clone (for each worker), wait4; worker close_range, then for each client accept4,
// recvfrom, sendto, ..., recvfrom = 0, close.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/rawfork"
	"tracer/servers/internal/report"
	"tracer/servers/internal/server"
	"tracer/servers/internal/service"
	"tracer/servers/internal/sigchld"
	"tracer/servers/internal/socket"
)

type preforkServer struct {
	*base
	more  []*socket.Socket // with ReusePort: those of the second and further workers
	board *rawfork.Scoreboard
	pids  []int // of the workers, 0 while there is none; changed only under the ledger's lock
	tid   int   // the thread that forks
}

func newPrefork(b *base) Server { return &preforkServer{base: b, pids: make([]int, b.options.Workers)} }

// SetWork implements Worker.
func (s *preforkServer) SetWork(Work) error { return ErrForkedBefore }

// Listen opens one socket or, with ReusePort, one for each worker on the port of the first.
func (s *preforkServer) Listen() (net.Addr, error) {
	addr, err := s.base.Listen()
	if err != nil || !s.options.ReusePort {
		return addr, err
	}
	config := s.options.socket()
	config.Address = addr.String()
	for range s.options.Workers - 1 {
		next, err := socket.Listen(config)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.more = append(s.more, next)
	}
	return addr, nil
}

func (s *preforkServer) Close() error {
	err := s.base.Close()
	for _, other := range s.more {
		err = errors.Join(err, other.Close())
	}
	s.more = nil
	return err
}

func (s *preforkServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread() // the workers are this thread's children
	defer runtime.UnlockOSThread()
	s.tid = unix.Gettid()
	restore, err := sigchld.Set(sigchld.Default)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	s.board, err = rawfork.NewScoreboard(s.options.Workers)
	if err != nil {
		return errors.Join(err, s.Close(), restore())
	}
	s.SetLive(s.addScores)
	release := s.stopWith(ctx)
	err = s.supervise(ctx)
	err = errors.Join(err, release())
	s.SettleLive()
	return errors.Join(err, s.board.Close(), s.Close(), restore())
}

// stopWith makes the workers stop when ctx ends: their accept fails, and they end after their client. Those that take
// longer than the grace are ended by signals.
func (s *preforkServer) stopWith(ctx context.Context) (release func() error) {
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		for _, each := range append(s.more, s.Socket) {
			each.Interrupt()
		}
		// The kernel's list, not s.pids: a worker can serve before the parent has noted its pid.
		n, err := proc.End(func() ([]int, error) { return proc.Children(s.tid) }, s.options.Grace)
		s.Note(func(r *Report) { r.Ended = int64(n) })
		ended <- err
	})
	return func() error {
		if stop() {
			return nil
		}
		return <-ended
	}
}

// supervise starts the workers, and one for each that dies, until ctx ends and all are gone.
func (s *preforkServer) supervise(ctx context.Context) error {
	talk := service.NewTalk(s.options.Service, true)
	for i := range s.pids {
		s.startWorker(ctx, i, talk)
	}
	for {
		s.Call(report.Wait)
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, wNoThread, nil)
		switch {
		case err == unix.EINTR:
		case err == unix.ECHILD && ctx.Err() != nil:
			return nil
		case err == unix.ECHILD:
			return errors.New("no worker could be started")
		case err != nil:
			return fmt.Errorf("wait for a worker: %w", err)
		default:
			s.replace(ctx, pid, status, talk)
		}
	}
}

// wNoThread: wait for the children of this thread only (__WNOTHREAD), not for those of the whole program.
const wNoThread = 0x20000000

// replace does what is due after the death of a worker.
func (s *preforkServer) replace(ctx context.Context, pid int, status unix.WaitStatus, talk *service.Talk) {
	slot, idle := -1, false
	s.Note(func(r *Report) {
		for i := range s.pids {
			if s.pids[i] == pid {
				slot, idle = i, s.board.Scores[i].Accepts() == 0
				s.addScore(r, i)
				s.pids[i] = 0
			}
		}
		r.CountReaped(status)
	})
	if slot < 0 || ctx.Err() != nil {
		return
	}
	if idle && !server.Sleep(ctx, pauseBetweenDeaths) {
		return
	}
	s.Note(func(r *Report) { r.Replaced++ })
	s.startWorker(ctx, slot, talk)
}

// pauseBetweenDeaths keeps workers that die without having served anybody from keeping the machine busy.
const pauseBetweenDeaths = 100 * time.Millisecond

// startWorker forks a worker for a slot; for lack of processes or memory it tries again until ctx ends.
func (s *preforkServer) startWorker(ctx context.Context, slot int, talk *service.Talk) {
	listener := s.Socket.FD
	if slot > 0 && s.options.ReusePort {
		listener = s.more[slot-1].FD
	}
	s.board.Scores[slot].Clear()
	child := rawfork.Child{
		Talk: talk, Work: s.options.Work, Socket: listener, Listener: -1, Worker: &s.board.Scores[slot],
	}
	for pause := server.PauseMin; ctx.Err() == nil; pause = min(2*pause, server.PauseMax) {
		s.Call(report.Clone)
		pid, err := rawfork.Fork(&child)
		if err == nil {
			s.Note(func(r *Report) {
				r.Processes++
				s.pids[slot] = pid
			})
			return
		}
		s.Failed(report.Clone, err)
		server.Sleep(ctx, pause)
	}
}

// maxTasks bounds Report.AcceptsByTask: of further workers only the sum is kept.
const maxTasks = 4096

// addScore adds a worker's counts. The ledger is locked.
func (s *preforkServer) addScore(r *Report, slot int) {
	score := &s.board.Scores[slot]
	r.Accepts += score.Accepts()
	if n := score.Failures(); n > 0 {
		r.Errors["serve: failed"] += n
	}
	if r.AcceptsByTask == nil {
		r.AcceptsByTask = map[int]int64{}
	}
	if len(r.AcceptsByTask) < maxTasks {
		r.AcceptsByTask[s.pids[slot]] += score.Accepts()
	}
}

// addScores adds the counts of the workers that live.
func (s *preforkServer) addScores(r *Report) {
	for slot, pid := range s.pids {
		if pid != 0 {
			s.addScore(r, slot)
		}
	}
}
