package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracer/servers/load"
)

// served is a server with its clients: what tracing it costs.
type served struct {
	title   string
	command []string
	load    func(ctx context.Context, address string) (perSecond, p99 float64, err error)
}

// servers is what each tool costs servers: a process and a thread a connection, Python's, and nginx, where few events
// happen.
func (s settings) servers(ctx context.Context, folder string) error {
	echo, err := build(folder, "echo")
	if err != nil {
		return err
	}
	all := []served{
		{"a process a connection, in C", []string{echo, "fork", strconv.Itoa(s.count)}, s.connections(s.count)},
		{"a thread a connection, in C", []string{echo, "thread", strconv.Itoa(10 * s.count)},
			s.connections(10 * s.count)},
	}
	if _, err := exec.LookPath(s.python); err == nil { // it takes ten times the CPU
		few := max(s.count/8, s.concurrency)
		all = append(all, served{"Python's ForkingTCPServer", []string{s.python, "testdata/bench/forking.py",
			strconv.Itoa(few)}, s.connections(few)})
	}
	if server, err := s.nginx(folder); err == nil {
		all = append(all, server)
	} else {
		fmt.Fprintf(os.Stderr, "bench: %v: nginx is left out\n", err)
	}
	tools := s.tools(folder)
	for _, server := range all {
		if err := server.measure(ctx, s.rounds, tools); err != nil {
			return err
		}
	}
	return nil
}

// connections makes as many as the server takes, each with one request.
func (s settings) connections(count int) func(ctx context.Context, address string) (perSecond, p99 float64, err error) {
	return func(ctx context.Context, address string) (perSecond, p99 float64, err error) {
		result, err := load.Run(ctx, load.Options{Address: address, Count: count, Concurrency: s.concurrency})
		if err == nil && result.Failed > 0 {
			err = fmt.Errorf("%d of %d connections failed", result.Failed, count)
		}
		if err != nil {
			return 0, 0, err
		}
		return result.PerSecond, float64(result.Latency.P99), nil
	}
}

// nginx is under wrk for three seconds.
func (s settings) nginx(folder string) (served, error) {
	for _, program := range []string{"nginx", "wrk", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			return served{}, err
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return served{}, err
	}
	_, port, _ := net.SplitHostPort(free.Addr().String()) // it is an address
	if err := free.Close(); err != nil {
		return served{}, err
	}
	return served{"nginx, one worker, kept connections", []string{"testdata/bench/nginx.sh",
		filepath.Join(folder, "nginx"), port}, wrk}, nil
}

var wrkFigures = regexp.MustCompile(`(?s)99%\s+([\d.]+)(us|ms|s).*Requests/sec:\s+([\d.]+)`)

func wrk(ctx context.Context, address string) (perSecond, p99 float64, err error) {
	out, err := exec.CommandContext(ctx, "wrk", "-t1", "-c8", "-d3s", "--latency", "http://"+address+"/").Output()
	if err != nil {
		return 0, 0, fmt.Errorf("wrk: %w", err)
	}
	found := wrkFigures.FindStringSubmatch(string(out))
	if found == nil {
		return 0, 0, fmt.Errorf("wrk says no figures: %s", out)
	}
	p99, _ = strconv.ParseFloat(found[1], 64) // they are numbers
	perSecond, _ = strconv.ParseFloat(found[3], 64)
	return perSecond, p99 * map[string]float64{"us": 1e-3, "ms": 1, "s": 1e3}[found[2]], nil
}

// measure runs the server under each tool in turns, and prints the table.
func (s *served) measure(ctx context.Context, rounds int, tools []*tool) error {
	results := make([][]measurement, len(tools))
	for round := range rounds {
		for i, t := range tools {
			m, err := s.once(ctx, t)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", s.title, t.name, err)
			}
			results[i] = append(results[i], m)
			fmt.Fprintf(os.Stderr, "round %d  %-22s %8.0f requests/s  p99 %6.1f ms  server's cpu %6.2f s\n", round+1,
				t.name, m.perSecond, m.p99, m.cpu.Seconds())
		}
	}
	fmt.Printf("\n%s: %d interleaved rounds\n\n", s.title, rounds)
	fmt.Println("| tool | throughput kept: median ratio (range) | p99: median ratio | the server's CPU: median ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for i, t := range tools {
		printRatios(t.name, results[i], results[0])
	}
	return nil
}

// once runs the server on a processor of its own where there are two. It ends with its input.
func (s *served) once(ctx context.Context, t *tool) (m measurement, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	argv := slices.Concat(t.command, []string{"/usr/bin/taskset", "-c", "0"}, s.command)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	var messages strings.Builder
	cmd.Stderr = &messages
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		return m, err
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err == nil {
		m.perSecond, m.p99, err = s.load(ctx, strings.TrimSpace(strings.TrimPrefix(first, "listening on ")))
	}
	if err != nil {
		cancel()
	}
	errIn = in.Close()
	rest, errOut := io.ReadAll(lines)
	if err := errors.Join(err, errIn, errOut, cmd.Wait()); err != nil {
		return m, fmt.Errorf("%w\n%s", err, &messages)
	}
	if text, ok := strings.CutPrefix(strings.TrimSpace(string(rest)), "cpu "); ok {
		seconds, err := strconv.ParseFloat(text, 64)
		m.cpu = time.Duration(seconds * float64(time.Second))
		return m, err
	}
	return m, nil
}
