package socket

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
)

// ExplainInUse says of an address that is in use what to do about it. The file of a Unix socket stays when its server
// is killed, and bind(2) fails on it whether somebody listens there or not; only connect(2) tells. It is not removed
// here: a server that has bound and does not listen yet looks the same.
func ExplainInUse(network, address string, err error) error {
	if !errors.Is(err, unix.EADDRINUSE) {
		return err
	}
	remedy := "choose another --address, or end the server that has it: ss -lntup shows who"
	if network == "unix" {
		remedy = "choose another --address, or end the server that listens there: ss -lxp shows who"
		switch info, statErr := os.Lstat(address); {
		case statErr == nil && info.Mode().Type() != fs.ModeSocket:
			remedy = "it is a file that is not a socket; choose another --address"
		case statErr == nil && isRefused(address):
			remedy = "no server listens there any more: remove the file"
			if !strings.HasPrefix(address, "-") && !strings.ContainsFunc(address, isSpecial) {
				remedy = "no server listens there any more: rm " + address
			}
		}
	}
	return &inUse{address, remedy, err}
}

// isSpecial reports whether a shell could take a character for another than itself.
func isSpecial(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_@%+=:,./-", r)
}

type inUse struct {
	address, remedy string
	err             error
}

func (e *inUse) Error() string { return "the address " + e.address + " is in use; " + e.remedy }
func (e *inUse) Unwrap() error { return e.err }

func isRefused(path string) bool {
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, unix.ECONNREFUSED)
}
