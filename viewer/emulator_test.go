package viewer

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openPTY opens a pseudoterminal of 80x24 (man 4 ptmx).
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pty: %v", err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("unlock pty: %v", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("number of pty: %v", err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatalf("size of pty: %v", err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// emulator understands as much of a terminal's language as the viewer speaks: text, moving the cursor, clearing.
type emulator struct {
	cells [24][80]rune
	x, y  int
	rest  string // a sequence whose end has not come yet
}

var sequence = regexp.MustCompile(`^(?:\x1b\[([0-9;?>=]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()].|\x1b[^\[\]()])`)

func (e *emulator) write(s string) {
	s = e.rest + s
	for s != "" {
		if s[0] == '\x1b' {
			m := sequence.FindStringSubmatch(s)
			if m == nil {
				break
			}
			e.control(m[1], m[2])
			s = s[len(m[0]):]
			continue
		}
		r := []rune(s[:min(len(s), 4)])[0]
		if r == '\ufffd' {
			break // the rest of a character has not come yet
		}
		e.put(r)
		s = s[len(string(r)):]
	}
	e.rest = s
}

func (e *emulator) put(r rune) {
	switch {
	case r == '\r':
		e.x = 0
	case r == '\n':
		e.y++
	case r >= ' ' && e.x < 80 && e.y < 24:
		e.cells[e.y][e.x] = r
		e.x++
	}
}

func (e *emulator) control(parameters, final string) {
	switch final {
	case "H":
		row, column, _ := strings.Cut(parameters, ";")
		e.y, e.x = atLeastOne(row)-1, atLeastOne(column)-1
	case "J":
		e.cells = [24][80]rune{}
	}
}

func atLeastOne(s string) int {
	n, _ := strconv.Atoi(s)
	return max(n, 1)
}

// text is the screen, row by row.
func (e *emulator) text() string {
	var b strings.Builder
	for _, row := range e.cells {
		for _, r := range row {
			if r == 0 {
				r = ' '
			}
			b.WriteRune(r)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
