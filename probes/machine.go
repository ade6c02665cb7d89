package probes

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// Uname returns what uname -r and uname -m print: the release of the kernel, and its name for the machine's processors.
func Uname() (release, machine string) {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "", ""
	}
	return unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Machine[:])
}

// atClockTicks is AT_CLKTCK (include/uapi/linux/auxvec.h).
const atClockTicks = 17

// ClockTicks returns what sysconf(_SC_CLK_TCK) does, which libc has from the auxiliary vector: the unit of the times in
// /proc, as so many a second. 0: not known.
func ClockTicks() int {
	vector, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return 0
	}
	for ; len(vector) >= 16; vector = vector[16:] {
		if binary.NativeEndian.Uint64(vector) == atClockTicks {
			return int(binary.NativeEndian.Uint64(vector[8:]))
		}
	}
	return 0
}
