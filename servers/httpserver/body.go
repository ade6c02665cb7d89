package httpserver

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"
)

// What can be wrong with a body. The client learns it when the handler returns the error that Read gave.
var (
	errChunkSize = &StatusError{Code: 400, Text: "a chunk does not begin with its size in hexadecimal"}
	errChunkEnd  = &StatusError{Code: 400, Text: "a chunk is not as long as its size says"}
	errOverhead  = &StatusError{Code: 400, Text: "the chunks have more framing than content"}
	errTrailer   = &StatusError{Code: 400, Text: "the trailer is malformed"}
	errCutBody   = &StatusError{Code: 400, Text: "the body ends too early"}
	errSlowBody  = &StatusError{Code: 408, Text: "the body took too long"}
)

const (
	chunkLine     = 1024      // bytes of a chunk's first line, extensions included
	freeFraming   = 16        // bytes of framing that a chunk may cost without being counted as overhead
	framingLimit  = 16 << 10  // bytes of overhead in a body
	trailerLimit  = 2 << 10   // bytes of the header lines behind the last chunk
	discardLimit  = 256 << 10 // bytes of a body that nobody wants which are read to keep the connection
	continueReply = "HTTP/1.1 100 Continue\r\n\r\n"
)

// Body reads the body of a request, whichever way it is framed.
type Body struct {
	c        *conn
	chunked  bool
	inChunks bool  // the first chunk has begun
	left     int64 // bytes of the body, or of the present chunk, that are still to come
	received int64
	overhead int
	waiting  bool      // the client waits for "100 Continue"
	deadline time.Time // from the first wait on
	err      error     // io.EOF at the end
}

func (b *Body) reset(r *Request) {
	*b = Body{c: b.c, chunked: r.Length < 0, left: max(0, r.Length)}
	if r.Length == 0 {
		b.err = io.EOF
	} else {
		b.waiting = r.control.expect
	}
}

// Read reads from the body; io.EOF at its end. Any other error is a *StatusError, to be returned by the handler: 400
// for bad framing or a body that the client did not complete, 408 for one that took too long, 413 for one that is too
// long. A client that waits for "100 Continue" gets it by the first Read; a handler that does not want the body answers
// without reading.
func (b *Body) Read(p []byte) (int, error) {
	if len(p) == 0 && b.err == nil {
		return 0, nil
	}
	if b.err == nil && b.chunked && b.left == 0 {
		b.err = b.nextChunk()
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.readData(p[:min(int64(len(p)), b.left)])
	if err != nil {
		b.err = err
		return 0, err
	}
	b.left -= int64(n)
	b.received += int64(n)
	if b.left == 0 && !b.chunked {
		b.err = io.EOF
	}
	return n, nil
}

// readData reads at least one byte: what is in the connection's buffer, or else what the client sends, past the buffer
// when p is large.
func (b *Body) readData(p []byte) (int, error) {
	if n := b.c.take(p); n > 0 {
		return n, nil
	}
	if len(p) < smallBuffer {
		if err := b.fill(); err != nil {
			return 0, err
		}
		return b.c.take(p), nil
	}
	timeout, err := b.timeLeft()
	if err != nil {
		return 0, err
	}
	n, err := b.c.wire.read(p, timeout)
	return n, bodyError(err)
}

// fill adds to the connection's buffer.
func (b *Body) fill() error {
	timeout, err := b.timeLeft()
	if err != nil {
		return err
	}
	return bodyError(b.c.fill(timeout))
}

// timeLeft is called before each wait for the client. The first one lets a client go on that waits itself.
func (b *Body) timeLeft() (time.Duration, error) {
	limit := b.c.site.timeouts
	if b.waiting {
		b.waiting = false
		if err := b.c.wire.write([]byte(continueReply), nil, limit.Write); err != nil {
			return 0, errCutBody
		}
	}
	if b.deadline.IsZero() {
		b.deadline = time.Now().Add(limit.Body)
		return limit.Body, nil
	}
	left := time.Until(b.deadline)
	if left <= 0 {
		return 0, errSlowBody
	}
	return left, nil
}

func bodyError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlowBody
	}
	return errCutBody
}

