// Package tracing runs a session as a command does: it records into the file that is named, ends the trace by the
// user's signals, and says what is to be said of it.
package tracing

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/event"
	"tracer/probes"
	"tracer/record"
	"tracer/session"
	"tracer/text"
	"tracer/words"
)

// DefaultRecording is where record writes when it is not told.
const DefaultRecording = "tracer.trc"

// Options are what the tracing commands have flags for.
type Options struct {
	Session session.Options // but for the recording
	Output  string          // file to record to, empty for none
	Quiet   bool            // no word of what still runs
}

// A Trace is a session that the user's signals end, and what is said of it.
type Trace struct {
	*session.Session
	Streams *output.Streams
	Target  session.Target
	Ending  *interrupt.Ending // what the user's signals do

	options Options
	file    *record.Output
	closed  chan struct{}
	unhook  func() // gives the signals back
}

// Begin starts a session on a target. Signals end it in order. And a reader of tracer's output that goes away does not:
// writing fails, no more, and what is launched ends with its own code. Agent is the version that records.
func Begin(ctx context.Context, s *output.Streams, target session.Target, o Options, agent string) (_ *Trace,
	err error) {
	t := &Trace{Streams: s, Target: target, options: o, closed: make(chan struct{})}
	if o.Output != "" { // before the signals are taken: opening a pipe can wait for ever
		if t.file, err = create(s, &o, target.Command.User); err != nil {
			return nil, err
		}
		o.Session.Recording = &session.Recording{File: t.file, Name: o.Output, Agent: agent}
	}
	t.Ending, t.unhook = interrupt.Take(ctx)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	if t.Session, err = session.Start(t.Ending, target, o.Session); err != nil {
		if cause := context.Cause(t.Ending); cause != nil && errors.Is(err, cause) {
			err = interrupt.Err(t.Ending)
		}
		t.unhook()
		return nil, err
	}
	go func() {
		select {
		case <-t.Ending.Again:
			t.Stop()
		case <-t.closed:
		}
	}()
	t.say(t.Unseen())
	return t, nil
}

// Announce says what was found to attach to. From then on nothing is missed.
func (t *Trace) Announce() {
	if found, attached := t.Found(); attached {
		say := t.Streams.Words
		t.Streams.Message("%s", say.Commands.Attached(text.Escape(t.Target.Title), found.In(say)))
	}
}

// Records reports whether the trace is recorded.
func (t *Trace) Records() bool { return t.file != nil }

// ReadBack returns the events that are recorded, where they can be read back.
func (t *Trace) ReadBack() (back *record.Growing, ok bool) {
	if t.file == nil {
		return nil, false
	}
	return t.file.ReadBack()
}

// create makes the recording, with the rights of who called sudo. One that can hold secrets is for him alone.
func create(s *output.Streams, o *Options, caller *probes.User) (f *record.Output, err error) {
	if o.Output == output.Standard {
		out := output.File(s.Out)
		if c, ok := s.Out.(*output.Checked); ok && c.Closed {
			return nil, usage.New(s.Words.Usage.OutputClosed)
		}
		if out == nil || term.IsTerminal(int(out.Fd())) {
			return nil, usage.New(s.Words.Usage.OutputIsTerminal)
		}
		return record.Adopt(out), nil
	}
	how := record.Creation{Private: o.Session.Probes.HTTP, NoFollow: o.Output == DefaultRecording}
	err = caller.As(func() error {
		f, err = record.Create(o.Output, how)
		return err
	})
	if errors.Is(err, fs.ErrPermission) && caller != nil {
		err = words.About(err, func(l *words.Language, refusal string) string {
			return l.Recordings.DeniedToCaller(refusal, caller.Name)
		})
	}
	return f, err
}

// say writes messages, one a line.
func (t *Trace) say(messages []words.Message) {
	for _, m := range messages {
		t.Streams.Message("%s", m(t.Streams.Words))
	}
}

// Finish waits for the end, says what is to be said of it, and returns the exit code of the launched program, or of
// tracer when the program goes on though a signal ended the trace. It must be called once all events were read.
func (t *Trace) Finish() (code int, err error) {
	result, err := t.Wait()
	close(t.closed)
	t.say(result.Missed)
	if !t.options.Quiet {
		t.sayLiving(result.Living)
	}
	code = result.Code
	if _, attached := t.Found(); !result.Ended && !attached {
		code = cmp.Or(interrupt.Code(t.Ending), code)
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
func (t *Trace) sayLiving(living []event.Event) {
	if len(living) == 0 {
		return
	}
	say := &t.Streams.Words.Commands
	var names, ids, unaffected []string
	for _, e := range living[:min(len(living), mostLiving)] {
		name := text.Arguments(e.Args)
		if name == "" {
			name = text.Escape(string(e.Comm))
		}
		name, id := text.Cut(name, livingWidth, "..."), text.PIDText(e.PID)
		if why := probes.Unaffected(e.PID, syscall.SIGTERM, "SIGTERM"); why != nil {
			names = append(names, say.NotEnding(id, name, why(t.Streams.Words)))
			unaffected = append(unaffected, id)
		} else {
			names, ids = append(names, say.Running(id, name)), append(ids, id)
		}
	}
	var kills []string
	if len(ids) > 0 {
		kills = append(kills, "kill "+strings.Join(ids, " "))
	}
	if len(unaffected) > 0 {
		kills = append(kills, "kill -9 "+strings.Join(unaffected, " "))
	}
	all, how := strings.Join(names, t.Streams.Words.Punctuation.Comma), strings.Join(kills, "; ")
	switch more := len(living) - len(names); {
	case more > 0:
		t.Streams.Message("%s", say.MoreStillRuns(all, more, how))
	case len(names) > 1:
		t.Streams.Message("%s", say.StillRun(all, how))
	default:
		t.Streams.Message("%s", say.StillRuns(all, how))
	}
}

// Whereabouts says where the recording is and, in the words of see, how to see it.
func (t *Trace) Whereabouts(see func(file, command string, replaced bool) string) string {
	if t.options.Output == output.Standard {
		return t.Streams.Words.Commands.InOutput
	}
	name := t.options.Output
	if strings.HasPrefix(name, "-") { // it would be a flag
		name = "./" + name
	}
	return see(t.options.Output, "tracer view "+text.Arguments(name), t.file.Replaces())
}
