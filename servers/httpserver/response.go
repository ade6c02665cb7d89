package httpserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	bufferLimit = 64 << 10 // bytes of a body that are collected before the answer is sent in parts
	// bytes of a body that are copied behind the head, which is cheaper than a second part in sendmsg
	joinLimit = 16 << 10
)

var errWrongLength = errors.New("write answer: the body is not as long as declared")

// Response is the answer to one request. It collects what the handler writes and sends head and body together when the
// handler returns, in one system call, with the length that it turned out to have. A body that grows beyond 64 KiB, or
// is flushed, is sent in parts: with the length that was declared, else in chunks, or to an HTTP/1.0 client up to the
// end of the connection.
type Response struct {
	c         *conn
	status    int
	kind      string // Content-Type
	fields    []byte // header lines of the handler
	body      []byte // what Write has collected
	given     []byte // the body that Send was given
	file      file
	length    int64 // as declared, or as it turned out; -1 while not known
	sent      int64 // bytes of the body, counted also where a HEAD does not send them
	headOnly  bool
	keep      bool // the connection goes on
	sayKeep   bool // and the handler wants the client to hear it
	started   bool // the head has gone
	chunked   bool
	malformed error // what the handler put into the header
	broken    error // the client does not take the answer
}

// file is a part of an open file that is the body.
type file struct {
	fd        int // 0 is none: standard input is no static page
	offset, n int64
}

func (w *Response) reset() {
	w.closeFile()
	*w = Response{c: w.c, status: 200, length: -1, fields: w.fields[:0], body: w.body[:0]}
}

func (w *Response) closeFile() {
	if w.file.fd > 0 {
		_ = unix.Close(w.file.fd)
		w.file = file{}
	}
}

// Status sets the status code (200 to 999); 200 unless set.
func (w *Response) Status(code int) {
	if code < 200 || code > 999 {
		w.malformed = fmt.Errorf("set status %d: it must be 200 to 999", code)
		return
	}
	w.status = code
}

// Type sets the Content-Type; "text/plain; charset=utf-8" unless set.
func (w *Response) Type(kind string) { w.Header("Content-Type", kind) }

// Header adds a header line. The value may be any bytes but control characters; a bad name or value answers the request
// with 500. The server itself sends Date, Server, Transfer-Encoding and Content-Length; to set the latter declares the
// length of the body, and "Connection: close" ends the connection after the answer.
func (w *Response) Header(name, value string) {
	if name == "" || !all(name, inToken) || !all(value, inValue) {
		w.malformed = fmt.Errorf("set header %q to %q: not a token, or a control character in the value", name, value)
		return
	}
	switch {
	case equalFold(name, "Content-Type"):
		w.kind = value
	case equalFold(name, "Content-Length"):
		length, err := parseLength(value)
		if err != nil {
			w.malformed = fmt.Errorf("set header Content-Length to %q: %w", value, err)
			return
		}
		w.Length(length)
	case equalFold(name, "Connection"):
		w.connection(value)
	case equalFold(name, "Transfer-Encoding"), equalFold(name, "Date"), equalFold(name, "Server"):
		w.malformed = fmt.Errorf("set header %s: the server does that", name)
	default:
		w.fields = append(w.fields, name...)
		w.fields = append(w.fields, ": "...)
		w.fields = append(w.fields, value...)
		w.fields = append(w.fields, "\r\n"...)
	}
}

func (w *Response) connection(value string) {
	for option := range elements(value) {
		switch {
		case equalFold(option, "close"):
			w.keep = false
		case equalFold(option, "keep-alive"):
			w.sayKeep = true
		default:
			w.malformed = fmt.Errorf("set header Connection to %q: only close and keep-alive are known", value)
		}
	}
}

// Length declares how many bytes the body will have, so that a long one need not be sent in chunks. More or fewer end
// the connection.
func (w *Response) Length(n int64) { w.length = n }

// Write adds to the body. The error is that of the connection, and not an answer for the client any more.
func (w *Response) Write(p []byte) (int, error) {
	if len(w.body)+len(p) > bufferLimit {
		if err := w.Flush(); err != nil {
			return 0, err
		}
	}
	if len(p) <= bufferLimit {
		w.body = append(w.body, p...)
		return len(p), nil
	}
	return len(p), w.send(p)
}

// WriteString adds to the body.
func (w *Response) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Send makes p the whole body, without a copy: p must not change before the handler has returned.
func (w *Response) Send(p []byte) { w.given = p }

// JSON answers with the status and v in JSON.
func (w *Response) JSON(status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	w.Status(status)
	w.Type("application/json")
	w.Send(append(text, '\n'))
	return nil
}

// Redirect answers with the status (301, 302, 303, 307 or 308) and a place on this server: a path as in Request.Path,
// to be escaped here, and a query as in Request.Query. It never leads to another server.
func (w *Response) Redirect(status int, path, query string) {
	for len(path) > 1 && path[0] == '/' && (path[1] == '/' || path[1] == '\\') {
		path = path[1:]
	}
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	location := escapePath(path)
	if query != "" {
		location += "?" + query
	}
	w.Status(status)
	w.Header("Location", location)
}

// sendFile makes n bytes of the open file the body, and the descriptor the response's to close.
func (w *Response) sendFile(fd int, offset, n int64) {
	w.closeFile()
	w.file = file{fd: fd, offset: offset, n: n}
}

// sendPart narrows the file to n bytes from the offset on.
func (w *Response) sendPart(offset, n int64) { w.file.offset, w.file.n = offset, n }

// Flush sends what was written so far.
func (w *Response) Flush() error {
	err := w.send(w.body)
	w.body = w.body[:0]
	return err
}

