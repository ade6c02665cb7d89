package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// limits are single figures, each beside what it is to be.
func (s settings) limits(ctx context.Context, folder string) error {
	loops, err := build(folder, "loops")
	if err != nil {
		return err
	}
	fmt.Printf("\n| what | here | aim |\n| --- | --- | --- |\n")
	row := func(what, here, aim string) { fmt.Printf("| %s | %s | %s |\n", what, here, aim) }
	for _, measure := range []func(context.Context, string, string, func(what, here, aim string)) error{s.idle, s.flood,
		s.stall, s.firstTree} {
		if err := measure(ctx, loops, folder, row); err != nil {
			return err
		}
	}
	return nil
}

const idleTime = 20 * time.Second

// idle is a traced program that only waits.
func (s settings) idle(ctx context.Context, _, folder string, row func(what, here, aim string)) error {
	return s.while(ctx, folder, func(pid int) error {
		time.Sleep(2 * time.Second) // until it blocks
		before := onProcessor(pid)
		time.Sleep(idleTime)
		used := onProcessor(pid) - before
		row("CPU while nothing happens", fmt.Sprintf("%.3f %% of a core", 100*used.Seconds()/idleTime.Seconds()),
			"0.1 %")
		return nil
	})
}

// onProcessor is how long the threads of a process have run (proc(5), /proc/PID/task/TID/schedstat).
func onProcessor(pid int) (total time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is right
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil { // the thread has ended
			continue
		}
		ran, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(ran, 10, 64) // it is a number
		total += time.Duration(n)
	}
	return total
}

// flood has two loops on two processors, and replays what was recorded.
func (s settings) flood(ctx context.Context, loops, folder string, row func(what, here, aim string)) error {
	file, count := filepath.Join(folder, "flood.trc"), 200*s.count
	cmd := s.record(ctx, file, "--buffer", "16M", "--", "sh", "-c",
		fmt.Sprintf("taskset -c 0 %[1]s vfork %[2]d & taskset -c 1 %[1]s vfork %[2]d; wait", loops, count))
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("flood: %w", err)
	}
	longest := 0.0
	for line := range bytes.Lines(out) {
		var seconds, cpu float64
		if _, err := fmt.Sscan(string(line), &seconds, &cpu); err != nil {
			return err
		}
		longest = max(longest, seconds)
	}
	begin := time.Now()
	sum, err := s.summarize(ctx, file)
	took := time.Since(begin)
	if err != nil {
		return err
	}
	if want := 2*count + 2; sum.EventsLost == 0 && sum.ProcessesCreated != want {
		return fmt.Errorf("%d processes were made, and %d are counted", want, sum.ProcessesCreated)
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	row("events a second, of two producers into 16 MiB", fmt.Sprintf("%.0f; %d of %d lost", float64(sum.Events)/longest,
		sum.EventsLost, sum.Events), "700,000; 0 lost")
	row("bytes an event, recorded", fmt.Sprintf("%.1f", float64(info.Size())/float64(sum.Events)), "5")
	row(fmt.Sprintf("most memory of record, %d tasks seen", sum.ProcessesCreated),
		fmt.Sprintf("%.0f MB", float64(resident(cmd.ProcessState))/1024), "24 MB and the buffer")
	row("events a second, replayed into a summary", fmt.Sprintf("%.1f million", float64(sum.Events)/took.Seconds()/1e6),
		"20 million")
	return nil
}

// stall stops tracer for a second while the events go on.
func (s settings) stall(ctx context.Context, loops, folder string, row func(what, here, aim string)) error {
	for _, buffer := range []string{"4M", "64M"} {
		file := filepath.Join(folder, "stall.trc")
		cmd := s.record(ctx, file, "--buffer", buffer, "--", "sh", "-c",
			fmt.Sprintf("echo ready; taskset -c 0 %s vfork %d", loops, 200*s.count))
		out, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			return err
		}
		lines := bufio.NewReader(out)
		_, err = lines.ReadString('\n')
		err = errors.Join(err, cmd.Process.Signal(syscall.SIGSTOP))
		time.Sleep(time.Second)
		err = errors.Join(err, cmd.Process.Signal(syscall.SIGCONT))
		_, _ = lines.ReadString('\n')
		if err := errors.Join(err, cmd.Wait()); err != nil {
			return err
		}
		sum, err := s.summarize(ctx, file)
		if err != nil {
			return err
		}
		row("reader stopped for a second, --buffer "+buffer, fmt.Sprintf("%d lost, %d kept", sum.EventsLost,
			sum.Events), "0 lost")
	}
	return nil
}

