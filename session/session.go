// Package session is a trace under way, as a value: it launches a command under the probes or attaches to what runs,
// passes on the events, records them if it is to, ends the trace in order, and says how it ended.
//
// Start begins one, in a program that has called Init. Its events are read from Events until that is closed, or by
// Next, and then Wait gives the result. Until then the trace is ended by the context, by Leave, by Stop or by
// Options.Duration; else it ends with the last traced task.
package session

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/event"
	"tracer/probes"
	"tracer/record"
	"tracer/words"
)

// Init must come first in main. A command is launched by way of a second process of the same program, which waits until
// the probes know it: in that process Init does all that there is to do, and reports done; main must then return.
func Init() (done bool, err error) {
	if err := probes.SetAside(); err != nil {
		return false, err
	}
	initialized.Store(true)
	return reexec.Init(), nil
}

// initialized: without Init the second process would be the program once more, which would start a third.
var initialized atomic.Bool

var errNotInitialized = errors.New("this program cannot launch a command; let its main call session.Init first of all")

// Target is what is to be launched, or attached to.
type Target struct {
	Command probes.Command // what to launch, when Attach is empty
	Attach  probes.Targets // what runs already
	Title   string         // in words
	// Server says that the command runs until it is told to stop, and then ends in order. So it is told by SIGTERM when
	// the trace is to end, and the trace goes on until it has ended.
	Server bool
}

// Options of a trace. The zero value traces to the end of the last task and records nothing.
type Options struct {
	Probes    probes.Options
	Duration  time.Duration // the trace ends after it; 0: it has no limit
	LeaveIt   bool          // Leave does not tell the command to stop, and it outlives tracer
	Recording *Recording    // nil: none
}

// Recording is where a trace is recorded.
type Recording struct {
	File  *record.Output // closed by the session, also when it does not start
	Name  string         // for errors
	Agent string         // the version of the program that records
}

// Interrupted is the cause of a context that a signal has ended. The launched program can have been sent the signal as
// well.
type Interrupted struct{ Signal syscall.Signal }

// Error names the signal.
func (i Interrupted) Error() string { return "ended by " + unix.SignalName(i.Signal) }

// Reason is why a trace ended, as recordings have it: in English, for programs.
type Reason string

// The reasons.
const (
	LastEnded   Reason = "the last traced task ended"
	TimeUp      Reason = "the time was up"
	UserLeft    Reason = "the user left"
	ByInterrupt Reason = "interrupted"
	Stopped     Reason = "the trace was stopped"
)

// Result is how a trace ended.
type Result struct {
	Reason Reason
	// Ended: the launched command has ended, with Code: its exit code, or 128 and the number of the signal
	// that ended it.
	Ended bool
	Code  int
	// Missed says in sentences what was not seen of what there was to see.
	Missed []words.Message
	// Living are the processes that still run, though the trace of what was launched has ended; as a Seen event each.
	Living []event.Event
}

// Session is one trace under way.
type Session struct {
	target   Target
	options  Options
	asked    context.Context // the caller's: done when the trace is to end
	probes   *probes.Probes
	root     *probes.Root // nil when attached
	found    probes.Found // when attached
	writer   *record.Writer
	marks    atomic.Pointer[[]event.Mark] // the last ones that were set
	marked   chan struct{}                // they were set anew
	events   chan []event.Event
	batch    []event.Event // that Next is giving out, and what is left of it
	rest     []event.Event
	failed   chan error // of the stages, one each
	stages   int
	cancel   context.CancelFunc // ends the trace at once
	leaving  context.Context    // done when the user has seen enough
	quit     context.CancelFunc // makes it so
	stopping context.Context    // done when nobody wants to wait any longer
	hurry    context.CancelFunc // makes it so
	cut      atomic.Bool        // the trace was ended before what it traces
	halted   atomic.Bool        // the root was stopped by SignalTo
	reason   chan Reason        // why it ended, once it has
}

// Start loads the probes, launches the target or attaches to it, and begins to read. When ctx is done the trace ends in
// order: a server is told to stop, and a command that was sent the signal of an Interrupted cause, too, has a moment to
// end by it. An error that is ctx's cause means that nothing was begun. A probes.Unsupported says what this machine
// lacks, a probes.LaunchError why the command could not be executed, a probes.TargetError why there is nothing to
// attach to.
func Start(ctx context.Context, t Target, o Options) (_ *Session, err error) {
	s := &Session{target: t, options: o, asked: ctx, failed: make(chan error, 2), reason: make(chan Reason, 1),
		marked: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.giveUp())
		}
	}()
	if t.Attach.Empty() && !initialized.Load() {
		return nil, errNotInitialized
	}
	if s.probes, err = probes.Load(o.Probes); err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // what is not there yet would not hear of it
		return nil, context.Cause(ctx)
	}
	if t.Server && !o.LeaveIt {
		t.Command.Death = syscall.SIGTERM
	}
	if t.Attach.Empty() {
		s.root, err = s.probes.Launch(t.Command)
	} else {
		s.found, err = s.probes.Attach(t.Attach)
	}
	if err != nil && ctx.Err() != nil { // a terminal interrupts what is being launched, too
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	s.start()
	// It may not have been there to hear of it; a server is told by watch
	if ctx.Err() != nil && s.root != nil && !t.Server {
		s.Terminate()
	}
	return s, nil
}

