package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"tracer/servers/load"
)

// tracing is what tracing costs one of the bundled servers.
func (s settings) tracing(folder string) contest {
	server := []string{s.tracer, "serve", s.model}
	under := func(tool ...string) []string { return append(tool, server...) }
	c := contest{
		title: s.model + " server",
		load:  load.Options{Count: s.count, Concurrency: s.concurrency},
		ways: []way{
			{"no tracing", server},
			{"tracer record", under(s.tracer, "record", "-q", "-o", filepath.Join(folder, "bench.trc"), "--")},
		},
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: strace is not installed: it is left out")
		return c
	}
	const filter = "trace=process,accept4"
	c.ways = append(c.ways, way{"strace -f -e " + filter, under(strace, "-f", "-qq", "-e", filter, "-o", filepath.Join(folder, "strace.out"))})
	return c
}
