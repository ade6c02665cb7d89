package target

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"tracer/event"
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
	flags := &Server{control: true}
	flags.AddServe(pflag.NewFlagSet("serve", 0), words.English())
	say := &words.English().Control
	var said []string
	tell := func(lines string) *Served {
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
		s := &Served{flags: flags, server: server, in: read, say: func(why string) { said = append(said, why) },
			end: func() {}}
		s.obey()
		return s
	}
	tell("reap poll\nreap frob\nfrob\nreap ignore\nwork sleep=1s\nwork frob=1\nwork cpu=2ms\n")
	if r := server.Report(); r.Reap != "ignore" || r.ReapChanges != 2 {
		t.Errorf("it reaps by %s after %d changes", r.Reap, r.ReapChanges)
	}
	if w := server.Report().Work; w != (servers.Work{CPU: 2 * time.Millisecond}) {
		t.Errorf("a request does %v", w)
	}
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	tell("reap none\n")
	if s := tell("model frob\nmodel http\nmodel thread\nreap none\n"); s.next != "thread" {
		t.Errorf("%q is to go on", s.next)
	}
	if got := flags.changed(); !slices.Equal(got, []string{"--reap=ignore", "--work=cpu=2ms"}) {
		t.Errorf("it goes on with %q", got)
	}
	_, unknown := servers.ParseReap("frob")
	_, noModel := servers.Lookup("frob")
	_, noWork := servers.ParseWork("frob=1")
	want := []string{say.Refused(unknown.Error()), say.UnknownCommand(`"frob"`), say.Refused(noWork.Error()),
		say.Refused(servers.ErrNotServing.Error()), say.Refused(noModel.Error()),
		say.Refused(say.NotServed("http", "echo"))}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}

// TestControl: only a server that can be told is, in the words that it reads.
func TestControl(t *testing.T) {
	for model, want := range map[string]int{"fork": 6, "thread": 6, "prefork": 6} {
		var v Server
		v.Add(pflag.NewFlagSet("run", 0), words.English())
		v.reap = "once"
		target := session.Target{Server: true}
		var controls []*viewer.Control
		if err := v.Control(&target, model, new(load.Pace), 8, &controls); err != nil {
			t.Fatal(err)
		}
		told := slices.Contains(target.Command.Args, "--control")
		if len(controls) != want || !told {
			t.Fatalf("%s: %d controls, told: %v", model, len(controls), told)
		}
		line, work := make([]byte, 100), controls[want-2]
		for i, choice := range work.Choices {
			if err := work.Choose(i); err != nil {
				t.Fatal(err)
			}
			n, err := target.Command.Stdin.Read(line)
			got, isWork := strings.CutPrefix(string(line[:n]), "work ")
			if _, wrong := servers.ParseWork(strings.TrimSpace(got)); !isWork || err != nil || wrong != nil ||
				strings.TrimSpace(got) != string(choice.Told.Setting) || choice.Told.Action != event.SetWork {
				t.Errorf("%s: %q, %v, %v for %+v", model, got, err, wrong, choice)
			}
		}
		if err := work.Possible(); (err != nil) != (model == "prefork") {
			t.Errorf("%s: other work: %v", model, err)
		}
		for _, c := range controls[want-4 : want-2] { // the load has not begun
			if err := c.Possible(); !errors.Is(err, load.ErrNoLoad) || !errors.Is(c.Choose(0), load.ErrNoLoad) {
				t.Errorf("%s: %s: %v", model, c.Title, err)
			}
		}
		reap, models := controls[0], controls[want-1]
		if err := reap.Possible(); (err == nil) != (model == "fork") {
			t.Errorf("%s: other ways to reap: %v", model, err)
		}
		now := models.Choices[models.Chosen].Label
		if now != model {
			t.Errorf("%s: it says %s", model, now)
		}
		for i, choice := range models.Choices {
			if err := models.Choose(i); err != nil {
				t.Fatal(err)
			}
			if able := reap.Possible() == nil; able != (choice.Label == "fork") || choice.Label == "http" {
				t.Errorf("after %s it can reap otherwise: %v", choice.Label, able)
			}
			before := now
			if now = choice.Label; now == before {
				continue // nothing is to be done
			}
			n, err := target.Command.Stdin.Read(line)
			if got := string(line[:n]); got != "model "+choice.Label+"\n" || err != nil ||
				choice.Told.Action != event.SetModel || string(choice.Told.Setting) != choice.Label {
				t.Errorf("%q, %v for %+v", got, err, choice)
			}
		}
		if model != "fork" {
			continue
		}
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
