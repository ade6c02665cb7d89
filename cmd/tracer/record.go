package main

import (
	"time"

	"github.com/spf13/cobra"

	"tracer/probes"
)

// defaultRecording is where record writes when it is not told.
const defaultRecording = "tracer.trc"

func recordCommand(s *streams) *cobra.Command {
	o := newTraceOptions()
	o.output = defaultRecording
	var v serverFlags
	var attach targetFlags
	var quiet bool
	cmd := &cobra.Command{
		Use:   "record [-o FILE] (-- COMMAND [ARGUMENT...] | MODEL | PID... | --port N | --comm NAME | --cgroup PATH | --all)",
		Short: "trace a command, a bundled server or what runs already into a file, without a screen",
		Long: "Trace a command, a bundled server or what runs already into a file, without a screen. It ends when the last traced task has\n" +
			"ended, on an interrupt or after --duration, and exits with the command's exit code.\n\n" + modelList(),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := resolveOrAttach(cmd, args, &attach)
			if err != nil {
				return err
			}
			t.inherit(s)
			singly()
			session, err := startSession(cmd.Context(), s, t, o)
			if err != nil {
				return err
			}
			if !quiet {
				session.announce(s)
			}
			events := uint64(0)
			begin := time.Now()
			for batch := range session.events {
				events += uint64(len(batch))
				session.probes.Reuse(batch)
			}
			code, err := session.finish()
			if err != nil {
				return err
			}
			if !quiet {
				s.message("%d events in %.1f s, in %s; see them with: tracer view %[3]s", events, time.Since(begin).Seconds(), o.output)
			}
			if code != 0 && !t.stop {
				return exitCode(code)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", o.output, "the recording to write")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "no message at the end")
	addLaunchFlags(cmd.Flags(), &o)
	addGroup(cmd.Flags(), attachGroup, attach.add)
	addGroup(cmd.Flags(), serverGroup, v.add)
	return cmd
}

// inherit gives the launched program tracer's own streams.
func (t *target) inherit(s *streams) {
	t.command.Stdin = s.in
	t.command.Stdout = fileOf(s.out)
	t.command.Stderr = fileOf(s.err)
}

func doctorCommand(s *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "show what this kernel offers, and what to do about what it lacks",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			table := probes.Examine()
			var err error
			if asJSON {
				err = table.JSON(s.out)
			} else {
				err = table.Text(s.out)
			}
			if err == nil && !table.Works() {
				return exitCode(exitFailure)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
