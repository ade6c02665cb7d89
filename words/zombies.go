package words

import (
	"strings"

	"tracer/event"
	"tracer/text"
)

// ZombieWords are what is said of zombies and their causes. The process that a finding is about is named before it.
type ZombieWords struct {
	// Some are so many zombies; the longest has been one for so long, or for at least so long.
	Some func(zombies uint64, first []Who, longest string, atLeast bool) string
	// Held and what follows take what Some has given.
	Held         func(zombies string, debugger Who) string  // debugger 0: it is not known
	NoSIGCHLD    func(zombies string, signal string) string // signal empty: none
	Stopped      func(zombies, signal string) string        // signal empty: it goes on again
	Kept         func(zombies string) string
	Left         func(zombies string, adopter Who) string
	EndedAfter   func(several bool, duration string) string // than its first child among them did
	Orphan       func(zombies string, former Who) string
	Dropped      func(zombies, why string) string
	Late         func(zombies uint64, longest Who, waited string) string
	KernelReaped func(processes uint64, why string) string
	// Adopted is of processes that it had not made, and of which waits for any child took the statuses.
	Adopted func(processes uint64, status string, first Who) string

	// Why the kernel let go: whose disposition, "it" when it is the one that the finding is about.
	Ignores        func(whose Who, it bool) string
	SetSIGIGN      func(whose Who, it bool) string
	SetNoCldWait   func(whose Who, it bool) string
	NamespaceEnded func(init Who, it bool) string

	// Clauses.
	StoppedBy  func(sender Who) string // 0: the kernel
	HeldFor    func(duration string, debugger Who) string
	StoppedFor func(duration string) string
	CameAlive  func(former Who) string
	// AdoptedFrom is whether it was a zombie then or not.
	AdoptedFrom func(former Who) string
	BusyFor     func(duration string, child Who) string
	// InWait: thread 0 is the only one, child 0: it is for no certain one.
	InWait func(thread event.TID, call string, child Who, duration string, atLeast bool) string
	NoWait string
	// NoWaitMeanwhile and WaitsMeanwhile are of a zombie that is gone, and of the time that it was there.
	NoWaitMeanwhile string
	WaitsMeanwhile  func(calls uint64) string
	Waits           func(calls uint64) string
	WaitsInVain     func(nothing, noChild uint64) string // remark on Waits: one of them is not 0
	OtherWaits      func(calls uint64) string            // there was no other one
	WaitsUnknown    string
	WaitsUnseen     string // who had to wait is not traced
	WaitsOf32Bits   string // likewise, uses calls whose return is not seen
	Blocked         string
	SignalFD        string
	DefaultAction   string
	// HadBlocked and HadDefaultAction are of a parent that has ended.
	HadBlocked       string
	HadDefaultAction string
	IgnoredTooLate   string
	HandlerRan       func(times uint64) string
	Coalesced        func(n uint64, in Who) string // in 0: not known
	SendsNothing     string
	Sends            func(signal string) string
}

// namedText makes a sentence that names processes of the arguments of a finding.
type namedText struct {
	*Language
	Named
	a map[string]uint64
}

// namedFindings has the sentence of each finding that names processes by its id.
var namedFindings = map[string]func(namedText) string{
	"zombie_held":           namedText.zombieHeld,
	"zombie_no_sigchld":     namedText.zombieNoSIGCHLD,
	"zombie_parent_stopped": namedText.zombieParentStopped,
	"not_waited_for":        namedText.notWaitedFor,
	"left_zombie":           namedText.leftZombie,
	"orphan_zombie":         namedText.orphanZombie,
	"zombies_dropped":       namedText.zombiesDropped,
	"reaped_late":           namedText.reapedLate,
	"kernel_reaped":         namedText.kernelReaped,
	"blocked_in_wait":       namedText.blockedInWait,
	"vfork_suspended":       namedText.vforkSuspended,
	"status_lost":           namedText.statusLost,
	"reaped_adopted":        namedText.reapedAdopted,
	"coroutines_copied":     namedText.coroutinesCopied,
	"child_accepts":         namedText.childAccepts,
}

// who is the process that an argument names.
func (l namedText) who(argument string) Who { return l.Who(event.PID(l.a[argument])) }

func duration(ns uint64) string { return text.DurationText(event.Time(ns)) }

func (l namedText) someZombies() string {
	return l.Findings.Zombies.Some(l.a["zombies"], l.first(), duration(l.a["longest_ns"]), l.a["at_least"] > 0)
}

