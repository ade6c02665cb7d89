package main

import (
	"bytes"
	"fmt"
	"strings"
)

// request is one to be sent, line by line.
type request struct {
	method, target, version string
	headers                 []string
	body                    string
	end                     string // of each line
}

func (r request) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s%s", r.method, r.target, r.version, r.end)
	for _, h := range r.headers {
		b.WriteString(h + r.end)
	}
	b.WriteString(r.end + r.body)
	return b.Bytes()
}

// validRequest draws one that every server must answer alike: for a file that is there, or not.
func validRequest(t *try) request {
	r := request{method: pick(t, []string{"GET", "GET", "HEAD"}), target: pick(t, siteFiles), version: "HTTP/1.1",
		end: "\r\n"}
	r.headers = []string{pick(t, []string{"Host: a", "host: localhost:80", "HOST:a"}), "Connection: close"}
	for range t.IntN(4) {
		r.headers = append(r.headers, pick(t, []string{"Accept: */*", "X-Empty:", "User-Agent: a \"b\" (c)",
			"Cookie: a=b; c=d",
			"X-Long: " + strings.Repeat("x", 2000)}))
	}
	return r
}

// siteFiles are what is asked for.
var siteFiles = []string{"/a.txt", "/sub/b.txt", "/sp%20ace.txt", "/a.txt?x=y", "/empty.txt", "/none.txt", "/%61.txt"}

// Forms of each part of a request that break RFC 9110 or 9112, or come near to it.
var (
	oddMethods = []string{"", "get", "G T", "GET\t", "\"GET\"", "GET,", "OPTIONS", "DELETE", "BREW",
		strings.Repeat("M", 5000),
		"GET\x00", "PRI"}
	oddTargets = []string{"", "*", "a.txt", "//a.txt", "/./a.txt", "/sub/../a.txt", "/..", "/%2e%2e/a.txt", "/%00",
		"/%zz", "/%", "/a b", "/\xff", "/\x01", "/a#b", "/a\x7f", "http://a/a.txt", "http:///a.txt", "a:80", "/" +
			strings.Repeat("x", 9000),
		"/" + strings.Repeat("y", 70000), "/sub", "/sub/", "\t/a.txt"}
	oddVersions = []string{"", "HTTP/1.0", "HTTP/1.2", "HTTP/1.10", "HTTP/2.0", "HTTP/0.9", "HTTP/1", "http/1.1",
		"HTTP/1.1 ",
		" HTTP/1.1", "HTTP/ 1.1", "HTTP/01.1", "HTTPS/1.1", "HTTP/1.1\t"}
	oddEnds    = []string{"\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n", " \r\n", "\x00\r\n"}
	oddHeaders = []string{"Host: b", "Host:", "Host: a b", "Host: a/b", "Host : a", " X: folded", "\tX: folded",
		"no colon",
		": no name", "X Y: z", "X\x00: z", "X: \x00", "X: a\rb", "X: \x7f",
		"X: \x80", "\xc3\xa9: z", "X: " + strings.Repeat("x", 70000), strings.TrimSpace(strings.Repeat("X: y\r\n",
			300)),
		"Expect: 100-continue", "Expect: wonders", "Connection: upgrade", "Upgrade: h2c",
		"Content-Length: 3", "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
		"Content-Length: +5",
		"Content-Length: -1", "Content-Length: 0x5", "Content-Length: 5 5", "Content-Length: 5, 5",
		"Content-Length: 005", "Content-Length: 99999999999999999999", "Content-Length:", "Content-Length: 5\x0b",
		"Transfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5", "Transfer-Encoding: Chunked",
		"Transfer-Encoding: chunked, chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity",
		"Transfer-Encoding: xchunked", "Transfer-Encoding:\x0bchunked",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
		"Range: bytes=0-0", "Range: bytes=5-", "Range: bytes=-1", "Range: bytes=9-1", "If-Modified-Since: yesterday",
		"Trailer: Content-Length"}
	oddBodies = []string{"abc", "hello", "5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
		"-1\r\nhello\r\n0\r\n\r\n",
		"5;x=y\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5\r\nhello0\r\n\r\n", "ffffffffffffffffff\r\nhello",
		"5\r\nhello\r\n0\r\nX: y\r\n\r\n",
		"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "\r\n",
		"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n",
		"0\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"}
)

// oddRequest draws one with some odd parts, and at times other bytes.
func oddRequest(t *try) []byte {
	r := validRequest(t)
	for range 1 + t.IntN(3) {
		switch t.IntN(8) {
		case 0:
			r.method = pick(t, oddMethods)
		case 1:
			r.target = pick(t, oddTargets)
		case 2:
			r.version = pick(t, oddVersions)
		case 3:
			r.end = pick(t, oddEnds)
		case 4, 5:
			i := t.IntN(len(r.headers) + 1)
			r.headers = append(r.headers[:i:i], append([]string{pick(t, oddHeaders)}, r.headers[i:]...)...)
		case 6:
			r.headers = r.headers[:t.IntN(len(r.headers)+1)]
		case 7:
			r.method = "POST"
			r.headers = append(r.headers, pick(t, oddHeaders))
			r.body = pick(t, oddBodies)
		}
	}
	text := r.bytes()
	if t.IntN(3) == 0 {
		text = mutate(t, text)
	}
	return text
}
