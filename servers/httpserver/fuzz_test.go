package httpserver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// textWire is a connection whose client sends a fixed text, a few bytes at a time, and takes every answer.
type textWire struct {
	text []byte
	step int
	sent bytes.Buffer
}

func (w *textWire) read(p []byte, _ time.Duration) (int, error) {
	if len(w.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), w.step)], w.text)
	w.text = w.text[n:]
	return n, nil
}

func (w *textWire) write(first, second []byte, _ time.Duration) error {
	w.sent.Write(first)
	w.sent.Write(second)
	return nil
}

func (w *textWire) sendFile([]byte, int, int64, int64, time.Duration) error {
	return errors.ErrUnsupported
}
func (w *textWire) closeWrite() error { return nil }
func (w *textWire) interrupt()        {}
func (w *textWire) cut()              {}

// parsed is what one reader makes of the first request of a stream.
type parsed struct {
	Method, Target, Host string
	Minor                int
	Length               int64
	Header               http.Header
	Body                 string
	Rest                 int // bytes behind the request
}

// ours parses with this package. The request is nil when the head is refused; the error is of head or body.
func ours(data []byte, step int) (*parsed, error) {
	wire := &textWire{text: data, step: step}
	c := &conn{site: NewSite(Options{}), wire: wire, buffer: make([]byte, 64)}
	c.body.c = c
	head, err := c.readHead()
	r := &c.request
	if err == nil {
		err = parseHead(head, &c.site.limits, r)
	}
	if err != nil {
		return nil, err
	}
	c.body.reset(r)
	body, err := io.ReadAll(&c.body)
	p := &parsed{Method: r.Method, Target: r.Target, Host: r.Host, Minor: r.Minor, Length: r.Length,
		Header: make(http.Header), Body: string(body)}
	for _, f := range r.Header {
		p.Header.Add(textproto.CanonicalMIMEHeaderKey(f.Name), f.Value)
	}
	p.Rest = len(wire.text) + c.end - c.start
	return p, err
}

// theirs parses with net/http.
func theirs(data []byte) (*parsed, error) {
	source := bytes.NewReader(data)
	reader := bufio.NewReader(source)
	r, err := http.ReadRequest(reader)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	p := &parsed{Method: r.Method, Target: r.RequestURI, Host: r.Host, Minor: r.ProtoMinor, Length: r.ContentLength,
		Header: r.Header, Body: string(body)}
	p.Rest = source.Len() + reader.Buffered()
	return p, err
}

// stricter is what this package refuses although net/http.ReadRequest takes it; the package comment lists it in words.
var stricter = map[error]bool{
	errVersion: true, errTarget: true, errConnect: true, errFold: true, errFieldName: true, errHost: true,
	errLengths:  true,
	errLongBody: true, errBothFrames: true, errOldChunked: true, errExpectation: true, errLongLine: true,
	errLongHeader: true,
	errManyFields: true, errChunkSize: true, errOverhead: true, errTrailer: true,
}

// sameRequest fails unless both agree about a request, or net/http is the more lenient one in a way that is known.
func sameRequest(t *testing.T, data []byte, step int) {
	t.Helper()
	// RFC 9112, 2.2: one empty line in front is skipped. net/http's own server does not.
	rest := data
	if bytes.HasPrefix(rest, []byte("\r\n")) {
		rest = rest[2:]
	} else if bytes.HasPrefix(rest, []byte("\n")) {
		rest = rest[1:]
	}
	mine, err := ours(data, step)
	other, otherErr := theirs(rest)
	if err != nil {
		if otherErr == nil && !stricter[err] {
			t.Fatalf("refused with %v what net/http takes:\n%q", err, data)
		}
		return
	}
	if otherErr != nil {
		t.Fatalf("taken, but net/http refuses with %v:\n%q", otherErr, data)
	}
	for _, special := range []string{"Host", "Transfer-Encoding", "Trailer"} { // net/http moves them elsewhere
		mine.Header.Del(special)
		other.Header.Del(special)
	}
	// Which it adds
	if strings.HasPrefix(mine.Header.Get("Pragma"), "no-cache") && mine.Header["Cache-Control"] == nil {
		other.Header.Del("Cache-Control")
	}
	if other.Minor > 1 {
		other.Minor = 1
	}
	if diff := cmp.Diff(other, mine); diff != "" {
		t.Fatalf("net/http (-) and this package (+) disagree about\n%q\n%s", data, diff)
	}
}

