package probes

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf/link"
	"github.com/google/go-cmp/cmp"
	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// forester is a program that makes more events than a small ring buffer holds, leaves a forest with living and dead in
// it, says so and waits for the end of its input.
const forester = "tracer-forester"

func init() { reexec.Register(forester, makeForest) }

func makeForest() {
	if err := plant(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func plant() error {
	var living []*exec.Cmd
	for i := range 120 {
		cmd := exec.Command("/bin/true")
		if i%30 == 0 {
			cmd = exec.Command("/bin/sh", "-c", "sleep 600 & sleep 600")
			living = append(living, cmd)
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		switch {
		case i%30 == 0:
		case i%30 == 1: // a zombie
			var info unix.Siginfo
			if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
				return err
			}
		default:
			if err := cmd.Wait(); err != nil {
				return err
			}
		}
	}
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	for _, cmd := range living {
		children, _ := os.ReadFile(proc(event.PID(cmd.Process.Pid), "task/"+strconv.Itoa(cmd.Process.Pid)+"/children"))
		for _, word := range strings.Fields(string(children)) {
			if pid, err := strconv.Atoi(word); err == nil {
				_ = unix.Kill(pid, unix.SIGKILL)
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	return err
}

// entry is a process in words: its parent, its state, how many threads.
type entry struct {
	Parent  event.PID
	Zombie  bool
	Threads int
}

// inProc returns the descendants of a process as /proc has them, without those that it leaves out.
func inProc(t *testing.T, root event.PID) map[event.PID]entry {
	t.Helper()
	all := map[event.PID]entry{}
	files, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		pid, err := strconv.Atoi(f.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(proc(event.PID(pid), "stat"))
		if err != nil { // it has gone
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		parent, _ := strconv.Atoi(fields[1])
		threads, _ := strconv.Atoi(fields[17])
		e := entry{Parent: event.PID(parent), Zombie: fields[0] == "Z", Threads: threads}
		if e.Zombie {
			e.Threads = 0
		}
		all[event.PID(pid)] = e
	}
	under := func(pid event.PID) bool {
		for ; pid > 1; pid = all[pid].Parent {
			if pid == root {
				return true
			}
		}
		return false
	}
	maps.DeleteFunc(all, func(pid event.PID, _ entry) bool { return pid == root || !under(pid) })
	return all
}

// inModel returns the same from a model.
func inModel(m *model.Model, root event.PID) map[event.PID]entry {
	all := map[event.PID]entry{}
	m.Walk(func(p *model.Process, _ int) bool {
		if p.PID != root && p.State != model.Gone {
			e := entry{Parent: p.ParentPID, Zombie: p.State == model.Zombie}
			if !e.Zombie {
				e.Threads = 1 + p.ThreadsAlive
			}
			all[p.PID] = e
		}
		return true
	})
	return all
}

// watch applies what a Run sends until a condition held after an event; it returns false when the trace ended before.
func watch(t *testing.T, m *model.Model, batches <-chan []event.Event, until func(*event.Event) bool) bool {
	t.Helper()
	for batch := range batches {
		holds := false
		for i := range batch {
			m.Apply(&batch[i])
			if err := m.Check(); err != nil {
				t.Fatalf("after %v: %v", batch[i].Kind, err)
			}
			holds = holds || until(&batch[i])
		}
		if holds {
			return true
		}
	}
	return false
}

// TestResync: a ring buffer of one page loses most of what a program does before anybody reads. Then the forest is that
// of /proc again.
func TestResync(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{Buffer: os.Getpagesize()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	input, inputWrite := pipe(t)
	output, outputWrite := pipe(t)
	root, err := p.Launch(Command{Path: Self(), Args: []string{forester}, Stdin: input, Stdout: outputWrite,
		Stderr: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	input.Close()
	outputWrite.Close()
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the program says %q, %v", line, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	batches, result := make(chan []event.Event, 16), make(chan error, 1)
	go func() { result <- p.Run(ctx, batches) }()
	m := model.New(model.Options{})
	resynced := watch(t, m, batches, func(e *event.Event) bool {
		return e.Kind == event.Snapshot && cmp.Equal(inProc(t, root.PID), inModel(m, root.PID))
	})
	c := m.Counters()
	if !resynced || c.EventsLost == 0 || c.ZombiesNow != 4 {
		t.Errorf("%d events lost, %d zombies; (-/proc +model):\n%s", c.EventsLost, c.ZombiesNow,
			cmp.Diff(inProc(t, root.PID), inModel(m, root.PID)))
	}
	inputWrite.Close()
	watch(t, m, batches, func(*event.Event) bool { return false })
	if err := <-result; err != nil {
		t.Error(err)
	}
	if code, err := root.Wait(); code != 0 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	if c := m.Counters(); ctx.Err() != nil || c.Alive() != 0 || !m.Ended() {
		t.Errorf("%d alive at the end, which was %v", c.Alive(), ctx.Err())
	}
}

// sleeper starts a program that waits for the end of its input, and gives it with what ends it.
func sleeper(t *testing.T, script string) (*exec.Cmd, io.WriteCloser) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
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
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the program says %q, %v", line, err)
	}
	return cmd, in
}

// TestHoldersOfAPort: who attaches by a port is told all who hold what listens there, with or without use.
func TestHoldersOfAPort(t *testing.T) {
	needKernel(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var want []words.Who
	for range 2 {
		cmd := exec.Command("sleep", "60")
		cmd.ExtraFiles = []*os.File{file}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { cmd.Process.Kill(); cmd.Wait() }()
		want = append(want, words.Who{PID: event.PID(cmd.Process.Pid), Comm: "sleep"})
	}
	p, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	found, err := p.Attach(Targets{Ports: []uint16{uint16(l.Addr().(*net.TCPAddr).Port)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Held) != 1 || found.Held[0].Address != event.Addr(l.Addr().String()) {
		t.Fatalf("found %+v", found)
	}
	by := func(a, b words.Who) int { return int(a.PID - b.PID) }
	slices.SortFunc(want, by)
	slices.SortFunc(found.Held[0].By, by)
	if !slices.Equal(found.Held[0].By, want) {
		t.Errorf("%v hold it, want %v", found.Held[0].By, want)
	}
}

// TestAttachedAndLeft: what is attached to goes on when tracer leaves, and nothing of tracer stays in the kernel.
func TestAttachedAndLeft(t *testing.T) {
	needKernel(t)
	mounts := readFile(t, "/proc/self/mountinfo")
	cmd, in := sleeper(t, "echo ready; while read x; do (exit 3); done; exit 5")
	h, links := attachAndLeave(t, event.PID(cmd.Process.Pid), in)
	gone(t, h)
	for _, id := range links {
		if l, err := link.NewFromID(id); err == nil {
			t.Errorf("link %d is left", id)
			l.Close()
		}
	}
	if now := readFile(t, "/proc/self/mountinfo"); now != mounts {
		t.Errorf("mounts were\n%s\nand are\n%s", mounts, now)
	}
	fmt.Fprintln(in, "go")
	in.Close()
	var exited *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exited) || exited.ExitCode() != 5 {
		t.Errorf("the program that was left: %v", err)
	}
}

// attachAndLeave traces a process through one round of what it does, and tells what tracer had in the kernel.
func attachAndLeave(t *testing.T, pid event.PID, in io.Writer) (h holdings, links []link.ID) {
	t.Helper()
	p, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if found, err := p.Attach(Targets{PIDs: []event.PID{pid}}); err != nil ||
		!reflect.DeepEqual(found, Found{Processes: 1}) {
		t.Fatalf("found %+v, %v", found, err)
	}
	if h, err = p.holdings(); err != nil {
		t.Fatal(err)
	}
	for _, l := range p.links {
		if info, err := l.Info(); err == nil {
			links = append(links, info.ID)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	batches, result := make(chan []event.Event, 16), make(chan error, 1)
	go func() { result <- p.Run(ctx, batches) }()
	fmt.Fprintln(in, "go")
	m := model.New(model.Options{})
	if !watch(t, m, batches, func(e *event.Event) bool { return e.Kind == event.Wait }) {
		t.Fatalf("no wait was seen: %v", ctx.Err())
	}
	cancel()
	watch(t, m, batches, func(*event.Event) bool { return false })
	if err := errors.Join(<-result, p.Close()); err != nil {
		t.Fatal(err)
	}
	if c := m.Counters(); c.ProcessesSeen != 1 || c.ProcessesCreated != 1 || c.ExitCodes[3] != 1 ||
		c.ReapedByParent != 1 || c.Alive() != 1 {
		t.Errorf("the counters are %+v", c)
	}
	return h, links
}

// TestNothingToAttachTo: each mistake has one line that says what to do.
func TestNothingToAttachTo(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	dead := exec.Command("/bin/true")
	if err := dead.Start(); err != nil {
		t.Fatal(err)
	}
	defer dead.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, dead.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	zombie := event.PID(dead.Process.Pid)
	for _, test := range []struct {
		name   string
		target Targets
		want   string
	}{
		{"no process", Targets{PIDs: []event.PID{1 << 30}},
			"there is no process 1073741824; ps -e shows those that there are"},
		{"a kernel thread", Targets{PIDs: []event.PID{2}}, "2 is a kernel thread; attach to a process"},
		{"itself", Targets{PIDs: []event.PID{event.PID(os.Getpid())}},
			fmt.Sprintf("process %d is tracer itself; attach to another one", os.Getpid())},
		{"a zombie", Targets{PIDs: []event.PID{zombie}},
			fmt.Sprintf("process %d has ended: it is a zombie, which process %d must reap; attach to %[2]d", zombie,
				os.Getpid())},
		{"a port", Targets{Ports: []uint16{freePort(t)}}, "no process listens on port "},
		{"a name", Targets{Comms: []string{"no such name"}},
			`no process has the command name "no such name"; ps -e shows their names`},
		{"a cgroup", Targets{Cgroups: []string{"no/such"}},
			"there is no cgroup no/such; give a folder with a file cgroup.procs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := p.Attach(test.target)
			var none *TargetError
			if !errors.As(err, &none) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// freePort returns a port that nobody listens on any more.
func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	return uint16(port)
}

// TestAttachToEverything: any process is in, tracer itself and kernel threads are not, and each is described.
func TestAttachToEverything(t *testing.T) {
	needKernel(t)
	cmd, in := sleeper(t, "echo ready; read x")
	p, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Attach(Targets{All: true}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	batches, result := make(chan []event.Event, 16), make(chan error, 1)
	go func() { result <- p.Run(ctx, batches) }()
	pid := event.PID(cmd.Process.Pid)
	m, seen := model.New(model.Options{}), map[event.PID]event.Event{}
	in.Close()
	if !watch(t, m, batches, func(e *event.Event) bool {
		if e.Kind == event.Seen {
			seen[e.PID] = *e
		}
		return e.Kind == event.Exit && e.PID == pid
	}) {
		t.Errorf("the end of process %d was not seen: %v", pid, ctx.Err())
	}
	cancel()
	watch(t, m, batches, func(*event.Event) bool { return false })
	if err := <-result; err != nil {
		t.Error(err)
	}
	if e := seen[pid]; e.Parent != event.PID(os.Getpid()) || e.Comm != "sh" ||
		e.Args != "/bin/sh\x00-c\x00echo ready; read x\x00" || e.Path == "" {
		t.Errorf("process %d was seen as %+v", pid, e)
	}
	for _, pid := range []event.PID{2, event.PID(os.Getpid())} {
		if e, ok := seen[pid]; ok {
			t.Errorf("kernel threads and tracer itself are not to be seen: %+v", e)
		}
	}
}

// TestHidden: what lives and was not met is hidden; what was met, has ended or is a zombie is not.
func TestHidden(t *testing.T) {
	if !seesAllIDs() {
		t.Skip("in a PID namespace of its own")
	}
	zombie := exec.Command("true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	defer zombie.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, zombie.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	met, lives := event.PID(os.Getppid()), event.PID(1)
	if met == lives {
		t.Skip("the parent is process 1")
	}
	s := stream{batch: []event.Event{{Kind: event.Seen, PID: met}}}
	got := s.hidden([]event.PID{met, lives, event.PID(zombie.Process.Pid), 1 << 30})
	if diff := cmp.Diff([]event.PID{lives}, got); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
}
