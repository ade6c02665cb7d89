package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/record"
	"tracer/words"
)

// WriteFile writes a file by way of another beside it, so that what was there stays until all of it is written, and
// stays when writing fails. A recording is never overwritten, least of all the one that is read. What is no regular
// file is written directly.
func WriteFile(ctx context.Context, path string, write func(io.Writer) error) (err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return directly(path, 0, write)
	case record.IsRecording(path):
		return words.Saying(func(l *words.Language) string { return l.Recordings.NotToBeReplaced(path) })
	}
	mode := fs.FileMode(0o666) // as far as the umask lets it
	target := path
	if err == nil {
		mode = info.Mode().Perm()
		if target, err = filepath.EvalSymlinks(path); err != nil { // a link stays one
			return err
		}
	}
	part := fmt.Sprintf("%s.%d.part", target, os.Getpid())
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil { // the folder is not to be written in, but the file may be
		return directly(path, os.O_CREATE|os.O_TRUNC, write)
	}
	ending, stop := interrupt.TakeUnignored(ctx)
	defer stop()
	defer context.AfterFunc(ending, func() { // whatever write is waiting for
		_ = os.Remove(part)
		os.Exit(interrupt.Code(ending))
	})()
	if err = write(f); err == nil && info != nil {
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, target) // its error names both
	}
	if err != nil {
		err = errors.Join(err, os.Remove(part))
	}
	return err
}

// RemoveFile removes a file if it is what it is taken for. What is not there, or no regular file, is left alone.
func RemoveFile(path string, is func(io.Reader) bool) error {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil // who may not read it does not know what it is
	}
	defer f.Close()
	if !is(f) {
		return nil
	}
	return os.Remove(path)
}

func directly(path string, flags int, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|flags, 0o666)
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return fmt.Errorf("write %s: %w", path, p.Err)
	}
	return errors.Join(write(f), f.Close())
}
