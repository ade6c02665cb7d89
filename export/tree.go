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
	"tracer/words"
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
func Tree(w io.Writer, s Source, l *words.Language) error { return writeTree(w, s, l, nil) }

// writeTree writes the tree of some processes, by their numbers, with those above them; nil: of all.
func writeTree(w io.Writer, s Source, l *words.Language, keep map[uint64]bool) error {
	m, err := remember(s)
	out := bufio.NewWriter(w)
	if err == nil && keep != nil {
		t := tree{Language: l, model: m, keep: withAncestors(m, keep)}
		for _, b := range t.branches(m.Tops()) {
			b.write(out, "", "")
		}
	} else if err == nil {
		WriteTree(out, m, l)
	}
	return finish(out, "tree", err)
}

// withAncestors are processes and those above them.
func withAncestors(m *model.Model, some map[uint64]bool) map[uint64]bool {
	all := map[uint64]bool{}
	m.Walk(func(p *model.Process, _ int) bool {
		if some[p.Number] {
			for ; p != nil && !all[p.Number]; p = p.Parent() {
				all[p.Number] = true
			}
		}
		return true
	})
	return all
}

// WriteForest writes the tree of those that are there now: that live, or are zombies.
func WriteForest(w io.Writer, m *model.Model, l *words.Language) {
	t := tree{Language: l, model: m, present: true}
	for _, b := range t.branches(m.Tops()) {
		b.write(w, "", "")
	}
}

// WriteTree writes the tree of a model that has kept what is gone.
func WriteTree(w io.Writer, m *model.Model, l *words.Language) {
	t := tree{Language: l, model: m}
	for _, b := range t.branches(m.Tops()) {
		b.write(w, "", "")
	}
	c := m.Counters()
	missing(w, c.ProcessesCreated, t.processes, l.Tree.ProcessesBefore)
	missing(w, c.CoroutinesCreated, t.coroutines, l.Tree.CoroutinesBefore)
}

// remember returns the forest at the end of a source, with those that are gone.
func remember(s Source) (*model.Model, error) {
	m := model.New(model.Options{Linger: treeForever, MaxGone: treeGone})
	return m, Feed(m, s)
}

// tree is one under way: its language, and who is in it, of those that the trace saw created.
type tree struct {
	*words.Language
	model                 *model.Model
	processes, coroutines uint64
	present               bool            // who is gone is left out
	keep                  map[uint64]bool // the processes, by their numbers; nil: all
}

func missing(w io.Writer, created, shown uint64, say func(uint64) string) {
	if created > shown {
		fmt.Fprintln(w, say(created-shown))
	}
}

// branches makes a list of siblings, alike neighbours as one.
func (t *tree) branches(p *model.Process) []branch {
	var list []branch
	for ; p != nil; p = p.Next() {
		if t.present && p.State == model.Gone {
			list = append(list, t.branches(p.FirstChild())...)
			continue
		}
		if t.keep != nil && !t.keep[p.Number] {
			continue
		}
		if !p.Root && (p.Born != 0 || p.Guessed) {
			t.processes++
		}
		below := append(t.threadsOf(p), t.coroutinesOf(p)...)
		below = append(below, t.branches(p.FirstChild())...)
		list = merge(list, branch{id: t.BothPIDs(p.PID, p.InnerPID), label: " " + t.processLabel(p), count: 1,
			below: below}.sealed())
	}
	return list
}

func (t *tree) threadsOf(p *model.Process) []branch {
	var list []branch
	for th := p.FirstThread(); th != nil; th = th.Next() {
		if t.present && th.State != model.Alive {
			continue
		}
		clauses := t.worked(th.Accepts, th.Served)
		if th.State == model.Alive {
			clauses = append(clauses, t.Tree.Alive)
		} else {
			clauses = append(clauses, t.Tree.Ended)
		}
		b := branch{id: strconv.Itoa(int(th.ID.TID)), kind: t.Tree.Thread + " ", count: 1,
			label: " " + t.Tree.Line(name(string(th.Comm)), t.list(clauses))}
		list = merge(list, b.sealed())
	}
	return list
}

