package truth

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tracer/event"
)

// A kernelTrace is what the kernel's own trace (tracefs) tells. It has nothing in common with tracer but the kernel.
//
// It is of the whole machine. The kernel can limit a trace to tasks and their children (set_event_pid), but forgets an
// id when the last one that had it is freed, a grace period after its end (register_pid_events in
// kernel/trace/trace_events.c), when the next one can have begun. So each watch follows the forks itself.
//
// Its events are enabled before any tracer attaches. Of two programs at one tracepoint the one that came first runs
// first, so tracer's time of an event is not before the kernel's.
type kernelTrace struct {
	folder string
	points []*tracepoint
	ids    map[uint16]*tracepoint
	cpus   []int // descriptors of their buffers

	mu      sync.Mutex
	events  []told             // not in order
	missed  bool               // the buffer was too small
	running map[int]event.Time // when the cases that run began
	next    int
}

// told is one event of the kernel's trace.
type told struct {
	at   event.Time
	by   event.TID // who was running
	of   *tracepoint
	args [4]int64 // the fields of its tracepoint, in the order in which they are named
}

// tracepoint is one of the kernel's trace, with what is read of it.
type tracepoint struct {
	name, filter string
	optional     bool // not every processor has that call
	fields       []string
	where        []field
}

type field struct {
	offset, size int
}

const (
	bufferKB = 16 << 10 // for each CPU
	drainMS  = 100
)

func tracepoints() []*tracepoint {
	all := []*tracepoint{
		{name: "task/task_newtask", fields: []string{"pid", "clone_flags"}},
		{name: "sched/sched_process_exec", fields: []string{"pid", "old_pid"}},
		{name: "sched/sched_process_exit", fields: []string{"pid"}},
		{name: "sched/sched_switch", fields: []string{"prev_pid"}, filter: "prev_state & 0x30"}, // for the last time
		{name: "signal/signal_generate", fields: []string{"pid", "result"}, filter: "sig == 17"},
		{name: "signal/signal_deliver", fields: []string{"sa_handler"}, filter: "sig == 17"},
		{name: "syscalls/sys_enter_wait4", fields: []string{"upid", "options"}},
		{name: "syscalls/sys_exit_wait4", fields: []string{"ret"}},
		{name: "syscalls/sys_enter_waitid", fields: []string{"which", "upid", "options"}},
		{name: "syscalls/sys_exit_waitid", fields: []string{"ret"}},
	}
	for _, call := range []string{"fork", "vfork", "clone", "clone3"} {
		all = append(all, &tracepoint{name: "syscalls/sys_exit_" + call, fields: []string{"ret"}, optional: true})
	}
	return all
}

// kernelTraced begins the trace with the first case that wants it.
var kernelTraced = sync.OnceValues(func() (*kernelTrace, error) { return startKernelTrace("truth", tracepoints()) })

// startKernelTrace begins a trace of tracepoints, under a name of its own.
func startKernelTrace(name string, points []*tracepoint) (*kernelTrace, error) {
	root := "/sys/kernel/tracing"
	if _, err := os.Stat(filepath.Join(root, "instances")); err != nil {
		mount, err := mountTracefs()
		if err != nil {
			return nil, fmt.Errorf("mount tracefs: %w", err)
		}
		root = fmt.Sprintf("/proc/self/fd/%d", mount)
		atEnd = append(atEnd, func() { _ = unix.Close(mount) })
	}
	folder, err := os.MkdirTemp(filepath.Join(root, "instances"), name+"-")
	if err != nil {
		return nil, err
	}
	k := &kernelTrace{folder: folder, points: points, ids: map[uint16]*tracepoint{}, running: map[int]event.Time{}}
	done := make(chan struct{})
	var drained sync.WaitGroup
	atEnd = append(atEnd, func() {
		close(done)
		drained.Wait()
		_ = k.write("tracing_on", "0")
		for _, f := range k.cpus {
			_ = unix.Close(f)
		}
		_ = os.Remove(k.folder)
	})
	if err := k.enable(); err != nil {
		return nil, err
	}
	drained.Go(func() { // so that the buffers suffice
		tick := time.NewTicker(drainMS * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				k.mu.Lock()
				_ = k.drain()
				k.mu.Unlock()
			}
		}
	})
	return k, nil
}

