package truth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

const (
	afterRoot    = 30 * time.Second // for those who outlive the first process of a case
	shownEvents  = 60
	showFailures = 3 // rounds of one case that are told in full
)

// atOnce is how many cases run side by side: traced sets that must not see each other. TRUTH_AT_ONCE is another number,
// for a kernel that skips programs while somebody else looks into a BPF map, as a tracer does when it starts.
var atOnce = func() int {
	if n, err := strconv.Atoi(os.Getenv("TRUTH_AT_ONCE")); err == nil && n > 0 {
		return n
	}
	return 4
}()

// patience is for one case under the tracer, on a busy machine. TRUTH_PATIENCE is another, for a slow one.
var patience = func() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("TRUTH_PATIENCE")); err == nil {
		return d
	}
	return 3 * time.Minute
}()

var tracer = sync.OnceValues(func() (string, error) {
	if prebuilt != "" {
		return filepath.Join(prebuilt, "tracer"), nil
	}
	binary := filepath.Join(workshop, "tracer")
	// As make builds it, so that its packages need not be compiled again
	return binary, run("env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-o", binary, "tracer/cmd/tracer")
})

// TestTruth records every case and compares the counters of the recording with what the case says that it did.
// TRUTH_ROUNDS=n repeats each one n times, TRUTH_HOOKS=tracepoints takes that set of hooks.
func TestTruth(t *testing.T) {
	needProbes(t)
	binary, err := tracer()
	if err != nil {
		t.Fatal(err)
	}
	n := rounds(t, 1)
	eachCase(t, func(t *testing.T, p program, name string) {
		failures := 0
		for round := range n {
			if complaint := observe(t, binary, p, name); complaint != "" {
				if failures++; failures <= showFailures {
					t.Errorf("round %d: %s", round+1, complaint)
				}
			}
		}
		if failures > 0 && n > 1 {
			t.Errorf("%d of %d rounds differ", failures, n)
		}
	})
}

func needProbes(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		unable(t, "the probes need root")
	}
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		unable(t, "the kernel has no type information (BTF)")
	}
}

func rounds(t *testing.T, without int) int {
	t.Helper()
	text := os.Getenv("TRUTH_ROUNDS")
	if text == "" {
		return without
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("TRUTH_ROUNDS=%s: want a positive number", text)
	}
	return n
}

// eachCase runs do for every case of every program as a test of its own, named family/case, atOnce side by side.
func eachCase(t *testing.T, do func(t *testing.T, p program, name string)) {
	for _, p := range families(t) {
		t.Run(p.family, func(t *testing.T) {
			t.Parallel()
			for _, name := range p.cases {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					do(t, p, name)
				})
			}
		})
	}
}

func recordTo(tracer, file string) []string {
	argv := []string{tracer, "record", "-o", file}
	if hooks := os.Getenv("TRUTH_HOOKS"); hooks != "" {
		argv = append(argv, "--hooks", hooks)
	}
	return argv
}

// observe records a case once. It returns what is wrong with the recording, or nothing.
func observe(t *testing.T, tracer string, p program, name string) string {
	t.Helper()
	flags := slices.Concat(flagsOf[p.family], flagsOf[p.family+"/"+name])
	var w *watch
	if !slices.Contains(flags, "--root") { // the kernel's trace would go on to the end of the others
		w = beginWatch(t)
	}
	defer w.end()
	if p.family == attachFamily {
		return observeAttached(t, tracer, p, name, w)
	}
	file := filepath.Join(t.TempDir(), "case.trc")
	argv := append(recordTo(tracer, file), "-q")
	argv = slices.Concat(argv, flags, []string{"--"}, p.argv)
	stdout, stderr, err := output(append(argv, name)...)
	if !wentWell(p.family+"/"+name, err) {
		return fmt.Sprintf("record: %v\n%s", err, stderr)
	}
	return compareRecording(t, tracer, file, p.family, stdout, w)
}

// compareRecording holds a recording against what the case said, and against laws of its own.
func compareRecording(t *testing.T, tracer, file, family string, stdout []byte, w *watch,
	laws ...func(map[string]any) []string) string {
	t.Helper()
	c, err := Parse(stdout)
	if err != nil {
		return fmt.Sprintf("%v\n%s", err, stdout)
	}
	if c.Older {
		t.Skip(c.Skip)
	}
	if c.Skip != "" {
		unable(t, c.Skip)
	}
	counters, err := summarize(tracer, file)
	if err != nil {
		return err.Error()
	}
	if lost, _ := number(counters["events_lost"]); lost > 0 {
		t.Logf("tracer says that these were lost: %s", text(counters["lost_by_kind"]))
	}
	lines := append(Compare(c, counters), asAlone(c)...)
	lines = append(lines, CompareFindings(certain(c, counters), counters)...)
	lines = append(lines, detailed(certain(c, counters), tracer, file)...)
	lines = append(lines, compareTimeline(c, counters, tracer, file, w)...)
	lines = append(lines, compareReports(file, counters)...)
	for _, law := range laws {
		lines = append(lines, law(counters)...)
	}
	if family == "names" {
		lines = append(lines, unclean(tracer, file)...)
	}
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf("%s:\n  %s\nthe case: %s\nthe first events:\n%s", c.Name, strings.Join(lines, "\n  "),
		bytes.TrimSpace(stdout), firstEvents(tracer, file))
}

