package httpserver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"testing"
)

// echoSite answers in all ways that a handler can.
func echoSite(t *testing.T) *Site {
	site := newSite(t, Options{})
	site.Handle("GET", "/hello", func(w *Response, r *Request) error {
		_, err := w.WriteString("hello")
		return err
	})
	site.Handle("POST", "/echo", func(w *Response, r *Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		_, err = w.Write(body)
		return err
	})
	site.Handle("POST", "/ignore", func(w *Response, r *Request) error { return nil })
	site.Handle("POST", "/reject", func(w *Response, r *Request) error { return Error(403, "not <you>") })
	site.Handle("SPAM", "/hello", func(w *Response, r *Request) error { w.Status(204); return nil })
	site.Handle("GET", "/tree/", func(w *Response, r *Request) error {
		_, err := fmt.Fprintf(w, "%s?%s", r.Path, r.Query)
		return err
	})
	site.Handle("GET", "/tree/deep/", func(w *Response, r *Request) error {
		_, err := w.WriteString("deep")
		return err
	})
	site.Handle("GET", "/gone", func(w *Response, r *Request) error {
		w.Redirect(303, "//evil.com/a b", "x=1")
		return nil
	})
	site.Handle("GET", "/last", func(w *Response, r *Request) error {
		w.Header("Connection", "close")
		_, err := w.WriteString("bye")
		return err
	})
	return site
}

// want is what a test expects of one answer; a body of "*" is any.
type want struct {
	status int
	body   string
	close  bool
	header string // one line that must be there, or must not with "-Name"
}

