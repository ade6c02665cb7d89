package socketserver

import (
	"errors"
	"io"
	"time"

	"tracer/servers/internal/service"
)

// The services that are ready to use, on streams and on datagrams. A forking server runs them in a pure fork, a child
// that goes on with the parent's memory and executes nothing; any other handler is for a child that executes the
// program anew.
var (
	Echo       = fixedClass(service.Echo)    // each piece received, until the client ends (RFC 862)
	Upper      = fixedClass(service.Upper)   // the same with ASCII letters in upper case
	Daytime    = fixedClass(service.Daytime) // the time of day as one line (RFC 867)
	StaticHTTP = fixedClass(service.HTTP)    // a fixed page to one GET or HEAD, 405 to the rest
)

func fixedClass(s service.Service) *HandlerClass {
	class := Register("socketserver-"+s.String(), func() Handler { return &fixed{service: s} })
	class.pure = &s
	return class
}

// fixed has the conversation that the service prescribes, with ordinary reads and writes.
type fixed struct {
	BaseRequestHandler
	service service.Service
}

func (h *fixed) Handle() error {
	if h.Packet != nil {
		return h.answer()
	}
	talk := service.NewTalk(h.service, true)
	answer, done := talk.Greeting()
	for {
		if len(answer) > 0 {
			if _, err := h.Conn.Write(answer); err != nil {
				return err
			}
		}
		if done {
			return h.end()
		}
		n, err := h.Conn.Read(talk.Room())
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		answer, done = talk.Received(n)
	}
}

// end ends a conversation from the server's side. What the client sent in vain is read first: to close a socket with
// unread bytes resets the connection, and the reset may overtake the answer.
func (h *fixed) end() error {
	if err := h.Conn.CloseWrite(); err != nil {
		return nil // the client has gone
	}
	_ = h.Conn.SetReadDeadline(time.Now())
	rest := make([]byte, service.StreamBuffer)
	for range 64 {
		if _, err := h.Conn.Read(rest); err != nil {
			break
		}
	}
	return nil
}

// answer is the whole conversation about a datagram. An empty one is received too, and answered as the service would.
func (h *fixed) answer() error {
	talk := service.NewTalk(h.service, false)
	n := copy(talk.Room(), h.Packet)
	answer, _ := talk.Received(n)
	_, err := h.Conn.WriteTo(answer, h.ClientAddress)
	return err
}
