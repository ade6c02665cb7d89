package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"tracer/event"
	"tracer/probes"
	"tracer/record"
	"tracer/servers"
	"tracer/text"
)

// version is set when a release is linked.
var version = "devel"

const (
	// leaveTime is how long a launched program has to end after an interrupt that it heard, while the trace goes on.
	leaveTime = 3 * time.Second
	// hearTime is how long it has to end when it would do so at once, if it was sent the signal, too.
	hearTime = 200 * time.Millisecond
)

var errNotFound = errors.New("not found")

// target is what is to be launched, or attached to.
type target struct {
	command probes.Command
	attach  probes.Targets // empty: launch
	title   string         // in words
	stop    bool           // it is a bundled server: tell it to stop when the trace is to end
	service servers.Service
}

// commandTarget is a program of the user's, looked up with his rights.
func commandTarget(args []string, caller *probes.User) (target, error) {
	t := target{command: probes.Command{Args: args, User: caller}, title: strings.Join(args, " ")}
	var there error
	err := caller.As(func() (err error) {
		t.command.Path, err = exec.LookPath(args[0])
		_, there = os.Stat(args[0])
		return err
	})
	switch {
	case err == nil || errors.Is(err, exec.ErrDot):
		return t, nil
	case errors.Is(err, syscall.EISDIR):
		return t, &probes.LaunchError{Path: args[0], Reason: "is a directory"}
	case errors.Is(err, fs.ErrPermission) && there != nil:
		return t, &probes.LaunchError{Path: args[0], Reason: fs.ErrPermission.Error()}
	case errors.Is(err, fs.ErrPermission):
		return t, &probes.LaunchError{Path: args[0], Reason: "it may not be executed; make it executable with chmod +x, or name its interpreter before it"}
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		err = errNotFound
	}
	return t, fmt.Errorf("launch %q: %w", args[0], err)
}

// modelTarget is a bundled server: tracer itself, as "tracer serve".
func modelTarget(args []string, service servers.Service, caller *probes.User) target {
	return target{
		command: probes.Command{Path: probes.Self(), Args: append([]string{"tracer", "serve"}, args...), User: caller},
		title:   strings.Join(args, " "), stop: true, service: service,
	}
}

// traceOptions are the flags that all tracing commands share.
type traceOptions struct {
	buffer     int
	duration   time.Duration
	output     string // file to record to, empty for none
	rootOnly   bool   // end with the root
	coroutines probes.Coroutines
	hooks      probes.Hooks
	http       bool
	quiet      bool // no word of what still runs
	leave      bool // leave the command running when the screen is quit
}

// session is one trace under way: events flow from the probes, by way of the recording if there is one, to whoever reads events.
type session struct {
	streams *streams
	options traceOptions
	target  target
	ending  *ending // what the user's signals do
	unhook  func()  // gives the signals back
	probes  *probes.Probes
	root    *probes.Root // nil when attached
	found   probes.Found // when attached
	file    *record.Output
	writer  *record.Writer
	events  chan []event.Event
	failed  chan error // of the stages, one each
	stages  int
	cancel  context.CancelFunc // ends the trace at once
	leaving context.Context    // done when the user has seen enough
	quit    context.CancelFunc // tells what was launched to stop, and ends the trace with it
	cut     atomic.Bool        // the trace was ended before what it traces
	reason  chan string        // why it ended, in words, once it has
}

// startSession loads the probes, launches the target and starts the stages. ctx ends the trace.
func startSession(ctx context.Context, out *streams, t target, o traceOptions) (_ *session, err error) {
	s := &session{streams: out, options: o, target: t, failed: make(chan error, 2), reason: make(chan string, 1), unhook: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.giveUp())
		}
	}()
	if o.output != "" { // before the signals are taken: opening a pipe can wait for ever
		if s.file, err = out.create(&o, t.command.User); err != nil {
			return nil, err
		}
	}
	s.takeSignals(ctx)
	if s.probes, err = probes.Load(probes.Options{Buffer: o.buffer, EndWithRoot: o.rootOnly, Coroutines: o.coroutines, Hooks: o.hooks, HTTP: o.http}); err != nil {
		return nil, err
	}
	if err := interruption(s.ending); err != nil { // what is not there yet would not hear of it
		return nil, err
	}
	if t.stop && !o.leave {
		t.command.Death = syscall.SIGTERM
	}
	if t.attach.Empty() {
		s.root, err = s.probes.Launch(t.command)
	} else {
		s.found, err = s.probes.Attach(t.attach)
	}
	if err != nil && s.ending.Err() != nil { // a terminal interrupts what is being launched, too
		err = interruption(s.ending)
	}
	if err != nil {
		return nil, err
	}
	s.say(s.probes.Unseen())
	s.start()
	if s.ending.Err() != nil && s.root != nil && !s.target.stop { // it may not have been there to hear of it; a server is told by watch
		s.terminate()
	}
	return s, nil
}

