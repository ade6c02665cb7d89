package viewer

import (
	"strconv"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// flash is how long what was just born or has just gone stands out, for who looks on: in a slow replay that is a
// shorter time of the trace.
const flash = event.Time(700e6)

func (s *state) flash() event.Time {
	if s.replay != nil {
		return event.Time(float64(flash) * min(speeds[s.replay.speed], 1))
	}
	return flash
}

// look is how a process appears in its row.
type look struct {
	pid, name, state, age role
	glyph, word           string
}

// stateOf decides how p looks. The word and the glyph say the same as the colour.
func (s *state) stateOf(p *model.Process) look {
	now := s.shown().now
	switch {
	case p.State == model.Zombie && p.Root: // tracer reaps it, after the trace
		return look{roleGone, roleGone, roleGone, roleGone, s.glyphs.gone, "ended"}
	case p.State == model.Zombie:
		return look{roleZombie, roleZombie, roleZombie, roleZombie, s.glyphs.zombie, "zombie"}
	case p.State == model.Gone && since0(now, p.GoneAt) < s.flash():
		return look{roleJustGone, roleJustGone, roleJustGone, roleGone, s.glyphs.gone, "gone"}
	case p.State == model.Gone:
		return look{roleGone, roleGone, roleGone, roleGone, s.glyphs.gone, "gone"}
	case p.Stopped != 0:
		return look{roleText, roleText, roleWarn, roleDim, s.glyphs.stopped, "stopped"}
	case p.Born != 0 && since0(now, p.Born) < s.flash():
		return look{roleBorn, roleBorn, roleBorn, roleBorn, s.glyphs.born, "new"}
	case p.LeaderEnded:
		return look{roleText, roleText, roleWarn, roleDim, s.glyphs.leaderless, "no lead"}
	}
	return look{roleText, roleText, roleAlive, roleDim, s.glyphs.alive, "alive"}
}

// isZombie reports whether p waits for somebody of the traced program's world to reap it. The launched root waits for
// tracer.
func isZombie(p *model.Process) bool { return p.State == model.Zombie && !p.Root }

// age is how long p lives, has been a zombie, or lived. Of one that was found dead, the first is a lower bound and the
// last not known.
func (s *state) age(p *model.Process) string {
	now := s.shown().now
	switch {
	case isZombie(p) && p.FoundDead:
		return text.LeastAgeText(p.ZombieTime(now))
	case isZombie(p):
		return since(now, p.Ended)
	case p.State != model.Alive && p.FoundDead:
		return "?"
	case p.State != model.Alive:
		return since(p.Ended, born(p.Born, p.ID))
	}
	return since(now, born(p.Born, p.ID))
}

// born is when a task began: as traced, or by its own start time when that was before the trace.
func born(traced event.Time, id event.Task) event.Time {
	if traced == 0 {
		return id.Start
	}
	return traced
}

func since0(now, then event.Time) event.Time { return now - min(now, then) }

func since(now, then event.Time) string {
	if then == 0 {
		return "?"
	}
	return text.AgeText(since0(now, then))
}

// story tells what there is to know of p in a few words each, the most important first.
func (s *state) story(p *model.Process) []span {
	var parts []span
	add := func(r role, words string) { parts = append(parts, span{words, r}) }
	switch {
	case p.State == model.Zombie && p.Root:
		add(roleGone, ending(p))
	case p.State == model.Zombie:
		add(roleZombie, ending(p))
		add(roleZombie, mustReap(parentText(p.ParentPID)))
	case p.State == model.Gone:
		add(roleGone, ending(p))
		add(roleGone, reapedBy(p))
		if p.ZombieTime(p.GoneAt) > 0 {
			add(roleGone, "zombie for "+zombieText(p, p.GoneAt))
		}
	default:
		s.aliveStory(p, add)
	}
	if p.InnerPID != 0 && p.InnerPID != p.PID {
		add(roleDim, "pid "+text.PIDText(p.InnerPID)+" inside")
	}
	if p.Guessed {
		add(roleWarn, "guessed after a loss")
	}
	return parts
}

// ending is how p ended, and by whom if it was killed.
func ending(p *model.Process) string {
	words := text.StatusText(p.Status)
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

func (s *state) aliveStory(p *model.Process, add func(role, string)) {
	if p.Zombies > 0 {
		add(roleZombie, text.Plural(uint64(p.Zombies), "zombie waits", "zombies wait"))
	}
	if p.LeaderEnded {
		add(roleWarn, "leader ended, "+text.Plural(uint64(p.ThreadsAlive), "thread runs on", "threads run on"))
	}
	if p.Adopted() && p.ParentPID != 0 {
		add(roleWarn, "adopted by "+parentText(p.ParentPID))
	}
	if f := s.tree.foldOf(p); f != foldNone {
		s.hidden(p, f, add)
	}
	service := s.service(&p.Service)
	for _, part := range service {
		add(part.role, part.text)
	}
	if p.Accepts > 0 {
		add(roleAccept, text.Plural(p.Accepts, "accept", "accepts"))
		if len(service) == 0 {
			add(roleAccept, "last "+s.glyphs.safe(string(p.LastPeer)))
		}
	}
}

// service tells whom a process, a thread or a coroutine serves, or served last.
func (s *state) service(v *model.Service) []span {
	if v.Serves == nil {
		return nil
	}
	word := "serves "
	if v.Serves.Closed != 0 {
		word = "served "
	}
	return []span{{word + s.glyphs.safe(string(v.Serves.Peer)), roleAccept}}
}

// hidden tells what a fold hides, beside the number of processes.
func (s *state) hidden(p *model.Process, f fold, add func(role, string)) {
	threads := uint64(p.ThreadsAlive)
	if f == foldAll {
		var zombies uint64
		_, threads, zombies = census(p)
		if extra := zombies - uint64(p.Zombies); extra > 0 {
			add(roleZombie, text.Plural(extra, "zombie deeper", "zombies deeper"))
		}
	}
	if threads > 0 && !p.LeaderEnded {
		add(roleThread, "+"+text.Plural(threads, "thread", "threads"))
	}
	if n := uint64(p.CoroutinesAlive); n > 0 {
		add(roleThread, "+"+text.Plural(n, "coroutine", "coroutines"))
	}
}

// folded is how many processes that live or wait are folded away below p.
func (s *state) folded(p *model.Process) uint64 {
	if s.tree.foldOf(p) != foldAll {
		return 0
	}
	processes, _, _ := census(p)
	return processes
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

// who names a process by its id, and by its command when it is known and helps.
func (s *state) who(pid event.PID, m *model.Model) string {
	name := strconv.Itoa(int(pid))
	switch p := m.Find(pid); {
	case p != nil && p.Comm != "":
		return name + " (" + s.glyphs.safe(string(p.Comm)) + ")"
	case pid == 1:
		return "1 (init)"
	}
	return name
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
