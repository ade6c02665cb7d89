package probes

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/event"
)

// TestLoss: what a full ring buffer drops is counted by kind to the last event, and the trace ends all the same.
// Nothing reads until the program has ended, so that the loss is certain.
func TestLoss(t *testing.T) {
	needKernel(t)
	const children = 300
	p, err := Load(Options{Buffer: 4096})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	root, err := p.Launch(Command{Path: "/bin/sh", Args: forks(children)})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := root.Wait(); code != 3 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
	got, lost := tally(t, p, func() {})
	accounted(t, p, got, lost, children)
}

// forks is the script of a shell that makes so many processes, one after the other.
func forks(n int) []string {
	return []string{"sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do (:); i=$((i+1)); done; exit 3", n)}
}

// TestStalls: whenever the reader is held up, and whatever is lost then, the trace goes on to the last exit, and what
// was read and what was lost is all that happened.
func TestStalls(t *testing.T) {
	needKernel(t)
	const children, rounds = 600, 2
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range rounds {
		p, err := Load(Options{Buffer: 16 << 10 << random.IntN(3)})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		root, err := p.Launch(Command{Path: "/bin/sh", Args: forks(children)})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan int, 1)
		go func() {
			code, _ := root.Wait()
			ended <- code
			close(ended)
		}()
		dropped := func() (n uint64) {
			_, each, err := p.Counts()
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range each {
				n += k
			}
			return n
		}
		read := 0
		got, lost := tally(t, p, func() { // now and then look away until something is lost
			if read--; read > 0 {
				return
			}
			read = 1 + random.IntN(2)
			for before := dropped(); dropped() == before; time.Sleep(time.Millisecond) {
				if len(ended) > 0 {
					return
				}
			}
		})
		select {
		case code := <-ended:
			if code != 3 {
				t.Fatalf("exit code %d", code)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("the trace ended before the program: %v read, %v lost", got[event.Fork], lost[event.Fork])
			_ = root.Signal(unix.SIGKILL)
		}
		accounted(t, p, got, lost, children)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

// accounted: of each kind, what was read and what was lost is what the programs saw; and so many processes were made.
func accounted(t *testing.T, p *Probes, got, lost [event.KindCount]uint64, forks uint64) {
	t.Helper()
	seen, _, err := p.Counts()
	if err != nil {
		t.Fatal(err)
	}
	seen[event.Wait]-- // that for the root comes after the end, or just before it
	got[event.Wait] = min(got[event.Wait], seen[event.Wait]-lost[event.Wait])
	// Releases that no wait needs are not reported once the trace has ended.
	for _, k := range []event.Kind{event.Fork, event.Exec, event.Exit, event.Signal, event.Wait} {
		if got[k]+lost[k] != seen[k] {
			t.Errorf("%v: %d read and %d lost of %d", k, got[k], lost[k], seen[k])
		}
	}
	if n := got[event.Fork] + lost[event.Fork]; n != forks || lost[event.Fork] == 0 {
		t.Errorf("%d forks, %d of them lost, of %d", n, lost[event.Fork], forks)
	}
	if got[event.End] != 1 {
		t.Errorf("%d ends", got[event.End])
	}
}

// tally runs to the end and counts the events by kind, and those that were admitted to be lost. Before it takes a batch
// it calls pause.
func tally(t *testing.T, p *Probes, pause func()) (got, lost [event.KindCount]uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	batches, result := make(chan []event.Event), make(chan error, 1)
	go func() { result <- p.Run(ctx, batches) }()
	for {
		pause()
		batch, ok := <-batches
		if !ok {
			break
		}
		for i := range batch {
			got[batch[i].Kind]++
			if batch[i].Kind == event.Lost {
				lost[batch[i].Lost] += batch[i].Count
			}
		}
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatal("the trace did not end by itself")
	}
	return got, lost
}

// victim is a tracer of cat that says what it has in the kernel and goes on until it is killed.
const victim = "tracer-victim"

type holdings struct {
	PID      event.PID
	Programs []ebpf.ProgramID
	Maps     []ebpf.MapID
}

func init() { reexec.Register(victim, traceUntilKilled) }

func traceUntilKilled() {
	err := func() error {
		p, err := Load(Options{})
		if err != nil {
			return err
		}
		root, err := p.Launch(Command{Path: "/bin/cat", Args: []string{"cat"}, Stdin: os.NewFile(3, "input"),
			Stdout: os.NewFile(4, "output")})
		if err != nil {
			return err
		}
		h, err := p.holdings()
		if err != nil {
			return err
		}
		h.PID = root.PID
		if err := json.NewEncoder(os.Stdout).Encode(h); err != nil {
			return err
		}
		batches := make(chan []event.Event)
		go func() {
			for range batches {
			}
		}()
		return p.Run(context.Background(), batches)
	}()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// holdings are what of p is in the kernel.
func (p *Probes) holdings() (h holdings, err error) {
	for _, program := range p.collection.Programs {
		info, err := program.Info()
		if err != nil {
			return h, err
		}
		id, _ := info.ID()
		h.Programs = append(h.Programs, id)
	}
	for _, m := range p.collection.Maps {
		info, err := m.Info()
		if err != nil {
			return h, err
		}
		id, _ := info.ID()
		h.Maps = append(h.Maps, id)
	}
	return h, nil
}

// TestKilled: when tracer is killed, the traced program goes on, and no program, map or mount stays behind.
func TestKilled(t *testing.T) {
	needKernel(t)
	mounts := readFile(t, "/proc/self/mountinfo")
	input, inputWrite := pipe(t)
	output, outputWrite := pipe(t)
	cmd := reexec.Command(victim)
	cmd.SysProcAttr = nil
	cmd.ExtraFiles = []*os.File{input, outputWrite}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	outputWrite.Close()
	var h holdings
	if err := json.NewDecoder(stdout).Decode(&h); err != nil {
		t.Fatal(errors.Join(err, cmd.Wait()))
	}
	pidfd, err := unix.PidfdOpen(int(h.PID), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pidfd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var killed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &killed) {
		t.Fatalf("the tracer ended by itself: %v", err)
	}

	fmt.Fprintln(inputWrite, "still here")
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "still here\n" || err != nil {
		t.Errorf("the traced program says %q, %v", line, err)
	}
	inputWrite.Close()
	if _, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 10_000); err != nil {
		t.Errorf("wait for the traced program's end: %v", err)
	}
	gone(t, h)
	if now := readFile(t, "/proc/self/mountinfo"); now != mounts {
		t.Errorf("mounts were\n%s\nand are\n%s", mounts, now)
	}
}

// gone waits until nothing of it is in the kernel: programs are freed a grace period after the last descriptor.
func gone(t *testing.T, h holdings) {
	t.Helper()
	if len(h.Programs) < 5 || len(h.Maps) < 2 {
		t.Fatalf("too little to be true: %+v", h)
	}
	left := func() string {
		var names []string
		for _, id := range h.Programs {
			if p, err := ebpf.NewProgramFromID(id); !errors.Is(err, os.ErrNotExist) {
				names = append(names, fmt.Sprint("program ", id, err))
				p.Close()
			}
		}
		for _, id := range h.Maps {
			if m, err := ebpf.NewMapFromID(id); !errors.Is(err, os.ErrNotExist) {
				names = append(names, fmt.Sprint("map ", id, err))
				m.Close()
			}
		}
		return strings.Join(names, ", ")
	}
	until := time.Now().Add(10 * time.Second)
	for left() != "" {
		if time.Now().After(until) {
			t.Fatalf("left in the kernel: %s", left())
		}
		runtime.GC() // variables of the programs are mapped until their last user is collected
		time.Sleep(5 * time.Millisecond)
	}
}

func pipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		read.Close()
		write.Close()
	})
	return read, write
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