// nextChunk reads what stands between the data of two chunks; io.EOF behind the last one and its trailer.
func (b *Body) nextChunk() error {
	if b.inChunks {
		if end, ok, err := b.line(0); err != nil || !ok || len(end) > 0 {
			return orElse(err, errChunkEnd)
		}
	}
	b.inChunks = true
	line, ok, err := b.line(chunkLine)
	if err != nil || !ok {
		return orElse(err, errChunkSize)
	}
	size, err := parseChunkSize(line)
	if err != nil {
		return err
	}
	b.overhead += max(0, len(line)+len("\r\n\r\n")-freeFraming)
	if b.overhead > framingLimit {
		return errOverhead
	}
	if size > b.c.site.limits.Body-b.received {
		return errLongBody
	}
	if size == 0 {
		return b.trailer()
	}
	b.left = size
	return nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// trailer reads the header lines behind the last chunk, and drops them: nobody asked for them (RFC 9110, 6.5.1). Its
// end is io.EOF.
func (b *Body) trailer() error {
	size := 0
	for count := 0; ; count++ {
		line, ok, err := b.line(trailerLimit - size)
		switch {
		case err != nil:
			return err
		case !ok:
			return errTrailer
		case len(line) == 0:
			return io.EOF
		case count == b.c.site.limits.HeaderCount:
			return errManyFields
		}
		if _, err := parseField(string(line)); err != nil {
			return errTrailer
		}
		size += len(line) + len("\r\n")
	}
}

// line takes a line of at most limit bytes from the stream, without its end, which must be CR LF here: nobody types
// what stands between chunks, and two readers that disagree about a lone LF can be made to see different requests. The
// bytes are good until the next call. It is not ok when there is no such line; the error is the client's silence.
func (b *Body) line(limit int) (line []byte, ok bool, err error) {
	for from := 0; ; {
		pending := b.c.pending()
		if n := bytes.IndexByte(pending[from:], '\n'); n >= 0 {
			end := from + n - 1
			if end < 0 || end > limit || pending[end] != '\r' {
				return nil, false, nil
			}
			b.c.start += end + len("\r\n")
			return pending[:end], true, nil
		}
		if from = len(pending); from > limit+1 {
			return nil, false, nil
		}
		if err := b.fill(); err != nil {
			return nil, false, err
		}
	}
}

// parseChunkSize parses the first line of a chunk: hexadecimal digits, and extensions, which are not looked at, behind
// a semicolon.
func parseChunkSize(line []byte) (int64, error) {
	const most = 15 // one more might not fit; nobody sends so many leading zeros
	var size int64
	digits := 0
	for digits < len(line) && hexValue(line[digits]) >= 0 {
		if digits == most {
			return 0, errChunkSize
		}
		size = size<<4 | int64(hexValue(line[digits]))
		digits++
	}
	rest := line[digits:]
	if digits == 0 || len(rest) > 0 && (rest[0] != ';' || !all(string(rest), inValue)) {
		return 0, errChunkSize
	}
	return size, nil
}

// discard reads what the handler left, so that the next request can be found. It reports false when that is not worth
// it: the client waits for leave to send, or the rest is long, or something is wrong with it.
func (b *Body) discard() bool {
	if b.err == nil && (b.waiting || b.left > discardLimit) {
		return false
	}
	for limit := b.received + discardLimit; b.err == nil && b.received <= limit; {
		if len(b.c.scratch) == 0 {
			b.c.scratch = make([]byte, smallBuffer)
		}
		_, _ = b.Read(b.c.scratch) // its error stays in b.err
	}
	return b.err == io.EOF
}
