package httpserver

import (
	"io"
	"net"
	"strconv"
	"sync"
)

// accessLog writes a line a request, in the Common Log Format:
//
//	127.0.0.1 - - [23/Nov/2026:07:45:41 +0000] "GET /a HTTP/1.1" 200 1234
//
// The number at the end counts the bytes of the body. What a client wrote stands in it escaped, or it could move the
// cursor of whoever reads the log, or write lines of its own.
type accessLog struct {
	mu sync.Mutex
	to io.Writer
}

func (c *conn) logAccess() {
	log := &c.site.access
	if log.to == nil {
		return
	}
	w := &c.response
	b := append(c.line[:0], c.clientName()...)
	b = append(b, " - - ["...)
	b = c.now.AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	b = append(b, `] "`...)
	b = appendEscaped(b, c.request.Line)
	b = append(b, `" `...)
	b = strconv.AppendInt(b, int64(w.status), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, w.sent, 10)
	b = append(b, '\n')
	c.line = b
	log.mu.Lock()
	defer log.mu.Unlock()
	_, _ = log.to.Write(b) // a log that cannot be written is no reason not to serve
}

// clientName is the client's address without its port, "-" where there is none.
func (c *conn) clientName() string {
	if c.client == "" {
		c.client = "-"
		if tcp, ok := c.request.Remote.(*net.TCPAddr); ok && tcp != nil {
			c.client = tcp.IP.String()
		}
	}
	return c.client
}

// logError logs for the owner of the server what the client does not see.
func (c *conn) logError(err error) {
	line := appendEscaped(nil, c.request.Line)
	c.site.errors.Printf("%s: %q: %v", c.clientName(), line, err)
}

// appendEscaped writes text of a client so that it is harmless wherever it is shown: what is not visible ASCII, or ends
// a quoted string, as an escape.
func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c >= 0x7f:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}
