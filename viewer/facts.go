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
		l.add(roleGone, v.ending(p))
	case p.State == model.Zombie:
		l = append(l, fact{role: roleZombie, words: v.ending(p), ending: true})
		v.zombieFacts(p, &l)
	case p.State == model.Ending:
		l.add(roleGone, v.ending(p))
		l.add(roleWarn, v.words.Events.EndsLater(p.EndedInit))
	case p.State == model.Gone:
		l = append(l, fact{role: roleGone, words: v.ending(p), ending: true})
		l.add(roleGone, v.reapedBy(p))
		if p.ZombieTime(p.GoneAt) > 0 {
			l.add(roleGone, v.words.Facts.ZombieFor(v.zombieText(p, p.GoneAt)))
		}
	default:
		v.aliveFacts(p, f, &l)
	}
	if p.InnerPID != 0 && p.InnerPID != p.PID {
		l.add(roleDim, v.words.Facts.PIDInside(p.InnerPID))
	}
	switch {
	case model.EndUnseen(v.model, p):
		l.add(roleWarn, v.words.Events.EndUnseen)
	case p.Guessed:
		l.add(roleWarn, v.words.Events.Guessed)
	}
	return l
}

func (v scene) aliveFacts(p *model.Process, f fold, l *factList) {
	if p.Zombies > 0 {
		l.add(roleZombie, v.words.Facts.ZombiesWait(uint64(p.Zombies)))
	}
	if p.LeaderEnded {
		l.add(roleWarn, v.words.Facts.LeaderExited(uint64(p.ThreadsAlive)))
	}
	if p.Adopted() && p.ParentPID != 0 {
		l.add(roleWarn, v.words.Facts.AdoptedBy(parentText(p.ParentPID)))
	}
	if p.Subreaper {
		l.add(roleDim, v.words.Tree.Subreaper)
	}
	for _, w := range p.Waiting() {
		l.add(roleWait, v.words.Tree.InWait(v.words.Events.WaitCall(w.Call, w.IDType, w.ID)))
	}
	if f != foldNone {
		v.hiddenFacts(p, f, l)
	}
	v.serviceFacts(&p.Service, l)
	if a := p.Accepting(); a.Accepts > 0 {
		l.add(roleAccept, v.words.Facts.Accepts(a.Accepts))
		if p.Serves == nil {
			l.add(roleAccept, v.words.Facts.LastPeer(v.glyphs.safe(string(a.LastPeer))))
		}
	}
}

// hiddenFacts tell what a fold hides, beside the number of processes.
func (v scene) hiddenFacts(p *model.Process, f fold, l *factList) {
	threads := uint64(p.ThreadsAlive)
	switch f {
	case foldAll:
		var zombies uint64
		_, threads, zombies = census(p)
		if extra := zombies - uint64(p.Zombies); extra > 0 {
			l.add(roleZombie, v.words.Facts.ZombiesDeeper(extra))
		}
	case foldIdle:
		for th := p.FirstThread(); th != nil; th = th.Next() {
			if th.State != model.Gone && busy(p, th) {
				threads--
			}
		}
	}
	if threads > 0 && !p.LeaderEnded {
		l.add(roleThread, v.words.Facts.MoreThreads(threads))
	}
	if n := uint64(p.Coroutines().Alive); n > 0 && f < foldIdle {
		l.add(roleThread, v.words.Facts.MoreCoroutines(n))
	}
}

// serviceFacts tell whom a process, a thread or a coroutine serves, or served last.
func (v scene) serviceFacts(s *model.Service, l *factList) {
	if s.Serves == nil {
		return
	}
	say := v.words.Facts.Serves
	if s.Serves.Closed != 0 {
		say = v.words.Facts.Served
	}
	l.add(roleAccept, say(v.glyphs.safe(string(s.Serves.Peer))))
}

