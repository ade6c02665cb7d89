package httpd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/httpserver"
	"tracer/servers/socketserver"
)

// Concurrency is how a Server runs its connections.
type Concurrency int

const (
	// Threads starts a kernel thread for each connection, which ends with it and blocks: the lesson's way.
	Threads Concurrency = iota
	// Goroutines starts a goroutine for each connection and leaves the waiting to the runtime's poller: Go's way.
	Goroutines
)

// String is "threads" or "goroutines".
func (c Concurrency) String() string {
	if c == Goroutines {
		return "goroutines"
	}
	return "threads"
}

// Options are what a Server is made with. The zero value serves with threads.
type Options struct {
	Concurrency Concurrency
	Backlog     int // connections that may wait to be accepted; 1024 unless set
	// connections at a time, beyond which they wait to be accepted; 8000 unless set (Go ends a program with 10000
	// threads)
	MaxConnections int
}

// Server is a site on a listening socket.
type Server struct {
	site    *httpserver.Site
	address net.Addr
	model   model
}

// model is a way to accept and run connections.
type model interface {
	serve() error // accepts until stop
	stop() error  // returns when no connection is accepted any more, which is soon
	close() error // ends what is left, when all connections have ended
}

// Listen binds a socket for the site and listens on it. An address is "host:port", without host on 127.0.0.1, or a
// path, or an abstract name that begins with "@", of a Unix socket. The error says which step failed, and nothing stays
// open.
func Listen(site *httpserver.Site, address string, o Options) (*Server, error) {
	o.Backlog = cmp.Or(o.Backlog, 1024)
	o.MaxConnections = cmp.Or(o.MaxConnections, 8000)
	make := listenThreads
	if o.Concurrency == Goroutines {
		make = listenGoroutines
	}
	model, bound, err := make(site, address, o)
	if err != nil {
		return nil, fmt.Errorf("listen for http: %w", err)
	}
	return &Server{site: site, address: bound, model: model}, nil
}

// Addr is the address that the server listens on, with the port that the kernel chose.
func (s *Server) Addr() net.Addr { return s.address }

// Serve accepts connections and runs them until Shutdown or Close; then it returns nil.
func (s *Server) Serve() error { return s.model.serve() }

// Shutdown ends the server in order: accepts no more, ends idle connections, waits for the others to finish the request
// in hand, and cuts those that have not when the context ends, which is the error. The site has ended with it.
func (s *Server) Shutdown(ctx context.Context) error {
	return errors.Join(s.model.stop(), s.site.Drain(ctx), s.model.close())
}

// Close ends the server at once: connections are cut.
func (s *Server) Close() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	err := s.model.stop()
	_ = s.site.Drain(now) // its error is that connections were cut
	return errors.Join(err, s.model.close())
}

func isUnix(address string) bool {
	return strings.HasPrefix(address, "/") || strings.HasPrefix(address, "@")
}

// threads is the composition of package socketserver: HTTPServer is a ThreadingTCPServer whose handler speaks HTTP.
type threads struct {
	*socketserver.Server
	stopOnce sync.Once
	stopErr  error
	ended    chan struct{} // closed when every thread has ended
	endErr   error
}

func listenThreads(site *httpserver.Site, address string, o Options) (model, net.Addr, error) {
	handler := socketserver.Func(func(r *socketserver.Request) error {
		site.ServeSocket(r.Conn.FD(), r.ClientAddress)
		return nil
	})
	transport := socketserver.TCP
	if isUnix(address) {
		transport = socketserver.UnixStream
	}
	server, err := socketserver.New(address, handler, transport, socketserver.Threading, func(s *socketserver.Server) {
		s.RequestQueueSize = o.Backlog
		s.MaxThreads = o.MaxConnections
		s.ErrorLog = site.ErrorLog()
	})
	if err != nil {
		return nil, nil, err
	}
	return &threads{Server: server, ended: make(chan struct{})}, server.Addr(), nil
}

func (t *threads) serve() error {
	if err := t.ServeForever(-1); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// stop begins the close, too: it closes the listening socket, so that whoever waits in the backlog learns that nobody
// will come, and then waits for the threads.
func (t *threads) stop() error {
	t.stopOnce.Do(func() {
		t.stopErr = t.Shutdown(context.Background())
		go func() {
			t.endErr = t.Close()
			close(t.ended)
		}()
	})
	return t.stopErr
}

func (t *threads) close() error {
	<-t.ended
	return t.endErr
}

// goroutines is what a Go programmer writes: a net.Listener, and go.
type goroutines struct {
	site     *httpserver.Site
	listener net.Listener
	places   chan struct{} // one for each connection that may be
	stopping atomic.Bool
	stopped  chan struct{}
	loop     sync.Mutex // held by serve
	running  sync.WaitGroup
}

func listenGoroutines(site *httpserver.Site, address string, o Options) (model, net.Addr, error) {
	network := "tcp"
	if isUnix(address) {
		network = "unix"
	} else if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		return nil, nil, err
	}
	if err := setBacklog(listener, o.Backlog); err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	g := &goroutines{site: site, listener: listener, places: make(chan struct{}, o.MaxConnections),
		stopped: make(chan struct{})}
	return g, listener.Addr(), nil
}

// setBacklog changes the backlog, which Go always makes as long as the system allows. A second listen(2) does that.
func setBacklog(listener net.Listener, backlog int) error {
	raw, err := listener.(syscall.Conn).SyscallConn()
	if err != nil {
		return fmt.Errorf("set backlog: %w", err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.Listen(int(fd), backlog) }); err != nil {
		return fmt.Errorf("set backlog: %w", err)
	}
	return os.NewSyscallError("listen", failed)
}

func (g *goroutines) serve() error {
	g.loop.Lock()
	defer g.loop.Unlock()
	pause := time.Duration(0)
	for {
		select {
		case g.places <- struct{}{}:
		case <-g.stopped:
			return nil
		}
		conn, err := g.listener.Accept()
		if err != nil {
			<-g.places
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			// A client that vanished, or no descriptor left: others are served still.
			pause = min(max(10*time.Millisecond, 2*pause), time.Second)
			select {
			case <-time.After(pause):
			case <-g.stopped:
				return nil
			}
			continue
		}
		pause = 0
		g.running.Add(1)
		go g.run(conn)
	}
}

func (g *goroutines) run(conn net.Conn) {
	defer func() {
		<-g.places
		g.running.Done()
	}()
	g.site.ServeConn(conn)
}

func (g *goroutines) stop() error {
	if g.stopping.Swap(true) {
		return nil
	}
	close(g.stopped)
	err := g.listener.Close()
	g.loop.Lock() // comes when serve has returned
	defer g.loop.Unlock()
	return err
}

func (g *goroutines) close() error {
	g.running.Wait()
	return nil
}
