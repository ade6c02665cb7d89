package httpserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	smallBuffer = 4 << 10   // bytes that a connection keeps for what it receives; it grows with a long head
	keptBuffer  = 128 << 10 // bytes beyond which a buffer is not kept for another connection
	lingerLimit = 1 << 20   // bytes that a refused client may still send
)

var (
	errSlowHead = &StatusError{Code: 408, Text: "the request took too long"}
	errCutHead  = &StatusError{Code: 400, Text: "the request ends too early"}
)

// conn is the life of one connection: read a head, let a handler answer, and again, one request after the other, so
// that answers leave in the order of the requests. It is the only goroutine that touches any of this, but for idle and
// what wire allows.
type conn struct {
	site     *Site
	wire     wire
	buffer   []byte
	start    int // buffer[start:end] is received and not yet used: a pipelining client sends requests ahead
	end      int
	request  Request
	body     Body
	response Response
	served   int
	now      time.Time // when the present request was complete
	client   string    // for the log, made at the first need
	scratch  []byte
	out      []byte
	line     []byte      // of the log
	idle     atomic.Bool // waits for a request
}

var conns = sync.Pool{New: func() any {
	c := &conn{buffer: make([]byte, smallBuffer)}
	c.body.c, c.response.c = c, c
	c.request.Body = &c.body
	return c
}}

// serve runs a connection to its end. It does not close it.
func (s *Site) serve(w wire, remote net.Addr) {
	c := conns.Get().(*conn)
	c.site, c.wire, c.request.Remote = s, w, remote
	defer c.release()
	if !s.live.add(c) {
		return
	}
	defer s.live.remove(c)
	for c.serveRequest() {
	}
}

// release leaves the connection's memory to the next one, with no trace of this one in it.
func (c *conn) release() {
	c.response.reset()
	c.request.reset()
	c.request.Remote = nil
	c.site, c.wire, c.client = nil, nil, ""
	c.start, c.end, c.served = 0, 0, 0
	if len(c.buffer) > keptBuffer || cap(c.out) > keptBuffer || cap(c.response.body) > keptBuffer {
		return
	}
	conns.Put(c)
}

// serveRequest serves one request; false is the end of the connection.
func (c *conn) serveRequest() bool {
	r, w := &c.request, &c.response
	r.reset()
	w.reset()
	head, err := c.readHead()
	c.now = time.Now()
	if err == nil {
		err = parseHead(head, &c.site.limits, r)
	}
	if err != nil {
		c.refuse(err)
		return false
	}
	c.served++
	c.body.reset(r)
	w.headOnly = r.Method == "HEAD"
	w.keep = r.keepAlive() && c.served < c.site.limits.Requests
	err = c.handle()
	if err != nil {
		w.fail(err)
	}
	w.finish()
	c.logAccess()
	return w.keep || c.leave()
}

// leave ends the connection after an answer. A client that still sends would be told "connection reset" by a close, and
// might lose the answer over it.
func (c *conn) leave() bool {
	if c.body.err != io.EOF || c.start < c.end {
		c.linger()
	}
	return false
}

// handle runs the handler. A panic is its error.
func (c *conn) handle() (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v\n%s", value, debug.Stack())
			c.response.keep = false
		}
	}()
	return c.site.dispatch(&c.response, &c.request)
}

// readHead waits for a request and takes its head out of the buffer. The error is a *StatusError when the client should
// hear of it.
func (c *conn) readHead() (string, error) {
	var until time.Time // when the head must be complete
	skipped := false    // one empty line in front of the request (RFC 9112, 2.2)
	for scanned := 0; ; {
		if !skipped {
			skipped = c.skipLine()
		}
		pending := c.pending()
		if end := headEnd(pending, scanned); end >= 0 {
			c.start += end
			return string(pending[:end]), nil
		}
		scanned = len(pending)
		if err := overlong(pending, &c.site.limits); err != nil {
			return "", err
		}
		if scanned == 0 && !skipped {
			if err := c.awaitRequest(); err != nil {
				return "", err
			}
			continue
		}
		if until.IsZero() {
			until = time.Now().Add(c.site.timeouts.Header)
		}
		if err := headError(c.fill(time.Until(until))); err != nil {
			c.request.Line = firstLine(c.pending())
			return "", err
		}
	}
}

// awaitRequest waits for the first byte of a request. It checks for a shutdown after it has said that it is idle; the
// shutdown does these two in the other order, so one sees the other.
func (c *conn) awaitRequest() error {
	c.idle.Store(true)
	defer c.idle.Store(false)
	if c.site.live.draining.Load() {
		return io.EOF
	}
	return c.fill(c.site.timeouts.Idle)
}

func headError(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlowHead
	case err == io.EOF:
		return errCutHead
	}
	return err
}

// firstLine is what has come of the request line, for the log.
func firstLine(pending []byte) string {
	line, _ := cutLine(string(pending[:min(len(pending), 1024)]))
	return line
}

// skipLine takes an empty line from the front of the buffer.
func (c *conn) skipLine() bool {
	pending := c.pending()
	switch {
	case len(pending) >= 1 && pending[0] == '\n':
		c.start++
	case len(pending) >= 2 && pending[0] == '\r' && pending[1] == '\n':
		c.start += 2
	default:
		return false
	}
	return true
}

// pending is what was received and not yet used, good until the next fill.
func (c *conn) pending() []byte { return c.buffer[c.start:c.end] }

// take moves what fits from the buffer to p.
func (c *conn) take(p []byte) int {
	n := copy(p, c.pending())
	c.start += n
	return n
}

// fill receives more into the buffer, which grows when it is full: callers bound what they let pend.
func (c *conn) fill(timeout time.Duration) error {
	if timeout <= 0 {
		return os.ErrDeadlineExceeded
	}
	switch {
	case c.start == c.end:
		c.start, c.end = 0, 0
	case c.end < len(c.buffer):
	case c.start > 0:
		c.end = copy(c.buffer, c.pending())
		c.start = 0
	default:
		c.buffer = append(c.buffer, make([]byte, len(c.buffer))...)
	}
	n, err := c.wire.read(c.buffer[c.end:], timeout)
	c.end += n
	return err
}

// refuse answers a request that could not be understood, or whose client was too slow, and ends. Where nothing was
// asked, nothing is said.
func (c *conn) refuse(err error) {
	var status *StatusError
	if !errors.As(err, &status) {
		return
	}
	w := &c.response
	w.headOnly = c.request.Method == "HEAD"
	w.keep = false
	w.fail(status)
	w.finish()
	c.logAccess()
	c.linger()
}

// linger lets the client read the answer before the connection closes: it says that nothing follows, and takes what the
// client still sends, for a short time and up to a limit.
func (c *conn) linger() {
	if c.wire.closeWrite() != nil {
		return
	}
	until := time.Now().Add(c.site.timeouts.Linger)
	for total := 0; total < lingerLimit; {
		timeout := time.Until(until)
		if timeout <= 0 {
			return
		}
		n, err := c.wire.read(c.buffer, timeout)
		if err != nil {
			return
		}
		total += n
	}
}
