package probes

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
	"tracer/text"
	"tracer/words"
)

// Targets are running processes to attach to: all that match any of these, with all that descends from them. Ids are
// those of tracer's own PID namespace.
type Targets struct {
	PIDs    []event.PID
	Ports   []uint16 // whoever holds a socket that listens there: TCP, or UDP that is not connected
	Comms   []string // command names; the kernel keeps 15 bytes
	Cgroups []string // folders: absolute, or below the mount of cgroup v2; with the cgroups below them
	All     bool     // everything but kernel threads and tracer itself
}

// Empty reports whether nothing is aimed at.
func (t *Targets) Empty() bool {
	return !t.All && len(t.PIDs)+len(t.Ports)+len(t.Comms)+len(t.Cgroups) == 0
}

// String says it in words.
func (t *Targets) String() string {
	if t.All {
		return "everything"
	}
	var parts []string
	for _, pid := range t.PIDs {
		parts = append(parts, fmt.Sprintf("%s (%d)", commOf(pid), pid))
	}
	for _, port := range t.Ports {
		parts = append(parts, fmt.Sprintf("port %d", port))
	}
	parts = append(parts, t.Comms...)
	for _, path := range t.Cgroups {
		parts = append(parts, "cgroup "+path)
	}
	return strings.Join(parts, ", ")
}

// TargetError says why there is nothing to attach to, and what to do.
type TargetError struct{ Problem problem }

// Error returns one line.
func (e *TargetError) Error() string { return e.In(words.English()) }

// In says it in a language.
func (e *TargetError) In(l *words.Language) string { return l.Problem(e.Problem(l)) }

// Found is what Attach met.
type Found struct {
	Processes, Threads, Zombies int
	// Held are the sockets that listen at the ports that were asked for, each with who holds it, the first first.
	Held []Held
}

// Held is a socket that listens, or several at one address, and who holds one.
type Held struct {
	Address event.Addr
	By      []words.Who
}

// In says it in a language.
func (f Found) In(l *words.Language) string {
	found := l.Notices.Processes(uint64(f.Processes))
	if f.Threads > 0 {
		found += l.Punctuation.Comma + l.Notices.Threads(uint64(f.Threads))
	}
	if f.Zombies > 0 {
		found += l.Punctuation.Comma + l.Notices.Zombies(uint64(f.Zombies))
	}
	for _, h := range f.Held {
		found += l.Punctuation.Semicolon + l.Notices.HeldBy(text.Escape(string(h.Address)), h.By)
	}
	return found
}

// Attach takes running processes into the traced set and tells what it found: the processes that live, their other
// threads, and those that were zombies before. When it returns, nothing that they do is missed. It only looks on. A
// TargetError says why there is nothing to attach to.
func (p *Probes) Attach(t Targets) (Found, error) {
	if err := p.openRing(); err != nil {
		return Found{}, err
	}
	s := p.newStream()
	s.attached = true
	if err := s.adopt(&t); err != nil {
		return Found{}, err
	}
	f, zombie := s.found()
	f.Held = s.held(t.Ports)
	hidden := s.hidden(t.PIDs)
	if f.Processes == 0 && f.Threads == 0 {
		switch {
		case len(hidden) > 0:
			return f, &TargetError{hiddenFrom(hidden)}
		case zombie == nil:
			return f, &TargetError{func(l *words.Language) words.Problem { return l.Problems.TargetsEnded }}
		}
		return f, &TargetError{func(l *words.Language) words.Problem {
			return l.Problems.TargetIsZombie(zombie.PID, zombie.Parent)
		}}
	}
	if len(hidden) > 0 {
		p.unseen = append(p.unseen, func(l *words.Language) string { return hiddenFrom(hidden)(l).What })
	}
	p.attached = s
	if !t.All && seesAllIDs() { // all programs of a machine would pay for it
		p.probeRunning(s)
	}
	p.runtimes = nil
	return f, giveUpLent(lasting())
}

