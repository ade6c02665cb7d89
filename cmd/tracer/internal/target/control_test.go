package target

import (
	"context"
	"os"
	"slices"
	"testing"

	"tracer/servers"
	"tracer/servers/load"
	"tracer/session"
	"tracer/viewer"
	"tracer/words"
)

// TestObey: what the screen writes into the pipe is what the server does, and what it cannot do is said.
func TestObey(t *testing.T) {
	server, err := servers.New("fork", servers.Options{Adjustable: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	say := &words.English().Control
	var said []string
	tell := func(lines string) {
		t.Helper()
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer read.Close()
		if _, err := write.WriteString(lines); err != nil {
			t.Fatal(err)
		}
		write.Close()
		obey(read, server.(servers.Reaper), say, func(why string) { said = append(said, why) })
	}
	tell("reap poll\nreap frob\nfrob\nreap ignore\n")
	if r := server.Report(); r.Reap != "ignore" || r.ReapChanges != 2 {
		t.Errorf("it reaps by %s after %d changes", r.Reap, r.ReapChanges)
	}
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	tell("reap none\n")
	_, unknown := servers.ParseReap("frob")
	want := []string{say.Refused(unknown.Error()), say.UnknownCommand(`"frob"`),
		say.Refused(servers.ErrNotServing.Error())}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}

// TestControl: only a server that can be told is, in the words that it reads.
func TestControl(t *testing.T) {
	for model, want := range map[string]int{"fork": 2, "thread": 1} {
		v := Server{words: words.English(), reap: "once"}
		target := session.Target{Server: true}
		var controls []*viewer.Control
		if err := v.Control(&target, model, new(load.Pace), &controls); err != nil {
			t.Fatal(err)
		}
		told := slices.Contains(target.Command.Args, "--control")
		if len(controls) != want || told != (want == 2) {
			t.Fatalf("%s: %d controls, told: %v", model, len(controls), told)
		}
		if !told {
			continue
		}
		reap, line := controls[0], make([]byte, 100)
		for i, way := range servers.ReapNames() {
			if err := reap.Choose(i); err != nil {
				t.Fatal(err)
			}
			n, err := target.Command.Stdin.Read(line)
			if got := string(line[:n]); got != "reap "+way+"\n" || err != nil || reap.Choices[i].Label != way {
				t.Errorf("%q, %v for %q", got, err, way)
			}
		}
		if chosen := reap.Choices[reap.Chosen].Label; chosen != "once" {
			t.Errorf("at first it is %q", chosen)
		}
	}
}
