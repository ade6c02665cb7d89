package servers

// Another way to reap, while the fork server serves: what becomes of the zombies that are there?
//
// A dead child sends its SIGCHLD once. So a new handler hears of those that die from now on; what is dead already
// stays, until somebody looks. Who sets a handler therefore waits once by himself, in a loop, as handler, poll and
// double-fork do here. once and ignore do not: a handler with a single wait takes one child a signal, whichever it is,
// and SIG_IGN has the kernel reap those alone that end from then on. none takes a handler away, and the next child
// stays a zombie.

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/server"
	"tracer/servers/internal/sigchld"
)

// Reaper is a server that can be told, while it serves, to reap in another way: fork, with Options.Adjustable.
type Reaper interface {
	Server
	// SetReap returns when the server has begun to reap in that way. It may be called from any goroutine after Listen,
	// and waits for Serve to begin; after the end it returns ErrNotServing.
	SetReap(Reap) error
}

// Worker is a server that can be told, while it serves, to do something else for a request: all but prefork, whose
// workers were forked with what they do.
type Worker interface {
	Server
	// SetWork is of the requests that come from now on. It may be called from any goroutine.
	SetWork(Work) error
}

// ErrForkedBefore is returned by SetWork of a server with workers that it has forked before.
var ErrForkedBefore = errors.New("the workers were forked with what they do for a request")

// ErrNotServing is returned by SetReap before Listen and after the end.
var ErrNotServing = server.ErrNotServing

// Listen implements Server.
func (s *forkServer) Listen() (net.Addr, error) {
	address, err := s.base.Listen()
	if err == nil && s.options.Adjustable {
		if err = s.changes.Open(); err != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return address, err
}

// Close implements Server.
func (s *forkServer) Close() error {
	s.changes.Close()
	return s.base.Close()
}

// SetReap implements Reaper.
func (s *forkServer) SetReap(way Reap) error { return s.changes.Ask(way) }

// become is called on the thread that serves: the children are that thread's.
func (s *forkServer) become(way Reap) error {
	if err := sigchld.Change(dispositions[way]); err != nil {
		return err
	}
	s.reap, s.child.Orphan = way, way == ReapDoubleFork
	s.Note(func(r *Report) { r.Reap = way.String(); r.ReapChanges++ })
	var err error
	switch way {
	case ReapHandler, ReapDoubleFork:
		err = s.reapDead()
	case ReapPoll:
		s.active, err = proc.Children(s.tid)
		s.sweep()
	}
	return err
}

// reapDead waits for all children that are dead by now.
func (s *forkServer) reapDead() error {
	for {
		switch pid, _, err := s.wait4(-1, unix.WNOHANG); {
		case err == unix.ECHILD || err == nil && pid == 0:
			return nil
		case err != nil:
			return err
		}
	}
}
