package sigchld

import (
	"bytes"
	"errors"
	"strconv"
)

// parsePending finds the mask of the line ShdPnd in the text of /proc/PID/status.
func parsePending(status []byte) (uint64, error) {
	for line := range bytes.Lines(status) {
		if mask, ok := bytes.CutPrefix(line, []byte("ShdPnd:")); ok {
			return strconv.ParseUint(string(bytes.TrimSpace(mask)), 16, 64)
		}
	}
	return 0, errors.New("read pending signals: no line ShdPnd")
}
