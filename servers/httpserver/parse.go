package httpserver

import (
	"bytes"
	"strconv"
	"strings"
)

// What is wrong with a request that is refused before anything looks at what it asks for. After each of them the
// connection ends: where the next request would begin is no longer certain.
var (
	errRequestLine = &StatusError{Code: 400, Text: "the request line is not method, target and version with one " +
		"blank between"}
	errMethodToken = &StatusError{Code: 400, Text: "the method is not a token"}
	errVersionForm = &StatusError{Code: 400, Text: "the version is not of the form HTTP/1.1"}
	errVersion     = &StatusError{Code: 505, Text: "this server speaks HTTP/1.0 and HTTP/1.1"}
	errTarget      = &StatusError{Code: 400, Text: "the request target is malformed"}
	errConnect     = &StatusError{Code: 501, Text: "this server is not a proxy"}
	errFold        = &StatusError{Code: 400, Text: "a header line begins with white space"}
	errFieldLine   = &StatusError{Code: 400, Text: "a header line is not a name, a colon and a value"}
	errFieldName   = &StatusError{Code: 400, Text: "a header name is not a token"}
	errFieldValue  = &StatusError{Code: 400, Text: "a header value contains a control character"}
	errHost        = &StatusError{Code: 400, Text: "the Host header is missing, repeated or malformed"}
	errLength      = &StatusError{Code: 400, Text: "the Content-Length is not a decimal number"}
	errLengths     = &StatusError{Code: 400, Text: "there is more than one Content-Length"}
	errBothFrames  = &StatusError{Code: 400, Text: "both Content-Length and Transfer-Encoding are given"}
	errOldChunked  = &StatusError{Code: 400, Text: "Transfer-Encoding needs HTTP/1.1"}
	errCodings     = &StatusError{Code: 400, Text: "there is more than one Transfer-Encoding"}
	errCoding      = &StatusError{Code: 501, Text: "the only transfer coding that this server knows is chunked"}
	errTrailerName = &StatusError{Code: 400, Text: "a Trailer announces a field that frames the message"}
	errExpectation = &StatusError{Code: 417, Text: "the only expectation that this server knows is 100-continue"}
	errLongLine    = &StatusError{Code: 414, Text: "the request line is too long"}
	errLongHeader  = &StatusError{Code: 431, Text: "the header is too long"}
	errManyFields  = &StatusError{Code: 431, Text: "the header has too many lines"}
	errLongBody    = &StatusError{Code: 413, Text: "the body is too long"}
)

// headEnd finds the blank line that ends a head (request line and header lines): the offset behind it, or -1. It begins
// to look at the line that contains the offset from, so that a head which arrives byte by byte is not searched from its
// beginning again and again. A line ends with CR LF or with LF alone (RFC 9112, 2.2).
func headEnd(b []byte, from int) int {
	i := max(0, from-2)
	for {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		if i < len(b) && b[i] == '\n' {
			return i + 1
		}
		if i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n' {
			return i + 2
		}
	}
}

// overlong reports whether a head that has no end yet can be refused already, so that no client makes the server keep
// more than the limits allow.
func overlong(b []byte, limits *Limits) error {
	line := bytes.IndexByte(b, '\n') + 1
	if line == 0 {
		line = len(b)
	}
	if line > limits.RequestLine {
		return errLongLine
	}
	if len(b)-line > limits.HeaderBytes {
		return errLongHeader
	}
	return nil
}

// parseHead parses a complete head, blank line included, into r. It is a pure function of its arguments. All strings of
// r are parts of head. The error is a *StatusError.
func parseHead(head string, limits *Limits, r *Request) error {
	line, rest := cutLine(head)
	if len(head)-len(rest) > limits.RequestLine {
		return errLongLine
	}
	if err := parseRequestLine(line, r); err != nil {
		return err
	}
	// The target comes behind the header, whose Host it may overrule.
	if err := parseFields(rest, limits, r); err != nil {
		return err
	}
	if err := parseTarget(r); err != nil {
		return err
	}
	return frame(r, limits)
}

// cutLine splits off the first line, without its end. A CR elsewhere stays, for the checks of each part to refuse.
func cutLine(s string) (line, rest string) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return s, ""
	}
	line, rest = s[:i], s[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest
}

func parseRequestLine(line string, r *Request) error {
	r.Line = line
	method, rest, ok := strings.Cut(line, " ")
	if !ok || method == "" {
		return errRequestLine
	}
	target, version, ok := strings.Cut(rest, " ")
	if !ok || target == "" {
		return errRequestLine
	}
	if !all(method, inToken) {
		return errMethodToken
	}
	if !all(target, inTarget) {
		return errTarget
	}
	r.Method, r.Target = method, target
	switch version {
	case "HTTP/1.1":
		r.Minor = 1
		return nil
	case "HTTP/1.0":
		r.Minor = 0
		return nil
	}
	return otherVersion(version, r)
}

