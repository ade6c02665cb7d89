package httpserver

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"strings"
)

// Handler answers a request: it writes to the response and returns nil, or returns an error: a *StatusError is the
// answer, any other is logged and answered with 500. It runs on the connection's thread or goroutine; many connections
// call it at a time.
type Handler func(w *Response, r *Request) error

// Options are what a Site is made with. The zero value is a good server.
type Options struct {
	Limits    Limits
	Timeouts  Timeouts
	Name      string      // of the Server header; "httpserver" unless set
	AccessLog io.Writer   // gets one line for each request, in one Write; nil is none
	ErrorLog  *log.Logger // errors and panics of handlers; standard error unless set
	// called before the handler of each request, on the connection's thread or goroutine; may be nil
	Before func()
}

// Site is what is served: routes, and the rules for clients. It knows nothing of sockets or threads: whoever accepts a
// connection calls ServeConn with it. Routes are added before the first connection.
type Site struct {
	limits   Limits
	timeouts Timeouts
	access   accessLog
	errors   *log.Logger
	before   func()
	stamp    stamp
	live     live
	exact    map[string]*route
	prefixes []*route // the longest first
	known    []string // methods
}

// route is what can be done at one path, or below one.
type route struct {
	pattern  string
	methods  []string
	handlers []Handler
	allow    string // the Allow header
}

// standard is the methods that the server knows by name: at a path that has no handler for one of them the answer is
// 405, while of others it is 501.
var standard = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}

// NewSite makes a site without routes: all its answers are 404.
func NewSite(o Options) *Site {
	s := &Site{
		limits:   o.Limits.withDefaults(),
		timeouts: o.Timeouts.withDefaults(),
		access:   accessLog{to: o.AccessLog},
		errors:   o.ErrorLog,
		before:   o.Before,
		stamp:    stamp{server: o.Name},
		exact:    make(map[string]*route),
		known:    slices.Clone(standard),
	}
	if s.errors == nil {
		s.errors = log.New(os.Stderr, "httpserver: ", 0)
	}
	if s.stamp.server == "" {
		s.stamp.server = "httpserver"
	}
	if !all(s.stamp.server, inValue) {
		panic(fmt.Sprintf("make site: the name %q must not contain control characters", s.stamp.server))
	}
	return s
}

// Handle adds a route: requests with that method for that path, or, when the pattern ends with a slash, for any path
// that begins with it; of several the longest wins. A handler of GET answers HEAD too, and OPTIONS is answered by the
// server. The method may be any token. It panics when method or pattern are malformed, or have a handler already: that
// is a mistake in the program.
func (s *Site) Handle(method, pattern string, handler Handler) {
	if clean, err := cleanPath("/" + strings.TrimPrefix(pattern, "/")); err != nil || clean != pattern {
		panic(fmt.Sprintf("handle %q: the pattern must be a path such as /data, or /data/ for all below it", pattern))
	}
	if method == "" || !all(method, inToken) || handler == nil {
		panic(fmt.Sprintf("handle %s %q: a method and a handler are needed", method, pattern))
	}
	r := s.routeAt(pattern)
	if slices.Contains(r.methods, method) {
		panic(fmt.Sprintf("handle %s %q: it has a handler already", method, pattern))
	}
	r.methods = append(r.methods, method)
	r.handlers = append(r.handlers, handler)
	r.allow = allow(r.methods)
	if !slices.Contains(s.known, method) {
		s.known = append(s.known, method)
	}
}

func (s *Site) routeAt(pattern string) *route {
	if !strings.HasSuffix(pattern, "/") {
		if s.exact[pattern] == nil {
			s.exact[pattern] = &route{pattern: pattern}
		}
		return s.exact[pattern]
	}
	for _, r := range s.prefixes {
		if r.pattern == pattern {
			return r
		}
	}
	r := &route{pattern: pattern}
	s.prefixes = append(s.prefixes, r)
	slices.SortFunc(s.prefixes, func(a, b *route) int { return len(b.pattern) - len(a.pattern) })
	return r
}

// allow is the Allow header of a route: what was added and what follows from it.
func allow(methods []string) string {
	all := slices.Clone(methods)
	if slices.Contains(all, "GET") {
		all = append(all, "HEAD")
	}
	all = append(all, "OPTIONS")
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// dispatch finds the handler of a request and runs it.
func (s *Site) dispatch(w *Response, r *Request) error {
	if !slices.Contains(s.known, r.Method) {
		return Error(501, "this server does not know the method")
	}
	if r.noPath {
		return errNoPath
	}
	if r.Path == "*" {
		w.Header("Allow", allow(s.known))
		w.Status(204)
		return nil
	}
	route := s.find(r.Path)
	if route == nil {
		return Error(404, "nothing is here")
	}
	if handler := route.handler(r.Method); handler != nil {
		return s.run(handler, w, r)
	}
	if r.Method == "OPTIONS" {
		w.Header("Allow", route.allow)
		w.Status(204)
		return nil
	}
	return &StatusError{Code: 405, Text: "this cannot be done here", Fields: []Field{{"Allow", route.allow}}}
}

// run demands a length from the methods whose meaning is a body, before the handler sees the request (RFC 9110,
// 15.5.12).
func (s *Site) run(handler Handler, w *Response, r *Request) error {
	switch r.Method {
	case "POST", "PUT", "PATCH":
		if r.control.lengths+r.control.codings == 0 {
			return Error(411, "a Content-Length is needed")
		}
	}
	if s.before != nil {
		s.before()
	}
	return handler(w, r)
}

func (s *Site) find(path string) *route {
	if r := s.exact[path]; r != nil {
		return r
	}
	for _, r := range s.prefixes {
		if strings.HasPrefix(path, r.pattern) {
			return r
		}
	}
	return nil
}

func (r *route) handler(method string) Handler {
	i := slices.Index(r.methods, method)
	if i < 0 && method == "HEAD" {
		i = slices.Index(r.methods, "GET")
	}
	if i < 0 {
		return nil
	}
	return r.handlers[i]
}

// ServeConn serves one connection, request after request, and closes it. Any model of concurrency may call it: one
// connection after the other, or each on its own goroutine, thread or process.
func (s *Site) ServeConn(conn net.Conn) {
	defer conn.Close()
	s.serve(&connWire{conn: conn}, conn.RemoteAddr())
}

// ServeSocket serves one connection by the descriptor of a blocking stream socket, with the thread asleep in the kernel
// wherever it waits: what a thread, or a process, of its own makes cheap. It does not close the descriptor, which
// nobody else may close before.
func (s *Site) ServeSocket(fd int, remote net.Addr) {
	s.serve(newSocketWire(fd), remote)
}

// ErrorLog is where the site writes errors.
func (s *Site) ErrorLog() *log.Logger { return s.errors }

// Connections is how many connections are being served.
func (s *Site) Connections() int { return s.live.count() }

// Drain ends the site: idle connections at once, the others after the answer to the request that is in hand. Those that
// are left when the context ends are cut, which is the error. Connections that come later are closed without an answer.
func (s *Site) Drain(ctx context.Context) error { return s.live.drain(ctx) }
