package model

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"tracer/event"
)

// Severity orders findings.
type Severity uint8

// The severities.
const (
	Note       Severity = iota // worth knowing
	Warning                    // likely a bug in the traced program
	Incomplete                 // the trace itself is incomplete
)

// String returns the severity's word.
func (s Severity) String() string { return [...]string{"note", "warning", "incomplete"}[s] }

// MarshalText writes the word into JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one conclusion from the trace, in a sentence.
type Finding struct {
	Severity Severity  `json:"severity"`
	PID      event.PID `json:"pid,omitempty"` // the process that it is about, 0 for the whole
	Text     string    `json:"text"`
}

// Findings returns what the trace shows, the gravest first.
func (m *Model) Findings() []Finding {
	c := m.Counters()
	var found []Finding
	add := func(s Severity, pid event.PID, format string, args ...any) {
		found = append(found, Finding{s, pid, fmt.Sprintf(format, args...)})
	}
	if c.EventsLost > 0 {
		add(Incomplete, 0, "%s lost (%s): the counters are lower bounds%s%s",
			plural(c.EventsLost, "event was", "events were"), lossText(c.lostByKind),
			c.exceptions(), c.lossRemedy())
	}
	if n := c.unexplained(); n > 0 {
		add(Incomplete, 0, "%s what was known before, and nothing is known to be lost: the counters may be wrong",
			plural(n, "event contradicts", "events contradict"))
	}
	if unexplained := c.ReapedUnseen + c.unseenByOther; unexplained > 0 {
		how := "a call that the probes do not see"
		if c.EventsLost > 0 {
			how = "a wait that was lost, or by " + how
		}
		add(Incomplete, 0, "%s reaped by %s", plural(unexplained, "process was", "processes were"), how)
	}
	if c.ringsUnseen > 0 {
		add(Incomplete, c.ringOwner, "io_uring was set up %s: this kernel does not tell what is accepted and closed "+
			"through it, and it is not counted",
			times(c.ringsUnseen))
	}
	if c.closesGuessed > 0 {
		add(Incomplete, 0, "the close of %s was lost: nobody is left who can have held it, so it is taken for closed",
			plural(c.closesGuessed, "connection", "connections"))
	}
	m.Walk(func(p *Process, _ int) bool {
		if p.Signals.Coalesced > 0 && p.Signals.Delivered > 0 {
			add(Note, p.PID, "%s coalesced: sent while one was pending, so the handler ran %s for %s of them; only a "+
				"loop of waits reaps every child",
				plural(p.Signals.Coalesced, "SIGCHLD was", "SIGCHLD were"), times(p.Signals.Delivered),
				grouped(p.Signals.Coalesced+p.Signals.Queued))
		}
		return true
	})
	m.zombieFindings(&c, add)
	if n := c.AutoReaped - c.autoReapedAsked; n > 0 {
		add(Note, 0, "the kernel itself reaped %s at SIG_IGN or SA_NOCLDWAIT, or the PID namespace ended",
			plural(n, "process: its parent has SIGCHLD", "processes: their parent has SIGCHLD"))
	}
	if n := c.autoReapedAsked; n > 0 {
		add(Note, 0, "the kernel itself reaped %s (CLONE_AUTOREAP)", plural(n, "process that was created so",
			"processes that were created so"))
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].Severity > found[j].Severity })
	return found
}

func (m *Model) zombieFindings(c *Counters, add func(Severity, event.PID, string, ...any)) {
	if c.ZombiesNow == 0 {
		return
	}
	orphans := uint64(0)
	waiting := map[event.PID]uint64{}
	var parents []event.PID
	m.Walk(func(p *Process, _ int) bool {
		atTheEnd := m.ended && p.Ended == m.now && p.Parent() == nil && !p.Adopted() // its parent had no time to
		if p.State == Zombie && !p.Root && !atTheEnd {
			if p.Adopted() {
				orphans++
			} else {
				if waiting[p.ParentPID] == 0 {
					parents = append(parents, p.ParentPID)
				}
				waiting[p.ParentPID]++
			}
		}
		return true
	})
	for _, pid := range parents {
		which := plural(waiting[pid], "zombie, which its parent has", "zombies, which their parent has")
		if m.attached { // what was before is not known
			add(Warning, pid, "%s not waited for while the trace looked on, %.1f s", which, float64(m.now-m.start)/1e9)
		} else {
			add(Warning, pid, "%s never waited for", which)
		}
	}
	if orphans > 0 {
		add(Warning, 0, "%s parent ended without a wait", plural(orphans,
			"zombie was left to the process that adopted it: its",
			"zombies were left to the process that adopted them: their"))
	}
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return grouped(n) + " times"
}

func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// grouped returns a number with its thousands apart.
func grouped(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// lossRemedy says what to do against losses, to go on a sentence. Those of a damaged recording have none.
func (c *Counters) lossRemedy() string {
	switch damaged := c.lostByKind[event.None]; c.EventsLost {
	case damaged:
		return ""
	case damaged + c.skipped:
		return "; the kernel skipped the programs that would have told"
	}
	return "; a larger --buffer avoids it"
}

// exceptions are the counters that can be too high after a loss.
func (c *Counters) exceptions() string {
	var but string
	if c.lostByKind[event.Fork] > 0 { // who made the child can have ended, and given it to another
		but += ", but for who reaped: the parent of a child found later is the one it has then"
	}
	if c.lostByKind[event.Wait]+c.lostByKind[event.Release] > 0 {
		but += ", but for zombies_peak and reparented: a child whose reaping was lost is a zombie until it is found " +
			"gone"
	}
	return but
}

func lossText(lost map[event.Kind]uint64) string {
	var parts []string
	for _, k := range event.Kinds() {
		if lost[k] > 0 {
			parts = append(parts, fmt.Sprintf("%s %v", grouped(lost[k]), k))
		}
	}
	if n := lost[event.None]; n > 0 {
		parts = append(parts, grouped(n)+" where the recording is damaged")
	}
	return strings.Join(parts, ", ")
}
