// Package probes is the way from the kernel to event batches: it loads the programs, attaches what this kernel offers,
// launches or finds what is to be traced, reads the ring buffer and decodes it.
//
//	p, err := probes.Load(probes.Options{})
//	root, err := p.Launch(probes.Command{Path: "/bin/sh"})
//	err = p.Run(ctx, batches)
//
// Nothing is lost in silence: only the ring buffer can drop, the kernel side counts what it dropped by kind, and Run
// puts a Lost event at that place. Run never drops: a slow receiver makes it wait.
package probes

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"tracer/bpf"
	"tracer/event"
	"tracer/words"
)

// DefaultBuffer is the size of the ring buffer in bytes.
const DefaultBuffer = 4 << 20

// Options of Load.
type Options struct {
	// Buffer is the size of the ring buffer in bytes, rounded up to a power of two pages. 0: DefaultBuffer.
	Buffer int
	// EndWithRoot ends the trace when the launched root ends, though others still run.
	EndWithRoot bool
	// Coroutines says whose coroutines are reported. The zero value takes what costs nothing where there are none.
	Coroutines Coroutines
	// HTTP has the first lines of requests and answers reported. They can hold secrets.
	HTTP bool
	// Stalls has calls reported that block a traced task for that long at once; 0: none.
	Stalls time.Duration
	// Hooks says by which of the kernel's hooks a reaping is seen. The zero value takes the best that there is.
	Hooks Hooks
	// GiveBack is called, unless it is nil, where much of the memory that was used is not needed any more, before more
	// is: so that the kernel can be given it back.
	GiveBack func()
}

// Probes are programs that are loaded and attached.
type Probes struct {
	options     Options
	collection  *ebpf.Collection
	runtimes    *runtimes   // until it is known which of them are needed
	links       []link.Link // kept reachable: a link that is collected detaches in silence
	ring        *ring       // nil before Launch or Attach
	sleeps      *ebpf.Variable
	live        *ebpf.Variable
	close       sync.Once
	closed      error
	lost        [event.KindCount]uint64
	skippable   map[string]event.Kind // the attached programs, and of which kind is what is lost when one is skipped
	misses      map[string]uint64     // of these, as skipped last found them
	notFollowed uint64                // likewise
	spares      spares
	attached    *stream         // what Attach has read, for Run to go on with
	unseen      []words.Message // what cannot be reported
	counts      *ebpf.Memory    // of the events, by CPU
	probed      map[fileID]bool // files with uprobes
	uprobes     ebpf.AttachType // how they are attached
	goPrograms  uint32          // of which goroutines are seen
	executed    map[string]bool // files that traced tasks executed, but for the launched one; written by Run
	opened      opened          // extension modules that these may load
}

// Load brings the programs into the kernel and attaches them. Nothing is traced before Launch or Attach. The caller
// closes. A kernel or a user that cannot is told by an Unsupported error with a remedy.
func Load(o Options) (p *Probes, err error) {
	err = withPrivilege(func() (err error) {
		p, err = load(o)
		return err
	})
	return p, err
}

func load(o Options) (*Probes, error) {
	if o.Buffer == 0 {
		o.Buffer = DefaultBuffer
	}
	if err := unmet(); err != nil {
		return nil, err
	}
	k := lookAtKernel()
	spec, err := k.programs()
	if err != nil {
		return nil, err
	}
	o.giveBack() // what reading them took
	if o.Hooks, err = o.Hooks.resolve(k); err != nil {
		return nil, err
	}
	unseen, err := choose(spec, k, o)
	if err != nil {
		return nil, err
	}
	if err := chooseTwins(spec, k); err != nil {
		return nil, err
	}
	runtimes := &runtimes{takeOutRuntimes(spec), k.types}
	spec.Maps[bpf.TracerMapEvents].MaxEntries = ringSize(o.Buffer)
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, fmt.Errorf("count the CPUs: %w", err)
	}
	spec.Maps[bpf.TracerMapCounts].MaxEntries = uint32(cpus)
	o.giveBack() // what was not chosen
	collection, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{Cache: k.types})
	if err != nil {
		return nil, fmt.Errorf("load the programs: %w", explain(err))
	}
	p := &Probes{options: o, collection: collection, runtimes: runtimes, unseen: unseen,
		skippable: map[string]event.Kind{}, misses: map[string]uint64{},
		probed: map[fileID]bool{}, executed: map[string]bool{}, uprobes: uprobeKind(),
		sleeps: collection.Variables[bpf.TracerVarReaderSleeps], live: collection.Variables[bpf.TracerVarLive]}
	if p.counts, err = collection.Maps[bpf.TracerMapCounts].Memory(); err != nil { // once: two goroutines may count
		return nil, errors.Join(fmt.Errorf("map the counts of events: %w", err), p.Close())
	}
	if err := p.attach(spec.Programs); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	// The library loads a program before the first one that it runs, which takes privilege
	if err := errors.Join(p.sweep(), p.compareClocks()); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (o *Options) giveBack() {
	if o.GiveBack != nil {
		o.GiveBack()
	}
}

// openRing comes after the loading, which takes most memory: all of the ring buffer is resident from then on.
func (p *Probes) openRing() (err error) {
	p.options.giveBack()
	if p.ring, err = newRing(p.collection.Maps[bpf.TracerMapEvents]); err != nil {
		return fmt.Errorf("open the ring buffer: %w", err)
	}
	return nil
}

// ringSize rounds up to what the kernel takes: a power of two, and whole pages.
func ringSize(bytes int) uint32 {
	n := max(bytes, os.Getpagesize())
	if n > 1<<30 {
		n = 1 << 30
	}
	return 1 << bits.Len(uint(n-1))
}

// Close detaches and unloads. It ends a Run that is under way. Closing twice is fine.
func (p *Probes) Close() error {
	p.close.Do(func() {
		var errs []error
		if p.ring != nil {
			errs = append(errs, p.ring.close())
		}
		errs = append(errs, closeAll(p.links), p.opened.close())
		p.collection.Close()
		p.closed = errors.Join(errs...)
	})
	return p.closed
}

// closeAll closes many at once: to detach from a tracepoint takes a grace period of RCU, which they can share.
func closeAll(links []link.Link) error {
	errs := make([]error, len(links))
	var wait sync.WaitGroup
	for i, l := range links {
		wait.Go(func() { errs[i] = l.Close() })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// Counts returns how many events of each kind the programs saw, and how many of those they had to drop.
func (p *Probes) Counts() (seen, dropped [event.KindCount]uint64, err error) {
	var each bpf.TracerEventCounts
	size := int64(unsafe.Sizeof(each))
	for at := int64(0); at+size <= int64(p.counts.Size()); at += size {
		if _, err := p.counts.ReadAt(unsafe.Slice((*byte)(unsafe.Pointer(&each)), size), at); err != nil {
			return seen, dropped, fmt.Errorf("read the counts of events: %w", err)
		}
		for k := range seen {
			seen[k] += each.Seen[k]
			dropped[k] += each.Dropped[k]
		}
	}
	return seen, dropped, nil
}
