package target

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/servers"
	"tracer/words"
)

// Server has the flags of a bundled server, as serve takes them; run, demo and record pass them on.
type Server struct {
	flags                                 *pflag.FlagSet // these
	words                                 *words.Language
	address, network, service, work, reap string
	folder                                string
	backlog, workers, limit               int
	keepListener, reusePort, goroutines   bool
	block, control, instead               bool
	poll, grace                           time.Duration
}

// Add adds them to a set of flags that has none yet.
func (v *Server) Add(f *pflag.FlagSet, l *words.Language) {
	v.flags, v.words = f, l
	say := &l.Flags
	f.StringVar(&v.address, "address", "", say.Address)
	f.StringVar(&v.network, "network", "tcp", say.Network)
	f.StringVar(&v.service, "service", "echo", say.Service(strings.Join(servers.ServiceNames(), ", ")))
	f.StringVar(&v.work, "work", "", say.Work)
	f.StringVar(&v.reap, "reap", "handler", say.Reap(strings.Join(servers.ReapNames(), ", ")))
	f.Var((*value.Positive)(&v.backlog), "backlog", say.Backlog)
	f.Var((*value.Positive)(&v.workers), "workers", say.Workers)
	f.Var((*value.Positive)(&v.limit), "limit", say.Limit)
	f.StringVar(&v.folder, "folder", "", say.Folder)
	f.BoolVar(&v.keepListener, "keep-listener", false, say.KeepListener)
	f.BoolVar(&v.reusePort, "reuseport", false, say.ReusePort)
	f.BoolVar(&v.block, "block", false, say.Block)
	f.BoolVar(&v.goroutines, "goroutines", false, say.Goroutines)
	f.Var((*value.Span)(&v.poll), "poll", say.Poll)
	f.Var((*value.Span)(&v.grace), "grace", say.Grace)
	usage.Defaults(f, map[string]string{"address": say.AnyPort, "backlog": "128", "workers": "4", "limit": "1000",
		"poll": "500ms", "grace": "1s"})
}

// AddServe adds them, and what only serve has a flag for.
func (v *Server) AddServe(f *pflag.FlagSet, l *words.Language) {
	v.Add(f, l)
	f.BoolVar(&v.control, "control", false, v.words.Flags.Control)
	f.BoolVar(&v.instead, "instead", false, v.words.Flags.Instead)
	_ = f.MarkHidden("instead") // serve gives it to itself
}

// Listening is how serve begins its first line, which whoever started it may read for the address.
const Listening = "listening on "

// New makes the server of a model that the flags describe. It opens nothing.
func (v *Server) New(model string) (servers.Server, error) {
	if _, err := servers.Lookup(model); err != nil {
		return nil, usage.New(v.words.Usage.UnknownModel(strconv.Quote(model), modelNames()))
	}
	o, err := v.options()
	if err != nil {
		return nil, err
	}
	m, err := servers.Lookup(model)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	if v.instead {
		o = o.For(m)
	} else if !m.Reaps() {
		o.Adjustable = false // but for the work, which each can change
	}
	server, err := servers.New(model, o)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	return server, nil
}

// ModelNames are those of the bundled servers.
func ModelNames() (names []string) {
	for _, m := range servers.Models() {
		names = append(names, m.Name)
	}
	return names
}

func modelNames() string { return strings.Join(ModelNames(), ", ") }

func (v *Server) options() (servers.Options, error) {
	if err := usage.NotEmpty(v.words, v.flags, "address", "network", "service", "work", "reap", "folder"); err != nil {
		return servers.Options{}, err
	}
	o := servers.Options{Network: v.network, Address: v.address, Backlog: v.backlog, Workers: v.workers, Limit: v.limit,
		KeepListener: v.keepListener, ReusePort: v.reusePort, PollInterval: v.poll, Grace: v.grace, Folder: v.folder,
		Goroutines: v.goroutines, Block: v.block, Adjustable: v.control}
	var err error
	if o.Service, err = servers.ParseService(v.service); err != nil {
		return o, refused("service", err)
	}
	if v.work != "" {
		if o.Work, err = servers.ParseWork(v.work); err != nil {
			return o, refused("work", err)
		}
	}
	if v.flags.Lookup("reap").Changed {
		if o.Reap, err = servers.ParseReap(v.reap); err != nil {
			return o, refused("reap", err)
		}
	}
	return o, nil
}

// refused is what the servers say of a flag's value.
func refused(flag string, err error) error { return usage.Wrap(fmt.Errorf("--%s: %w", flag, err)) }

// changed returns those that the user set, as arguments for serve.
func (v *Server) changed() (args []string) {
	v.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	return args
}
