package server

import (
	"errors"
	"io"
	"net"
	"syscall"

	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// Stream is a connection whose calls block whoever makes them: a thread, or a goroutine.
type Stream interface {
	Receive(room []byte) (int, error) // 0 bytes: the client has ended
	SendAll([]byte) error
	Finish(room []byte) // the server ends the conversation
}

// Converse serves one client to the end of the conversation. Work is called before each answer.
func Converse(s Stream, talk *service.Talk, work func()) error {
	talk.Reset()
	answer, done := talk.Greeting()
	for {
		if len(answer) > 0 {
			work()
			if err := s.SendAll(answer); err != nil {
				return err
			}
		}
		if done {
			talk.Reset()
			s.Finish(talk.Room())
			return nil
		}
		n, err := s.Receive(talk.Room())
		if n == 0 || err != nil {
			return err
		}
		answer, done = talk.Received(n)
	}
}

// descriptor is a blocking socket, served by system calls.
type descriptor int

func (d descriptor) Receive(room []byte) (int, error) { return socket.Receive(int(d), room) }
func (d descriptor) SendAll(b []byte) error           { return socket.SendAll(int(d), b) }
func (d descriptor) Finish(room []byte)               { socket.Finish(int(d), room) }

// NetStream is a connection of package net.
type NetStream struct{ net.Conn }

// StreamOf returns a connection of package net as a Stream.
func StreamOf(conn net.Conn) NetStream { return NetStream{conn} }

func (s NetStream) Receive(room []byte) (int, error) {
	n, err := s.Read(room)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

func (s NetStream) SendAll(b []byte) error {
	_, err := s.Write(b)
	return err
}

func (s NetStream) Finish(room []byte) {
	raw, err := s.Conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return // the connection is closed
	}
	// No error matters: the conversation is over.
	_ = raw.Control(func(fd uintptr) { socket.Finish(int(fd), room) })
}
