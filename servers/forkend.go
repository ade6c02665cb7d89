package servers

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/sigchld"
)

// settleTime bounds the wait for the last signal handler after the last death.
const settleTime = 2 * time.Second

// end lets the children finish, ends those that take too long, does the parent's duty for the last of them, and
// closes the books. With ReapNone and ReapOnce zombies are left: they are what is to be seen.
func (s *forkServer) end() error {
	children := func() ([]int, error) { return proc.Children(s.tid) }
	ended, err := proc.End(children, s.options.Grace)
	err = errors.Join(err, s.settle(children))
	if s.options.Reap == ReapDoubleFork {
		late, endErr := proc.End(s.orphans.members, s.options.Grace)
		ended, err = ended+late, errors.Join(err, endErr)
	}
	zombies, listErr := children()
	s.settleLive()
	s.note(func(r *Report) {
		r.Ended = int64(ended)
		r.ZombiesLeft = int64(len(zombies))
		deaths := r.Processes - r.Abandoned
		switch s.options.Reap {
		case ReapHandler, ReapOnce:
			r.Coalesced = deaths - r.Delivered
		case ReapIgnore:
			r.AutoReaped = deaths - r.ZombiesLeft
		}
	})
	return errors.Join(err, listErr)
}

// settle waits until the dead are reaped, as far as the way to reap does that at all.
func (s *forkServer) settle(children func() ([]int, error)) error {
	switch s.options.Reap {
	case ReapPoll:
		s.sweep()
	case ReapHandler, ReapIgnore:
		return settled("the dead are not reaped", func() (bool, error) {
			pids, err := children()
			return len(pids) == 0, err
		})
	case ReapOnce:
		quiet := 0 // twice in a row: a signal is no longer pending a moment before its handler begins
		return settled("signal handlers are still running", func() (bool, error) {
			now, err := sigchld.Quiet()
			if quiet++; !now {
				quiet = 0
			}
			return quiet == 2, err
		})
	}
	return nil
}

// settled asks every few milliseconds until the answer is yes.
func settled(complaint string, done func() (bool, error)) error {
	for until := time.Now().Add(settleTime); ; time.Sleep(5 * time.Millisecond) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("stop: %s after %v", complaint, settleTime)
		}
	}
}

// addTally adds what the signal handler counted.
func (r *Report) addTally(t sigchld.Tally) {
	r.Delivered += t.Delivered
	r.Reaped += t.Reaped
	if t.Waits > 0 {
		r.Calls[CallWait] += t.Waits
	}
	for code, n := range t.Codes {
		r.ExitCodes[code] += n
	}
	for signal, n := range t.Signals {
		r.ExitSignals[signal] += n
	}
}

// sessions are the sessions that the middle children of double forks founded. A session's number is not given to
// another process while it has a member, and the founder is dead: so who is in such a session without having its number
// is a grandchild.
type sessions struct {
	ids     map[int]struct{}
	pruneAt int
}

func (s *sessions) add(id int) {
	if s.ids == nil {
		s.ids, s.pruneAt = map[int]struct{}{}, 1024
	}
	s.ids[id] = struct{}{}
	if len(s.ids) >= s.pruneAt {
		s.prune()
		s.pruneAt = max(1024, 2*len(s.ids))
	}
}

// prune forgets the sessions that have no member: nobody could be signalled in the process group of that number.
func (s *sessions) prune() {
	maps.DeleteFunc(s.ids, func(id int, _ struct{}) bool { return unix.Kill(-id, 0) == unix.ESRCH })
}

// members lists the grandchildren that are still in the process table.
func (s *sessions) members() ([]int, error) {
	s.prune()
	if len(s.ids) == 0 {
		return nil, nil
	}
	self := os.Getpid()
	return proc.Find(func(pid int, stat proc.Stat) bool {
		_, ours := s.ids[stat.Session]
		return ours && pid != stat.Session && stat.Parent != self
	})
}
