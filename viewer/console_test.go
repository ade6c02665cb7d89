package viewer

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
)

// scriptedTerminal is that of a program which has written something, and keeps what is typed.
type scriptedTerminal struct {
	written string
	w, h    int
	mu      sync.Mutex
	changed *sync.Cond
	typed   string
}

func writtenTo(written string) *scriptedTerminal {
	t := &scriptedTerminal{written: written}
	t.changed = sync.NewCond(&t.mu)
	return t
}

func (t *scriptedTerminal) Written(after uint64) ([]byte, uint64) {
	return []byte(t.written[after:]), uint64(len(t.written))
}

func (t *scriptedTerminal) Type(keys []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.typed += string(keys)
	t.changed.Broadcast()
}

func (t *scriptedTerminal) Resize(columns, rows int) { t.w, t.h = columns, rows }

// until waits until so much was typed, and returns all of it.
func (t *scriptedTerminal) until(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.typed) < n {
		t.changed.Wait()
	}
	return t.typed
}

// consoleState shows a program that has a terminal.
func consoleState(t testing.TB, terminal Terminal, w, h int, o Options) *state {
	o.Live, o.Terminal, o.Output = true, terminal, func() []string { return nil }
	s := stateWith(forkServer(), w, h, o)
	t.Cleanup(s.console.close)
	return s
}

// consoleSession is what an editor and a shell may write, and what must not get through.
const consoleSession = "$ ls\r\n\x1b[1;34mfolder\x1b[0m  \x1b[32mfile\x1b[0m  世界\r\n" +
	"\x1b]0;title\a\x1b]52;c;c2VjcmV0\a" +
	"\x1b[7mreverse\x1b[0m \x1b(0lqk\x1b(B \x1b[?1000h\x1b[3;70Hright\r\n$ "

func TestTerminalOfTheProgram(t *testing.T) {
	terminal := writtenTo(consoleSession)
	s := consoleState(t, terminal, 80, 24, Options{})
	press(s, "I")
	if s.side != s.written || s.mode != s.typing {
		t.Fatal("I does not give the keys to the program")
	}
	l := s.layout()
	if l.tree.h == 0 || terminal.w != l.side.w || terminal.h != l.side.h-1 {
		t.Errorf("the terminal is %dx%d in %+v", terminal.w, terminal.h, l.side)
	}
	for _, want := range []string{"$ ls", "folder  file  世界", "reverse ┌─┐", "right"} {
		if !strings.Contains(screenText(s), want) {
			t.Errorf("no %q on\n%s", want, screenText(s))
		}
	}
	for _, e := range []*tcell.EventKey{tcell.NewEventKey(tcell.KeyRune, 'q', 0),
		tcell.NewEventKey(tcell.KeyRune, 'é', 0), tcell.NewEventKey(tcell.KeyCtrlC, 0, tcell.ModCtrl),
		tcell.NewEventKey(tcell.KeyUp, 0, 0), tcell.NewEventKey(tcell.KeyEnter, 0, 0),
		tcell.NewEventKey(tcell.KeyBackspace2, 0, 0), tcell.NewEventKey(tcell.KeyTab, 0, 0),
		tcell.NewEventKey(tcell.KeyBacktab, 0, 0), tcell.NewEventKey(tcell.KeyRune, 'x', tcell.ModAlt),
		tcell.NewEventKey(tcell.KeyEscape, 0, 0), tcell.NewEventKey(tcell.KeyF5, 0, 0),
		tcell.NewEventKey(tcell.KeyCtrlSpace, 0, tcell.ModCtrl),
		tcell.NewEventKey(tcell.KeyCtrlBackslash, 0, tcell.ModCtrl)} {
		s.typing.press(s, e)
	}
	const want = "qé\x03\x1b[A\r\x7f\t\x1b[Z\x1bx\x1b\x1b[15~\x00\x1c"
	if got := terminal.until(len(want)); got != want {
		t.Errorf("typed %q, want %q", got, want)
	}
	if s.quit {
		t.Error("what is typed for the program ends the viewer")
	}
	s.typing.press(s, tcell.NewEventKey(tcell.KeyCtrlRightSq, 0, tcell.ModCtrl))
	if s.mode != (browse{}) || terminal.until(0) != want {
		t.Errorf("Ctrl-] does not take the keys back: %q", terminal.until(0))
	}
	terminal.written += "\x1b[?1h\x1b[6n"
	s.tick(1, 1)
	const where = want + "\x1b[4;3R"
	if got := terminal.until(len(where)); got != where {
		t.Errorf("asked where the cursor is, it hears %q", got[len(want):])
	}
	press(s, "I")
	s.typing.press(s, tcell.NewEventKey(tcell.KeyUp, 0, 0))
	if got := terminal.until(len(where) + 3); got != where+"\x1bOA" {
		t.Errorf("in the mode for that an arrow is %q", got[len(where):])
	}
	s.end()
	if s.mode != (browse{}) {
		t.Error("the keys still go to a program that has ended")
	}
	if press(s, "I"); s.mode != (browse{}) || s.notice == "" {
		t.Error("the keys go to a program that has ended")
	}
}

