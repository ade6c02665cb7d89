package probes

import (
	"net/netip"
	"slices"
	"time"
	"unsafe"

	"tracer/bpf"
	"tracer/event"
)

// Who holds a socket is not followed from fork to fork: an iterator over the files of all tasks tells, when that is
// worth to be known. It costs as much as there are open files on the machine, so it looks seldom.

const (
	// So long has a connection been held when a look is to tell of it, or a socket that listens since an exec: more
	// than a process needs to close it.
	heldFor      = 200 * time.Millisecond
	leakedFor    = time.Second
	fileInterval = time.Second     // the shortest between two looks
	fileRound    = 5 * time.Second // between two looks at what was told before
)

// files is what the events tell of sockets that somebody may hold without use.
type files struct {
	left   map[uint64]bool // connections that were let go of and are not closed
	kept   bool            // a program was executed with a socket that listens
	ports  []uint16        // that a bind found in use
	due    time.Time       // when to look at what was not told yet; zero: there is nothing
	again  time.Time       // when to look at all that were let go of
	looked time.Time
	looks  uint32
}

// mostPorts bounds how many ports that are in use are looked at, each by a look of its own.
const mostPorts = 4

func (f *files) take(e *event.Event) {
	switch e.Kind {
	case event.LetGo:
		f.left[e.Connection] = true
		f.expect(heldFor)
	case event.Close:
		delete(f.left, e.Connection)
	case event.Hold:
		if e.Rare.Value().Occasion == event.AtExec && e.Connection == 0 {
			f.kept = true
			f.expect(leakedFor)
		}
	case event.Fail:
		if port := portInUse(e); port != 0 && len(f.ports) < mostPorts && !slices.Contains(f.ports, port) {
			f.ports = append(f.ports, port)
		}
	}
}

// portInUse is the port that a call could not have, 0 when that is not why it failed.
func portInUse(e *event.Event) uint16 {
	if e.Rare.Value().Errno != event.EADDRINUSE {
		return 0
	}
	s := e.Socket.Value()
	at, err := netip.ParseAddrPort(string(s.Local + s.Listener)) // it has one of them
	if err != nil {
		return 0
	}
	return at.Port()
}

// expect has a look made when what has just been read will have lasted.
func (f *files) expect(after time.Duration) {
	if due := time.Now().Add(after); f.due.IsZero() || due.Before(f.due) {
		f.due = due
	}
}

// aim says what a look at the files is to tell of.
type aim struct {
	left bpf.TracerTracerLook // connections that were let go of
	kept bool                 // sockets that listen, of processes whose program was executed with one
	all  bool                 // those of all traced processes
	port uint16               // those that listen there, whoever holds them; 0: none
}

// lookAtFiles looks if there is what is worth it, and it is time to.
func (s *stream) lookAtFiles() error {
	f := &s.files
	if s.finished || len(f.ports) == 0 && f.due.IsZero() && len(f.left) == 0 {
		return nil
	}
	now := time.Now()
	if now.Sub(f.looked) < fileInterval {
		return nil
	}
	ports := f.ports
	f.ports = nil
	for _, port := range ports {
		if err := s.lookAt(aim{port: port}); err != nil {
			return err
		}
	}
	switch {
	case !f.due.IsZero() && now.Before(f.due):
	case !f.due.IsZero():
		a := aim{left: bpf.TracerTracerLookTRACER_LOOK_FIRST + bpf.TracerTracerLook(f.looks), kept: f.kept}
		f.looks++
		f.due, f.again = time.Time{}, now.Add(fileRound)
		return s.lookAt(a)
	case len(f.left) > 0 && now.After(f.again):
		f.again = now.Add(fileRound)
		return s.lookAt(aim{left: bpf.TracerTracerLookTRACER_LOOK_AT_EACH})
	}
	return nil
}

// lookAtFilesLast looks once more before the end of a trace whose tasks go on.
func (s *stream) lookAtFilesLast() error {
	if s.finished || len(s.files.left) == 0 && !s.files.kept {
		return nil
	}
	return s.lookAt(aim{left: bpf.TracerTracerLookTRACER_LOOK_AT_EACH, kept: s.files.kept})
}

// lookAt has the kernel side tell who holds what, and takes that.
func (s *stream) lookAt(a aim) error {
	for name, value := range map[string]uint32{bpf.TracerVarLookAtLeft: uint32(a.left),
		bpf.TracerVarLookAtKept: flag(a.kept), bpf.TracerVarLookAtAll: flag(a.all),
		bpf.TracerVarLookAtPorts: flag(a.port != 0), bpf.TracerVarWantedPort: uint32(a.port)} {
		if err := s.probes.setVariable(name, value); err != nil {
			return err
		}
	}
	s.files.looked = time.Now()
	return s.probes.iterate(bpf.TracerProgFilesMet, s.probes.room(int(unsafe.Sizeof(bpf.TracerHoldRecord{}))),
		func([]byte) error { return s.collect() })
}
