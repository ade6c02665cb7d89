package interrupt

import (
	"context"
	"os"
	"syscall"
	"testing"
)

// TestSignalsEnd: the first signal ends the context and names the exit code, the second asks not to wait.
func TestSignalsEnd(t *testing.T) {
	e, stop := Take(t.Context())
	defer stop()
	if code := Code(e); code != 0 {
		t.Errorf("exit code %d before any signal", code)
	}
	send := func(s syscall.Signal) {
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}
	send(syscall.SIGTERM)
	<-e.Done()
	select {
	case <-e.Again:
		t.Error("the first signal counts as the second")
	default:
	}
	send(syscall.SIGINT)
	<-e.Again
	if code := Code(e); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d, not that of the first signal", code)
	}
}

func TestCodeWithoutASignal(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e, stop := TakeUnignored(ctx)
	defer stop()
	cancel()
	<-e.Done()
	if code := Code(e); code != Otherwise {
		t.Errorf("exit code %d, want %d", code, Otherwise)
	}
}
