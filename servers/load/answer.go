package load

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// answer is the head of an HTTP answer, as far as it says where its body ends. Not net/http reads it, which would be a
// third of the program and of the time that its build takes.
type answer struct {
	status  int
	chunked bool
	length  int64 // -1: to the end of the connection
}

// readHead reads the status line and the header.
func readHead(in *bufio.Reader) (a answer, err error) {
	first, err := readLine(in)
	if err != nil {
		return a, err
	}
	protocol, rest, _ := bytes.Cut(first, []byte(" "))
	code, _, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	version, ok := bytes.CutPrefix(protocol, []byte("HTTP/1."))
	if !ok || len(version) != 1 || version[0] < '0' || version[0] > '9' || len(code) != 3 {
		return a, errMalformed
	}
	status, err := strconv.ParseUint(string(code), 10, 16)
	if err != nil {
		return a, errMalformed
	}
	a.status, a.length = int(status), -1
	for {
		line, err := readLine(in)
		if err != nil || len(line) == 0 {
			return a.whole(), err
		}
		if err := a.field(line, version[0] > '0'); err != nil {
			return a, err
		}
	}
}

// field takes in a line of the header. Before HTTP/1.1 there are no chunks.
func (a *answer) field(line []byte, chunks bool) error {
	if line[0] == ' ' || line[0] == '\t' { // it goes on with the line before
		return nil
	}
	name, value, ok := strings.Cut(string(line), ":")
	if !ok || name == "" {
		return errMalformed
	}
	value = strings.TrimSpace(value)
	switch {
	case strings.EqualFold(name, "Transfer-Encoding") && chunks:
		if !strings.EqualFold(value, "chunked") || a.chunked {
			return errMalformed
		}
		a.chunked = true
	case strings.EqualFold(name, "Content-Length"):
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || a.length >= 0 && a.length != int64(n) {
			return errMalformed
		}
		a.length = int64(n)
	}
	return nil
}

// whole is a with what the status and the encoding say of its length.
func (a answer) whole() answer {
	switch {
	case a.status/100 == 1, a.status == 204, a.status == 304:
		a.chunked, a.length = false, 0
	case a.chunked:
		a.length = -1
	}
	return a
}

// skipBody reads the body, of which nothing is kept.
func (a *answer) skipBody(in *bufio.Reader) error {
	switch {
	case a.chunked:
		return skipChunks(in)
	case a.length < 0:
		_, err := io.Copy(io.Discard, in)
		return err
	}
	return skip(in, a.length)
}

func skip(in *bufio.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, in, n)
	return early(err)
}

func skipChunks(in *bufio.Reader) error {
	for {
		line, err := readLine(in)
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 64)
		switch {
		case err != nil || size > math.MaxInt64:
			return errMalformed
		case size == 0:
			return skipTrailer(in)
		}
		if err := skip(in, int64(size)); err != nil {
			return err
		}
		switch end, err := readLine(in); {
		case err != nil:
			return err
		case len(end) > 0:
			return errMalformed
		}
	}
}

func skipTrailer(in *bufio.Reader) error {
	for {
		line, err := readLine(in)
		if err != nil || len(line) == 0 {
			return err
		}
		if !bytes.Contains(line, []byte(":")) {
			return errMalformed
		}
	}
}

// readLine returns a line without its end. It is valid until the next read.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, errMalformed
	case err != nil:
		return nil, early(err)
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// early is an error of a reader that had to go on.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
