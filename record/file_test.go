package record

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVerifyTellsWhatBecameOfTheFile: what others do to a recording while it is written is told at its end.
func TestVerifyTellsWhatBecameOfTheFile(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(path string) error
		says string
	}{
		"nothing": {func(string) error { return nil }, ""},
		"removed": {os.Remove, "it was removed while it was written, and its events are lost"},
		"moved":   {func(path string) error { return os.Rename(path, path+"2") }, "it is whole, under another name"},
		"emptied": {func(path string) error { return os.Truncate(path, 0) }, "another program wrote into it or cut it"},
		"cut":     {func(path string) error { return os.Truncate(path, 30) }, "and should have"},
		"overwritten": {func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) },
			"another program wrote into it"},
		"linked": {func(path string) error { return os.Link(path, path+"2") }, ""},
		"replaced": {func(path string) error {
			return errors.Join(os.WriteFile(path+"2", []byte("mine"), 0o600), os.Rename(path+"2", path))
		}, "another file took its place while it was written, and its events are lost"},
		"replaced and kept": {func(path string) error {
			return errors.Join(os.Rename(path, path+"2"), os.WriteFile(path, []byte("mine"), 0o600))
		}, "it is whole, under another name"},
	} {
		path := filepath.Join(t.TempDir(), "a.trc")
		events := vforkLoop(300)
		o, err := Create(path, Creation{})
		if err == nil {
			err = o.Begin()
		}
		if err != nil {
			t.Fatal(err)
		}
		w, err := NewWriter(o, Meta{})
		if err == nil {
			err = errors.Join(w.Write(events[:100]), w.Flush(), c.do(path), w.Write(events[100:]), w.Close(Trailer{}))
		}
		if err != nil {
			t.Fatal(name, err)
		}
		if err := o.Verify(w.Size()); c.says == "" && err != nil || c.says != "" &&
			(err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", name, err)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestAbandonLeavesWhatWasThere: a file that was not made for the recording stays, even an empty one.
func TestAbandonLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	_, older := small(t)
	for name, content := range map[string][]byte{"none": nil, "empty": {}, "older": older} {
		path := filepath.Join(dir, name)
		if content != nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o, err := Create(path, Creation{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(o.Abandon(), o.Close()); err != nil || o.Replaces() != (name == "older") {
			t.Errorf("%s: %v, replaces %v", name, err, o.Replaces())
		}
		if kept, err := os.ReadFile(path); (err != nil) != (content == nil) || !slices.Equal(kept, content) {
			t.Errorf("%s: %d bytes, %v", name, len(kept), err)
		}
	}
}

// TestAdoptedFileIsTakenAsItIs, as standard output is: what was in it before stays.
func TestAdoptedFileIsTakenAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.trc")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	o := Adopt(f)
	events := vforkLoop(100)
	w, err := NewWriter(o, Meta{})
	if err == nil {
		err = errors.Join(o.Begin(), w.Write(events), w.Close(Trailer{}), o.Verify(w.Size()), o.Abandon(), o.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if f, err = os.Open(path); err != nil {
		t.Fatal(err)
	}
	r, err := NewFile(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := all(r); err != io.EOF || !sameEvents(got, events) {
		t.Errorf("%d events, %v", len(got), err)
	}
}
