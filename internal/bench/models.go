package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"tracer/servers/load"
)

// models are the bundled servers beside what else there is. Each server has one processor and the clients have the
// others, so that a model with one thread and one with many have the same.
func (s settings) models(ctx context.Context, _ string) error {
	if s.peers == "" {
		return errors.New("say with -peers where the binary of internal/peers is")
	}
	pin, err := splitProcessors()
	if err != nil {
		return err
	}
	on := func(command ...string) []string { return append(pin, command...) }
	ours := func(names ...string) (ways []way) {
		for _, name := range names {
			ways = append(ways, way{name, append(on(s.tracer, "serve"), strings.Fields(name)...)})
		}
		return ways
	}
	peers := func(names ...string) (ways []way) {
		for _, name := range names {
			ways = append(ways, way{"Go: " + name, on(s.peers, name)})
		}
		return ways
	}
	python := func(names ...string) (ways []way) {
		if _, err := os.Stat(s.python); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s is not there: Python's servers are left out\n", s.python)
			return nil
		}
		for _, name := range names {
			ways = append(ways, way{"Python: " + name, on(s.python, "internal/peers/peers.py", name)})
		}
		return ways
	}
	all := func(groups ...[]way) (ways []way) {
		for _, g := range groups {
			ways = append(ways, g...)
		}
		return ways
	}
	short := load.Options{Count: s.count, Concurrency: 64}
	kept := load.Options{Count: 64, Concurrency: 64, Requests: max(1, s.count/8)}
	short.Service, kept.Service = "echo", "echo"
	shortHTTP, keptHTTP := short, kept
	shortHTTP.Service, keptHTTP.Service = "http", "http"
	web := all(peers("net/http"), ours("http", "http --goroutines"), python("http"))
	return s.runAll(ctx, []contest{
		{title: "echo, a connection a request", load: short, ways: all(peers("net", "netpoll"),
			ours("loop", "select", "poll", "epoll", "coroutine", "goroutine", "threadpool", "thread", "prefork",
				"fork"),
			python("gevent", "thread", "fork"))},
		{title: "echo, kept connections", load: kept, ways: all(peers("net", "netpoll"),
			ours("select", "poll", "epoll", "coroutine", "goroutine", "thread"), python("gevent", "thread"))},
		{title: "http, a connection a request", load: shortHTTP, ways: web},
		{title: "http, kept connections", load: keptHTTP, ways: web},
	})
}

// splitProcessors takes this process off the first processor that it has, and returns what puts a command on that one.
func splitProcessors() (pin []string, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("ask for the processors: %w", err)
	}
	if set.Count() < 2 {
		return nil, errors.New("two processors are needed: one for the servers, one for the clients")
	}
	first := 0
	for !set.IsSet(first) {
		first++
	}
	set.Clear(first)
	entries, err := os.ReadDir("/proc/self/task") // the threads there are; those to come inherit it
	if err != nil {
		return nil, fmt.Errorf("list the threads: %w", err)
	}
	for _, e := range entries {
		tid := 0
		if _, err := fmt.Sscan(e.Name(), &tid); err != nil {
			return nil, fmt.Errorf("list the threads: %w", err)
		}
		if err := unix.SchedSetaffinity(tid, &set); err != nil && err != unix.ESRCH {
			return nil, fmt.Errorf("move to the other processors: %w", err)
		}
	}
	runtime.GOMAXPROCS(set.Count())
	return []string{"taskset", "-c", fmt.Sprint(first)}, nil
}
