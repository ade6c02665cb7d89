// Command attack puts tracer under all that goes wrong on real machines, and holds what it does against what really
// happened.
//
//	attack kills       tracer is killed at any moment: nothing is left, nothing that it traced is harmed
//	attack floods      more events than tracer can take, while it is held up: what is lost is told, the end is right
//	attack limits      namespaces, limits and environments: exact, or one line that says why not
//	attack recordings  damaged recordings: what is read ends soon, in little memory and with one line
//	attack names       bytes that move a cursor, wherever a name can stand: they reach no terminal
//	attack servers     what clients send that are broken or rude, and datagrams: never laxer than net/http, as
//	                   Python's socketserver, and all is given back; what servers answer to the client that loads them
//
// Recordings are read by the commands, most of them in one process (cmd/tracer/many_test.go), some each in its own.
//
// A part is made of tries. All that a try does is drawn from the seed, the name of its part and its number, so that any
// of them can be done again alone. What really happened is told by the programs themselves, by /proc and by the kernel.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == leaderRole {
		os.Exit(lead(os.Args[2:]))
	}
	var s stage
	var length time.Duration
	only := flag.Int("try", -1, "only the try of this number")
	flag.Uint64Var(&s.seed, "seed", 0, "what all is drawn from (default: another each time)")
	flag.DurationVar(&length, "time", 2*time.Minute, "how long all parts take together, about")
	flag.StringVar(&s.tracer, "tracer", "./tracer", "the binary to attack")
	flag.StringVar(&s.many, "many", "./many", "the test binary of cmd/tracer, by this name")
	flag.StringVar(&s.twin, "twin", "./twin", "the binary of servers/socketserver/internal/twin")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: attack [flags] [PART...]\nparts: %s\n",
			strings.Join(partNames(), ", "))
		flag.PrintDefaults()
	}
	flag.Parse()
	if s.seed == 0 {
		s.seed = uint64(time.Now().UnixNano()) % 1_000_000_000
	}
	endings := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	if signal.Ignored(syscall.SIGHUP) { // by nohup: it goes on after a hangup, but what it starts must not inherit that
		endings = endings[:2]
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), endings...)
	defer stop()
	failed, err := s.attack(ctx, flag.Args(), length, *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
	}
	if err != nil || failed > 0 {
		os.Exit(1)
	}
}

// attack runs the named parts, or all, and returns how many tries failed.
func (s *stage) attack(ctx context.Context, names []string, length time.Duration, only int) (failed int, err error) {
	chosen, err := choose(names)
	if err != nil {
		return 0, err
	}
	if err := s.open(); err != nil {
		return 0, err
	}
	defer func() {
		if closed := s.close(); err == nil {
			err = closed
		}
	}()
	end := time.Now().Add(length)
	shares := 0.0
	for _, p := range chosen {
		shares += p.share
	}
	var lines []string // for the end, where all of them stand together
	var errs []error
	for _, p := range chosen {
		until := time.Now().Add(time.Duration(float64(time.Until(end)) * p.share / shares))
		shares -= p.share
		r := report{part: p, begin: time.Now()}
		err := s.do(ctx, &r, until, only)
		failed += r.failed
		lines = append(lines, r.line(s.seed)+"\n")
		if ctx.Err() != nil {
			errs = append(errs, errors.New("interrupted"))
			break
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	fmt.Print(strings.Join(lines, ""))
	return failed, errors.Join(errs...)
}
