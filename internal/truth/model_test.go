package truth

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestModelChangesInPlace: a server that is told to go on as another model does so in the same process, at the same
// address, and serves its clients as that model does: by processes, threads or coroutines.
func TestModelChangesInPlace(t *testing.T) {
	needProbes(t)
	binary, err := tracer()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "server.trc")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "record", "-q", "-o", file, "--", binary, "serve", "fork",
		"--control")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	commands, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	listens := func() string {
		for lines.Scan() {
			if address, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
				return address
			}
		}
		t.Fatal("no server listens")
		return ""
	}
	address := listens()
	served := []struct {
		model   string
		clients int
	}{{"fork", 3}, {"coroutine", 4}, {"thread", 5}, {"loop", 2}, {"fork", 2}}
	for i, s := range served {
		if i > 0 {
			fmt.Fprintf(commands, "model frob\nmodel %s\n", s.model)
			if now := listens(); now != address {
				t.Fatalf("%s is at %s, not at %s", s.model, now, address)
			}
		}
		for range s.clients {
			if err := echo(address); err != nil {
				t.Fatalf("%s: %v", s.model, err)
			}
		}
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, stdout); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	summary, err := summarize(binary, file)
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range Compare(Case{Name: "model", Counters: map[string]any{"accepts": 16.0,
		"processes_created": 5.0, "processes_exited": 5.0, "reaped_by_parent": 5.0, "execs": 4.0,
		"coroutines_created": 5.0, "zombies_left": 0.0}}, summary) {
		t.Error(complaint)
	}
	connections, err := export(binary, file, "connections")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range served {
		for range s.clients {
			c := connections[0]
			connections = connections[1:]
			by := "loop"
			switch {
			case c["served_by"] != c["accepted_by"]:
				by = "fork"
			case c["served_by_coroutine"] != nil:
				by = "coroutine"
			case c["served_by_thread"] != nil:
				by = "thread"
			}
			if by != s.model {
				t.Errorf("served as by the model %s, not %s: %v", by, s.model, c)
			}
		}
	}
}
