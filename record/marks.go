package record

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tracer/event"
	"tracer/words"
)

// marksSuffix makes of the name of a recording that of the file with its marks.
const marksSuffix = ".marks"

// maxMarks is how large that file can be.
const maxMarks = 16 << 20

// markFile is what it holds: all marks of one recording.
type markFile struct {
	Recording string       `json:"recording"` // which; a name alone may lead to another one by now
	Marks     []event.Mark `json:"marks"`
}

// validMarks returns marks as they are written: in the order of their events, with notes in UTF-8.
func validMarks(marks []event.Mark) []event.Mark {
	all := slices.Clone(marks)
	for i := range all {
		all[i].Note = strings.ToValidUTF8(all[i].Note, "\uFFFD")
	}
	slices.SortStableFunc(all, func(a, b event.Mark) int { return cmp.Compare(a.Event, b.Event) })
	return all
}

// Mark records the marks of the trace up to now, in the place of those that it recorded before.
func (w *Writer) Mark(marks []event.Mark) error {
	if err := w.usable(); err != nil {
		return err
	}
	w.marks = validMarks(marks)
	body, err := json.Marshal(w.marks)
	if err == nil && len(body) > maxMarks {
		err = say(func(l *words.RecordingWords) string { return l.MarksTooLarge(uint64(len(body)), maxMarks) })
	}
	if err != nil {
		return err
	}
	return w.write(appendBlock(nil, blockMarks, body))
}

// parseMarks reads those of a block. What is none is as if it was not there.
func parseMarks(body []byte) (marks []event.Mark) {
	if json.Unmarshal(body, &marks) != nil {
		return nil
	}
	return marks
}

// Marks returns those that were recorded with the events. In a pipe those that came so far.
func (r *Reader) Marks() []event.Mark {
	if t, ended := r.Trailer(); ended {
		return t.Marks
	}
	if r.index != nil {
		return r.index.marks
	}
	return r.marks
}

// identify returns what tells one recording from others: it begins with when and where it was made.
func identify(header []byte) string {
	sum := sha256.Sum256(header)
	return hex.EncodeToString(sum[:16])
}

// Marks returns those that were set since, where the recording is a file of that name, or else those that were recorded
// with the events.
func (r *Recording) Marks() ([]event.Mark, error) {
	if r.path == "" {
		return r.Reader.Marks(), nil
	}
	kept, err := readMarks(r.path + marksSuffix)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && kept.Recording != r.identity:
		return r.Reader.Marks(), nil
	case err != nil:
		return nil, err
	}
	return validMarks(kept.Marks), nil
}

func readMarks(path string) (kept markFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return kept, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxMarks+1))
	if err != nil {
		return kept, err
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if len(content) > maxMarks || d.Decode(&kept) != nil || kept.Recording == "" {
		return kept, say(func(l *words.RecordingWords) string { return l.NoMarks(path) })
	}
	return kept, nil
}

// CanKeepMarks reports whether KeepMarks has a place for them.
func (r *Recording) CanKeepMarks() bool { return r.path != "" }

// KeepMarks keeps marks in a file beside that of the recording, which stays as it is. Whatever happens, that file holds
// the marks before or the new ones.
func (r *Recording) KeepMarks(marks []event.Mark) error {
	path := r.path + marksSuffix
	if _, err := readMarks(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // it is something else
	}
	content, err := json.MarshalIndent(markFile{r.identity, validMarks(marks)}, "", "  ")
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(r.path); err == nil {
		mode = info.Mode().Perm()
	}
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	_, errWrite := part.Write(append(content, '\n'))
	if err = errors.Join(errWrite, part.Chmod(mode&0o666), part.Sync(), part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(part.Name()))
	}
	return err
}
