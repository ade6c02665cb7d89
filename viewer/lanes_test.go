package viewer

import (
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
	"tracer/timeline"
)

// working is a server that forks for each connection: of its children one is stopped for a while, one executes another
// program, one stays a zombie because its SIGCHLD was coalesced. A thread of it serves two connections at once, with
// HTTP, and it receives a datagram.
func working() *script {
	const server, helper = 1200, 1201
	s := newScript().root(server, "/usr/bin/server 127.0.0.1:8000")
	s.after(10_000).thread(server, helper)
	queued := func() {
		s.events[len(s.events)-1].Socket.Queued = 9e6
	}
	serve := func(pid event.PID, tid event.TID, number uint64, read, written uint64) {
		s.add(pid, event.Event{Kind: event.Serve, Task: s.tasks[tid], Connection: number, BytesRead: read,
			BytesWritten: written})
	}
	say := func(kind event.Kind, number uint64, line string) {
		s.add(server, event.Event{Kind: kind, Task: s.tasks[helper], Connection: number, Line: line})
	}
	for i := range event.PID(4) {
		child, number := 1202+i, uint64(i+1)
		s.after(20_000).accept(server, 53400+int(i), 5, 0)
		queued()
		s.after(3_000).fork(server, child).after(4_000)
		serve(child, event.TID(child), number, 40, 0)
		switch i {
		case 1:
			s.after(5_000).stop(child).after(15_000).add(server, event.Event{Kind: event.Kill, Signal: event.SIGCONT,
				Target: event.TID(child), TargetPID: child, Result: event.Queued})
		case 2:
			s.after(9_000).exec(child, "/usr/bin/tool --fast", 0)
		}
		s.after(20_000)
		serve(child, event.TID(child), number, 0, 12_000)
		s.after(6_000).add(child, event.Event{Kind: event.Close, Connection: number, BytesRead: 40,
			BytesWritten: 12_345 << (10 * i)})
	}
	s.exit(1202, 0).sigchld(1202, event.Queued).after(25_000)
	s.exit(1203, 0).sigchld(1203, event.Coalesced).after(15_000)
	s.handler(server).wait(server, 1202, 9)
	for i := range uint64(2) {
		s.after(10_000).accept(server, 53410+int(i), 6, 0)
		serve(server, helper, 5+i, 80, 0)
		say(event.Request, 5+i, "GET / HTTP/1.1")
	}
	s.after(20_000).add(server, event.Event{Kind: event.Datagram, BytesRead: 77,
		Socket: &event.Socket{Local: "127.0.0.1:53"}})
	s.after(10_000)
	say(event.Response, 5, "HTTP/1.1 404 Not Found")
	serve(server, helper, 5, 0, 9)
	s.after(10_000).add(server, event.Event{Kind: event.Close, Connection: 5, BytesRead: 80, BytesWritten: 9})
	return s.after(30_000)
}

