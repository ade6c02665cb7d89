package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRecordIsSmall: while a program is recorded that only waits, most of tracer's own file is not resident.
func TestRecordIsSmall(t *testing.T) {
	needKernel(t)
	program := command(t, "tracer")
	cmd := exec.Command(program, "record", "-q", "-o", filepath.Join(t.TempDir(), "r.trc"), "--", "sh", "-c",
		"echo ready; read x; true")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	folder := fmt.Sprintf("/proc/%d/", cmd.Process.Pid)
	// It gives memory back when it has read the first events
	end := time.Now().Add(30 * time.Second)
	size, resident := ownFile(t, folder)
	for ; resident > size/2 && time.Now().Before(end); size, resident = ownFile(t, folder) {
		time.Sleep(10 * time.Millisecond)
	}
	if resident == 0 || resident > size/2 {
		t.Errorf("%d kB are resident of the %d kB of its own file that are only read", resident, size)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// ownFile returns how much of a process's own file is mapped so that it can only be read, or executed, and how much of
// that is resident, in kB.
func ownFile(t *testing.T, folder string) (size, resident int) {
	file, err := os.Readlink(folder + "exe")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile(folder + "smaps")
	if err != nil {
		t.Fatal(err)
	}
	own := false
	for line := range strings.Lines(string(maps)) {
		var kilobytes int
		switch fields := strings.Fields(line); {
		case len(fields) > 4 && strings.Contains(fields[0], "-"):
			own = strings.HasSuffix(line, " "+file+"\n") && !strings.Contains(fields[1], "w")
		case !own:
		default:
			if n, _ := fmt.Sscanf(line, "Size: %d", &kilobytes); n == 1 {
				size += kilobytes
			}
			if n, _ := fmt.Sscanf(line, "Rss: %d", &kilobytes); n == 1 {
				resident += kilobytes
			}
		}
	}
	return size, resident
}
