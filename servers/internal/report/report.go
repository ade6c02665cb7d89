// Package report has what a server says that it did, and counts it.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/service"
	"tracer/servers/internal/sigchld"
)

// Report is what a server did, counted by the server itself. Where an observer counts the same thing the JSON names
// are the observer's.
type Report struct {
	Model   string          `json:"model"`
	Network string          `json:"network"`
	Address string          `json:"address"`
	Service service.Service `json:"service"`
	Work    service.Work    `json:"work,omitzero"`
	Reap    string          `json:"reap,omitempty"` // forking models; the last one

	Accepts       int64         `json:"accepts"`                   // connections accepted
	AcceptsByTask map[int]int64 `json:"accepts_by_task,omitempty"` // prefork: pid of the worker -> connections
	Datagrams     int64         `json:"datagrams_received"`
	Requests      int64         `json:"requests,omitempty"` // http: that found a handler
	// By the server and, with double-fork, by its children
	Processes int64 `json:"processes_created"`
	// threads that began to serve; the runtime may have made more
	Threads     int64         `json:"threads_created"`
	Coroutines  int64         `json:"coroutines_created,omitempty"` // one for each client, and the event loop
	Switches    int64         `json:"coroutine_switches,omitempty"`
	Execs       int64         `json:"execs"`
	Replaced    int64         `json:"replaced,omitempty"` // prefork: workers started for one that died
	ExitCodes   map[int]int64 `json:"exit_codes"`         // status -> children reaped by the server
	ExitSignals map[int]int64 `json:"exit_signals"`       // signal -> children reaped by the server
	Reaped      int64         `json:"reaped_by_parent"`
	Delivered   int64         `json:"sigchld_delivered"`      // runs of the server's own SIGCHLD handler
	Coalesced   int64         `json:"sigchld_coalesced"`      // after the end: deaths that made no signal of their own
	AutoReaped  int64         `json:"auto_reaped"`            // after the end: children reaped by the kernel
	Abandoned   int64         `json:"abandoned"`              // grandchildren left to init
	ZombiesLeft int64         `json:"zombies_left"`           // after the end: dead children that nobody has waited for
	ReapChanges int64         `json:"reap_changes,omitempty"` // if there were any, Coalesced and AutoReaped are not known: 0
	// At the end: tasks or connections that outlasted the grace
	Ended  int64            `json:"ended"`
	Calls  map[Call]int64   `json:"calls"`  // system calls of the model's loop
	Errors map[string]int64 `json:"errors"` // call and errno, such as "accept4: EMFILE" -> times
}

// Call names a system call whose number per client is part of what a model teaches.
type Call string

// The counted system calls.
const (
	Accept   Call = "accept4"
	Receive  Call = "recvfrom"
	Poll     Call = "poll"
	Select   Call = "pselect6"
	Epoll    Call = "epoll_wait"
	EpollCtl Call = "epoll_ctl"
	Clone    Call = "clone"
	Wait     Call = "wait4"
)

// Ledger is a report in the making, shared by a server's tasks.
type Ledger struct {
	mu     sync.Mutex
	report Report
	live   func(*Report) // adds what is counted elsewhere; nil if nothing is
}

// Begin begins it with what is known before the server serves.
func (l *Ledger) Begin(r Report) {
	r.ExitCodes, r.ExitSignals = map[int]int64{}, map[int]int64{}
	r.Calls, r.Errors = map[Call]int64{}, map[string]int64{}
	l.report = r
}

// Note changes the report.
func (l *Ledger) Note(change func(*Report)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.report)
}

// SetLive says where else is counted from now on.
func (l *Ledger) SetLive(add func(*Report)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live = add
}

// SettleLive adds what was counted elsewhere for the last time.
func (l *Ledger) SettleLive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live != nil {
		l.live(&l.report)
	}
	l.live = nil
}

// Call counts a system call.
func (l *Ledger) Call(c Call) { l.Note(func(r *Report) { r.Calls[c]++ }) }

// Failed counts an error of a system call.
func (l *Ledger) Failed(c Call, err error) {
	name := err.Error()
	var errno syscall.Errno
	if errors.As(err, &errno) {
		name = unix.ErrnoName(errno)
	}
	l.Note(func(r *Report) { r.Errors[string(c)+": "+name]++ })
}

// Snapshot returns a copy that does not change any more.
func (l *Ledger) Snapshot() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.report
	r.AcceptsByTask = maps.Clone(r.AcceptsByTask)
	r.ExitCodes = maps.Clone(r.ExitCodes)
	r.ExitSignals = maps.Clone(r.ExitSignals)
	r.Calls = maps.Clone(r.Calls)
	r.Errors = maps.Clone(r.Errors)
	if l.live != nil {
		l.live(&r)
	}
	return r
}

// CountReaped counts a child that a wait returned.
func (r *Report) CountReaped(status unix.WaitStatus) {
	r.Reaped++
	if status.Signaled() {
		r.ExitSignals[int(status.Signal())]++
	} else {
		r.ExitCodes[status.ExitStatus()]++
	}
}

// AddTally adds what a signal handler counted.
func (r *Report) AddTally(t sigchld.Tally) {
	r.Delivered += t.Delivered
	r.Reaped += t.Reaped
	if t.Waits > 0 {
		r.Calls[Wait] += t.Waits
	}
	for code, n := range t.Codes {
		r.ExitCodes[code] += n
	}
	for signal, n := range t.Signals {
		r.ExitSignals[signal] += n
	}
}

// String is the report as JSON on one line.
func (r Report) String() string {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Sprintf("report: %v", err)
	}
	return string(text)
}
