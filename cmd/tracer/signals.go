package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"tracer/inherited"
	"tracer/session"
)

// ending takes SIGINT, SIGTERM, SIGQUIT and SIGHUP, for a command that has something to finish before it ends: a trace,
// a server, a screen. All other commands leave these signals the actions that they were given, so that whatever they
// wait for, they end at once, or not at all.
type ending struct {
	context.Context                 // done at the first of them; the cause is a session.Interrupted
	again           <-chan struct{} // closed at the second: do not wait any longer
}

// takeSignals begins to take them. stop gives them back. A SIGHUP that is ignored stays so, as nohup wants it; an
// ignored SIGINT, that of a background job, is taken, since one that comes all the same was sent by name.
func takeSignals(parent context.Context) (e *ending, stop func()) {
	taken := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT}
	if !inherited.Ignored().Has(syscall.SIGHUP) {
		taken = append(taken, syscall.SIGHUP)
	}
	return take(parent, taken)
}

// takeUnignored is takeSignals for a command that only reads, and so has nothing to end in order but what it writes: an
// ignored signal stays so.
func takeUnignored(parent context.Context) (e *ending, stop func()) {
	var taken []os.Signal
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP} {
		if !inherited.Ignored().Has(s) {
			taken = append(taken, s)
		}
	}
	return take(parent, taken)
}

// keepIgnored leaves those signals ignored that tracer was given so, as any program in C does that knows nothing of
// signals. Go's runtime keeps SIGINT and SIGHUP only, and ends by the others: these are all whose default it makes its
// own (runtime/sigtab_linux_generic.go).
func keepIgnored() {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGPIPE} {
		if inherited.Ignored().Has(s) {
			signal.Ignore(s)
		}
	}
}

func take(parent context.Context, taken []os.Signal) (e *ending, stop func()) {
	signals := make(chan os.Signal, 2)
	if len(taken) > 0 { // none would be all
		signal.Notify(signals, taken...)
	}
	ctx, cancel := context.WithCancelCause(parent)
	again, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case s := <-signals:
				cancel(session.Interrupted{Signal: s.(syscall.Signal)})
				if n == 1 {
					close(again)
				}
			case <-stopped:
				return
			}
		}
	}()
	return &ending{ctx, again}, func() {
		signal.Stop(signals)
		close(stopped)
		cancel(nil)
	}
}

// interruption returns the exit code of a command that ctx, of an ending, told to end, nil when it was not.
func interruption(ctx context.Context) error {
	switch i := (session.Interrupted{}); {
	case ctx.Err() == nil:
		return nil
	case errors.As(context.Cause(ctx), &i):
		return exitCode(128 + int(i.Signal)) // as of a shell for a command that a signal ended
	}
	return exitCode(exitInterrupted)
}