// TestPastIsTheSameLiveAndOnFile: at any event the panes that draw the past are the same in a trace under way and in
// its recording, and the same as if nothing had come after it.
func TestPastIsTheSameLiveAndOnFile(t *testing.T) {
	events := working().events
	picture := func(s *state, key string, pos int) []string {
		s.w, s.h = 100, 30
		s.setCursor(uint64(pos - 1))
		s.arrive()
		press(s, key)
		s.lanes.window = window{mode: windowStays, from: bootTime, per: 4e6, columns: 69}
		s.settle()
		return strings.Split(joined(s.side.lines(s)), "\n")
	}
	for _, key := range []string{"l", "r"} {
		for pos := 1; pos < len(events); pos += 3 {
			live := newState(Options{Live: true})
			live.take(slices.Clone(events))
			file := newState(Options{Replay: Events(events)})
			part := newState(Options{Replay: Events(events[:pos])})
			want := picture(part, key, pos)
			for name, s := range map[string]*state{"under way": live, "on file": file} {
				if got := picture(s, key, pos); !slices.Equal(got, want) {
					t.Fatalf("%s, after %d events, %s\n%s\nwithout what came after it\n%s", key, pos, name,
						strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		}
	}
}

// TestLanesAndTreeSelectTheSame: what is selected in one is selected in the other.
func TestLanesAndTreeSelectTheSame(t *testing.T) {
	s := stateWith(working(), 120, 44, Options{Live: true})
	s.side, s.focus = s.lanes, focusTree
	s.lanes.begin()
	press(s, "Home")
	press(s, "Down")
	for range 4 {
		if got, want := s.lanes.rows[s.lanes.row].lane.Number, s.tree.current().number(); got != want {
			t.Errorf("the lane of %d is selected, in the tree %d", got, want)
		}
		press(s, "Down")
	}
	press(s, "Tab")
	press(s, "End")
	for range 4 {
		if got, want := s.tree.current().number(), s.lanes.rows[s.lanes.row].lane.Number; got != want {
			t.Errorf("%d is selected in the tree, the lane of %d", got, want)
		}
		press(s, "Up")
	}
}

// TestLanesFoldAsTheTree: what is folded in the tree has no lanes.
func TestLanesFoldAsTheTree(t *testing.T) {
	s := stateWith(working(), 120, 44, Options{Live: true})
	for _, k := range strings.Fields("Home Space l") {
		press(s, k)
	}
	if n := len(s.lanes.rows); n != 1 {
		t.Errorf("%d lanes of a server that is folded", n)
	}
	for _, k := range strings.Fields("Tab Space Left") {
		press(s, k)
	}
	if slices.ContainsFunc(s.lanes.rows, func(r laneRow) bool { return r.lane.Kind == timeline.Thread }) ||
		len(s.lanes.rows) != 5 {
		t.Errorf("%d lanes without threads", len(s.lanes.rows))
	}
	press(s, "g")
	for i := range s.lanes.rows {
		if _, gone := s.lanes.rows[i].lane.Gone(s.cursor.pos); gone {
			t.Error("what has gone is hidden, and has a lane")
		}
	}
}

// TestLanesByMouse: a click selects, or goes to a time; a drag and the wheel move the picture.
func TestLanesByMouse(t *testing.T) {
	s := stateWith(nil, 80, 24, Options{Replay: Events(working().events)})
	for _, k := range strings.Fields("} l") {
		press(s, k)
	}
	l := &loop{state: s}
	mouse := func(x, y int, buttons tcell.ButtonMask, m tcell.ModMask) {
		l.mouse(tcell.NewEventMouse(x, y, buttons, m))
		s.arrive()
		s.settle()
	}
	mouse(10, 6, tcell.Button1, 0)
	mouse(10, 6, tcell.ButtonNone, 0)
	if s.lanes.row != 2 || s.tree.current().number() != s.lanes.rows[2].lane.Number {
		t.Errorf("a click selected lane %d", s.lanes.row)
	}
	per := s.lanes.window.per
	mouse(60, 10, tcell.WheelDown, tcell.ModCtrl)
	if s.lanes.window.per <= per && s.lanes.window.mode != windowWhole {
		t.Error("Ctrl and the wheel do not zoom out")
	}
	mouse(60, 10, tcell.WheelUp, tcell.ModCtrl)
	if s.lanes.window.per >= per {
		t.Error("Ctrl and the wheel do not zoom in")
	}
	from := s.lanes.window.from
	mouse(60, 10, tcell.WheelLeft, 0)
	if s.lanes.window.from >= from {
		t.Error("the wheel does not pan")
	}
	from = s.lanes.window.from
	mouse(60, 10, tcell.Button1, 0)
	mouse(57, 10, tcell.Button1, 0)
	mouse(57, 10, tcell.ButtonNone, 0)
	if s.lanes.window.from != from+3*s.lanes.window.per {
		t.Errorf("a drag of 3 columns moved it by %d", s.lanes.window.from-from)
	}
	mouse(s.lanes.names+11, 3, tcell.Button1, 0)
	if now := s.shown().now; now > s.lanes.window.timeOf(11) || s.cursor.atEnd() {
		t.Errorf("a click on the times went to %d, not to %d", now, s.lanes.window.timeOf(11))
	}
}

// TestWindow: whatever is done to it, it begins within the trace, and by whole columns.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const start = bootTime
		length := event.Time(rapid.Int64Range(0, 1e11).Draw(t, "length"))
		now := start + event.Time(rapid.Int64Range(0, int64(length)).Draw(t, "now"))
		columns, grows := rapid.IntRange(1, 200).Draw(t, "columns"), rapid.Bool().Draw(t, "grows")
		var w window
		w.place(start, now, start+length, columns, grows)
		for range 20 {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				w.pan(rapid.IntRange(-300, 300).Draw(t, "by"), start, start+length)
			case 1, 2:
				w.zoom(rapid.SampledFrom([]int{1, -1}).Draw(t, "zoom"), start, now, start+length, columns)
			case 3:
				w.mode = windowFollows
			}
			columns = max(columns+rapid.IntRange(-1, 1).Draw(t, "wider"), 1)
			w.place(start, now, start+length, columns, grows)
			if w.from < start || w.from > start+length || (w.from-start)%w.per != 0 && w.mode != windowStays {
				t.Fatalf("%+v of a trace from %d on, %d long", w, start, length)
			}
			if c := w.column(now); w.mode != windowStays && (c < 0 || c >= columns) {
				t.Fatalf("%+v: the cursor is in column %d", w, c)
			}
		}
	})
}

