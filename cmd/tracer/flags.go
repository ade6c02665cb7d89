package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/probes"
	"tracer/servers"
	"tracer/text"
)

// The groups of flags that several commands have.
const (
	viewGroup   = "of the screen and the summary"
	serverGroup = "of a bundled server"
	attachGroup = "to attach to what runs already"
)

// addTraceFlags are those of every trace.
func addTraceFlags(f *pflag.FlagSet, o *traceOptions) {
	f.Var((*value.Size)(&o.buffer), "buffer", "size of the ring buffer between kernel and tracer")
	f.Var((*value.Span)(&o.duration), "duration", "end the trace after this time")
	f.Var(value.ChoiceOf(&o.coroutines, probes.ParseCoroutines, "whose"), "coroutines",
		"whose coroutines to trace: auto (of bundled servers, and of Python's greenlet), none, goroutines (also "+
			"those of a Go program), carriers (also the threads that run them)")
	f.BoolVar(&o.http, "http", false, "show the first line of HTTP requests and answers, which can hold secrets")
	f.Var(value.ChoiceOf(&o.hooks, probes.ParseHooks, "set"), "hooks",
		"how reapings are seen: auto, functions (fentry), tracepoints")
}

// addLaunchFlags are those of a trace of what tracer launches itself.
func addLaunchFlags(f *pflag.FlagSet, o *traceOptions) {
	addTraceFlags(f, o)
	f.BoolVar(&o.rootOnly, "root", false, "end the trace when the launched program ends, though its children still run")
}

func newTraceOptions() traceOptions { return traceOptions{buffer: probes.DefaultBuffer} }

// serverFlags are the flags of a bundled server, as serve takes them; run, demo and record pass them on.
type serverFlags struct {
	address, network, service, work, reap string
	folder                                string
	backlog, workers, limit               int
	keepListener, reusePort, goroutines   bool
	block                                 bool
	poll, grace                           time.Duration
}

func (v *serverFlags) add(f *pflag.FlagSet) {
	f.StringVar(&v.address, "address", "", "where to listen: HOST:PORT, or a path for a Unix socket (default a free "+
		"port of 127.0.0.1)")
	f.StringVar(&v.network, "network", "tcp", "tcp, udp or unix")
	f.StringVar(&v.service, "service", "echo", "what to serve: "+strings.Join(servers.ServiceNames(), ", "))
	f.StringVar(&v.work, "work", "", "make each request last (sleep=20ms, cpu=5ms), and how its server ends (exit=3, "+
		"crash)")
	f.StringVar(&v.reap, "reap", "handler", "what happens to dead children: "+strings.Join(servers.ReapNames(), ", "))
	f.Var((*value.Positive)(&v.backlog), "backlog", "completed connections that may wait for an accept (default 128)")
	f.Var((*value.Positive)(&v.workers), "workers", "processes or threads of a pool (default 4)")
	f.Var((*value.Positive)(&v.limit), "limit", "clients served at once (default 1000)")
	f.StringVar(&v.folder, "folder", "", "serve the files of this folder by HTTP")
	f.BoolVar(&v.keepListener, "keep-listener", false, "children keep the listening socket open")
	f.BoolVar(&v.reusePort, "reuseport", false, "a listening socket for each worker")
	f.BoolVar(&v.block, "block", false, "the work of a request blocks the thread of all coroutines")
	f.BoolVar(&v.goroutines, "goroutines", false, "serve HTTP with a goroutine for each connection, not a thread")
	f.Var((*value.Span)(&v.poll), "poll",
		"longest time between two looks for dead children with --reap poll (default 500ms)")
	f.Var((*value.Span)(&v.grace), "grace", "how long clients may go on when the server stops (default 1s)")
}

func (v *serverFlags) options(cmd *cobra.Command) (servers.Options, error) {
	if err := usage.NotEmpty(cmd, "address", "network", "service", "work", "reap", "folder"); err != nil {
		return servers.Options{}, err
	}
	o := servers.Options{Network: v.network, Address: v.address, Backlog: v.backlog, Workers: v.workers, Limit: v.limit,
		KeepListener: v.keepListener, ReusePort: v.reusePort, PollInterval: v.poll, Grace: v.grace, Folder: v.folder,
		Goroutines: v.goroutines, Block: v.block}
	var err error
	if o.Service, err = servers.ParseService(v.service); err != nil {
		return o, usage.Errorf("--service: %w", err)
	}
	if v.work != "" {
		if o.Work, err = servers.ParseWork(v.work); err != nil {
			return o, usage.Errorf("--work: %w", err)
		}
	}
	if cmd.Flags().Changed("reap") {
		if o.Reap, err = servers.ParseReap(v.reap); err != nil {
			return o, usage.Errorf("--reap: %w", err)
		}
	}
	return o, nil
}

// changedFlags returns the server's flags that the user set, as arguments for serve.
func changedFlags(cmd *cobra.Command) (args []string) {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	(&serverFlags{}).add(own)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if own.Lookup(f.Name) != nil {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	return args
}

// programVerb names the command that launches a program as cmd launches a bundled server: demo has clients for those
// alone.
func programVerb(cmd *cobra.Command) string {
	if cmd.Name() == "demo" {
		return "run"
	}
	return cmd.Name()
}

// resolve decides what to launch: after -- a command, before it a model of a bundled server.
func resolve(cmd *cobra.Command, args []string, v *serverFlags, caller *probes.User) (target, error) {
	dash := cmd.ArgsLenAtDash()
	switch {
	case dash == 0 && len(args) > 0:
		if flags := changedFlags(cmd); len(flags) > 0 {
			return target{}, usage.Errorf("%s is for a bundled server, not for a command", flags[0])
		}
		return commandTarget(args, caller)
	case dash < 0 && len(args) == 1:
		if _, err := servers.Lookup(args[0]); err != nil {
			return target{}, usage.Errorf("%w; to run a program write: tracer %s -- %s", err, programVerb(cmd),
				text.Arguments(args[0]))
		}
		o, err := v.options(cmd)
		if err != nil {
			return target{}, err
		}
		server, err := servers.New(args[0], o)
		if err != nil {
			return target{}, usage.Wrap(err)
		}
		return modelTarget(append(args[:1:1], changedFlags(cmd)...), server.Report().Service, caller), nil
	case len(args) == 0:
		return target{}, usage.Errorf("%s: name a model, or a command after --; see tracer %s --help", cmd.Name(),
			cmd.Name())
	}
	return target{}, usage.Errorf("%s: one model, or a command after --; see tracer %s --help", cmd.Name(), cmd.Name())
}
