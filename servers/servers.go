// Package servers has small, complete servers that differ in one thing: how they divide the work for their clients
// among processes, threads or events. That is the lesson, so each model stands in a file of its own whose first comment
// is to be read before the code, and makes its system calls itself where the standard library would hide them.
//
// All speak the same four services (echo, upper, daytime, http) over TCP, Unix streams or UDP, do the same work for a
// request, and report what they did, so that what an observer saw from outside can be held against it:
//
//	server, err := servers.New("fork", servers.Options{Reap: servers.ReapOnce})
//	address, err := server.Listen()
//	err = server.Serve(ctx) // until ctx ends
//	report := server.Report()
//
// A program that offers the model forkexec calls Reexecuted first thing in main.
package servers

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"tracer/servers/internal/report"
	"tracer/servers/internal/server"
)

// Server is one server of some model. Listen comes first, then Serve, once each.
type Server interface {
	// Listen binds and listens, and returns the address, with the port that the kernel chose if none was asked for.
	Listen() (net.Addr, error)
	// Serve serves clients until ctx ends, then stops to accept, lets those that are being served finish for
	// Options.Grace, ends the rest, and returns nil. Any other end is an error.
	Serve(ctx context.Context) error
	// Close closes a server that will not serve. After Serve it does nothing.
	Close() error
	// Report returns what the server has done so far. It may be called at any time from any goroutine.
	Report() Report
}

// Report is what a server did, counted by the server itself. Where an observer counts the same thing the JSON names are
// the observer's.
type Report = report.Report

// base is what all models have.
type base struct {
	*server.Base
	options Options
}

func newBase(m Model, o Options) *base {
	c := server.Config{Model: m.Name, Service: o.Service, Work: o.Work, Grace: o.Grace, Socket: o.socket()}
	if m.uses&optReap != 0 {
		c.Reap = o.Reap.String()
	}
	return &base{server.New(c), o}
}

// Model is a kind of server.
type Model struct {
	Name     string
	Networks []string // what it serves: tcp, udp, unix (a stream)
	uses     option   // options beyond those that every model has
	only     Service  // the one service that it has; Echo: all of them
	make     func(*base) Server
}

// models is the registry: a new model is a new row in init.
var models []Model

// The rows are set at start, not in the variable's own initialisation: the refusal of an option names the models that
// have it, so that the constructors look into the table.
func init() {
	models = []Model{
		{"loop", streamsDatagrams, 0, Echo, newLoop},
		{"select", streams, 0, Echo, newSelect},
		{"poll", streams, 0, Echo, newPoll},
		{"epoll", streams, 0, Echo, newEpoll},
		{"fork", streamsDatagrams, optReap | optKeepListener, Echo, newFork},
		{"prefork", streams, optWorkers | optReusePort, Echo, newPrefork},
		{"forkexec", streams, optLimit | optHandler, Echo, newForkExec},
		{"thread", streamsDatagrams, optLimit, Echo, newThread},
		{"threadpool", streams, optWorkers, Echo, newThreadPool},
		{"coroutine", streams, optBlock, Echo, newCoroutine},
		{"goroutine", streams, 0, Echo, newGoroutine},
		{"http", streams, optLimit | optHTTP, HTTP, newHTTP},
	}
}

// Reaps reports whether the servers of the model have a way to reap.
func (m Model) Reaps() bool { return m.uses&optReap != 0 }

// Serves reports whether the servers of the model have a service.
func (m Model) Serves(service Service) bool { return m.only == Echo || m.only == service }

// Networks of a model's row.
var (
	streams          = []string{"tcp", "unix"}
	streamsDatagrams = []string{"tcp", "unix", "udp"}
)

// Models lists the models in the order of the lesson.
func Models() []Model { return slices.Clone(models) }

// Lookup finds a model by name.
func Lookup(name string) (Model, error) {
	names := make([]string, len(models))
	for i, m := range models {
		if m.Name == name {
			return m, nil
		}
		names[i] = m.Name
	}
	return Model{}, fmt.Errorf("unknown model %q: use one of %s", name, strings.Join(names, ", "))
}

// New makes a server. It opens nothing, and refuses options that are wrong or that the model does not have.
func New(model string, options Options) (Server, error) {
	m, err := Lookup(model)
	if err != nil {
		return nil, err
	}
	if err := options.complete(m); err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	return m.make(newBase(m, options)), nil
}
