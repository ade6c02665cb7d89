package viewer

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
	"tracer/rules"
)

func joined(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	return b.String()
}

// detailLines are the lines of the details, in a pane of that width.
func detailLines(s *state, width int) []line {
	s.details.settle(s, width, 100)
	return s.details.all
}

func linesOfSummary(s *state) []line {
	lines, _ := summaryLines(s.scene(), 60)
	return lines
}

func TestSummaryHasEveryCounter(t *testing.T) {
	s := stateWith(forkServer(), 120, 40, Options{Live: true})
	got := joined(linesOfSummary(s))
	typ := reflect.TypeOf(model.Counters{})
	for i := range typ.NumField() {
		if name, ok := typ.Field(i).Tag.Lookup("json"); ok && !strings.Contains(got, " "+name+" ") {
			t.Errorf("%s is missing", name)
		}
	}
	for _, want := range []string{"zombies_now          4\n", "exit_codes           0: 19, 3: 1",
		"exit_signals         9: 1", "127.0.0.1:8000: 22",
		"4 zombies (first 1207", "4 SIGCHLD were coalesced"} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// What processes have used is counted by process, in numbers with a fraction.
func TestSummaryTellsWhatProcessesUsed(t *testing.T) {
	sc := newScript().root(1, "/bin/x").fork(1, 2).fork(1, 3)
	for pid, cpu := range map[event.PID]event.Time{2: 1_500_000, 3: 20_000_000} {
		sc.add(pid, event.Event{Kind: event.Exit, Flags: event.GroupDead, Parent: 1, Reaper: 1,
			Cost: &event.Cost{Process: event.Usage{CPU: cpu}}})
	}
	got := joined(linesOfSummary(stateWith(sc, 120, 40, Options{Live: true})))
	const want = "cpu_ms_by_process 3: 20.000, 2: 1.500"
	if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
		t.Errorf("%q is missing in\n%s", want, got)
	}
}

func TestSummaryBoundsItsMaps(t *testing.T) {
	sc := newScript().root(1, "/bin/x")
	for i := range event.PID(300) {
		sc.fork(1, 2+i).accept(2+i, 5000, 3, 0)
	}
	got := joined(linesOfSummary(stateWith(sc, 120, 40, Options{Live: true})))
	if !strings.Contains(strings.Join(strings.Fields(got), " "), "106: 1, and 292 more") {
		t.Errorf("accepts_by_task is not bounded:\n%s", got)
	}
}

func TestDetailTellsAll(t *testing.T) {
	s := stateWith(forkServer(), 120, 40, Options{Live: true})
	for _, c := range []struct {
		keys string
		want []string
	}{
		{"Home", []string{"tracer launched it", "/usr/bin/forkserver --reap once 127.0.0.1:8000", "23 made",
			"4 wait to be reaped", "3 alive, 3 made",
			"22, the last from 127.0.0.1:53501", "127.0.0.1:8000, 2 queued of 128",
			"17 queued 4 coalesced 17 delivered", "not waited for"}},
		{"z", []string{"zombie", "1200 (forkserver) must reap it", "exit 0 (wait status 0x0000)", "lived 20.0 ms",
			"its process id stays taken"}},
		{"Down", []string{"gone", "by 1200, by wait4, 0.60 ms after its end; that is its parent",
			"its process id is free again"}},
		{"/ 1 3 0 1 Enter", []string{"1 (init), who adopted it", `/usr/bin/logger --line $'a\x1b[31mb'`,
			"creator 1300"}},
		{"/ 1 3 0 2 Enter Right Right Down", []string{"process 1302 (logger)", "state alive"}},
		{"Tab Up Down Esc Enter", []string{"EVENT 148: fork", "a task was created", "child 1225", "clone_flags 0x0"}},
	} {
		for _, k := range strings.Fields(c.keys) {
			press(s, k)
		}
		lines := detailLines(s, 60)
		got := strings.Join(strings.Fields(joined(lines)), " ")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("after %q %q is missing in\n%s", c.keys, want, joined(lines))
			}
		}
	}
}

