package truth

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// soakMost is how much more memory a long trace may take at its end than after its first tenth.
const soakMost = 1.10

// TestSoak: under a churn of processes that uses every id again and again, all is counted and memory stays flat. SOAK
// is how long (10m); without it, a moment.
func TestSoak(t *testing.T) {
	needProbes(t)
	length := 3 * time.Second
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil || length < time.Second {
			t.Fatalf("SOAK=%s: want a duration from 1s on", text)
		}
	}
	binary, err := tracer()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "soak.trc")
	var stdout, stderr bytes.Buffer
	argv := append(recordTo(binary, file), "-q", "--", buildChurn(t), strconv.Itoa(int(length.Seconds())))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	memory, err := sampleMemory(cmd.Process.Pid, length/100, ended)
	if err != nil {
		t.Fatalf("record: %v\n%s", err, &stderr)
	}
	c, err := Parse(stdout.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	counters, err := summarize(binary, file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range Compare(c, counters) {
		t.Error(line)
	}
	t.Logf("%v processes, %v events, %v lost %v, in %v; kB resident: %v", counters["processes_created"],
		counters["events"], counters["events_lost"], counters["lost_by_kind"], length, memory)
	tenth := len(memory) / 10 // a burst that the scheduler made takes memory for a moment, so medians are compared
	if early, late := median(memory[tenth:2*tenth]), median(memory[9*tenth:]); length >= time.Minute &&
		float64(late) > soakMost*float64(early) {
		t.Errorf("memory grew from %d to %d kB", early, late)
	}
}

func buildChurn(t *testing.T) string {
	t.Helper()
	if prebuilt != "" {
		return filepath.Join(prebuilt, "churn")
	}
	churn := filepath.Join(t.TempDir(), "churn")
	compiler, err := exec.LookPath("cc")
	if err != nil {
		unable(t, errNoCompiler.Error())
	}
	if err := run(compiler, "-std=gnu11", "-O1", "-pthread", "-o", churn, filepath.Join(sources, "soak", "churn.c"),
		filepath.Join(sources, "truth.c")); err != nil {
		t.Fatal(err)
	}
	return churn
}

func median(of []int) int {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// sampleMemory returns the resident memory of a process, in kB, at intervals until it has ended.
func sampleMemory(pid int, every time.Duration, ended <-chan error) (kB []int, err error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if n := residentMemory(pid); n > 0 {
			kB = append(kB, n)
		}
		select {
		case err := <-ended:
			return kB, err
		case <-ticker.C:
		}
	}
}

func residentMemory(pid int) int {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}
