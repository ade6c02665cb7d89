package words

// TreeWords are the lines of the tree of processes: who, and a list of clauses.
type TreeWords struct {
	Thread string // before its id, or how many there are
	// Line is the label of a task: its name and arguments, and the clauses.
	Line    func(name, clauses string) string
	Unnamed func(clauses string) string // of a coroutine, which has none

	Accepts     func(n uint64) string
	Served      func(connections uint64) string
	ZombiesWait func(n uint64) string
	Orphan      string
	Subreaper   string
	InWait      func(call string) string
	Inherited   string // of a coroutine: a copy that a fork has made
	Alive       string
	LeaderEnded string // of a process that is alive
	Stopped     func(signal string) string
	Ended       string // of a thread, a coroutine
	Zombie      func(status string) string
	Ending      func(status, why string) string

	ReapedByInit   func(status string) string
	ReapedByParent func(status string) string
	ReapedByOther  func(status string) string
	ReapedByKernel func(status string) string
	Dropped        func(status string) string // by the kernel, a zombie for which nobody waited
	ReapedUnseen   func(status string) string

	// The states of a coroutine.
	Made        string
	Running     string
	Suspended   string
	Finished    string
	NotFinished string // its process ended

	// What is no longer there.
	ProcessesBefore  func(n uint64) string
	CoroutinesBefore func(n uint64) string
}

// CoroutineState returns the words for the state of a coroutine by the model's name of it.
func (l *Language) CoroutineState(name string) string {
	switch name {
	case "made":
		return l.Tree.Made
	case "running":
		return l.Tree.Running
	case "suspended":
		return l.Tree.Suspended
	}
	return l.Tree.Finished
}
