// Package interrupt is what becomes of the signals that end a command: SIGINT, SIGTERM, SIGQUIT and SIGHUP.
//
// A command that has something to finish before it ends takes them: a trace, a server, a screen, a file that is being
// written. All others leave these signals the actions that they were given, so that whatever they wait for, they end at
// once, or not at all.
package interrupt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"tracer/inherited"
	"tracer/session"
)

// Ending is a context that the signals end. The cause is a session.Interrupted.
type Ending struct {
	context.Context
	Again <-chan struct{} // closed at the second signal: do not wait any longer
}

// Take begins to take them. stop gives them back. A SIGHUP that is ignored stays so, as nohup wants it; an ignored
// SIGINT, that of a background job, is taken, since one that comes all the same was sent by name.
func Take(parent context.Context) (e *Ending, stop func()) {
	taken := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT}
	if !inherited.Ignored().Has(syscall.SIGHUP) {
		taken = append(taken, syscall.SIGHUP)
	}
	return take(parent, taken)
}

// TakeUnignored is Take for a command that only reads, and so has nothing to end in order but what it writes: an
// ignored signal stays so.
func TakeUnignored(parent context.Context) (e *Ending, stop func()) {
	var taken []os.Signal
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP} {
		if !inherited.Ignored().Has(s) {
			taken = append(taken, s)
		}
	}
	return take(parent, taken)
}

// KeepIgnored leaves those signals ignored that tracer was given so, as any program in C does that knows nothing of
// signals. Go's runtime keeps SIGINT and SIGHUP only, and ends by the others: these are all whose default it makes its
// own (runtime/sigtab_linux_generic.go).
func KeepIgnored() {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGPIPE} {
		if inherited.Ignored().Has(s) {
			signal.Ignore(s)
		}
	}
}

func take(parent context.Context, taken []os.Signal) (e *Ending, stop func()) {
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
	return &Ending{ctx, again}, func() {
		signal.Stop(signals)
		close(stopped)
		cancel(nil)
	}
}

// Otherwise is the exit code when no signal ended the context.
const Otherwise = 130

// Code returns the exit code of a command that ctx, of an Ending, told to end; 0 when it was not told. It is that of a
// shell for a command which a signal ended.
func Code(ctx context.Context) int {
	switch i := (session.Interrupted{}); {
	case ctx.Err() == nil:
		return 0
	case errors.As(context.Cause(ctx), &i):
		return 128 + int(i.Signal)
	}
	return Otherwise
}

// Error ends a command that was told to end. It needs no message.
type Error struct{ Code int }

func (e Error) Error() string { return fmt.Sprintf("exit code %d", e.Code) }

// Err returns an Error with the exit code of a command that ctx, of an Ending, told to end; nil when it was not told.
func Err(ctx context.Context) error {
	if code := Code(ctx); code != 0 {
		return Error{code}
	}
	return nil
}
