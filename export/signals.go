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
	Reason     string     `json:"reason"`
	Target     event.PID  `json:"target"`
	TargetComm event.Text `json:"target_comm"`

	Sent      uint64 `json:"sent"`
	Coalesced uint64 `json:"coalesced"`
	Discarded uint64 `json:"discarded"`
	Handled   uint64 `json:"handled"`
	Taken     uint64 `json:"taken"`
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
			Reason: s.By.Reason.String(), Target: s.Target, TargetComm: s.TargetComm, Sent: s.Sent,
			Coalesced: s.Coalesced, Discarded: s.Discarded, Handled: s.Handled, Taken: s.Taken, Spared: s.Spared,
			Ended: s.Ended, Event: s.Event, by: s.By}
		if s.By.Flags.Has(event.OutOfMemory) {
			list[i].Reason = outOfMemory
		}
	}
	return list
}

// topSignals is how many the text has.
const topSignals = 10

// signalLines tell of the signals, those that ended somebody first.
func signalLines(l *words.Language, s *Summary) (lines []string) {
	list, more := slices.Clone(s.Signals), s.SignalsMore
	slices.SortStableFunc(list, func(a, b Signal) int { return cmp.Compare(ends(&b), ends(&a)) })
	for i := range list {
		if i < topSignals {
			lines = append(lines, signalLine(l, &list[i]))
		} else {
			more += list[i].Sent
		}
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
	if reason := l.Events.Reason(s.by); reason != "" {
		fates = append(fates, reason)
	}
	add(s.Handled, say.InHandler)
	add(s.Taken, say.TakenByWait)
	add(s.Coalesced, say.Coalesced)
	add(s.Discarded, say.Discarded)
	if s.Spared {
		fates = append(fates, say.SparedInit)
	}
	if s.Ended {
		fates = append(fates, say.EndedIt)
	}
	return say.Signal(s.Name, s.Sent, by, say.SignalTo(s.Target, name(string(s.TargetComm))),
		strings.Join(fates, l.Punctuation.Comma))
}
