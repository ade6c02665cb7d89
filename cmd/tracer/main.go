// Command tracer shows how a server turns requests into processes, threads and coroutines.
//
// This package has flags, wiring and exit codes, and no logic. Data goes to stdout, messages go to stderr: one line
// each, lower case, no period, the remedy after a semicolon.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/probes"
	"tracer/session"
	"tracer/words"
)

// The exit codes of tracer itself. record and run else give the exit code of what they launched.
const (
	exitFailure    = 1
	exitUsage      = 2
	exitLaunch     = 126 // found, and could not be executed
	exitNotFound   = 127
	exitCheckFalse = 1
	exitIncomplete = 3 // a recording is cut off, damaged or of a newer tracer: what could be read was given
)

// exitCode ends tracer with a code and without a message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	done, err := session.Init()
	if err != nil {
		os.Exit(finish(os.Stderr, usage.Language(os.Args[1:]), err))
	}
	if done { // it was started to become a launched program, or a server's child
		return
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is tracer but for the process around it.
func run(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) int {
	out := output.Check(stdout)
	std := output.Streams{In: stdin, Out: out, Err: stderr, Words: usage.Language(args)}
	root := newRootCommand(&streams{Streams: std})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if _, silent := codeIn(err); out.Err != nil && (err == nil || silent) {
		err = out.Err
	}
	return finish(std.Err, std.Words, err)
}

// codeIn returns the exit code that an error is; ok is false for one that has a message.
func codeIn(err error) (code int, ok bool) {
	var chosen exitCode
	var ended interrupt.Error
	switch {
	case errors.As(err, &chosen):
		return int(chosen), true
	case errors.As(err, &ended):
		return ended.Code, true
	}
	return 0, false
}

// finish prints an error and returns the exit code for it.
func finish(stderr io.Writer, l *words.Language, err error) int {
	if err == nil {
		return 0
	}
	if code, silent := codeIn(err); silent {
		return code
	}
	output.TellErrors(stderr, l, err)
	var launch *probes.LaunchError
	var wrong usage.Error
	switch {
	case errors.As(err, &wrong):
		return exitUsage
	case errors.Is(err, session.ErrNotFound):
		return exitNotFound
	case errors.As(err, &launch):
		return exitLaunch
	}
	return exitFailure
}
