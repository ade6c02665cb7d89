package model

import (
	"cmp"
	"slices"

	"tracer/event"
)

// Reason is why the kernel let go of a dead process for which nobody waited.
type Reason uint8

// The reasons.
const (
	NoReason       Reason = iota
	IgnoresSIGCHLD        // who had to wait for it does: it is not known how
	SetSIGIGN             // likewise, by SIG_IGN
	SetNoCldWait          // likewise, by SA_NOCLDWAIT
	NamespaceEnded        // its PID namespace, with the process that was its init
	AsCreated             // CLONE_AUTOREAP
)

// ignoring is the reason of a process that does not want to know of its children, as far as it is known.
func (f *forest) ignoring(pid event.PID) Reason {
	p := f.process(pid)
	switch {
	case p == nil:
		return IgnoresSIGCHLD
	case p.disposal.Disposition == event.Ignore:
		return SetSIGIGN
	case p.disposal.NoCldWait:
		return SetNoCldWait
	}
	return IgnoresSIGCHLD
}

// A Fate is what became of dead processes of one parent: the kernel reaped them at their end, or dropped them, for one
// reason; or they were reaped by a wait, after they had waited for long, for one kind of cause.
type Fate struct {
	Reaping Reaping   // ByKernel, Dropped; a wait: ByParent
	Reason  Reason    // of the kernel
	Of      event.PID // the parent
	// Whose disposition, or which init of a PID namespace, is the Reason.
	Whose event.PID
	// Comm and WhoseComm are how those were called then; empty where it is not known.
	Comm, WhoseComm event.Text

	N     uint64
	Some  []Fated // the first; of those that were zombies the ones that were it for longest, from the longest on
	Cause Cause   // of the first of them

	kind   CauseKind
	beyond event.Time // the longest of those that are not in Some
}

func (g *Fate) key() fateKey { return fateKey{g.Reaping, g.Reason, g.kind, g.Of, g.Whose} }

// Fated is one process of a Fate.
type Fated struct {
	PID      event.PID
	Comm     event.Text
	For      event.Time // a zombie
	AtLeast  bool       // it had ended before it was found
	Evidence uint64     // the ordinal of the event by which it is known that it is gone
	Cause    Cause
}

type fateKey struct {
	reaping   Reaping
	reason    Reason
	kind      CauseKind
	of, whose event.PID
}

// fates are what is kept of those that are gone.
type fates struct {
	all  []*Fate
	keys map[fateKey]*Fate
}

// Fates returns what became of dead processes, in the order in which it first did. It is the model's own.
func (m *Model) Fates() []*Fate { return m.fates.all }

// fold keeps what a fact says of the end of a zombie.
func (s *fates) fold(m *Model, f *Fact) {
	p := f.Process
	if f.Kind != Reaped || p.Root || f.Flags.Has(Doubted) {
		return
	}
	key := fateKey{reaping: f.Reaping, of: p.ParentPID}
	one := Fated{PID: p.PID, Comm: p.Comm, Evidence: f.Evidence}
	switch f.Reaping {
	case ByKernel:
		key.reason, key.whose, key.of = p.reason, p.whose, p.whose
	case Dropped:
		one.For, one.Cause, one.AtLeast = p.ZombieTime(f.At), m.cause(p, f.At), p.FoundDead
		key.reason, key.whose = p.reason, p.whose
		if l := p.left; l != nil && l.Zombie && p.whose == p.ParentPID && p.reason != NamespaceEnded {
			key.of = l.From // who adopted it never had it
		}
	case ByParent, ByOther:
		if one.For = p.ZombieTime(f.At); one.For < LongWait || p.DiedBefore {
			return
		}
		one.Cause = m.cause(p, f.At)
		key.reaping, key.kind = ByParent, one.Cause.Kind
	default:
		return
	}
	if f.Retracted {
		s.remove(key, p)
		return
	}
	s.add(key, one)
	if g := s.keys[key]; g != nil && g.N == 1 {
		g.Comm, g.WhoseComm = m.forest.comm(g.Of), m.forest.comm(g.Whose)
		if l := p.left; l != nil && l.From == g.Of {
			g.Comm = l.Comm
		}
	}
}

// comm is how a process that is known is called.
func (f *forest) comm(pid event.PID) event.Text {
	if p := f.process(pid); p != nil {
		return p.Comm
	}
	return ""
}

func (s *fates) add(key fateKey, one Fated) {
	g := s.keys[key]
	if g == nil {
		if len(s.all) >= maxTold {
			return
		}
		g = &Fate{Reaping: key.reaping, Reason: key.reason, Of: key.of, Whose: key.whose, kind: key.kind}
		if s.keys == nil {
			s.keys = map[fateKey]*Fate{}
		}
		s.keys[key], s.all = g, append(s.all, g)
	}
	g.N++
	if one.For < g.beyond { // as some that were taken back have made room
		return
	}
	i, _ := slices.BinarySearchFunc(g.Some, one, func(a, b Fated) int {
		return cmp.Or(cmp.Compare(b.For, a.For), cmp.Compare(a.Evidence, b.Evidence))
	})
	g.Some = slices.Insert(g.Some, i, one)
	if len(g.Some) > MaxEvidence {
		g.beyond = max(g.beyond, g.Some[MaxEvidence].For)
		g.Some = g.Some[:MaxEvidence]
	}
	g.Cause = g.Some[0].Cause
}

// remove takes back what was said of p. What was known of its cause can have changed since, so its group is looked for.
func (s *fates) remove(key fateKey, p *Process) {
	is := func(f Fated) bool { return f.PID == p.PID && f.Evidence == p.GoneEvent }
	g := s.keys[key]
	for _, other := range s.all {
		if slices.ContainsFunc(other.Some, is) {
			g = other
			break
		}
	}
	if g == nil {
		return
	}
	g.N--
	g.Some = slices.DeleteFunc(g.Some, is)
	if len(g.Some) == 0 { // of those that are left, if there are any, nothing is kept that could be said
		delete(s.keys, g.key())
		s.all = slices.DeleteFunc(s.all, func(other *Fate) bool { return other == g })
	} else {
		g.Cause = g.Some[0].Cause
	}
}

func (s *fates) clone() (n fates) {
	n.all, n.keys = cloneKeyed(s.all, s.keys, func(g *Fate) { g.Some = slices.Clone(g.Some) })
	return n
}