// TestEveryLaneSignIsExplained: the help has a line for each.
func TestEveryLaneSignIsExplained(t *testing.T) {
	s := stateWith(working(), 120, 40, Options{Live: true})
	text := joined(helpLines(s))
	for kind, look := range signLooks {
		if want := look.glyph(&unicodeLanes) + " " + look.word(&s.words.Lanes).Label; !strings.Contains(text, want) {
			t.Errorf("the help does not have %q for sign %d", want, kind)
		}
	}
}

// TestRequestColumns: they fit into every width, and do not overlap.
func TestRequestColumns(t *testing.T) {
	for w := minWidth; w < 250; w++ {
		for _, http := range []bool{false, true} {
			c := requestColumnsFor(w, http)
			last := 0
			for _, end := range []int{c.number, c.client, c.worker, c.in, c.out, c.status, c.time} {
				if end != 0 && end <= last {
					t.Fatalf("width %d: %+v", w, c)
				}
				last = max(last, end)
			}
			if last > w || c.barEnd > w || c.barEnd != 0 && c.bar <= last {
				t.Fatalf("width %d: %+v", w, c)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 9999: "9999", 10_000: "10.0k", 123_456: "123k", 999_499: "999k",
		999_500: "1.0M", 1 << 63: "9.2E"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}

// manyTasks is a server with so many tasks: children that come, serve, and go or stay, threads of these, and signals.
func manyTasks(n int) *script {
	s := newScript().root(1, "/bin/server")
	for i := 2; i < n; i += 2 {
		pid := event.PID(i)
		s.accept(1, i, 5, 0).fork(1, pid).thread(pid, event.TID(i+1))
		s.add(pid, event.Event{Kind: event.Serve, Connection: s.connections, BytesRead: 1})
		s.add(pid, event.Event{Kind: event.Serve, Connection: s.connections, BytesWritten: 1})
		if i%4 == 0 {
			s.closes(pid).endTask(pid, event.TID(i+1)).exit(pid, 0)
			s.sigchld(pid, event.Result(i/4%3))
			s.handler(1)
		}
		if i%8 == 0 {
			s.wait(1, pid, 3)
		}
	}
	return s
}

// used is the CPU time of this process, which a machine with other work to do does not stretch as it does the clock's.
func used(b *testing.B) int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkLanes20kTasks is a frame with 20,000 tasks, all of which are in the picture, in a trace under way.
func BenchmarkLanes20kTasks(b *testing.B) {
	for _, keys := range []string{"l", "l t", "l + + + +", "r", "r d"} {
		b.Run(strings.ReplaceAll(keys, " ", "_"), func(b *testing.B) {
			s := stateWith(manyTasks(20_000), 200, 60, Options{Live: true, Model: model.Options{Linger: 1e9}})
			for _, k := range strings.Fields(keys) {
				press(s, k)
			}
			var c canvas
			before := used(b)
			for b.Loop() {
				s.side.settle(s, 200, 34)
				lines := s.side.lines(s)
				c.reset(200, 60)
				for i, l := range lines {
					c.put(rect{0, i, 200, 1}, l, s.glyphs)
				}
			}
			b.ReportMetric(float64(used(b)-before)/float64(b.N)/1e6, "cpu-ms/frame")
		})
	}
}

// TestGoneLanesHaveDetails: who has gone is told of as it was when it went, from the lanes and from the requests.
func TestGoneLanesHaveDetails(t *testing.T) {
	o := Options{Replay: Events(append(working().events, event.Event{Kind: event.End, Time: bootTime + 60e9}))}
	for _, keys := range []string{"} l Home Down Down Enter", "} r End Enter"} {
		s := stateWith(nil, 80, 24, o)
		for _, k := range strings.Fields(keys) {
			press(s, k)
		}
		if who := s.tree.current(); who == nil || who.process.PID != 1202 || s.notice == "" || s.cursor.atEnd() {
			t.Errorf("%s: not of 1202, which had gone:\n%s", keys, screenText(s))
		}
	}
}

// TestLanesAreFilteredAsTheTree: only what matches has a lane, below what it belongs to.
func TestLanesAreFilteredAsTheTree(t *testing.T) {
	s := stateWith(working(), 80, 24, Options{Live: true, Where: conditionOf})
	for _, k := range strings.Fields("& z o m b i e Enter l") {
		press(s, k)
	}
	var pids []event.PID
	for i := range s.lanes.rows {
		pids = append(pids, s.lanes.rows[i].lane.PID)
	}
	if !slices.Equal(pids, []event.PID{1200, 1203}) {
		t.Errorf("the lanes are of %v", pids)
	}
}
