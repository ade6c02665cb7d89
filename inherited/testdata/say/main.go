// Command say prints what it was given, in the words of /proc/self/status, and which standard descriptors were closed.
// The last goes to the file that it is told, since standard output can be one of them.
package main

import (
	"fmt"
	"os"

	"tracer/inherited"
)

func main() {
	said := fmt.Sprintf("SigBlk:\t%016x\nSigIgn:\t%016x\n", uint64(inherited.Blocked()), uint64(inherited.Ignored()))
	for fd := range 3 {
		if inherited.Closed(fd) {
			said += fmt.Sprintf("closed %d\n", fd)
		}
	}
	if err := os.WriteFile(os.Args[1], []byte(said), 0o600); err != nil {
		panic(err)
	}
}
