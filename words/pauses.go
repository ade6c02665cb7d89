package words

import "tracer/event"

func (l namedText) blockedInWait() string {
	call := l.Events.WaitCall(event.Call(l.a["syscall"]), event.IDType(l.a["idtype"]), event.PID(l.a["id"]))
	held := duration(l.a["held_ns"])
	if l.a["held_at_least"] > 0 {
		held = l.Facts.AtLeast(held)
	}
	if l.a["under_way"] > 0 {
		return l.pausing(l.Findings.Stalls(event.TID(l.a["thread"]), call, held))
	}
	return l.paused(l.Findings.Stalled(event.TID(l.a["thread"]), call, held))
}

// pausing adds to a sentence whom a pause that is not over holds up.
func (l namedText) pausing(line string) string {
	w := &l.Findings
	if id := l.a["coroutine"]; id > 0 {
		line = l.with(line, w.HasControl(l.CoroutineText(event.Runtime(l.a["runtime"]), "", id)))
	}
	if n := l.a["queued"]; n > 0 {
		line = l.with(line, w.WaitInBacklog(n))
	}
	return line
}

func (l namedText) vforkSuspended() string {
	return l.paused(l.Findings.Suspended(event.TID(l.a["thread"]), duration(l.a["held_ns"])))
}

// paused adds to a sentence what its pause ended with, and which connections waited meanwhile.
func (l namedText) paused(line string) string {
	w := &l.Findings
	switch {
	case l.a["child"] == 0:
	case l.a["executed"] > 0:
		line = l.with(line, w.UntilExecuted(l.who("child")))
	default:
		line = l.with(line, w.UntilEnded(l.who("child")))
	}
	if id := l.a["coroutine"]; id > 0 {
		line = l.with(line, w.StalledControl(l.CoroutineText(event.Runtime(l.a["runtime"]), "", id)))
	}
	if n := l.a["queued"]; n > 0 {
		line = l.with(line, w.QueuedMeantime(n, l.a["at_least"] > 0, duration(l.a["queued_ns"])))
	}
	if n := l.a["pauses"]; n > 1 {
		line = l.Punctuation.Remark(line, w.StalledOften(n))
	}
	return line
}

func (l namedText) coroutinesCopied() string {
	return l.Findings.CoroutinesCopied(l.a["coroutines"], l.CoroutineWord(event.Runtime(l.a["runtime"]), ""),
		l.who("creator"))
}

func (l namedText) childAccepts() string {
	return l.Findings.ChildAccepts(l.a["processes"], l.who("first"))
}
