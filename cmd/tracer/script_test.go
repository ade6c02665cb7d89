package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/internal/truth"
	"tracer/probes"
	"tracer/session"
	"tracer/words"
)

func TestMain(m *testing.M) {
	switch done, err := session.Init(); {
	case err != nil:
		os.Exit(finish(os.Stderr, words.English(), err))
	case done:
		return
	}
	if strings.HasSuffix(os.Args[0], ".test") { // not one of the commands that it is in the scripts
		if err := truth.HoldTracepoints(); err != nil && os.Geteuid() == 0 {
			fmt.Fprintln(os.Stderr, "each test will wait for the others:", err)
		}
	}
	testscript.Main(m, map[string]func(){"tracer": main, "many": many, "refuse": refuse, "attributes": attributes})
}

// TestScripts runs testdata/script: each file is the manual of one behaviour. Those of the kernel side begin with
// [!kernel] skip.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:       "testdata/script",
		Condition: condition,
		Setup: func(e *testscript.Env) error { // as a user without sudo has it
			for _, name := range []string{"SUDO_UID", "DOAS_USER", "PKEXEC_UID"} {
				e.Setenv(name, "")
			}
			e.Setenv("PIDS", pidsFolder())
			// Else the race detector has each process sleep for a second at its end
			e.Setenv("GORACE", os.Getenv("GORACE"))
			examples, err := filepath.Abs("../../examples")
			e.Setenv("EXAMPLES", examples)
			return err
		},
	})
}

// TestInterruptedBeforeTheLaunch: what was not there yet did not hear of the interrupt, so it must not be launched.
func TestInterruptedBeforeTheLaunch(t *testing.T) {
	switch works, err := condition("kernel"); {
	case err != nil:
		t.Fatal(err)
	case !works:
		t.Skip("needs the kernel side")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	recording, mark := filepath.Join(dir, "a.trc"), filepath.Join(dir, "mark")
	older, err := os.ReadFile("../../examples/fork-once.trc")
	if err == nil {
		err = os.WriteFile(recording, older, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code := run(ctx, []string{"record", "-o", recording, "--", "touch", mark}, os.Stdin, t.Output(),
		t.Output()); code != interrupt.Otherwise {
		t.Errorf("exit code %d, want %d", code, interrupt.Otherwise)
	}
	if kept, err := os.ReadFile(recording); err != nil || !bytes.Equal(kept, older) {
		t.Errorf("the older recording holds %d bytes, %v", len(kept), err)
	}
	if _, err := os.Stat(mark); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the program ran: %v", err)
	}
}

// kernelWorks asks once: each answer loads and attaches all programs.
var kernelWorks = sync.OnceValue(func() bool { return probes.Examine().Works() })

func condition(name string) (bool, error) {
	switch name {
	case "kernel":
		works := kernelWorks()
		if !works && os.Getenv("CI") == "true" {
			return false, fmt.Errorf("the kernel tests must run here: see tracer doctor")
		}
		return works, nil
	case "root":
		return os.Geteuid() == 0, nil
	case "setcap":
		return canSetcap(), nil
	case "pids":
		return pidsFolder() != "", nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// canSetcap reports whether files can be given capabilities, where mktemp makes its folders.
func canSetcap() bool {
	f, err := os.CreateTemp("", "tracer-setcap-")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	defer f.Close()
	return exec.Command("setcap", "cap_bpf=ep", f.Name()).Run() == nil
}

// pidsFolder returns a folder in which cgroups with a limit of tasks can be made; empty when there is none.
func pidsFolder() string {
	for _, folder := range []string{"/sys/fs/cgroup/pids", "/sys/fs/cgroup"} {
		probe := filepath.Join(folder, fmt.Sprintf("tracer-probe-%d", os.Getpid()))
		if os.Mkdir(probe, 0o755) != nil {
			continue
		}
		_, err := os.Stat(filepath.Join(probe, "pids.max"))
		if os.Remove(probe) == nil && err == nil {
			return folder
		}
	}
	return ""
}
