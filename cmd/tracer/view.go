package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/usage"
	"tracer/event"
	"tracer/export"
	"tracer/viewer"
)

func viewCommand(s *streams) *cobra.Command {
	var view show.View
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
			if err := view.Recording(cmd.Context(), &s.Streams, r); err != nil {
				return err
			}
			return incomplete(export.Warnings(r))
		},
	}
	view.Add(cmd.Flags())
	return cmd
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
			o.Title, o.Keys, o.Words = show.Title(r), strings.Fields(keys), s.Words
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
