package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"tracer/event"
	"tracer/record"
	"tracer/words"
)

// Names is how a report names processes and threads.
type Names uint8

// The ways.
const (
	ByID    Names = iota // by the ids that the kernel gave them
	ByOrder              // P1, P2 in the order in which they became known, threads P1.T1: those of two traces compare
)

var namesNames = []string{"id", "order"}

// String returns the word for it.
func (n Names) String() string { return namesNames[n] }

// ParseNames is the opposite of String.
func ParseNames(name string) (Names, error) {
	if i := slices.Index(namesNames, name); i >= 0 {
		return Names(i), nil
	}
	return 0, words.NotOneOf(name, namesNames)
}

// firstName is the first of the ids that stand for names while a report is made: ten digits, which no id of the kernel
// has (PID_MAX_LIMIT is 2 to the 22nd, include/linux/threads.h). A sentence that names a process by its id so names it
// by its order in the end.
const firstName = 1_000_000_000

// namer replaces the ids in events, each by another one throughout: also what follows from an id that is used again
// stays as it is. It does the same for the same events.
type namer struct {
	ids       map[int32]int32 // what stands for an id
	names     []string        // of those, in their order; "": not known yet
	processes int
	threads   map[int32]int    // how many of a process have a name
	children  map[within]int32 // by the ids in other PID namespaces
	inner     map[int32]int32
	event     event.Event
}

// within is a child as its parent knows it: by the id in the parent's PID namespace.
type within struct{ parent, id int32 }

// newNamer returns the namer of a report, nil where it names by the ids.
func newNamer(how Names) *namer {
	switch how {
	case ByOrder:
		return &namer{ids: map[int32]int32{}, threads: map[int32]int{}, children: map[within]int32{},
			inner: map[int32]int32{}}
	case ByID:
	}
	return nil
}

// id returns what stands for an id. Init is called by its number, and nobody is 0.
func (n *namer) id(id int32) int32 {
	if id <= 1 {
		return id
	}
	if n.ids[id] == 0 {
		n.names = append(n.names, "")
		n.ids[id] = firstName + int32(len(n.names)-1)
	}
	return n.ids[id]
}

// process names a process of the trace, unless it has its name already.
func (n *namer) process(id int32) int32 {
	id = n.id(id)
	if id > 1 && n.names[id-firstName] == "" {
		n.processes++
		n.names[id-firstName] = fmt.Sprintf("P%d", n.processes)
	}
	return id
}

// task names a thread of a process, or its leader, which has the id of the process.
func (n *namer) task(id, process int32) int32 {
	id = n.id(id)
	if id > 1 && id != process && n.names[id-firstName] == "" {
		n.threads[process]++
		n.names[id-firstName] = fmt.Sprintf("%s.T%d", n.name(process), n.threads[process])
	}
	return id
}

// asked is one that a process knows by an id of its own PID namespace.
func (n *namer) asked(by, id int32) int32 {
	if id <= 0 {
		return id
	}
	if child, known := n.children[within{by, id}]; known {
		return child
	}
	if n.ids[id] == 0 && n.inner[id] != 0 {
		return n.inner[id]
	}
	return n.id(id)
}

// replaced returns an event with names in the place of all ids: its own copy, until the next one, where it has names.
func (n *namer) replaced(e *event.Event) *event.Event {
	if n == nil {
		return e
	}
	n.event = *e
	n.replace(&n.event)
	return &n.event
}

