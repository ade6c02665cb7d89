package show

import (
	"context"
	"fmt"
	"os"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/target"
	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/probes"
	"tracer/record"
	"tracer/viewer"
	"tracer/words"
)

// Title says what was recorded.
func Title(r *record.Recording) string {
	if t := r.Meta().Target; t != "" {
		return t
	}
	return r.Name()
}

// repeated is the command that traces once more what was launched for a recording, by the program that is called so;
// nil: nothing was launched.
func repeated(self string, m record.Meta) []string {
	if len(m.Command) == 0 {
		return nil
	}
	again := []string{self, "run"}
	if m.Extra[record.ExtraHTTP] == "true" {
		again = append(again, "--http")
	}
	if whose, err := probes.ParseCoroutines(m.Extra[record.ExtraCoroutines]); err == nil &&
		whose != probes.CoroutinesAuto {
		again = append(again, "--coroutines="+whose.String())
	}
	if args, bundled := target.Bundled(m.Command, m.Target); bundled {
		return append(again, args...)
	}
	return append(append(again, "--"), m.Command...)
}

// Recording shows one to its end, and says what is wrong with it.
func (v *View) Recording(ctx context.Context, s *output.Streams, r *record.Recording) (err error) {
	if !v.Screen(s) {
		return v.print(s, r)
	}
	o := v.options(s, Title(r))
	o.Model.Untold = r.Untold()
	if again := repeated(os.Args[0], r.Meta()); again != nil { // what makes another one, not what shows this
		o.Command = again
	}
	if _, exact := r.Len(); !exact {
		return words.Saying(func(l *words.Language) string { return l.Recordings.View(r.Name()) })
	}
	if o.Replay, err = r.Replay(); err != nil {
		return err
	}
	if o.Marks, err = r.Marks(); err != nil {
		return err
	}
	if r.CanKeepMarks() {
		o.Keep = r.KeepMarks
	}
	ending, stop := interrupt.Take(ctx)
	defer stop()
	if err := viewer.Run(ending, o); err != nil && ending.Err() == nil {
		return err
	}
	s.Warn(r.Name(), export.Warnings(r))
	return interrupt.Err(ending)
}

// print prints the events and the summary.
func (v *View) print(s *output.Streams, r *record.Recording) error {
	m := model.New(model.Options{Untold: r.Untold()})
	silent := v.Quiet || v.JSON
	err := export.Each(r, func(e *event.Event) error {
		m.Apply(e)
		if silent {
			return nil
		}
		return export.Lines(s.Out, s.Words, m.Start(), []event.Event{*e})
	})
	if err != nil {
		return err
	}
	s.Warn(r.Name(), export.Warnings(r))
	summary := export.SummarizeRecording(r, m)
	if v.JSON {
		return summary.JSON(s.Out)
	}
	if !silent {
		fmt.Fprintln(s.Out)
	}
	return summary.Text(s.Out, s.Words)
}