// takeSignals lets signals end the trace in order. And a reader of tracer's output that goes away does not end it: writing fails, no more,
// and what is launched ends with its own code.
func (s *session) takeSignals(ctx context.Context) {
	s.ending, s.unhook = takeSignals(ctx)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// terminate tells what was launched to stop. What was attached to is left alone, and the trace of it ends at once.
func (s *session) terminate() {
	if s.root == nil {
		s.cutShort()
		return
	}
	_ = s.root.Signal(syscall.SIGTERM)
}

// create makes the recording, with the rights of who called sudo. One that can hold secrets is for him alone.
func (s *streams) create(o *traceOptions, caller *probes.User) (f *record.Output, err error) {
	if o.output == standard {
		out := fileOf(s.out)
		if c, ok := s.out.(*checked); ok && c.closed {
			return nil, usagef("-o -: standard output is closed; redirect it, or name a file")
		}
		if out == nil || term.IsTerminal(int(out.Fd())) {
			return nil, usagef("-o -: a recording is not for a terminal; redirect standard output, or name a file")
		}
		return record.Adopt(out), nil
	}
	how := record.Creation{Private: o.http, NoFollow: o.output == defaultRecording}
	err = caller.As(func() error {
		f, err = record.Create(o.output, how)
		return err
	})
	if errors.Is(err, fs.ErrPermission) && caller != nil {
		err = fmt.Errorf("%w to %s, who called tracer as root; name another file with -o", err, caller.Name)
	}
	return f, err
}

// thriftily collects garbage earlier than Go does by itself, unless the user says how. What lives on is small beside the batches that are
// passed on, so this takes hardly more time, and a tracer is to leave the memory to what it traces.
func thriftily() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// singly lets Go code run on one thread at a time, unless the user says how many. The stages of a recording have little to do each time;
// waking a thread for every hand-over costs more than the work.
func singly() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}

// start connects the stages.
func (s *session) start() {
	thriftily()
	runContext, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	read := make(chan []event.Event, 64)
	s.events = read
	s.stages = 1
	go func() {
		err := s.probes.Run(runContext, read)
		cancel() // there is nothing left to end
		s.failed <- err
	}()
	if s.file != nil {
		s.stages++
		s.events = make(chan []event.Event, 64)
		go func() { s.failed <- s.record(read, s.events) }()
	}
	leaving, quit := context.WithCancel(context.Background())
	s.leaving, s.quit = leaving, quit
	go func() { s.reason <- s.watch(runContext) }()
}

// cutShort ends the trace while what it traces may go on.
func (s *session) cutShort() {
	s.cut.Store(true)
	s.cancel()
}

// leave ends the trace because the user has seen enough. What was launched is told to stop, unless it is to be left.
func (s *session) leave() {
	if s.options.leave {
		s.cutShort()
		return
	}
	s.quit()
}

// watch ends the trace when a signal or the user says so or the time is up, and tells why it ended. A bundled server is told to stop, and its
// end is still traced; so is that of a program which ends by the same signal.
func (s *session) watch(runContext context.Context) (reason string) {
	var timeUp <-chan time.Time
	if s.options.duration > 0 {
		timer := time.NewTimer(s.options.duration)
		defer timer.Stop()
		timeUp = timer.C
	}
	const over = "the last traced task ended"
	select {
	case <-runContext.Done():
		return over
	case <-timeUp:
		reason = "the time was up"
		if !s.target.stop {
			s.cutShort()
			return reason
		}
		s.terminate()
	case <-s.leaving.Done():
		if runContext.Err() != nil { // it was over before
			return over
		}
		reason = "the user left"
		s.terminate()
	case <-s.ending.Done():
		reason = "interrupted"
		if s.target.stop || s.root == nil {
			s.terminate()
		} else if !s.hears() {
			s.cutShort()
			return reason
		}
	}
	leave := time.NewTimer(leaveTime)
	defer leave.Stop()
	select {
	case <-leave.C:
		s.cutShort()
	case <-s.ending.again:
		s.cutShort()
	case <-runContext.Done():
	}
	return reason
}

// hears reports whether the launched program may end by the signal that tracer got, because its group was sent it, too. If the program does
// not catch it then it ends at once or not at all; and a SIGTERM that it catches was as a rule meant for tracer alone.
func (s *session) hears() bool {
	number := syscall.SIGINT
	if i := (interrupted{}); errors.As(context.Cause(s.ending), &i) {
		number = i.signal
	}
	if s.root.Catches(number) && (number == syscall.SIGHUP || number == syscall.SIGINT && foreground()) {
		return true
	}
	return s.root.EndsWithin(hearTime)
}

// record is the stage between the probes and the rest. It never drops and never reorders.
func (s *session) record(in <-chan []event.Event, out chan<- []event.Event) (err error) {
	defer close(out)
	flush := time.NewTicker(time.Second)
	defer flush.Stop()
	check := func(failure error) {
		if failure != nil {
			err, s.writer = fmt.Errorf("write the recording %s: %w", s.options.output, failure), nil
			s.cutShort()
		}
	}
	check(s.begin())
	dirty := false
	for {
		select {
		case batch, ok := <-in:
			if !ok {
				return err
			}
			if s.writer != nil {
				check(s.writer.Write(batch))
				dirty = true
			}
			out <- batch
		case <-flush.C:
			if dirty && s.writer != nil {
				check(s.writer.Flush())
				dirty = false
			}
		}
	}
}

