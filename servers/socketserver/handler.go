package socketserver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"time"

	"tracer/servers/internal/service"
)

// Request is one thing to answer: a connection, or a datagram.
type Request struct {
	// Conn is the accepted connection; for a datagram it is the server's own socket, through which the answer goes.
	Conn *Conn
	// Packet is the datagram; nil for a connection.
	Packet []byte
	// Truncated: the datagram was longer than MaxPacketSize and that its end is lost.
	Truncated bool
	// ClientAddress is where the request came from: a *net.TCPAddr, *net.UDPAddr or *net.UnixAddr (with an empty name
	// when the client did not bind).
	ClientAddress net.Addr
	// Server is the server that received the request. It is nil in a child made by re-exec, where no memory of the
	// server is.
	Server *Server
}

// Handler is the life of one request: Setup, Handle, Finish, on an object made for it alone. Finish is called whenever
// Setup succeeded, also when Handle failed or panicked. Embed one of the three base handlers and write Handle.
type Handler interface {
	Setup(*Request) error
	Handle() error
	Finish() error
}

// HandlerClass makes a Handler for each request: what Python calls the RequestHandlerClass. Get one by Register, by
// Func, or use a service of this package.
type HandlerClass struct {
	name string // known to a re-exec'd child; "" is not registered
	make func() Handler
	pure *service.Service // what a child without a runtime runs instead; nil when it can run nothing
}

// Name is the name under which the class was registered, "" for one that was not.
func (c *HandlerClass) Name() string { return c.name }

// Func makes a class of one function. It was not registered, so a forking server refuses it: a closure does not survive
// exec.
func Func(handle func(*Request) error) *HandlerClass {
	return &HandlerClass{make: func() Handler { return &funcHandler{handle: handle} }}
}

type funcHandler struct {
	BaseRequestHandler
	handle func(*Request) error
}

func (h *funcHandler) Handle() error { return h.handle(h.Request) }

// run does what Python does in the constructor of a request handler.
func (c *HandlerClass) run(r *Request) (err error) {
	var h Handler
	err = caught(func() error {
		h = c.make()
		return h.Setup(r)
	})
	if err != nil {
		return err
	}
	defer func() { // a defer, because Handle may leave by runtime.Goexit
		if last := caught(h.Finish); last != nil {
			err = errors.Join(err, last)
		}
	}()
	return caught(h.Handle)
}

// caught turns a panic into an error.
func caught(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}

// PanicError is what HandleError gets when a handler panicked.
type PanicError struct {
	Value any
	Stack []byte // as debug.Stack prints it
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value of the panic if that was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Exit is what a handler returns, or panics with, to end more than its request: Python's SystemExit. HandleError does
// not see it. It ends the ServeForever of a serial server, which returns it; in a thread or coroutine it ends just
// that; a forked child ends with status 1 whatever the number, as in Python.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

func isExit(err error) bool {
	var exit Exit
	return errors.As(err, &exit)
}

// BaseRequestHandler has the request at hand (h.Conn, h.Packet, h.ClientAddress, h.Server) and nothing to set up or to
// finish.
type BaseRequestHandler struct{ *Request }

// Setup keeps the request. Who overrides it calls it first.
func (h *BaseRequestHandler) Setup(r *Request) error {
	h.Request = r
	return nil
}

// Finish does nothing.
func (h *BaseRequestHandler) Finish() error { return nil }

// readBuffer is how many bytes a stream handler asks the kernel for: Python's io.DEFAULT_BUFFER_SIZE.
const readBuffer = 8192

// StreamRequestHandler handles a connection through a Reader and a Writer. The exported sizes and switches are to be
// set by the function that makes the handler.
type StreamRequestHandler struct {
	BaseRequestHandler
	// Reader is buffered: a line costs a system call only when the buffer is empty.
	Reader *bufio.Reader
	// Writer is the connection itself, so that a written line is sent, or a *bufio.Writer of WriteBufferSize bytes.
	Writer io.Writer

	ReadBufferSize  int           // bytes; 0 is 8192
	WriteBufferSize int           // bytes; 0 is no buffer
	Timeout         time.Duration // for each call on the connection; 0 is none
	DisableNagle    bool          // TCP_NODELAY; of use with a WriteBufferSize
}

// Setup makes Reader and Writer.
func (h *StreamRequestHandler) Setup(r *Request) error {
	if err := h.BaseRequestHandler.Setup(r); err != nil {
		return err
	}
	r.Conn.SetTimeout(h.Timeout)
	if h.DisableNagle {
		if err := r.Conn.SetNoDelay(true); err != nil {
			return err
		}
	}
	size := h.ReadBufferSize
	if size <= 0 {
		size = readBuffer
	}
	h.Reader = bufio.NewReaderSize(r.Conn, size)
	h.Writer = r.Conn
	if h.WriteBufferSize > 0 {
		h.Writer = bufio.NewWriterSize(r.Conn, h.WriteBufferSize)
	}
	return nil
}

// Flush sends what a buffered Writer holds.
func (h *StreamRequestHandler) Flush() error {
	if w, buffered := h.Writer.(*bufio.Writer); buffered {
		return w.Flush()
	}
	return nil
}

// Finish flushes. A peer that has gone by now is not an error.
func (h *StreamRequestHandler) Finish() error {
	_ = h.Flush()
	return nil
}

// DatagramRequestHandler handles a datagram through the same two, both in memory.
type DatagramRequestHandler struct {
	BaseRequestHandler
	Reader *bytes.Reader // the datagram
	Writer *bytes.Buffer // the answer to be
}

// Setup makes Reader and Writer.
func (h *DatagramRequestHandler) Setup(r *Request) error {
	if err := h.BaseRequestHandler.Setup(r); err != nil {
		return err
	}
	h.Reader = bytes.NewReader(r.Packet)
	h.Writer = new(bytes.Buffer)
	return nil
}

// Finish sends what was written as one datagram. It always sends one: nothing written is an empty datagram.
func (h *DatagramRequestHandler) Finish() error {
	_, err := h.Conn.WriteTo(h.Writer.Bytes(), h.ClientAddress)
	return err
}
