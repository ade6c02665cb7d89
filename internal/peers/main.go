// Command peers has the servers that a Go programmer would pick without this project, for a comparison of speed: an
// echo over net.Listener with a goroutine a connection, one over the event loops of netpoll, and net/http. It is a
// module of its own, so that the project does not depend on what it is compared with.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"

	"github.com/cloudwego/netpoll"
)

var peers = map[string]func(net.Listener) error{
	"net":      serveNet,
	"netpoll":  serveNetpoll,
	"net/http": serveHTTP,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 || peers[args[0]] == nil {
		return fmt.Errorf("name one of net, netpoll, net/http")
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		os.Exit(0)
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	return peers[args[0]](listener)
}

func serveNet(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			buffer := make([]byte, 16<<10)
			for {
				n, err := conn.Read(buffer)
				if err != nil {
					return
				}
				if _, err := conn.Write(buffer[:n]); err != nil {
					return
				}
			}
		}()
	}
}

func serveNetpoll(listener net.Listener) error {
	echo := func(_ context.Context, conn netpoll.Connection) error {
		reader, writer := conn.Reader(), conn.Writer()
		data, err := reader.Next(reader.Len())
		if err != nil {
			return err
		}
		if _, err := writer.WriteBinary(data); err != nil {
			return err
		}
		if err := writer.Flush(); err != nil {
			return err
		}
		return reader.Release()
	}
	loop, err := netpoll.NewEventLoop(echo)
	if err != nil {
		return err
	}
	return loop.Serve(listener)
}

// page is as long as that of the model http.
const page = "<!doctype html><title>tracer</title><p>This page came over one connection of perhaps many requests.\n"

func serveHTTP(listener net.Listener) error {
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page)
	}))
}
