package target

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/usage"
	"tracer/session"
	"tracer/words"
)

// decide is what Any decides of a command line of record.
func decide(args ...string) (target session.Target, err error) {
	var server Server
	var attach Attach
	cmd := &cobra.Command{Use: "record", SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, err = Any(cmd, args, &server, &attach, nil)
			return err
		}}
	english := words.English()
	usage.Group(cmd.Flags(), "Flags of a bundled server:", func(f *pflag.FlagSet) { server.Add(f, english) })
	usage.Group(cmd.Flags(), "Flags to attach to what runs:", func(f *pflag.FlagSet) { attach.Add(f, &english.Flags) })
	cmd.Flags().Bool("root", false, "")
	usage.AddLanguage(cmd.PersistentFlags(), &english)
	cmd.SetOut(io.Discard)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	return target, cmd.Execute()
}

func TestLaunched(t *testing.T) {
	for _, c := range []struct {
		line   []string
		args   []string // of what is launched
		title  string
		server bool
	}{
		{[]string{"--", "sh", "-c", "exit 3"}, []string{"sh", "-c", "exit 3"}, "sh -c exit 3", false},
		{[]string{"fork"}, []string{"tracer", "serve", "fork"}, "fork", true},
		{[]string{"fork", "--reap=once", "--grace", "2s"},
			[]string{"tracer", "serve", "fork", "--grace=2s", "--reap=once"}, "fork --grace=2s --reap=once", true},
		{[]string{"http", "--goroutines", "--root"}, []string{"tracer", "serve", "http", "--goroutines=true"},
			"http --goroutines=true", true},
		{[]string{"fork", "--lang", "zh"}, []string{"tracer", "serve", "fork", "--lang=zh"}, "fork", true},
	} {
		target, err := decide(c.line...)
		if err != nil || !slices.Equal(target.Command.Args, c.args) || target.Command.Path == "" ||
			target.Title != c.title || target.Server != c.server || !target.Attach.Empty() {
			t.Errorf("%q: %+v, %v", c.line, target, err)
		}
	}
}

func TestAttached(t *testing.T) {
	for _, c := range []struct {
		line  []string
		title string
	}{
		{[]string{"4194305"}, "attached to process (4194305)"},
		{[]string{"--port", "80", "--comm", "nginx"}, "attached to port 80, nginx"},
		{[]string{"--all"}, "attached to everything"},
	} {
		target, err := decide(c.line...)
		if err != nil || target.Attach.Empty() || len(target.Command.Args) > 0 || target.Server ||
			target.Title != c.title {
			t.Errorf("%q: %+v, %v", c.line, target, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		line []string
		says string
	}{
		{nil, "name a model, or a command after --; see record --help"},
		{[]string{"fork", "prefork"}, "one model, or a command after --"},
		{[]string{"nosuch"}, "to run a program write: tracer record -- nosuch"},
		{[]string{"--reap=once", "--", "true"}, "--reap=once is for a bundled server, not for a command"},
		{[]string{"--reap=once", "1"}, "--reap=once is for a bundled server, not for what runs already"},
		{[]string{"--root", "1"}, "--root is for what is launched"},
		{[]string{"--port", "80", "--", "true"}, "not both"},
		{[]string{"--comm", ""}, "need a name"},
		{[]string{"--all", "1"}, "--all includes all others"},
		{[]string{"--all", "x"}, `"x" is not a process id`},
		{[]string{"0"}, `"0" is not a process id`},
		{[]string{"fork", "--reap", "never"}, "--reap: "},
		{[]string{"fork", "--service", "nosuch"}, "--service: "},
		{[]string{"fork", "--work", "sleep"}, "--work: "},
		{[]string{"fork", "--work="}, "--work: it is empty"},
		{[]string{"loop", "--reap", "once"}, "it has no use for reap once"},
	} {
		_, err := decide(c.line...)
		var wrong usage.Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want %q", c.line, err, c.says)
		}
	}
	if _, err := decide("--", "/nosuch/program"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a program that is not there: %v", err)
	}
}