// otherVersion judges what is not HTTP/1.0 or 1.1. A higher minor version is answered as 1.1 (RFC 9110, 2.5).
func otherVersion(version string, r *Request) error {
	number, ok := strings.CutPrefix(version, "HTTP/")
	if !ok || len(number) != 3 || !digit(number[0]) || number[1] != '.' || !digit(number[2]) {
		if strings.Contains(version, " ") {
			return errRequestLine
		}
		return errVersionForm
	}
	if number[0] != '1' {
		return errVersion
	}
	r.Minor = 1
	return nil
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// parseFields parses the header lines up to the blank one, and remembers those that the server itself must obey.
func parseFields(rest string, limits *Limits, r *Request) error {
	if len(rest) > limits.HeaderBytes+len("\r\n") {
		return errLongHeader
	}
	for {
		var line string
		line, rest = cutLine(rest)
		if line == "" {
			return nil
		}
		if len(r.Header) == limits.HeaderCount {
			return errManyFields
		}
		field, err := parseField(line)
		if err != nil {
			return err
		}
		r.Header = append(r.Header, field)
		r.control.note(field)
	}
}

// parseField parses one header line. White space before the colon, or in front of the line, which once continued the
// line before, are refused: proxies disagree about both, and a request that two readers read differently is an attack
// (RFC 9112, 5.1).
func parseField(line string) (Field, error) {
	if line[0] == ' ' || line[0] == '\t' {
		return Field{}, errFold
	}
	colon := strings.IndexByte(line, ':')
	if colon <= 0 {
		return Field{}, errFieldLine
	}
	field := Field{Name: line[:colon], Value: trimBlanks(line[colon+1:])}
	if !all(field.Name, inToken) {
		return Field{}, errFieldName
	}
	if !all(field.Value, inValue) {
		return Field{}, errFieldValue
	}
	return field, nil
}

// control is the fields that decide where the request ends and what becomes of the connection.
type control struct {
	host, length, coding    string
	hosts, lengths, codings int
	close, keepAlive        bool
	expect, expectOther     bool
	badTrailer              bool
}

func (c *control) note(f Field) {
	switch len(f.Name) {
	case len("Host"):
		if equalFold(f.Name, "Host") {
			c.host = f.Value
			c.hosts++
		}
	case len("Expect"):
		if equalFold(f.Name, "Expect") {
			c.noteExpect(f.Value)
		}
	case len("Trailer"):
		if equalFold(f.Name, "Trailer") {
			c.noteTrailer(f.Value)
		}
	case len("Connection"):
		if equalFold(f.Name, "Connection") {
			c.noteConnection(f.Value)
		}
	case len("Content-Length"):
		if equalFold(f.Name, "Content-Length") {
			c.length = f.Value
			c.lengths++
		}
	case len("Transfer-Encoding"):
		if equalFold(f.Name, "Transfer-Encoding") {
			c.coding = f.Value
			c.codings++
		}
	}
}

func (c *control) noteExpect(value string) {
	if equalFold(value, "100-continue") {
		c.expect = true
	} else {
		c.expectOther = true
	}
}

func (c *control) noteConnection(value string) {
	for option := range elements(value) {
		c.close = c.close || equalFold(option, "close")
		c.keepAlive = c.keepAlive || equalFold(option, "keep-alive")
	}
}

func (c *control) noteTrailer(value string) {
	for name := range elements(value) {
		for _, framing := range []string{"Content-Length", "Transfer-Encoding", "Trailer"} {
			c.badTrailer = c.badTrailer || equalFold(name, framing)
		}
	}
}

// frame decides where the body ends. Whatever two readers could take for two different ends is refused: two lengths
// (even equal ones), a length beside a coding, a coding other than chunked alone, or one from a client too old to know
// it (RFC 9112, 6 and 11.2).
func frame(r *Request, limits *Limits) error {
	c := &r.control
	if c.codings > 0 {
		return frameCoded(r)
	}
	if c.lengths > 1 {
		return errLengths
	}
	if c.lengths == 1 {
		length, err := parseLength(c.length)
		if err != nil {
			return err
		}
		if length > limits.Body {
			return errLongBody
		}
		r.Length = length
	}
	return checkExpectation(r)
}

func frameCoded(r *Request) error {
	switch c := &r.control; {
	case c.lengths > 0:
		return errBothFrames
	case r.Minor == 0:
		return errOldChunked
	case c.codings > 1:
		return errCodings
	case !equalFold(c.coding, "chunked"):
		return errCoding
	case c.badTrailer:
		return errTrailerName
	}
	r.Length = -1
	return checkExpectation(r)
}

func checkExpectation(r *Request) error {
	if r.control.expectOther {
		return errExpectation
	}
	if r.Minor == 0 {
		r.control.expect = false // it did not exist, and is to be ignored (RFC 9110, 10.1.1)
	}
	return nil
}

// parseLength parses a Content-Length: digits and nothing else, no sign, no list.
func parseLength(s string) (int64, error) {
	if s == "" {
		return 0, errLength
	}
	for i := range len(s) {
		if !digit(s[i]) {
			return 0, errLength
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errLongBody // all digits: it is only too great
	}
	return n, nil
}