// detailed compares the events and connections that the case names.
func detailed(c Case, tracer, file string) (lines []string) {
	compare := map[string]func(Case, []map[string]any) []string{}
	if len(c.Events) > 0 {
		compare["jsonl"] = CompareEvents
	}
	if len(c.Connections) > 0 {
		compare["connections"] = CompareConnections
	}
	for format, compare := range compare {
		objects, err := export(tracer, file, format)
		if err != nil {
			return append(lines, err.Error())
		}
		lines = append(lines, compare(c, objects)...)
	}
	return lines
}

// summarize returns what a recording adds up to, by name.
func summarize(tracer, file string) (counters map[string]any, err error) {
	out, stderr, err := output(tracer, "summary", file, "--json")
	if err != nil {
		return nil, fmt.Errorf("summary: %w\n%s", err, stderr)
	}
	if err := json.Unmarshal(out, &counters); err != nil {
		return nil, fmt.Errorf("summary: %w\n%s", err, out)
	}
	return counters, nil
}

// export returns the objects of a recording in a format that has one on each line.
func export(tracer, file, format string) (objects []map[string]any, err error) {
	out, stderr, err := output(tracer, "export", file, "--to", format)
	if err != nil {
		return nil, fmt.Errorf("export: %w: %s", err, stderr)
	}
	for line := range bytes.Lines(out) {
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil {
			return nil, fmt.Errorf("export to %s: %w: %s", format, err, line)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// unclean looks for text of the traced program that comes out as it went in: control characters and broken UTF-8.
func unclean(tracer, file string) []string {
	var lines []string
	for _, command := range [][]string{{"summary", file}, {"summary", file, "--json"},
		{"export", file, "--to", "jsonl"}} {
		out, stderr, err := output(append([]string{tracer}, command...)...)
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s: %v: %s", command[0], err, stderr))
		}
		for number, line := range bytes.Split(out, []byte("\n")) {
			if !utf8.Valid(line) || bytes.ContainsFunc(line, isControl) {
				lines = append(lines, fmt.Sprintf("%s, line %d: raw control characters or broken UTF-8: %q",
					strings.Join(command, " "), number+1, line))
			}
		}
	}
	return lines
}

// isControl holds for C0, DEL and C1, and for the characters that turn the direction of what follows.
func isControl(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func firstEvents(tracer, file string) string {
	out, stderr, err := output(tracer, "export", file, "--to", "jsonl")
	if err != nil {
		return fmt.Sprintf("export: %v\n%s", err, stderr)
	}
	lines := strings.SplitAfterN(string(out), "\n", shownEvents+1)
	if len(lines) > shownEvents {
		lines[shownEvents] = "...\n"
	}
	return strings.Join(lines, "")
}

// output runs a command in a process group of its own. When its time is up it tells who is stuck where, and ends the
// whole group.
func output(argv ...string) (stdout, stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, messages bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &messages
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stuck string
	cmd.Cancel = func() error {
		group := cmd.Process.Pid
		stuck = tasksOf(group)
		defer time.AfterFunc(afterRoot, func() { _ = syscall.Kill(-group, syscall.SIGKILL) }).Stop()
		_ = syscall.Kill(group, syscall.SIGQUIT) // tracer then tells what each goroutine does
		_ = unix.Waitid(unix.P_PID, group, nil, unix.WEXITED|unix.WNOWAIT, nil)
		return syscall.Kill(-group, syscall.SIGKILL)
	}
	cmd.WaitDelay = 2 * afterRoot
	err = cmd.Run()
	if ctx.Err() != nil {
		err = errors.Join(fmt.Errorf("not done after %v", patience), err, errors.New(stuck))
	}
	return out.Bytes(), messages.Bytes(), err
}

// tasksOf lists the tasks of a process group, with the place in the kernel where each one sleeps.
func tasksOf(group int) (list string) {
	rows, err := exec.Command("ps", "-eLo", "pgid,pid,tid,ppid,stat,wchan:32,args").Output()
	if err != nil {
		return err.Error()
	}
	for row := range strings.Lines(string(rows)) {
		if fields := strings.Fields(row); fields[0] == "PGID" || fields[0] == strconv.Itoa(group) {
			list += row
		}
	}
	return list
}
