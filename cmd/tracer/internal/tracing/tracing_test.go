package tracing

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/event"
	"tracer/words"
)

func TestRecordingOnStandardOutput(t *testing.T) {
	folder := t.TempDir()
	file, err := os.Create(filepath.Join(folder, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	o := Options{Output: output.Standard}
	for _, c := range []struct {
		s    output.Streams
		says string // empty: it may
	}{
		{output.Streams{Out: file}, ""},
		{output.Streams{Out: &output.Checked{Writer: file}}, ""},
		{output.Streams{Out: &output.Checked{Writer: file, Closed: true}}, "standard output is closed"},
		{output.Streams{Out: &bytes.Buffer{}}, "not for a terminal"},
	} {
		c.s.Words = words.English()
		_, err := create(&c.s, &o, nil)
		if c.says == "" && err != nil {
			t.Error(err)
		}
		if wrong := (usage.Error{}); c.says != "" && (!errors.As(err, &wrong) ||
			!strings.Contains(err.Error(), c.says)) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

func TestWhereabouts(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.trc", "-a b.trc"} {
		o := Options{Output: name}
		file, err := create(nil, &o, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		trace := Trace{Streams: &output.Streams{Words: words.English()}, options: o, file: file}
		got := trace.Whereabouts(words.English().Commands.SeeAgain)
		if !strings.HasPrefix(got, "in "+name+"; see it again with: tracer view ") ||
			strings.Contains(got, "view -") || !trace.Records() {
			t.Errorf("%q", got)
		}
	}
	trace := Trace{Streams: &output.Streams{Words: words.English()}, options: Options{Output: output.Standard}}
	if got := trace.Whereabouts(words.English().Commands.SeeAgain); got != "in standard output" {
		t.Errorf("%q", got)
	}
}

// TestSayLiving: some are named, with what ends them: those that ignore SIGTERM only by a SIGKILL.
func TestSayLiving(t *testing.T) {
	stubborn := exec.Command("sh", "-c", `trap "" TERM; echo; exec sleep 60`)
	ready, err := stubborn.StdoutPipe()
	if err == nil {
		err = stubborn.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stubborn.Process.Kill(); _ = stubborn.Wait() }()
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	trace := Trace{Streams: &output.Streams{Err: &said, Words: words.English()}}
	trace.sayLiving(nil)
	if said.Len() > 0 {
		t.Errorf("none is left: %q", said.String())
	}
	self, other := os.Getpid(), stubborn.Process.Pid
	living := []event.Event{{PID: event.PID(self), Args: "prog\x00a\x1bb\x00"}}
	trace.sayLiving(living)
	if want := fmt.Sprintf("; end it with: kill %d\n", self); !strings.HasSuffix(said.String(), want) ||
		strings.Contains(said.String(), "\x1b") {
		t.Errorf("%q, want %q", said.String(), want)
	}
	said.Reset()
	living = append(living, event.Event{PID: event.PID(other), Comm: "sleep"})
	trace.sayLiving(living)
	if want := fmt.Sprintf("; end them with: kill %d; kill -9 %d\n", self, other); !strings.HasSuffix(said.String(),
		want) {
		t.Errorf("%q, want %q", said.String(), want)
	}
	said.Reset()
	trace.sayLiving(slices.Repeat(living, mostLiving))
	if want := fmt.Sprintf("and %d more still run; end those named with: ", mostLiving); !strings.Contains(
		said.String(), want) {
		t.Errorf("%q, want %q", said.String(), want)
	}
}
