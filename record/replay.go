package record

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"tracer/event"
	"tracer/words"
)

// Replay reads the events of a recording from any place on. One that is missing keeps its place: a lost event stands
// there.
type Replay struct {
	recording *Recording
	gaps      []gap // that were met, by where they are
}

// gap is a damaged place of a recording. No event need be missing there.
type gap struct {
	damage   *Damage
	from, to uint64
	time     event.Time // of what comes before, or else after
}

// Replay begins one. What is wrong with the end of the recording is known from then on.
func (r *Recording) Replay() (*Replay, error) {
	s := &Replay{recording: r}
	if _, whole := r.Trailer(); whole {
		return s, nil
	}
	if err := s.lookAtEnd(); err != nil {
		return nil, err
	}
	return s, nil
}

// Len returns how many events there are.
func (s *Replay) Len() uint64 {
	n, _ := s.recording.Len()
	return n
}

// At copies events into buf, from that of a number on, and returns how many.
func (s *Replay) At(from uint64, buf []event.Event) (n int, err error) {
	r := s.recording // whose own Next puts one lost event in for all that are missing
	passed := int64(-1)
	for n < len(buf) && from+uint64(n) < s.Len() {
		at := from + uint64(n)
		if g := s.gapAt(at); g != nil {
			for ; n < len(buf) && from+uint64(n) < g.to; n++ {
				buf[n] = event.Event{Kind: event.Lost, Time: g.time, Count: 1}
			}
			continue
		}
		if r.Ordinal() != at {
			if err := r.Seek(at); err != nil {
				return n, err
			}
		}
		k, err := r.read(buf[n:])
		n += k
		var damage *Damage
		switch {
		case errors.As(err, &damage) && damage.Err == ErrCorrupt && damage.Offset != passed:
			passed = damage.Offset
			if err := s.pass(damage, at); err != nil {
				return n, err
			}
		case err == io.EOF || errors.Is(err, ErrTruncated):
			s.recording.flaws.Cut = &words.Error{Err: ErrTruncated, Say: func(l *words.Language) string {
				return l.Error(ErrTruncated) + l.Punctuation.Colon + l.Recordings.Shorter
			}}
			return n, s.recording.flaws.Cut
		case err != nil:
			return n, err
		}
	}
	return n, nil
}

func (s *Replay) gapAt(number uint64) *gap {
	for i := range s.gaps {
		if g := &s.gaps[i]; g.from <= number && number < g.to {
			return g
		}
	}
	return nil
}

// pass notes the damage that the reader met on its way to an event, and goes to that event when it is behind what is
// missing.
func (s *Replay) pass(damage *Damage, at uint64) error {
	chunks, err := s.recording.Chunks()
	if err != nil {
		return err
	}
	g := gap{damage: damage, from: s.recording.Ordinal(), to: s.Len()}
	if len(chunks) > 0 {
		g.time = chunks[0].First
	}
	for i := range chunks {
		c := &chunks[i]
		// The latter is whole, and others before it are not there
		if c.Offset > damage.Offset || c.Offset == damage.Offset && c.Ordinal > g.from {
			g.to = c.Ordinal
			break
		}
		if c.Ordinal < g.from {
			g.time = c.Last
		}
	}
	if i, known := slices.BinarySearchFunc(s.gaps, damage.Offset, func(g gap, offset int64) int {
		return cmp.Compare(g.damage.Offset, offset)
	}); !known {
		s.gaps = slices.Insert(s.gaps, i, g)
		s.tell()
	}
	if at < g.to {
		return nil
	}
	return s.recording.Seek(at)
}

// tell has the recording say what is wrong with it, as it would if it had been read from its beginning.
func (s *Replay) tell() {
	f := &s.recording.flaws
	f.Damage, f.Places, f.Missing = s.gaps[0].damage, 0, 0
	for i, g := range s.gaps {
		if i == 0 || g.from != s.gaps[i-1].to {
			f.Places++
		}
		f.Missing += g.to - g.from
	}
}

// lookAtEnd finds what is there in the place of the end mark.
func (s *Replay) lookAtEnd() error {
	r := s.recording
	if err := r.Seek(s.Len()); err != nil {
		return err
	}
	_, err := r.Reader.Next(make([]event.Event, 1))
	var damage *Damage
	switch {
	case err == nil: // it is still recorded
		r.flaws.Cut = ErrTruncated
	case errors.As(err, &damage) && damage.Err == ErrCorrupt:
		r.flaws.Blind = true
		return s.pass(damage, s.Len())
	case errors.Is(err, ErrTruncated):
		r.flaws.Cut = err
	case err != io.EOF:
		return err
	}
	return nil
}
