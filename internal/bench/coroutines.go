package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"tracer/servers/load"
)

// coroutines is what it costs a server that its coroutines are traced, beside tracing alone.
func (s settings) coroutines(ctx context.Context, folder string) error {
	file := filepath.Join(folder, "coroutines.trc")
	record := func(whose string, server []string) way {
		return way{"tracer record --coroutines " + whose, append([]string{s.tracer, "record", "-q", "-o", file,
			"--coroutines", whose, "--"}, server...)}
	}
	kept := load.Options{Count: s.concurrency, Concurrency: s.concurrency, Requests: max(1, s.count/s.concurrency),
		Service: "echo"}
	short := load.Options{Count: s.count, Concurrency: s.concurrency, Service: "echo"}
	contests := func(name string, server []string, whose ...string) []contest {
		ways := []way{{"no tracing", server}}
		for _, w := range whose {
			ways = append(ways, record(w, server))
		}
		return []contest{{title: name + ", kept connections", load: kept, ways: ways},
			{title: name + ", a connection a request", load: short, ways: ways}}
	}
	all := contests("coroutine server", []string{s.tracer, "serve", "coroutine"}, "none", "auto")
	if _, err := os.Stat(s.python); err == nil {
		all = append(all, contests("Python's gevent", []string{s.python, "internal/peers/peers.py", "gevent"}, "none",
			"auto")...)
	} else {
		fmt.Fprintf(os.Stderr, "bench: %s is not there: gevent is left out\n", s.python)
	}
	return s.runAll(ctx, append(all, contests("goroutine server", []string{s.tracer, "serve", "goroutine"}, "none",
		"goroutines", "carriers")...))
}
