package query

import (
	"cmp"
	"slices"
	"strings"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/text"
)

// The rows of a trace: what an expression sees of it beside the counters. Times in milliseconds count from the first
// event. A field of type any is nil where a thing has not come to pass, or is not known: no comparison with it but !=
// holds, and one of order cannot be decided.

// A Process is a row of processes: all that were created or met, in the order in which they became known; and root,
// what was launched, which is none of them and is counted nowhere.
type Process struct {
	Number    uint64 `expr:"number" json:"number"` // of it alone, in this trace, among processes, threads and coroutines
	PID       int    `expr:"pid" json:"pid"`
	PPID      int    `expr:"ppid" json:"ppid"`       // its parent at the end of the trace, or when it was reaped
	Creator   int    `expr:"creator" json:"creator"` // that called fork or clone; 0: not known
	Comm      string `expr:"comm" json:"comm"`
	Path      string `expr:"path" json:"path"`
	Command   string `expr:"command" json:"command"` // its arguments, joined by blanks
	State     string `expr:"state" json:"state"`     // alive, ending, zombie or gone
	Seen      bool   `expr:"seen" json:"seen"`       // it was there before the trace
	Guessed   bool   `expr:"guessed" json:"guessed"` // completed after a loss
	Adopted   bool   `expr:"adopted" json:"adopted"` // its parent is not the one that it was born under
	Born      any    `expr:"born_ms" json:"born_ms"`
	Ended     any    `expr:"ended_ms" json:"ended_ms"`
	ExitCode  any    `expr:"exit_code" json:"exit_code"`
	Signal    string `expr:"killed_by" json:"killed_by"` // such as SIGKILL; empty: none
	ReapedBy  any    `expr:"reaped_by" json:"reaped_by"` // the process whose wait took it
	Reaping   string `expr:"reaping" json:"reaping"`     // parent, other, kernel, dropped, unseen; empty: not yet
	ZombieMs  any    `expr:"zombie_ms" json:"zombie_ms"` // up to now, if it still is one; nil: it lives
	Children  uint64 `expr:"children" json:"children"`   // created
	Threads   uint64 `expr:"threads" json:"threads"`     // created, besides the leader
	Zombies   int    `expr:"zombies" json:"zombies"`     // children that it has not reaped
	Accepts   uint64 `expr:"accepts" json:"accepts"`
	Served    uint64 `expr:"served" json:"served"` // connections that it was the first to read or write
	CPU       any    `expr:"cpu_ms" json:"cpu_ms"` // nil until it has ended
	MaxRSS    any    `expr:"maxrss" json:"maxrss"` // bytes, likewise
	Subreaper bool   `expr:"subreaper" json:"subreaper"`
}

// A Thread is a row of threads: those that are not leaders.
type Thread struct {
	Number  uint64 `expr:"number" json:"number"`
	TID     int    `expr:"tid" json:"tid"`
	PID     int    `expr:"pid" json:"pid"`
	Comm    string `expr:"comm" json:"comm"`
	State   string `expr:"state" json:"state"` // alive or gone
	Born    any    `expr:"born_ms" json:"born_ms"`
	Ended   any    `expr:"ended_ms" json:"ended_ms"`
	Accepts uint64 `expr:"accepts" json:"accepts"`
	Served  uint64 `expr:"served" json:"served"`
	CPU     any    `expr:"cpu_ms" json:"cpu_ms"`
}

// A Coroutine is a row of coroutines.
type Coroutine struct {
	Number    uint64 `expr:"number" json:"number"`
	ID        uint64 `expr:"id" json:"id"` // unique in its process and runtime while it lives
	PID       int    `expr:"pid" json:"pid"`
	Runtime   string `expr:"runtime" json:"runtime"`
	Class     string `expr:"class" json:"class"`     // of a greenlet, its Python type; empty: it has none, or it is not known
	State     string `expr:"state" json:"state"`     // made, running, suspended or finished
	Creator   uint64 `expr:"creator" json:"creator"` // its id; 0: none, or not known
	Inherited bool   `expr:"inherited" json:"inherited"`
	Vanished  bool   `expr:"vanished" json:"vanished"` // it did not finish: its process ended, or its end was not seen
	Born      any    `expr:"born_ms" json:"born_ms"`
	Ended     any    `expr:"ended_ms" json:"ended_ms"`
	Switches  uint64 `expr:"switches" json:"switches"`
	Served    uint64 `expr:"served" json:"served"`
}

