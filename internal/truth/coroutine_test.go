package truth

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestCoroutineServer holds what is seen of the bundled server's coroutines against what the server itself counts.
func TestCoroutineServer(t *testing.T) {
	needProbes(t)
	binary, err := tracer()
	if err != nil {
		t.Fatal(err)
	}
	for range rounds(t, 1) {
		file := filepath.Join(t.TempDir(), "server.trc")
		report := serve(t, 40, binary, "record", "-q", "-o", file, "--", binary, "serve", "coroutine", "--json")
		summary, err := summarize(binary, file)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"coroutines_created": 41.0, "coroutines_finished": 41.0, "accepts": 40.0,
			"coroutine_switches": report["coroutine_switches"]}
		if report["coroutines_created"] != want["coroutines_created"] {
			t.Errorf("the server says that it made %v coroutines", report["coroutines_created"])
		}
		for _, complaint := range Compare(Case{Name: "coroutine", Counters: want}, summary) {
			t.Error(complaint)
		}
		connections, err := export(binary, file, "connections")
		if err != nil {
			t.Fatal(err)
		}
		servers := map[any]bool{}
		for _, c := range connections {
			if servers[c["served_by_coroutine"]] = true; c["served_by_runtime"] != "coro" {
				t.Errorf("no coroutine serves %v", c)
			}
		}
		if len(servers) != 40 {
			t.Errorf("%d coroutines serve the 40 connections", len(servers))
		}
	}
}

// serve runs a server with clients that talk all at once, and returns its report.
func serve(t *testing.T, clients int, argv ...string) map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSpace(strings.TrimPrefix(first, "listening on "))
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			if err := echo(address); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var report map[string]any
	if err := json.Unmarshal(said, &report); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return report
}

// echo talks to an echo server until it has closed the connection.
func echo(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("hello")); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, make([]byte, 5)); err != nil {
		return err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}
