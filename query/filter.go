package query

import (
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// A Filter is a condition on processes for who asks of the same ones again and again, as a screen does: it keeps what
// it found, and evaluates a process anew when that has changed. It belongs to one goroutine.
type Filter struct {
	query   *Query
	machine vm.VM
	loops   bool // the condition loops over something
	ages    bool // it goes by how long a process has been a zombie, too

	since    clock
	now      event.Time
	still    bool // the moment is that of the round before
	patience event.Time
	round    uint64
	began    time.Time // of this round
	asked    int
	budget   int
	left     bool
	err      error
	answers  map[uint64]answer // by the numbers of the processes
}

// answer is what was found of a process, and when.
type answer struct {
	of    version
	at    event.Time
	round uint64 // in which it was asked for
	holds bool
}

const (
	// roundBudget is how many processes are evaluated in a round at most: some milliseconds.
	roundBudget = 2000
	// timed is after how many of them the clock is read.
	timed = 50
	// agePatience is how far the age of a zombie may be from that which was evaluated, while time goes on.
	agePatience = event.Time(50e6)
	rowBudget   = 100_000 // values made for one process
)

// roundTime is how long a round may take on a machine that is busy.
var roundTime = 50 * time.Millisecond

// rowDeadline bounds the evaluation of one process, where there are loops.
var rowDeadline = 200 * time.Millisecond

// errWhole: a condition on one process is one on the whole trace.
type errWhole struct{ name string }

func (e *errWhole) Error() string { return e.name + " is not of one process" }

// NewFilter reads a condition as Where does for processes. It can go by nothing but the fields of one process.
func NewFilter(condition string) (*Filter, error) {
	q, err := within("any", processList, condition)
	if err != nil {
		return nil, err
	}
	for _, name := range q.names {
		if name != processList || q.namesItsList() {
			return nil, q.explain(&errWhole{name})
		}
	}
	root, err := q.parse()
	if err != nil {
		return nil, q.explain(err)
	}
	var predicates predicateCounter
	ast.Walk(&root, &predicates)
	f := &Filter{query: q, loops: predicates > 1, machine: vm.VM{MemoryBudget: rowBudget}, answers: map[uint64]answer{}}
	for _, name := range q.mentioned {
		f.ages = f.ages || name == "zombie_ms"
	}
	return f, nil
}

// predicateCounter counts what is evaluated once for each element of a list.
type predicateCounter int

// Visit is called for each node.
func (c *predicateCounter) Visit(node *ast.Node) {
	if _, ok := (*node).(*ast.PredicateNode); ok {
		*c++
	}
}

// Begin begins a round, at a moment of a trace that began at start.
func (f *Filter) Begin(start, now event.Time) {
	if len(f.answers) > 2*f.asked+roundBudget {
		for number, a := range f.answers {
			if a.round != f.round {
				delete(f.answers, number)
			}
		}
	}
	f.still = now == f.now
	f.patience = agePatience * event.Time(1+f.asked/roundBudget) // so that each has its turn
	f.since, f.now = clock{start}, now
	f.round++
	f.asked, f.budget, f.left, f.began = 0, roundBudget, false, time.Now()
}

// Matches reports whether the condition is known to hold of a process. For one that the round has no time for it says
// what it said before, or no.
func (f *Filter) Matches(p *model.Process) bool {
	f.asked++
	a, known := f.answers[p.Number]
	of := versionOf(p)
	if !known || a.of != of || f.aged(p, a.at) {
		if f.mayEvaluate() {
			a = answer{of: of, at: f.now, holds: f.evaluate(p)}
		}
	}
	f.left = f.left || a.of != of || f.ages && a.at != f.now && p.State == model.Zombie
	a.round = f.round
	f.answers[p.Number] = a
	return a.holds
}

// mayEvaluate reports whether the round has room for one more evaluation, and takes it.
func (f *Filter) mayEvaluate() bool {
	if f.budget%timed == 0 && time.Since(f.began) > roundTime {
		f.budget = 0
	}
	if f.budget == 0 {
		return false
	}
	f.budget--
	return true
}

// aged reports whether a zombie is to be evaluated anew because of its age.
func (f *Filter) aged(p *model.Process, at event.Time) bool {
	return f.ages && p.State == model.Zombie && at != f.now &&
		(f.still || max(at, f.now)-min(at, f.now) >= f.patience)
}

// Left reports whether a round at the same moment could say more than this one.
func (f *Filter) Left() bool { return f.left }

// Err is what went wrong in an evaluation; nil: nothing did.
func (f *Filter) Err() error { return f.err }

func (f *Filter) evaluate(p *model.Process) bool {
	if f.err != nil {
		return false
	}
	row := map[string]any{processList: []Process{f.since.process(p, f.now)}}
	value, err := f.run(row)
	if err != nil && !isUnknown(err) {
		f.err = f.query.explain(err)
	}
	holds, _ := value.(bool)
	return holds && err == nil
}

// run evaluates the condition for one row. Without loops that takes no longer than the expression is long.
func (f *Filter) run(row map[string]any) (any, error) {
	if f.loops {
		return runWithin(f.query.program, row, rowBudget, rowDeadline)
	}
	return f.machine.Run(f.query.program, row)
}

// version is what the row of a process is made of, but for the time.
type version struct {
	pid, parent, creator, reapedBy   event.PID
	comm                             event.Text
	path, args                       string
	state                            model.State
	reaping                          model.Reaping
	seen, guessed, adopted, reaper   bool
	status                           int32
	born, ended                      event.Time
	zombies                          int
	children, threads, accepts, serv uint64
	cost                             *event.Cost
}

func versionOf(p *model.Process) version {
	return version{p.PID, p.ParentPID, p.Creator, p.ReapedBy, p.Comm, p.Path, p.Args, p.State, p.Reaping,
		p.Seen, p.Guessed, p.Adopted(), p.Subreaper, p.Status, p.Born, p.Ended, p.Zombies, p.ChildrenMade,
		p.ThreadsMade, p.Accepting().Accepts, p.Served, p.Cost}
}

// Reason returns what is wrong with an expression, for where that stands beside it.
func Reason(err error) error {
	m, ok := err.(*words.Error)
	if !ok {
		return err
	}
	if m, ok := m.Err.(*mistake); ok {
		return &words.Error{Err: m, Say: func(l *words.Language) string { return m.query.reason(&l.Queries, m.error) }}
	}
	return err
}