// TestTerminalScrolls: what has scrolled away is there, and after more than can be read all begins anew.
func TestTerminalScrolls(t *testing.T) {
	terminal := writtenTo("")
	for i := range 3000 {
		terminal.written += strconv.Itoa(i) + "\r\n"
	}
	s := consoleState(t, terminal, 80, 24, Options{})
	press(s, "o")
	for s.console.behind {
		s.settle()
	}
	if got := screenText(s); !strings.Contains(got, "\n2999\n") {
		t.Errorf("the end is not shown:\n%s", got)
	}
	press(s, "Tab")
	press(s, "Home")
	if got := screenText(s); strings.Contains(got, "2999") || !strings.Contains(got, "\n19") {
		t.Errorf("the beginning is not shown:\n%s", got)
	}
}

// FuzzTerminal: whatever a program writes, only characters come to the screen, each in its cells.
func FuzzTerminal(f *testing.F) {
	f.Add([]byte(consoleSession), uint8(40), uint8(12))
	f.Add([]byte("\x1b[?1049h\x1b[2J\x1b[999;999H世\x1b[999L\x1b[999@\x1b[r\x1b[5;2r\x1bM\x1bD\x1b[S\x1b[T"),
		uint8(7), uint8(3))
	f.Add([]byte("e\u0301\u0301\u200d\U0001f468\u200d\U0001f469\x1b[1;1H\x1b[1K\x1b[99999999b"), uint8(2), uint8(1))
	f.Add([]byte("\x1bP+q\x1b\\\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\x9b31m\xc2\x9b\u202e"), uint8(80), uint8(24))
	for _, repeated := range []string{"a\x1b[9\x00999999999b", "a\x1b[9\x7f999999999b", "a\x1b\n[999999999b",
		"a\xc0\x9b999999999b", "\x1b[999999999I", "\x1b[999999999Z", "a\x1b[3b"} {
		f.Add([]byte(repeated), uint8(9), uint8(3))
	}
	f.Fuzz(func(t *testing.T, written []byte, w, h uint8) {
		for _, g := range []*glyphs{&unicodeGlyphs, &asciiGlyphs} {
			c := newConsole(writtenTo(string(written)))
			for c.read(); c.behind; c.read() {
			}
			c.resize(int(w%80)+1, int(h%24)+1)
			c.resize(int(h%80)+1, int(w%24)+1)
			for n := range c.past() + c.h {
				l := c.line(n, g, true)
				if l.width != c.w {
					t.Errorf("line %d has %d cells, not %d", n, l.width, c.w)
				}
				for _, s := range l.spans {
					if s.text != g.safe(s.text) {
						t.Errorf("line %d has %q", n, s.text)
					}
				}
			}
			c.close()
		}
	})
}

// TestSequencesEnd: however large the numbers of a sequence are, and wherever control characters stand in it, it has
// the emulator do no more than a screen can show.
func TestSequencesEnd(t *testing.T) {
	const limit = time.Second // for a sequence that takes microseconds
	for _, begin := range []string{"\x1b[", "\x9b", "\x1b[?", "\x1b[>", "\x1b[=", "\x1b\n[", "\xc0\x9b", "\x1b[9\x00",
		"\x1b[9\x7f"} {
		for end := byte('@'); end <= '~'; end++ {
			written := "世a\t" + begin + "999999999;999999999" + string(end) + "z"
			c := newConsole(writtenTo(written))
			from := time.Now()
			for c.read(); c.behind; c.read() {
			}
			if took := time.Since(from); took > limit {
				t.Errorf("%q took %v", written, took)
			}
			c.close()
		}
	}
}
