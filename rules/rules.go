// Package rules says what a trace shows: each rule, in a file of its own, looks for one thing in a model and returns
// what it found as data. Package words has the sentences.
package rules

import (
	"cmp"
	"slices"

	"tracer/event"
	"tracer/model"
)

// Severity orders findings.
type Severity uint8

// The severities.
const (
	Note       Severity = iota // worth knowing
	Warning                    // likely a bug in the traced program
	Incomplete                 // the trace itself is incomplete
)

// String returns the severity's word in JSON.
func (s Severity) String() string { return [...]string{"note", "warning", "incomplete"}[s] }

// MarshalText writes the word into JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one conclusion from the trace.
type Finding struct {
	ID       string    `json:"id"` // of its rule
	Severity Severity  `json:"severity"`
	PID      event.PID `json:"pid,omitempty"` // the process that it is about, 0 for the whole
	// Tasks are other processes that it names, at most as many as there can be Evidence.
	Tasks []event.PID `json:"tasks,omitempty"`
	// Names are the command names, raw, of the processes that it names, and of the thread, as far as they are known: an
	// id is used again.
	Names     map[event.PID]event.Text `json:"names,omitempty"`
	Path      string                   `json:"path,omitempty"`    // the file that it is about, raw
	Arguments map[string]uint64        `json:"arguments"`         // what the sentence is made of
	Address   event.Addr               `json:"address,omitempty"` // of the socket that it is about, likewise
	// Evidence are the ordinals in the trace, from 0 and ascending, of events that show it: the first ones, where there
	// are many.
	Evidence model.Evidence `json:"evidence"`
}

// Rule looks for one kind of finding.
type Rule struct {
	ID       string
	Severity Severity
	// find returns what there is to find in a model, as often as there is: all but ID and Severity.
	find func(m *model.Model, found func(Finding))
}

// All are the rules, in the order in which findings of the same severity are given.
var All = []Rule{
	eventsLost,
	contradictions,
	reapedUnseen,
	ringUnseen,
	closesInferred,
	bindFailed,
	backlogFull,
	listenerLeaked,
	connectionKept,
	acceptFailed,
	forkFailed,
	execFailed,
	sigchldCoalesced,
	statusLost,
	stalled,
	blockedInWait,
	vforkSuspended,
	coroutinesCopied,
	outOfMemory,
	parentThreadEnded,
	zombieHeld,
	zombieNoSIGCHLD,
	zombieParentStopped,
	notWaitedFor,
	leftZombie,
	orphanZombie,
	zombiesDropped,
	reapedLate,
	reapedAdopted,
	kernelReaped,
	kernelReapedAsAsked,
	childAccepts,
	connectionsCut,
	leaderExited,
	initSpared,
	endedByStranger,
}

// Find returns what a trace shows up to now, the gravest first.
func Find(m *model.Model) []Finding {
	var all []Finding
	for _, r := range All {
		all = append(all, r.Find(m)...)
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	return all
}

// Find returns what one rule finds.
func (r *Rule) Find(m *model.Model) (all []Finding) {
	r.find(m, func(f Finding) {
		f.ID, f.Severity = r.ID, r.Severity
		f.Evidence = append(model.Evidence{}, f.Evidence...) // what it was made of is the model's
		slices.Sort(f.Evidence)
		f.Evidence = slices.Compact(f.Evidence)
		all = append(all, f)
	})
	return all
}

// name keeps how a process is called; "": it is not known.
func (f *Finding) name(pid event.PID, comm event.Text) {
	if pid == 0 || comm == "" {
		return
	}
	if f.Names == nil {
		f.Names = map[event.PID]event.Text{}
	}
	f.Names[pid] = comm
}

// of makes the finding of a rule that has one number.
func of(argument string, n uint64, evidence model.Evidence) Finding {
	return Finding{Arguments: map[string]uint64{argument: n}, Evidence: evidence}
}
