package socketserver

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"sync/atomic"
	"unicode"
)

// base fills every slot that no transport fills: the BaseServer of the original, serial and without a socket.
func base(s *Server) {
	s.Knobs = Knobs{
		RequestQueueSize: 128,
		MaxPacketSize:    8192,
		BlockOnClose:     true,
		MaxChildren:      40,
		MaxThreads:       8000,
		ErrorLog:         log.New(os.Stderr, "socketserver: ", 0),
	}
	s.Methods = Methods{
		ServerActivate:  func() error { return nil },
		VerifyRequest:   func(*Request) bool { return true },
		FinishRequest:   func(r *Request) error { return s.handler.run(r) },
		ShutdownRequest: func(r *Request) { s.CloseRequest(r) },
		CloseRequest:    func(*Request) {},
		HandleError:     s.log,
		HandleTimeout:   func() {},
		ServiceActions:  func() {},
		Active:          func() []int { return nil },
		Handles:         func(*HandlerClass) error { return nil },
		ProcessRequest: func(r *Request) error {
			err := s.FinishRequest(r)
			if err == nil {
				s.ShutdownRequest(r)
			}
			return err
		},
		ServerClose: func() error {
			if s.socket == nil {
				return nil
			}
			return s.socket.Close()
		},
	}
}

// closeAndJoin closes the socket and waits for the requests in hand, if that is wanted. A listener is closed first, so
// that new clients are refused; a datagram socket last, since the answers go out on it.
func (s *Server) closeAndJoin(close func() error, join func()) error {
	if !s.BlockOnClose || s.DaemonThreads {
		return close()
	}
	if s.isDatagram() && !s.Traps.CloseBeforeAnswers {
		join()
		return close()
	}
	err := close()
	join()
	return err
}

// log is the first HandleError: one line, and the stack of a panic.
func (s *Server) log(r *Request, err error) {
	var (
		stack    string
		panicked *PanicError
		child    *ChildError
	)
	switch {
	case errors.As(err, &panicked):
		stack = "\n" + string(panicked.Stack)
	case errors.As(err, &child) && child.Stack != "":
		stack = "\n" + child.Stack
	}
	s.ErrorLog.Print(printable(fmt.Sprintf("request from %s: %v%s", clientName(r), err, stack)))
}

func clientName(r *Request) string {
	if r.ClientAddress == nil || r.ClientAddress.String() == "" {
		return "an unnamed client"
	}
	return r.ClientAddress.String()
}

// printable keeps what a client wrote from steering the terminal that shows the log.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Stats counts what a server did since it was made.
type Stats struct {
	Requests      int64 // taken: accepted connections, received datagrams
	Refused       int64 // by VerifyRequest
	Truncated     int64 // datagrams longer than MaxPacketSize
	AcceptErrors  int64 // requests that could not be taken for want of a resource
	HandlerErrors int64 // calls of HandleError
	Started       int64 // children, threads, coroutines
	Ended         int64 // of those; a child has ended when it was reaped
	ActivePeak    int64 // most of those at once
	Strangers     int64 // children of others that this server reaped (WaitForAny)
}

type counters struct {
	requests, refused, truncated, acceptErrors, handlerErrors, started, ended, peak, strangers atomic.Int64
}

func (c *counters) start() {
	active := c.started.Add(1) - c.ended.Load()
	for {
		peak := c.peak.Load()
		if active <= peak || c.peak.CompareAndSwap(peak, active) {
			return
		}
	}
}

// Stats is a copy of the counters.
func (s *Server) Stats() Stats {
	c := &s.stats
	return Stats{
		Requests: c.requests.Load(), Refused: c.refused.Load(), Truncated: c.truncated.Load(),
		AcceptErrors:  c.acceptErrors.Load(),
		HandlerErrors: c.handlerErrors.Load(), Started: c.started.Load(), Ended: c.ended.Load(),
		ActivePeak: c.peak.Load(), Strangers: c.strangers.Load(),
	}
}
