package servers

import (
	"errors"
	"net"
	"sync"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/report"
	"tracer/servers/internal/sigchld"
)

// Reaper is a server that can be told, while it serves, to reap in another way: fork, with Options.Adjustable.
type Reaper interface {
	Server
	// SetReap returns when the server has begun to reap in that way. It may be called from any goroutine after Listen,
	// and waits for Serve to begin; after the end it returns ErrNotServing.
	SetReap(Reap) error
}

// ErrNotServing is returned by SetReap before Listen and after the end.
var ErrNotServing = errors.New("the server does not serve: its way to reap cannot be changed")

// Listen implements Server.
func (s *forkServer) Listen() (net.Addr, error) {
	address, err := s.base.Listen()
	if err == nil && s.options.Adjustable {
		if err = s.changes.open(); err != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return address, err
}

// Close implements Server.
func (s *forkServer) Close() error {
	s.changes.close()
	return s.base.Close()
}

// SetReap implements Reaper.
func (s *forkServer) SetReap(way Reap) error { return s.changes.ask(way) }

// become is called on the thread that serves. A child that is dead already sends no signal again, so whoever begins to
// rely on waits looks once by himself, as a program does that has just set its handler. SIG_IGN and a handler with a
// single wait do nothing for the zombies of before: that is part of the lesson.
func (s *forkServer) become(way Reap) error {
	if err := sigchld.Change(dispositions[way]); err != nil {
		return err
	}
	s.reap, s.child.Orphan, s.kept = way, way == ReapDoubleFork, 0
	s.Note(func(r *Report) { r.Reap = way.String(); r.ReapChanges++ })
	children, err := proc.Children(s.tid)
	switch way {
	case ReapHandler, ReapDoubleFork:
		err = s.reapDead()
	case ReapPoll:
		s.active = children
		s.sweep()
	case ReapIgnore: // who dies from now on is never a zombie
		for _, pid := range children {
			if stat, statErr := proc.ReadStat(pid); statErr == nil && stat.State == 'Z' {
				s.kept++
			}
		}
	}
	return err
}

// reapDead waits for all children that are dead by now.
func (s *forkServer) reapDead() error {
	for {
		s.Call(report.Wait)
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		switch {
		case err == unix.EINTR:
		case err == unix.ECHILD || err == nil && pid == 0:
			return nil
		case err != nil:
			return err
		default:
			s.Note(func(r *Report) { r.CountReaped(status) })
		}
	}
}

// changes passes the ways to reap that are asked for to the thread that serves, which waits in poll(2). The zero value
// takes none.
type changes struct {
	mu    sync.Mutex
	taken bool // what is asked for is carried out
	wake  int  // an eventfd
	asked []change
}

type change struct {
	way  Reap
	done chan<- error
}

func (c *changes) open() (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	c.taken = err == nil
	return err
}

// close refuses what is still asked for, and all that comes.
func (c *changes) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.taken {
		return
	}
	unix.Close(c.wake)
	c.taken = false
	for _, a := range c.asked {
		a.done <- ErrNotServing
	}
	c.asked = nil
}

// ask waits for the answer.
func (c *changes) ask(way Reap) error {
	done := make(chan error, 1)
	c.mu.Lock()
	if !c.taken {
		c.mu.Unlock()
		return ErrNotServing
	}
	c.asked = append(c.asked, change{way, done})
	_, err := unix.Write(c.wake, []byte{0, 0, 0, 0, 0, 0, 0, 1}) // any number that is not 0
	c.mu.Unlock()
	if err != nil && err != unix.EAGAIN { // EAGAIN: it is awake
		return err
	}
	return <-done
}

// poll returns what poll(2) waits for beside clients.
func (c *changes) poll() []unix.PollFd {
	if !c.taken {
		return nil
	}
	return []unix.PollFd{{Fd: int32(c.wake), Events: unix.POLLIN}}
}

// take carries out what was asked for.
func (c *changes) take(become func(Reap) error) {
	if !c.taken {
		return
	}
	c.mu.Lock()
	var count [8]byte
	_, _ = unix.Read(c.wake, count[:]) // EAGAIN: nothing was asked for
	asked := c.asked
	c.asked = nil
	c.mu.Unlock()
	for _, a := range asked {
		a.done <- become(a.way)
	}
}