// A Server is who does something for a connection. All is 0 or empty where that is nobody yet, or not known.
type Server struct {
	PID       int    `expr:"pid" json:"pid"`
	TID       int    `expr:"tid" json:"tid"`
	Comm      string `expr:"comm" json:"comm"`
	Coroutine uint64 `expr:"coroutine" json:"coroutine"`
}

// A Connection is a row of connections, in the order of their accepts. Durations count from the accept, but for
// queued_ms, which ended with it.
type Connection struct {
	Number     uint64   `expr:"number" json:"number"`
	Listener   string   `expr:"listener" json:"listener"`
	Local      string   `expr:"local" json:"local"`
	Peer       string   `expr:"peer" json:"peer"`
	Accepted   any      `expr:"accepted_ms" json:"accepted_ms"` // since the first event
	AcceptedBy Server   `expr:"accepted_by" json:"accepted_by"`
	ServedBy   Server   `expr:"served_by" json:"served_by"` // who read or wrote it first
	Queued     any      `expr:"queued_ms" json:"queued_ms"`
	Queue      uint32   `expr:"queue" json:"queue"` // others that waited as it was accepted
	Backlog    uint32   `expr:"backlog" json:"backlog"`
	Spawned    any      `expr:"spawned_ms" json:"spawned_ms"` // the process that was made to serve it
	FirstRead  any      `expr:"first_read_ms" json:"first_read_ms"`
	FirstReply any      `expr:"first_reply_ms" json:"first_reply_ms"`
	Open       bool     `expr:"open" json:"open"`
	Closed     any      `expr:"closed_ms" json:"closed_ms"`
	ClosedBy   any      `expr:"closed_by" json:"closed_by"` // a process
	Guessed    bool     `expr:"closed_guessed" json:"closed_guessed"`
	LetGoBy    any      `expr:"let_go_by" json:"let_go_by"` // the last to let go of it while others had it
	LetGo      any      `expr:"let_go_ms" json:"let_go_ms"`
	Holders    []Holder `expr:"holders" json:"holders"` // who had it without having read or written it
	Handovers  int      `expr:"handovers" json:"handovers"`
	Read       uint64   `expr:"bytes_read" json:"bytes_read"`
	Written    uint64   `expr:"bytes_written" json:"bytes_written"`
	Requests   uint64   `expr:"requests" json:"requests"` // of HTTP, where they are traced
	CPU        any      `expr:"cpu_ms" json:"cpu_ms"`     // of a process that was made for it alone
}

// A Holder is who had a connection without having read or written it.
type Holder struct {
	PID      int    `expr:"pid" json:"pid"`
	Comm     string `expr:"comm" json:"comm"`
	Executed bool   `expr:"executed" json:"executed"` // its program was executed with it
	Seen     any    `expr:"seen_ms" json:"seen_ms"`   // when a look found it, the last one
}

// A Listener is a row of listeners: the sockets that listen at one address, in the order in which they became known. It
// is known of who accepts there, of what the kernel drops, and of who was found to hold it.
type Listener struct {
	Address    string           `expr:"address" json:"address"`
	Backlog    any              `expr:"backlog" json:"backlog"` // its limit, as it was last; nil: not known
	Queue      any              `expr:"queue" json:"queue"`     // the most that were seen to wait there; nil: it was not looked at
	Full       bool             `expr:"full" json:"full"`       // the backlog was seen full, or with room for one
	Waiting    uint32           `expr:"waiting" json:"waiting"` // connections, as tracer left
	Queued     any              `expr:"queued_ms" json:"queued_ms"`
	Drops      uint64           `expr:"drops" json:"drops"` // attempts to connect, by the kernel
	Accepts    uint64           `expr:"accepts" json:"accepts"`
	AcceptedBy []Acceptor       `expr:"accepted_by" json:"accepted_by"`
	Holders    []ListenerHolder `expr:"holders" json:"holders"`
}

