package probes

import (
	"fmt"
	"strings"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
)

// The kernel side counts as many kinds (TRACER_KINDS in bpf/wire.h).
var _ [len(bpf.TracerEventCounts{}.Seen) - int(event.KindCount)]struct{}

// skipInterval is the time between two looks at what the kernel skipped, while events come: each asks for every
// program, which is dear.
const skipInterval = 100 * time.Millisecond

// told returns the kinds of the events that a program reports, as it says itself (TELLS in bpf/common.bpf.h). The first
// is of what is lost when the kernel skips it.
func told(program *ebpf.ProgramSpec) (kinds []event.Kind, err error) {
	if f := btf.FuncMetadata(&program.Instructions[0]); f != nil {
		for _, tag := range f.Tags {
			names, ok := strings.CutPrefix(tag, "tells ")
			if !ok {
				continue
			}
			for name := range strings.FieldsSeq(names) {
				kind, err := event.ParseKind(name)
				if err != nil {
					return nil, fmt.Errorf("the program %s: %w", program.Name, err)
				}
				kinds = append(kinds, kind)
			}
		}
	}
	if len(kinds) == 0 {
		return nil, fmt.Errorf("the program %s does not say of which kinds it tells", program.Name)
	}
	return kinds, nil
}

// skipped returns how many times, since it was last asked, the kernel did not run a program that should have run, by
// the kind of what the program tells, or could not do what it should. Of a task that is not traced it would have told
// nothing, so this is the most that was lost of these events; but what a task does that could not be followed is in no
// count until a snapshot meets it.
func (p *Probes) skipped() (counts [event.KindCount]uint64, err error) {
	var ofCloses uint64
	for name, kind := range p.skippable {
		misses, err := recursionMisses(p.collection.Programs[name].FD())
		if err != nil {
			return counts, fmt.Errorf("ask how often the program %s was skipped: %w", name, err)
		}
		missed := misses - p.misses[name]
		p.misses[name] = misses
		counts[kind] += missed
		if name == bpf.TracerProgCloseEnter || name == bpf.TracerProgCloseExit || name == bpf.TracerProgDupEnter {
			ofCloses += missed
		}
	}
	// read after the misses, of which they say what each could have told of
	var unfollowed, accepted, unixAccepted uint64
	for name, value := range map[string]*uint64{bpf.TracerVarUnfollowed: &unfollowed,
		bpf.TracerVarConnectionsAccepted:     &accepted,
		bpf.TracerVarUnixConnectionsAccepted: &unixAccepted} {
		if err := p.collection.Variables[name].Get(value); err != nil {
			return counts, fmt.Errorf("read %s of the programs: %w", name, err)
		}
	}
	switch { // no close was to be told
	case accepted == 0:
		counts[event.Close] = 0
	case unixAccepted == 0:
		counts[event.Close] -= ofCloses
		counts[event.LetGo] += ofCloses
	}
	counts[event.Fork] += unfollowed - p.notFollowed
	p.notFollowed = unfollowed
	return counts, nil
}

// programInfo is the beginning of struct bpf_prog_info (include/uapi/linux/bpf.h).
type programInfo struct {
	_               [208]byte
	recursionMisses uint64
}

// recursionMisses asks the kernel how often it skipped a program. As all are asked many times a second, it is a call of
// which Go's runtime is not told: its monitor would wake up to look after the thread, which costs more than the calls.
func recursionMisses(program int) (uint64, error) {
	var info programInfo
	ask := struct {
		program, size uint32
		info          *programInfo
	}{uint32(program), uint32(unsafe.Sizeof(info)), &info}
	if _, _, err := unix.RawSyscall(unix.SYS_BPF, unix.BPF_OBJ_GET_INFO_BY_FD, uintptr(unsafe.Pointer(&ask)),
		unsafe.Sizeof(ask)); err != 0 {
		return 0, err
	}
	return info.recursionMisses, nil
}

// losses puts a Lost event into the stream for each kind of which the kernel side had to drop some since the last look,
// for want of room.
func (s *stream) losses() error {
	_, dropped, err := s.probes.Counts()
	if err != nil {
		return err
	}
	for k, n := range dropped {
		s.lose(event.Kind(k), n-s.probes.lost[k], 0)
		s.probes.lost[k] = n
	}
	return nil
}

// allLosses looks, too, for what the kernel side could not see.
func (s *stream) allLosses() error {
	s.examined = time.Now()
	skipped, err := s.probes.skipped()
	if err != nil {
		return err
	}
	for k, n := range skipped {
		s.lose(event.Kind(k), n, event.Guessed)
	}
	return s.losses()
}

func (s *stream) lose(kind event.Kind, n uint64, flags event.Flags) {
	if n == 0 || s.finished { // what is lost after the end is not part of the trace
		return
	}
	s.lossy, s.resyncDue = true, true
	s.batch = append(s.batch, event.Event{Kind: event.Lost, Time: s.time, Flags: flags, Lost: kind, Count: n})
}