// TestDetailTellsOfDrops: who could not connect where a process accepts.
func TestDetailTellsOfDrops(t *testing.T) {
	at := event.Socket{Listener: "127.0.0.1:80", Peer: "p", Queue: 2, Backlog: 2}
	sc := newScript().root(1, "/bin/x").add(1, event.Event{Kind: event.Accept, Connection: 1, Socket: &at})
	detail := func() string {
		return strings.Join(strings.Fields(joined(detailLines(stateWith(sc, 120, 40, Options{Live: true}), 60))), " ")
	}
	if got := detail(); strings.Contains(got, "dropped") {
		t.Errorf("drops where there were none:\n%s", got)
	}
	sc.add(1, event.Event{Kind: event.ListenDrop, Count: 7, Socket: &at})
	if got := detail(); !strings.Contains(got, "127.0.0.1:80, 2 queued of 2, 7 attempts to connect dropped") {
		t.Errorf("no drops:\n%s", got)
	}
}

// Each field that the table of kinds describes is shown for an event of that kind.
func TestEventDetailHasEveryField(t *testing.T) {
	s := stateWith(newScript().root(1, "/bin/x"), 120, 40, Options{Live: true})
	for _, k := range event.Kinds() {
		s.take([]event.Event{{Kind: k, Time: bootTime + 1, PID: 1, Task: event.Task{TID: 1, Start: bootTime}, Comm: "c",
			Path: "p", Args: "a\x00",
			Socket: &event.Socket{Listener: "l", Local: "l", Peer: "p"},
			Rare:   &event.Rare{ReaperComm: "r", Setting: "s", Class: "c"},
			Result: event.Ignored, Flags: event.Guessed}})
		d := details{scene: s.scene(), fields: fields{width: 60}}
		end := s.cursor.log.end()
		d.event(s.cursor.log.at(end-1), end-1)
		got := joined(d.lines)
		for _, field := range append(slices.Clone(event.Common), k.Spec().Fields...) {
			if !strings.Contains(got, " "+field.Name+" ") {
				t.Errorf("%v: %s is missing in\n%s", k, field.Name, got)
			}
		}
	}
}

func TestHelpExplainsEverything(t *testing.T) {
	for _, o := range []Options{{Live: true}, {Live: true, ASCII: true}, {Replay: Events(forkServer().events)}} {
		for _, width := range []int{40, 80, 140} {
			s := stateWith(forkServer(), width, 40, o)
			got := joined(helpLines(s))
			for _, group := range newState(Options{}).sections {
				for _, b := range group.bindings {
					if b.help == "" || group.when != nil && !group.when(s) {
						continue
					}
					if first := strings.Fields(b.help)[0]; !strings.Contains(got, first) {
						t.Errorf("%d cells: the help for %v is missing", width, b.keys)
					}
				}
			}
			for _, want := range []string{"zombie", "reap", "coalesced", s.glyphs.leaderless, s.glyphs.zombie,
				s.glyphs.thread, s.glyphs.coroutine, s.glyphs.cursor} {
				if !strings.Contains(got, want) {
					t.Errorf("%d cells: %q is not explained", width, want)
				}
			}
		}
	}
}

func TestEveryKindHasARole(t *testing.T) {
	for _, k := range event.Kinds() {
		if kindRoles[k] == roleText {
			t.Errorf("no role for %v", k)
		}
		if k != event.Lost && k != event.Snapshot && k != event.End && k != event.Control &&
			!slices.Contains(slices.Concat(choices()...), k) {
			t.Errorf("no key chooses %v", k)
		}
	}
}

// The events shown are in order, pass the filter, hold the cursor, and fill the pane as far as there are any.
func TestPick(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := drawLife(t, rapid.IntRange(0, 60).Draw(t, "events"))
		s := stateWith(sc, 80, 24, Options{Window: rapid.IntRange(1, 40).Draw(t, "window")})
		s.events.kinds = uint64(rapid.SampledFrom([]int{0, 0, 1 << event.Fork, 1<<event.Exit | 1<<event.Wait}).Draw(t,
			"kinds"))
		if rapid.Bool().Draw(t, "held") {
			s.setCursor(uint64(rapid.IntRange(0, len(sc.events)).Draw(t, "cursor")))
			s.arrive()
		}
		rows := rapid.IntRange(0, 30).Draw(t, "rows")
		got, passes := s.events.pick(s, rows), s.events.passes(s)
		first, end := s.cursor.first(), s.cursor.log.end()
		cursor, fixed := s.cursor.event()
		all := uint64(0)
		for n := first; n < end; n++ {
			if passes(s.cursor.log.at(n)) || fixed && n == cursor {
				all++
			}
		}
		if want := min(all, uint64(rows)); uint64(len(got)) != want {
			t.Fatalf("%d events of %d for %d rows: %v", len(got), all, rows, got)
		}
		for i, n := range got {
			if n < first || n >= end || i > 0 && n <= got[i-1] {
				t.Fatalf("%v is not in order within %d..%d", got, first, end)
			}
			if !passes(s.cursor.log.at(n)) && !(fixed && n == cursor) {
				t.Fatalf("event %d does not pass", n)
			}
		}
		if rows > 0 && fixed && !slices.Contains(got, cursor) {
			t.Fatalf("%v is without the cursor %d", got, cursor)
		}
		if rows > 0 && s.cursor.follows && s.events.kinds == 0 && got[len(got)-1] != end-1 {
			t.Fatalf("%v does not end with the newest, %d", got, end-1)
		}
	})
}

