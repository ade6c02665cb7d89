package main

import (
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/event"
	"tracer/probes"
	"tracer/session"
	"tracer/text"
)

// targetFlags say what to attach to, beside process ids.
type targetFlags struct {
	ports  []uint
	comms  []string
	groups []string
	all    bool
}

func (v *targetFlags) add(f *pflag.FlagSet) {
	f.UintSliceVar(&v.ports, "port", nil, "attach to whoever listens on this port (TCP, or UDP that is not connected)")
	f.StringArrayVar(&v.comms, "comm", nil, "attach to the processes of this command name")
	f.StringArrayVar(&v.groups, "cgroup", nil, "attach to the processes of this cgroup and of those below it: a path "+
		"below the mount of cgroup2, or a folder")
	f.BoolVar(&v.all, "all", false, "attach to everything but kernel threads and tracer itself")
}

// targets are the flags and ids together.
func (v *targetFlags) targets(args []string) (t probes.Targets, err error) {
	for _, arg := range args {
		n, err := strconv.ParseInt(arg, 10, 32)
		if err != nil || n < 1 {
			return t, usage.Errorf("%q is no process id; for a command name write: tracer attach --comm %s", arg,
				text.Arguments(arg))
		}
		t.PIDs = append(t.PIDs, event.PID(n))
	}
	for _, port := range v.ports {
		if port < 1 || port > 65535 {
			return t, usage.Errorf("--port: %d is no port from 1 to 65535", port)
		}
		t.Ports = append(t.Ports, uint16(port))
	}
	for _, name := range append(v.comms[:len(v.comms):len(v.comms)], v.groups...) {
		if name == "" {
			return t, usage.Errorf("--comm and --cgroup want a name")
		}
	}
	t.Comms, t.Cgroups, t.All = v.comms, v.groups, v.all
	if t.All && len(t.PIDs)+len(t.Ports)+len(t.Comms)+len(t.Cgroups) > 0 {
		return t, usage.Errorf("--all has all others in it; leave them out")
	}
	return t, nil
}

// attachTarget is what runs already.
func attachTarget(t probes.Targets, caller *probes.User) target {
	return target{Target: session.Target{Command: probes.Command{User: caller}, Attach: t, Title: "attached to " +
		t.String()}}
}

func attachCommand(s *streams) *cobra.Command {
	o := newTraceOptions()
	var v targetFlags
	var view viewFlags
	cmd := &cobra.Command{
		Use:   "attach (PID... | --port N | --comm NAME | --cgroup PATH | --all)",
		Short: "watch what runs already",
		Long: "Watch processes that run already, with all that descends from them. What was there before is\n" +
			"seen, zombies too, and nothing that happens from then on is missed. They are only looked at:\n" +
			"quitting the screen leaves them as they are. It ends when the last of them has ended, on an\n" +
			"interrupt or after --duration. Without a terminal, events are printed as text lines and the\n" +
			"summary ends them. Several targets can be given at once.",
		Example: "  tracer attach 1234\n  tracer attach --port 80\n  tracer attach --comm nginx --comm php-fpm\n  " +
			"tracer attach --cgroup system.slice/ssh.service",
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := v.targets(args)
			if err != nil {
				return err
			}
			if targets.Empty() {
				return usage.Errorf("attach: name process ids, or --port, --comm, --cgroup or --all; " +
					"see tracer attach --help")
			}
			trace, err := s.begin(cmd.Context(), attachTarget(targets, s.caller), o)
			if err != nil {
				return err
			}
			if !view.screen(s) && !view.quiet {
				trace.announce()
			}
			_, err = view.follow(trace, nil)
			return err
		},
	}
	f := cmd.Flags()
	f.VarP((*value.Besides)(&o.output), "output", "o", "also write a recording, in place of one of that name")
	addTraceFlags(f, &o)
	usage.Group(f, attachGroup, v.add)
	usage.Group(f, viewGroup, view.add)
	return cmd
}

// announce says what was found to attach to. From then on nothing is missed.
func (t *trace) announce() {
	if found, attached := t.Found(); attached {
		t.streams.Message("%s: %v; an interrupt ends the trace, and leaves them alone", text.Escape(t.target.Title),
			found)
	}
}

// resolveOrAttach decides what to launch or, by flags or ids, what to attach to.
func resolveOrAttach(cmd *cobra.Command, args []string, server *serverFlags, v *targetFlags,
	caller *probes.User) (target, error) {
	ids := len(args) > 0 && cmd.ArgsLenAtDash() < 0
	for _, arg := range args {
		_, err := strconv.Atoi(arg)
		ids = ids && err == nil
	}
	if !ids && len(v.ports)+len(v.comms)+len(v.groups) == 0 && !v.all {
		return resolve(cmd, args, server, caller)
	}
	if cmd.ArgsLenAtDash() >= 0 {
		return target{}, usage.Errorf("%s: launch a command, or attach to what runs; not both", cmd.Name())
	}
	if flags := changedFlags(cmd); len(flags) > 0 {
		return target{}, usage.Errorf("%s is for a bundled server, not for what runs already", flags[0])
	}
	if cmd.Flags().Changed("root") {
		return target{}, usage.Errorf("--root is for what is launched, not for what runs already")
	}
	t, err := v.targets(args)
	return attachTarget(t, caller), err
}
