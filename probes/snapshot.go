package probes

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
)

const (
	resyncInterval = time.Second      // the longest that the forest stays wrong while events are lost without a pause
	endingPause    = time.Millisecond // between two looks at tasks that are ending just now
	// And how many of them: a large process can take long to end; its release tells then
	endingLooks   = 100
	finalLooks    = 5    // after the last task has ended, nothing can take the room any more
	mostRounds    = 50   // of looking for targets, if others that match come all the time
	ringOverhead  = 8    // bytes before each record in the ring buffer
	largestLook   = 4096 // records before the ring buffer is emptied
	smallestShare = 2    // the part of the ring buffer that a look fills at once: a half
)

// iterate runs an iterator to its end. What it writes comes in pieces of about so many bytes, and it pauses between
// them.
func (p *Probes) iterate(program string, bytes int, each func([]byte) error) (err error) {
	it, err := link.AttachIter(link.IterOptions{Program: p.collection.Programs[program]})
	if err != nil {
		return fmt.Errorf("attach the iterator %s: %w", program, explain(err))
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	r, err := it.Open()
	if err != nil {
		return fmt.Errorf("open the iterator %s: %w", program, explain(err))
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	buf := make([]byte, bytes)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if err := each(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the iterator %s: %w", program, err)
		}
	}
}

// look is what one pass over the tasks came to.
type look struct {
	met    int // records made
	alive  int // tasks that live, and are not ending
	missed int // tasks for which there was no room
	ending int // tasks that were ending as they were met, whose exit may be reported or not
}

// look lets the kernel make a Seen for each task that is to be traced and is not yet or, when known, for each that is
// traced already.
func (s *stream) look(known bool) (l look, err error) {
	if err := s.probes.setVariable(bpf.TracerVarReportKnown, flag(known)); err != nil {
		return l, err
	}
	room := s.probes.room(int(unsafe.Sizeof(bpf.TracerSeenRecord{})))
	err = s.probes.iterate(bpf.TracerProgSnapshot, room, func(met []byte) error {
		for _, m := range met {
			switch bpf.TracerTracerMet(m) {
			case bpf.TracerTracerMetTRACER_MISSED:
				l.missed++
				continue
			case bpf.TracerTracerMetTRACER_MET_ENDING:
				l.ending++
			case bpf.TracerTracerMetTRACER_MET_ALIVE:
				l.alive++
			}
			l.met++
		}
		return s.collect()
	})
	return l, err
}

// room is how many records of a size an iterator makes before the ring buffer is emptied.
func (p *Probes) room(size int) int {
	share := int(p.collection.Maps[bpf.TracerMapEvents].MaxEntries()) / smallestShare
	return max(1, min(share/(size+ringOverhead), largestLook))
}

func flag(on bool) uint32 {
	if on {
		return 1
	}
	return 0
}

func (p *Probes) setVariable(name string, value uint32) error {
	if err := p.collection.Variables[name].Set(value); err != nil {
		return fmt.Errorf("set %s for the programs: %w", name, err)
	}
	return nil
}

// collect takes what is in the ring buffer now, to the last record.
func (s *stream) collect() error {
	for {
		n, err := s.read(batchSize)
		if n == 0 || err != nil {
			return err
		}
		s.flushFull()
	}
}

// mark says that all was seen since a moment.
func (s *stream) mark(began event.Time, flags event.Flags) {
	s.batch = append(s.batch, event.Event{Kind: event.Snapshot, Time: s.time,
		Rare: &event.Rare{Began: began}, Flags: flags})
}

// upToNow takes in all that was reported while a look went on, which is over now: what it did not meet may have ended
// until this moment, so what is said of the look comes behind it.
func upToNow(s *stream) error {
	over := Now()
	if err := s.collect(); err != nil {
		return err
	}
	s.time = max(s.time, over)
	return nil
}

// resync looks at all that is traced, so that whoever follows the events knows again what there is, and at what should
// be traced and is not, since the fork was lost.
func (s *stream) resync() error {
	s.resyncDue, s.resynced = false, time.Now()
	s.guessing = true
	defer func() { s.guessing = false }()
	if err := s.probes.setVariable(bpf.TracerVarResync, flag(true)); err != nil {
		return err
	}
	began, l, err := s.lookAfterLoss()
	err = errors.Join(err, s.probes.setVariable(bpf.TracerVarResync, flag(false)))
	if err == nil && l.ending > 0 {
		began, l, err = s.lookAgain()
	}
	if err != nil {
		return err
	}
	if l.missed > 0 {
		s.resyncDue = true
		return s.losses()
	}
	if err := upToNow(s); err != nil {
		return err
	}
	s.mark(began, event.Guessed)
	return errors.Join(s.losses(), s.noneLeft(l))
}

// lookAfterLoss looks at what should be traced and is not, then at all that is, and tells when the last look began.
func (s *stream) lookAfterLoss() (began event.Time, l look, err error) {
	for range mostRounds { // a parent can stand behind its child
		if l, err = s.look(false); err != nil {
			return began, l, err
		}
		if l.met == 0 {
			break
		}
	}
	began = Now()
	l, err = s.look(true)
	return began, l, err
}

// lookAgain looks at what is traced until what ended as it was met has, and tells when the last look began.
func (s *stream) lookAgain() (began event.Time, l look, err error) {
	for range endingLooks {
		time.Sleep(endingPause)
		began = Now()
		if l, err = s.look(true); err != nil || l.ending+l.missed == 0 {
			break
		}
	}
	return began, l, err
}

// noneLeft puts right the kernel side's count of living tasks when a look found none: what would have counted the last
// ones off was lost. It looks twice, as a task can be born where a look has been already, of one that ends before it
// comes there.
func (s *stream) noneLeft(l look) error {
	if l.alive+l.ending > 0 || s.probes.liveTasks() <= 0 {
		return nil
	}
	again, err := s.look(true)
	if err != nil || again.alive+again.ending+again.missed > 0 {
		return err
	}
	for _, counter := range []string{bpf.TracerVarStaying, bpf.TracerVarLive} {
		if err := s.probes.collection.Variables[counter].Set(int64(0)); err != nil {
			return fmt.Errorf("count the living tasks: %w", err)
		}
	}
	return nil
}

// adopt takes the targets into the traced set, with all that descends from them.
func (s *stream) adopt(t *Targets) error {
	p := s.probes
	if err := p.setVariable(bpf.TracerVarTargetAll, flag(t.All)); err != nil {
		return err
	}
	if _, err := p.skipped(); err != nil { // nobody is traced yet
		return err
	}
	adopted := s.census.adopt()
	began, ending := Now(), 0
	known := map[event.PID]bool{}
	for range mostRounds {
		fresh, err := p.aim(t, known)
		if err != nil {
			return err
		}
		l, err := s.look(false)
		if err != nil {
			return err
		}
		ending += l.ending
		if !fresh && l == (look{}) {
			break
		}
	}
	if ending > 0 {
		var err error
		if began, _, err = s.lookAgain(); err != nil {
			return err
		}
	}
	if err := upToNow(s); err != nil {
		return err
	}
	adopted()
	if err := s.allLosses(); err != nil {
		return err
	}
	over := len(s.batch) > 0 && !s.lossy && s.lastEnded()
	if over { // all that was met has ended meanwhile; what was reported since is not part of the trace
		s.batch = append(s.batch[:s.lastEnd], slices.DeleteFunc(s.batch[s.lastEnd:],
			func(e event.Event) bool { return e.Kind != event.Seen })...)
		s.time = s.batch[len(s.batch)-1].Time
	}
	s.describe()
	s.mark(began, 0)
	if over {
		s.finish()
		return nil
	}
	return s.lookAt(aim{all: true})
}

// aim makes processes targets in the kernel side, and reports whether there was one that it was not told before.
func (p *Probes) aim(t *Targets, known map[event.PID]bool) (fresh bool, err error) {
	pids, err := t.resolve(p, len(known) == 0)
	if err != nil {
		return false, err
	}
	for _, pid := range pids {
		if known[pid] {
			continue
		}
		known[pid], fresh = true, true
		if err := p.collection.Maps[bpf.TracerMapTargets].Put(int32(pid), uint32(1)); err != nil {
			return false, fmt.Errorf("make process %d a target: %w", pid, err)
		}
	}
	return fresh, nil
}

const (
	argsSize     = 384        // as wire.h bounds those of an exec
	initialPIDNS = 0xEFFFFFFC // PROC_PID_INIT_INO (include/linux/proc_ns.h): the inode of the initial PID namespace
)

// describe adds what /proc tells of the processes met: file and arguments. In a PID namespace of tracer's own the ids
// there are others.
func (s *stream) describe() {
	if !seesAllIDs() {
		return
	}
	for e := range s.alive() {
		if path, err := os.Readlink(proc(e.PID, "exe")); err == nil {
			e.Path = strings.TrimSuffix(path, " (deleted)")
		}
		args, _ := os.ReadFile(proc(e.PID, "cmdline"))
		if len(args) > argsSize {
			args = args[:argsSize]
			e.Flags |= event.ArgsTruncated
		}
		e.Args = string(args)
	}
}

// alive returns the processes that live, of those that a stream has met and not sent yet. Of one whose leader ended
// /proc tells nothing.
func (s *stream) alive() iter.Seq[*event.Event] {
	return func(yield func(*event.Event) bool) {
		for i := range s.batch {
			if e := &s.batch[i]; e.Kind == event.Seen && e.Task.TID == event.TID(e.PID) && e.State == event.Alive &&
				!yield(e) {
				return
			}
		}
	}
}

// Living returns the traced processes that still run, each by a Seen whose ids are those that tracer itself would use
// for them. It is to be called when Run has returned.
func (p *Probes) Living() (living []event.Event, err error) {
	s := &stream{probes: p}
	if _, err := s.look(true); err != nil {
		return nil, err
	}
	s.describe()
	ended := map[event.PID]bool{} // since they were seen
	for _, e := range slices.Backward(s.batch) {
		switch {
		case e.Kind == event.Exit && e.Flags.Has(event.GroupDead):
			ended[e.PID] = true
		case e.Kind == event.Seen && e.Task.TID == event.TID(e.PID) && e.State != event.Zombie && !ended[e.PID]:
			if !seesAllIDs() && e.InnerPID != 0 {
				e.PID = e.InnerPID
			}
			living = append(living, e)
		}
	}
	slices.SortFunc(living, func(a, b event.Event) int { return cmp.Compare(a.Task.Start, b.Task.Start) })
	return living, nil
}

// seesAllIDs reports whether /proc counts the processes as the events do.
func seesAllIDs() bool {
	var ns unix.Stat_t
	return unix.Stat("/proc/self/ns/pid", &ns) == nil && ns.Ino == initialPIDNS
}
