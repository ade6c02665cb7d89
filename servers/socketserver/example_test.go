package socketserver_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"strings"

	"tracer/servers/socketserver"
)

// shout answers a line in upper case.
type shout struct {
	socketserver.StreamRequestHandler
}

func (h *shout) Handle() error {
	line, err := h.Reader.ReadString('\n')
	if err != nil {
		return err
	}
	_, err = io.WriteString(h.Writer, strings.ToUpper(line))
	return err
}

// Shout is registered, so that a forking server can use it too.
var Shout = socketserver.Register("shout", func() socketserver.Handler { return new(shout) })

// The same handler works in each kind of server. main (here TestMain) begins with socketserver.Init, for the children.
func Example() {
	for _, class := range []socketserver.Class{
		socketserver.TCPServer, socketserver.ThreadingTCPServer, socketserver.ForkingTCPServer,
	} {
		server, err := class("127.0.0.1:0", Shout)
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			if err := server.ServeForever(0); err != nil {
				log.Print(err)
			}
		}()
		conn, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(conn, "hello")
		answer, _ := io.ReadAll(conn)
		fmt.Print(string(answer))
		conn.Close()
		server.Close()
	}
	// Output:
	// HELLO
	// HELLO
	// HELLO
}

// A class of one's own: parts, and a body that turns a knob and extends a method.
func ExampleCombine() {
	picky := socketserver.Combine(socketserver.TCP, func(s *socketserver.Server) {
		super := s.Methods
		s.RequestQueueSize = 16
		s.VerifyRequest = func(r *socketserver.Request) bool {
			return r.ClientAddress.(*net.TCPAddr).IP.IsLoopback() && super.VerifyRequest(r)
		}
	})
	server, err := picky("127.0.0.1:0", socketserver.Daytime)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	conn, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	if err := server.HandleRequest(); err != nil {
		log.Fatal(err)
	}
	answer, _ := io.ReadAll(conn)
	fmt.Println(strings.HasSuffix(string(answer), "-UTC\r\n"))
	// Output: true
}