// send sends a part of the body, and the head before the first.
func (w *Response) send(p []byte) error {
	if w.malformed != nil {
		return w.malformed
	}
	if w.broken != nil {
		return w.broken
	}
	if w.length >= 0 && w.sent+int64(len(p)) > w.length {
		w.broken = errWrongLength
		return w.broken
	}
	out := w.c.out[:0]
	if !w.started {
		w.begin()
		w.chunked = w.length < 0 && w.c.request.Minor > 0 && !bodyless(w.status)
		if w.length < 0 && !w.chunked {
			w.keep = false
		}
		out = w.appendHead(out)
	}
	w.sent += int64(len(p))
	switch {
	case !w.sendsBody() || len(p) == 0:
		p = nil
	case w.chunked:
		out = appendChunk(out, p)
		p = nil
	}
	return w.transmit(out, p)
}

// begin is the last moment to decide what the head says. Of a site that ends no connection goes on.
func (w *Response) begin() {
	w.started = true
	w.keep = w.keep && !w.c.site.live.draining.Load()
}

func (w *Response) sendsBody() bool { return !w.headOnly && !bodyless(w.status) }

func (w *Response) transmit(out, p []byte) error {
	w.c.out = out
	if len(out)+len(p) > 0 {
		w.broken = w.c.wire.write(out, p, w.c.site.timeouts.Write)
	}
	return w.broken
}

func appendChunk(b, p []byte) []byte {
	b = strconv.AppendInt(b, int64(len(p)), 16)
	b = append(b, "\r\n"...)
	b = append(b, p...)
	return append(b, "\r\n"...)
}

// fail answers with an error: a *StatusError as it is, any other as 500, which is logged, because the client is not
// told what it is. When the head has gone already all that is left is to end the connection, so that the client sees
// that something is missing.
func (w *Response) fail(err error) {
	var status *StatusError
	if !errors.As(err, &status) {
		w.c.logError(err)
		status = &StatusError{Code: 500}
	}
	if w.started {
		w.broken = err
		return
	}
	keep := w.keep
	w.closeFile()
	w.fields, w.body, w.given, w.length, w.malformed, w.broken = w.fields[:0], w.body[:0], nil, -1, nil, nil
	w.status = status.Code
	for _, field := range status.Fields {
		w.Header(field.Name, field.Value)
	}
	w.Header("X-Content-Type-Options", "nosniff")
	w.Type("text/html; charset=utf-8")
	_, _ = w.WriteString(errorPage(status)) // into the buffer
	w.keep = keep
}

// finish sends what has not gone yet.
func (w *Response) finish() {
	if w.malformed != nil {
		w.fail(w.malformed)
	}
	if !w.started {
		w.keep = w.keep && w.c.body.discard()
		w.whole()
	} else if w.broken == nil {
		w.rest()
		w.keep = w.keep && w.c.body.discard()
	}
	if w.broken != nil {
		w.keep = false
	}
	w.closeFile()
}

// whole sends the whole answer: head and body with one call.
func (w *Response) whole() {
	body := w.body
	if w.given != nil {
		body = w.given
	}
	length := int64(len(body))
	if w.file.fd > 0 {
		length = w.file.n
	}
	if w.length < 0 || !w.headOnly && w.length != length {
		if w.length >= 0 && !bodyless(w.status) { // declared, and wrong
			w.fail(errWrongLength)
			body, length = w.body, int64(len(w.body))
		}
		w.length = length
	}
	if w.status == 205 { // it has no content, but may not be without a length (RFC 9110, 15.3.6)
		body, w.length, w.kind = nil, 0, ""
		w.closeFile()
	}
	w.begin()
	w.sent = w.length
	out := w.appendHead(w.c.out[:0])
	w.c.out = out
	switch {
	case !w.sendsBody():
		w.sent = 0
		_ = w.transmit(out, nil)
	case w.file.fd > 0:
		w.broken = w.c.wire.sendFile(out, w.file.fd, w.file.offset, w.file.n, w.c.site.timeouts.Write)
	case len(body) <= joinLimit:
		_ = w.transmit(append(out, body...), nil)
	default:
		_ = w.transmit(out, body)
	}
}

// rest ends an answer that was sent in parts.
func (w *Response) rest() {
	p := w.body
	if w.length >= 0 && w.sent+int64(len(p)) != w.length && !w.headOnly {
		w.broken = errWrongLength
		w.c.logError(w.broken)
		return
	}
	out := w.c.out[:0]
	w.sent += int64(len(p))
	if !w.sendsBody() {
		w.sent = 0
		return
	}
	if w.chunked {
		if len(p) > 0 {
			out = appendChunk(out, p)
		}
		out = append(out, "0\r\n\r\n"...)
		p = nil
	}
	_ = w.transmit(out, p)
}

// appendHead writes the status line and the header lines.
func (w *Response) appendHead(b []byte) []byte {
	b = appendStatusLine(b, w.status)
	b = append(b, w.c.site.stamp.lines(w.c.now)...)
	if !bodyless(w.status) {
		b = w.appendFraming(b)
	}
	b = append(b, w.fields...)
	switch {
	case !w.keep:
		b = append(b, "Connection: close\r\n"...)
	case w.sayKeep || w.c.request.Minor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return append(b, "\r\n"...)
}

func (w *Response) appendFraming(b []byte) []byte {
	kind := w.kind
	if kind == "" && w.length != 0 {
		kind = "text/plain; charset=utf-8"
	}
	if kind != "" {
		b = append(b, "Content-Type: "...)
		b = append(b, kind...)
		b = append(b, "\r\n"...)
	}
	switch {
	case w.chunked:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case w.length >= 0:
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, w.length, 10)
		b = append(b, "\r\n"...)
	}
	return b
}

var _ io.StringWriter = (*Response)(nil)
