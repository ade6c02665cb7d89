package greenlet

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// processorTime locks the benchmark to its thread, and reports at the end how much processor time that has used for an
// operation: on a busy machine the elapsed time says little.
func processorTime(b *testing.B) (report func()) {
	runtime.LockOSThread()
	now := func() int64 {
		var t unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
			b.Fatal(err)
		}
		return t.Nano()
	}
	begin := now()
	return func() {
		b.ReportMetric(float64(now()-begin)/float64(b.N), "cpu-ns/op")
		runtime.UnlockOSThread()
	}
}

// BenchmarkSwitch is a switch to a child and one back: the time of one.
func BenchmarkSwitch(b *testing.B) {
	defer processorTime(b)()
	thread := NewThread()
	defer thread.Close()
	main := thread.Main()
	g := thread.New(func(...any) (any, error) {
		for {
			if _, err := main.Switch(); err != nil {
				return nil, err
			}
		}
	})
	for range b.N / 2 {
		g.Switch()
	}
}

// BenchmarkSwitchRing is a switch among siblings of which none is the other's resumer.
func BenchmarkSwitchRing(b *testing.B) {
	const size = 10
	defer processorTime(b)()
	thread := NewThread()
	defer thread.Close()
	ring := make([]*Greenlet, size)
	left := b.N
	for i := range ring {
		ring[i] = thread.New(func(...any) (any, error) {
			for left > 0 {
				left--
				if _, err := ring[(i+1)%size].Switch(); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
	}
	ring[0].Switch()
	b.ReportMetric(float64(thread.Stats().Handover)/float64(thread.Stats().Switches), "handovers/switch")
}

// BenchmarkSpawn is the making, the start and the end of a greenlet.
func BenchmarkSpawn(b *testing.B) {
	b.ReportAllocs()
	defer processorTime(b)()
	thread := NewThread()
	defer thread.Close()
	for b.Loop() {
		thread.New(func(...any) (any, error) { return nil, nil }).Switch()
	}
}
