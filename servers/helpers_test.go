package servers

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"

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
