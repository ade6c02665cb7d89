package main

import (
	"bytes"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

// TestInterruptedLoadSaysWhatItDid: a load that a signal ends gives what it has measured, and an exit code that names
// the signal.
func TestInterruptedLoadSaysWhatItDid(t *testing.T) {
	address := filepath.Join(t.TempDir(), "socket")
	server, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, number := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		// The tests can be run where SIGHUP is ignored, as under nohup
		cmd := exec.Command("env", "--default-signal=INT,TERM,HUP", command(t, "tracer"), "load", address, "--network",
			"unix", "-c", "1")
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		connection, err := server.Accept() // it waits for an answer now
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(number); err != nil {
			t.Fatal(err)
		}
		err = cmd.Wait()
		var failed *exec.ExitError
		if !errors.As(err, &failed) || failed.ExitCode() != 128+int(number) ||
			!regexp.MustCompile("^connections +0, 0 failed, in ").MatchString(out.String()) {
			t.Errorf("%v: %v, %q", number, err, out.String())
		}
		connection.Close()
	}
}
