// Command bench measures servers under load and prints ratios. All ways of a table run interleaved (A B C A B C ...),
// because a machine's speed drifts, and each is compared with the baseline of the same round.
//
//	bench start       what it costs to begin a trace, and to end it
//	bench memory      what it has resident while it records
//	bench reading     what it costs to read a recording
//	bench loops       what the tools cost that trace the same events, where there are the most of them
//	bench servers     what they cost servers
//	bench limits      how much tracer bears, in single figures
//	bench programs    what each of tracer's programs takes in the kernel
//	bench stalls      what it costs to look for what holds a task
//	bench screens     what the screen costs beside other monitors, while 20,000 tasks are there
//	bench coroutines  what it costs that coroutines are traced
//	bench models      the bundled servers, what a Go programmer would pick instead, and Python's originals
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	s := settings{}
	flag.IntVar(&s.rounds, "rounds", 5, "interleaved rounds")
	flag.IntVar(&s.count, "count", 1000, "connections in each run")
	flag.IntVar(&s.concurrency, "concurrency", 8, "connections at once")
	flag.StringVar(&s.tracer, "tracer", "./tracer", "the binary to measure")
	flag.StringVar(&s.other, "other", "", "start, memory, reading, loops, servers, programs, screens: another build "+
		"of tracer, to measure beside it instead of other tools")
	flag.StringVar(&s.peers, "peers", "", "models: the binary of internal/peers")
	flag.StringVar(&s.python, "python", "/usr/bin/python3", "models: runs the originals; left out if it is not there")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: bench [flags] NAME, which is one of "+groupNames())
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measureAll(ctx, s, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type settings struct {
	rounds, count, concurrency int
	tracer, other              string
	peers, python              string
}

func measureAll(ctx context.Context, s settings, args []string) error {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if len(args) != 1 || groups[args[0]] == nil {
		return fmt.Errorf("name what to measure: %s", groupNames())
	}
	return groups[args[0]](s, ctx, folder)
}

// groups are what can be measured, by name.
var groups = map[string]func(s settings, ctx context.Context, folder string) error{
	"start": settings.start, "memory": settings.memory, "reading": settings.reading, "loops": settings.loops,
	"servers": settings.servers, "limits": settings.limits, "programs": settings.programs, "stalls": settings.stalls,
	"coroutines": settings.coroutines, "models": settings.models, "screens": settings.screens,
}

func groupNames() string { return strings.Join(slices.Sorted(maps.Keys(groups)), ", ") }

// runAll measures contests.
func (s settings) runAll(ctx context.Context, contests []contest) error {
	for _, c := range contests {
		if err := c.run(ctx, s.rounds); err != nil {
			return err
		}
	}
	return nil
}
