package viewer

import (
	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// A part of a header line has a long and a short form, and a rank: the higher, the sooner it makes room.
type part struct {
	long, short line
	rank        int
}

// fit chooses forms so that the parts, with between cells between them, take at most width: first the least important
// are shortened, then they are left out.
func fit(parts []part, width, between int) []line {
	chosen := make([]line, len(parts))
	total := 0
	for i, p := range parts {
		chosen[i] = p.long
		if p.long.width > 0 {
			total += p.long.width + between
		}
	}
	for _, drop := range []bool{false, true} {
		for total > width+between {
			i := leastImportant(parts, chosen, drop)
			if i < 0 {
				break
			}
			total -= chosen[i].width
			chosen[i] = line{}
			if drop {
				total -= between
			} else {
				chosen[i] = parts[i].short
				total += chosen[i].width
			}
		}
	}
	var kept []line
	for _, l := range chosen {
		if l.width > 0 {
			kept = append(kept, l)
		}
	}
	return kept
}

// leastImportant is the part of highest rank that can still be shortened, or dropped; -1 when none can.
func leastImportant(parts []part, chosen []line, drop bool) int {
	worst := -1
	for i, p := range parts {
		can := chosen[i].width > 0 && (drop || p.short.width > 0 && p.short.width < chosen[i].width)
		if can && (worst < 0 || p.rank > parts[worst].rank) {
			worst = i
		}
	}
	return worst
}

// header is the two lines at the top.
type header struct {
	scene
	title string
	badge span
	sums  bool // all of the trace has been taken in: there are no rates any more, but sums
}

func (s *state) header() header {
	return header{scene: s.scene(), title: s.title, badge: s.badge(), sums: s.atEnd()}
}

func (h header) lines(width int) [2]line { return [2]line{h.headline(width), h.figures(width)} }

// headline says what is watched and how, and what must not be overlooked.
func (h header) headline(width int) line {
	c := h.model.Counters()
	l := line{mark: markBar}
	l.add(h.badge.role, h.badge.text).gap(1)

	parts := []part{
		{long: h.aliveText(c, "processes", "process", "threads", "thread"), short: h.aliveText(c, "p", "p", "t", "t"),
			rank: 3},
		zombiePart(c),
		{long: textLine(roleText, h.elapsed()), rank: 2},
		lostPart(c),
	}
	title := h.glyphs.safe(h.title)
	right := fit(parts, width-l.width-min(text.Width(title), width*2/5)-3, 2)
	room := width - l.width - 1
	for _, p := range right {
		room -= p.width + 2
	}
	l.add(roleStrong, text.Cut(title, max(room, 0), h.glyphs.ellipsis))
	used := 1
	for _, p := range right {
		used += p.width + 2
	}
	if len(right) > 0 {
		l.to(width - used + 2)
	}
	for i, p := range right {
		if i > 0 {
			l.gap(2)
		}
		l.join(p)
	}
	return l
}

func (h header) aliveText(c model.Counters, processes, process, threads, thread string) line {
	gap := " "
	if len(process) == 1 {
		gap = ""
	}
	count := func(n uint64, one, many string) string {
		if n != 1 {
			one = many
		}
		return text.Count(n) + gap + one
	}
	l := textLine(roleAlive, count(c.Alive(), process, processes))
	if n := h.model.ThreadsAlive(); n > 0 {
		l.gap(1).add(roleThread, count(uint64(n), thread, threads))
	}
	if n := h.model.CoroutinesAlive(); n > 0 && len(process) > 1 {
		l.gap(1).add(roleThread, text.Plural(n, "coroutine", "coroutines"))
	} else if n > 0 {
		l.gap(1).add(roleThread, text.Count(n)+"c")
	}
	return l
}

func zombiePart(c model.Counters) part {
	r := roleDim
	if c.ZombiesNow > 0 {
		r = roleAlarm
	}
	peak := text.Count(c.ZombiesPeak)
	p := part{rank: 1}
	p.long.add(r, " "+text.Plural(c.ZombiesNow, "zombie", "zombies")+" ").add(roleDim, " peak "+peak)
	p.short.add(r, "Z "+text.Count(c.ZombiesNow)).add(roleDim, "/"+peak)
	return p
}

func lostPart(c model.Counters) part {
	if c.EventsLost == 0 {
		return part{}
	}
	return part{long: textLine(roleLost, " LOST "+text.Plural(c.EventsLost, "event", "events")+" "),
		short: textLine(roleLost, "LOST "+text.Count(c.EventsLost)), rank: 0}
}

// elapsed is the time since the first event.
func (h header) elapsed() string {
	if h.start() == 0 {
		return "waiting"
	}
	d := since0(h.now, h.start())
	if d < 100e9 {
		return text.TimeText(0, d, 1) + " s"
	}
	return text.DurationText(d)
}

// figures is the line of rates or sums, and counters.
func (h header) figures(width int) line {
	c := h.model.Counters()
	l := line{mark: markBar}
	l.gap(1)
	for i, p := range fit(append(h.happenedParts(c), reapedPart(c), signalPart(c)), width-2, 2) {
		if i > 0 {
			l.gap(2)
		}
		l.join(p)
	}
	return l
}

// happenedParts are what happens in a second, or happened in all.
func (h header) happenedParts(c model.Counters) []part {
	forks, threads, exits, accepts := h.rates.perSecond(h.now)
	per := "/s"
	if h.sums {
		forks, threads, exits, accepts, per = c.ProcessesCreated, c.ThreadsCreated, c.ProcessesExited, c.Accepts, ""
	}
	var parts []part
	add := func(n uint64, one, many string, r role, rank int) {
		if n == 0 {
			r = roleDim
		}
		if n == 1 && per == "" {
			many = one
		}
		var p part
		p.long.add(r, text.Count(n)).add(roleDim, " "+many+per)
		p.rank = rank
		parts = append(parts, p)
	}
	add(forks, "fork", "forks", roleFork, 1)
	add(exits, "exit", "exits", roleExit, 3)
	if c.ThreadsCreated > 0 {
		add(threads, "thread", "threads", roleThread, 4)
	}
	if c.Accepts > 0 {
		add(accepts, "accept", "accepts", roleAccept, 2)
	}
	return parts
}

// counted names counters side by side; those at zero are left out.
func counted(head string, items ...countItem) line {
	l := textLine(roleDim, head)
	none := true
	for _, i := range items {
		if i.n > 0 {
			l.gap(1).add(i.role, text.Count(i.n)).add(roleDim, i.unit)
			none = false
		}
	}
	if none {
		l.add(roleDim, " none")
	}
	return l
}

type countItem struct {
	n    uint64
	unit string
	role role
}

func reapedPart(c model.Counters) part {
	p := part{rank: 5, long: counted("reaped:",
		countItem{c.ReapedByParent, " by parent", roleWait},
		countItem{c.ReapedByOther, " by another", roleWarn},
		countItem{c.AutoReaped, " by the kernel", roleText},
		countItem{c.ReapedUnseen, " unseen", roleWarn})}
	p.short = counted("reaped", countItem{c.Reaped(), "", roleWait})
	return p
}

func signalPart(c model.Counters) part {
	sent := []countItem{{c.SigchldQueued, " queued", roleSignal}, {c.SigchldCoalesced, " coalesced", roleWarn},
		{c.SigchldIgnored, " discarded", roleText}}
	return part{rank: 6, long: counted("SIGCHLD:", append(sent, countItem{c.SigchldDelivered, " delivered",
		roleDeliver})...),
		short: counted("SIGCHLD", sent...)}
}

// signalCounts says what became of the signals to a parent.
func signalCounts(g model.Signals) line {
	return counted("",
		countItem{g.Queued, " queued", roleSignal},
		countItem{g.Coalesced, " coalesced", roleWarn},
		countItem{g.Ignored, " discarded (default action)", roleText},
		countItem{g.Delivered, " delivered", roleDeliver})
}

// frame is the least time between two pictures.
const frame = event.Time(1e9) / 30
