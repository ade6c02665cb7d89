package export

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tracer/model"
	"tracer/text"
)

const (
	// How many of the dead and the closed the tree remembers, or a long trace would take all memory
	treeGone      = 100_000
	treeArguments = 72 // cells of a command line
	treeForever   = 1 << 62
)

// branch is one line of the tree with what is below it: a process, a thread, a coroutine, or several in a row that are
// alike.
type branch struct {
	id    string            // shown while it stands for one only
	kind  string            // what stands before the id
	label string            // all that the line says of it but the id
	key   [sha256.Size]byte // of the labels of the whole branch: two with the same are alike
	count int
	below []branch
}

// Tree writes the forest of a trace as indented text: every process under its last parent, in the order of their
// creation, with its threads and coroutines before its children; what each accepted and served, how it ended and who
// reaped it. Neighbours that differ in nothing but their ids, and so do all below them, are one line with their number.
// Of a long trace only the youngest 100,000 of the dead are there, and of the coroutines that ended; the last lines say
// how many are missing.
func Tree(w io.Writer, s Source) error {
	m, err := remember(s)
	out := bufio.NewWriter(w)
	if err == nil {
		var shown tally
		for _, b := range branches(m.Tops(), &shown) {
			b.write(out, "", "")
		}
		c := m.Counters()
		missing(out, c.ProcessesCreated, shown.processes, "process", "processes")
		missing(out, c.CoroutinesCreated, shown.coroutines, "coroutine", "coroutines")
	}
	return finish(out, "tree", err)
}

// remember returns the forest at the end of a source, with those that are gone.
func remember(s Source) (*model.Model, error) {
	m := model.New(model.Options{Linger: treeForever, MaxGone: treeGone})
	return m, Feed(m, s)
}

// tally counts who is in the tree, of those that the trace saw created.
type tally struct{ processes, coroutines uint64 }

func missing(w io.Writer, created, shown uint64, one, many string) {
	if created > shown {
		fmt.Fprintf(w, "(and %s that ended before)\n", text.Plural(created-shown, one, many))
	}
}

// branches makes a list of siblings, alike neighbours as one.
func branches(p *model.Process, shown *tally) []branch {
	var list []branch
	for ; p != nil; p = p.Next() {
		if !p.Root && (p.Born != 0 || p.Guessed) {
			shown.processes++
		}
		below := append(threads(p), coroutines(p, shown)...)
		below = append(below, branches(p.FirstChild(), shown)...)
		list = merge(list, branch{id: text.BothPIDs(p.PID, p.InnerPID), label: " " + processLabel(p), count: 1,
			below: below}.sealed())
	}
	return list
}

func threads(p *model.Process) []branch {
	var list []branch
	for t := p.FirstThread(); t != nil; t = t.Next() {
		facts := worked(t.Accepts, t.Served)
		if t.State == model.Alive {
			facts = append(facts, "alive")
		} else {
			facts = append(facts, "ended")
		}
		b := branch{id: strconv.Itoa(int(t.ID.TID)), kind: "thread ", count: 1, label: " " + name(string(t.Comm)) +
			": " + strings.Join(facts, ", ")}
		list = merge(list, b.sealed())
	}
	return list
}

func coroutines(p *model.Process, shown *tally) []branch {
	var list []branch
	for c := p.FirstCoroutine(); c != nil; c = c.Next() {
		shown.coroutines++
		facts := worked(0, c.Served)
		switch how := text.HowText(c.How); {
		case c.State != model.Finished:
			facts = append(facts, c.State.String())
		case c.Vanished:
			facts = append(facts, "not finished")
		case how != "":
			facts = append(facts, "ended", how)
		default:
			facts = append(facts, "ended")
		}
		kind, id, _ := strings.Cut(text.CoroutineText(c.Runtime, c.ID), " ")
		b := branch{id: id, kind: kind + " ", count: 1, label: ": " + strings.Join(facts, ", ")}
		list = merge(list, b.sealed())
	}
	return list
}

// sealed gives b its key, from that of all below it.
func (b branch) sealed() branch {
	h := sha256.New() // and not the labels: in a deep tree they would be long
	fmt.Fprintf(h, "%s%s\n", b.kind, b.label)
	for i := range b.below {
		fmt.Fprintf(h, "%d %x\n", b.below[i].count, b.below[i].key)
	}
	h.Sum(b.key[:0])
	return b
}

// merge adds b to siblings, of which the last may be its like.
func merge(list []branch, b branch) []branch {
	if n := len(list); n > 0 && list[n-1].key == b.key {
		list[n-1].count += b.count
		return list
	}
	return append(list, b)
}

// write gives the line of b and all below it. first is what stands before its own line, rest before the others.
func (b *branch) write(w io.Writer, first, rest string) {
	who := b.kind + b.id
	if b.count > 1 {
		who = strings.TrimSuffix(strconv.Itoa(b.count)+" × "+b.kind, " ")
	}
	fmt.Fprintf(w, "%s%s%s\n", first, who, b.label)
	for i := range b.below {
		if i == len(b.below)-1 {
			b.below[i].write(w, rest+"└─ ", rest+"   ")
		} else {
			b.below[i].write(w, rest+"├─ ", rest+"│  ")
		}
	}
}

// processLabel says of a process what a reader of the tree wants to know, but for its id.
func processLabel(p *model.Process) string {
	label := name(string(p.Comm))
	if parent := p.Parent(); p.Args != "" && (parent == nil || parent.Args != p.Args || parent.Path != p.Path) {
		label += " [" + text.Cut(text.Arguments(p.Args), treeArguments, "…") + "]"
	}
	facts := worked(p.Accepts, p.Served)
	if p.Zombies > 0 {
		facts = count(facts, uint64(p.Zombies), "zombie waits for it", "zombies wait for it")
	}
	if p.Adopted() {
		facts = append(facts, "orphan")
	}
	if p.Subreaper {
		facts = append(facts, "subreaper")
	}
	if p.Guessed {
		facts = append(facts, "guessed after a loss")
	}
	return label + ": " + strings.Join(append(facts, fate(p)), ", ")
}

// fate is what became of a process.
func fate(p *model.Process) string {
	switch {
	case p.State == model.Alive && p.LeaderEnded:
		return "alive, its leader ended"
	case p.State == model.Alive:
		return "alive"
	case p.Root: // reaped by tracer, which is not part of the trace
		return text.StatusText(p.Status)
	case p.State == model.Zombie:
		return "zombie, " + text.StatusText(p.Status)
	}
	return text.StatusText(p.Status) + ", reaped " + reaper(p)
}

// reaper says who reaped a gone process. A call that was not seen was its parent's all the same: nobody else may wait
// for it.
func reaper(p *model.Process) string {
	switch {
	case p.Reaping != model.ByKernel && p.Adopted() && p.ParentPID == 1:
		return "by init"
	case p.Reaping != model.NotReaped:
		return p.Reaping.String()
	case p.Adopted():
		return model.ByOther.String()
	}
	return "by an unseen call"
}

// worked says what a process or a thread did for clients.
func worked(accepts, served uint64) []string {
	return count(count(nil, accepts, "accept", "accepts"), served, "connection served", "connections served")
}

func name(comm string) string {
	if comm == "" {
		return "?"
	}
	return text.Escape(comm)
}

func count(facts []string, n uint64, one, many string) []string {
	if n == 0 {
		return facts
	}
	return append(facts, text.Plural(n, one, many))
}
