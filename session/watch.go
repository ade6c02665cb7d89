package session

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// leaveTime is how long a launched program has to end after an interrupt that it heard, while the trace goes on.
	leaveTime = 3 * time.Second
	// hearTime is how long it has to end when it would do so at once, if it was sent the signal, too.
	hearTime = 200 * time.Millisecond
)

// watch ends the trace when a signal or the user says so or the time is up, and tells why it ended. A server is told to stop, and its end is
// still traced; so is that of a program which ends by the same signal.
func (s *Session) watch(running context.Context) (reason Reason) {
	var timeUp <-chan time.Time
	if s.options.Duration > 0 {
		timer := time.NewTimer(s.options.Duration)
		defer timer.Stop()
		timeUp = timer.C
	}
	select {
	case <-running.Done():
		return LastEnded
	case <-timeUp:
		reason = TimeUp
		if !s.target.Server {
			s.cutShort()
			return reason
		}
		s.Terminate()
	case <-s.leaving.Done():
		if running.Err() != nil { // it was over before
			return LastEnded
		}
		reason = UserLeft
		if s.options.LeaveIt {
			s.cutShort()
			return reason
		}
		s.Terminate()
	case <-s.asked.Done():
		reason = ByInterrupt
		if s.target.Server || s.root == nil {
			s.Terminate()
		} else if !s.hears() {
			s.cutShort()
			return reason
		}
	case <-s.stopping.Done():
		reason = Stopped
	}
	leave := time.NewTimer(leaveTime)
	defer leave.Stop()
	select {
	case <-leave.C:
		s.cutShort()
	case <-s.stopping.Done():
		s.cutShort()
	case <-running.Done():
	}
	return reason
}

// hears reports whether the launched program may end by the signal that tracer got, because its group was sent it, too. If the program does
// not catch it then it ends at once or not at all; and a SIGTERM that it catches was as a rule meant for tracer alone.
func (s *Session) hears() bool {
	number := syscall.SIGINT
	if i := (Interrupted{}); errors.As(context.Cause(s.asked), &i) {
		number = i.Signal
	}
	if s.root.Catches(number) && (number == syscall.SIGHUP || number == syscall.SIGINT && foreground()) {
		return true
	}
	return s.root.EndsWithin(hearTime)
}

// foreground reports whether a key that sends a signal would send it to tracer, and so to what it launched.
func foreground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
