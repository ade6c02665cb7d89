package probes

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
	"tracer/words"
)

// Coroutines says whose coroutines are reported: the kernel does not know them, so the runtime that schedules them is
// probed.
type Coroutines uint8

// The choices, each with all that the one before it has, but for CoroutinesNone.
const (
	CoroutinesAuto Coroutines = iota // those of tracer's own servers, and of Python's greenlet (gevent)
	CoroutinesNone                   // none
	// Also goroutines, of a Go program: creation and end. Each costs the program some microseconds
	CoroutinesGoroutines
	CoroutinesCarriers // also which thread takes up a goroutine, and when it lets go of it
)

var coroutineNames = []string{"auto", "none", "goroutines", "carriers"}

// String returns the name that ParseCoroutines reads.
func (c Coroutines) String() string { return coroutineNames[c] }

// ParseCoroutines reads a choice.
func ParseCoroutines(name string) (Coroutines, error) {
	for i, n := range coroutineNames {
		if n == name {
			return Coroutines(i), nil
		}
	}
	return 0, words.NotOneOf(name, coroutineNames)
}

// uprobe is a program and the place in a file where it runs.
type uprobe struct {
	program string
	in      *executable
	offset  uint64 // in the file
	cookie  uint64 // what its program is told at each hit
}

// runtimePrograms run at uprobes and are loaded only when there is a place for them.
var runtimePrograms = map[string]bool{
	bpf.TracerProgCoroSpawn: true, bpf.TracerProgCoroSwitch: true, bpf.TracerProgCoroFinish: true,
	bpf.TracerProgGreenletSpawn: true, bpf.TracerProgGreenletSwitch: true, bpf.TracerProgGreenletFinish: true,
	bpf.TracerProgGreenletDrop:    true,
	bpf.TracerProgGoroutineStatus: true,
}

// runtimes are those programs, and what they are loaded with.
type runtimes struct {
	spec  *ebpf.CollectionSpec
	types *btf.Cache // of the kernel
}

// takeOutRuntimes takes what runs at uprobes out of the programs that every trace has. What it gives has the maps of
// all.
func takeOutRuntimes(spec *ebpf.CollectionSpec) *ebpf.CollectionSpec {
	taken := *spec
	taken.Programs = map[string]*ebpf.ProgramSpec{}
	for name := range runtimePrograms {
		taken.Programs[name] = spec.Programs[name]
		delete(spec.Programs, name)
	}
	return &taken
}

// Unseen says, in a sentence each, what cannot be reported, and why.
func (p *Probes) Unseen() []words.Message { return p.unseen }

// fileID is a file, whatever its name.
type fileID struct{ device, inode uint64 }

// identify returns the zero value for what is not there.
func identify(path string) fileID {
	var s unix.Stat_t
	if unix.Stat(path, &s) != nil {
		return fileID{}
	}
	return fileID{uint64(s.Dev), s.Ino}
}

// maxExecuted bounds how many executed files are looked at after the trace.
const maxExecuted = 1000

// Missed says, in a sentence each, in which programs that were executed during the trace coroutines would not have
// been seen: uprobes are attached before the launch, and only to what the launched program itself is. Nothing is said
// of a Python if no one has opened an extension module that makes coroutines since it was executed. It is to be called
// when Run has returned.
func (p *Probes) Missed() (missed []words.Message) {
	if p.options.Coroutines == CoroutinesNone {
		return nil
	}
	p.opened.read() // before the modules are opened here
	for _, path := range slices.Sorted(maps.Keys(p.executed)) {
		_, ofGo := goBuild(path)
		switch {
		case ofGo && p.options.Coroutines >= CoroutinesGoroutines && !p.probed[identify(path)]:
			missed = append(missed, func(l *words.Language) string { return l.Notices.GoroutinesMissed(path) })
		case p.missesCoroutines(path):
			missed = append(missed, func(l *words.Language) string { return l.Notices.CoroutinesMissed(path) })
		}
	}
	return missed
}

// missesCoroutines reports whether a program has a place where coroutines would be seen, but is not.
func (p *Probes) missesCoroutines(path string) bool {
	s := search{probes: p}
	defer s.close()
	unprobed := func(place uprobe) bool { return !p.probed[place.in.id()] }
	_ = s.bundled(path) // what cannot be probed is not missed
	if slices.ContainsFunc(s.places, unprobed) {
		return true
	}
	s.places = nil
	_ = s.greenlets(Command{Path: path})
	return slices.ContainsFunc(s.places, func(place uprobe) bool {
		return unprobed(place) && p.opened.was(place.in.id())
	})
}

// follows keeps what a traced task executes.
func (p *Probes) follows(e *event.Event) {
	own := strings.HasPrefix(e.Path, "/proc/") // such as /proc/self/exe: a name that only the task itself understands
	if e.Flags&(event.Launch|event.PathTruncated) != 0 || own || p.executed[e.Path] || len(p.executed) >= maxExecuted {
		return
	}
	p.executed[e.Path] = true
	if p.options.Coroutines != CoroutinesNone {
		p.watchGreenlets(e.Path)
	}
}

// search gathers the places where runtimes are probed. What cannot be done is noted, and is no failure.
type search struct {
	probes *Probes
	places []uprobe
	opened []*executable
}