// stageRoom is how many batches can wait for the next stage; a test has less.
var stageRoom = 64

// start connects the stages.
func (s *Session) start() {
	running, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	read := make(chan []event.Event, stageRoom)
	s.events = read
	s.stages = 1
	go func() {
		err := s.probes.Run(running, read)
		cancel() // there is nothing left to end
		s.failed <- err
	}()
	if s.options.Recording != nil {
		s.stages++
		s.events = make(chan []event.Event, stageRoom)
		go func() { s.failed <- s.record(read, s.events) }()
	}
	s.leaving, s.quit = context.WithCancel(context.Background())
	s.stopping, s.hurry = context.WithCancel(context.Background())
	go func() { s.reason <- s.watch(running) }()
}

// Events returns the events in batches, in order, until it is closed. A reader that does not read holds the trace up.
func (s *Session) Events() <-chan []event.Event { return s.events }

// Next copies the next events into buf, at most as many as there is room, and returns how many; io.EOF at the end. It
// waits for them. It is another way to read them than Events: a session is a source for exporters.
func (s *Session) Next(buf []event.Event) (int, error) {
	for len(s.rest) == 0 {
		for i := range s.batch { // what they point to may be looked at still
			s.batch[i].Cost = nil
		}
		if s.batch != nil {
			s.Reuse(s.batch)
		}
		var ok bool
		if s.batch, ok = <-s.events; !ok {
			return 0, io.EOF
		}
		s.rest = s.batch
	}
	n := copy(buf, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Reuse takes back a batch of Events, to fill it again, when nobody looks at it any more, nor at what its events point
// to. It need not be called.
func (s *Session) Reuse(batch []event.Event) { s.probes.Reuse(batch) }

// Unseen says in sentences what this kernel does not let the trace see.
func (s *Session) Unseen() []words.Message { return s.probes.Unseen() }

// Found returns what was attached to. From then on nothing of it is missed. ok reports whether the session has attached
// to its target, and not launched it.
func (s *Session) Found() (found probes.Found, ok bool) { return s.found, s.root == nil }

// Terminate sends SIGTERM to what was launched. What was attached to is left alone, and the trace of it ends at once.
func (s *Session) Terminate() {
	if s.root == nil {
		s.cutShort()
		return
	}
	_ = s.root.Signal(syscall.SIGTERM)
	if s.hosted() && s.root.Ignores(syscall.SIGTERM) { // as a shell at a terminal does, which ends with that
		_ = s.root.Signal(syscall.SIGHUP)
	}
	if s.halted.Load() { // or it would not hear of it
		_ = s.root.Signal(syscall.SIGCONT)
	}
}

// Leave ends the trace because the user has seen enough. What was launched is told to stop, unless it is to be left.
func (s *Session) Leave() { s.quit() }

// Left is done when the user has left.
func (s *Session) Left() context.Context { return s.leaving }

// Stop ends the trace at once, while what it traces may go on.
func (s *Session) Stop() { s.hurry() }

func (s *Session) cutShort() {
	s.cut.Store(true)
	s.cancel()
}

// Wait waits until the trace has ended, closes the recording and the probes, and returns the result. It must be called
// once, when no more events are to be read: those that were not, because an exporter has failed say, are passed over. A
// recording has them all the same. The result tells what it can when there is an error, too.
func (s *Session) Wait() (r Result, err error) {
	for batch := range s.events { // nobody else will, and the stages wait for that
		s.Reuse(batch)
	}
	var errs []error
	for range s.stages {
		errs = append(errs, <-s.failed)
	}
	s.cancel()
	r.Missed = s.probes.Missed()
	r.Reason = <-s.reason
	if r.Ended = s.root != nil && !(s.cut.Load() && s.root.Running()); r.Ended {
		r.Code, err = s.root.Wait()
		errs = append(errs, err)
	}
	if s.cut.Load() && s.root != nil {
		r.Living, err = s.probes.Living()
		errs = append(errs, err)
	}
	if s.root != nil && !r.Ended {
		s.root.Leave()
	}
	errs = append(errs, s.seal(&r), s.close())
	return r, errors.Join(errs...)
}

// giveUp closes a session that did not start. An older recording of the same name stays as it was.
func (s *Session) giveUp() error {
	var err error
	if r := s.options.Recording; r != nil {
		err = s.target.Command.User.As(r.File.Abandon)
	}
	return errors.Join(err, s.close())
}

func (s *Session) close() error {
	var errs []error
	if s.probes != nil {
		errs = append(errs, s.probes.Close())
	}
	if r := s.options.Recording; r != nil {
		errs = append(errs, r.File.Close())
	}
	return errors.Join(errs...)
}

// meta is what a recording says of its trace, which begins with these events.
func (s *Session) meta(first []event.Event) record.Meta {
	host, _ := os.Hostname()
	kernel, machine := probes.Uname()
	m := record.Meta{
		Tracer: s.options.Recording.Agent, Kernel: kernel, Hostname: host, Arch: machine,
		Command: s.target.Command.Args, Target: s.target.Title,
		Wall: time.Now(), Boot: probes.Now(), CPUs: runtime.NumCPU(), ClockTicks: probes.ClockTicks(),
		Extra: map[string]string{record.ExtraCoroutines: s.options.Probes.Coroutines.String(),
			record.ExtraHTTP: strconv.FormatBool(s.options.Probes.HTTP)},
	}
	if s.root != nil {
		m.Root = record.Root{PID: s.root.PID, TID: event.TID(s.root.PID)}
		for i := range first {
			if e := &first[i]; e.Kind == event.Exec && e.Flags.Has(event.Launch) {
				m.Root.Start = e.Task.Start
			}
		}
	}
	return m
}

// record is the stage between the probes and the rest. It never drops and never reorders.
func (s *Session) record(in <-chan []event.Event, out chan<- []event.Event) (err error) {
	defer close(out)
	flush := time.NewTicker(time.Second)
	defer flush.Stop()
	check := func(failure error) {
		if failure != nil {
			err, s.writer = s.unwritten(failure), nil
			s.cutShort()
		}
	}
	if s.root == nil {
		check(s.begin(nil))
	}
	dirty := false
	for {
		select {
		case batch, ok := <-in:
			if s.writer == nil && err == nil {
				check(s.begin(batch))
			}
			if !ok {
				return err
			}
			if s.writer != nil {
				check(s.writer.Write(batch))
				dirty = true
			}
			out <- batch
		case <-s.marked:
			if s.writer != nil {
				check(s.mark())
			}
		case <-flush.C:
			if dirty && s.writer != nil {
				check(s.writer.Flush())
				dirty = false
			}
		}
	}
}

// Control has the trace tell what the user is about to change: of e the action and its setting. Its place is before
// all that comes of it.
func (s *Session) Control(e *event.Event) error { return s.probes.Control(e) }

// SignalTo sends a signal to a process of the trace, and has the trace tell before that the user does so. What was
// launched and is stopped so goes on before it is told to end.
func (s *Session) SignalTo(leader event.Task, number syscall.Signal) error {
	err := s.probes.SignalTo(leader, number)
	if err == nil && s.root != nil && leader.TID == event.TID(s.root.PID) && number == syscall.SIGSTOP {
		s.halted.Store(true)
	}
	return err
}

// Mark puts marks into the recording, in the place of those that it was given before. It does not wait for that.
func (s *Session) Mark(marks []event.Mark) {
	s.marks.Store(&marks)
	select {
	case s.marked <- struct{}{}:
	default: // those that wait to be written are read then
	}
}

// mark writes the marks that were set last.
func (s *Session) mark() error {
	if marks := s.marks.Load(); marks != nil {
		return s.writer.Mark(*marks)
	}
	return nil
}

// begin replaces an older recording of the same name. The first event of a launched program tells when that was
// created.
func (s *Session) begin(first []event.Event) (err error) {
	file := s.options.Recording.File
	if err = file.Begin(); err == nil {
		s.writer, err = record.NewWriter(file, s.meta(first))
	}
	return err
}

// seal ends the recording with how the trace ended, and sees that its name still leads to it.
func (s *Session) seal(r *Result) error {
	if s.writer == nil {
		return nil
	}
	t := record.Trailer{Reason: string(r.Reason), Wall: time.Now(), Boot: probes.Now()}
	if r.Ended {
		t.ExitCode = &r.Code
	}
	var err error
	select {
	case <-s.marked: // since the last event
		err = s.mark()
	default:
	}
	if err == nil {
		err = s.writer.Close(t)
	}
	if err == nil {
		err = s.target.Command.User.As(func() error { return s.options.Recording.File.Verify(s.writer.Size()) })
	}
	if err != nil {
		return s.unwritten(err)
	}
	return nil
}

func (s *Session) unwritten(err error) error {
	return words.About(err, func(l *words.Language, reason string) string {
		return l.Recordings.Write(s.options.Recording.Name, reason)
	})
}
