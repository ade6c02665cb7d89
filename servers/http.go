package servers

// The HTTP server that the course builds up to: the thread server, or at choice the goroutine server, with package
// httpserver in the place of the echo.
//
// One connection carries many requests. Between them its thread sleeps in the kernel, in the read of the next one: that
// is what keep-alive costs with a thread a connection, and why --limit matters here. The clients beyond it wait in the
// backlog although their requests would take a moment, because idle connections hold all threads.
//
// What is served: GET / is a page, or with a folder its files; /data is a collection of JSON values that a front end
// reads and adds to (see httpserver.Data). Work makes each request last that finds a handler.
//
// Order of system calls: accepting thread accept4, accept4, ...; each other thread recvfrom, sendto, recvfrom, ...,
// recvfrom = 0, close, exit.

import (
	"context"
	"errors"
	"fmt"
	"net"

	"tracer/servers/httpserver"
	"tracer/servers/internal/socket"
)

const httpPage = "<!doctype html><title>tracer</title><p>This page came over one connection of perhaps many requests.\n"

type httpServer struct {
	Server // by threads or goroutines
	base   *base
	site   *httpserver.Site
	folder *httpserver.Folder
}

func newHTTP(b *base) Server {
	s := &httpServer{base: b}
	work := b.DoWork
	if b.options.Goroutines {
		g := newGoroutines(b)
		g.client = func(conn net.Conn) { s.site.ServeConn(conn) }
		s.Server, work = g, g.work
	} else {
		t := newThreads(b)
		t.client = s.serveDescriptor
		s.Server = t
	}
	s.site = httpserver.NewSite(httpserver.Options{Before: func() {
		b.Note(func(r *Report) { r.Requests++ })
		work()
	}})
	s.site.Data("/data", httpserver.NewData(0))
	return s
}

// SetWork implements Worker.
func (s *httpServer) SetWork(w Work) error { return s.base.SetWork(w) }

// Listen opens the folder, too.
func (s *httpServer) Listen() (net.Addr, error) {
	if s.base.Socket != nil { // the error of a second call leaves the folder alone
		return s.Server.Listen()
	}
	if s.base.options.Folder != "" {
		folder, err := httpserver.OpenFolder(s.base.options.Folder, httpserver.FolderOptions{Listing: true})
		if err != nil {
			return nil, fmt.Errorf("serve a folder: %w", err)
		}
		s.folder = folder
	}
	address, err := s.Server.Listen()
	if err != nil {
		return nil, errors.Join(err, s.closeFolder())
	}
	if s.folder != nil {
		s.site.Static("/", s.folder)
	} else {
		s.site.Handle("GET", "/", func(w *httpserver.Response, _ *httpserver.Request) error {
			w.Type("text/html; charset=utf-8")
			_, err := w.WriteString(httpPage)
			return err
		})
	}
	return address, nil
}

func (s *httpServer) Close() error { return errors.Join(s.Server.Close(), s.closeFolder()) }

func (s *httpServer) closeFolder() error {
	if s.folder == nil {
		return nil
	}
	folder := s.folder
	s.folder = nil
	return folder.Close()
}

// Serve ends idle connections at once when ctx ends; those with a request in hand have the grace.
func (s *httpServer) Serve(ctx context.Context) error {
	drained := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(drained)
		_ = s.site.Drain(context.Background()) // nothing is cut here: the grace is the base's
	})
	err := s.Server.Serve(ctx)
	if !stop() {
		<-drained
	}
	return errors.Join(err, s.closeFolder())
}

// serveDescriptor serves one connection on the thread that it has.
func (s *httpServer) serveDescriptor(conn int) {
	s.base.Open.Add(conn)
	s.site.ServeSocket(conn, socket.PeerOf(conn, s.base.options.Network))
	s.base.Open.Close(conn)
	s.base.ExitIfAsked()
}
