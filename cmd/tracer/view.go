package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/record"
	"tracer/viewer"
)

func viewCommand(s *streams) *cobra.Command {
	var view viewFlags
	cmd := &cobra.Command{
		Use:   "view FILE",
		Short: "replay a recording, with time travel",
		Long: "Replay a recording on the screen, event by event, forwards and backwards. Without a terminal its\n" +
			"events are printed as lines. Exit code 3 when it is cut off or damaged.",
		Args: usage.Arguments(1, 1, "name one recording"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := s.openRecording(args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			if !view.screen(s) {
				return printRecording(s, r, &view)
			}
			o := view.options(title(r))
			if _, exact := r.Len(); !exact {
				return fmt.Errorf("view %s: it comes through a pipe; save it to a file first", args[0])
			}
			if o.Replay, err = r.Replay(); err != nil {
				return err
			}
			ending, stop := interrupt.Take(cmd.Context())
			defer stop()
			if err := viewer.Run(ending, o); err != nil && ending.Err() == nil {
				return err
			}
			return cmp.Or(interruption(ending), s.verdict(args[0], export.Warnings(r)))
		},
	}
	view.add(cmd.Flags())
	return cmd
}

// title says what was recorded.
func title(r *record.Recording) string {
	if t := r.Meta().Target; t != "" {
		return t
	}
	return r.Name()
}

// printRecording is view without a terminal.
func printRecording(s *streams, r *record.Recording, view *viewFlags) error {
	m := model.New(model.Options{})
	err := export.Each(r, func(e *event.Event) error {
		m.Apply(e)
		if view.quiet || view.asJSON {
			return nil
		}
		return export.Lines(s.Out, s.words, m.Start(), []event.Event{*e})
	})
	if err != nil {
		return err
	}
	verdict := s.verdict(r.Name(), export.Warnings(r))
	summary := export.SummarizeRecording(r, m)
	switch {
	case view.asJSON:
		err = summary.JSON(s.Out)
	case view.quiet:
		err = summary.Text(s.Out, s.words)
	default:
		fmt.Fprintln(s.Out)
		err = summary.Text(s.Out, s.words)
	}
	return cmp.Or(err, verdict)
}

// pictureCommand renders the screen's cells, for the documentation.
func pictureCommand(s *streams) *cobra.Command {
	var o viewer.ShotOptions
	var at uint64
	var keys string
	cmd := &cobra.Command{
		Use:    "picture FILE OUTPUT.svg",
		Short:  "draw the screen at one moment of a recording, as SVG",
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := s.openRecording(args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			o.Title, o.Keys = title(r), strings.Fields(keys)
			var events []event.Event
			if err := export.Each(r, func(e *event.Event) error {
				if at == 0 || uint64(len(events)) < at {
					events = append(events, *e)
				}
				return nil
			}); err != nil {
				return err
			}
			return output.WriteFile(cmd.Context(), args[1], func(w io.Writer) error {
				_, err := w.Write(viewer.Shot([][]event.Event{events}, o))
				return err
			})
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Width, "width", 120, "cells")
	f.IntVar(&o.Height, "height", 36, "cells")
	f.Uint64Var(&at, "at", 0, "the number of events before the moment (default all)")
	f.StringVar(&keys, "keys", "", "keys pressed before")
	return cmd
}