// found counts what a stream has seen so far, and returns the last zombie.
func (s *stream) found() (f Found, zombie *event.Event) {
	known := map[event.Task]bool{}
	for i := range s.batch {
		e := &s.batch[i]
		if e.Kind != event.Seen || known[e.Task] {
			continue
		}
		known[e.Task] = true
		switch {
		case e.Task.TID != event.TID(e.PID):
			f.Threads++
		case e.State == event.Zombie:
			f.Zombies++
			zombie = e
		default:
			f.Processes++
		}
	}
	return f, zombie
}

// held returns who was seen to hold what listens at these ports.
func (s *stream) held(ports []uint16) (all []Held) {
	for i := range s.batch {
		e := &s.batch[i]
		address := e.Socket.Value().Listener
		at, err := netip.ParseAddrPort(string(address))
		if e.Kind != event.Hold || err != nil || !slices.Contains(ports, at.Port()) {
			continue
		}
		where := slices.IndexFunc(all, func(h Held) bool { return h.Address == address })
		if where < 0 {
			where = len(all)
			all = append(all, Held{Address: address})
		}
		if who := (words.Who{PID: e.PID, Comm: e.Comm}); !slices.Contains(all[where].By, who) {
			all[where].By = append(all[where].By, who)
		}
	}
	return all
}

// hidden returns those processes that a stream has not met though they live: some sandboxes keep process 1 from BPF's
// iterators.
func (s *stream) hidden(pids []event.PID) (hidden []event.PID) {
	if !seesAllIDs() { // the ids that were met are others
		return nil
	}
	for _, pid := range pids {
		found, err := processOf(pid)
		if err != nil || statusField(strconv.Itoa(int(pid)), "State") == "Z" {
			continue
		}
		met := slices.ContainsFunc(s.batch, func(e event.Event) bool {
			return e.Kind == event.Seen &&
				e.PID == found[0]
		})
		if !met {
			hidden = append(hidden, pid)
		}
	}
	return hidden
}

// hiddenFrom says that the kernel hides processes from BPF programs.
func hiddenFrom(pids []event.PID) problem {
	return func(l *words.Language) words.Problem {
		var names []string
		for _, pid := range pids {
			names = append(names, l.Notices.Process(pid))
		}
		return l.Problems.Hidden(strings.Join(names, l.Punctuation.Comma))
	}
}

// resolve returns the processes that match now. At first each target must match some; later they may have ended.
func (t *Targets) resolve(p *Probes, first bool) (found []event.PID, err error) {
	add := func(pids []event.PID, failed error) {
		var none *TargetError
		if err == nil && (first || !errors.As(failed, &none)) {
			err = failed
		}
		found = append(found, pids...)
	}
	for _, pid := range t.PIDs {
		add(processOf(pid))
	}
	for _, port := range t.Ports {
		add(p.holders(port))
	}
	for _, comm := range t.Comms {
		add(named(comm))
	}
	for _, path := range t.Cgroups {
		add(members(path))
	}
	return found, err
}

// processOf returns the process of a task, which can be a thread, and refuses what cannot be a target.
func processOf(pid event.PID) ([]event.PID, error) {
	if pid == event.PID(os.Getpid()) {
		return nil, &TargetError{func(l *words.Language) words.Problem { return l.Problems.TargetIsTracer(pid) }}
	}
	status, err := os.ReadFile(proc(pid, "status"))
	if err != nil {
		return nil, &TargetError{func(l *words.Language) words.Problem { return l.Problems.NoProcess(pid) }}
	}
	if isKernelThread(pid) {
		return nil, &TargetError{func(l *words.Language) words.Problem { return l.Problems.KernelThread(pid) }}
	}
	leader, err := strconv.Atoi(fieldOf(status, "Tgid"))
	if err != nil {
		return nil, fmt.Errorf("read the thread group of process %d: %w", pid, err)
	}
	return []event.PID{event.PID(leader)}, nil
}

// kthreadFlag is PF_KTHREAD (include/linux/sched.h).
const kthreadFlag = 0x200000

