// Command twin serves echo with one of the classes of package socketserver, for a comparison with Python's module of
// that name: it is the counterpart of the scripts in socketserver's testdata, with the same flags, the same two lines
// of JSON and the same order of starts and ends to be expected.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"tracer/servers/socketserver"
)

// classes are those that have a script.
var classes = map[string]socketserver.Class{
	"TCPServer":          socketserver.TCPServer,
	"UDPServer":          socketserver.UDPServer,
	"ForkingTCPServer":   socketserver.ForkingTCPServer,
	"ForkingUDPServer":   socketserver.ForkingUDPServer,
	"ThreadingTCPServer": socketserver.ThreadingTCPServer,
	"ThreadingUDPServer": socketserver.ThreadingUDPServer,

	"UnixDatagramServer":          socketserver.UnixDatagramServer,
	"ForkingUnixDatagramServer":   socketserver.ForkingUnixDatagramServer,
	"ThreadingUnixDatagramServer": socketserver.ThreadingUnixDatagramServer,
}

// Listening is the first line: where the server is.
type Listening struct {
	Address string `json:"address"`
	PID     int    `json:"pid"`
}

// Report is the second line: what happened.
type Report struct {
	Class    string `json:"class"`
	Requests int64  `json:"requests"`
	Started  int64  `json:"started"` // children or threads
	Ended    int64  `json:"ended"`   // of those; a child has ended when it was reaped
	// Of forks and reapings: "start 1", "end 1", ...; "close" when the server was closed
	Order []string `json:"order"`
}

type options struct {
	class       string
	requests    int64
	interval    float64
	queue       int
	maxChildren int
	linger      bool
	mended      bool
	reExec      bool
}

func main() {
	socketserver.Init()
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "twin: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	class, known := classes[o.class]
	if !known {
		return fmt.Errorf("class %q is not known: use the name of a script", o.class)
	}
	watch := &watch{options: o, order: []string{}, numbers: map[int]int{}}
	server, err := class(o.address(), socketserver.Echo, watch.configure, watch.override)
	if err != nil {
		return err
	}
	out := json.NewEncoder(stdout)
	err = out.Encode(Listening{Address: server.Addr().String(), PID: os.Getpid()})
	if err == nil {
		err = server.ServeForever(time.Duration(o.interval * float64(time.Second)))
	}
	if err := errors.Join(err, server.Close()); err != nil {
		return err
	}
	stats := server.Stats()
	return out.Encode(Report{Class: o.class, Requests: stats.Requests, Started: stats.Started, Ended: stats.Ended,
		Order: watch.order})
}

// address is where to listen: a free port of loopback, or an abstract name.
func (o options) address() string {
	if strings.Contains(o.class, "Unix") {
		return fmt.Sprintf("@twin-%d", os.Getpid())
	}
	return "127.0.0.1:0"
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("twin", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.class, "class", "TCPServer", "which class serves")
	flags.Int64Var(&o.requests, "requests", 10, "how many requests to serve")
	flags.Float64Var(&o.interval, "poll-interval", 0.5, "seconds between two looks around")
	flags.IntVar(&o.queue, "queue", 5, "request queue size")
	flags.IntVar(&o.maxChildren, "max-children", 40, "children alive at once")
	flags.BoolVar(&o.linger, "linger", false, "serve on until the children are reaped or the threads have ended, "+
		"then stop")
	flags.BoolVar(&o.mended, "mended", false, "without the traps of the original")
	flags.BoolVar(&o.reExec, "re-exec", false, "children execute the program anew")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("argument %q is not expected", flags.Arg(0))
	}
	return o, nil
}

// watch notes starts and ends, and stops the server after the last request.
type watch struct {
	options
	server  *socketserver.Server
	order   []string
	numbers map[int]int // pid -> number of the start
}

// configure is the part that turns the knobs.
func (w *watch) configure(s *socketserver.Server) {
	if !w.mended {
		socketserver.Faithful(s)
	}
	s.RequestQueueSize, s.MaxChildren, s.ReExec = w.queue, w.maxChildren, w.reExec
}

// override is the part that extends the methods. Only children are noted one by one; threads come and go by themselves.
func (w *watch) override(s *socketserver.Server) {
	w.server = s
	super := s.Methods
	s.ProcessRequest = func(r *socketserver.Request) error {
		before := w.children()
		err := super.ProcessRequest(r)
		for _, pid := range w.children() {
			if !slices.Contains(before, pid) {
				w.numbers[pid] = len(w.numbers) + 1
				w.order = append(w.order, fmt.Sprintf("start %d", w.numbers[pid]))
			}
		}
		return err
	}
	s.ServiceActions = func() {
		before := w.children()
		super.ServiceActions()
		w.noteEnds(before)
		stats := s.Stats()
		if stats.Requests >= w.requests && !(w.linger && stats.Ended < stats.Started) {
			_ = s.Shutdown(context.Background()) // which only raises the flag here, on the serving thread
		}
	}
	s.ServerClose = func() error {
		before := w.children()
		w.order = append(w.order, "close")
		err := super.ServerClose()
		w.noteEnds(before)
		return err
	}
}

func (w *watch) children() []int {
	if strings.HasPrefix(w.class, "Forking") {
		return w.server.Active()
	}
	return nil
}

func (w *watch) noteEnds(before []int) {
	left := w.children()
	for _, pid := range before {
		if !slices.Contains(left, pid) {
			w.order = append(w.order, fmt.Sprintf("end %d", w.numbers[pid]))
		}
	}
}
