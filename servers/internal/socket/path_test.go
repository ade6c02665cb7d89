package socket

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCheckPath: what it lets through the kernel takes, and what is a byte longer not.
func TestCheckPath(t *testing.T) {
	folder, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	for _, begin := range []string{folder + "/", "@" + folder} {
		for _, more := range []int{0, 1} {
			address := begin + strings.Repeat("x", mostPath+more-len(begin))
			s, err := Listen(Config{Network: "unix", Address: address, Backlog: 1})
			if err == nil {
				s.Close()
			}
			fd, _ := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			kernel := unix.Bind(fd, &unix.SockaddrUnix{Name: address})
			unix.Close(fd)
			if (err == nil) != (more == 0) || (kernel == nil) != (more == 0) ||
				(CheckPath(address) == nil) != (more == 0) {
				t.Errorf("%d bytes: %v, %v, %v", len(address), err, kernel, CheckPath(address))
			}
			os.Remove(address)
		}
	}
}