// statFields reads the fields of /proc/PID/stat after the command, which stands in parentheses and can hold any; nil:
// there is no such process.
func statFields(pid event.PID) []string {
	stat, err := os.ReadFile(proc(pid, "stat"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// isKernelThread reads the flags of /proc/PID/stat: the seventh field after the command.
func isKernelThread(pid event.PID) bool {
	fields := statFields(pid)
	if len(fields) < 7 {
		return false
	}
	flags, err := strconv.ParseUint(fields[6], 10, 64)
	return err == nil && flags&kthreadFlag != 0
}

func proc(pid event.PID, file string) string {
	return filepath.Join("/proc", strconv.Itoa(int(pid)), file)
}

func commOf(pid event.PID) string {
	text, err := os.ReadFile(proc(pid, "comm"))
	if err != nil {
		return "process"
	}
	return strings.TrimSuffix(string(text), "\n")
}

const commSize = 15

// named returns the processes with a command name.
func named(comm string) ([]event.PID, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	var found []event.PID
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		pid := event.PID(n)
		if commOf(pid) != comm[:min(len(comm), commSize)] || n == os.Getpid() || isKernelThread(pid) {
			continue
		}
		found = append(found, pid)
	}
	if len(found) == 0 {
		return nil, &TargetError{func(l *words.Language) words.Problem { return l.Problems.NoComm(comm) }}
	}
	return found, nil
}

// holders returns the processes that hold a socket which listens on a port, in whatever network namespace.
func (p *Probes) holders(port uint16) ([]event.PID, error) {
	if err := p.setVariable(bpf.TracerVarWantedPort, uint32(port)); err != nil {
		return nil, err
	}
	var ids []byte
	err := p.iterate(bpf.TracerProgHolders, os.Getpagesize(), func(piece []byte) error {
		ids = append(ids, piece...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var found []event.PID
	for ; len(ids) >= 4; ids = ids[4:] {
		if pid := event.PID(binary.NativeEndian.Uint32(ids)); pid != 0 && pid != event.PID(os.Getpid()) &&
			!slices.Contains(found, pid) {
			found = append(found, pid)
		}
	}
	if len(found) == 0 {
		return nil, &TargetError{func(l *words.Language) words.Problem { return l.Problems.NobodyListens(int(port)) }}
	}
	return found, nil
}

const procsFile = "cgroup.procs"

// members returns the processes of a cgroup and of those below it.
func members(path string) ([]event.PID, error) {
	folder, err := cgroupFolder(path)
	if err != nil {
		return nil, err
	}
	var found []event.PID
	err = filepath.WalkDir(folder, func(file string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // it was removed since
			return nil
		}
		if err != nil || e.Name() != procsFile {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, unix.ENODEV) && !errors.Is(err, fs.ErrNotExist) &&
			!errors.Is(err, unix.EOPNOTSUPP) {
			return err
		}
		for _, word := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(word); err == nil && n != 0 && n != os.Getpid() {
				found = append(found, event.PID(n))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the processes of the cgroup %s: %w", path, err)
	}
	if len(found) == 0 {
		return nil, &TargetError{func(l *words.Language) words.Problem { return l.Problems.NobodyInCgroup(path) }}
	}
	return found, nil
}

// cgroupFolder finds the folder of a cgroup: as it stands, or below a mount of cgroup v2.
func cgroupFolder(path string) (string, error) {
	candidates := []string{path}
	for _, mount := range mountsOf("cgroup2", "") {
		candidates = append(candidates, filepath.Join(mount, path))
	}
	for _, folder := range candidates {
		if _, err := os.Stat(filepath.Join(folder, procsFile)); err == nil {
			return folder, nil
		}
	}
	return "", &TargetError{func(l *words.Language) words.Problem { return l.Problems.NoCgroup(path, procsFile) }}
}

// mountsOf returns where file systems of a type are mounted, with an option if one is named.
func mountsOf(kind, option string) (mounts []string) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		before, after, _ := strings.Cut(lines.Text(), " - ") // then the type, the source, the options
		place, system := strings.Fields(before), strings.Fields(after)
		if len(place) < 5 || len(system) < 3 || system[0] != kind {
			continue
		}
		if option == "" || slices.Contains(strings.Split(system[2], ","), option) {
			mounts = append(mounts, place[4])
		}
	}
	return mounts
}
