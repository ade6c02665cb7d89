package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/asking"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/usage"
	"tracer/export"
	"tracer/viewer"
)

func viewCommand(s *streams) *cobra.Command {
	var view show.View
	cmd := &cobra.Command{
		Use:   "view FILE",
		Short: s.Words.Manual.View.Short,
		Long:  s.Words.Manual.View.Long,
		Args:  usage.Arguments(s.Words, 1, 1, s.Words.Usage.OneRecording),
		RunE: view.Checked(&s.Streams, func(cmd *cobra.Command, args []string) error {
			r, err := asking.Open(&s.Streams, args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			if err := view.Recording(cmd.Context(), &s.Streams, r); err != nil {
				return err
			}
			return incomplete(export.Warnings(r))
		}),
	}
	view.Add(cmd.Flags(), &s.Words.Flags)
	return cmd
}

// pictureCommand renders the screen's cells, for the documentation.
func pictureCommand(s *streams) *cobra.Command {
	var o viewer.ShotOptions
	var at uint64
	var keys string
	cmd := &cobra.Command{
		Use:    "picture FILE OUTPUT.svg",
		Short:  s.Words.Manual.Picture,
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := s.openRecording(args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			o.Title, o.Keys, o.Words = show.Title(r), strings.Fields(keys), s.Words
			return output.WriteFile(cmd.Context(), args[1], func(w io.Writer) error {
				return show.Picture(w, r, at, o)
			})
		},
	}
	f, say := cmd.Flags(), &s.Words.Flags
	f.IntVar(&o.Width, "width", 120, say.Width)
	f.IntVar(&o.Height, "height", 36, say.Width)
	f.Uint64Var(&at, "at", 0, say.At)
	usage.Defaults(f, map[string]string{"at": say.Every})
	f.StringVar(&keys, "keys", "", say.Keys)
	return cmd
}
