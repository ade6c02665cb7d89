package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// ending takes SIGINT, SIGTERM, SIGQUIT and SIGHUP, for a command that has something to finish before it ends: a trace, a server, a screen.
// All other commands leave these signals their default actions, so that whatever they wait for, they end at once.
type ending struct {
	context.Context                 // done at the first of them; the cause is an interrupted
	again           <-chan struct{} // closed at the second: do not wait any longer
}

// interrupted is a signal that asked tracer to end.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string { return "ended by " + unix.SignalName(i.signal) }

// exitCode is the one of a shell for a command that a signal ended.
func (i interrupted) exitCode() exitCode { return exitCode(128 + int(i.signal)) }

// takeSignals begins to take them. stop gives them back. A SIGHUP that is ignored stays so, as nohup wants it; an ignored SIGINT, that of a
// background job, is taken, since one that comes all the same was sent by name.
func takeSignals(parent context.Context) (e *ending, stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancelCause(parent)
	again, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case s := <-signals:
				cancel(interrupted{s.(syscall.Signal)})
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

// interruption gives the exit code of a command that ctx, of an ending, told to end, nil when it was not.
func interruption(ctx context.Context) error {
	switch i := (interrupted{}); {
	case ctx.Err() == nil:
		return nil
	case errors.As(context.Cause(ctx), &i):
		return i.exitCode()
	}
	return exitCode(exitInterrupted)
}

// foreground reports whether a key that sends a signal would send it to tracer, and so to what it launched.
func foreground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
