package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/sys/reexec"
	"github.com/rogpeppe/go-internal/testscript"

	"tracer/probes"
)

func TestMain(m *testing.M) {
	if reexec.Init() {
		return
	}
	testscript.Main(m, map[string]func(){"tracer": main})
}

// TestScripts runs testdata/script: each file is the manual of one behaviour. Those of the kernel side begin with [!kernel] skip.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:       "testdata/script",
		Condition: condition,
		Setup: func(e *testscript.Env) error { // as a user without sudo has it
			e.Setenv("SUDO_UID", "")
			examples, err := filepath.Abs("../../examples")
			e.Setenv("EXAMPLES", examples)
			return err
		},
	})
}

func condition(name string) (bool, error) {
	switch name {
	case "kernel":
		works := probes.Examine().Works()
		if !works && os.Getenv("CI") == "true" {
			return false, fmt.Errorf("the kernel tests must run here: see tracer doctor")
		}
		return works, nil
	case "root":
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}