// clauses adds clauses to a sentence, the first after a colon.
func (l namedText) clauses(sentence string, clauses ...string) string {
	said := clauses[:0]
	for _, c := range clauses {
		if c != "" {
			said = append(said, c)
		}
	}
	if len(said) == 0 {
		return sentence
	}
	return sentence + l.Punctuation.Colon + strings.Join(said, l.Punctuation.Semicolon)
}

// waited is what the waits of the parent gave since, as far as they were seen. Of a zombie that is gone: until then.
func (l namedText) waited() string {
	w := &l.Findings.Zombies
	if calls, known := l.a["waits"]; known && calls+l.a["waits_others"] == 0 && l.a["syscall"] > 0 {
		return "" // it is in the only one
	}
	if l.a["longest"] > 0 {
		return l.waitedUntil(w.NoWaitMeanwhile, w.WaitsMeanwhile)
	}
	return l.waitedUntil(w.NoWait, w.Waits)
}

// inWait is the wait that the parent is in, and that passes over the zombie.
func (l namedText) inWait() string {
	if l.a["syscall"] == 0 {
		return ""
	}
	idtype, id := event.IDType(l.a["idtype"]), event.PID(l.a["waits_for"])
	call := l.Events.WaitCall(event.Call(l.a["syscall"]), idtype, id)
	if options := waitOptions(event.Call(l.a["syscall"]), uint32(l.a["options"])); options != "" {
		call = l.Punctuation.Remark(call, options)
	}
	if idtype != event.IDProcess && idtype != event.IDPidfd {
		id = 0
	}
	return l.Findings.Zombies.InWait(event.TID(l.a["thread"]), call, l.Who(id), duration(l.a["in_wait_ns"]),
		l.a["in_wait_at_least"] > 0)
}

// waitedUntil is what waits gave: none is for no wait at all, some for so many.
func (l namedText) waitedUntil(none string, some func(calls uint64) string) string {
	w := &l.Findings.Zombies
	calls, known := l.a["waits"]
	switch {
	case l.a["waits_lost"]+l.a["waits_32_bits"] > 0 && l.a["longest"] > 0: // it is gone: somebody waited, or nobody can
		return ""
	case l.a["waits_lost"] > 0:
		return w.WaitsUnknown
	case l.a["waits_unseen"] > 0:
		return w.WaitsUnseen
	case l.a["waits_32_bits"] > 0:
		return w.WaitsOf32Bits
	case !known:
		return ""
	case calls == 0 && l.a["waits_others"] > 0:
		return w.OtherWaits(l.a["waits_others"])
	case calls == 0:
		return none
	case l.a["waits_nothing"]+l.a["waits_no_child"] == 0:
		return some(calls)
	}
	return l.Punctuation.Remark(some(calls), w.WaitsInVain(l.a["waits_nothing"], l.a["waits_no_child"]))
}

// told is what the parent does about SIGCHLD, as far as that is known.
func (l namedText) told() string {
	w := &l.Findings.Zombies
	switch disposition := event.Disposition(l.a["disposition"]); {
	case l.a["signalfd"] > 0:
		return w.SignalFD
	case l.a["blocked"] > 0 && disposition != event.Ignore:
		return w.Blocked
	case disposition == event.Default:
		return w.DefaultAction
	case disposition == event.Ignore:
		return w.IgnoredTooLate
	case disposition == event.Handler:
		return w.HandlerRan(l.a["delivered"])
	}
	return ""
}

func (l namedText) coalesced() string {
	if l.a["coalesced"] == 0 {
		return ""
	}
	return l.Findings.Zombies.Coalesced(l.a["coalesced"], l.who("coalesced_in"))
}

func (l namedText) zombieHeld() string {
	some := l.someZombies()
	line := l.Findings.Zombies.Held(some, l.who("debugger"))
	if l.a["waits"] == 0 { // who cannot do it need not try
		return line
	}
	return l.clauses(line, l.waited())
}

func (l namedText) zombieNoSIGCHLD() string {
	some := l.someZombies()
	return l.clauses(l.Findings.Zombies.NoSIGCHLD(some, l.exitSignal()), l.inWait(), l.waited())
}

// exitSignal is the name of the signal that a child sends at its end, empty when it sends none.
func (l namedText) exitSignal() string {
	if l.a["exit_signal"] == 0 {
		return ""
	}
	return text.SignalName(int32(l.a["exit_signal"]))
}

func (l namedText) zombieParentStopped() string {
	w, some, signal := &l.Findings.Zombies, l.someZombies(), ""
	if l.a["stopped"] > 0 {
		signal = text.SignalName(int32(l.a["stopped"]))
	}
	by, known := l.a["stopped_by"]
	switch {
	case signal == "":
		return l.clauses(w.Stopped(some, ""), w.StoppedFor(duration(l.a["stopped_ns"])))
	case known:
		return l.clauses(w.Stopped(some, signal), w.StoppedBy(l.Who(event.PID(by))))
	}
	return w.Stopped(some, signal)
}