// open returns an executable that stays open as long as the search goes on.
func (s *search) open(path string) (*executable, error) {
	x, err := openExecutable(path)
	if err == nil {
		s.opened = append(s.opened, x)
	}
	return x, err
}

func (s *search) close() {
	for _, x := range s.opened {
		_ = x.Close() // it was only read
	}
}

func (s *search) note(err error) {
	if err != nil {
		s.probes.unseen = append(s.probes.unseen, func(l *words.Language) string { return l.Error(err) })
	}
}

func (s *search) attach() {
	if len(s.places) > 0 {
		s.note(withPrivilege(func() error { return s.probes.attachRuntimes(s.places) }))
	}
}

// probeRuntimes attaches to the runtimes in what is about to be launched. It must be done before that runs: a uprobe is
// a matter of the file, so that all who execute or map it later are covered, too.
func (p *Probes) probeRuntimes(c Command) {
	defer func() { p.runtimes = nil }()
	if p.options.Coroutines == CoroutinesNone {
		return
	}
	s := search{probes: p}
	defer s.close()
	s.note(s.greenlets(c))
	switch {
	case !unreadable(c.Path):
		s.note(s.bundled(c.Path))
		s.note(s.goroutines(c.Path))
	case len(s.places) == 0:
		s.note(&words.Error{Say: func(l *words.Language) string { return l.Notices.NotReadable(c.Path) }})
	}
	s.attach()
	if python := lookPath(c, "python3"); python != "" { // if it is executed, that is known too late at times
		p.watchGreenlets(python)
	}
}

// watchGreenlets notices from now on who opens the modules that a Python could load.
func (p *Probes) watchGreenlets(python string) {
	for _, module := range greenletsOf(Command{Path: python}) {
		p.opened.watch(module)
	}
}

// probeRunning attaches to the runtimes in the processes that a stream has met. A coroutine that is there is not told
// of, but what it does is.
func (p *Probes) probeRunning(met *stream) {
	if p.options.Coroutines == CoroutinesNone {
		return
	}
	s := search{probes: p}
	defer s.close()
	looked := map[fileID]bool{{}: true} // what is not there is not looked at
	fresh := func(path string) bool {
		id := identify(path)
		known := looked[id]
		looked[id] = true
		return !known
	}
	blind := uint64(0)
	for e := range met.alive() {
		exe := proc(e.PID, "exe")
		if unreadable(exe) {
			blind++
		}
		if fresh(exe) {
			s.note(s.bundled(exe))
			s.note(s.goroutinesOfRunning(e.PID, exe))
		}
		for _, module := range mappedGreenlets(e.PID) {
			if fresh(module) {
				s.note(s.greenlet(module))
			}
		}
	}
	if blind > 0 {
		s.note(&words.Error{Say: func(l *words.Language) string { return l.Notices.NotReadableHere(blind) }})
	}
	s.attach()
}

// attachRuntimes loads the programs that the places need, on the maps of those that are loaded, and attaches them.
func (p *Probes) attachRuntimes(places []uprobe) error {
	needed := map[string]bool{}
	for _, place := range places {
		needed[place.program] = true
	}
	for name, program := range p.runtimes.spec.Programs {
		if program.AttachType = p.uprobes; !needed[name] {
			delete(p.runtimes.spec.Programs, name)
		}
	}
	loaded, err := ebpf.NewCollectionWithOptions(p.runtimes.spec,
		ebpf.CollectionOptions{MapReplacements: p.collection.Maps, Cache: p.runtimes.types})
	if err != nil {
		err = explain(err)
		return &words.Error{Say: func(l *words.Language) string {
			return l.Notices.RuntimesNotLoaded(l.Error(err))
		}, Err: err}
	}
	defer loaded.Close() // the links keep the programs
	var errs []error
	for _, place := range places {
		l, err := attachUprobe(place, loaded.Programs[place.program], p.uprobes)
		if err != nil {
			err = explain(err)
			errs = append(errs, &words.Error{Say: func(l *words.Language) string {
				return l.Notices.RuntimeNotAttached(place.program, place.in.path, l.Error(err))
			}, Err: err})
			continue
		}
		p.links = append(p.links, l)
		p.probed[place.in.id()] = true
	}
	return errors.Join(errs...)
}

// uprobeKind is how this kernel attaches to a place in a file: by a link of its own since Linux 6.6, which CAP_BPF and
// CAP_PERFMON suffice for and which comes sooner; before that by a perf event. Both run the program for whoever passes
// the place.
func uprobeKind() ebpf.AttachType {
	if features.HaveBPFLinkUprobeMulti() == nil {
		return ebpf.AttachTraceUprobeMulti
	}
	return ebpf.AttachNone
}

// attachUprobe attaches a program of that kind to the file that is open, whatever its name leads to now.
func attachUprobe(place uprobe, program *ebpf.Program, kind ebpf.AttachType) (link.Link, error) {
	file, err := link.OpenExecutable(proc(event.PID(os.Getpid()), fmt.Sprintf("fd/%d", place.in.file.Fd())))
	if err != nil {
		return nil, err
	}
	if kind == ebpf.AttachTraceUprobeMulti {
		return file.UprobeMulti(nil, program, &link.UprobeMultiOptions{Addresses: []uint64{place.offset},
			Cookies: []uint64{place.cookie}})
	}
	return file.Uprobe("", program, &link.UprobeOptions{Address: place.offset, Cookie: place.cookie})
}