var corpus = []string{
	"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n",
	"GET /a%20b/../c?d=%zz&e HTTP/1.1\nHost: h:80\nA: b\n\n",
	"\r\nGET //x HTTP/1.1\r\nHost:\r\nPragma: no-cache\r\n\r\n",
	"GET http://other:8080/a?b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
	"GET http://[::1]/ HTTP/1.1\r\nHost: [::1]\r\n\r\n",
	"GET http://a;b=c HTTP/1.1\r\nHost: h\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
	"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
	"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n5;x=y\r\nhello\r\n00\r\nA: " +
		"b\r\n\r\nrest",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nx",
	"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: h\r\nX-Ä: \xff\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"get / HTTP/1.7\r\nHost: h\r\nExpect: 100-continue\r\n\r\n",
}

func FuzzParse(f *testing.F) {
	for _, text := range corpus {
		f.Add([]byte(text), 1)
		f.Add([]byte(text), 4096)
	}
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		sameRequest(t, data, 1+max(0, step)%4096)
	})
}

// FuzzServe feeds a whole connection to a site. Nothing may panic, and every byte that is answered is a complete
// answer.
func FuzzServe(f *testing.F) {
	for _, text := range corpus {
		f.Add([]byte(text + text))
	}
	site := NewSite(Options{Timeouts: Timeouts{Linger: time.Nanosecond}})
	site.Data("/data", NewData(3))
	site.Handle("POST", "/", func(w *Response, r *Request) error {
		_, err := io.Copy(w, r.Body)
		return err
	})
	site.Handle("GET", "/", func(w *Response, r *Request) error {
		_, err := w.WriteString(r.Path)
		return err
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		wire := &textWire{text: data, step: 4096}
		site.serve(wire, nil)
		answers := bufio.NewReader(&wire.sent)
		for {
			if _, err := answers.Peek(1); err == io.EOF {
				return
			}
			answer, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatalf("no answer in what was sent for %q: %v", data, err)
			}
			if answer.StatusCode == 100 {
				continue
			}
			if bytes.Contains(data, []byte("HEAD ")) {
				return // the reader cannot know that it has no body
			}
			if _, err := io.Copy(io.Discard, answer.Body); err != nil {
				t.Fatalf("cut answer to %q: %v", data, err)
			}
		}
	})
}

// TestStricter shows for each kind of request in the set above that net/http takes one, so that the set is no wider
// than it must be.
func TestStricter(t *testing.T) {
	chunked := "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	examples := map[error]string{
		errVersion:     "GET / HTTP/2.0\r\n\r\n",
		errTarget:      get("/a#b"),
		errConnect:     "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
		errFold:        get("/", "A: b", " c"),
		errFieldName:   get("/", "Content-Length : 1"),
		errHost:        "GET / HTTP/1.1\r\n\r\n",
		errLengths:     get("/", "Content-Length: 1", "Content-Length: 1") + "x",
		errLongBody:    get("/", "Content-Length: 1048577") + strings.Repeat("x", 1048577),
		errBothFrames:  get("/", "Content-Length: 1", "Transfer-Encoding: chunked") + "0\r\n\r\n",
		errOldChunked:  "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		errExpectation: get("/", "Expect: tea"),
		errLongLine:    get("/" + strings.Repeat("x", 65536)),
		errLongHeader:  get("/", "A: "+strings.Repeat("x", 65536)),
		errManyFields:  get("/", strings.Split(strings.Repeat("A: b\n", 99)+"A: b", "\n")...),
		errChunkSize:   chunked + "1;\x01\r\nx\r\n0\r\n\r\n",
		errOverhead: chunked + strings.Repeat("12c;"+strings.Repeat("x", 500)+"\r\n"+strings.Repeat("y", 300)+"\r\n",
			40) + "0\r\n\r\n", errTrailer: chunked + "0\r\nA: b\r\n c\r\n\r\n",
	}
	for want, text := range examples {
		if _, err := ours([]byte(text), 4096); err != want {
			t.Errorf("%v: refused with %v:\n%.200q", want, err, text)
		}
		if _, err := theirs([]byte(text)); err != nil {
			t.Errorf("%v: net/http refuses too, with %v:\n%.200q", want, err, text)
		}
	}
	for err := range stricter {
		if examples[err] == "" {
			t.Errorf("no example of %v", err)
		}
	}
}

