package viewer

import (
	"fmt"
	"strings"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// states is a Matcher of one state of processes. It looks at a few more of them in each round.
type states struct {
	state model.State
	fails error
	step  int // processes for each round; 0: all
	known int
	asked int
}

// conditionOf reads the language of these tests: a state, or what goes on for some rounds, or fails.
func conditionOf(condition string) (Matcher, error) {
	for _, state := range []model.State{model.Alive, model.Zombie, model.Gone} {
		if condition == state.String() {
			return &states{state: state}, nil
		}
	}
	switch condition {
	case "slow":
		return &states{state: model.Gone, step: 5}, nil
	case "broken":
		return &states{fails: fmt.Errorf("a \x1b[2J broken condition")}, nil
	}
	return nil, &words.Error{Say: func(l *words.Language) string {
		return l.Queries.UnknownName(fmt.Sprintf("%q", condition), l.Queries.Meant("zombie"))
	}}
}

func (m *states) Begin(_, _ event.Time) {
	m.known += m.step
	m.asked = 0
}

func (m *states) Matches(p *model.Process) bool {
	m.asked++
	return p.State == m.state && (m.step == 0 || m.asked <= m.known)
}

func (m *states) Left() bool { return m.step > 0 && m.known < m.asked }

func (m *states) Err() error { return m.fails }

// TestFilter: what matches is shown, those above it are dim, nothing else is there; at any moment, and with any folds.
func TestFilter(t *testing.T) {
	s := stateWith(nil, 120, 40, Options{Replay: Events(forkServer().events), Where: conditionOf, Filter: "zombie"})
	met := 0
	for _, keys := range []string{"{", ")", ")", ")", ">", "}", "[", "g", "x", "x", "t", "t"} {
		press(s, keys)
		expected := map[*model.Process]bool{} // and whether it matches
		all := uint64(0)
		s.shown().model.Walk(func(p *model.Process, _ int) bool {
			if s.tree.hideGone && p.State == model.Gone {
				return false
			}
			if all++; p.State == model.Zombie {
				for up := p; up != nil; up = up.Parent() {
					expected[up] = up.State == model.Zombie
				}
			}
			return true
		})
		shown := map[*model.Process]bool{}
		for _, n := range s.tree.nodes {
			matches, kept := expected[n.process]
			if !kept || !n.inner() && n.dim == matches || n.inner() && !matches {
				t.Errorf("%s: process %d is there, dim: %v; it matches: %v", keys, n.process.PID, n.dim, matches)
			}
			shown[n.process] = true
		}
		matching := uint64(0)
		for p, matches := range expected {
			if matches {
				matching++
			}
			if !shown[p] && s.tree.general != foldAll {
				t.Errorf("%s: process %d is missing", keys, p.PID)
			}
		}
		met += int(matching)
		if want := s.words.Screen.Matching(matching, all); !strings.Contains(screenText(s), want) {
			t.Errorf("%s: the header does not say %q:\n%s", keys, want, screenText(s))
		}
	}
	if met < 10 {
		t.Errorf("%d matches: too few to tell anything", met)
	}
}

// TestFilterFollowsWhatChanges: while events come, those that match come and go.
func TestFilterFollowsWhatChanges(t *testing.T) {
	sc := newScript().root(1, "/bin/x").fork(1, 2).fork(1, 3)
	s := stateWith(sc, 80, 24, Options{Live: true, Where: conditionOf, Filter: "zombie"})
	if len(s.tree.nodes) != 0 || !strings.Contains(screenText(s), "nothing matches zombie") {
		t.Errorf("%d rows:\n%s", len(s.tree.nodes), screenText(s))
	}
	take := func(more func(*script)) {
		later := &script{now: sc.now, tasks: sc.tasks, comm: sc.comm, parent: sc.parent}
		more(later)
		s.take(later.events)
		s.settle()
	}
	take(func(sc *script) { sc.exit(3, 0) })
	if len(s.tree.nodes) != 2 || !s.tree.nodes[0].dim || s.tree.nodes[1].process.PID != 3 {
		t.Errorf("after an exit:\n%s", screenText(s))
	}
	take(func(sc *script) { sc.wait(1, 3, 1) })
	if len(s.tree.nodes) != 0 {
		t.Errorf("after the wait:\n%s", screenText(s))
	}
}

// TestFilterInRounds: as long as a condition has not been evaluated everywhere the loop draws on, and then no more.
func TestFilterInRounds(t *testing.T) {
	s := stateWith(forkServer(), 120, 40, Options{Live: true, Where: conditionOf, Filter: "slow"})
	l := &loop{state: s, screen: screenOf(t, s, Dark), theme: Dark}
	pictures := 0
	for l.dirty = true; l.dirty && pictures < 100; pictures++ {
		l.draw()
	}
	whole := stateWith(forkServer(), 120, 40, Options{Live: true, Where: conditionOf, Filter: "gone"})
	if pictures < 2 || pictures == 100 || s.filter.matching == 0 || s.filter.matching != whole.filter.matching {
		t.Errorf("after %d pictures %d match, want %d", pictures, s.filter.matching, whole.filter.matching)
	}
}

// TestFilterThatIsWrong: a condition that cannot be read can be mended, also the one to begin with; one that fails is
// taken back. What is said of it does no harm.
func TestFilterThatIsWrong(t *testing.T) {
	s := stateWith(forkServer(), 80, 24, Options{Live: true, Where: conditionOf, Filter: "zombi\x1b[31m"})
	if text := screenText(s); s.mode != s.filter || !strings.Contains(text, "did you mean zombie?") ||
		!strings.Contains(text, `zombi\x1b[31m_`) {
		t.Errorf("it is not asked for:\n%s", text)
	}
	enter := func(s *state, keys string) {
		for _, k := range strings.Fields(keys) {
			press(s, k)
		}
	}
	enter(s, strings.Repeat("Backspace ", len("\x1b[31m"))+"e Enter")
	if s.mode == s.filter || s.filter.condition != "zombie" {
		t.Errorf("it was mended, but not taken:\n%s", screenText(s))
	}
	enter(s, "& "+strings.Repeat("Backspace ", len("zombie"))+"b r o k e n")
	s.key("Enter")
	if text := screenText(s); s.filter.active() || !strings.Contains(text, `a \x1b[2J broken condition`) {
		t.Errorf("it fails, and is still there:\n%s", text)
	}
}

// TestLongTextIsTyped: its end stays on the screen.
func TestLongTextIsTyped(t *testing.T) {
	s := stateWith(forkServer(), 80, 24, Options{Live: true, Where: conditionOf})
	for _, k := range strings.Split("&"+strings.Repeat("x", 100)+strings.Repeat("漢", 50)+"END", "") {
		press(s, k)
	}
	if text := screenText(s); !strings.Contains(text, "漢END_") || !strings.Contains(text, "Esc cancel") {
		t.Errorf("where one types is not to be seen:\n%s", text)
	}
}
