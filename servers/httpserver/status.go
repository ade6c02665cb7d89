package httpserver

import (
	"html"
	"strconv"
)

// StatusError is an answer that a handler, or the server itself, gives by returning an error: the status, a sentence
// for the client (which is escaped wherever it is shown), and header fields that belong to the status, such as Allow.
type StatusError struct {
	Code   int
	Text   string
	Fields []Field
}

// Error is the status with its reason and text, "404 Not Found: no such item".
func (e *StatusError) Error() string {
	s := strconv.Itoa(e.Code) + " " + Reason(e.Code)
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// Error makes the error that a handler returns to answer with the status (400 to 599) and a sentence that says why.
func Error(code int, text string) error { return &StatusError{Code: code, Text: text} }

// Reason is the standard reason phrase of a status code, "" of an unknown one.
func Reason(code int) string { return reasons[code] }

// appendStatusLine is the first line of an answer. The version is the server's own highest, as RFC 9110, 6.2 has it,
// whatever the client spoke.
func appendStatusLine(b []byte, code int) []byte {
	if line, ok := statusLines[code]; ok {
		return append(b, line...)
	}
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(code), 10)
	return append(b, " \r\n"...)
}

// bodyless reports whether an answer with the status has neither body nor Content-Length (RFC 9110, 8.6).
func bodyless(code int) bool { return code < 200 || code == 204 || code == 304 }

// errorPage is the body of an error answer. Nothing of the request is in it but what the text repeats, escaped.
func errorPage(e *StatusError) string {
	title := strconv.Itoa(e.Code)
	if reason := Reason(e.Code); reason != "" {
		title += " " + reason
	}
	page := "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
		"</title></head>\n<body><h1>" +
		title + "</h1>"
	if e.Text != "" {
		page += "<p>" + html.EscapeString(e.Text) + "</p>"
	}
	return page + "</body></html>\n"
}

// statusLines is the table of complete status lines, made once.
var statusLines = func() map[int]string {
	lines := make(map[int]string, len(reasons))
	for code, reason := range reasons {
		lines[code] = "HTTP/1.1 " + strconv.Itoa(code) + " " + reason + "\r\n"
	}
	return lines
}()

// reasons is IANA's registry of status codes.
var reasons = map[int]string{
	100: "Continue",
	101: "Switching Protocols",
	102: "Processing",
	103: "Early Hints",
	200: "OK",
	201: "Created",
	202: "Accepted",
	203: "Non-Authoritative Information",
	204: "No Content",
	205: "Reset Content",
	206: "Partial Content",
	207: "Multi-Status",
	208: "Already Reported",
	226: "IM Used",
	300: "Multiple Choices",
	301: "Moved Permanently",
	302: "Found",
	303: "See Other",
	304: "Not Modified",
	305: "Use Proxy",
	307: "Temporary Redirect",
	308: "Permanent Redirect",
	400: "Bad Request",
	401: "Unauthorized",
	402: "Payment Required",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	406: "Not Acceptable",
	407: "Proxy Authentication Required",
	408: "Request Timeout",
	409: "Conflict",
	410: "Gone",
	411: "Length Required",
	412: "Precondition Failed",
	413: "Content Too Large",
	414: "URI Too Long",
	415: "Unsupported Media Type",
	416: "Range Not Satisfiable",
	417: "Expectation Failed",
	421: "Misdirected Request",
	422: "Unprocessable Content",
	423: "Locked",
	424: "Failed Dependency",
	425: "Too Early",
	426: "Upgrade Required",
	428: "Precondition Required",
	429: "Too Many Requests",
	431: "Request Header Fields Too Large",
	451: "Unavailable For Legal Reasons",
	500: "Internal Server Error",
	501: "Not Implemented",
	502: "Bad Gateway",
	503: "Service Unavailable",
	504: "Gateway Timeout",
	505: "HTTP Version Not Supported",
	506: "Variant Also Negotiates",
	507: "Insufficient Storage",
	508: "Loop Detected",
	511: "Network Authentication Required",
}
