package record

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"tracer/words"
)

// Output is the file of a recording that is to be written. Another tracer cannot write into it at the same time.
type Output struct {
	*os.File
	path     string // empty: not opened by name, nothing is known of it
	made     bool   // there was none of that name
	replaces bool   // it holds an older recording
}

// Creation says how the file of a recording is made.
type Creation struct {
	Private  bool // for its owner alone: mode 0600, not 0644
	NoFollow bool // a symbolic link of that name is refused
}

// Create opens the file for a new recording. An older recording of that name is to be replaced, and stays until Begin;
// any other file that is not empty is refused, and so is one that another tracer writes. Opening a named pipe waits for
// its reader.
func Create(path string, how Creation) (*Output, error) {
	for {
		o, err := create(path, how)
		if err != nil {
			return nil, err
		}
		if o.leads() == nil {
			return o, nil
		}
		if err := o.Close(); err != nil { // it was removed or replaced since it was opened
			return nil, err
		}
	}
}

func create(path string, how Creation) (*Output, error) {
	flags, mode := os.O_WRONLY, fs.FileMode(0o644)
	if how.Private {
		mode = 0o600
	}
	o := &Output{path: path}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		o.made = true
		fallthrough
	case err != nil || info.Mode().IsRegular():
		flags = os.O_RDWR | os.O_CREATE | os.O_APPEND // so that if others write, or cut it, its size tells
	}
	if how.NoFollow {
		flags |= unix.O_NOFOLLOW
	}
	var err error
	if o.File, err = os.OpenFile(path, flags, mode); err != nil {
		if how.NoFollow && errors.Is(err, unix.ELOOP) {
			return nil, say(func(l *words.RecordingWords) string { return l.SymbolicLink(path) })
		}
		return nil, uncreated(path, err)
	}
	err = o.claim()
	if err == nil && how.Private && o.replaces {
		err = o.Chmod(mode)
	}
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// Adopt makes a file that is open already, as standard output is, that of a recording. It is taken as it is.
func Adopt(f *os.File) *Output { return &Output{File: f} }

// claim locks the file and sees that nothing is in it which must stay.
func (o *Output) claim() error {
	info, err := o.Stat()
	if err != nil {
		return uncreated(o.path, err)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	// A lock of fcntl(2) and not of flock(2): of this one the kernel tells who has it. A process loses it when it
	// closes any descriptor of the file, so tracer must not open its own recording a second time.
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	switch err := unix.FcntlFlock(o.Fd(), unix.F_SETLK, &lock); err {
	case unix.EACCES, unix.EAGAIN:
		return o.busy()
	default: // the filesystem may have no locks
	}
	if info.Size() == 0 {
		return nil
	}
	if !begins(o) {
		return say(func(l *words.RecordingWords) string { return l.OtherFile(o.path) })
	}
	o.replaces = true
	return nil
}

func (o *Output) busy() error {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(o.Fd(), unix.F_GETLK, &lock); err == nil && lock.Type != unix.F_UNLCK && lock.Pid > 0 {
		return say(func(l *words.RecordingWords) string { return l.InUseBy(o.path, lock.Pid) })
	}
	return say(func(l *words.RecordingWords) string { return l.InUse(o.path) })
}

func uncreated(path string, err error) error {
	return words.About(reason(err), func(l *words.Language, reason string) string {
		return l.Recordings.Create(path, reason)
	})
}

// Replaces reports whether an older recording is, or was, in the file.
func (o *Output) Replaces() bool { return o.replaces }

// Begin drops what the file held before. Its errors and those of a Writer do not name the file.
func (o *Output) Begin() error {
	if !o.replaces {
		return nil
	}
	return reason(o.Truncate(0))
}

// Abandon removes the file when it was made for this recording and nothing has been written. It does not close it.
func (o *Output) Abandon() error {
	if info, err := o.Stat(); err != nil || !o.made || !info.Mode().IsRegular() || info.Size() > 0 || o.leads() != nil {
		return nil
	}
	return os.Remove(o.path)
}

// leads returns why the name does not lead to the file, nil when it does or no name is known.
func (o *Output) leads() error {
	if o.path == "" {
		return nil
	}
	mine, err := o.Stat()
	if err != nil {
		return reason(err)
	}
	named, err := os.Stat(o.path)
	switch links := mine.Sys().(*syscall.Stat_t).Nlink; {
	case err == nil && os.SameFile(mine, named):
		return nil
	case links > 0:
		return say(func(l *words.RecordingWords) string { return l.Moved })
	case err == nil:
		return say(func(l *words.RecordingWords) string { return l.Replaced })
	case errors.Is(err, fs.ErrNotExist):
		return say(func(l *words.RecordingWords) string { return l.Removed })
	}
	return reason(err)
}

// Verify reports whether the name still leads to what was written, size bytes of it. Nothing is known of a pipe.
func (o *Output) Verify(size int64) error {
	info, err := o.Stat()
	if err != nil {
		return reason(err)
	}
	if o.path == "" || !info.Mode().IsRegular() {
		return nil
	}
	if err := o.leads(); err != nil {
		return err
	}
	if info.Size() != size {
		return say(func(l *words.RecordingWords) string {
			return l.ChangedByAnother(uint64(info.Size()), uint64(size))
		})
	}
	return nil
}

// IsRecording reports whether a regular file begins as a recording does, of any version of the format.
func IsRecording(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return begins(f)
}

// begins reports whether a recording begins here, of whatever version.
func begins(r io.ReaderAt) bool {
	begin := make([]byte, len(magic)-1)
	_, err := r.ReadAt(begin, 0)
	return err == nil && string(begin) == magic[:len(begin)]
}

// reason is what went wrong with a file, without its name.
func reason(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}