func TestRingKeepsTheLast(t *testing.T) {
	const keep = ringBlock + 4
	r := ring{keep: keep}
	for i := range event.Time(3*keep + 1) {
		r.add(&event.Event{Time: i})
		first, end := r.first(), r.end
		if end != uint64(i)+1 || end-first != min(end, keep) {
			t.Fatalf("after %d events: %d..%d", i+1, first, end)
		}
		for _, n := range []uint64{first, (first + end) / 2, end - 1} {
			if got := r.from(n)[0].Time; got != event.Time(n) {
				t.Fatalf("event %d is %d", n, got)
			}
		}
	}
}

func TestOutputStaysAtItsEnd(t *testing.T) {
	lines := []string{"first"}
	s := stateWith(forkServer(), 60, 20, Options{Live: true, Output: func() []string { return lines }})
	press(s, "o")
	for range 50 {
		lines = append(lines, "more")
	}
	lines = append(lines, "last")
	if text := screenText(s); !strings.Contains(text, "last") {
		t.Errorf("the newest output is not shown:\n%s", text)
	}
	press(s, "Home")
	if text := screenText(s); !strings.Contains(text, "first") {
		t.Errorf("Home does not show the first line:\n%s", text)
	}
	lines = append(lines, "later")
	if text := screenText(s); !strings.Contains(text, "first") {
		t.Errorf("new output scrolled what is read away:\n%s", text)
	}
}