const runningTasks = 10_000

// firstTree attaches to a process with many threads.
func (s settings) firstTree(ctx context.Context, loops, folder string, row func(what, here, aim string)) error {
	sleepers := exec.CommandContext(ctx, loops, "sleepers", strconv.Itoa(runningTasks))
	in, errIn := sleepers.StdinPipe()
	out, errOut := sleepers.StdoutPipe()
	if err := errors.Join(errIn, errOut, sleepers.Start()); err != nil {
		return err
	}
	defer func() { _ = sleepers.Wait() }()
	defer in.Close()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return fmt.Errorf("make %d threads: %w", runningTasks, err)
	}
	file := filepath.Join(folder, "tree.trc")
	cmd := s.record(ctx, file, "--duration", "1s", strconv.Itoa(sleepers.Process.Pid))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("attach: %w\n%s", err, out)
	}
	exported, err := exec.CommandContext(ctx, s.tracer, "export", file, "--to", "jsonl").Output()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	var first, last int64
	for line := range bytes.Lines(exported) {
		var e struct {
			Kind string `json:"kind"`
			Time int64  `json:"time"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		if e.Kind != "seen" {
			continue
		}
		if first == 0 {
			first = e.Time
		}
		last = e.Time
	}
	row(fmt.Sprintf("all of %d running tasks met", runningTasks), fmt.Sprintf("in %.1f ms", float64(last-first)/1e6),
		"15 ms")
	row("memory of record with them", fmt.Sprintf("%.0f MB", float64(resident(cmd.ProcessState))/1024), "24 MB")
	share, err := s.onScreen(ctx, sleepers.Process.Pid)
	row("CPU of the screen with a row for each", fmt.Sprintf("%.2f %% of a core", share), "1 %")
	return err
}

// onScreen is what tracer's screen takes of a processor while it shows a process with all its threads, in percent.
func (s settings) onScreen(ctx context.Context, pid int) (share float64, err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	terminal := exec.CommandContext(ctx, "script", "-qfc", fmt.Sprintf("stty cols 120 rows 40; exec %s attach %d",
		s.tracer, pid), "/dev/null")
	keys, errKeys := terminal.StdinPipe()
	out, errOut := terminal.StdoutPipe()
	if err := errors.Join(errKeys, errOut, terminal.Start()); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil { // nothing else has ended it then
			end()
		}
		err = errors.Join(err, terminal.Wait())
	}()
	screen := bufio.NewReader(out)
	show := func(text string) error { // waits until it is on the screen; its last byte is in it once
		for {
			if drawn, err := screen.ReadString(text[len(text)-1]); err != nil || strings.HasSuffix(drawn, text) {
				return err
			}
		}
	}
	if err := show("STATE"); err != nil {
		return 0, fmt.Errorf("show the screen: %w", err)
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", terminal.Process.Pid))
	if err != nil {
		return 0, err
	}
	viewer, err := strconv.Atoi(strings.TrimSpace(string(children)))
	if err != nil {
		return 0, err
	}
	if _, err := keys.Write([]byte("t")); err != nil {
		return 0, err
	}
	if err := show("├"); err != nil {
		return 0, fmt.Errorf("show the threads: %w", err)
	}
	go func() { _, _ = screen.WriteTo(io.Discard) }() // a full pipe would stop the screen
	before := onProcessor(viewer)
	time.Sleep(idleTime)
	used := onProcessor(viewer) - before
	return 100 * used.Seconds() / idleTime.Seconds(), syscall.Kill(viewer, syscall.SIGINT)
}
