package socket

import "golang.org/x/sys/unix"

// Poll is poll(2), for which arm64 has ppoll(2) only: the number of ready descriptors, 0 after that many milliseconds;
// -1 is for ever. An interruption by a signal is an error.
func Poll(fds []unix.PollFd, milliseconds int) (int, error) { return unix.Poll(fds, milliseconds) }
