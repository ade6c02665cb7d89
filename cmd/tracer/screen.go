package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/probes"
	"tracer/record"
	"tracer/viewer"
)

// viewFlags say how a trace is shown.
type viewFlags struct {
	plain, quiet, asJSON bool
	ascii                bool
	theme                *viewer.Theme
	told                 bool // why there is no screen
}

func (v *viewFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&v.plain, "plain", false, "text lines, no screen")
	f.BoolVarP(&v.quiet, "quiet", "q", false, "only the summary: no screen, no line for each event")
	f.BoolVar(&v.asJSON, "json", false, "only the summary, as one JSON object")
	f.BoolVar(&v.ascii, "ascii", false, "ASCII characters only")
	v.theme = viewer.Dark
	f.Var(choice[*viewer.Theme]{&v.theme, viewer.ThemeByName, "name"}, "theme", "colours: "+strings.Join(viewer.ThemeNames(), ", "))
}

// screen reports whether there is a terminal to show it on, and the user wants that. When only the terminal cannot, it says so once.
func (v *viewFlags) screen(s *streams) bool {
	if !s.terminal() || v.plain || v.quiet || v.asJSON {
		return false
	}
	err := viewer.Drawable()
	if err != nil && !v.told {
		v.told = true
		s.message("%v: text lines instead of the screen", err)
	}
	return err == nil
}

// options are what the flags say to the viewer.
func (v *viewFlags) options(title string) viewer.Options {
	return viewer.Options{Title: title, Theme: v.theme, ASCII: v.ascii}
}

// follow shows a session to its end and gives the exit code of what was launched. Whatever way it is shown, the summary ends it.
func (v *viewFlags) follow(t *trace, output *capture) (code int, err error) {
	tally := model.New(model.Options{})
	seen := false // its end, on the screen
	if v.screen(t.streams) {
		seen, err = v.onScreen(t, tally, output)
	} else {
		err = v.asLines(t, tally)
	}
	code, finished := t.finish()
	if finished == nil && t.options.output != "" && !v.asJSON {
		t.streams.message("recorded %s", t.whereabouts("see it again"))
	}
	if err := errors.Join(err, finished); err != nil {
		return code, err
	}
	summary := export.Summarize(tally)
	if v.asJSON {
		return code, summary.JSON(t.streams.out)
	}
	err = summary.Text(t.streams.out)
	if seen && code != 0 && output != nil {
		err = errors.Join(err, output.print(t.streams.err, t.target.Command.Args[0]))
	}
	return code, err
}

// asLines prints the events as they come. When that fails a recording goes on.
func (v *viewFlags) asLines(t *trace, tally *model.Model) (err error) {
	for batch := range t.Events() {
		for i := range batch {
			tally.Apply(&batch[i])
		}
		if v.quiet || v.asJSON || err != nil {
			continue
		}
		if err = export.Lines(t.streams.out, tally.Start(), batch); err != nil {
			err = fmt.Errorf("print the events: %w", err)
			if t.file == nil { // nobody would know of what comes
				t.Stop()
			}
		}
	}
	if err == nil && !v.quiet && !v.asJSON {
		fmt.Fprintln(t.streams.out)
	}
	return err
}

// onScreen runs the viewer, and tells whether the trace ended in it. When the user leaves before, what was launched is told to stop.
func (v *viewFlags) onScreen(t *trace, tally *model.Model, output *capture) (ended bool, err error) {
	o := v.options(t.target.Title)
	batches, over := make(chan []event.Event, 16), make(chan struct{})
	go func() {
		defer close(batches)
		defer close(over)
		for batch := range t.Events() {
			for i := range batch {
				tally.Apply(&batch[i])
			}
			batches <- batch
		}
	}()
	o.Batches, o.Live, o.Now = batches, true, probes.Now
	if output != nil {
		o.Output = output.lines
	}
	err = viewer.Run(t.ending, o)
	if t.ending.Err() != nil {
		err = nil
	}
	select {
	case <-over:
		ended = true
	default:
		t.Leave()
	}
	for range batches { // what was on its way
	}
	return ended, err
}

// replaySource lets the viewer travel in a recording. An event that is missing keeps its place: a lost event stands there.
type replaySource struct {
	recording *recording
	gaps      []gap // that were met, by where they are
}

// gap is a damaged place of a recording. No event need be missing there.
type gap struct {
	damage   *record.Damage
	from, to uint64
	time     event.Time // of what comes before, or else after
}

func (s *replaySource) Len() uint64 {
	n, _ := s.recording.Len()
	return n
}

func (s *replaySource) At(from uint64, buf []event.Event) (n int, err error) {
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
		var damage *record.Damage
		switch {
		case errors.As(err, &damage) && damage.Err == record.ErrCorrupt && damage.Offset != passed:
			passed = damage.Offset
			if err := s.pass(damage, at); err != nil {
				return n, err
			}
		case err == io.EOF || errors.Is(err, record.ErrTruncated):
			s.recording.cut = fmt.Errorf("%w: it has become shorter since it was opened", record.ErrTruncated)
			return n, s.recording.cut
		case err != nil:
			return n, err
		}
	}
	return n, nil
}

func (s *replaySource) gapAt(number uint64) *gap {
	for i := range s.gaps {
		if g := &s.gaps[i]; g.from <= number && number < g.to {
			return g
		}
	}
	return nil
}

// pass notes the damage that the reader met on its way to an event, and goes to that event when it is behind what is missing.
func (s *replaySource) pass(damage *record.Damage, at uint64) error {
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
		if c.Offset > damage.Offset || c.Offset == damage.Offset && c.Ordinal > g.from { // the latter is whole, and others before it are not there
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
func (s *replaySource) tell() {
	r := s.recording
	r.damage, r.places, r.missing = s.gaps[0].damage, 0, 0
	for i, g := range s.gaps {
		if i == 0 || g.from != s.gaps[i-1].to {
			r.places++
		}
		r.missing += g.to - g.from
	}
}

// lookAtEnd finds what is there in the place of the end mark.
func (s *replaySource) lookAtEnd() error {
	r := s.recording
	if err := r.Seek(s.Len()); err != nil {
		return err
	}
	_, err := r.Reader.Next(make([]event.Event, 1))
	var damage *record.Damage
	switch {
	case err == nil: // it is still recorded
		r.cut = record.ErrTruncated
	case errors.As(err, &damage) && damage.Err == record.ErrCorrupt:
		r.blind = true
		return s.pass(damage, s.Len())
	case errors.Is(err, record.ErrTruncated):
		r.cut = err
	case err != io.EOF:
		return err
	}
	return nil
}
