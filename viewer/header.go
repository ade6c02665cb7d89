package viewer

import (
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
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
	match part // of what the tree is filtered by
	sums  bool // all of the trace has been taken in: there are no rates any more, but sums
}

func (s *state) header() header {
	return header{scene: s.scene(), title: s.title(model.SettingsIn(s.shown().model)), badge: s.badge(),
		match: s.filter.part(s), sums: s.atEnd()}
}

func (h header) lines(width int) [2]line { return [2]line{h.headline(width), h.figures(width)} }

// headline says what is watched and how, and what must not be overlooked.
func (h header) headline(width int) line {
	say, c := &h.words.Screen, h.model.Counters()
	l := line{mark: markBar}
	l.add(h.badge.role, h.badge.text).gap(1)

	parts := []part{
		h.match,
		{long: h.aliveText(c, say.Processes, say.Threads, say.Coroutines),
			short: h.aliveText(c, say.ProcessesShort, say.ThreadsShort, say.CoroutinesShort), rank: 3},
		h.zombiePart(c),
		{long: textLine(roleText, h.elapsed()), rank: 2},
		h.lostPart(c),
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

func (h header) aliveText(c model.Counters, processes, threads, coroutines func(uint64) string) line {
	l := textLine(roleAlive, processes(c.Alive()))
	if n := h.model.ThreadsAlive(); n > 0 {
		l.gap(1).add(roleThread, threads(uint64(n)))
	}
	if n := h.model.CoroutinesAlive(); n > 0 {
		l.gap(1).add(roleThread, coroutines(n))
	}
	return l
}

func (h header) zombiePart(c model.Counters) part {
	say, r := &h.words.Screen, roleDim
	if c.ZombiesNow > 0 {
		r = roleAlarm
	}
	p := part{rank: 1}
	p.long.add(r, " "+say.Zombies(c.ZombiesNow)+" ").add(roleDim, " "+say.Peak(c.ZombiesPeak))
	p.short.add(r, "Z "+text.Count(c.ZombiesNow)).add(roleDim, "/"+text.Count(c.ZombiesPeak))
	return p
}

func (h header) lostPart(c model.Counters) part {
	if c.EventsLost == 0 {
		return part{}
	}
	return part{long: textLine(roleLost, " "+h.words.Screen.Lost(c.EventsLost)+" "),
		short: textLine(roleLost, h.words.Screen.LostShort(c.EventsLost)), rank: 0}
}

// elapsed is the time since the first event.
func (h header) elapsed() string {
	if h.start() == 0 {
		return h.words.Screen.Waiting
	}
	d := since0(h.now, h.start())
	if d < 100e9 {
		return h.words.Screen.Seconds(text.TimeText(0, d, 1))
	}
	return text.DurationText(d)
}

// figures is the line of rates or sums, and counters.
func (h header) figures(width int) line {
	c := h.model.Counters()
	l := line{mark: markBar}
	l.gap(1)
	for i, p := range fit(append(h.happenedParts(c), h.reapedPart(c), h.signalPart(c)), width-2, 2) {
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
	if h.sums {
		forks, threads, exits, accepts = c.ProcessesCreated, c.ThreadsCreated, c.ProcessesExited, c.Accepts
	}
	var parts []part
	add := func(n uint64, say func(uint64, bool) string, r role, rank int) {
		if n == 0 {
			r = roleDim
		}
		var p part
		p.long.number(r, n, say(n, !h.sums))
		p.rank = rank
		parts = append(parts, p)
	}
	say := &h.words.Screen
	add(forks, say.Forks, roleFork, 1)
	add(exits, say.Exits, roleExit, 3)
	if c.ThreadsCreated > 0 {
		add(threads, say.NewThreads, roleThread, 4)
	}
	if c.Accepts > 0 {
		add(accepts, say.Accepts, roleAccept, 2)
	}
	return parts
}

// number adds words of which the number stands out.
func (l *line) number(r role, n uint64, words string) {
	digits := text.Count(n)
	before, after, _ := strings.Cut(words, digits)
	l.add(roleDim, before).add(r, digits).add(roleDim, after)
}

// counted names counters side by side; those at zero are left out.
func counted(head, none string, items ...countItem) line {
	l := textLine(roleDim, head)
	empty := true
	for _, i := range items {
		if i.n > 0 {
			l.gap(1).number(i.role, i.n, i.say(i.n))
			empty = false
		}
	}
	if empty {
		l.add(roleDim, " "+none)
	}
	return l
}

type countItem struct {
	n    uint64
	say  func(uint64) string
	role role
}

func (h header) reapedPart(c model.Counters) part {
	say := &h.words.Screen
	return part{rank: 5, long: counted(say.Reaped, say.None,
		countItem{c.ReapedByParent, say.ByParent, roleWait},
		countItem{c.ReapedByOther, say.ByAnother, roleWarn},
		countItem{c.AutoReaped, say.ByKernel, roleText},
		countItem{c.ZombiesDropped, say.Dropped, roleWarn},
		countItem{c.ReapedUnseen, say.Unseen, roleWarn}),
		short: counted(say.ReapedShort, say.None, countItem{c.Reaped(), text.Count, roleWait})}
}

func (h header) signalPart(c model.Counters) part {
	say := &h.words.Screen
	sent := []countItem{{c.SigchldQueued, say.Queued, roleSignal}, {c.SigchldCoalesced, say.Coalesced, roleWarn},
		{c.SigchldIgnored, say.Discarded, roleText}}
	delivered := countItem{c.SigchldDelivered, say.Delivered, roleDeliver}
	return part{rank: 6, long: counted(say.Sigchld, say.None, append(sent, delivered)...),
		short: counted(say.SigchldShort, say.None, sent...)}
}

// signalCounts says what became of the signals to a parent.
func signalCounts(g model.Signals, language *words.Language) line {
	say := &language.Screen
	return counted("", say.None,
		countItem{g.Queued, say.Queued, roleSignal},
		countItem{g.Coalesced, say.Coalesced, roleWarn},
		countItem{g.Ignored, say.DiscardedByDefault, roleText},
		countItem{g.Delivered, say.Delivered, roleDeliver})
}

// frame is the least time between two pictures.
const frame = event.Time(1e9) / 30
