package viewer

import (
	"strings"

	"tracer/model"
	"tracer/words"
)

// ledgerPane adds up, for each process that had children, what became of their ends.
type ledgerPane struct{ textPane }

func (p *ledgerPane) opening(say *words.KeyWords) []binding {
	return []binding{{"ledger", []string{"b"}, "b", say.Ledger.Label, 6, say.Ledger.Help, nil,
		func(s *state, _ string) { s.open(p) }}}
}

func (p *ledgerPane) settle(s *state, w, h int) {
	p.w, p.h, p.head = w, h, s.words.Ledger.Title
	p.all = ledgerLines(s.scene(), w)
}

func ledgerLines(v scene, width int) []line {
	say, f := &v.words.Ledger, &fields{width: width}
	accounts := model.AccountsOf(v.model)
	if len(accounts) == 0 {
		f.say(roleDim, say.Nothing)
	}
	for i := range accounts {
		a := &accounts[i]
		p := a.Process
		f.say(roleStrong, say.Ended(v.whoThen(p.PID, p.Comm), a.Ended))
		signals := sumOf(say, []term{{a.Queued, say.Queued}, {a.Coalesced, say.Coalesced},
			{a.Discarded, say.Discarded}, {a.None, say.NotSent}})
		f.add(say.SIGCHLD, roleText, signals)
		if sum := a.Signals(); sum != a.Ended {
			f.add("", roleDim, say.Differs(sum, a.Ended))
		}
		if a.Delivered > 0 {
			f.add(say.Handler, roleText, say.Ran(a.Delivered))
		}
		r := roleText
		if a.Zombies > 0 {
			r = roleZombie
		}
		f.add(say.Children, r, sumOf(say, []term{{a.Reaped, say.Reaped}, {a.ByKernel, say.ByKernel},
			{a.Dropped, say.Dropped}, {a.Unseen, say.Unseen}, {a.Left, say.Left}, {a.Zombies, say.Zombies}}))
		f.blank()
	}
	return f.lines
}

// A term is a part of a sum.
type term struct {
	n     uint64
	words func(uint64) string
}

// sumOf adds up the terms that are not 0.
func sumOf(say *words.LedgerWords, terms []term) string {
	var parts []string
	sum := uint64(0)
	for _, t := range terms {
		if t.n > 0 {
			parts = append(parts, t.words(t.n))
			sum += t.n
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return say.Sum(strings.Join(parts, " + "), sum)
}