func TestUTF8Locale(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "", false}, {"", "", "C", false}, {"", "", "C.UTF-8", true}, {"", "de_DE.utf8", "C", true},
		{"POSIX", "de_DE.utf8", "en_US.UTF-8", false}, {"", "", "de_DE.ISO-8859-1", false},
	} {
		getenv := func(name string) string {
			return map[string]string{"LC_ALL": c.all, "LC_CTYPE": c.ctype, "LANG": c.lang}[name]
		}
		if got := utf8Locale(getenv); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Why a program failed at once stands in what it wrote; of one that did its work for a while, or well, nobody asked.
func TestOutputOfAFailureIsShown(t *testing.T) {
	for _, c := range []struct {
		status int32
		after  int
		shown  bool
	}{{1 << 8, 1_000, true}, {9, 1_000_000, true}, {0, 1_000, false}, {1 << 8, 60_000_000, false}} {
		s := stateWith(newScript().root(1, "/bin/x").after(c.after).exit(1, c.status), 80, 24,
			Options{Output: func() []string { return []string{"no such module"} }})
		if shown := strings.Contains(screenText(s), "no such module"); shown != c.shown {
			t.Errorf("status %d after %d us: shown %v", c.status, c.after, shown)
		}
	}
}

// What the summary finds leads to the events that show it, one after the other, by a key and by a click.
func TestFindingsLeadToTheirEvents(t *testing.T) {
	for name, o := range map[string]Options{"live": {Live: true}, "file": {Replay: Events(forkServer().events)}} {
		s := stateWith(forkServer(), 120, 40, o)
		press(s, "}")
		press(s, "s")
		findings := rules.Find(s.shown().model)
		var want []uint64
		for _, f := range findings {
			want = append(want, f.Evidence...)
		}
		if len(findings) < 2 || len(want) <= len(findings) {
			t.Fatalf("%s: %d events show %d findings", name, len(want), len(findings))
		}
		for i, n := range append(want, want[0]) {
			press(s, "v")
			if at, ok := s.cursor.event(); !ok || at != n {
				t.Errorf("%s: press %d led to event %d, want %d", name, i+1, at, n)
			}
			if s.notice == "" {
				t.Errorf("%s: it is not said what event %d shows", name, n)
			}
		}
		press(s, "V")
		if at, _ := s.cursor.event(); at != want[len(want)-1] {
			t.Errorf("%s: back led to event %d, want %d", name, at, want[len(want)-1])
		}
		press(s, "}")
		second := s.summary.first[1]
		s.click(100, s.layout().side.y+1+second)
		s.arrive()
		if at, _ := s.cursor.event(); at != findings[1].Evidence[0] {
			t.Errorf("%s: a click led to event %d, want %d", name, at, findings[1].Evidence[0])
		}
	}
	s := stateWith(newScript().root(1, "/bin/x"), 120, 40, Options{Live: true})
	if press(s, "v"); !s.cursor.follows || s.notice == "" {
		t.Error("without a finding it leads somewhere")
	}
}

// TestFindingNamesWhoIsGone: a finding has the name of its process as it was then, though that is gone.
func TestFindingNamesWhoIsGone(t *testing.T) {
	sc := newScript().root(1200, "/bin/x").fork(1200, 1201).exec(1201, "/bin/y", 0).fork(1201, 1202).exit(1202, 0).
		after(200_000).wait(1201, 1202, 1).exit(1201, 0).wait(1200, 1201, 1).fork(1200, 1201)
	got := strings.Join(strings.Fields(joined(linesOfSummary(stateWith(sc, 120, 40, Options{Live: true})))), " ")
	if !strings.Contains(got, "note, 1201 (y): zombie 1202") {
		t.Errorf("1201 is not named in\n%s", got)
	}
}

// The details of a process tell which waits its threads are in, and for how long.
func TestDetailOfWaits(t *testing.T) {
	script := newScript().root(1200, "/bin/x").fork(1200, 1201).thread(1200, 1203).waits(1200, 1201).
		add(1200, event.Event{Kind: event.Waiting, Task: event.Task{TID: 1203}, Call: event.Waitid,
			IDType: event.IDPidfd, ID: 1201}).after(1_000_000)
	s := stateWith(script, 120, 40, Options{Live: true})
	press(s, "g")
	got := strings.Join(strings.Fields(joined(detailLines(s, 200))), " ")
	for _, want := range []string{"in a wait wait4(1201), for 1.00 s",
		"thread 1203: waitid(P_PIDFD of 1201), for 1.00 s"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// The details of a zombie name what keeps its parent from reaping it.
func TestDetailOfZombie(t *testing.T) {
	forked := func() *script { return newScript().root(1200, "/bin/x").fork(1200, 1201).exec(1201, "/bin/y", 0) }
	for name, c := range map[string]struct {
		script *script
		want   string
	}{
		"held": {forked().debugged(1201).after(1_000_000), "zombie for 1.00 s; held by a debugger " +
			"its debugger is told first: its parent can reap it only after that waits for it or ends"},
		"no signal": {newScript().root(1200, "/bin/x").fork(1200, 1201).sends(0).exit(1201, 0).after(1_000_000),
			"zombie for 1.00 s; 1200 (x) must reap it " +
				"it sent no signal at its end: only a wait with __WALL or __WCLONE finds it"},
		"another signal": {newScript().root(1200, "/bin/x").fork(1200, 1201).sends(10).exit(1201, 0).
			after(1_000_000), "it sent SIGUSR1, not SIGCHLD, at its end: only a wait with __WALL or __WCLONE finds it"},
		"a parent in a wait": {forked().fork(1200, 1202).waits(1200, 1202).exit(1201, 0).after(1_000_000),
			"1200 (x) must reap it 1200 (x) is in wait4(1202)"},
		"stopped parent": {forked().stop(1200).exit(1201, 0).after(1_000_000), "1200 (x) must reap it " +
			"1200 (x) is stopped by SIGSTOP: it can wait only when SIGCONT has come"},
	} {
		s := stateWith(c.script, 120, 40, Options{Live: true})
		press(s, "z")
		if got := joined(detailLines(s, 200)); !strings.Contains(strings.Join(strings.Fields(got), " "), c.want) {
			t.Errorf("%s: %q is missing in\n%s", name, c.want, got)
		}
	}
}

// What is likely to be wrong stands at the bottom as soon as it has lasted, and as long as it lasts.
func TestFindingsAtTheBottom(t *testing.T) {
	b := newScript().root(1200, "/bin/srv").fork(1200, 1201).after(1000).exit(1201, 0).sigchld(1201, event.Ignored)
	s := stateWith(b, 100, 24, Options{Live: true})
	box := func() string {
		lines := s.found.lines(s)
		all := ""
		for i := range lines {
			all += lines[i].String()
		}
		return all
	}
	at := s.cursor.head.now
	for _, step := range []struct {
		after event.Time
		shown bool
		why   string
	}{
		{0, false, "it has just become a zombie"},
		{betweenLooks / 2, false, "it can be reaped yet"},
		{2 * betweenLooks, true, "it is one still"},
		{3 * betweenLooks, true, "and goes on to be"},
	} {
		s.tick(at+step.after, 0)
		s.tick(at+step.after, 0) // a tick after an event only notes that there was one
		s.settle()
		if (box() != "") != step.shown {
			t.Fatalf("after %v, %s: %q", step.after, step.why, box())
		}
		s.tick(at+step.after+betweenLooks, 0)
		s.settle()
	}
	if !strings.Contains(box(), "1201") || s.layout().found.h != 2 ||
		!strings.Contains(screenText(s), "! new: warning") {
		t.Errorf("the screen is\n%s", screenText(s))
	}
	s.take(b.wait(1200, 1201, 5).events[len(b.events)-1:])
	s.tick(at+6*betweenLooks, 0)
	s.tick(at+6*betweenLooks, 0)
	s.settle()
	if box() != "" || s.layout().found.h != 0 {
		t.Errorf("it was reaped, and there is %q", box())
	}
}

// The newest finding is the one that is shown, unless one reads another.
func TestNewestFinding(t *testing.T) {
	for _, reads := range []bool{false, true} {
		b := forkServer()
		s := stateWith(b, 100, 40, Options{Live: true})
		tick := func(after event.Time) {
			for range 2 {
				s.tick(b.now+after, 0)
				s.settle()
			}
		}
		tick(betweenLooks)
		tick(2 * betweenLooks)
		if len(s.found.found) != 1 || s.found.at != 0 {
			t.Fatalf("there are %d findings", len(s.found.found))
		}
		if reads {
			press(s, "!")
		}
		before := keyOf(&s.found.found[0])
		n := len(b.events)
		s.take(b.lost(event.Fork, 17).events[n:])
		tick(4 * betweenLooks)
		tick(6 * betweenLooks)
		if len(s.found.found) != 2 || (keyOf(&s.found.found[s.found.at]) == before) != reads {
			t.Errorf("of %d findings number %d is shown, while one reads: %v", len(s.found.found), s.found.at, reads)
		}
	}
}

// Notes are no findings that have to be seen at once.
func TestNotesStayInTheSummary(t *testing.T) {
	b := newScript().root(1200, "/bin/srv").fork(1200, 1201).exit(1201, 0).sigchld(1201, event.Coalesced).
		wait(1200, 1201, 5)
	s := stateWith(nil, 100, 24, Options{Replay: Events(b.events)})
	press(s, "}")
	if found := rules.Find(s.shown().model); len(found) == 0 {
		t.Fatal("there is no note")
	}
	if len(s.found.found) != 0 {
		t.Errorf("%v are shown", s.found.found)
	}
}

func TestParagraphsAreJoinedAsTheirLanguageIsWritten(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"a parent", "that waits"}, "a parent that waits"},
		{[]string{"父进程没有", "等待，", "accept 失败"}, "父进程没有等待，accept 失败"},
		{[]string{"* a *point*", "  goes on"}, "* a point goes on"},
		{[]string{"用 wait", "回收", "（C）"}, "用 wait 回收（C）"},
	} {
		f := &fields{width: 80}
		f.document(c.lines)
		if got := strings.TrimSpace(joined(f.lines)); got != c.want {
			t.Errorf("%q is %q, not %q", c.lines, got, c.want)
		}
	}
}

// TestHelpIsMadeAnew: for another width, and when other keys mean something.
func TestHelpIsMadeAnew(t *testing.T) {
	s := stateWith(forkServer(), 80, 24, Options{Live: true})
	press(s, "?")
	for what, change := range map[string]func(){"width": func() { s.w = 120 }, "end": s.end, "nothing": func() {}} {
		before := joined(s.help.lines(s))
		change()
		got := joined(s.help.lines(s))
		if got != joined(helpLines(s)) || (got == before) != (what == "nothing") {
			t.Errorf("%s: the help is as it was before, or not as it is now", what)
		}
	}
}
