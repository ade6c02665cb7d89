package viewer

import (
	"io"
	"testing"
	"time"
)

// TestKeysAfterNoText: after input that is no text, and after beginnings of control strings that nothing ends, keys are
// heard again.
func TestKeysAfterNoText(t *testing.T) {
	r := openTerminal(t, "quit")
	r.waitFor("1200 must reap it")
	r.press("\xff\xe4a\x1b]\x1bP\x1b_")
	watchdog := time.AfterFunc(time.Minute, func() { t.Error("no key is heard"); r.command.Process.Kill() })
	defer watchdog.Stop()
	ask := repeat(r.pty, "?") // a string swallows keys until its time is over
	r.waitFor("HELP")
	ask()
	leave := repeat(r.pty, "q")
	r.finish(0)
	leave()
}

// repeat presses a key again and again, until it is told to stop.
func repeat(w io.Writer, key string) (stop func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			if _, err := io.WriteString(w, key); err != nil {
				return // it has ended
			}
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-stopped }
}
