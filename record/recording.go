package record

import (
	"bytes"
	"errors"
	"io"
	"os"

	"tracer/event"
	"tracer/words"
)

// Recording is a recording opened for reading, of which all that can be read is given: what is wrong with it keeps
// nothing else from being read, and stands in its Flaws.
type Recording struct {
	*Reader
	name  string
	path  string     // empty: it was not opened by its name
	last  event.Time // of the last event
	flaws Flaws
}

// Flaws are what is wrong with a recording, as far as it has been read. The zero value is that of a whole one.
type Flaws struct {
	Damage  error  // the first, nil for none
	Places  int    // that are damaged
	Missing uint64 // events, as far as that is known
	Blind   bool   // what comes behind the damage could not be read
	Cut     error  // its end is missing; nil: it is there
	Newer   bool   // some of its events are of kinds that only newer versions know; they are left out
}

// OpenRecording opens a recording by its name, or one that comes through a named pipe. A file in the text form is one,
// too.
func OpenRecording(path string) (*Recording, error) {
	r, err := openFile(path, newFileOrText)
	if err != nil {
		return nil, err
	}
	return &Recording{Reader: r, name: path, path: path}, nil
}

// RecordingIn is the recording in an open file, or one that comes through a pipe; name is what to call it.
func RecordingIn(f *os.File, name string) (*Recording, error) {
	r, err := newFileOrText(f)
	if err != nil {
		return nil, words.About(err, func(l *words.Language, reason string) string {
			return l.Recordings.OpenIn(name, reason)
		})
	}
	return &Recording{Reader: r, name: name}, nil
}

// Kept returns a file that can be read more than once: what comes through a pipe is read whole into a temporary file,
// which has no name any more.
func Kept(f *os.File) (*os.File, error) {
	if info, err := f.Stat(); err != nil || info.Mode().IsRegular() {
		return f, err
	}
	kept, err := os.CreateTemp("", "tracer-*.trc")
	if err != nil {
		return nil, err
	}
	_, errCopy := io.Copy(kept, f)
	_, errSeek := kept.Seek(0, io.SeekStart)
	if err := errors.Join(os.Remove(kept.Name()), errCopy, errSeek); err != nil {
		kept.Close()
		return nil, err
	}
	return kept, f.Close()
}

// newFileOrText reads what is in the text form whole, and makes a recording of it in memory.
func newFileOrText(f *os.File) (*Reader, error) {
	first := make([]byte, 1)
	if _, err := f.ReadAt(first, 0); err != nil || first[0] != '@' { // a pipe has no place to read at
		return NewFile(f)
	}
	meta, events, marks, err := ParseText(io.NewSectionReader(f, 0, 1<<62))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := NewWriter(&b, meta)
	if err == nil {
		err = w.Write(events)
		if len(marks) > 0 {
			err = errors.Join(err, w.Mark(marks))
		}
		err = errors.Join(err, w.Close(Trailer{}), f.Close())
	}
	if err != nil {
		return nil, err
	}
	return NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

// Name is what it was opened by.
func (r *Recording) Name() string { return r.name }

// Flaws returns what is wrong with it, as far as it has been read.
func (r *Recording) Flaws() Flaws { return r.flaws }

// SetFlaws says what is wrong with it where more of it has been read before.
func (r *Recording) SetFlaws(f Flaws) { r.flaws = f }

// Rewind makes the first event the next one, so that all can be read once more. What comes through a pipe can be read
// only once.
func (r *Recording) Rewind() error {
	r.flaws, r.last = Flaws{}, 0
	return r.Seek(0)
}

// Next is that of the reader, but that the trace ends where a recording was cut off, and goes on behind a place that is
// damaged. What is missing there is told by a lost event.
func (r *Recording) Next(batch []event.Event) (int, error) {
	for {
		n, err := r.read(batch)
		if err == nil {
			if n > 0 {
				r.last = batch[n-1].Time
			}
			return n, nil
		}
		missing, err := r.goOn(err)
		if err != nil {
			return 0, err
		}
		if missing > 0 {
			batch[0] = r.gap(missing)
			return 1, nil
		}
	}
}

// One is that of the reader likewise.
func (r *Recording) One() (*event.Event, error) {
	for {
		e, err := r.Reader.One()
		r.noteSkipped()
		if err == nil {
			r.last = e.Time
			return e, nil
		}
		missing, err := r.goOn(err)
		if err != nil {
			return nil, err
		}
		if missing > 0 {
			e := r.gap(missing)
			return &e, nil
		}
	}
}

// read is Next of the reader. What that leaves out because it does not know the kind is noted.
func (r *Recording) read(batch []event.Event) (int, error) {
	n, err := r.Reader.Next(batch)
	r.noteSkipped()
	return n, err
}

func (r *Recording) noteSkipped() { r.flaws.Newer = r.flaws.Newer || r.skipped > 0 }

// gap is the event that tells how many are missing.
func (r *Recording) gap(missing uint64) event.Event {
	return event.Event{Kind: event.Lost, Time: r.last, Count: missing}
}

// goOn notes an error of the reader, and returns how many events are missing before it goes on, or with what it ends.
func (r *Recording) goOn(err error) (missing uint64, _ error) {
	switch {
	case err == io.EOF:
		return 0, err
	case errors.Is(err, ErrTruncated):
		r.flaws.Cut = err
		return 0, io.EOF
	case !errors.Is(err, ErrCorrupt):
		return 0, words.About(err, func(l *words.Language, reason string) string {
			return l.Recordings.Read(r.name, reason)
		})
	}
	if r.flaws.Places++; r.flaws.Damage == nil {
		r.flaws.Damage = err
	}
	missing, found := r.Recover()
	r.flaws.Missing += missing
	if !found {
		r.flaws.Blind = true
		return missing, io.EOF
	}
	return missing, nil
}
