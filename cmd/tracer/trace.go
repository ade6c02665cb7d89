package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/event"
	"tracer/probes"
	"tracer/record"
	"tracer/session"
	"tracer/text"
)

// version is set when a release is linked.
var version = "devel"

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

// A trace is a session that the user's signals end, and what is said of it.
type trace struct {
	*session.Session
	streams *streams
	options traceOptions
	target  session.Target
	ending  *interrupt.Ending // what the user's signals do
	file    *record.Output
	closed  chan struct{}
	unhook  func() // gives the signals back
}

// begin starts a session on a target. Signals end it in order. And a reader of tracer's output that goes away does not:
// writing fails, no more, and what is launched ends with its own code.
func (s *streams) begin(ctx context.Context, t session.Target, o traceOptions) (_ *trace, err error) {
	tr := &trace{streams: s, options: o, target: t, closed: make(chan struct{})}
	options := session.Options{Duration: o.duration, LeaveIt: o.leave,
		Probes: probes.Options{Buffer: o.buffer, EndWithRoot: o.rootOnly, Coroutines: o.coroutines, Hooks: o.hooks,
			HTTP: o.http}}
	if o.output != "" { // before the signals are taken: opening a pipe can wait for ever
		if tr.file, err = s.create(&o, t.Command.User); err != nil {
			return nil, err
		}
		options.Recording = &session.Recording{File: tr.file, Name: o.output, Agent: version}
	}
	tr.ending, tr.unhook = interrupt.Take(ctx)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	collectOften()
	if tr.Session, err = session.Start(tr.ending, t, options); err != nil {
		if cause := context.Cause(tr.ending); cause != nil && errors.Is(err, cause) {
			err = interruption(tr.ending)
		}
		tr.unhook()
		return nil, err
	}
	go func() {
		select {
		case <-tr.ending.Again:
			tr.Stop()
		case <-tr.closed:
		}
	}()
	tr.say(tr.Unseen())
	return tr, nil
}

// create makes the recording, with the rights of who called sudo. One that can hold secrets is for him alone.
func (s *streams) create(o *traceOptions, caller *probes.User) (f *record.Output, err error) {
	if o.output == output.Standard {
		out := output.File(s.Out)
		if c, ok := s.Out.(*output.Checked); ok && c.Closed {
			return nil, usage.Errorf("-o -: standard output is closed; redirect it, or name a file")
		}
		if out == nil || term.IsTerminal(int(out.Fd())) {
			return nil, usage.Errorf("-o -: a recording is not for a terminal; redirect standard output, or " +
				"name a file")
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

// collectOften collects garbage earlier than Go does by itself, unless the user says how. What lives on is small beside
// the batches that are passed on, so this takes hardly more time, and a tracer is to leave the memory to what it
// traces.
func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// useOneThread lets Go code run on one thread at a time, unless the user says how many. The stages of a recording have
// little to do each time; waking a thread for every hand-over costs more than the work.
func useOneThread() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}

// say tells what the trace lacks.
func (t *trace) say(sentences []string) {
	for _, sentence := range sentences {
		t.streams.Message("%s", sentence)
	}
}

// finish waits for the end, says what is to be said of it, and gives the exit code of the launched program, or of
// tracer when the program goes on though a signal ended the trace. It must be called once all events were read.
func (t *trace) finish() (code int, err error) {
	result, err := t.Wait()
	close(t.closed)
	t.say(result.Missed)
	if !t.options.quiet {
		t.sayLiving(result.Living)
	}
	code = result.Code
	if _, attached := t.Found(); !result.Ended && !attached {
		if err := interruption(t.ending); err != nil {
			code = int(err.(exitCode))
		}
	}
	t.unhook()
	return code, err
}

// Of the processes that still run so many are named, by so much of their command lines.
const (
	mostLiving  = 10
	livingWidth = 40
)

// sayLiving says which processes of the trace still run, and how to end them.
func (t *trace) sayLiving(living []event.Event) {
	if len(living) == 0 {
		return
	}
	var names, ids, unaffected []string
	for _, e := range living[:min(len(living), mostLiving)] {
		name := text.Arguments(e.Args)
		if name == "" {
			name = text.Escape(string(e.Comm))
		}
		name, id := text.Cut(name, livingWidth, "..."), text.PIDText(e.PID)
		if why := probes.Unaffected(e.PID, syscall.SIGTERM, "SIGTERM"); why != "" {
			names, unaffected = append(names, fmt.Sprintf("%s (%s: %s)", id, name, why)), append(unaffected, id)
		} else {
			names, ids = append(names, fmt.Sprintf("%s (%s)", id, name)), append(ids, id)
		}
	}
	var kills []string
	if len(ids) > 0 {
		kills = append(kills, "kill "+strings.Join(ids, " "))
	}
	if len(unaffected) > 0 {
		kills = append(kills, "kill -9 "+strings.Join(unaffected, " "))
	}
	all, how := strings.Join(names, ", "), strings.Join(kills, "; ")
	switch more := len(living) - len(names); {
	case more > 0:
		t.streams.Message("processes %s and %d more still run; end those named with: %s", all, more, how)
	case len(names) > 1:
		t.streams.Message("processes %s still run; end them with: %s", all, how)
	default:
		t.streams.Message("process %s still runs; end it with: %s", all, how)
	}
}

// whereabouts says where the recording is and how to see it.
func (t *trace) whereabouts(see string) string {
	if t.options.output == output.Standard {
		return "in standard output"
	}
	instead := ""
	if t.file.Replaces() {
		instead = ", in place of an older recording"
	}
	name := t.options.output
	if strings.HasPrefix(name, "-") { // it would be a flag
		name = "./" + name
	}
	return fmt.Sprintf("in %s%s; %s with: tracer view %s", t.options.output, instead, see, text.Arguments(name))
}