func (t *tree) coroutinesOf(p *model.Process) []branch {
	var list []branch
	for c := p.FirstCoroutine(); c != nil; c = c.Next() {
		if t.present && c.State == model.Finished {
			continue
		}
		t.coroutines++
		clauses := append(t.worked(0, c.Served), t.coroutineState(c)...)
		if c.Inherited {
			clauses = append([]string{t.Tree.Inherited}, clauses...)
		}
		b := branch{id: words.CoroutineID(c.Runtime, c.ID), kind: t.CoroutineWord(c.Runtime, c.Class) + " ", count: 1,
			label: t.Tree.Unnamed(t.list(clauses))}
		list = merge(list, b.sealed())
	}
	return list
}

func (t *tree) coroutineState(c *model.Coroutine) []string {
	how := t.HowText(c.How)
	switch {
	case c.State != model.Finished:
		return []string{t.CoroutineState(c.State.String())}
	case c.Vanished:
		return []string{t.Tree.NotFinished}
	case how != "":
		return []string{t.Tree.Ended, how}
	}
	return []string{t.Tree.Ended}
}

// sealed sets the key of b, from those of all below it.
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

// write writes the line of b and all below it. first is what stands before its own line, rest before the others.
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
func (t *tree) processLabel(p *model.Process) string {
	label := name(string(p.Comm))
	if parent := p.Parent(); p.Args != "" && (parent == nil || parent.Args != p.Args || parent.Path != p.Path) {
		label += " [" + text.Cut(text.Arguments(p.Args), treeArguments, "…") + "]"
	}
	clauses := t.worked(p.Accepting().Accepts, p.Served)
	if p.Zombies > 0 {
		clauses = append(clauses, t.Tree.ZombiesWait(uint64(p.Zombies)))
	}
	if p.Adopted() {
		clauses = append(clauses, t.Tree.Orphan)
	}
	if p.Subreaper {
		clauses = append(clauses, t.Tree.Subreaper)
	}
	if p.State == model.Alive {
		for _, w := range p.Waiting() {
			clauses = append(clauses, t.Tree.InWait(t.Events.WaitCall(w.Call, w.IDType, w.ID)))
		}
	}
	switch {
	case model.EndUnseen(t.model, p):
		clauses = append(clauses, t.Events.EndUnseen)
	case p.Guessed:
		clauses = append(clauses, t.Events.Guessed)
	}
	return t.Tree.Line(label, t.list(append(clauses, t.fate(p))))
}

// fate is what became of a process.
func (t *tree) fate(p *model.Process) string {
	status := t.StatusText(p.Status)
	if by, ok := p.Killer(); ok {
		status = t.KilledText(p.PID, p.Status, by)
	}
	switch {
	case p.State == model.Alive && p.Stopped != 0:
		return t.Tree.Stopped(text.SignalName(p.Stopped))
	case p.State == model.Alive && p.LeaderEnded:
		return t.Tree.LeaderEnded
	case p.State == model.Alive:
		return t.Tree.Alive
	case p.Root: // reaped by tracer, which is not part of the trace
		return status
	case p.State == model.Zombie:
		return t.Tree.Zombie(status)
	case p.State == model.Ending:
		return t.Tree.Ending(status, t.Events.EndsLater(p.EndedInit))
	}
	return t.reaped(p)(status)
}

// reaped says who reaped a gone process. A call that was not seen was its parent's all the same: nobody else may wait
// for it.
func (t *tree) reaped(p *model.Process) func(status string) string {
	switch {
	case p.Reaping != model.ByKernel && p.Reaping != model.Dropped && p.Adopted() && p.ParentPID == 1:
		return t.Tree.ReapedByInit
	case p.Reaping == model.ByParent:
		return t.Tree.ReapedByParent
	case p.Reaping == model.ByKernel:
		return t.Tree.ReapedByKernel
	case p.Reaping == model.Dropped:
		return t.Tree.Dropped
	case p.Reaping == model.ByOther, p.Adopted():
		return t.Tree.ReapedByOther
	}
	return t.Tree.ReapedUnseen
}

// worked says what a process or a thread did for clients.
func (t *tree) worked(accepts, served uint64) (clauses []string) {
	if accepts > 0 {
		clauses = append(clauses, t.Tree.Accepts(accepts))
	}
	if served > 0 {
		clauses = append(clauses, t.Tree.Served(served))
	}
	return clauses
}

func (t *tree) list(clauses []string) string { return strings.Join(clauses, t.Punctuation.Comma) }

func name(comm string) string {
	if comm == "" {
		return "?"
	}
	return text.Escape(comm)
}
