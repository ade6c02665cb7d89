package viewer

import (
	"strconv"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// factList gathers facts, the most important first.
type factList []fact

func (l *factList) add(r role, words string) { *l = append(*l, fact{role: r, words: words}) }

// processFacts tell what there is to know of a process below which so much is shown, in a few words each.
func (v scene) processFacts(p *model.Process, f fold) []fact {
	var l factList
	switch {
	case p.State == model.Zombie && p.Root:
		l.add(roleGone, ending(p))
	case p.State == model.Zombie:
		l.add(roleZombie, ending(p))
		l.add(roleZombie, mustReap(parentText(p.ParentPID)))
	case p.State == model.Gone:
		l.add(roleGone, ending(p))
		l.add(roleGone, reapedBy(p))
		if p.ZombieTime(p.GoneAt) > 0 {
			l.add(roleGone, "zombie for "+zombieText(p, p.GoneAt))
		}
	default:
		v.aliveFacts(p, f, &l)
	}
	if p.InnerPID != 0 && p.InnerPID != p.PID {
		l.add(roleDim, "pid "+text.PIDText(p.InnerPID)+" inside")
	}
	if p.Guessed {
		l.add(roleWarn, "guessed after a loss")
	}
	return l
}

func (v scene) aliveFacts(p *model.Process, f fold, l *factList) {
	if p.Zombies > 0 {
		l.add(roleZombie, text.Plural(uint64(p.Zombies), "zombie waits", "zombies wait"))
	}
	if p.LeaderEnded {
		l.add(roleWarn, "leader ended, "+text.Plural(uint64(p.ThreadsAlive), "thread runs on", "threads run on"))
	}
	if p.Adopted() && p.ParentPID != 0 {
		l.add(roleWarn, "adopted by "+parentText(p.ParentPID))
	}
	if p.Subreaper {
		l.add(roleDim, "subreaper")
	}
	if f != foldNone {
		hiddenFacts(p, f, l)
	}
	v.serviceFacts(&p.Service, l)
	if p.Accepts > 0 {
		l.add(roleAccept, text.Plural(p.Accepts, "accept", "accepts"))
		if p.Serves == nil {
			l.add(roleAccept, "last "+v.glyphs.safe(string(p.LastPeer)))
		}
	}
}

// hiddenFacts tell what a fold hides, beside the number of processes.
func hiddenFacts(p *model.Process, f fold, l *factList) {
	threads := uint64(p.ThreadsAlive)
	if f == foldAll {
		var zombies uint64
		_, threads, zombies = census(p)
		if extra := zombies - uint64(p.Zombies); extra > 0 {
			l.add(roleZombie, text.Plural(extra, "zombie deeper", "zombies deeper"))
		}
	}
	if threads > 0 && !p.LeaderEnded {
		l.add(roleThread, "+"+text.Plural(threads, "thread", "threads"))
	}
	if n := uint64(p.CoroutinesAlive); n > 0 {
		l.add(roleThread, "+"+text.Plural(n, "coroutine", "coroutines"))
	}
}

// serviceFacts tell whom a process, a thread or a coroutine serves, or served last.
func (v scene) serviceFacts(s *model.Service, l *factList) {
	if s.Serves == nil {
		return
	}
	word := "serves "
	if s.Serves.Closed != 0 {
		word = "served "
	}
	l.add(roleAccept, word+v.glyphs.safe(string(s.Serves.Peer)))
}

func (v scene) threadFacts(th *model.Thread) []fact {
	var l factList
	v.serviceFacts(&th.Service, &l)
	switch {
	case th.State == model.Gone:
		l.add(roleGone, english.StatusText(th.Status))
	case th.Accepts > 0:
		l = append(l, fact{role: roleAccept, words: text.Plural(th.Accepts, "accept", "accepts"), accepts: true})
	}
	return l
}

func (v scene) coroutineFacts(c *model.Coroutine) []fact {
	var l factList
	r := roleThread
	if c.State == model.Finished {
		r = roleGone
	}
	if ended := english.HowText(c.How); ended != "" {
		l.add(r, ended)
	}
	if c.Vanished {
		l.add(r, "not finished")
	}
	v.serviceFacts(&c.Service, &l)
	if c.Switches > 0 {
		l.add(r, text.Plural(c.Switches, "switch", "switches"))
	}
	return l
}

// census counts what lives or waits below p, and the threads of p too.
func census(p *model.Process) (processes, threads, zombies uint64) {
	threads = uint64(p.ThreadsAlive)
	for c := p.FirstChild(); c != nil; c = c.Next() {
		switch c.State {
		case model.Gone:
			continue
		case model.Zombie: // never a root: it is nobody's child
			zombies++
		}
		a, b, z := census(c)
		processes, threads, zombies = processes+1+a, threads+b, zombies+z
	}
	return processes, threads, zombies
}

// ending is how p ended, and by whom if it was killed.
func ending(p *model.Process) string {
	words := english.StatusText(p.Status)
	if p.KilledByTracer() {
		words += " by tracer"
	} else if by, ok := p.KilledBy(); ok && by != 0 && by != p.PID {
		words += " by " + text.PIDText(by)
	}
	if p.KilledByClose() {
		words += ", which closed its pidfd"
	}
	return words
}

// zombieText is how long p has been, or was, a zombie.
func zombieText(p *model.Process, now event.Time) string {
	words := text.DurationText(p.ZombieTime(now))
	if p.FoundDead {
		return "at least " + words
	}
	return words
}

// mustReap says who has to wait for a zombie.
func mustReap(parent string) string {
	if parent == "" {
		parent = "its parent"
	}
	return parent + " must reap it"
}

// parentText names a parent in short, "" for one outside the PID namespace.
func parentText(pid event.PID) string {
	switch pid {
	case 0:
		return ""
	case 1:
		return "init"
	}
	return strconv.Itoa(int(pid))
}

// reapedBy says who reaped a gone process.
func reapedBy(p *model.Process) string {
	switch {
	case p.Reaping == model.ByKernel:
		return "reaped by the kernel"
	case p.Reaping == model.NotReaped && p.Root:
		return "reaped by tracer"
	case p.Reaping == model.NotReaped:
		return "reaped by an unseen call"
	case p.ReapedBy != 0:
		return "reaped by " + parentText(p.ReapedBy)
	}
	return "reaped"
}

// who names a process by its id, and by its command when it is known and helps.
func (v scene) who(pid event.PID) string {
	name := strconv.Itoa(int(pid))
	switch p := v.model.Find(pid); {
	case p != nil && p.Comm != "":
		return name + " (" + v.glyphs.safe(string(p.Comm)) + ")"
	case pid == 1:
		return "1 (init)"
	}
	return name
}
