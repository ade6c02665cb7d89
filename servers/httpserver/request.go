package httpserver

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
)

// Request is what a client asks for. It is the handler's until that returns; its strings may be kept.
type Request struct {
	Line   string // the request line as it came, without its end
	Method string // "GET"; methods are case-sensitive
	Target string // as it came: "/a%20b?x=1", "http://host/a", "*"
	// decoded and resolved: "/a b"; begins with "/", contains no "..", no empty segment, no control character, no "\"
	Path   string
	Query  string   // what is behind the "?", not decoded; for url.ParseQuery
	Minor  int      // of the version: 0 or 1
	Host   string   // of the target, or else of the Host header; "" only in HTTP/1.0, or where the client sent it so
	Header Header   // the header lines
	Length int64    // of the body, in bytes; -1 when it comes in chunks, and its length is not known before its end
	Body   *Body    // never nil; at its end at once when the request has no body
	Remote net.Addr // the client; nil when the connection does not tell

	noPath  bool // the target names nothing here
	control control
}

func (r *Request) reset() {
	clear(r.Header) // else it would keep the head of a past request alive
	*r = Request{Header: r.Header[:0], Body: r.Body, Remote: r.Remote}
}

// keepAlive reports whether the client wants the connection to go on: what HTTP/1.1 does unless told, and 1.0 if told.
func (r *Request) keepAlive() bool {
	if r.Minor == 0 {
		return r.control.keepAlive && !r.control.close
	}
	return !r.control.close
}

// JSON reads the body as one JSON value into v, as json.Unmarshal does. The error answers the request when the handler
// returns it: 415 when the body is declared to be something else, 400 when it is no JSON value or does not fit v, and
// what Body.Read gives.
func (r *Request) JSON(v any) error {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if kind = trimBlanks(kind); kind != "" && !equalFold(kind, "application/json") {
		return Error(415, "the body must be application/json")
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		var impossible *json.InvalidUnmarshalError
		if errors.As(err, &impossible) {
			return err // the handler's mistake, not the client's
		}
		return Error(400, "the body is not the JSON value that is expected: "+err.Error())
	}
	return nil
}
