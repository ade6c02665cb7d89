package main

import (
	"context"
	"strings"
	"syscall"
	"time"
)

// screenKeys go through a replay and all that it shows.
var screenKeys = []string{",", ".", "<", ">", "[", "]", "{", "}", "i", "s", "e", "\t", "j", "k", "\x1b[H", "\x1b[F",
	"\x1b[5~", "\x1b[6~", "z", "x",
	"f", "t", "g", "w", "c", "0", "1", "2", "3", "p", "+"}

// show has the screen show a recording, or say why it cannot, and presses keys.
func (t *try) show(ctx context.Context, path string, left *remains) error {
	r, err := t.openTerminal(t.tracer, "view", path)
	if err != nil {
		return err
	}
	ended := make(chan int, 1)
	go func() {
		code, _ := r.wait()
		ended <- code
	}()
	const ctrlC = "\x03"
	until(ctx, func() bool { return strings.Contains(r.written(), "\x1b[?1049h") || len(ended) > 0 })
	if len(ended) == 0 {
		keys := ""
		for range t.IntN(30) {
			keys += pick(t, screenKeys)
		}
		if _, err := r.pty.WriteString(keys); err != nil {
			return err
		}
		t.most("MB at most of a screen", int(peakOf(r.pid)>>20))
		if _, err := r.pty.WriteString(ctrlC); err != nil {
			return err
		}
	}
	code, late := 0, false
	select {
	case code = <-ended:
	case <-time.After(patience):
		late = true
		_ = syscall.Kill(r.pid, syscall.SIGKILL) // it is ours
		code = <-ended
	}
	o := outcome{code: code, late: late, took: patience, stdout: []byte(strings.ReplaceAll(r.written(), "\r\n", "\n"))}
	if t.sane("view", o, left.shownCodes()...) {
		t.terminalRestored(ctx, r)
	}
	t.count("screens", 1)
	return r.close()
}

// shownCodes: the screen finds no damage where it did not go.
func (left *remains) shownCodes() []int {
	switch {
	case left == nil:
		return append([]int{1}, readable...)
	case left.readable && !left.whole:
		return readable
	}
	return left.codes()
}
