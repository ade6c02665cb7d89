// Package demo is a bundled server under the probes, with clients that send it requests.
package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/servers/load"
	"tracer/words"
)

// clients are those of a server.
type clients struct {
	load   load.Options
	words  *words.Language
	output io.Reader // of the server
	result load.Result
	report string // the server's own; empty when it was interrupted before it listened
}

// Run launches the server, begins the load when it listens, stops it when the load is over, and shows it all. Begin
// launches it with that as its output.
func Run(s *output.Streams, view *show.View, o load.Options, begin func(stdout *os.File) (*tracing.Trace,
	error)) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe for the server's output: %w", err)
	}
	defer read.Close()
	trace, err := begin(write)
	err = errors.Join(err, write.Close())
	if err != nil {
		return err
	}
	c := &clients{load: o, words: s.Words, output: read}
	ctx, cancel := context.WithCancel(trace.Ending)
	defer cancel()
	defer context.AfterFunc(trace.Left(), cancel)() // no clients for a server that is told to stop
	done := make(chan error, 1)
	go func() { done <- c.drive(ctx, trace.Terminate) }()
	_, err = view.Follow(trace, nil)
	cancel()
	if err = errors.Join(err, <-done); err != nil || view.JSON || view.Quiet {
		return err
	}
	return c.conclude(s.Out)
}

// drive waits for the server to listen, makes the load, stops the server and keeps its report.
func (c *clients) drive(ctx context.Context, stop func()) (err error) {
	lines := bufio.NewScanner(c.output)
	if !lines.Scan() {
		if ctx.Err() != nil { // it was interrupted
			return nil
		}
		return failed(func(say *words.LoadWords) string { return say.NotListened })
	}
	address, ok := strings.CutPrefix(lines.Text(), target.Listening)
	if !ok {
		why := strings.TrimPrefix(lines.Text(), "tracer: ")
		return failed(func(say *words.LoadWords) string { return say.NotStarted(why) })
	}
	c.load.Address = address
	c.result, err = load.Run(ctx, c.load)
	stop()
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), target.Listening) { // another model in its place
			c.report += lines.Text() + "\n"
		}
	}
	return err
}

// failed is the error of a server that there cannot be clients for.
func failed(say func(*words.LoadWords) string) error {
	return &words.Error{Say: func(l *words.Language) string { return say(&l.Load) }}
}

// conclude says what the clients and the server themselves counted, so that the tracer's numbers can be held against
// it.
func (c *clients) conclude(w io.Writer) error {
	if c.report == "" {
		return nil
	}
	say := &c.words.Load
	fmt.Fprintf(w, "\n%s\n", say.Clients)
	if err := show.Load(w, c.words, &c.result); err != nil {
		return err
	}
	_, err := fmt.Fprintf(output.Escape(w), "\n%s", say.ServerSays(c.report))
	return err
}
