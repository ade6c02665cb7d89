package socketserver

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/socket"
)

// How long the listener rests when accept failed for want of a resource: doubled from the first to the last.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
)

// enter makes the calling goroutine the serving one, and pins it to its thread. Coroutines are on the Hub's thread
// already.
func (s *Server) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done != nil {
		return ErrServing
	}
	if err := s.socket.d.acquire(); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	if s.wake != nil {
		if err := s.wake.acquire(); err != nil {
			s.socket.d.release()
			return fmt.Errorf("serve: %w", err)
		}
	}
	if s.hub == nil {
		runtime.LockOSThread()
	}
	s.done, s.thread = make(chan struct{}), unix.Gettid()
	return nil
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping() {
		s.stop = make(chan struct{})
		s.hush()
	}
	if s.wake != nil {
		s.wake.release()
	}
	s.socket.d.release()
	close(s.done)
	s.done, s.thread = nil, 0
	if s.hub == nil {
		runtime.UnlockOSThread()
	}
}

// stopping reports whether Shutdown was called. The channel changes only in leave, on the serving goroutine or under
// the lock.
func (s *Server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// ring ends the present poll, or the next one.
func (s *Server) ring() {
	if s.wake == nil || s.wake.acquire() != nil {
		return
	}
	defer s.wake.release()
	_, _ = unix.Write(s.wake.fd, []byte{1, 0, 0, 0, 0, 0, 0, 0})
}

// hush takes back what ring left. It is called by the serving goroutine, which holds the descriptor.
func (s *Server) hush() {
	if s.wake != nil {
		_, _ = unix.Read(s.wake.fd, make([]byte, 8))
	}
}

// await waits until a request is there, or until there is another reason to look around: the time is over, a child
// died, Shutdown rang.
func (s *Server) await(timeout time.Duration) (request bool, err error) {
	fds := make([]unix.PollFd, 0, 3)
	watch := func(fd int) { fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}) }
	rest := time.Until(s.restEnd)
	listening := rest <= 0
	if listening {
		watch(s.socket.d.fd)
	} else if timeout < 0 || timeout > rest {
		timeout = rest
	}
	if s.wake != nil {
		watch(s.wake.fd)
	}
	if s.watch >= 0 {
		watch(s.watch)
	}
	if _, err := s.poll(fds, timeout); err != nil {
		return false, fmt.Errorf("poll: %w", err)
	}
	return listening && fds[0].Revents != 0, nil
}

// handleNow takes the request that await has announced and processes it. Only an Exit comes back.
func (s *Server) handleNow() error {
	r, err := s.GetRequest()
	if err != nil {
		s.acceptFailed(err)
		return nil
	}
	s.pause = 0
	s.stats.requests.Add(1)
	r.Server = s
	ended := false
	defer func() {
		if !ended { // by runtime.Goexit
			s.ShutdownRequest(r)
		}
	}()
	err = caught(func() error { return s.processVerified(r) })
	ended = true
	if err == nil {
		return nil
	}
	var exit Exit
	if errors.As(err, &exit) {
		s.ShutdownRequest(r)
		return exit
	}
	s.tell(r, err)
	s.ShutdownRequest(r)
	return nil
}

func (s *Server) processVerified(r *Request) error {
	if s.VerifyRequest(r) {
		return s.ProcessRequest(r)
	}
	s.stats.refused.Add(1)
	s.ShutdownRequest(r)
	return nil
}

// acceptFailed decides what a failed GetRequest means for the next one. A client that vanished, a signal, or a request
// that another process took first mean nothing; without descriptors or memory the listener rests, since poll would
// announce it again at once.
func (s *Server) acceptFailed(err error) {
	if socket.FateOf(err) == socket.Next {
		return
	}
	s.stats.acceptErrors.Add(1)
	if s.Traps.AcceptSpin {
		return
	}
	s.pause = min(max(firstPause, 2*s.pause), lastPause)
	s.restEnd = time.Now().Add(s.pause)
}

// finishApart is the life of a request that has a thread or a coroutine for itself.
func (s *Server) finishApart(r *Request) {
	defer s.ShutdownRequest(r)
	if err := caught(func() error { return s.FinishRequest(r) }); err != nil && !isExit(err) {
		s.tell(r, err)
	}
}

// tell hands an error to HandleError, which must not be able to end the server either.
func (s *Server) tell(r *Request, err error) {
	s.stats.handlerErrors.Add(1)
	if err := caught(func() error { s.HandleError(r, err); return nil }); err != nil {
		s.log(r, err)
	}
}
