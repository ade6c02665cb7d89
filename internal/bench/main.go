// Command bench measures servers under load and prints ratios. All ways of a table run interleaved (A B C A B C ...),
// because a machine's speed drifts, and each is compared with the baseline of the same round.
//
//	bench start       what it costs to begin a trace, and to end it
//	bench loops       what the tools cost that trace the same events, where there are the most of them
//	bench servers     what they cost servers
//	bench limits      how much tracer bears, in single figures
//	bench programs    what each of tracer's programs takes in the kernel
//	bench stalls      what it costs to look for what holds a task
//	bench coroutines  what it costs that coroutines are traced
//	bench models      the bundled servers, what a Go programmer would pick instead, and Python's originals
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	s := settings{}
	flag.IntVar(&s.rounds, "rounds", 5, "interleaved rounds")
	flag.IntVar(&s.count, "count", 1000, "connections in each run")
	flag.IntVar(&s.concurrency, "concurrency", 8, "connections at once")
	flag.StringVar(&s.tracer, "tracer", "./tracer", "the binary to measure")
	flag.StringVar(&s.other, "other", "", "start, loops, servers, programs: another build of tracer, to measure beside it "+
		"instead of other tools")
	flag.StringVar(&s.peers, "peers", "", "models: the binary of internal/peers")
	flag.StringVar(&s.python, "python", "/usr/bin/python3", "models: runs the originals; left out if it is not there")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: bench [flags] "+
			"start|loops|servers|limits|programs|stalls|coroutines|models")
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
	if len(args) != 1 {
		return fmt.Errorf("name what to measure: start, loops, servers, limits, programs, stalls, coroutines or models")
	}
	var contests []contest
	switch args[0] {
	case "start":
		return s.start(ctx, folder)
	case "loops":
		return s.loops(ctx, folder)
	case "servers":
		return s.servers(ctx, folder)
	case "limits":
		return s.limits(ctx, folder)
	case "programs":
		return s.programs(ctx, folder)
	case "stalls":
		return s.stalls(ctx, folder)
	case "coroutines":
		contests = s.coroutines(folder)
	case "models":
		if contests, err = s.models(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%q cannot be measured: name start, loops, servers, limits, programs, stalls, coroutines or models",
			args[0])
	}
	for _, c := range contests {
		if err := c.run(ctx, s.rounds); err != nil {
			return err
		}
	}
	return nil
}
