package probes

import (
	"math"
	"os"
	"testing"
)

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestNeededDescriptors: the number that is asked for is enough for the probes, and for tracer's own files beside them.
func TestNeededDescriptors(t *testing.T) {
	needKernel(t)
	before := openDescriptors(t)
	p, err := Load(Options{HTTP: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	const others = 32 // streams, the terminal, the recording, the gate's pipes, an iterator
	if used := openDescriptors(t) - before; used+others > neededDescriptors {
		t.Errorf("the probes hold %d descriptors; with %d others tracer needs more than %d", used, others,
			neededDescriptors)
	}
}

// TestTasksOf counts the threads of this user, this process's among them.
func TestTasksOf(t *testing.T) {
	if n := tasksOf(uint32(os.Getuid())); n < 2 {
		t.Errorf("%d tasks of this user are seen, though this process alone has more", n)
	}
	if n := tasksOf(math.MaxUint32 - 1); n != 0 {
		t.Errorf("%d tasks of nobody are seen", n)
	}
}

func TestMemoryWithin(t *testing.T) {
	for size, enough := range map[uint64]bool{2 << 30: false, neededMemory - 1: false, neededMemory: true,
		math.MaxUint64: true} {
		if found, err := memoryWithin(size); (err == nil) != enough || enough == (found == nil) {
			t.Errorf("%d bytes: %q, %v", size, found, err)
		}
	}
}

func TestOlderThan(t *testing.T) {
	for release, want := range map[string]bool{
		"5.14.21": true, "5.15.0-25-generic": false, "5.4.0": true, "4.19.0-27-amd64": true,
		"6.1.0-28-cloud-amd64": false, "7.3.4+deb13": false, "10.0": false,
	} {
		if got := olderThan(release, 5, 15); got != want {
			t.Errorf("%s older than 5.15: %v", release, got)
		}
	}
}