// TestAnswers is the table of requests and answers: what is sent on a new connection, and all that comes back until it
// closes.
func TestAnswers(t *testing.T) {
	const host = " HTTP/1.1\r\nHost: h\r\n"
	ok := want{200, "hello", false, "Content-Length: 5"}
	table := []struct {
		name, send string
		want       []want
	}{
		{"get", "GET /hello" + host + "\r\n", []want{ok}},
		{"line feeds only", "GET /hello HTTP/1.1\nHost: h\n\n", []want{ok}},
		{"empty line in front", "\r\nGET /hello" + host + "\r\n", []want{ok}},
		{"two empty lines in front", "\r\n\r\nGET /hello" + host + "\r\n", []want{{400, "*", true, ""}}},
		{"head", "HEAD /hello" + host + "\r\n", []want{{200, "", false, "Content-Length: 5"}}},
		{"query", "GET /hello?a=b" + host + "\r\n", []want{ok}},
		{"absolute", "GET http://h/hello" + host + "\r\n", []want{ok}},
		{"pipelined", strings.Repeat("GET /hello"+host+"\r\n", 3), []want{ok, ok, ok}},
		{"pipelined posts", "POST /echo" + host + "Content-Length: 2\r\n\r\nabGET /hello" + host + "\r\n",
			[]want{{200, "ab", false, ""}, ok}},
		{"close", "GET /hello" + host + "Connection: close\r\n\r\nGET /hello" + host + "\r\n",
			[]want{{200, "hello", true, "Connection: close"}}},
		{"handler closes", "GET /last" + host + "\r\nGET /hello" + host + "\r\n", []want{{200, "bye", true, ""}}},
		{"1.0", "GET /hello HTTP/1.0\r\n\r\nGET /hello HTTP/1.0\r\n\r\n",
			[]want{{200, "hello", true, "Connection: close"}}},
		{"1.0, kept", strings.Repeat("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 2),
			[]want{{200, "hello", false, "Connection: keep-alive"}, {200, "hello", false, ""}}},
		{"404, and the connection goes on", "GET /no" + host + "\r\nGET /hello" + host + "\r\n",
			[]want{{404, "*", false, ""}, ok}},
		{"head of nothing", "HEAD /no" + host + "\r\n", []want{{404, "", false,
			"Content-Type: text/html; charset=utf-8"}}},
		{"no pattern matches half a name", "GET /hello2" + host + "\r\n", []want{{404, "*", false, ""}}},
		{"climbing", "GET /../hello" + host + "\r\nGET /a/../hello" + host + "\r\n", []want{{404, "*", false, ""}, ok}},
		{"below a pattern", "GET /tree/a%20b/?q=%20" + host + "\r\n", []want{{200, "/tree/a b/?q=%20", false, ""}}},
		{"the longest pattern wins", "GET /tree/deep/x" + host + "\r\n", []want{{200, "deep", false, ""}}},
		{"method not here", "POST /hello" + host + "Content-Length: 3\r\n\r\nabcGET /hello" + host + "\r\n",
			[]want{{405, "*", false, "Allow: GET, HEAD, OPTIONS, SPAM"}, ok}},
		{"method of nobody", "BREW /hello" + host + "\r\n", []want{{501, "*", false, ""}}},
		{"method in small letters", "get /hello" + host + "\r\n", []want{{501, "*", false, ""}}},
		{"own method", "SPAM /hello" + host + "\r\n", []want{{204, "", false, "-Content-Length"}}},
		{"options", "OPTIONS /echo" + host + "\r\n", []want{{204, "", false, "Allow: OPTIONS, POST"}}},
		{"options of the server", "OPTIONS *" + host + "\r\n",
			[]want{{204, "", false, "Allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, SPAM"}}},
		{"proxy", "CONNECT h:443" + host + "\r\n", []want{{501, "*", true, ""}}},
		{"redirect stays here", "GET /gone" + host + "\r\n", []want{{303, "", false, "Location: /evil.com/a%20b?x=1"}}},

		{"one word", "GET\r\n\r\n", []want{{400, "*", true, ""}}},
		{"no version", "GET /hello\r\n\r\n", []want{{400, "*", true, ""}}},
		{"other protocol", "GET /hello FTP/1.1\r\n\r\n", []want{{400, "*", true, ""}}},
		{"version 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []want{{505, "*", true, ""}}},
		{"no host", "GET /hello HTTP/1.1\r\n\r\n", []want{{400, "*", true, ""}}},
		{"cut head", "GET /hello HTTP/1.1\r\nHost", []want{{400, "*", true, ""}}},
		{"nothing", "", nil},
		{"nothing but an empty line", "\r\n", []want{{400, "*", true, ""}}},
		{"fold", "GET /hello" + host + "A: b\r\n c\r\n\r\n", []want{{400, "*", true, ""}}},
		{"expectation", "GET /hello" + host + "Expect: tea\r\n\r\n", []want{{417, "*", true, ""}}},

		{"post", "POST /echo" + host + "Content-Length: 3\r\n\r\nabc", []want{{200, "abc", false, ""}}},
		{"post nothing", "POST /echo" + host + "Content-Length: 0\r\n\r\n",
			[]want{{200, "", false, "Content-Length: 0"}}},
		{"post chunks", "POST /echo" + host + "Transfer-Encoding: " +
			"chunked\r\n\r\n3;x=\"y\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n" +
			"GET /hello" + host + "\r\n", []want{{200, "abc0123456789", false, ""}, ok}},
		{"no length", "POST /echo" + host + "\r\n", []want{{411, "*", false, ""}}},
		{"cut body", "POST /echo" + host + "Content-Length: 4\r\n\r\nabc", []want{{400, "*", true, ""}}},
		{"cut chunk", "POST /echo" + host + "Transfer-Encoding: chunked\r\n\r\n4\r\nabc", []want{{400, "*", true, ""}}},
		{"bad chunk", "POST /echo" + host + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
			[]want{{400, "*", true, ""}}},
		{"long chunk", "POST /echo" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
			[]want{{400, "*", true, ""}}},
		{"line feed behind chunk size", "POST /echo" + host + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
			[]want{{400, "*", true, ""}}},
		{"body that nobody reads", "POST /ignore" + host + "Content-Length: 3\r\n\r\nabcGET /hello" + host + "\r\n",
			[]want{{200, "", false, ""}, ok}},
		{"chunks that nobody reads", "POST /ignore" + host +
			"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /hello" + host + "\r\n",
			[]want{{200, "", false, ""}, ok}},
		{"bad chunks that nobody reads", "POST /ignore" + host + "Transfer-Encoding: chunked\r\n\r\nx\r\nGET /hello" +
			host + "\r\n",
			[]want{{200, "", true, ""}}},
		{"body of a get", "GET /hello" + host + "Content-Length: 5\r\n\r\nGET /GET /hello" + host + "\r\n",
			[]want{ok, ok}},
		{"too long to announce", "POST /echo" + host + "Content-Length: 1048577\r\n\r\n", []want{{413, "*", true, ""}}},
		{"longer than a number", "POST /echo" + host + "Content-Length: 99999999999999999999\r\n\r\n",
			[]want{{413, "*", true, ""}}},
		{"coding and length", "POST /echo" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			[]want{{400, "*", true, ""}}},
		{"two lengths", "POST /echo" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
			[]want{{400, "*", true, ""}}},
		{"unknown coding", "POST /echo" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
			[]want{{501, "*", true, ""}}},
		{"body comes without waiting", "POST /echo" + host + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
			[]want{{200, "abc", false, ""}}},
		{"refused by the handler", "POST /reject" + host + "Content-Length: 3\r\n\r\nabc",
			[]want{{403, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>403 " +
				"Forbidden</title></head>\n" +
				"<body><h1>403 Forbidden</h1><p>not &lt;you&gt;</p></body></html>\n", false,
				"X-Content-Type-Options: nosniff"}}},
	}
	onBoth(t, echoSite, func(t *testing.T, dial func() *net.TCPConn) {
		for _, c := range table {
			t.Run(c.name, func(t *testing.T) {
				got := answers(t, talk(t, dial(), c.send), methodsOf(c.send)...)
				checkAnswers(t, got, c.want)
			})
		}
	})
}

func checkAnswers(t *testing.T, got []answer, wants []want) {
	t.Helper()
	if len(got) != len(wants) {
		t.Fatalf("%d answers, want %d: %+v", len(got), len(wants), got)
	}
	for i, want := range wants {
		a := got[i]
		if a.status != want.status || a.close != want.close || want.body != "*" && a.body != want.body {
			t.Errorf("answer %d: %d %q close=%v, want %d %q close=%v", i+1, a.status, a.body, a.close, want.status,
				want.body, want.close)
		}
		if a.header.Get("Date") == "" || a.header.Get("Server") != "httpserver" {
			t.Errorf("answer %d lacks Date or Server: %v", i+1, a.header)
		}
		name, value, _ := strings.Cut(want.header, ": ")
		switch unwanted, not := strings.CutPrefix(name, "-"); {
		case not && a.header[unwanted] != nil:
			t.Errorf("answer %d has %s: %v", i+1, unwanted, a.header)
		case !not && name == "Connection":
			// net/http's reader takes it away; close tells
		case !not && name != "" && a.header.Get(name) != value:
			t.Errorf("answer %d: %s is %q, want %q", i+1, name, a.header.Get(name), value)
		}
	}
}

// TestContinue: a client that waits for leave gets it when the handler reads, and is not asked when the handler does
// not.
func TestContinue(t *testing.T) {
	onBoth(t, echoSite, func(t *testing.T, dial func() *net.TCPConn) {
		const rest = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
		t.Run("read", func(t *testing.T) {
			c := dial()
			send(t, c, "POST /echo"+rest)
			receive(t, c, "HTTP/1.1 100 Continue\r\n\r\n")
			got := answers(t, talk(t, c, "abc"))
			checkAnswers(t, got, []want{{200, "abc", false, ""}})
		})
		for _, path := range []string{"/ignore", "/reject", "/no"} {
			t.Run("answered unread "+path, func(t *testing.T) {
				c := dial()
				send(t, c, "POST "+path+rest)
				stream, err := io.ReadAll(c) // the connection ends, for nobody knows whether a body comes
				if err != nil {
					t.Fatal(err)
				}
				if got := answers(t, stream); len(got) != 1 || got[0].status == 100 || !got[0].close {
					t.Errorf("%+v", got)
				}
			})
		}
	})
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// receive reads exactly the text.
func receive(t *testing.T, c net.Conn, text string) {
	t.Helper()
	got := make([]byte, len(text))
	if n, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("received %q, %v, want %q", got[:n], err, text)
	}
}

// TestStreaming: bodies that do not fit the buffer, or are flushed.
func TestStreaming(t *testing.T) {
	part := strings.Repeat("0123456789abcdef", 1000)
	make := func(t *testing.T) *Site {
		site := newSite(t, Options{ErrorLog: log.New(io.Discard, "", 0)})
		handle := func(path string, h Handler) { site.Handle("GET", path, h) }
		parts := func(w *Response) error {
			for range 20 {
				if _, err := w.WriteString(part); err != nil {
					return err
				}
			}
			return nil
		}
		handle("/long", func(w *Response, _ *Request) error { return parts(w) })
		handle("/declared", func(w *Response, _ *Request) error { w.Length(int64(20 * len(part))); return parts(w) })
		handle("/one", func(w *Response, _ *Request) error {
			_, err := w.WriteString(strings.Repeat(part, 20))
			return err
		})
		handle("/given", func(w *Response, _ *Request) error { w.Send([]byte(strings.Repeat(part, 20))); return nil })
		handle("/flushed", func(w *Response, _ *Request) error {
			for _, s := range []string{"a", "", "b"} {
				if _, err := w.WriteString(s); err != nil {
					return err
				}
				if err := w.Flush(); err != nil {
					return err
				}
			}
			return nil
		})
		handle("/too-long", func(w *Response, _ *Request) error { w.Length(10); return parts(w) })
		handle("/too-short", func(w *Response, _ *Request) error { w.Length(1 << 20); return parts(w) })
		handle("/short", func(w *Response, _ *Request) error {
			w.Length(10)
			_, err := w.WriteString("short")
			return err
		})
		handle("/breaks", func(w *Response, _ *Request) error {
			if err := parts(w); err != nil {
				return err
			}
			return errors.New("out of luck")
		})
		return site
	}
	whole := strings.Repeat(part, 20)
	onBoth(t, make, func(t *testing.T, dial func() *net.TCPConn) {
		ask := func(target, version string) []byte {
			return talk(t, dial(), "GET "+target+" HTTP/"+version+"\r\nHost: h\r\n\r\n")
		}
		for target, wanted := range map[string]want{
			"/long":     {200, whole, false, "-Content-Length"},
			"/declared": {200, whole, false, "Content-Length: 320000"},
			"/one":      {200, whole, false, "-Content-Length"},
			"/given":    {200, whole, false, "Content-Length: 320000"},
			"/flushed":  {200, "ab", false, "-Content-Length"},
		} {
			checkAnswers(t, answers(t, ask(target, "1.1")), []want{wanted})
			old := wanted
			old.close = true
			checkAnswers(t, answers(t, ask(target, "1.0")), []want{old})
		}
		if got := answers(t, talk(t, dial(), "HEAD /long HTTP/1.1\r\nHost: h\r\n\r\nGET /flushed HTTP/1.1\r\nHost: "+
			"h\r\n\r\n"), "HEAD"); len(got) != 2 ||
			got[0].body != "" || got[1].body != "ab" {
			t.Errorf("a long answer to HEAD has a body: %.300v", got)
		}
		for _, target := range []string{"/too-long", "/short"} {
			checkAnswers(t, answers(t, ask(target, "1.1")), []want{{500, "*", false, ""}})
		}
		// What has begun cannot become an error: the client must see that the end is missing.
		for _, target := range []string{"/too-short", "/breaks"} {
			stream := ask(target, "1.1")
			if _, err := readAnswer(bufio.NewReader(bytes.NewReader(stream)), nil); err == nil {
				t.Errorf("%s: the answer seems complete", target)
			}
		}
	})
}