// begin replaces an older recording of the same name.
func (s *session) begin() (err error) {
	if err = s.file.Begin(); err == nil {
		s.writer, err = record.NewWriter(s.file, s.meta())
	}
	return err
}

// say tells what the trace lacks.
func (s *session) say(sentences []string) {
	for _, sentence := range sentences {
		s.streams.message("%s", sentence)
	}
}

func (s *session) meta() record.Meta {
	host, _ := os.Hostname()
	now := time.Now()
	m := record.Meta{
		Tracer: version, Kernel: probes.KernelRelease(), Hostname: host, Arch: runtime.GOARCH,
		Command: s.target.command.Args, Target: s.target.title,
		Wall: now, Boot: probes.Now(), CPUs: runtime.NumCPU(), ClockTicks: 100,
	}
	if s.root != nil {
		m.Root = record.Root{PID: s.root.PID, TID: event.TID(s.root.PID)}
	}
	return m
}

// finish waits for the stages, which end when the events do, closes the recording, and gives the exit code of the launched program. It
// must be called once all events were read.
func (s *session) finish() (code int, err error) {
	var errs []error
	for range s.stages {
		errs = append(errs, <-s.failed)
	}
	s.cancel()
	s.say(s.probes.Missed())
	reason := <-s.reason
	running := s.root == nil || s.cut.Load() && s.root.Running()
	if !running {
		if code, err = s.root.Wait(); err != nil {
			errs = append(errs, err)
		}
	}
	if s.cut.Load() && s.root != nil && !s.options.quiet {
		errs = append(errs, s.sayLiving())
	}
	if running && s.root != nil {
		s.root.Leave()
		if err := interruption(s.ending); err != nil {
			code = int(err.(exitCode))
		}
	}
	if s.writer != nil {
		t := record.Trailer{Reason: reason, Wall: time.Now(), Boot: probes.Now()}
		if !running {
			t.ExitCode = &code
		}
		err := s.writer.Close(t)
		if err == nil {
			err = s.target.command.User.As(func() error { return s.file.Verify(s.writer.Size()) })
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("write the recording %s: %w", s.options.output, err))
		}
	}
	errs = append(errs, s.close())
	return code, errors.Join(errs...)
}

// Of the processes that still run so many are named, by so much of their command lines.
const (
	mostLiving  = 10
	livingWidth = 40
)

// sayLiving says which processes of the trace still run, and how to end them.
func (s *session) sayLiving() error {
	living, err := s.probes.Living()
	if err != nil || len(living) == 0 {
		return err
	}
	var names, ids, deaf []string
	for _, e := range living[:min(len(living), mostLiving)] {
		name := text.Arguments(e.Args)
		if name == "" {
			name = text.Escape(string(e.Comm))
		}
		name, id := text.Cut(name, livingWidth, "..."), text.PIDText(e.PID)
		if why := probes.Deaf(e.PID, syscall.SIGTERM, "SIGTERM"); why != "" {
			names, deaf = append(names, fmt.Sprintf("%s (%s: %s)", id, name, why)), append(deaf, id)
		} else {
			names, ids = append(names, fmt.Sprintf("%s (%s)", id, name)), append(ids, id)
		}
	}
	var kills []string
	if len(ids) > 0 {
		kills = append(kills, "kill "+strings.Join(ids, " "))
	}
	if len(deaf) > 0 {
		kills = append(kills, "kill -9 "+strings.Join(deaf, " "))
	}
	all, how := strings.Join(names, ", "), strings.Join(kills, "; ")
	switch more := len(living) - len(names); {
	case more > 0:
		s.streams.message("processes %s and %d more still run; end those named with: %s", all, more, how)
	case len(names) > 1:
		s.streams.message("processes %s still run; end them with: %s", all, how)
	default:
		s.streams.message("process %s still runs; end it with: %s", all, how)
	}
	return nil
}

// whereabouts says where the recording is and how to see it.
func (s *session) whereabouts(see string) string {
	if s.options.output == standard {
		return "in standard output"
	}
	instead := ""
	if s.file.Replaces() {
		instead = ", in place of an older recording"
	}
	name := s.options.output
	if strings.HasPrefix(name, "-") { // it would be a flag
		name = "./" + name
	}
	return fmt.Sprintf("in %s%s; %s with: tracer view %s", s.options.output, instead, see, text.Arguments(name))
}

// giveUp closes a session that did not start. An older recording of the same name stays as it was.
func (s *session) giveUp() error {
	var err error
	if s.file != nil {
		err = s.target.command.User.As(s.file.Abandon)
	}
	return errors.Join(err, s.close())
}

func (s *session) close() error {
	s.unhook()
	var errs []error
	if s.probes != nil {
		errs = append(errs, s.probes.Close())
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}
