package socketserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"
)

// A child that runs any Go handler cannot be a mere fork: of a Go program's threads only the forking one is in the
// child, so neither the scheduler nor the collector works there. It executes the program's own binary instead, under a
// first argument that names the handler class. What it needs comes by descriptor.
const (
	childPrefix   = "socketserver:"
	connFD        = 3       // the connection, or the server's datagram socket
	letterFD      = 4       // a memfd: a letter from the parent, behind it the report of the child
	reportMaximum = 1 << 20 // bytes of a report that are read
)

// letter is what a child is told about its request.
type letter struct {
	Network string
	Client  []byte // the client's address as text; bytes, since a Unix path need not be UTF-8
	Packet  []byte // of a datagram
	Stream  bool
	Cut     bool
}

// report is what a child tells about a handler that failed.
type report struct {
	Text  string
	Stack string
	Exit  bool
}

// isChild and inited guard against a program that forgot Init: its children would run main, and start servers without
// end.
var (
	isChild = strings.HasPrefix(os.Args[0], childPrefix)
	inited  bool
)

// Register makes a handler class that also a forked child can run. Call it while package variables are made or in an
// init function, with a name that nobody else uses: the child is the same program, and finds the class again by that
// name.
func Register(name string, make func() Handler) *HandlerClass {
	if inited {
		panic(fmt.Sprintf("socketserver: handler class %q is registered after Init, where no child would find it",
			name))
	}
	class := &HandlerClass{name: name, make: make}
	reexec.Register(childPrefix+name, func() { childMain(class) })
	return class
}

// Init runs the handler, and does not return, if this process is a child of a forking server. It must come first in
// main (in TestMain for tests) of a program that forks for handlers of its own.
func Init() {
	inited = true
	if isChild && !reexec.Init() {
		fmt.Fprintf(os.Stderr, "socketserver: no handler class %q is registered in the child\n",
			strings.TrimPrefix(os.Args[0], childPrefix))
		os.Exit(1)
	}
}

func checkReExec(class *HandlerClass) error {
	switch {
	case isChild:
		return errors.New("make server: this process is a forked child: call socketserver.Init first in main")
	case class.name == "":
		return errors.New("make server: a forking server needs a handler class made by Register: a closure does not " +
			"survive exec")
	case !inited:
		return errors.New("make server: call socketserver.Init first in main: children of a forking server start there")
	}
	return nil
}

// reExec starts a child for the request and returns its pid and the memfd for its report, which begins at the offset.
func reExec(class *HandlerClass, r *Request, listener int) (pid, memfd int, offset int64, err error) {
	text, err := json.Marshal(letter{
		Network: r.Conn.network, Client: []byte(r.ClientAddress.String()), Packet: r.Packet, Stream: r.Packet == nil,
		Cut: r.Truncated,
	})
	if err != nil {
		return 0, -1, 0, fmt.Errorf("write letter to child: %w", err)
	}
	memfd, err = unix.MemfdCreate("request", unix.MFD_CLOEXEC)
	if err != nil {
		return 0, -1, 0, fmt.Errorf("make memfd for child: %w", err)
	}
	defer func() {
		if err != nil {
			_ = unix.Close(memfd)
		}
	}()
	if _, err := unix.Pwrite(memfd, text, 0); err != nil {
		return 0, -1, 0, fmt.Errorf("write letter to child: %w", err)
	}
	if err := r.Conn.d.acquire(); err != nil {
		return 0, -1, 0, fmt.Errorf("pass connection to child: %w", err)
	}
	defer r.Conn.d.release()
	files := []uintptr{0, 1, 2, connFD: uintptr(r.Conn.d.fd), letterFD: uintptr(memfd)}
	if listener >= 0 {
		files = append(files, uintptr(listener))
	}
	// Not os.StartProcess, which would watch the child by a pidfd of its own and, the first time, start another one to
	// try that.
	pid, err = syscall.ForkExec(reexec.Self(), []string{childPrefix + class.name},
		&syscall.ProcAttr{Env: os.Environ(), Files: files})
	if err != nil {
		return 0, -1, 0, fmt.Errorf("fork and exec child: %w", err)
	}
	return pid, memfd, int64(len(text)), nil
}

// readReport is the parent's end of tellParent; nil when the child had nothing to tell.
func readReport(memfd int, offset int64) *report {
	var stat unix.Stat_t
	if unix.Fstat(memfd, &stat) != nil || stat.Size <= offset || stat.Size-offset > reportMaximum {
		return nil
	}
	text := make([]byte, stat.Size-offset)
	n, err := unix.Pread(memfd, text, offset)
	var told report
	if err != nil || json.Unmarshal(text[:n], &told) != nil {
		return nil
	}
	return &told
}

// childMain is the life of a re-exec'd child. Its status is 0, or 1 when the handler failed in any way, as in Python.
func childMain(class *HandlerClass) {
	status := 1
	defer func() { os.Exit(status) }()
	_ = os.WriteFile("/proc/self/comm", []byte(class.name), 0) // the kernel would call it "exe"
	r, err := openLetter()
	if err != nil {
		fmt.Fprintf(os.Stderr, "socketserver: child: %v\n", err)
		return
	}
	if r.Packet == nil {
		defer func() {
			_ = r.Conn.CloseWrite()
			_ = r.Conn.Close()
		}()
	}
	err = Exit(status) // what remains if the handler leaves by runtime.Goexit
	defer func() {
		if err != nil {
			tellParent(err)
		}
	}()
	if err = class.run(r); err == nil {
		status = 0
	}
}

func openLetter() (*Request, error) {
	unix.CloseOnExec(connFD)
	unix.CloseOnExec(letterFD)
	if _, err := unix.Seek(letterFD, 0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("find letter: %w", err)
	}
	text, err := io.ReadAll(fdReader(letterFD))
	if err != nil {
		return nil, fmt.Errorf("read letter: %w", err)
	}
	var l letter
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("read letter: %w", err)
	}
	client, err := parseAddress(l.Network, string(l.Client))
	if err != nil {
		return nil, fmt.Errorf("read letter: %w", err)
	}
	r := &Request{Conn: newConn(connFD, l.Network, client, nil), ClientAddress: client, Truncated: l.Cut}
	if !l.Stream {
		r.Packet = append([]byte{}, l.Packet...)
	}
	return r, nil
}

// tellParent puts the report behind the letter, where the descriptor stands now.
func tellParent(err error) {
	told := report{Text: err.Error(), Exit: isExit(err)}
	var panicked *PanicError
	if errors.As(err, &panicked) {
		told.Stack = string(panicked.Stack)
	}
	if text, err := json.Marshal(told); err == nil && len(text) <= reportMaximum {
		_, _ = unix.Write(letterFD, text)
	}
}

type fdReader int

func (fd fdReader) Read(p []byte) (int, error) {
	n, err := unix.Read(int(fd), p)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), err
}

// ChildError is what HandleError gets when a child ended other than with status 0.
type ChildError struct {
	PID    int
	Status unix.WaitStatus
	Text   string // the error of its handler; empty when it could not tell
	Stack  string // of a panic
}

func (e *ChildError) Error() string {
	switch {
	case e.Text != "":
		return fmt.Sprintf("child %d: %s", e.PID, e.Text)
	case e.Status.Signaled():
		return fmt.Sprintf("child %d was killed by %s", e.PID, unix.SignalName(e.Status.Signal()))
	}
	return fmt.Sprintf("child %d ended with status %d", e.PID, e.Status.ExitStatus())
}
