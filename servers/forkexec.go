package servers

// The server that forks and executes: a program anew for each connection.
//
// inetd and sshd serve so. The child calls execve(2), and the kernel replaces everything that fork has copied: code,
// memory, signal handlers. Only the descriptors without the close-on-exec flag stay, and by old custom the connection
// is 0 and 1, standard input and output, so that any program that reads and writes can be a server. The new program
// begins from zero, which is dear, but owes nothing to the old one: it can be another program, of another user, and
// whatever it leaks is gone with it.
//
// Here the program is this one again (/proc/self/exe). As it has a whole Go runtime, it can run any Go code on the
// connection, which a child that only forks cannot: see Handle.
//
// Go forks for an exec with CLONE_VM and CLONE_VFORK: the child borrows the parent's memory, and the parent's thread
// stops until the exec, so that no page tables are copied in vain. With the child comes a descriptor of it (a pidfd),
// which the runtime's epoll reports when the child has ended: so a goroutine can wait for each child, and no thread.
// Before its first child package os makes one that ends at once, to try whether pidfds work: a tracer sees one process
// more than clients.
//
// Order of system calls: parent accept4, clone, close, ..., waitid; child dup3 (0 and 1), execve, those of a starting
// Go program, fcntl, read, write, ..., read = 0, exit_group.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/report"
	"tracer/servers/internal/server"
	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// childName is the new program's argv[0], by which Reexecuted knows it. After it stand the handler's name, the
// service and the work.
const childName = "forkexec-child"

var handlers = map[string]func(net.Conn){}

func init() { reexec.Register(childName, runChild) }

// Handle registers a name for a function that serves a connection, for Options.Handler of the model forkexec. The child
// closes the connection and ends with status 0 when it returns; a panic ends the child. Call it before Reexecuted, as
// from an init function. It panics if the name is taken or empty.
func Handle(name string, handler func(net.Conn)) {
	if _, taken := handlers[name]; taken || name == "" || handler == nil {
		panic(fmt.Sprintf("servers: handler %q is taken, or has no name or function", name))
	}
	handlers[name] = handler
}

// Reexecuted is the first call of main in a program that uses the model forkexec. If the process is a child of such a
// server it serves its connection and then returns true: main returns at once.
func Reexecuted() bool { return reexec.Init() }

// runChild is the new program: the connection is standard input and output.
func runChild() {
	if err := serveStandard(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", childName, err)
		os.Exit(1)
	}
}

func serveStandard(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("%d arguments, want handler, service and work", len(args))
	}
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		return fmt.Errorf("take the connection from standard input: %w", err)
	}
	defer conn.Close()
	os.Stdin.Close()
	os.Stdout.Close() // or the client would not see the end when the handler closes
	if handler, ok := handlers[args[0]]; ok {
		handler(conn)
		return nil
	}
	kind, err := service.Parse(args[1])
	if err != nil {
		return err
	}
	work, err := service.ParseWork(args[2])
	if err != nil {
		return err
	}
	if err := server.Converse(server.StreamOf(conn), service.NewTalk(kind, true), work.Do); err != nil {
		return err
	}
	if work.Exit != 0 {
		os.Exit(work.Exit)
	}
	return nil
}

type forkExecServer struct {
	*base
	free     chan struct{} // holds as many values as children may still be made
	mu       sync.Mutex
	children map[int]struct{} // pids of those not yet reaped
	waiting  sync.WaitGroup
}

func newForkExec(b *base) Server {
	return &forkExecServer{base: b, free: make(chan struct{}, b.options.Limit), children: map[int]struct{}{}}
}

// checkHandler refuses a handler that is not there.
func checkHandler(name string) error {
	if _, ok := handlers[name]; ok || name == "" {
		return nil
	}
	if len(handlers) == 0 {
		return fmt.Errorf("unknown handler %q: this program has none", name)
	}
	return fmt.Errorf("unknown handler %q: use one of %s", name, strings.Join(slices.Sorted(maps.Keys(handlers)), ", "))
}

func (s *forkExecServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	release := s.InterruptWith(ctx)
	err := s.acceptAll(ctx)
	ended, endErr := proc.End(s.living, s.options.Grace)
	s.Note(func(r *Report) { r.Ended += int64(ended) })
	s.waiting.Wait()
	return errors.Join(err, endErr, s.CloseSocket(release))
}

func (s *forkExecServer) acceptAll(ctx context.Context) error {
	for {
		select {
		case s.free <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		conn, ok, err := s.Accept(ctx, 0)
		if !ok {
			return err
		}
		if err := s.start(conn); err != nil {
			s.Failed("execve", err)
			<-s.free
		}
	}
}

// start executes the program for a connection.
func (s *forkExecServer) start(conn int) error {
	file := os.NewFile(uintptr(conn), "connection")
	defer file.Close()
	o := s.options
	child := reexec.Command(childName, o.Handler, o.Service.String(), s.Work().String())
	child.SysProcAttr.Pdeathsig = 0 // as with inetd, a client outlives the server
	child.Stdin, child.Stdout, child.Stderr = file, file, os.Stderr
	pidfd := -1 // stays so if the kernel has none
	child.SysProcAttr.PidFD = &pidfd
	if err := child.Start(); err != nil {
		return err
	}
	s.Note(func(r *Report) { r.Processes++; r.Execs++ })
	s.mu.Lock()
	s.children[child.Process.Pid] = struct{}{}
	s.mu.Unlock()
	s.waiting.Go(func() {
		awaitEnd(pidfd)
		s.wait(child)
	})
	return nil
}

// awaitEnd parks the goroutine until the process has ended. Where that is not possible it returns at once, and
// the wait that follows blocks a thread.
func awaitEnd(pidfd int) {
	if pidfd < 0 || socket.SetNonblock(pidfd) != nil {
		return
	}
	file := os.NewFile(uintptr(pidfd), "pidfd") // non-blocking: the runtime watches it
	defer file.Close()
	if raw, err := file.SyscallConn(); err == nil {
		_ = raw.Read(func(fd uintptr) (ended bool) {
			n, err := socket.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			return n > 0 || err != nil && err != unix.EINTR
		})
	}
	// The flag is one with that of package os, whose wait would be told to come again.
	_ = unix.SetNonblock(pidfd, false)
}

// wait reaps one child.
func (s *forkExecServer) wait(child *exec.Cmd) {
	err := child.Wait()
	s.mu.Lock()
	delete(s.children, child.Process.Pid)
	s.mu.Unlock()
	<-s.free
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Failed(report.Wait, err)
		return
	}
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); ok {
		s.Note(func(r *Report) { r.CountReaped(unix.WaitStatus(status)) })
	}
}

// living lists the children that have not been reaped.
func (s *forkExecServer) living() ([]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.children)), nil
}
