package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// traced are the kernel's tracepoints nearest to the events of tracer.
var traced = []string{"sched:sched_process_fork", "sched:sched_process_exec", "sched:sched_process_exit",
	"signal:signal_generate", "signal:signal_deliver", "syscalls:sys_exit_wait4"}

// tool is a way to trace a command: its own arguments, before the command's, and what it wrote.
type tool struct {
	name    string
	command []string
	files   string // a pattern of what it wrote
	read    func(t *tool) (recorded, error)
	apart   bool // it does not wait for the command, whose CPU is not among its own then
}

// recorded is what a tool says that it saw.
type recorded struct {
	events int // all that it wrote
	exits  int // of tasks; -1: it does not tell
	lost   int // as it says itself
	unread int // bytes that it still had in memory
}

// needs are the programs without which a tool is left out.
var needs = map[string][]string{"perf record": {"perf"}, "perf trace": {"perf"}, "bpftrace": {"bpftrace"},
	"strace -f": {"strace"},
	"forkstat":  {"forkstat"}, "libbpf-tools": {"execsnoop", "exitsnoop", "sigsnoop"}}

// tools are those that are installed; the first is no tool at all.
func (s settings) tools(folder string) []*tool {
	file := func(name string) string { return filepath.Join(folder, name) }
	inTracefs := []string{"unshare", "--mount", "sh", "-c",
		`mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing; exec "$@"`, "sh"}
	within := func(command ...string) []string { return append(inTracefs[:len(inTracefs):len(inTracefs)], command...) }
	record := func(name, tracer string) *tool {
		return &tool{name: name, files: file("loops.trc"), read: settings{tracer: tracer}.readRecording,
			command: []string{tracer, "record", "-q", "-o", file("loops.trc"), "--"}}
	}
	if s.other != "" {
		return []*tool{{name: "no tracing"}, record("tracer record", s.tracer),
			record("tracer record, the other build", s.other)}
	}
	all := []*tool{
		{name: "no tracing"},
		record("tracer record", s.tracer),
		{name: "ftrace's ring buffer", files: file("ftrace.[0-9]*"), read: readFtrace,
			command: []string{"scripts/ftrace", file("ftrace"), strings.Join(traced, ",")}},
		{name: "perf record", files: file("perf.data"), read: readPerf,
			command: within("perf", "record", "-a", "-q", "-m", "4M", "-e", strings.Join(traced, ","), "-o",
				file("perf.data"), "--")},
		{name: "perf trace", files: file("perf.trace"), read: lines("sched_process_exit", `LOST (\d+) events`),
			apart: true, command: within("perf", "trace", "-a", "-m", "4M", "-e", strings.Join(traced, ","), "-o",
				file("perf.trace"), "--")},
		{name: "bpftrace", files: file("bpftrace.out"), read: lines("sched_process_exit", `Lost (\d+) events`),
			command: within("sh", "-c", `program=$1; shift; exec bpftrace -q -o "$0" -e "$program" -c "$*"`,
				file("bpftrace.out"), bpftraceProgram())},
		{name: "libbpf-tools", files: file("snoop.out"), read: lines(`loops +\d+ +\d+ +\d+ +[\d.]+ +\S+`,
			`[Ll]ost (\d+) events`),
			command: within("scripts/beside", file("snoop.out"), "execsnoop", "exitsnoop -T", "sigsnoop", "--")},
		{name: "forkstat", files: file("forkstat.out"), read: lines(` exit +\d+ .*(loops|unknown)`, `lost (\d+)`),
			command: []string{"scripts/beside", file("forkstat.out"), "forkstat", "--"}},
		{name: "strace -f", files: file("strace.out"), read: lines(`= \?$`, `lost (\d+)`),
			command: []string{"strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=process", "-o", file("strace.out")}},
	}
	var here []*tool
	for _, t := range all {
		if missing := missingOf(t.name); missing != "" {
			fmt.Fprintf(os.Stderr, "bench: %s is not installed: %s is left out\n", missing, t.name)
			continue
		}
		here = append(here, t)
	}
	return here
}