func (n *namer) replace(e *event.Event) {
	if e.Rare != nil {
		e.Unshare()
		e.Rare.Holder = event.PID(n.id(int32(e.Rare.Holder)))
		e.Rare.Debugger = event.PID(n.id(int32(e.Rare.Debugger)))
	}
	pid, tid, oldTID := int32(e.PID), int32(e.Task.TID), int32(e.OldTID)
	if e.Kind == event.Kill { // by anybody
		e.PID, e.Task.TID = event.PID(n.id(pid)), event.TID(n.id(tid))
	} else {
		e.PID = event.PID(n.process(pid))
		e.Task.TID = event.TID(n.task(tid, int32(e.PID)))
	}
	if oldTID != 0 {
		e.OldTID = event.TID(n.task(oldTID, int32(e.PID)))
	}
	e.Parent, e.Reaper = event.PID(n.id(int32(e.Parent))), event.PID(n.id(int32(e.Reaper)))
	if e.Kind == event.Fork {
		e.ChildPID = event.PID(n.process(int32(e.ChildPID)))
		e.Child.TID = event.TID(n.task(int32(e.Child.TID), int32(e.ChildPID)))
		n.known(e, int32(e.Child.TID))
	} else {
		e.Child.TID = event.TID(n.id(int32(e.Child.TID)))
	}
	if e.Kind == event.Seen {
		n.known(e, int32(e.Task.TID))
	}
	e.TargetPID, e.Target = event.PID(n.id(int32(e.TargetPID))), event.TID(n.id(int32(e.Target)))
	e.SiPID = event.PID(n.asked(int32(e.TargetPID), int32(e.SiPID)))
	if e.IDType != event.IDAll {
		e.ID = event.PID(n.asked(int32(e.PID), int32(e.ID)))
	}
}

// known notes the ids that a task has in other PID namespaces, which the report does not tell.
func (n *namer) known(e *event.Event, task int32) {
	for _, id := range []*event.PID{&e.NSPID, &e.InnerPID} {
		if *id != 0 {
			n.children[within{int32(e.Parent), int32(*id)}] = task
			n.inner[int32(*id)] = task
			*id = event.PID(task)
		}
	}
}

// name is how one is called, once all have been met: who is not traced is an X.
func (n *namer) name(id int32) string {
	i := int(id) - firstName
	if i < 0 || i >= len(n.names) {
		return strconv.Itoa(int(id))
	}
	if n.names[i] == "" {
		outside := 1
		for _, name := range n.names[:i] {
			if name == "" || name[0] == 'X' {
				outside++
			}
		}
		n.names[i] = fmt.Sprintf("X%d", outside)
	}
	return n.names[i]
}

var tenDigits = regexp.MustCompile(`\b1[0-9]{9}\b`)

// in puts names in the place of the ids in a sentence.
func (n *namer) in(sentence string) string {
	return tenDigits.ReplaceAllStringFunc(sentence, func(digits string) string {
		id, err := strconv.ParseInt(digits, 10, 32)
		if err != nil {
			return digits
		}
		return n.name(int32(id))
	})
}

var anyDigits = regexp.MustCompile(`\b[0-9]+\b`)

// target is what was traced: ids where tracer attached to them.
func (n *namer) target(r *record.Recording) string {
	meta := r.Meta()
	if n == nil || len(meta.Command) > 0 {
		return meta.Target
	}
	return anyDigits.ReplaceAllStringFunc(meta.Target, func(digits string) string {
		id, err := strconv.ParseInt(digits, 10, 32)
		if known := n.ids[int32(id)]; err == nil && known != 0 {
			return n.name(known)
		}
		return digits
	})
}

// page puts names in the place of all ids of a page.
func (n *namer) page(p *page) {
	if n == nil {
		return
	}
	all := []*string{&p.Tree}
	for i := range p.Findings {
		all = append(all, &p.Findings[i].Text)
	}
	for i := range p.Marks {
		all = append(all, &p.Marks[i].Note)
	}
	for i := range p.Forests {
		all = append(all, &p.Forests[i].Tree)
	}
	for i := range p.Ledger {
		all = append(all, &p.Ledger[i].Who)
	}
	for i := range p.Summary {
		all = append(all, &p.Summary[i][1])
	}
	for i := range p.Missing {
		all = append(all, &p.Missing[i])
	}
	for _, sentence := range all {
		*sentence = n.in(*sentence)
	}
	t := &p.lanes.Tasks
	for i, id := range t.ID {
		t.Process = append(t.Process, n.name(int32(t.PID[i])))
		if t.Kind[i] != kindCoroutine {
			t.Label = append(t.Label, n.name(int32(id)))
			t.ID[i] = uint64(i)
		} else {
			t.Label = append(t.Label, "")
		}
	}
}
