package demo

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/target"
	"tracer/servers"
	"tracer/servers/load"
	"tracer/words"
)

func flags(t *testing.T, args ...string) (*pflag.FlagSet, *load.Options) {
	t.Helper()
	f, chosen := pflag.NewFlagSet("demo", pflag.ContinueOnError), &load.Options{}
	(&target.Server{}).Add(f, words.English())
	f.IntVar(&chosen.Count, "count", 0, "")
	f.IntVar(&chosen.Concurrency, "concurrency", 0, "")
	f.Float64Var(&chosen.Rate, "rate", 0, "")
	f.IntVar(&chosen.Burst, "burst", 0, "")
	f.IntVar(&chosen.Requests, "requests", 0, "")
	f.IntVar(&chosen.Payload, "payload", 0, "")
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f, chosen
}

// TestLoad: what the user says holds, and a load that he sized is not slowed down to be watched.
func TestLoad(t *testing.T) {
	screen, plain := screenLoad, plainLoad
	sized, rated, bursts, small := screen, screen, screen, plain
	sized.Count, sized.Rate, sized.Burst = 7, 0, 0
	rated.Rate, rated.Burst = 2, 0
	bursts.Burst = 9
	small.Requests, small.Payload, small.Concurrency = 3, 4, 5
	for _, c := range []struct {
		args   string
		screen bool
		want   load.Options
	}{
		{"", true, screen},
		{"", false, plain},
		{"--count=7", true, sized},
		{"--rate=2", true, rated},
		{"--burst=9", true, bursts},
		{"--requests=3 --payload=4 --concurrency=5", false, small},
	} {
		f, chosen := flags(t, strings.Fields(c.args)...)
		if got := chosenLoad(f, chosen, c.screen); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.args, got, c.want)
		}
	}
}

func TestComplete(t *testing.T) {
	for _, c := range []struct{ model, args, work, reap string }{
		{Model, "", work, reap},
		{Model, "--reap=poll", work, "poll"},
		{"epoll", "--work=cpu=1ms", "cpu=1ms", "handler"},
	} {
		f, _ := flags(t, strings.Fields(c.args)...)
		if err := Complete(f, c.model); err != nil {
			t.Fatal(err)
		}
		if w, r := f.Lookup("work").Value.String(), f.Lookup("reap").Value.String(); w != c.work || r != c.reap {
			t.Errorf("%s %s: work %s, reap %s", c.model, c.args, w, r)
		}
	}
	f, _ := flags(t)
	Describe(f, &words.English().Flags)
	if d := f.Lookup("count").DefValue; d != "1800 on the screen, else 24" {
		t.Errorf("the help says of the count: %s", d)
	}
}

// TestDrive: the clients come when the server listens, and it is stopped after them.
func TestDrive(t *testing.T) {
	server, err := servers.New("thread", servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var address net.Addr
	if address, err = server.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write := io.Pipe()
	served := make(chan error, 1)
	go func() {
		_, _ = io.WriteString(write, target.Listening+address.String()+"\n")
		err := server.Serve(ctx)
		_, _ = io.WriteString(write, server.Report().String()+"\n")
		served <- err
		write.Close()
	}()
	o := plainLoad
	o.Network, o.Service, o.Count, o.Concurrency = "tcp", "echo", 3, 1
	c := clients{load: o, words: words.English(), output: read}
	if err := c.drive(t.Context(), stop); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if err := c.conclude(&said); err != nil ||
		!strings.HasPrefix(said.String(), "\nthe clients:\nconnections  3, 0 f") ||
		!strings.Contains(said.String(), `"accepts":3`) {
		t.Errorf("%v, %s", err, said.String())
	}
}

// TestDriveWithoutAServer: what went wrong is said, but not of a server that was interrupted.
func TestDriveWithoutAServer(t *testing.T) {
	never := func() { t.Error("it was stopped") }
	for output, says := range map[string]string{
		"": "ended before it listened", "tracer: no port\n": "the server did not start: no port",
	} {
		c := clients{output: strings.NewReader(output)}
		if err := c.drive(t.Context(), never); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", output, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := clients{output: strings.NewReader("")}
	if err := c.drive(ctx, never); err != nil {
		t.Error(err)
	}
	var said bytes.Buffer
	if err := c.conclude(&said); err != nil || said.Len() > 0 {
		t.Errorf("%v, %q", err, said.String())
	}
}
