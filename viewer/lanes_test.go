package viewer

import (
	"fmt"
	"regexp"
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
	mouse(10, 8, tcell.Button1, 0)
	mouse(10, 8, tcell.ButtonNone, 0)
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
	for _, x := range []int{20, 5, 30, 500, -500} { // from the button's press on, wherever it goes
		mouse(s.lanes.names+1+x, 10, tcell.Button1, 0)
		at := s.lanes.window.timeOf(max(0, min(x, s.lanes.columns()-1)) + 1)
		n := s.cursor.pos
		if e := s.cursor.log.at(n - 1); e == nil || e.Time > at {
			t.Errorf("a drag along the times to column %d went to event %d", x, n)
		}
		if e := s.cursor.log.at(n); e != nil && e.Time <= at {
			t.Errorf("a drag along the times to column %d stops at event %d", x, n)
		}
	}
	mouse(0, 0, tcell.ButtonNone, 0)
}

// TestMarksOnTheAxis: they stand at their times, with their notes, and a click goes to the very event.
func TestMarksOnTheAxis(t *testing.T) {
	events := working().events
	marks := []event.Mark{{Event: 3, Time: events[3].Time}, {Event: 20, Time: events[20].Time, Note: "look here"},
		{Event: 21, Time: events[21].Time, Note: "no room"}}
	s := stateWith(nil, 120, 40, Options{Replay: Events(events), Marks: marks})
	for _, k := range strings.Fields("} l") {
		press(s, k)
	}
	line := s.side.lines(s)[1].String()
	if n := strings.Count(line, "◆"); n != 3 || !strings.Contains(line, "◆ no room") {
		t.Errorf("the line of marks is %q", line)
	}
	_, r := s.paneAt(0, 30)
	l := &loop{state: s}
	l.mouse(tcell.NewEventMouse(s.lanes.names+1+s.lanes.window.column(events[20].Time), r.y+2, tcell.Button1, 0))
	s.arrive()
	if s.cursor.pos != 21 {
		t.Errorf("a click on the mark of event 20 went behind %d", s.cursor.pos)
	}
}

// TestBarIsDragged: along the bar of the log the mouse drags the cursor.
func TestBarIsDragged(t *testing.T) {
	s := stateWith(nil, 80, 24, Options{Replay: Events(forkServer().events)})
	l := &loop{state: s}
	start, room := s.bar().place(80)
	mouse := func(x, y int, buttons tcell.ButtonMask) uint64 {
		l.mouse(tcell.NewEventMouse(x, y, buttons, 0))
		s.arrive()
		s.settle()
		return s.cursor.pos
	}
	middle := mouse(start+room/2, 22, tcell.Button1)
	right := mouse(start+room-2, 3, tcell.Button1)
	left := mouse(0, 22, tcell.Button1)
	mouse(0, 22, tcell.ButtonNone)
	if !(left == 0 && left < middle && middle < right) || s.cursor.playing {
		t.Errorf("to the middle %d, right %d, left %d", middle, right, left)
	}
}