func missingOf(tool string) string {
	for _, program := range needs[tool] {
		if _, err := exec.LookPath(program); err != nil {
			return program
		}
	}
	return ""
}

// bpftraceProgram prints a line for each event of the traced command and its children.
func bpftraceProgram() string {
	var program strings.Builder
	for _, t := range traced {
		fmt.Fprintf(&program,
			`tracepoint:%s /comm == "loops" || comm == "echo"/ { printf("%%llu %%d %s\n", nsecs, tid); } `, t, t)
	}
	return program.String()
}

// size is how many bytes a tool wrote.
func (t *tool) size() (total int64, err error) {
	files, err := filepath.Glob(t.files)
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}

// summary is what is looked at of a recording's counters.
type summary struct {
	Events           int `json:"events"`
	EventsLost       int `json:"events_lost"`
	ProcessesCreated int `json:"processes_created"`
	ProcessesExited  int `json:"processes_exited"`
	ThreadsExited    int `json:"threads_exited"`
}

func (s settings) summarize(ctx context.Context, file string) (sum summary, err error) {
	out, err := exec.CommandContext(ctx, s.tracer, "summary", file, "--json").Output()
	if err != nil {
		return sum, fmt.Errorf("summary: %w", err)
	}
	return sum, json.Unmarshal(out, &sum)
}

func (s settings) readRecording(t *tool) (recorded, error) {
	sum, err := s.summarize(context.Background(), t.files)
	// A root is not counted
	return recorded{events: sum.Events, exits: sum.ProcessesExited + sum.ThreadsExited + 1, lost: sum.EventsLost}, err
}

// readFtrace adds up what the ring buffer of each processor says of itself.
func readFtrace(t *tool) (r recorded, err error) {
	text, err := os.ReadFile(strings.TrimSuffix(t.files, ".[0-9]*") + ".stats")
	if err != nil {
		return r, err
	}
	r.exits = -1
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		n, _ := strconv.Atoi(value) // the clock is no number, and not looked at
		switch name {
		case "entries", "read events":
			r.events += n
		case "bytes":
			r.unread += n
		case "overrun", "commit overrun", "dropped events":
			r.lost += n
		}
	}
	return r, nil
}

var perfStatistic = regexp.MustCompile(`(?m)^\s*(SAMPLE|LOST_SAMPLES|LOST) events:\s+(\d+)`)

func readPerf(t *tool) (r recorded, err error) {
	out, err := exec.Command("perf", "report", "--stats", "-i", t.files).Output()
	if err != nil {
		return r, fmt.Errorf("perf report: %w", err)
	}
	r.exits = -1
	for _, match := range perfStatistic.FindAllSubmatch(out, -1) {
		n, err := strconv.Atoi(string(match[2]))
		if err != nil {
			return r, err
		}
		if string(match[1]) == "SAMPLE" {
			r.events = max(r.events, n) // the total stands before that of each event
		} else {
			r.lost = max(r.lost, n)
		}
	}
	return r, nil
}

// lines reads what was written as text: which lines tell of an exit, and what the tool says of its losses.
func lines(exit, lost string) func(*tool) (recorded, error) {
	exits, losses := regexp.MustCompile(exit), regexp.MustCompile(lost)
	return func(t *tool) (r recorded, err error) {
		file, err := os.Open(t.files)
		if err != nil {
			return r, err
		}
		defer file.Close()
		in := bufio.NewScanner(file) // not all at once: what this process has counts as its children's
		for in.Scan() {
			r.events++
			if exits.Match(bytes.TrimSpace(in.Bytes())) {
				r.exits++
			}
			if said := losses.FindSubmatch(in.Bytes()); said != nil {
				n, _ := strconv.Atoi(string(said[1])) // it is digits
				r.lost += n
			}
		}
		return r, in.Err()
	}
}
