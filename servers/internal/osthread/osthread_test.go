package osthread

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestGo: as many threads as calls at once, none the first of the process, and all of them end.
func TestGo(t *testing.T) {
	const n = 20
	var mu sync.Mutex
	var wait sync.WaitGroup
	tids := map[int]bool{}
	open := make(chan struct{})
	ready := make(chan struct{}, n)
	for range n {
		wait.Add(1)
		Go(func() {
			defer wait.Done()
			mu.Lock()
			tids[unix.Gettid()] = true
			mu.Unlock()
			ready <- struct{}{}
			<-open
		})
	}
	for range n {
		<-ready
	}
	close(open)
	wait.Wait()
	if len(tids) != n || tids[unix.Getpid()] {
		t.Errorf("%d threads for %d calls, the first of the process among them: %v", len(tids), n, tids[unix.Getpid()])
	}
	for tid := range tids {
		for until := time.Now().Add(10 * time.Second); unix.Tgkill(unix.Getpid(), tid,
			0) == nil; time.Sleep(time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("thread %d does not end", tid)
			}
		}
	}
}

// TestPlaces: the last to release puts back what was there.
func TestPlaces(t *testing.T) {
	before := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(before)
	first := Places()
	second := Places()
	first()
	first()
	if n := runtime.GOMAXPROCS(0); n != enough {
		t.Errorf("%d places while one is in use, want %d", n, enough)
	}
	second()
	if n := runtime.GOMAXPROCS(0); n != 3 {
		t.Errorf("%d places afterwards, want 3", n)
	}
	runtime.GOMAXPROCS(enough + 1)
	Places()()
	if n := runtime.GOMAXPROCS(0); n != enough+1 {
		t.Errorf("%d places, want %d", n, enough+1)
	}
}