// An Acceptor is a process that has accepted at a listener.
type Acceptor struct {
	PID     int    `expr:"pid" json:"pid"`
	Comm    string `expr:"comm" json:"comm"`
	Accepts uint64 `expr:"accepts" json:"accepts"`
}

// A ListenerHolder is who was found to have a descriptor of a listener.
type ListenerHolder struct {
	PID      int    `expr:"pid" json:"pid"`
	Comm     string `expr:"comm" json:"comm"`
	Executed bool   `expr:"executed" json:"executed"` // its program was executed with it
	Ended    bool   `expr:"ended" json:"ended"`       // it held it to its end
	Untraced bool   `expr:"untraced" json:"untraced"`
	Seen     any    `expr:"seen_ms" json:"seen_ms"` // when it was last found to have it, since the first event
}

// A Signal is a row of signals: what one process sent another of one signal. SIGCHLD is not among them.
type Signal struct {
	Name       string `expr:"name" json:"name"`
	Sender     int    `expr:"sender" json:"sender"` // 0: the kernel
	SenderComm string `expr:"sender_comm" json:"sender_comm"`
	Reason     string `expr:"reason" json:"reason"` // of the kernel, where it is known
	Target     int    `expr:"target" json:"target"`
	TargetComm string `expr:"target_comm" json:"target_comm"`
	Sent       uint64 `expr:"sent" json:"sent"`
	Coalesced  uint64 `expr:"coalesced" json:"coalesced"`
	Discarded  uint64 `expr:"discarded" json:"discarded"`
	Handled    uint64 `expr:"handled" json:"handled"`
	Taken      uint64 `expr:"taken" json:"taken"`
	Ended      bool   `expr:"ended" json:"ended"` // it ended its target
}

// A Finding is a row of findings.
type Finding struct {
	ID       string `expr:"id" json:"id"`
	Severity string `expr:"severity" json:"severity"`
	PID      int    `expr:"pid" json:"pid"` // 0: it is about the whole
	Text     string `expr:"text" json:"text"`
}

// A Mark is a row of marks: an event that a reader of the trace marked, and what there is to say of it. They are in the
// order of their events.
type Mark struct {
	Event uint64 `expr:"event" json:"event"` // its ordinal
	At    any    `expr:"at_ms" json:"at_ms"`
	Note  string `expr:"note" json:"note"` // empty: none
}

// Rows are all of a trace.
type Rows struct {
	Root        Process
	Processes   []Process
	Threads     []Thread
	Coroutines  []Coroutine
	Connections []Connection
	Listeners   []Listener
	Signals     []Signal
	Findings    []Finding
	Marks       []Mark // of the recording, not of the model
}

// byName returns them by the names that expressions have for them.
func (r *Rows) byName() map[string]any {
	return map[string]any{"root": r.Root, "processes": r.Processes, "threads": r.Threads, "coroutines": r.Coroutines,
		"connections": r.Connections, "listeners": r.Listeners, "signals": r.Signals, "findings": r.Findings,
		markList: r.Marks}
}

// Everything has a model keep what is gone, so that there is a row of it.
func Everything() model.Options { return model.Options{Linger: 1 << 62, MaxGone: 1 << 62} }

