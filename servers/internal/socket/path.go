package socket

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mostPath is how many bytes the path of a Unix socket can have: one less than sun_path, which is to hold its end, too
// (unix(7)). The library takes no longer abstract name, either.
const mostPath = len(unix.RawSockaddrUnix{}.Path) - 1

// CheckPath refuses an address of a Unix socket that is too long. bind(2) and connect(2) would call it an invalid
// argument.
func CheckPath(address string) error {
	if len(address) > mostPath {
		return fmt.Errorf("the address of a Unix socket has at most %d bytes, and this one %d; name a shorter path, "+
			"such as one from the working directory", mostPath, len(address))
	}
	return nil
}
