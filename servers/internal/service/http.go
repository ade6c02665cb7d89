package service

import "strconv"

// Page is the body that the HTTP service answers with.
const Page = "<!doctype html><title>tracer</title><p>One request, one answer, and the connection closes.\n"

// The answers are whole before the first request: a forked child can build nothing.
var (
	httpOK       = httpHead("200 OK", "text/html; charset=utf-8", len(Page)) + Page
	httpOKHead   = httpHead("200 OK", "text/html; charset=utf-8", len(Page))
	httpNotFor   = httpHead("405 Method Not Allowed\r\nAllow: GET, HEAD", "text/plain", 0)
	httpTooLarge = httpHead("431 Request Header Fields Too Large", "text/plain", 0)

	answerOK       = []byte(httpOK)
	answerOKHead   = []byte(httpOKHead)
	answerNotFor   = []byte(httpNotFor)
	answerTooLarge = []byte(httpTooLarge)
)

func httpHead(status, contentType string, length int) string {
	return "HTTP/1.1 " + status + "\r\nContent-Type: " + contentType +
		"\r\nContent-Length: " + strconv.Itoa(length) + "\r\nConnection: close\r\n\r\n"
}

// httpAnswer answers a request once its head is complete; full tells that no more of it could be received.
//
//go:nosplit
//go:norace
func httpAnswer(request []byte, full bool) (answer []byte, done bool) {
	for len(request) > 0 && (request[0] == '\r' || request[0] == '\n') {
		request = request[1:] // a server should skip an empty first line (RFC 9112, section 2.2)
	}
	switch {
	case !headComplete(request):
		if full {
			return answerTooLarge, true
		}
		return nil, false
	case startsWith(request, "GET "):
		return answerOK, true
	case startsWith(request, "HEAD "):
		return answerOKHead, true
	}
	return answerNotFor, true
}

// headComplete finds the empty line that ends a head. As RFC 9112 allows, a line may end in LF alone.
//
//go:nosplit
//go:norace
func headComplete(request []byte) bool {
	line := 0 // bytes in the line so far
	for _, c := range request {
		switch c {
		case '\r':
		case '\n':
			if line == 0 {
				return true
			}
			line = 0
		default:
			line++
		}
	}
	return false
}

//go:nosplit
//go:norace
func startsWith(b []byte, prefix string) bool {
	if len(b) < len(prefix) {
		return false
	}
	for i := 0; i < len(prefix); i++ {
		if b[i] != prefix[i] {
			return false
		}
	}
	return true
}