// mountTracefs returns the root of a mount that no path leads to: others look at the mounts of the machine meanwhile.
func mountTracefs() (root int, err error) {
	context, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(context)
	if err := unix.FsconfigCreate(context); err != nil {
		return -1, err
	}
	return unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0)
}

func (k *kernelTrace) write(file, text string) error {
	return os.WriteFile(filepath.Join(k.folder, file), []byte(text), 0)
}

func (k *kernelTrace) enable() error {
	for _, step := range [][2]string{{"trace_clock", "mono"}, {"buffer_size_kb", strconv.Itoa(bufferKB)}} {
		if err := k.write(step[0], step[1]); err != nil {
			return err
		}
	}
	for _, p := range k.points {
		err := k.enableOne(p)
		if errors.Is(err, os.ErrNotExist) && p.optional {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return k.open()
}

func (k *kernelTrace) open() error {
	files, err := filepath.Glob(filepath.Join(k.folder, "per_cpu/cpu*/trace_pipe_raw"))
	if err != nil {
		return err
	}
	for _, name := range files {
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		k.cpus = append(k.cpus, fd)
	}
	return nil
}

var fieldLine = regexp.MustCompile(`field:[^;]*?(\w+)(?:\[\w+\])?;\s*offset:(\d+);\s*size:(\d+);`)

func (k *kernelTrace) enableOne(p *tracepoint) error {
	folder := filepath.Join("events", p.name)
	format, err := os.ReadFile(filepath.Join(k.folder, folder, "format"))
	if err != nil {
		return err
	}
	_, after, _ := strings.Cut(string(format), "ID: ")
	id, err := strconv.ParseUint(strings.Fields(after)[0], 10, 16)
	if err != nil {
		return err
	}
	p.where = make([]field, len(p.fields))
	for _, m := range fieldLine.FindAllStringSubmatch(after, -1) {
		if i := slices.Index(p.fields, m[1]); i >= 0 {
			offset, _ := strconv.Atoi(m[2])
			size, _ := strconv.Atoi(m[3])
			p.where[i] = field{offset, size}
		}
	}
	for i, f := range p.where {
		if f.size == 0 {
			return fmt.Errorf("no field %s", p.fields[i])
		}
	}
	k.ids[uint16(id)] = p
	if p.filter != "" {
		if err := k.write(filepath.Join(folder, "filter"), p.filter); err != nil {
			return err
		}
	}
	return k.write(filepath.Join(folder, "enable"), "1")
}

// drain takes what is in the buffers.
func (k *kernelTrace) drain() error {
	page := make([]byte, os.Getpagesize())
	for _, f := range k.cpus {
		for {
			n, err := unix.Read(f, page)
			if errors.Is(err, unix.EAGAIN) || err == nil && n == 0 {
				break
			}
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil {
				return err
			}
			k.page(page[:n])
		}
	}
	return nil
}

// The format of a page of the ring buffer: include/linux/ring_buffer.h, and events/header_page and header_event.
const (
	pageHeader     = 16
	missedEvents   = 1 << 31
	typePadding    = 29
	typeTimeExtend = 30
	typeTimeStamp  = 31
)

func (k *kernelTrace) page(b []byte) {
	order := binary.NativeEndian
	at, commit := order.Uint64(b), order.Uint64(b[8:])
	k.missed = k.missed || commit&missedEvents != 0
	b = b[pageHeader:min(len(b), pageHeader+int(commit&0xfffff))]
	for len(b) >= 4 {
		head := order.Uint32(b)
		kind, delta := head&31, uint64(head>>5)
		size := 4 + int(kind)*4
		if kind == 0 || kind >= typePadding {
			size = 8
		}
		if len(b) < size || kind == typePadding && delta == 0 {
			return
		}
		data := b[4:size]
		switch kind {
		case 0, typePadding:
			at += delta
			size = 4 + int(order.Uint32(data))
			if kind == 0 && size <= len(b) {
				k.event(event.Time(at), b[8:size])
			}
		case typeTimeExtend:
			at += delta + uint64(order.Uint32(data))<<27
		case typeTimeStamp: // the upper bits are those of the time before
			at = at&^(1<<59-1) | delta | uint64(order.Uint32(data))<<27
		default:
			at += delta
			k.event(event.Time(at), data)
		}
		b = b[min(size, len(b)):]
	}
}

func (k *kernelTrace) event(at event.Time, b []byte) {
	order := binary.NativeEndian
	p := k.ids[order.Uint16(b)]
	if p == nil {
		return
	}
	e := told{at: at, by: event.TID(order.Uint32(b[4:])), of: p}
	for i, f := range p.where {
		if f.size == 8 {
			e.args[i] = int64(order.Uint64(b[f.offset:]))
		} else {
			e.args[i] = int64(int32(order.Uint32(b[f.offset:])))
		}
	}
	k.events = append(k.events, e)
}

// A watch is the time of one case, and follows those who descend from this process meanwhile.
type watch struct {
	trace   *kernelTrace
	number  int
	from    event.Time
	threads []event.TID // of this process, as the watch began
}

// beginWatch begins a watch; nil where the kernel's trace cannot be had, which is a failure only where a machine is
// there to run all.
func beginWatch(t *testing.T) *watch {
	t.Helper()
	k, err := kernelTraced()
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("the kernel's trace: %v", err)
	}
	if err != nil {
		t.Logf("not compared with the kernel's trace: %v", err)
		return nil
	}
	w := k.watch()
	if w.threads, err = ownThreads(); err != nil { // those that begin after now are in the trace
		t.Fatal(err)
	}
	return w
}

func (k *kernelTrace) watch() *watch {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := &watch{trace: k, number: k.next, from: now()}
	k.next++
	k.running[w.number] = w.from
	return w
}

func ownThreads() (tids []event.TID, err error) {
	tasks, err := os.ReadDir("/proc/self/task")
	for _, t := range tasks {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			return nil, err
		}
		tids = append(tids, event.TID(tid))
	}
	return tids, err
}

