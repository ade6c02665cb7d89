package sigchld

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

func TestParsePending(t *testing.T) {
	got, err := parsePending([]byte("Name:\tx\nSigPnd:\t0000000000000001\nShdPnd:\t0000000000010000\nSigBlk:\t0\n"))
	if err != nil || got != 1<<(syscall.SIGCHLD-1) {
		t.Errorf("%#x, %v", got, err)
	}
	for _, text := range []string{"", "SigPnd:\t0\n", "ShdPnd:\tx\n"} {
		if _, err := parsePending([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// current reads the disposition of SIGCHLD.
func current(t *testing.T) sigaction {
	t.Helper()
	var now sigaction
	if err := rtSigaction(nil, &now); err != nil {
		t.Fatal(err)
	}
	return now
}

// TestSetRestore: each disposition is what the kernel has, one at a time, and the old one comes back.
func TestSetRestore(t *testing.T) {
	before := current(t)
	dispositions := map[Disposition]uintptr{Default: 0, Ignore: 1, Once: handlerAddress(), Loop: handlerAddress()}
	for disposition, handler := range dispositions {
		restore, err := Set(disposition)
		if err != nil {
			t.Fatal(err)
		}
		if got := current(t).handler; got != handler {
			t.Errorf("disposition %d: handler %#x, want %#x", disposition, got, handler)
		}
		if _, err := Set(Default); !errors.Is(err, ErrTaken) {
			t.Errorf("second holder: %v", err)
		}
		for other, handler := range dispositions {
			if err := Change(other); err != nil {
				t.Fatal(err)
			}
			if got := current(t).handler; got != handler || (tally.loop != 0) != (other == Loop) && handler > 1 {
				t.Errorf("changed to disposition %d: handler %#x, want %#x, loop %d", other, got, handler, tally.loop)
			}
		}
		if err := restore(); err != nil {
			t.Fatal(err)
		}
		if got := current(t); got != before {
			t.Errorf("restored to %+v, want %+v", got, before)
		}
	}
}

// start starts a shell that runs a script, and leaves it to the handler.
func start(t *testing.T, script string) {
	t.Helper()
	command := exec.Command("/bin/sh", "-c", script)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Release() })
}

// TestHandlers: every death runs the handler, which learns how the child ended.
func TestHandlers(t *testing.T) {
	for name, d := range map[string]Disposition{"once": Once, "loop": Loop} {
		restore, err := Set(d)
		if err != nil {
			t.Fatal(err)
		}
		for i, script := range []string{"exit 0", "exit 7", "kill -KILL $$", "exit 255"} {
			start(t, script)
			wait(t, func() bool { return Read().Reaped == int64(i+1) })
		}
		wait(t, func() bool { quiet, err := Quiet(); return quiet && err == nil })
		got := Read()
		if got.Delivered != 4 || got.Codes[0] != 1 || got.Codes[7] != 1 || got.Codes[255] != 1 || got.Signals[9] != 1 {
			t.Errorf("%s: %+v", name, got)
		}
		if waits := map[Disposition]int64{Once: 4, Loop: 8}[d]; got.Waits != waits {
			t.Errorf("%s: %d waits, want %d", name, got.Waits, waits)
		}
		if err := restore(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHandlerUnderLoad: the handler interrupts goroutines that allocate and collect, on every thread, and harms none.
func TestHandlerUnderLoad(t *testing.T) {
	restore, err := Set(Loop)
	if err != nil {
		t.Fatal(err)
	}
	defer restore()
	stop := make(chan struct{})
	done := make(chan int)
	for range runtime.NumCPU() {
		go func() {
			sum := 0
			for {
				select {
				case <-stop:
					done <- sum
					return
				default:
					sum += len(make([]byte, 1000))
				}
			}
		}()
	}
	signals := 2000
	for range signals { // a handler that finds no child
		syscall.Kill(os.Getpid(), syscall.SIGCHLD)
		if runtime.GOMAXPROCS(0) > 1 {
			runtime.Gosched()
		}
	}
	close(stop)
	for range runtime.NumCPU() {
		if <-done%1000 != 0 {
			t.Error("a goroutine lost count")
		}
	}
	wait(t, func() bool { quiet, _ := Quiet(); return quiet })
	if n := Read().Delivered; n < 1 || n > int64(signals) {
		t.Errorf("%d deliveries of %d signals", n, signals)
	}
}

func wait(t *testing.T, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("not within 10 s")
		}
	}
}

// TestLayout: the assembly's indexes are counters of 8 bytes.
func TestLayout(t *testing.T) {
	if size := unsafe.Sizeof(tallies{}); size != 8*(5+256+128) {
		t.Errorf("tallies have %d bytes", size)
	}
}
