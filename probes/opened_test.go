package probes

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOpened: who opens a file after the watch began is noticed, and nobody before it or of another file.
func TestOpened(t *testing.T) {
	var o opened
	defer o.close()
	files := map[string]string{}
	for _, name := range []string{"before", "since", "never"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		files[name] = path
	}
	open := func(name string) {
		if _, err := os.ReadFile(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	was := func(name string) bool { return o.was(identify(files[name])) }
	if o.read(); !was("never") {
		t.Error("what is not watched was not opened for sure")
	}
	open("before")
	for _, path := range files {
		o.watch(path)
		o.watch(path)
	}
	open("since")
	open("since")
	if o.read(); was("before") || !was("since") || was("never") {
		t.Errorf("opened: before %v, since %v, never %v; want since", was("before"), was("since"), was("never"))
	}
	if open("never"); was("never") {
		t.Error("what is opened after the last read is told")
	}
	o.watch(filepath.Join(t.TempDir(), "not there"))
}