func (l namedText) notWaitedFor() string {
	some := l.someZombies()
	return l.clauses(l.Findings.Zombies.Kept(some), l.inWait(), l.waited(), l.told(), l.coalesced())
}

func (l namedText) leftZombie() string {
	w, some, after, why, told := &l.Findings.Zombies, l.someZombies(), "", "", ""
	if own, known := l.a["own_ns"]; known {
		after = w.EndedAfter(l.a["zombies"] > 1, duration(own))
	}
	switch {
	case l.a["stopped_ns"] > 0:
		why = w.StoppedFor(duration(l.a["stopped_ns"]))
	case l.a["busy_ns"] > 0:
		why = w.BusyFor(duration(l.a["busy_ns"]), l.who("busy_with"))
	default:
		why = l.waitedUntil(w.NoWaitMeanwhile, w.WaitsMeanwhile)
		if why != "" {
			told = l.hadTold()
		}
	}
	return l.clauses(w.Left(some, l.who("adopter")), after, why, told)
}

// hadTold is what a parent that has ended did about SIGCHLD, where that kept it from being told.
func (l namedText) hadTold() string {
	w := &l.Findings.Zombies
	switch disposition := event.Disposition(l.a["disposition"]); {
	case l.a["blocked"] > 0 && disposition != event.Ignore:
		return w.HadBlocked
	case disposition == event.Default:
		return w.HadDefaultAction
	}
	return ""
}

func (l namedText) orphanZombie() string {
	some := l.someZombies()
	return l.clauses(l.Findings.Zombies.Orphan(some, l.who("former")), l.inWait(), l.waited(), l.told(),
		l.coalesced())
}

// why is why the kernel let go; it: the finding is about the process that is the reason.
func (l namedText) why(it bool) string {
	w, whose := &l.Findings.Zombies, l.who("whose")
	switch {
	case l.a["sig_ign"] > 0:
		return w.SetSIGIGN(whose, it)
	case l.a["nocldwait"] > 0:
		return w.SetNoCldWait(whose, it)
	case l.a["namespace_ended"] > 0:
		return w.NamespaceEnded(whose, it)
	}
	return w.Ignores(whose, it)
}

func (l namedText) zombiesDropped() string {
	some := l.someZombies()
	return l.clauses(l.Findings.Zombies.Dropped(some, l.why(false)), l.cameAlive(), l.heldFor(), l.waited())
}

// cameAlive says whose child it was before, when that ended first.
func (l namedText) cameAlive() string {
	if l.a["former"] == 0 {
		return ""
	}
	return l.Findings.Zombies.CameAlive(l.who("former"))
}

func (l namedText) heldFor() string {
	if l.a["held_ns"] == 0 {
		return ""
	}
	return l.Findings.Zombies.HeldFor(duration(l.a["held_ns"]), l.who("debugger"))
}

func (l namedText) kernelReaped() string {
	return l.Findings.Zombies.KernelReaped(l.a["processes"], l.why(true))
}

func (l namedText) reapedLate() string {
	w := &l.Findings.Zombies
	line := w.Late(l.a["zombies"], l.who("longest"), duration(l.a["longest_ns"]))
	signal, other := l.a["exit_signal"]
	switch half := l.a["longest_ns"] / 2; {
	case l.a["held_ns"] > 0 && l.a["held_ns"] >= half:
		return l.clauses(line, l.heldFor())
	case other && signal == 0:
		return l.clauses(line, w.SendsNothing, l.waited())
	case other:
		return l.clauses(line, w.Sends(text.SignalName(int32(signal))), l.waited())
	case l.a["stopped_ns"] > 0 && l.a["stopped_ns"] >= half:
		return l.clauses(line, w.StoppedFor(duration(l.a["stopped_ns"])))
	case l.a["busy_ns"] > 0 && l.a["busy_ns"] >= half:
		return l.clauses(line, w.BusyFor(duration(l.a["busy_ns"]), l.who("busy_with")))
	}
	return l.clauses(line, l.waited(), l.told(), l.coalesced())
}

func (l namedText) reapedAdopted() string {
	w := &l.Findings.Zombies
	line := w.Adopted(l.a["processes"], l.StatusText(int32(l.a["status"])), l.who("first"))
	if l.a["former"] == 0 {
		return line
	}
	return l.with(line, w.AdoptedFrom(l.who("former")))
}
