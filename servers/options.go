package servers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// Service is a protocol; the zero value is Echo. ParseService reads its name.
type Service = service.Service

// The services.
const (
	Echo    = service.Echo    // answer with the bytes that came
	Upper   = service.Upper   // the same with ASCII letters in upper case
	Daytime = service.Daytime // the time of day as a line, then close
	HTTP    = service.HTTP    // a fixed page, one request a connection
)

// ParseService reads a service's name; the empty name is Echo.
func ParseService(name string) (Service, error) { return service.Parse(name) }

// ServiceNames lists what ParseService knows.
func ServiceNames() []string { return slices.Clone(service.Names()) }

// Work is what each request costs, and how a serving process ends. Its Exit and Crash are for labs: in a model whose
// clients share one process they end the whole server, which is what such a model teaches.
type Work = service.Work

// ParseWork reads a list such as "sleep=20ms,cpu=5ms", "exit=3" or "crash"; the empty text is no work.
func ParseWork(text string) (Work, error) { return service.ParseWork(text) }

// Reap is what a forking server does about its dead children. The zero value is ReapHandler.
type Reap uint8

// The ways to reap, or not to.
const (
	ReapHandler    Reap = iota // a SIGCHLD handler that waits until nothing is left
	ReapNone                   // nobody waits: SIGCHLD at its default action, zombies pile up
	ReapIgnore                 // SIGCHLD ignored: the kernel reaps, no zombie, no signal
	ReapOnce                   // a SIGCHLD handler with a single wait: coalesced signals leave zombies
	ReapPoll                   // a look at each child after every accept and every PollInterval, no signal needed
	ReapDoubleFork             // the child forks the server of the connection and ends: init reaps that
)

var reapNames = [...]string{
	ReapHandler: "handler", ReapNone: "none", ReapIgnore: "ignore",
	ReapOnce: "once", ReapPoll: "poll", ReapDoubleFork: "double-fork",
}

// ParseReap reads a way to reap; the empty name is ReapHandler.
func ParseReap(name string) (Reap, error) {
	if name == "" {
		return ReapHandler, nil
	}
	if i := slices.Index(reapNames[:], name); i >= 0 {
		return Reap(i), nil
	}
	return 0, fmt.Errorf("unknown way to reap %q: use one of %s", name, strings.Join(reapNames[:], ", "))
}

// ReapNames lists what ParseReap knows.
func ReapNames() []string { return slices.Clone(reapNames[:]) }

// String is the name that ParseReap reads.
func (r Reap) String() string {
	if int(r) < len(reapNames) {
		return reapNames[r]
	}
	return fmt.Sprintf("reap %d", uint8(r))
}

// MarshalText makes it its name in JSON.
func (r Reap) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Options say how a server serves. The zero value of each has a meaning, and the zero Options are an echo server on a
// free TCP port of the loopback interface.
type Options struct {
	Network string  // "tcp" (also ""), "unix" (a stream) or "udp"
	Address string  // "": 127.0.0.1 and a free port, or an abstract Unix name that the kernel picks
	Service Service // Echo
	Work    Work    // none
	Backlog int     // completed connections that may wait for an accept; 0: 128

	// Grace is how long clients may go on when the server stops; 0: 1 s. Then their processes are ended by signals,
	// their connections closed.
	Grace time.Duration

	Reap         Reap          // fork: what happens to the dead; ReapHandler
	PollInterval time.Duration // fork with ReapPoll: the longest time between two looks; 0: 500 ms
	// fork: the way to reap can be changed while it serves (Reaper); it then waits in poll(2), not in accept(2)
	Adjustable bool
	// fork: children leave the listening socket open, so the port stays bound as long as they live
	KeepListener bool
	Workers      int    // prefork, threadpool: processes or threads; 0: 4
	ReusePort    bool   // prefork: a listening socket (SO_REUSEPORT) for each worker, not one for all
	Limit        int    // forkexec, thread: clients served at once, the rest wait in the backlog; 0: 1000
	Handler      string // forkexec: the name of a handler given to Handle, instead of Service
	Block        bool   // coroutine: the work of a request blocks the thread, not just its coroutine
	Goroutines   bool   // http: a goroutine a connection, not a thread
	Folder       string // http: the folder whose files are served; "": one page
}

func (o *Options) socket() socket.Config {
	return socket.Config{Network: o.Network, Address: o.Address, Backlog: o.Backlog, ReusePort: o.ReusePort}
}

// option is a set of options that only some models have.
type option uint

const (
	optReap option = 1 << iota
	optKeepListener
	optWorkers
	optReusePort
	optLimit
	optHandler
	optHTTP
	optBlock
)

// Bounds of options.
const (
	maxBacklog = 65535
	maxWorkers = 1000
	maxLimit   = 9000 // Go ends a program that has 10,000 threads

	maxDuration = time.Hour
)

