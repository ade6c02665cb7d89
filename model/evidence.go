package model

import (
	"slices"

	"tracer/event"
)

// Evidence are the ordinals in the trace, from 0, of events by which something is known: one for each thing of the
// kind. Of more than MaxEvidence it has the first ones.
type Evidence []uint64

// MaxEvidence bounds how many events are kept for one thing that is known.
const MaxEvidence = 16

func (e *Evidence) add(ordinal uint64) {
	if len(*e) < MaxEvidence {
		*e = append(*e, ordinal)
	}
}

// remove takes an ordinal out once: an event can show several things.
func (e *Evidence) remove(ordinal uint64) {
	if i := slices.Index(*e, ordinal); i >= 0 {
		*e = slices.Delete(*e, i, i+1)
	}
}

// Evidences are by which events is known what the counters alone do not tell.
type Evidences struct {
	Lost, Contradictions, UnseenRings, InferredCloses Evidence
	ReapedUnseen, ReapedAsAsked                       Evidence
	Calls                                             *Failures // that failed, and by which events that is known
	Listeners                                         *Listeners
}

// Evidence returns what is kept of the whole trace. It is the model's own: read it before the next Apply.
func (m *Model) Evidence() *Evidences { return &m.evidence }

// fold keeps what a fact is evidence of.
func (s *Evidences) fold(f *Fact) {
	switch f.Kind {
	case EventsLost:
		for i := range min(Places(f.Event), MaxEvidence) {
			s.Lost.add(f.Evidence + i)
		}
	case Contradicted:
		s.Contradictions.add(f.Evidence)
	case RingCreated:
		if f.Event.Flags.Has(event.Unknown) {
			s.UnseenRings.add(f.Evidence)
		}
	case Closed:
		if f.Flags.Has(Inferred) {
			s.InferredCloses.add(f.Evidence)
		}
	case Ended:
		if f.Thread == nil {
			f.Process.EndedEvent = f.Evidence
		}
	case Reaped:
		s.reaped(f)
	}
}

func (s *Evidences) reaped(f *Fact) {
	var of *Evidence
	switch {
	case f.Process.Root:
	case f.Reaping == NotReaped:
		of = &s.ReapedUnseen
	case f.Reaping == ByKernel && f.Process.Asked:
		of = &s.ReapedAsAsked
	}
	switch {
	case f.Retracted && of != nil:
		of.remove(f.Process.GoneEvent)
	case of != nil:
		of.add(f.Evidence)
	}
	if !f.Retracted {
		f.Process.GoneEvent = f.Evidence
	}
}

func (s *Evidences) clone() Evidences {
	return Evidences{slices.Clone(s.Lost), slices.Clone(s.Contradictions), slices.Clone(s.UnseenRings),
		slices.Clone(s.InferredCloses), slices.Clone(s.ReapedUnseen), slices.Clone(s.ReapedAsAsked), nil, nil}
}
