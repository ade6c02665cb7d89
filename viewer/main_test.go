package viewer

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/moby/sys/reexec"
	"github.com/rivo/uniseg"
	"go.uber.org/goleak"

	"tracer/event"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// terminalRole makes the test binary a viewer in a terminal, for the tests in a pty.
const terminalRole = "TRACER_VIEWER_TERMINAL"

func TestMain(m *testing.M) {
	if reexec.Init() { // it was started to guard a terminal
		return
	}
	switch role := os.Getenv(terminalRole); role {
	case "":
	case "stop":
		os.Exit(stopOnce())
	default:
		os.Exit(runInTerminal(role))
	}
	goleak.VerifyTestMain(m)
}

// runInTerminal shows a small trace, and in the role "panic" panics when its output is asked for.
func runInTerminal(role string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	batches := make(chan []event.Event, 1)
	if role == everyKeyLive || role == everyKeyFile {
		o := everyKeyOptions(role)
		if o.Replay == nil {
			batches <- working().events
			o.Batches = batches
		}
		if err := Run(ctx, o); err != nil {
			return 3
		}
		return 0
	}
	batches <- forkServer().events
	o := Options{Title: "in a terminal", Theme: Auto, Command: []string{"tracer"},
		Batches: batches, Output: func() []string {
			if role == "panic" {
				panic("out of order")
			}
			return []string{"a line"}
		}}
	if err := Run(ctx, o); err != nil {
		fmt.Println("ended by:", err)
		return 3
	}
	fmt.Println("done")
	return 0
}

// screenOf draws a state on a simulated screen through the loop's own code, and returns that screen.
func screenOf(t testing.TB, s *state, theme *Theme) tcell.SimulationScreen {
	t.Helper()
	sim := tcell.NewSimulationScreen("UTF-8")
	if err := sim.Init(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Fini)
	sim.SetSize(s.w, s.h)
	sim.Sync()
	l := &loop{state: s, screen: sim, theme: theme}
	l.draw()
	return sim
}

// rowsOf returns the text of a simulated screen, and below it, row by row, the letter of each cell's role. A row that
// has a mark is told at its end.
func rowsOf(sim tcell.SimulationScreen, theme *Theme) (text, letters []string) {
	cells, w, h := sim.GetContents()
	letterOf, markOf := map[tcell.Style]byte{}, map[tcell.Style]mark{}
	for m := range markCount {
		for r := range roleCount {
			if style := theme.styles()[r][m]; letterOf[style] == 0 {
				letterOf[style], markOf[style] = roles[r].letter, m
			}
		}
	}
	for y := range h {
		var a, b strings.Builder
		marked := markNone
		covered := 0 // cells of a wide character, but for its first
		for x := range w {
			c := cells[y*w+x]
			if covered > 0 {
				covered--
			} else {
				a.WriteString(string(c.Runes))
				covered = uniseg.StringWidth(string(c.Runes)) - 1
			}
			letter := letterOf[c.Style]
			if letter == 0 {
				letter = '?'
			}
			b.WriteByte(letter)
			marked = max(marked, markOf[c.Style])
		}
		text = append(text, strings.TrimRight(a.String(), " "))
		letters = append(letters, strings.TrimRight(b.String(), ".")+[...]string{"", "  =bar", "  =selected",
			"  =blurred"}[marked])
	}
	return text, letters
}

// screenText is the picture of a state as text.
func screenText(s *state) string {
	var c canvas
	s.settle()
	s.paint(&c)
	var b strings.Builder
	for y := range c.h {
		var row strings.Builder
		for _, cell := range c.cells[y*c.w : (y+1)*c.w] {
			row.WriteString(cell.text)
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return b.String()
}

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if got == string(want) {
		return
	}
	a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			t.Fatalf("%s differs in line %d:\ngot  %q\nwant %q\n(go test -update, when this is meant)", path, i+1, a[i],
				append(b, "")[min(i, len(b))])
		}
	}
	t.Fatalf("%s differs: got %d lines, want %d", path, len(a), len(b))
}
