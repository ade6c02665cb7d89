package target

import (
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/servers"
)

// Server has the flags of a bundled server, as serve takes them; run, demo and record pass them on.
type Server struct {
	flags                                 *pflag.FlagSet // these
	address, network, service, work, reap string
	folder                                string
	backlog, workers, limit               int
	keepListener, reusePort, goroutines   bool
	block                                 bool
	poll, grace                           time.Duration
}

// Add adds them to a set of flags that has none yet.
func (v *Server) Add(f *pflag.FlagSet) {
	v.flags = f
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

// Listening is how serve begins its first line, which whoever started it may read for the address.
const Listening = "listening on "

// New makes the server of a model that the flags describe. It opens nothing.
func (v *Server) New(model string) (servers.Server, error) {
	o, err := v.options()
	if err != nil {
		return nil, err
	}
	server, err := servers.New(model, o)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	return server, nil
}

func (v *Server) options() (servers.Options, error) {
	if err := usage.NotEmpty(v.flags, "address", "network", "service", "work", "reap", "folder"); err != nil {
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
	if v.flags.Lookup("reap").Changed {
		if o.Reap, err = servers.ParseReap(v.reap); err != nil {
			return o, usage.Errorf("--reap: %w", err)
		}
	}
	return o, nil
}

// changed returns those that the user set, as arguments for serve.
func (v *Server) changed() (args []string) {
	v.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	return args
}
