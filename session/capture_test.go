package session

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a tail gives is always the last of what was written, and as much of it as it promises.
func TestTailIsTheEnd(t *testing.T) {
	f, err := newTailFile()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rapid.Check(t, func(t *rapid.T) {
		ring, err := mapTail(f)
		if err != nil {
			t.Fatal(err)
		}
		defer ring.unmap()
		ring.count().Store(0)
		var all []byte
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, drainStep), 0, 20).Draw(t, "steps") {
			step := make([]byte, n)
			for i := range step {
				step[i] = byte((len(all) + i) * 2654435761 >> 7)
			}
			all = append(all, step...)
			ring.add(step)
		}
		last, whole, end := ring.last()
		if want := all[max(0, len(all)-tailShown):]; string(last) != string(want) {
			t.Fatalf("of %d bytes it gives %d, which are not the last", len(all), len(last))
		}
		if end != uint64(len(all)) || whole != (len(last) == len(all)) {
			t.Fatalf("of %d bytes it says: %d, whole %v", len(all), end, whole)
		}
	})
}

// A program that writes without end is not held up and does not fill anything, and its last lines are there.
func TestCaptureIsBounded(t *testing.T) {
	c, err := NewCapture(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range 20 { // much more than is kept
		fmt.Fprintf(c.write, "%d\n%s", i, strings.Repeat("a line of a program\n", 10_000))
	}
	fmt.Fprintln(c.write, "the end")
	c.Launched()
	<-c.emptied
	lines := c.Lines()
	if n := len(strings.Join(lines, "\n")); n > tailShown || n < tailShown/2 {
		t.Errorf("%d bytes are kept", n)
	}
	if last := lines[len(lines)-1]; last != "the end" {
		t.Errorf("the last line is %q", last)
	}
	if first := lines[0]; first != "a line of a program" {
		t.Errorf("the first line is %q, cut in the middle", first)
	}
}

// Who writes on when tracer has let go of everything is neither ended nor held up.
func TestCaptureOutlivesTracer(t *testing.T) {
	c, err := NewCapture(nil)
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	program := exec.Command("sh", "-c", "read go; i=0; while [ $i -lt 3000 ]; do echo '"+strings.Repeat("much ",
		30)+"'; i=$((i+1)); done; exit 7")
	program.Stdin, program.Stdout = read, c.write
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	read.Close()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(write, "go\n"); err != nil {
		t.Fatal(err)
	}
	if err := program.Wait(); err == nil || program.ProcessState.ExitCode() != 7 {
		t.Errorf("the program ended with %v", err)
	}
	<-c.emptied
}
