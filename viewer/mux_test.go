package viewer

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// mux is a tmux server with one window, and a client that steers it by lines of text (tmux's control mode): it answers
// each command, and tells when something was written to the terminal.
type mux struct {
	t       *testing.T
	in      io.Writer
	replies chan reply
	written chan struct{} // something was, since it was looked at
}

type reply struct {
	text   string
	failed bool
}

const muxConfig = `set -g status off
set -g escape-time 0
set -g default-terminal tmux-256color
`

func newMux(t *testing.T, w, h int) *mux {
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/conf", []byte(muxConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("tmux", "-u", "-C", "-S", folder+"/tmux", "-f", folder+"/conf", "new-session", "-s", "main",
		"-x", fmt.Sprint(w), "-y", fmt.Sprint(h), "env PS1='ready $?> ' bash --norc")
	c.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	m := &mux{t, in, make(chan reply, 1), make(chan struct{}, 1)}
	go m.read(out)
	t.Cleanup(func() {
		fmt.Fprintln(in, "kill-server")
		for range m.replies {
		}
		c.Wait()
	})
	m.answer("new-session")
	m.do(fmt.Sprintf("refresh-client -C %d,%d", w, h))
	m.until("shell", prompted)
	return m
}

// read takes the lines that tmux writes: answers, which stand between two lines of their own, and what it tells.
func (m *mux) read(out io.Reader) {
	defer close(m.replies)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	var text strings.Builder
	inside := false
	for lines.Scan() {
		what, _, _ := strings.Cut(lines.Text(), " ")
		switch {
		case inside && (what == "%end" || what == "%error"):
			m.replies <- reply{text.String(), what == "%error"}
			text.Reset()
			inside = false
		case inside:
			text.WriteString(lines.Text() + "\n")
		case what == "%begin":
			inside = true
		case what == "%output":
			m.poke()
		case what == "%exit": // it can say why
			m.replies <- reply{lines.Text(), true}
		}
	}
}

// poke has the screen looked at.
func (m *mux) poke() {
	select {
	case m.written <- struct{}{}:
	default:
	}
}

// do has tmux carry out a command, and returns its answer.
func (m *mux) do(command string) string {
	m.t.Helper()
	if _, err := fmt.Fprintln(m.in, command); err != nil {
		m.t.Fatal(err)
	}
	return m.answer(command)
}

func (m *mux) answer(command string) string {
	m.t.Helper()
	r, ok := <-m.replies
	if !ok || r.failed {
		m.t.Fatalf("tmux %s: %s", command, r.text)
	}
	return r.text
}

var muxKeys = map[string]string{"PgUp": "PPage", "PgDn": "NPage", "Esc": "Escape", "Backtab": "BTab",
	"Backspace": "BSpace", "Ctrl-C": "C-c", "Ctrl-L": "C-l", "Ctrl-Z": "C-z",
	"Ctrl-]": "C-]"}

func (m *mux) press(key string) {
	m.t.Helper()
	if len(key) == 1 {
		m.do(fmt.Sprintf("send-keys -H %x", key))
		return
	}
	m.do("send-keys " + cmp.Or(muxKeys[key], key))
}

// prompted: the shell waits, and what it ran ended well.
func prompted(screen string) bool { return strings.HasSuffix(screen, "ready 0>") }

// until waits for a screen that is wanted. It looks when something was written.
func (m *mux) until(what string, wanted func(screen string) bool) {
	m.t.Helper()
	limit := time.NewTimer(2 * time.Minute)
	defer limit.Stop()
	for {
		screen := strings.TrimRight(m.do("capture-pane -p"), "\n")
		if wanted(screen) {
			return
		}
		select {
		case <-m.written:
		case <-limit.C:
			m.t.Fatalf("%s: the screen is\n%s", what, screen)
		}
	}
}
