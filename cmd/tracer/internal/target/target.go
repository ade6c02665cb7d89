// Package target decides from a command line what is to be traced: a bundled server, a command, or what runs already.
package target

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/usage"
	"tracer/probes"
	"tracer/servers"
	"tracer/session"
	"tracer/text"
	"tracer/words"
)

// Launch decides what to launch for who called: after -- a command, before it a model of a bundled server.
func Launch(cmd *cobra.Command, args []string, v *Server, caller *probes.User) (session.Target, error) {
	say, dash := &v.words.Usage, cmd.ArgsLenAtDash()
	switch {
	case dash == 0 && len(args) > 0:
		if flags := v.changed(); len(flags) > 0 {
			return session.Target{}, usage.New(say.NotForCommand(flags[0]))
		}
		return session.Command(args, caller)
	case dash < 0 && len(args) == 1:
		if _, err := servers.Lookup(args[0]); err != nil {
			return session.Target{}, usage.New(say.NeitherModelNorProgram(strconv.Quote(args[0]), modelNames(),
				programVerb(cmd), text.Arguments(args[0])))
		}
		if _, err := v.New(args[0]); err != nil { // to say now what it would say, before anything is traced
			return session.Target{}, err
		}
		return bundled(append(args[:1:1], v.changed()...), language(cmd), caller), nil
	case len(args) == 0:
		return session.Target{}, usage.See(v.words, cmd, say.ModelOrCommand)
	}
	return session.Target{}, usage.See(v.words, cmd, say.OneModelOrCommand)
}

// programVerb names the command that launches a program as cmd launches a bundled server: demo has clients for those
// alone.
func programVerb(cmd *cobra.Command) string {
	if cmd.Name() == "demo" {
		return "run"
	}
	return cmd.Name()
}

// language returns the flag of the language as an argument for serve, when the user chose one; else the locale has it.
func language(cmd *cobra.Command) []string {
	if f := cmd.Flag("lang"); f != nil && f.Changed {
		return []string{"--lang=" + f.Value.String()}
	}
	return nil
}

// bundled is a bundled server: tracer itself, as "tracer serve", with more that is not in the title.
func bundled(args, more []string, caller *probes.User) session.Target {
	command := probes.Command{Path: probes.Self(), Args: slices.Concat([]string{"tracer", "serve"}, args, more),
		User: caller}
	return session.Target{Command: command, Title: strings.Join(args, " "), Server: true}
}

// Bundled returns the model and the flags of a bundled server that was launched by that command and is called so; ok is
// false for anything else.
func Bundled(command []string, title string) (args []string, ok bool) {
	if len(command) < 3 || command[0] != "tracer" || command[1] != "serve" {
		return nil, false
	}
	for n := range len(command) - 2 {
		if args = command[2 : 3+n]; strings.Join(args, " ") == title {
			return args, true
		}
	}
	return nil, false
}

// Running decides what to attach to, by process ids and flags. It is empty when they name nothing.
func Running(ids []string, v *Attach, caller *probes.User, say *words.UsageWords) (session.Target, error) {
	targets, err := v.targets(ids, say)
	return session.Target{Command: probes.Command{User: caller}, Attach: targets, Title: "attached to " +
		targets.String()}, err
}

// Any decides what to launch or, by flags or ids, what to attach to.
func Any(cmd *cobra.Command, args []string, server *Server, attach *Attach, caller *probes.User) (session.Target,
	error) {
	ids := len(args) > 0 && cmd.ArgsLenAtDash() < 0
	for _, arg := range args {
		_, err := strconv.Atoi(arg)
		ids = ids && err == nil
	}
	if !ids && !attach.given() {
		return Launch(cmd, args, server, caller)
	}
	say := &server.words.Usage
	if cmd.ArgsLenAtDash() >= 0 {
		return session.Target{}, usage.New(say.In(cmd.Name(), say.LaunchOrAttach))
	}
	if flags := server.changed(); len(flags) > 0 {
		return session.Target{}, usage.New(say.NotForRunning(flags[0]))
	}
	if cmd.Flags().Changed("root") {
		return session.Target{}, usage.New(say.RootIsLaunched)
	}
	return Running(args, attach, caller, say)
}
