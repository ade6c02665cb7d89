package servers

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func readProc(t *testing.T, path string, pid int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf(path, pid))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func entries(t *testing.T, path string, pid int) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf(path, pid))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func descriptorsAbove2(t *testing.T, pid int) (n int) {
	t.Helper()
	for _, e := range entries(t, "/proc/%d/fd", pid) {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			n++
		}
	}
	return n
}

func setLimit(t *testing.T, l unix.Rlimit) {
	t.Helper()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
}

// rawConn is a connection without the runtime's help, which needs descriptors of its own.
type rawConn struct {
	net.Conn
	fd int
}

func (c *rawConn) Read(b []byte) (int, error)  { return unix.Read(c.fd, b) }
func (c *rawConn) Write(b []byte) (int, error) { return unix.Write(c.fd, b) }
func (c *rawConn) Close() error                { return unix.Close(c.fd) }

// starved is a connection made before the process ran out of descriptors; restore gives them back.
type starved struct {
	rawConn
	restore func()
}

// dialWithout connects while the process may open no further descriptor, so that the accept fails.
func (r *running) dialWithout(t *testing.T) *starved {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, err := net.ResolveTCPAddr("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	// Room for nothing new, but the server's own descriptors stay usable: the limit is for numbers to be given out.
	setLimit(t, unix.Rlimit{Cur: 3, Max: old.Max})
	restore := func() { setLimit(t, old) }
	t.Cleanup(restore)
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())}); err != nil {
		t.Fatal(err)
	}
	return &starved{rawConn: rawConn{fd: fd}, restore: restore}
}

// fillDescriptors opens descriptors until the next would be number n, and closes them after the test.
func fillDescriptors(t *testing.T, n int) (fds []int) {
	t.Helper()
	for {
		fd, err := unix.Dup(0)
		if err != nil {
			t.Fatal(err)
		}
		if fd >= n {
			unix.Close(fd)
			break
		}
		fds = append(fds, fd)
	}
	t.Cleanup(func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	})
	return fds
}

// refuseForks makes fork fail with EAGAIN on the calling thread, by a seccomp filter: clone with no flags but SIGCHLD.
func refuseForks() error {
	const (
		load, equal, give = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K,
			unix.BPF_RET | unix.BPF_K
		number, argument = 0, 16 // offsets in struct seccomp_data
	)
	filter := []unix.SockFilter{
		{Code: load, K: number},
		{Code: equal, Jf: 3, K: unix.SYS_CLONE},
		{Code: load, K: argument},
		{Code: equal, Jf: 1, K: uint32(unix.SIGCHLD)},
		{Code: give, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EAGAIN)},
		{Code: give, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}
