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
	"strings"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/probes"
	"tracer/session"
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
		os.Exit(report(os.Stderr, err))
	}
	if done { // it was started to become a launched program, or a server's child
		return
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is tracer but for the process around it.
func run(ctx context.Context, args []string, stdin *os.File, stdout, stderr io.Writer) int {
	out := output.Check(stdout)
	std := output.Streams{In: stdin, Out: out, Err: stderr}
	root := newRootCommand(&streams{Streams: std, words: usage.Language(args)})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if code := exitCode(0); out.Err != nil && (err == nil || errors.As(err, &code)) {
		err = out.Err
	}
	return report(stderr, err)
}

// joined takes errors apart that errors.Join put together.
func joined(err error) []error {
	list, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var parts []error
	for _, e := range list.Unwrap() {
		parts = append(parts, joined(e)...)
	}
	var all []string
	for _, e := range parts {
		all = append(all, e.Error())
	}
	if strings.Join(all, "\n") != err.Error() { // it says more than its parts
		return []error{err}
	}
	return parts
}

// report prints an error and gives the exit code for it.
func report(stderr io.Writer, err error) int {
	var code exitCode
	var launch *probes.LaunchError
	var wrong usage.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	for _, e := range joined(err) {
		output.Tell(stderr, e.Error())
	}
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

// interruption returns the exit code of a command that ctx, of an interrupt.Ending, told to end, nil when it was not.
func interruption(ctx context.Context) error {
	if code := interrupt.Code(ctx); code != 0 {
		return exitCode(code)
	}
	return nil
}
