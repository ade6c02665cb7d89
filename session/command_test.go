package session

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tracer/probes"
)

func TestCommand(t *testing.T) {
	folder := t.TempDir()
	script, text := filepath.Join(folder, "script"), filepath.Join(folder, "text")
	if err := errors.Join(os.WriteFile(script, nil, 0o755), os.WriteFile(text, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	for _, name := range []string{"script", script} {
		target, err := Command([]string{name, "a b"}, nil)
		if err != nil || target.Command.Path != script || target.Title != name+" a b" || target.Server ||
			!slices.Equal(target.Command.Args, []string{name, "a b"}) {
			t.Errorf("%s: %+v, %v", name, target, err)
		}
	}
	for _, name := range []string{"nosuch", filepath.Join(folder, "nosuch")} {
		if _, err := Command([]string{name}, nil); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, reason := range map[string]string{folder: "is a directory", text: "chmod +x"} {
		var refused *probes.LaunchError
		_, err := Command([]string{name}, nil)
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason.String(), reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
