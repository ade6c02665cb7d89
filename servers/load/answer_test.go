package load

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readWhole reads an answer as the client does, and theirs as net/http does: its status, and in a word what was wrong.
func readWhole(text string) (status int, what string) {
	in := bufio.NewReaderSize(strings.NewReader(text), maxHeader)
	head, err := readHead(in)
	if err == nil {
		err = head.skipBody(in)
	}
	return head.status, wordOf(err)
}

func theirs(text string) (status int, what string) {
	answer, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
	if err != nil {
		return 0, wordOf(err)
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, wordOf(err)
}

func wordOf(err error) string {
	if err == nil {
		return ""
	}
	return kind(received(err))
}

// TestAnswersAreReadAsByOthers: what is an answer, and where one ends, is what net/http takes for it.
func TestAnswersAreReadAsByOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
		text := pick("first", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 204 No Content",
			"HTTP/1.1 304 Not Modified", "HTTP/1.1 404 No", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1  200 OK",
			"HTTP/1.1 20 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1", "hello", "", "HTTP/1.1 -12 no", "http/1.1 200 OK",
			"HTTP/1.1 100 Continue")
		end := pick("end", "\r\n", "\n")
		text += end
		for range rapid.IntRange(0, 3).Draw(t, "fields") {
			text += pick("field", "Content-Length: 5", "content-length:0", "Content-Length: 3", "Content-Length: -1",
				"Content-Length: x", "Transfer-Encoding: chunked", "transfer-encoding: Chunked",
				"Transfer-Encoding: gzip", "Name: value", "Name:", "no colon", ": value", "Connection: close") + end
		}
		text += end + pick("body", "", "hello", "hello and more", "5\r\nhello\r\n0\r\n\r\n",
			"5;x=y\r\nhello\r\n0\r\n\r\n",
			"5\r\nhello\r\n3\r\nyou\r\n0\r\nName: value\r\n\r\n", "0\r\nno colon\r\n\r\n", "5\r\nhelloxx0\r\n\r\n",
			"g\r\nhello\r\n", "\r\n", "A\r\n0123456789\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n")
		whole := len(text)
		text = text[:rapid.IntRange(0, len(text)).Draw(t, "cut")]
		got, what := readWhole(text)
		want, why := theirs(text)
		if what != "" && why != "" && len(text) < whole { // of two things that are wrong, either is told
			why = what
		}
		if what != why || what == "" && got != want {
			t.Fatalf("%q: status %d, %q; net/http reads %d, %q", text, got, what, want, why)
		}
	})
}
