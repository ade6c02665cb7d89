package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// client makes one connection after the other.
type client struct {
	options  Options
	recorder *recorder
	number   int // of those at once, from 0
	request  []byte
	answer   []byte

	sent, received int64 // bytes on this connection
}

func (c *client) run(ctx context.Context, tickets *schedule) {
	end := tickets.start.Add(tickets.options.Duration)
	for c.options.Pace.admit(ctx, c.number, end) {
		number, due, ok := tickets.take(ctx)
		if !ok {
			return
		}
		c.once(ctx, number, due)
		if ctx.Err() != nil {
			return
		}
	}
}

// once makes one connection, and counts it unless it was cut off.
func (c *client) once(ctx context.Context, number int64, due time.Time) {
	if c.request == nil {
		c.request = make([]byte, c.options.Payload)
		c.answer = make([]byte, max(c.options.Payload+1, 512)) // room to see an answer that is too long
	}
	c.sent, c.received = 0, 0
	err := c.connection(ctx, number, due)
	if ctx.Err() == nil {
		c.recorder.ended(err, c.sent, c.received)
	}
}

// connection makes one connection and its requests.
func (c *client) connection(ctx context.Context, number int64, due time.Time) error {
	dialer := net.Dialer{Timeout: c.options.Timeout}
	begin := time.Now()
	conn, err := dialer.DialContext(ctx, c.options.Network, c.options.Address)
	for c.options.Pace.await(ctx, err) {
		conn, err = dialer.DialContext(ctx, c.options.Network, c.options.Address)
	}
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c.recorder.connected(time.Since(begin))
	for i := range c.options.Requests {
		if i > 0 {
			due = time.Now()
		}
		conn.SetDeadline(time.Now().Add(c.options.Timeout))
		if err := c.exchange(conn, number, i); err != nil {
			return err
		}
		c.recorder.answered(time.Since(due))
	}
	return nil
}

// exchange makes one request and checks its answer.
func (c *client) exchange(conn net.Conn, number int64, request int) error {
	switch c.options.Service {
	case "daytime":
		return c.daytime(conn)
	case "http":
		return c.http(conn, request)
	}
	fill(c.request, number, request)
	if err := c.send(conn, c.request); err != nil {
		return err
	}
	n, err := c.receive(conn, len(c.request))
	if err != nil {
		return err
	}
	want := c.request
	if c.options.Service == "upper" {
		want = bytes.ToUpper(want)
	}
	if !bytes.Equal(c.answer[:n], want) {
		return errWrong
	}
	return nil
}

// fill makes a payload of printable ASCII that differs between requests, so that an answer to another is noticed.
func fill(payload []byte, number int64, request int) {
	var seed [16]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(number))
	binary.LittleEndian.PutUint64(seed[8:], uint64(request))
	for i := range payload {
		nibble := seed[i/2%len(seed)] >> (i % 2 * 4) & 15
		payload[i] = 'a' + nibble
	}
}

func (c *client) send(conn net.Conn, b []byte) error {
	n, err := conn.Write(b)
	c.sent += int64(n)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// receive reads an answer of that length: a stream until it is complete, a datagram once.
func (c *client) receive(conn net.Conn, length int) (n int, err error) {
	if c.options.Network == "udp" {
		n, err = conn.Read(c.answer)
	} else {
		n, err = io.ReadFull(conn, c.answer[:length])
	}
	c.received += int64(n)
	if err != nil {
		return n, fmt.Errorf("receive: %w", err)
	}
	return n, nil
}

// daytime expects one line.
func (c *client) daytime(conn net.Conn) error {
	var n int
	var err error
	if c.options.Network == "udp" {
		if err := c.send(conn, []byte("?")); err != nil {
			return err
		}
		n, err = conn.Read(c.answer)
	} else if n, err = io.ReadFull(conn, c.answer); errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // the server closes after the line
	}
	c.received += int64(n)
	if err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	line := string(c.answer[:n])
	if !strings.HasSuffix(line, "\r\n") || strings.Count(line, "\n") != 1 {
		return errWrong
	}
	return nil
}

// http expects a whole answer with status 200. It says with the last request that it is the last.
func (c *client) http(conn net.Conn, request int) error {
	last := request == c.options.Requests-1
	head := "GET / HTTP/1.1\r\nHost: " + hostOf(c.options) + "\r\n"
	if last {
		head += "Connection: close\r\n"
	}
	if err := c.send(conn, []byte(head+"\r\n")); err != nil {
		return err
	}
	counted := &countingReader{from: conn}
	defer func() { c.received += counted.n }()
	limited := &io.LimitedReader{R: counted, N: maxHeader}
	answer, err := http.ReadResponse(bufio.NewReader(limited), nil)
	if err != nil && limited.N == 0 {
		return errHeader
	}
	if err != nil {
		return received(err)
	}
	defer answer.Body.Close()
	limited.N = math.MaxInt64 // of the body nothing is kept
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return received(err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

// maxHeader bounds what is kept of an answer's header, as Node's client does: a server that sends one line after the
// other must not fill the memory, which a header of short lines takes ten times its length of.
const maxHeader = 16 << 10

var (
	errHeader    = errors.New("receive: header too long")
	errMalformed = errors.New("receive: malformed answer")
)

// received is what went wrong with an answer, without the words of who sent it: each could make a kind of error of its
// own.
func received(err error) error {
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("receive: %w", err)
	}
	return errMalformed
}

func hostOf(o Options) string {
	if o.Network == "unix" {
		return "localhost"
	}
	return o.Address
}

type countingReader struct {
	from io.Reader
	n    int64
}

func (r *countingReader) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	r.n += int64(n)
	return n, err
}

// errWrong is an answer that is not what the service should have sent.
var errWrong = errors.New("wrong answer")

// kind names an error for the table of errors: what was done, and in short why it failed.
func kind(err error) string {
	act, _, _ := strings.Cut(err.Error(), ":")
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return act + ": timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return act + ": refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return act + ": reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return act + ": closed early"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return act + ": no free port"
	case errors.Is(err, syscall.EMFILE):
		return act + ": no free descriptor"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return act + ": " + errno.Error()
	}
	return err.Error()
}