func now() event.Time {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return event.Time(t.Nano())
}

// end ends a watch, and forgets what no other needs.
func (w *watch) end() {
	if w == nil {
		return
	}
	k := w.trace
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.running, w.number)
	if len(k.events) < 100_000 && len(k.running) > 0 {
		return
	}
	oldest := now()
	for _, from := range k.running {
		oldest = min(oldest, from)
	}
	k.events = slices.DeleteFunc(k.events, func(e told) bool { return e.at < oldest })
}

// events returns what the kernel told since the watch began, in the order of time, of those whom it follows.
func (w *watch) events() ([]told, error) {
	k := w.trace
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.drain(); err != nil {
		return nil, err
	}
	if k.missed {
		return nil, errors.New("its buffer was too small")
	}
	var all []told
	for _, e := range k.events {
		if e.at >= w.from {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b told) int { return cmp.Compare(a.at, b.at) })
	return w.follow(all), nil
}

// follow leaves what was done by those whom the watch follows, and the signals that were sent to them.
func (w *watch) follow(events []told) []told {
	followed := map[event.TID]bool{}
	for _, tid := range w.threads {
		followed[tid] = true
	}
	return slices.DeleteFunc(events, func(e told) bool {
		switch by := followed[e.by]; e.of.name {
		case "task/task_newtask":
			followed[event.TID(e.args[0])] = by // who had that id before is not meant any more
			return !by
		case "signal/signal_generate":
			return !by && !followed[event.TID(e.args[0])]
		default:
			return !by
		}
	})
}
