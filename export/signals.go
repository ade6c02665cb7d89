package export

import (
	"cmp"
	"slices"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// Signal is what one process sent another of one signal. SIGCHLD is not among them.
type Signal struct {
	Signal     int32      `json:"signal"`
	Name       string     `json:"name"`
	Sender     event.PID  `json:"sender"` // 0: the kernel
	SenderComm event.Text `json:"sender_comm"`
	Traced     bool       `json:"sender_traced"`
	Tracer     bool       `json:"sender_is_tracer"`
	Thread     event.TID  `json:"sender_tid"`
	Reason     string     `json:"reason,omitempty"` // of the kernel, where it is known
	Target     event.PID  `json:"target"`
	TargetComm event.Text `json:"target_comm"`

	Sent      uint64 `json:"sent"`
	Coalesced uint64 `json:"coalesced"`
	Discarded uint64 `json:"discarded"`
	Handled   uint64 `json:"handled"`
	Taken     uint64 `json:"taken"`
	Stopped   uint64 `json:"stopped"`
	Ignored   uint64 `json:"ignored"`
	TooLate   uint64 `json:"too_late"`
	Orphaned  uint64 `json:"orphaned"`
	Continued uint64 `json:"continued"`
	Spared    bool   `json:"spared"`
	Ended     bool   `json:"ended"`
	Event     uint64 `json:"event"` // the ordinal of the first one

	by event.Sender
}

const outOfMemory = "out_of_memory" // as in the flags of an exit

// signals lists who sent whom which signal.
func signals(m *model.Model) []Signal {
	sends, _ := m.Sends()
	list := make([]Signal, len(sends))
	for i, s := range sends {
		list[i] = Signal{Signal: s.Signal, Name: text.SignalName(s.Signal), Sender: s.By.PID, SenderComm: s.By.Comm,
			Traced: s.By.PID != 0 && !s.By.Flags.Has(event.Untraced), Tracer: s.By.ByTracer(),
			Thread: s.By.TID, Target: s.Target, TargetComm: s.TargetComm, Sent: s.Sent,
			Coalesced: s.Coalesced, Discarded: s.Discarded, Handled: s.Handled, Taken: s.Taken, Stopped: s.Stopped,
			Ignored: s.Ignored, TooLate: s.TooLate, Orphaned: s.Orphaned, Continued: s.Continued, Spared: s.Spared,
			Ended: s.Ended, Event: s.Event, by: s.By}
		switch {
		case s.By.Flags.Has(event.OutOfMemory):
			list[i].Reason = outOfMemory
		case s.By.Reason != event.ReasonUnknown:
			list[i].Reason = s.By.Reason.String()
		}
	}
	return list
}

// topSignals is how many the text has.
const topSignals = 10

// signalLines tell of the signals in the order in which they were sent. Where there are too many, those that ended
// somebody are kept.
func signalLines(l *words.Language, s *Summary) (lines []string) {
	list, more := slices.Clone(s.Signals), s.SignalsMore
	slices.SortStableFunc(list, func(a, b Signal) int { return cmp.Compare(ends(&b), ends(&a)) })
	for i := topSignals; i < len(list); i++ {
		more += list[i].Sent
	}
	list = list[:min(len(list), topSignals)]
	slices.SortFunc(list, func(a, b Signal) int { return cmp.Compare(a.Event, b.Event) })
	for i := range list {
		lines = append(lines, signalLine(l, &list[i]))
	}
	if more > 0 {
		lines = append(lines, l.Summary.MoreSignals(more))
	}
	return lines
}

func ends(s *Signal) int {
	if s.Ended {
		return 1
	}
	return 0
}

func signalLine(l *words.Language, s *Signal) string {
	say := &l.Summary
	by := say.SignalTo(s.Sender, name(string(s.SenderComm)))
	switch {
	case s.Tracer:
		by = say.SignalTracer
	case s.Sender == 0:
		by = say.SignalKernel
	case !s.Traced:
		by = say.SignalOutside(by)
	}
	var fates []string
	add := func(n uint64, fate func(uint64) string) {
		if n > 0 {
			fates = append(fates, fate(n))
		}
	}
	add(s.Handled, say.InHandler)
	add(s.Taken, say.TakenByWait)
	add(s.Coalesced, say.Coalesced)
	add(s.Stopped, say.StoppedIt)
	add(s.Continued, say.ContinuedIt)
	fates = append(fates, discards(l, s)...)
	if s.Ended {
		fates = append(fates, say.EndedIt)
	}
	to := say.SignalTo(s.Target, name(string(s.TargetComm)))
	if s.Sender == s.Target {
		to = say.SignalToItself
	}
	fate := strings.Join(fates, l.Punctuation.Comma)
	switch reason := l.Events.Reason(s.by); {
	case reason != "" && fate != "":
		fate = reason + l.Punctuation.Semicolon + fate
	case reason != "":
		fate = reason
	}
	return say.Signal(s.Name, s.Sent, by, to, fate)
}

// discards tell how many were discarded, for each reason. A SIGCONT does what it is for all the same.
func discards(l *words.Language, s *Signal) (list []string) {
	say := &l.Summary
	discarded := s.Discarded
	other := ""
	switch {
	case s.Spared:
		other = say.SparedInit
	case s.Signal == event.SIGCONT && s.TargetComm == "": // whether it was stopped is not known
		return nil
	case s.Signal == event.SIGCONT:
		discarded, other = discarded-min(discarded, s.Continued), say.ByDefault
	}
	ignored, tooLate, orphaned := min(s.Ignored, discarded), min(s.TooLate, discarded), min(s.Orphaned, discarded)
	for _, d := range []struct {
		n   uint64
		why string
	}{{ignored, say.UnderSIGIGN}, {tooLate, say.TooLate}, {orphaned, say.OrphanedGroup},
		{discarded - min(discarded, ignored+tooLate+orphaned), other}} {
		switch {
		case d.n > 0 && d.why != "":
			list = append(list, l.Punctuation.Remark(say.Discarded(d.n), d.why))
		case d.n > 0:
			list = append(list, say.Discarded(d.n))
		}
	}
	return list
}