// TestHandedConnections: who accepts a connection, and who served it before, leads to whoever goes on with it, but for
// one that was made for it, whose begin says so.
func TestHandedConnections(t *testing.T) {
	s := newScript().root(1, "/bin/x").fork(1, 2).fork(1, 3)
	serve := func(pid event.PID) {
		s.after(1000).add(pid, event.Event{Kind: event.Serve, Connection: s.connections, BytesRead: 1})
	}
	s.after(1000).accept(1, 40000, 5, 0)
	serve(2)
	serve(2)
	serve(3)
	s.after(1000).accept(1, 40001, 5, 0).fork(1, 4)
	serve(4)
	v := stateWith(s, 80, 24, Options{Live: true})
	press(v, "l")
	var got []string
	for i := range v.lanes.rows {
		l := v.lanes.rows[i].lane
		for _, h := range l.KnownHands(v.cursor.pos) {
			got = append(got, fmt.Sprint(h.From.PID, " to ", l.PID, " ", h.Handover))
		}
	}
	if want := []string{"1 to 2 false", "2 to 3 true"}; !slices.Equal(got, want) {
		t.Errorf("handed are %q, want %q", got, want)
	}
	if text := screenText(v); strings.Count(text, "↓") < 2 {
		t.Errorf("it is not drawn:\n%s", text)
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

// TestPastIsReadWhenLookedAt: what was is read when it is first looked at, as far as it is kept, and the same again
// after a time in which nobody looked, or in which the cursor was held until what is before it was dropped.
func TestPastIsReadWhenLookedAt(t *testing.T) {
	events := manyTasks(2000).events
	half := len(events) / 2
	picture := func(s *state) string {
		s.w, s.h = 120, 40
		s.lanes.window = window{mode: windowStays, from: events[half-40].Time, per: 1e4, columns: 89}
		press(s, "Ctrl-L")
		return joined(s.side.lines(s))
	}
	of := func(window, n int) *state {
		s := newState(Options{Live: true, Window: window})
		s.w, s.h = 120, 40
		s.take(slices.Clone(events[:n]))
		return s
	}
	for _, window := range []int{100, 1000, 100_000} {
		s := of(window, half)
		if s.past.history != nil {
			t.Fatal("a history is kept, and nobody has looked")
		}
		press(s, "l")
		if got := s.past.history.Cut().Known > 0; got != (window < half) {
			t.Errorf("of %d events are kept, and the history begins in the middle: %v", window, got)
		}
		press(s, "l")
		s.take(slices.Clone(events[half:]))
		if got := s.past.history.Pos(); got != uint64(half) {
			t.Errorf("it went on to %d, and nobody looks", got)
		}
		press(s, "l")
		fresh := of(window, len(events))
		press(fresh, "l")
		if a, b := picture(s), picture(fresh); a != b {
			t.Errorf("of %d events are kept: looked at again\n%s\nfor the first time\n%s", window, a, b)
		}
	}
	s := of(100, half)
	press(s, "p")
	s.take(slices.Clone(events[half:]))
	press(s, "l")
	if s.busy() || len(s.lanes.rows) == 0 || s.past.history.Cut().Known != uint64(half) {
		t.Errorf("of a moment before what is kept: %d lanes, cut at %+v", len(s.lanes.rows), s.past.history.Cut())
	}
}

// TestLifetimes: the histogram of the details has each child that ended, in the row of how long it lived, also those
// that the model has forgotten.
func TestLifetimes(t *testing.T) {
	b := newScript().root(1, "/bin/x")
	for i, lived := range []event.Time{5e5, 2e6, 3e6, 2e8, 3e10} {
		pid := event.PID(i + 2)
		b.fork(1, pid).after(int(lived/1000)).exit(pid, 0).wait(1, pid, 5)
	}
	b.fork(1, 99).fork(99, 100).exit(100, 0)
	s := stateWith(b, 100, 40, Options{Live: true, Model: model.Options{Linger: 1e9}})
	for _, k := range strings.Fields("Home Enter") {
		press(s, k)
	}
	got := strings.Fields(joined(s.details.lines(s)))
	i := slices.Index(got, "lived")
	if i < 0 {
		t.Fatalf("the details are %q", got)
	}
	got = slices.DeleteFunc(got[i+1:], func(word string) bool { return strings.HasPrefix(word, "▅") })
	if want := strings.Fields("< 1.0ms 1 < 10ms 2 < 100ms 0 < 1.0s 1 < 10s 0 >= 10s 1"); len(got) < len(want) ||
		!slices.Equal(got[:len(want)], want) {
		t.Errorf("the histogram is %q, want %q", got, want)
	}
}

// endings is a server whose children end before it can wait for them: one is a zombie since, one was, one is ending.
func endings() *script {
	s := newScript().root(100, "/bin/x")
	unwaitable := func(pid event.PID) {
		s.exit(pid, 0).events[len(s.events)-1].Flags |= event.Unwaitable
	}
	s.fork(100, 101).fork(100, 102).fork(100, 103).after(20_000)
	unwaitable(101)
	unwaitable(102)
	s.after(20_000).sigchld(101, event.Queued).sigchld(102, event.Coalesced).after(20_000).wait(100, 102, 9)
	s.after(20_000)
	unwaitable(103)
	return s.after(20_000).add(100, event.Event{Kind: event.Rename})
}

// TestStagesAreDrawn: in the lanes and in the details a process lives, is ending, is a zombie, is gone, each from when
// the model says, and without a gap.
func TestStagesAreDrawn(t *testing.T) {
	const lives, ending, zombie = `[━┿]+`, `[╌┿]+`, `[┅┿]+`
	for _, o := range []Options{{Live: true}, {Replay: Events(endings().events)}} {
		for i, want := range []string{lives + ending + zombie, lives + ending + zombie + `┘`, lives + ending} {
			s := stateWith(endings(), 120, 40, o)
			for _, k := range strings.Fields("} l Home") {
				press(s, k)
			}
			for range i + 1 {
				press(s, "Down")
			}
			s.settle()
			row := s.lanes.rows[s.lanes.row].lane
			drawn := strings.Split(joined(s.lanes.lines(s)), "\n")[s.lanes.axisRows+i+1]
			if !regexp.MustCompile(`[┕╺]`+want+`[│ ]*$`).MatchString(drawn) || row.PID != event.PID(101+i) {
				t.Errorf("the lane of %d (%d) is %q, want %s", 101+i, row.PID, drawn, want)
			}
			press(s, "Enter")
			s.settle()
			if want = strings.Replace(want, "┘", "╸", 1); !regexp.MustCompile(`(?m)` + want + `$`).MatchString(
				joined(s.details.lines(s))) {
				t.Errorf("the details of %d are\n%s\nwithout %s", 101+i, joined(s.details.lines(s)), want)
			}
			if state := laneState(row, momentOf(s)); (state == rowEnding) != (i == 2) {
				t.Errorf("the lane of %d is in state %d", 101+i, state)
			}
		}
	}
}