// TestAgreesWithNetHTTP composes requests of what readers disagree about, which random bytes seldom hit.
func TestAgreesWithNetHTTP(t *testing.T) {
	lines := []string{
		"Host: x", "host: [::1]:80", "Host:", "Content-Length: 3", "Content-Length: 3", "content-length:0",
		"Content-Length: 3, 3", "Content-Length: +3",
		"Content-Length:", "Transfer-Encoding: chunked", "transfer-encoding: CHUNKED ", "Transfer-Encoding: gzip",
		"Transfer-Encoding:",
		"Transfer-Encoding: \x0bchunked", "Connection: close", "Connection: keep-alive, x", "Expect: 100-continue",
		"Trailer: A",
		"Trailer: Content-Length", "Pragma: no-cache", "A: b", "A:b\t", " c", "\td", "A : b", ":", "A", "A: \r",
		"\rA: b", "A: b\x00", "\xff: b",
		"Cookie: \xff",
	}
	bodies := []string{
		"", "abc", "abcdef", "0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "3;x\r\nabc\r\n0\r\nA: b\r\n\r\n", "3\nabc\n0\n\n",
		"3 \r\nabc\r\n0\r\n\r\n",
		"-3\r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n",
		"00000000000000003\r\nabc\r\n0\r\n\r\n",
		"fffffffffffffffff\r\n", "0\r\n", "0\r\nA : b\r\n\r\n", "3;\"\r\n\"\r\nabc\r\n0\r\n\r\n",
	}
	first := rapid.SampledFrom([]string{
		"GET / HTTP/1.1", "POST /a HTTP/1.1", "POST / HTTP/1.0", "GET http://x/ HTTP/1.1", "HEAD //a/..%2f HTTP/1.1",
		"GET /%zz HTTP/1.1",
		"PUT /?%zz HTTP/1.2", "OPTIONS * HTTP/1.1", "GET * HTTP/1.1", "CONNECT a:1 HTTP/1.1", "GET /a b HTTP/1.1",
		"GET / HTTP/2.0", "",
	})
	end := rapid.SampledFrom([]string{"\r\n", "\r\n", "\r\n", "\n", "\r\r\n"})
	rapid.Check(t, func(rt *rapid.T) {
		text := first.Draw(rt, "first") + end.Draw(rt, "end")
		text += rapid.SampledFrom([]string{"", "Host: h\r\n", "Host: h\r\n", "host:h\n"}).Draw(rt, "host")
		for _, line := range rapid.SliceOfN(rapid.SampledFrom(lines), 0, 4).Draw(rt, "lines") {
			text += line + end.Draw(rt, "end")
		}
		text += "\r\n" + rapid.SampledFrom(bodies).Draw(rt, "body") + rapid.SampledFrom(bodies).Draw(rt, "next")
		sameRequest(t, []byte(text), rapid.IntRange(1, 100).Draw(rt, "step"))
	})
}
