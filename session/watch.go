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

// watch ends the trace when a signal or the user says so or the time is up, and tells why it ended. A server is told to
// stop, and its end is still traced; so is that of a program which ends by the same signal.
func (s *Session) watch(running context.Context) (reason Reason) {
	var timeUp <-chan time.Time
	if s.options.Duration > 0 {
		timer := time.NewTimer(s.options.Duration)
		defer timer.Stop()
		timeUp = timer.C
	}
	select {
	case <-running.Done():
		return s.over()
	case <-timeUp:
		reason = TimeUp
	case <-s.leaving.Done():
		reason = UserLeft
	case <-s.stopping.Done():
		reason = Stopped
	case <-s.asked.Done():
		reason = ByInterrupt
	}
	if reason == UserLeft || reason == Stopped { // which may not be all that has happened
		switch {
		case s.asked.Err() != nil: // it came first: a screen goes by a signal, and a second one stops
			reason = ByInterrupt
		case running.Err() != nil: // it was over before
			return s.over()
		}
	}
	switch {
	case reason == TimeUp && !s.target.Server, reason == UserLeft && s.options.LeaveIt, reason == Stopped:
		s.cutShort()
		return reason
	case reason != ByInterrupt || s.target.Server || s.root == nil:
		s.Terminate()
	case !s.hears():
		s.cutShort()
		return reason
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

// over is why a trace has ended that watch did not end: by itself, or because it could not be recorded, say.
func (s *Session) over() Reason {
	if s.cut.Load() {
		return Stopped
	}
	return LastEnded
}

// hears reports whether the launched program may end by the signal that tracer got, because its group was sent it, too.
// If the program does not catch it then it ends at once or not at all; and a SIGTERM that it catches was as a rule
// meant for tracer alone.
func (s *Session) hears() bool {
	number := syscall.SIGINT
	if i := (Interrupted{}); errors.As(context.Cause(s.asked), &i) {
		number = i.Signal
	}
	sent := number == syscall.SIGHUP || number == syscall.SIGINT && (s.hosted() || foreground())
	if s.hosted() { // where no key of tracer's terminal sends anything, nor its end
		if sent = sent && !s.options.LeaveIt; sent {
			_ = s.root.SignalGroup(number)
		}
	}
	if sent && s.root.Catches(number) {
		return true
	}
	return s.root.EndsWithin(hearTime)
}

// hosted reports whether what was launched is in another session than tracer.
func (s *Session) hosted() bool { return s.target.Command.Host != nil }

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
