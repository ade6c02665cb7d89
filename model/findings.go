package model

import (
	"sort"

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

// Finding is one conclusion from the trace, as data: package words has the sentences.
type Finding struct {
	ID        string            `json:"id"`
	Severity  Severity          `json:"severity"`
	PID       event.PID         `json:"pid,omitempty"` // the process that it is about, 0 for the whole
	Arguments map[string]uint64 `json:"arguments"`     // what the sentence is made of
}

// Findings returns what the trace shows, the gravest first.
func (m *Model) Findings() []Finding {
	c := m.Counters()
	var found []Finding
	add := func(s Severity, pid event.PID, id string, arguments map[string]uint64) {
		found = append(found, Finding{id, s, pid, arguments})
	}
	if c.EventsLost > 0 {
		add(Incomplete, 0, "events_lost", c.losses())
	}
	if n := c.unexplained(); n > 0 {
		add(Incomplete, 0, "contradictions", map[string]uint64{"events": n})
	}
	if unexplained := c.ReapedUnseen + c.unseenByOther; unexplained > 0 {
		add(Incomplete, 0, "reaped_unseen", map[string]uint64{"processes": unexplained, "events_lost": c.EventsLost})
	}
	if c.ringsUnseen > 0 {
		add(Incomplete, c.ringOwner, "io_uring_unseen", map[string]uint64{"rings": c.ringsUnseen})
	}
	if c.closesGuessed > 0 {
		add(Incomplete, 0, "closes_guessed", map[string]uint64{"connections": c.closesGuessed})
	}
	m.Walk(func(p *Process, _ int) bool {
		if p.Signals.Coalesced > 0 && p.Signals.Delivered > 0 {
			add(Note, p.PID, "sigchld_coalesced", map[string]uint64{"coalesced": p.Signals.Coalesced,
				"delivered": p.Signals.Delivered, "queued": p.Signals.Queued})
		}
		return true
	})
	m.zombieFindings(&c, add)
	if n := c.AutoReaped - c.autoReapedAsked; n > 0 {
		add(Note, 0, "kernel_reaped", map[string]uint64{"processes": n})
	}
	if n := c.autoReapedAsked; n > 0 {
		add(Note, 0, "kernel_reaped_as_asked", map[string]uint64{"processes": n})
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].Severity > found[j].Severity })
	return found
}

func (m *Model) zombieFindings(c *Counters, add func(Severity, event.PID, string, map[string]uint64)) {
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
		if m.attached { // what was before is not known
			add(Warning, pid, "not_waited_for", map[string]uint64{"zombies": waiting[pid],
				"traced_ns": uint64(m.now - m.start)})
		} else {
			add(Warning, pid, "never_waited_for", map[string]uint64{"zombies": waiting[pid]})
		}
	}
	if orphans > 0 {
		add(Warning, 0, "left_to_adopter", map[string]uint64{"zombies": orphans})
	}
}

// losses says how many events were lost, and of these how many by kind, how many where a recording is damaged, of which
// the kind is unknown, and how many because the kernel skipped the programs that would have reported them.
func (c *Counters) losses() map[string]uint64 {
	lost := map[string]uint64{"events": c.EventsLost, "skipped": c.skipped}
	for k, n := range c.lostByKind {
		if k == event.None {
			lost["unknown"] = n
		} else {
			lost[k.String()] = n
		}
	}
	return lost
}
