package probes

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// ring is the reader's end of the ring buffer, as kernel/bpf/ringbuf.c lays it out. The data is mapped once and records
// are read where they lie. (The library's reader maps it twice in a row, so that no record is in two pieces, and both
// are resident; it copies each record, and it waits in a system call, which has Go's runtime look after its thread.)
type ring struct {
	file     *os.File // the map's descriptor, through which Go's runtime waits
	conn     syscall.RawConn
	flushed  atomic.Bool // a wait is to end, or not to begin
	lock     sync.Mutex  // held while records are read: close must not take them away
	consumer []byte      // the page with the position up to which records were read
	producer []byte      // the page with the position up to which there are some, and the data
	data     []byte
	at       uint64 // up to here they have been read
	known    uint64 // and up to here they are there for sure
	piece    []byte // for a record in two pieces
}

// The bits of a record's head (include/uapi/linux/bpf.h).
const (
	ringBusy    = 1 << 31
	ringDiscard = 1 << 30
	ringHead    = 8
)

func newRing(m *ebpf.Map) (r *ring, err error) {
	r = &ring{}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	fd, err := unix.FcntlInt(uintptr(m.FD()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return r, err
	}
	err = unix.SetNonblock(fd, true) // so that os takes it for one that can be waited for
	r.file = os.NewFile(uintptr(fd), "ring buffer")
	if err != nil {
		return r, err
	}
	page := os.Getpagesize()
	if r.consumer, err = unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return r, fmt.Errorf("map the consumer's position: %w", err)
	}
	if r.producer, err = unix.Mmap(fd, int64(page), page+int(m.MaxEntries()), unix.PROT_READ,
		unix.MAP_SHARED); err != nil {
		return r, fmt.Errorf("map the records: %w", err)
	}
	r.data = r.producer[page:]
	r.conn, err = r.file.SyscallConn()
	return r, err
}

// close ends a wait that is under way.
func (r *ring) close() error {
	var errs []error
	if r.file != nil {
		errs = append(errs, r.file.Close())
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, mapped := range []*[]byte{&r.consumer, &r.producer} {
		if *mapped != nil {
			errs = append(errs, unix.Munmap(*mapped))
		}
		*mapped = nil
	}
	r.data = nil
	return errors.Join(errs...)
}

// position is the counter at the beginning of a page.
func position(page []byte) *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&page[0])) }

// begin has to come before next, and then end.
func (r *ring) begin() error {
	r.lock.Lock()
	if r.data == nil {
		r.lock.Unlock()
		return os.ErrClosed
	}
	return nil
}

// end gives the room of what was read back to the kernel: once for many, as each program that writes reads it.
func (r *ring) end() {
	position(r.consumer).Store(r.at)
	r.lock.Unlock()
}

// next returns the next record, nil when there is none. It is the kernel's again at the end, or with the next record.
func (r *ring) next() []byte {
	for {
		if r.at == r.known {
			if r.known = position(r.producer).Load(); r.at == r.known {
				return nil
			}
		}
		mask := uint64(len(r.data) - 1)
		head := r.head(r.at & mask)
		begin, size := r.at+ringHead, uint64(head&^(ringBusy|ringDiscard))
		r.at = begin + (size+ringHead-1)&^(ringHead-1)
		if head&ringDiscard == 0 {
			return r.record(begin&mask, size)
		}
	}
}

// head waits until the record there is complete: the program that writes it is under way.
func (r *ring) head(at uint64) uint32 {
	for {
		if head := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[at]))); head&ringBusy == 0 {
			return head
		}
		runtime.Gosched()
	}
}

func (r *ring) record(at, size uint64) []byte {
	if at+size <= uint64(len(r.data)) {
		return r.data[at : at+size : at+size]
	}
	r.piece = append(r.piece[:0], r.data[at:]...)
	r.piece = append(r.piece, r.data[:size-uint64(len(r.piece))]...)
	return r.piece
}

// filled reports whether there are records.
func (r *ring) filled() bool {
	if r.begin() != nil {
		return false
	}
	defer r.lock.Unlock()
	return position(r.producer).Load() != r.at
}

// pause waits for that long, or until flush.
func (r *ring) pause(d time.Duration) error { return r.wait(d, func() bool { return false }) }

// wait waits for a record that wakes, for that long at most, or until flush.
func (r *ring) wait(d time.Duration, ready func() bool) error {
	err := r.file.SetReadDeadline(time.Now().Add(d))
	if err == nil && !r.flushed.Load() {
		err = r.conn.Read(func(uintptr) bool { return ready() })
	}
	r.flushed.Store(false)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// flush ends a wait.
func (r *ring) flush() {
	r.flushed.Store(true)
	_ = r.file.SetReadDeadline(time.Now())
}