func (v scene) threadFacts(th *model.Thread) []fact {
	var l factList
	v.serviceFacts(&th.Service, &l)
	switch {
	case th.State == model.Gone && th.Status != 0: // 0 says nothing: a thread has no status that anybody waits for
		l.add(roleGone, v.words.StatusText(th.Status))
	case th.State == model.Gone:
	case th.Accepts > 0:
		l = append(l, fact{role: roleAccept, words: v.words.Facts.Accepts(th.Accepts), accepts: true})
	}
	return l
}

func (v scene) coroutineFacts(c *model.Coroutine) []fact {
	var l factList
	r := roleThread
	if c.State == model.Finished {
		r = roleGone
	}
	if ended := v.words.HowText(c.How); ended != "" {
		l.add(r, ended)
	}
	if c.Inherited {
		l.add(r, v.words.Tree.Inherited)
	}
	if c.Vanished {
		l.add(r, v.words.Tree.NotFinished)
	}
	v.serviceFacts(&c.Service, &l)
	if c.Switches > 0 {
		l.add(r, v.words.Facts.Switches(c.Switches))
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
func (v scene) ending(p *model.Process) string {
	if by, ok := p.Killer(); ok {
		return v.glyphs.plain(v.words.KilledText(p.PID, p.Status, by))
	}
	return v.words.StatusText(p.Status)
}

// zombieText is how long p has been, or was, a zombie.
func (v scene) zombieText(p *model.Process, now event.Time) string {
	duration := text.DurationText(p.ZombieTime(now))
	if p.FoundDead {
		return v.words.Facts.AtLeast(duration)
	}
	return duration
}

// zombieFacts tell who has to wait for a zombie, and why it is not enough that it does.
func (v scene) zombieFacts(p *model.Process, l *factList) {
	say, c := &v.words.Facts, v.model.Cause(p)
	switch {
	case c.Held:
		l.add(roleZombie, say.Held(parentText(c.Debugger)))
		return
	case c.ExitSignal != event.SIGCHLD:
		l.add(roleZombie, v.mustReap(parentText(p.ParentPID)))
		l.add(roleZombie, say.SentNoSIGCHLD)
	case c.Stopped != 0:
		l.add(roleZombie, v.mustReap(parentText(p.ParentPID)))
		l.add(roleZombie, say.ParentStopped(c.Parent))
	default:
		l.add(roleZombie, v.mustReap(parentText(p.ParentPID)))
		if w := &c.Wait; w.Call != event.CallNone {
			l.add(roleZombie, say.ParentWaits(c.Parent, v.words.Events.WaitCall(w.Call, w.IDType, w.ID)))
		}
	}
}

// mustReap says who has to wait for a zombie.
func (v scene) mustReap(parent string) string {
	if parent == "" {
		return v.words.Facts.ParentMustReap
	}
	return v.words.Facts.MustReap(parent)
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
func (v scene) reapedBy(p *model.Process) string {
	say := &v.words.Facts
	switch {
	case p.Reaping == model.ByKernel:
		return say.ReapedByKernel
	case p.Reaping == model.Dropped:
		return say.Dropped
	case p.Reaping == model.NotReaped && p.Root:
		return say.ReapedByTracer
	case p.Reaping == model.NotReaped:
		return say.ReapedUnseen
	case p.ReapedBy != 0:
		return say.ReapedBy(parentText(p.ReapedBy))
	}
	return say.Reaped
}

// who names a process by its id, and by its command when it is known and helps.
func (v scene) who(pid event.PID) string { return v.whoThen(pid, "") }

// whoThen is a process, as it was called when that is known, else as the one that has the id now.
func (v scene) whoThen(pid event.PID, comm event.Text) string {
	name := strconv.Itoa(int(pid))
	if p := v.model.Find(pid); comm == "" && p != nil {
		comm = p.Comm
	}
	switch {
	case comm != "":
		return name + " (" + v.glyphs.safe(string(comm)) + ")"
	case pid == 1:
		return "1 (init)"
	}
	return name
}
