package session

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"tracer/probes"
	"tracer/words"
)

// ErrNotFound is wrapped in the error of Command when there is no such program.
var ErrNotFound = words.Saying(func(l *words.Language) string { return l.Problems.NotFound })

// Command is a program with its arguments as a target, looked up as a shell does with the rights of the user who is to
// run it; nil: the same as tracer. A probes.LaunchError says why what was found cannot be executed.
func Command(args []string, user *probes.User) (Target, error) {
	t := Target{Command: probes.Command{Args: args, User: user}, Title: strings.Join(args, " ")}
	var there error
	err := user.As(func() (err error) {
		t.Command.Path, err = exec.LookPath(args[0])
		_, there = os.Stat(args[0])
		return err
	})
	switch {
	case err == nil || errors.Is(err, exec.ErrDot):
		return t, nil
	case errors.Is(err, syscall.EISDIR):
		return t, &probes.LaunchError{Path: args[0], Reason: words.Verbatim(syscall.EISDIR.Error())}
	case errors.Is(err, fs.ErrPermission) && there != nil:
		return t, &probes.LaunchError{Path: args[0], Reason: words.Verbatim(fs.ErrPermission.Error())}
	case errors.Is(err, fs.ErrPermission):
		return t, &probes.LaunchError{Path: args[0],
			Reason: func(l *words.Language) string { return l.Problems.NotExecutable }}
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		err = ErrNotFound
	}
	return t, words.About(err, func(l *words.Language, reason string) string {
		return l.Problems.Launch(strconv.Quote(args[0]), reason)
	})
}
