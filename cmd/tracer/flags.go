package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/probes"
	"tracer/servers"
	"tracer/text"
)

// sizeValue is a flag for bytes: 4194304, 4M, 64K.
type sizeValue int

func (v *sizeValue) String() string {
	n, unit := int(*v), ""
	for _, larger := range []string{"K", "M", "G"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, larger
	}
	return strconv.Itoa(n) + unit
}

func (v *sizeValue) Type() string { return "size" }

func (v *sizeValue) Set(s string) error {
	digits, shift := s, 0
	for i, unit := range []string{"K", "M", "G"} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(s), unit); ok {
			digits, shift = rest, 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n == 0 || n<<shift > 1<<30 {
		return fmt.Errorf("%q is no size from 1 to 1G; write bytes, or 64K, 4M", s)
	}
	*v = sizeValue(n << shift)
	return nil
}

// positive is a flag for a number from 1 on. Its zero value stands for a default.
type positive int

func (v *positive) String() string { return strconv.Itoa(int(*v)) }
func (v *positive) Type() string   { return "int" }

func (v *positive) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a positive number", s)
	}
	*v = positive(n)
	return nil
}

// perSecond is a flag for a number a second, more than none. Its zero value stands for a default.
type perSecond float64

func (v *perSecond) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }
func (v *perSecond) Type() string   { return "float" }

func (v *perSecond) Set(s string) error {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n > 0) { // not a number, too
		return fmt.Errorf("%q is no rate; write for example 50 or 0.5", s)
	}
	*v = perSecond(n)
	return nil
}

// standard is the name that stands for standard input or output. A file that has it is ./-
const standard = "-"

// fileName is a flag for the name of a file.
type fileName string

func (v *fileName) String() string { return string(*v) }
func (v *fileName) Type() string   { return "file" }

func (v *fileName) Set(s string) error {
	if s == "" {
		return errors.New("name a file")
	}
	*v = fileName(s)
	return nil
}

// besides is a flag for a recording that is written while standard output shows the trace.
type besides string

func (v *besides) String() string { return string(*v) }
func (v *besides) Type() string   { return "file" }

func (v *besides) Set(s string) error {
	if s == standard {
		return errors.New("standard output shows the trace; tracer record writes a recording there")
	}
	return (*fileName)(v).Set(s)
}

// span is a flag for a time that is longer than none.
type span time.Duration

func (v *span) String() string {
	if *v == 0 {
		return "" // no default to speak of
	}
	return time.Duration(*v).String()
}

func (v *span) Type() string { return "duration" }

func (v *span) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no time; write for example 500ms, 10s, 2m", s)
	}
	*v = span(d)
	return nil
}

// choice is a flag for one of several names.
type choice[T fmt.Stringer] struct {
	at    *T
	parse func(string) (T, error)
	kind  string
}

func (c choice[T]) String() string { return (*c.at).String() }
func (c choice[T]) Type() string   { return c.kind }

func (c choice[T]) Set(s string) (err error) {
	*c.at, err = c.parse(s)
	return err
}

// addTraceFlags are those of every trace.
func addTraceFlags(f *pflag.FlagSet, o *traceOptions) {
	f.Var((*sizeValue)(&o.buffer), "buffer", "size of the ring buffer between kernel and tracer")
	f.Var((*span)(&o.duration), "duration", "end the trace after this time")
	f.Var(choice[probes.Coroutines]{&o.coroutines, probes.ParseCoroutines, "whose"}, "coroutines",
		"whose coroutines to trace: auto (of bundled servers, and of Python's greenlet), none, goroutines (also "+
			"those of a Go program), carriers (also the threads that run them)")
	f.BoolVar(&o.http, "http", false, "show the first line of HTTP requests and answers, which can hold secrets")
	f.Var(choice[probes.Hooks]{&o.hooks, probes.ParseHooks, "set"}, "hooks",
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
	f.Var((*positive)(&v.backlog), "backlog", "completed connections that may wait for an accept (default 128)")
	f.Var((*positive)(&v.workers), "workers", "processes or threads of a pool (default 4)")
	f.Var((*positive)(&v.limit), "limit", "clients served at once (default 1000)")
	f.StringVar(&v.folder, "folder", "", "serve the files of this folder by HTTP")
	f.BoolVar(&v.keepListener, "keep-listener", false, "children keep the listening socket open")
	f.BoolVar(&v.reusePort, "reuseport", false, "a listening socket for each worker")
	f.BoolVar(&v.block, "block", false, "the work of a request blocks the thread of all coroutines")
	f.BoolVar(&v.goroutines, "goroutines", false, "serve HTTP with a goroutine for each connection, not a thread")
	f.Var((*span)(&v.poll), "poll", "longest time between two looks for dead children with --reap poll (default 500ms)")
	f.Var((*span)(&v.grace), "grace", "how long clients may go on when the server stops (default 1s)")
}

func (v *serverFlags) options(cmd *cobra.Command) (servers.Options, error) {
	if err := refuseEmpty(cmd.Flags(), "address", "network", "service", "work", "reap", "folder"); err != nil {
		return servers.Options{}, err
	}
	o := servers.Options{Network: v.network, Address: v.address, Backlog: v.backlog, Workers: v.workers, Limit: v.limit,
		KeepListener: v.keepListener, ReusePort: v.reusePort, PollInterval: v.poll, Grace: v.grace, Folder: v.folder,
		Goroutines: v.goroutines, Block: v.block}
	var err error
	if o.Service, err = servers.ParseService(v.service); err != nil {
		return o, usagef("--service: %w", err)
	}
	if v.work != "" {
		if o.Work, err = servers.ParseWork(v.work); err != nil {
			return o, usagef("--work: %w", err)
		}
	}
	if cmd.Flags().Changed("reap") {
		if o.Reap, err = servers.ParseReap(v.reap); err != nil {
			return o, usagef("--reap: %w", err)
		}
	}
	return o, nil
}

// refuseEmpty tells of the first flag that is given and empty: it would else be as if not given.
func refuseEmpty(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if f := flags.Lookup(name); f.Changed && f.Value.String() == "" {
			return usagef("--%s: it is empty; give a value, or leave it out", name)
		}
	}
	return nil
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
			return target{}, usagef("%s is for a bundled server, not for a command", flags[0])
		}
		return commandTarget(args, caller)
	case dash < 0 && len(args) == 1:
		if _, err := servers.Lookup(args[0]); err != nil {
			return target{}, usagef("%w; to run a program write: tracer %s -- %s", err, programVerb(cmd),
				text.Arguments(args[0]))
		}
		o, err := v.options(cmd)
		if err != nil {
			return target{}, err
		}
		server, err := servers.New(args[0], o)
		if err != nil {
			return target{}, usageError{err}
		}
		return modelTarget(append(args[:1:1], changedFlags(cmd)...), server.Report().Service, caller), nil
	case len(args) == 0:
		return target{}, usagef("%s: name a model, or a command after --; see tracer %s --help", cmd.Name(), cmd.Name())
	}
	return target{}, usagef("%s: one model, or a command after --; see tracer %s --help", cmd.Name(), cmd.Name())
}