// RowsOf returns the rows of a model that has kept everything, with what it amounts to.
func RowsOf(m *model.Model, s *export.Summary) *Rows {
	since := clock{m.Start()}
	processes, threads, coroutines := []Process{}, []Thread{}, []Coroutine{}
	var root Process
	m.Walk(func(p *model.Process, _ int) bool {
		if row := since.process(p, m.Now()); p.Root {
			root = row
		} else {
			processes = append(processes, row)
		}
		for t := p.FirstThread(); t != nil; t = t.Next() {
			threads = append(threads, since.thread(t))
		}
		for c := p.FirstCoroutine(); c != nil; c = c.Next() {
			coroutines = append(coroutines, since.coroutine(c))
		}
		return true
	})
	slices.SortFunc(processes, func(a, b Process) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(threads, func(a, b Thread) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(coroutines, func(a, b Coroutine) int { return cmp.Compare(a.Number, b.Number) })
	connections, holders := ConnectionsOf(m), map[int][]*Process{}
	holders[root.PID] = append(holders[root.PID], &root)
	for i := range processes {
		p := &processes[i]
		holders[p.PID] = append(holders[p.PID], p)
	}
	for i := range connections {
		c := &connections[i]
		c.AcceptedBy.Comm = commAt(holders[c.AcceptedBy.PID], c.Accepted)
	}
	signals := make([]Signal, len(s.Signals))
	for i := range s.Signals {
		signals[i] = signal(&s.Signals[i])
	}
	findings := make([]Finding, len(s.Findings))
	for i, f := range s.Findings {
		findings[i] = Finding{f.ID, f.Severity.String(), int(f.PID), f.Text}
	}
	listeners := []Listener{}
	for _, at := range m.Evidence().Listeners.All {
		listeners = append(listeners, since.listener(at))
	}
	return &Rows{root, processes, threads, coroutines, connections, listeners, signals, findings, []Mark{}}
}

// marksOf returns the rows of marks.
func marksOf(marks []event.Mark, m *model.Model) []Mark {
	since, rows := clock{m.Start()}, make([]Mark, len(marks))
	for i := range marks {
		rows[i] = Mark{marks[i].Event, since.at(marks[i].Time), marks[i].Note}
	}
	return rows
}

// ConnectionsOf returns the rows of the connections alone. How who accepted them was called is not in them.
func ConnectionsOf(m *model.Model) []Connection {
	since, connections := clock{m.Start()}, []Connection{}
	for c := m.FirstConnection(); c != nil; c = c.Next() {
		connections = append(connections, since.connection(c))
	}
	slices.SortFunc(connections, func(a, b Connection) int { return cmp.Compare(a.Number, b.Number) })
	return connections
}

// commAt returns how the holder of an id was called at a time, of all that had it, the oldest first.
func commAt(holders []*Process, at any) (comm string) {
	for _, p := range holders {
		if born, ok := p.Born.(float64); ok && at != nil && born > at.(float64) {
			break
		}
		comm = p.Comm
	}
	return comm
}

// clock tells times as they count in rows.
type clock struct{ start event.Time }

// at is a time since the first event; nil: before that, or never.
func (c clock) at(t event.Time) any {
	if t == 0 {
		return nil
	}
	return float64(t-c.start) / 1e6
}

func (c clock) process(p *model.Process, now event.Time) Process {
	row := Process{Number: p.Number, PID: int(p.PID), PPID: int(p.ParentPID), Creator: int(p.Creator),
		Comm: string(p.Comm), Path: p.Path, Command: strings.TrimRight(strings.ReplaceAll(p.Args, "\x00", " "), " "),
		State: p.State.String(), Seen: p.Seen, Guessed: p.Guessed, Adopted: p.Adopted(),
		Born: c.at(p.Born), Children: p.ChildrenMade, Threads: p.ThreadsMade, Zombies: p.Zombies,
		Accepts: p.Accepting().Accepts, Served: p.Served, Subreaper: p.Subreaper}
	if p.State == model.Alive {
		return row
	}
	row.Ended, row.ZombieMs = c.at(p.Ended), float64(p.ZombieTime(now))/1e6
	status := event.Event{Status: p.Status}
	if code, ok := status.Exited(); ok {
		row.ExitCode = code
	} else if number, _, ok := status.Killed(); ok {
		row.Signal = text.SignalName(int32(number))
	}
	if p.Cost != nil {
		row.CPU, row.MaxRSS = float64(p.Cost.Process.CPU)/1e6, int(p.Cost.MaxRSS)
	}
	if p.State == model.Gone {
		row.Reaping = [...]string{model.NotReaped: "unseen", model.ByParent: "parent", model.ByOther: "other",
			model.ByKernel: "kernel", model.Dropped: "dropped"}[p.Reaping]
	}
	if p.ReapedBy != 0 {
		row.ReapedBy = int(p.ReapedBy)
	}
	return row
}

func (c clock) thread(t *model.Thread) Thread {
	row := Thread{Number: t.Number, TID: int(t.ID.TID), PID: int(t.Process.PID), Comm: string(t.Comm),
		State: t.State.String(), Born: c.at(t.Born), Ended: c.at(t.Ended), Accepts: t.Accepts, Served: t.Served}
	if t.Cost != nil {
		row.CPU = float64(t.Cost.Task.CPU) / 1e6
	}
	return row
}

func (c clock) coroutine(r *model.Coroutine) Coroutine {
	return Coroutine{Number: r.Number, ID: r.ID, PID: int(r.Process.PID), Runtime: r.Runtime.String(),
		Class: string(r.Class), State: r.State.String(), Creator: r.Creator, Inherited: r.Inherited,
		Vanished: r.Vanished, Born: c.at(r.Born), Ended: c.at(r.Ended), Switches: r.Switches, Served: r.Served}
}

func (c clock) connection(n *model.Connection) Connection {
	d := export.ConnectionOf(n)
	row := Connection{Number: d.Number, Listener: string(d.Listener), Local: string(d.Local), Peer: string(d.Peer),
		Accepted: c.at(d.Accepted), Queued: milliseconds(d.Queued), Queue: d.Queue, Backlog: d.Backlog,
		Spawned: milliseconds(d.Spawned), FirstRead: milliseconds(d.FirstRead), FirstReply: milliseconds(d.FirstReply),
		Open: n.Closed == 0, Closed: milliseconds(d.Closed), ClosedBy: known(d.ClosedBy), Guessed: d.Guessed,
		LetGoBy: known(d.LetGoBy), LetGo: milliseconds(d.LetGo), Holders: []Holder{}, Handovers: d.Handovers,
		Read: d.Read, Written: d.Written, Requests: d.Requests, CPU: milliseconds(d.ServerCPU),
		AcceptedBy: Server{PID: int(d.AcceptedBy), TID: int(n.Acceptor().TID)}}
	if n.Server != nil {
		row.ServedBy = Server{int(d.ServedBy), int(n.ServedBy), string(n.Server.Comm), d.Coroutine}
	}
	for _, h := range d.Holders {
		row.Holders = append(row.Holders, Holder{int(h.PID), string(h.Comm), h.Executed, milliseconds(h.Seen)})
	}
	return row
}

func (c clock) listener(at *model.Listener) Listener {
	row := Listener{Address: string(at.Address), Full: at.Full, Waiting: at.Waiting, Queued: milliseconds(at.Queued),
		Drops: at.Dropped, Accepts: at.Accepts, AcceptedBy: []Acceptor{}, Holders: []ListenerHolder{}}
	if at.Looked {
		row.Backlog, row.Queue = int(at.Backlog), int(at.Queue)
	}
	for _, a := range at.Acceptors {
		row.AcceptedBy = append(row.AcceptedBy, Acceptor{int(a.PID), string(a.Comm), a.Accepts})
	}
	for _, leak := range at.Leaks {
		row.Holders = append(row.Holders, ListenerHolder{PID: int(leak.PID), Comm: string(leak.Comm), Executed: true,
			Ended: leak.Ended, Seen: c.at(max(leak.Since, leak.Seen))})
	}
	for _, o := range at.Occupants {
		if !slices.ContainsFunc(row.Holders, func(h ListenerHolder) bool { return h.PID == int(o.PID) }) {
			row.Holders = append(row.Holders, ListenerHolder{PID: int(o.PID), Comm: string(o.Comm),
				Untraced: o.Untraced, Seen: c.at(o.Seen)})
		}
	}
	return row
}

// milliseconds is a duration; nil: it is not known, or what it leads to did not come to pass.
func milliseconds(t event.Time) any {
	if t == 0 {
		return nil
	}
	return float64(t) / 1e6
}

// known is a process; nil: none is.
func known(pid event.PID) any {
	if pid == 0 {
		return nil
	}
	return int(pid)
}

func signal(s *export.Signal) Signal {
	return Signal{Name: s.Name, Sender: int(s.Sender), SenderComm: string(s.SenderComm), Reason: s.Reason,
		Target: int(s.Target), TargetComm: string(s.TargetComm), Sent: s.Sent, Coalesced: s.Coalesced,
		Discarded: s.Discarded, Handled: s.Handled, Taken: s.Taken, Ended: s.Ended}
}
