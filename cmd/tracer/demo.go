package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/servers/load"
	"tracer/session"
	"tracer/text"
)

// What demo does unless told otherwise: slow enough to be watched.
var (
	demoModel  = "fork"
	demoServer = map[string]string{"work": "sleep=350ms"}
	demoReap   = "once" // the mistake that leaves zombies, a few each time clients end together
)

// The load of demo, with and without a screen. It is bounded in both. Clients that come together have workers that die
// together, and so signals that are coalesced; the pause after them is there to look at what that left.
var (
	demoLoadScreen = load.Options{Concurrency: 64, Count: 1800, Rate: 3, Burst: 6, Duration: 10 * time.Minute,
		Requests: 1, Payload: 64}
	demoLoadPlain = load.Options{Concurrency: 8, Count: 24, Duration: 10 * time.Minute, Requests: 1, Payload: 64}
)

// demo is a bundled server under the probes with its clients.
type demo struct {
	load   load.Options
	output io.Reader // of the server
	result load.Result
	report string // the server's own; empty when it was interrupted before it listened
}

func demoCommand(s *streams) *cobra.Command {
	var o tracing.Options
	var v target.Server
	var chosen load.Options
	var view show.View
	cmd := &cobra.Command{
		Use:   "demo [MODEL]",
		Short: "a bundled server under the probes, with clients: run this first",
		Long: "Run a bundled server under the probes, with clients that send it requests, and watch what it\n" +
			"does. On the screen the clients come six at a time, every two seconds, for ten minutes; then it\n" +
			"ends by itself, as it does by q. Without a terminal, events are printed as text lines and the\n" +
			"summary ends them. The server is fork unless another is named, and reaps as a first attempt\n" +
			"often does: it waits once for each signal, and signals that were coalesced leave zombies. --reap\n" +
			"tells what else it could do.\n\n" + modelList(),
		Args: usage.Arguments(0, 1, "name one model, or none"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() == 0 && len(args) > 0 {
				return usage.Errorf("demo: its clients are for a bundled server; to run a program write: "+
					"tracer run -- %s",
					text.Arguments(args[0]))
			}
			if len(args) == 0 {
				args = []string{demoModel}
			}
			if err := demoDefaults(cmd, args[0]); err != nil {
				return err
			}
			t, err := target.Launch(cmd, args, &v, s.caller)
			if err != nil {
				return err
			}
			server, err := v.New(args[0])
			if err != nil {
				return err
			}
			d := &demo{load: demoLoadPlain}
			if view.Screen(&s.Streams) {
				d.load = demoLoadScreen
			}
			d.choose(cmd, chosen)
			report := server.Report()
			d.load.Network, d.load.Service = report.Network, report.Service.String()
			if err := d.load.Check(); err != nil {
				return usage.Wrap(err)
			}
			return d.run(cmd.Context(), s, t, o, &view)
		},
	}
	f := cmd.Flags()
	o.AddLaunch(f)
	usage.Group(f, viewGroup, view.Add)
	usage.Group(f, serverGroup, v.Add)
	usage.Group(f, "of the clients", func(f *pflag.FlagSet) { addLoadFlags(f, &chosen) })
	tellDefaults(f)
	f.VarP((*value.Besides)(&o.Output), "output", "o", "also write a recording, in place of one of that name")
	return cmd
}

// tellDefaults puts into the help what demo does unless told otherwise.
func tellDefaults(f *pflag.FlagSet) {
	screen, plain := &demoLoadScreen, &demoLoadPlain
	tell := func(name, what string) {
		flag := f.Lookup(name)
		flag.Usage, _, _ = strings.Cut(flag.Usage, " (default ")
		flag.DefValue = what
	}
	for name, value := range demoServer {
		tell(name, value)
	}
	tell("reap", demoReap+" of "+demoModel+", else handler")
	tell("count", fmt.Sprintf("%d on the screen, else %d", screen.Count, plain.Count))
	tell("concurrency", fmt.Sprintf("%d on the screen, else %d", screen.Concurrency, plain.Concurrency))
	tell("rate", fmt.Sprintf("%g on the screen, else as fast as answers come", screen.Rate))
	tell("burst", fmt.Sprintf("%d on the screen, else 1", screen.Burst))
	tell("requests", strconv.Itoa(screen.Requests))
	tell("payload", strconv.Itoa(screen.Payload))
}

// demoDefaults sets what the user did not, where the model has such an option.
func demoDefaults(cmd *cobra.Command, model string) error {
	f := cmd.Flags()
	for name, value := range demoServer {
		if !f.Changed(name) {
			if err := f.Set(name, value); err != nil {
				return err
			}
		}
	}
	if model == demoModel && !f.Changed("reap") {
		return f.Set("reap", demoReap)
	}
	return nil
}

// choose takes over the flags of the load that the user set.
func (d *demo) choose(cmd *cobra.Command, o load.Options) {
	changed := cmd.Flags().Changed
	if changed("count") {
		d.load.Count = o.Count
	}
	if changed("concurrency") {
		d.load.Concurrency = o.Concurrency
	}
	if changed("rate") {
		d.load.Rate, d.load.Burst = o.Rate, 0
	} else if changed("count") || changed("concurrency") {
		d.load.Rate, d.load.Burst = 0, 0
	}
	if changed("burst") {
		d.load.Burst = o.Burst
	}
	if changed("requests") {
		d.load.Requests = o.Requests
	}
	if changed("payload") {
		d.load.Payload = o.Payload
	}
}

// run launches the server, begins the load when it listens, stops it when the load is over, and shows it all.
func (d *demo) run(ctx context.Context, s *streams, t session.Target, o tracing.Options, view *show.View) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe for the server's output: %w", err)
	}
	defer read.Close()
	t.Command.Stdout, t.Command.Stderr = write, write
	trace, err := s.begin(ctx, t, o)
	err = errors.Join(err, write.Close())
	if err != nil {
		return err
	}
	d.output = read
	ctx, cancel := context.WithCancel(trace.Ending)
	defer cancel()
	defer context.AfterFunc(trace.Left(), cancel)() // no clients for a server that is told to stop
	done := make(chan error, 1)
	go func() { done <- d.drive(ctx, trace) }()
	_, err = view.Follow(trace, nil)
	cancel()
	if err = errors.Join(err, <-done); err != nil {
		return err
	}
	return d.conclude(s, view)
}

// drive is the clients' side: it waits for the server to listen, makes the load, stops the server and keeps its report.
func (d *demo) drive(ctx context.Context, trace *tracing.Trace) error {
	lines := bufio.NewScanner(d.output)
	if !lines.Scan() {
		if ctx.Err() != nil { // it was interrupted
			return nil
		}
		return errors.New("the server ended before it listened")
	}
	address, ok := strings.CutPrefix(lines.Text(), listening)
	if !ok {
		return fmt.Errorf("the server did not start: %s", strings.TrimPrefix(lines.Text(), "tracer: "))
	}
	d.load.Address = address
	var err error
	d.result, err = load.Run(ctx, d.load)
	trace.Terminate()
	for lines.Scan() {
		d.report += lines.Text() + "\n"
	}
	return err
}

// conclude says what the clients and the server themselves counted, so that the tracer's numbers can be held against
// it.
func (d *demo) conclude(s *streams, view *show.View) error {
	if view.JSON || view.Quiet || d.report == "" {
		return nil
	}
	fmt.Fprintln(s.Out, "\nthe clients:")
	if err := d.result.WriteText(output.Escape(s.Out)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(output.Escape(s.Out), "\nthe server itself says: %s", d.report)
	return err
}
