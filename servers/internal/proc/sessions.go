package proc

import (
	"maps"
	"os"

	"golang.org/x/sys/unix"
)

// Sessions are those that the middle children of double forks founded. A session's number is not given to
// another process while it has a member, and the founder is dead: so who is in such a session without having its number
// is a grandchild.
type Sessions struct {
	ids     map[int]struct{}
	pruneAt int
}

// Add adds one, by its number.
func (s *Sessions) Add(id int) {
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
func (s *Sessions) prune() {
	maps.DeleteFunc(s.ids, func(id int, _ struct{}) bool { return unix.Kill(-id, 0) == unix.ESRCH })
}

// Members lists the grandchildren that are still in the process table.
func (s *Sessions) Members() ([]int, error) {
	s.prune()
	if len(s.ids) == 0 {
		return nil, nil
	}
	self := os.Getpid()
	return Find(func(pid int, stat Stat) bool {
		_, ours := s.ids[stat.Session]
		return ours && pid != stat.Session && stat.Parent != self
	})
}