// complete checks the options for a model and fills in what was left zero.
func (o *Options) complete(m Model) error {
	if err := o.checkUses(m); err != nil {
		return err
	}
	if err := o.checkValues(); err != nil {
		return err
	}
	if err := checkHandler(o.Handler); err != nil {
		return err
	}
	if m.only != Echo {
		if o.Service != Echo && o.Service != m.only {
			return fmt.Errorf("service %v: it serves %v", o.Service, m.only)
		}
		o.Service = m.only
	}
	setDefault(&o.Network, "tcp")
	if !slices.Contains(m.Networks, o.Network) {
		return fmt.Errorf("network %s: it serves %s", o.Network, strings.Join(m.Networks, ", "))
	}
	if o.Network == "udp" && o.Service == HTTP {
		return fmt.Errorf("service http: it needs a stream, use network tcp or unix")
	}
	if o.Network == "udp" && o.Backlog != 0 {
		return fmt.Errorf("backlog %d: network udp has no connections that could wait", o.Backlog)
	}
	if o.Network != "tcp" && o.ReusePort {
		return fmt.Errorf("a socket with SO_REUSEPORT for each worker: use network tcp")
	}
	if o.Network == "unix" {
		if err := socket.CheckPath(o.Address); err != nil {
			return err
		}
	} else {
		setDefault(&o.Address, "127.0.0.1:0")
	}
	setDefault(&o.Backlog, 128)
	setDefault(&o.Grace, time.Second)
	setDefault(&o.PollInterval, 500*time.Millisecond)
	setDefault(&o.Workers, 4)
	setDefault(&o.Limit, 1000)
	return nil
}

func setDefault[T comparable](value *T, to T) {
	var zero T
	if *value == zero {
		*value = to
	}
}

// For returns the options without those that a model has no use for.
func (o Options) For(m Model) Options {
	unless := func(used option, drop func()) {
		if m.uses&used == 0 {
			drop()
		}
	}
	unless(optReap, func() { o.Reap, o.PollInterval, o.Adjustable = 0, 0, false })
	unless(optKeepListener, func() { o.KeepListener = false })
	unless(optWorkers, func() { o.Workers = 0 })
	unless(optReusePort, func() { o.ReusePort = false })
	unless(optLimit, func() { o.Limit = 0 })
	unless(optHandler, func() { o.Handler = "" })
	unless(optHTTP, func() { o.Folder, o.Goroutines = "", false })
	unless(optBlock, func() { o.Block = false })
	if o.Reap != ReapPoll { // since that was changed
		o.PollInterval = 0
	}
	return o
}

// checkUses refuses an option that the model would ignore.
func (o *Options) checkUses(m Model) error {
	for _, c := range []struct {
		given bool
		needs option
		name  string
	}{
		{o.Reap != ReapHandler, optReap, "reap " + o.Reap.String()},
		{o.PollInterval != 0, optReap, "a poll interval"},
		{o.Adjustable, optReap, "a change of the way to reap"},
		{o.KeepListener, optKeepListener, "keep-listener"},
		{o.Workers != 0, optWorkers, "workers"},
		{o.ReusePort, optReusePort, "reuse-port"},
		{o.Limit != 0, optLimit, "a limit"},
		{o.Handler != "", optHandler, "a handler of its own"},
		{o.Folder != "", optHTTP, "a folder"},
		{o.Block, optBlock, "blocking work"},
		{o.Goroutines, optHTTP, "goroutines"},
	} {
		if c.given && m.uses&c.needs == 0 {
			return fmt.Errorf("it has no use for %s; %s", c.name, usersOf(c.needs))
		}
	}
	if o.PollInterval != 0 && o.Reap != ReapPoll {
		return fmt.Errorf("a poll interval goes with reap poll, not with reap %v", o.Reap)
	}
	return nil
}

// usersOf names the models that have an option.
func usersOf(needs option) string {
	var names []string
	for _, m := range models {
		if m.uses&needs != 0 {
			names = append(names, m.Name)
		}
	}
	return "that goes with " + strings.Join(names, ", ")
}

func (o *Options) checkValues() error {
	if int(o.Service) >= len(service.Names()) {
		return fmt.Errorf("unknown %v", o.Service)
	}
	if int(o.Reap) >= len(reapNames) {
		return fmt.Errorf("unknown %v", o.Reap)
	}
	if err := o.Work.Check(); err != nil {
		return err
	}
	return cmp.Or( // the first of them: one line
		within("backlog", o.Backlog, maxBacklog),
		within("workers", o.Workers, maxWorkers),
		within("limit", o.Limit, maxLimit),
		within("grace", o.Grace, maxDuration),
		within("poll interval", o.PollInterval, maxDuration),
	)
}

func within[T int | time.Duration](name string, value, most T) error {
	if value < 0 || value > most {
		return fmt.Errorf("%s %v: use 0 (the default) to %v", name, value, most)
	}
	return nil
}
