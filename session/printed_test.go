package session_test

import (
	"io"
	"os"
	"regexp"
	"testing"

	"tracer/session"
)

// TestExample runs the example, and looks at what it prints.
func TestExample(t *testing.T) {
	session.NeedKernel(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = write
	Example()
	os.Stdout = stdout
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	printed, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^\d+ sh \[sh -c '\(exit 3\); exit 0'\]: exit 0
└─ \d+ sh: exit 3, reaped by its parent
the last traced task ended; exit code 0
$`)
	if !want.Match(printed) {
		t.Errorf("printed:\n%s\nwant: %v", printed, want)
	}
}
