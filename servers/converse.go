package servers

import (
	"errors"
	"io"
	"net"
	"syscall"

	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// stream is a connection whose calls block whoever makes them: a thread, or a goroutine.
type stream interface {
	receive(room []byte) (int, error) // 0 bytes: the client has ended
	sendAll([]byte) error
	finish(room []byte) // the server ends the conversation
}

// converse serves one client to the end of the conversation. Work is called before each answer.
func converse(s stream, talk *service.Talk, work func()) error {
	talk.Reset()
	answer, done := talk.Greeting()
	for {
		if len(answer) > 0 {
			work()
			if err := s.sendAll(answer); err != nil {
				return err
			}
		}
		if done {
			talk.Reset()
			s.finish(talk.Room())
			return nil
		}
		n, err := s.receive(talk.Room())
		if n == 0 || err != nil {
			return err
		}
		answer, done = talk.Received(n)
	}
}

// descriptor is a blocking socket, served by system calls.
type descriptor int

func (d descriptor) receive(room []byte) (int, error) { return socket.Receive(int(d), room) }
func (d descriptor) sendAll(b []byte) error           { return socket.SendAll(int(d), b) }
func (d descriptor) finish(room []byte)               { socket.Finish(int(d), room) }

// netStream is a connection of package net.
type netStream struct{ net.Conn }

func (s netStream) receive(room []byte) (int, error) {
	n, err := s.Read(room)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

func (s netStream) sendAll(b []byte) error {
	_, err := s.Write(b)
	return err
}

func (s netStream) finish(room []byte) {
	raw, err := s.Conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return // the connection is closed
	}
	// No error matters: the conversation is over.
	_ = raw.Control(func(fd uintptr) { socket.Finish(int(fd), room) })
}
