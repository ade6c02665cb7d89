package viewer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// twoControls notes what is chosen of them.
func twoControls(chosen *[]int) []*Control {
	note := func(base int) func(int) error {
		return func(i int) error {
			if *chosen = append(*chosen, base+i); base+i == 22 {
				return errors.New("broken pipe")
			}
			return nil
		}
	}
	say := &words.English().Control
	told := func(way event.Text) event.Rare { return event.Rare{Action: event.SetReap, Setting: way} }
	return []*Control{
		{Title: say.Reap, Key: "W", Action: "switch-reaping",
			Words: say.ReapKey, Chosen: 1, Between: [2]int{0, 1}, Choose: note(10),
			Choices: []Choice{{"handler", say.Handler, told("handler")}, {"none", say.NoWait, told("none")},
				{"double-fork", say.DoubleFork, told("double-fork")}}},
		{Title: say.Clients, Key: "H", Action: "hold-clients",
			Words: say.HoldKey, Chosen: 1, Between: [2]int{0, 1}, Choose: note(20),
			Choices: []Choice{{Label: "paused", Doc: "no new client comes"},
				{Label: "as asked", Doc: "as many as the flags say"}, {Label: "fourfold", Doc: "four times as many"}}},
	}
}

// TestControl: keys and clicks choose what is written there, as long as the trace grows.
func TestControl(t *testing.T) {
	var chosen []int
	var told []string
	o := Options{Live: true, Controls: twoControls(&chosen), Changing: func(e *event.Event) error {
		told = append(told, fmt.Sprint(len(chosen), " ", e.Rare.Setting))
		return nil
	}}
	s := stateWith(forkServer(), 120, 40, o)
	for _, key := range []string{"W", "W", "C", "3", "W", "H", "5", "0", "9", "H", "6", "H"} {
		press(s, key)
	}
	if want := []int{10, 11, 12, 10, 20, 21, 20, 22, 21}; !slices.Equal(chosen, want) {
		t.Errorf("chosen %v, want %v", chosen, want)
	}
	if o.Controls[0].Chosen != 0 || o.Controls[1].Chosen != 1 { // 22 failed
		t.Errorf("chosen now: %d, %d", o.Controls[0].Chosen, o.Controls[1].Chosen)
	}
	want := []string{"0 handler", "1 none", "2 double-fork", "3 handler", "4 ", "5 ", "6 ", "7 ",
		"8 "}
	if !slices.Equal(told, want) {
		t.Errorf("told, after so many, %q, want %q", told, want)
	}
	chosen = nil
	for y, at := range s.control.at {
		if at.control == o.Controls[1] && at.number == 0 {
			s.control.click(s, 3, y)
		}
	}
	if !slices.Equal(chosen, []int{20}) {
		t.Errorf("a click chose %v", chosen)
	}
	s.end()
	press(s, "1")
	press(s, "W")
	press(s, "C")
	if len(chosen) != 1 || s.notice != s.words.Control.None {
		t.Errorf("after the end: %v, %q", chosen, s.notice)
	}
}

// TestControlKeysAreFree: a control's own key has no other meaning.
func TestControlKeysAreFree(t *testing.T) {
	for _, c := range twoControls(new([]int)) {
		for _, group := range newState(Options{}).sections {
			for _, b := range group.bindings {
				if slices.Contains(b.keys, c.Key) {
					t.Errorf("%q means %q as well", c.Key, b.help)
				}
			}
		}
	}
}

// sent takes any signal.
func sent(event.Task, syscall.Signal) error { return nil }

// switched is a server that the user has reap by a handler while it has zombies.
func switched() *script {
	const server = event.PID(1200)
	sc := newScript().root(server, "/bin/server")
	for pid := server + 1; pid < server+6; pid++ {
		sc.after(1000).fork(server, pid).after(1000).exit(pid, 0).sigchld(pid, event.Ignored)
	}
	sc.after(500_000).add(2, event.Event{Kind: event.Control, Flags: event.Untraced,
		Rare: &event.Rare{Action: event.SetReap, Setting: "handler"}})
	sc.add(server, event.Event{Kind: event.Dispose, Signal: event.SIGCHLD, Disposition: event.Handler})
	for pid := server + 1; pid < server+6; pid++ {
		sc.after(10).wait(server, pid, 5)
	}
	sc.fork(server, server+6).fork(server, server+7).after(1000).exit(server+6, 0).exit(server+7, 0)
	sc.sigchld(server+6, event.Queued).sigchld(server+7, event.Coalesced).handler(server)
	return sc.wait(server, server+6, 5).wait(server, server+7, 5).after(2_000_000)
}

// TestChangeIsExplained: on the panel, and while it is new below the panes, also where the past is shown.
func TestChangeIsExplained(t *testing.T) {
	const want = "--reap handler was set 2.00 s ago; no zombie is left: a loop of waits also takes those whose " +
		"signal was coalesced; the server has reaped all of the 5 zombies that were there, a thread of it reaped " +
		"5 in one loop of waits, without a signal; 2 children ended since: 1 SIGCHLD delivered, 1 coalesced, 2 " +
		"reaped by waits"
	o := Options{Live: true, Controls: twoControls(new([]int))}
	s := stateWith(switched(), 120, 40, o)
	shows := func(lines []line) bool {
		return strings.HasPrefix(strings.TrimPrefix(strings.Join(strings.Fields(joined(lines)), " "), "! "), want)
	}
	if got := changeIn(s); got != want || s.found.change != want || !shows(s.found.lines(s)) {
		t.Errorf("got  %q\nwant %q\nbelow: %q\n%s", got, want, s.found.change, screenText(s))
	}
	press(s, "C")
	if s.found.change != "" || !shows(s.control.lines(s)) {
		t.Errorf("on the panel:\n%s", screenText(s))
	}
	press(s, "C")
	s.tick(s.shown().now+changeStays, 1)
	s.settle()
	if s.found.change != "" {
		t.Error("it is still said when it is old")
	}
	press(s, "{")
	if changeIn(s) != "" {
		t.Error("it is said before it was so")
	}
}

// TestSignals: each goes to who it is for; what ends a process is asked first; where there is nobody, that is said.
func TestSignals(t *testing.T) {
	type signal struct {
		pid    event.TID
		number syscall.Signal
	}
	var got []signal
	refuse := false
	start := func(sc *script) *state {
		s := stateWith(sc, 120, 40, Options{Live: true, Signal: func(to event.Task, number syscall.Signal) error {
			if refuse {
				return syscall.ESRCH
			}
			got = append(got, signal{to.TID, number})
			return nil
		}})
		press(s, "Home")
		press(s, "Down")
		press(s, "C")
		return s
	}
	press := func(s *state, keys ...string) {
		for _, key := range keys {
			press(s, key)
		}
	}
	server := newScript().root(1200, "/bin/server").fork(1200, 1201).fork(1200, 1202).exit(1202, 0)
	s := start(server)
	say := &s.words.Control
	press(s, "1", "2", "3", "4", "5", "n", "5", "y", "6", "Esc", "6", "y")
	want := []signal{{1200, syscall.SIGSTOP}, {1200, syscall.SIGCONT}, {1201, syscall.SIGSTOP},
		{1201, syscall.SIGCONT}, {1201, syscall.SIGKILL}, {1201, syscall.SIGKILL}}
	if !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	press(s, "6")
	if s.mode != s.question || !strings.Contains(screenText(s), say.Question("SIGKILL", "1201 (server)")) {
		t.Errorf("no question on\n%s", screenText(s))
	}
	refuse = true
	if press(s, "y"); s.notice != say.NotSent("SIGKILL", "1201 (server)", syscall.ESRCH.Error()) {
		t.Errorf("refused: %q", s.notice)
	}
	refuse, got = false, nil
	press(s, "6")
	for _, e := range server.fork(1200, 1203).exit(1201, 0).events[4:] { // before the answer
		s.take([]event.Event{e})
	}
	if press(s, "y"); !slices.Equal(got, []signal{{1203, syscall.SIGKILL}}) {
		t.Errorf("of the one that is left: %v", got)
	}
	server.exit(1203, 0)
	s = start(server)
	if press(s, "5"); s.mode == s.question || s.notice != say.NotAlive {
		t.Errorf("a dead one: %q", s.notice)
	}
	if press(s, "6"); s.mode == s.question || s.notice != say.NoWorker {
		t.Errorf("no worker: %q", s.notice)
	}
	s = start(server.exit(1200, 0))
	if press(s, "1"); s.notice != say.NoServer {
		t.Errorf("no server: %q", s.notice)
	}
}

// TestTitleFollowsChanges: it says what serves at the cursor.
func TestTitleFollowsChanges(t *testing.T) {
	life := newScript().root(1, "/bin/x").fork(1, 2).after(1e6)
	life.add(1, event.Event{Kind: event.Control, Flags: event.Untraced,
		Rare: &event.Rare{Action: event.SetModel, Setting: "thread"}})
	s := stateWith(nil, 80, 24, Options{Title: "fork", Replay: Events(life.fork(1, 3).events),
		Titled: func(now model.Settings) string { return string(cmp.Or(now.Model, "fork")) + " server" }})
	for keys, want := range map[string]string{"{": "fork server", "}": "thread server", "} , ,": "fork server"} {
		for _, key := range strings.Fields(keys) {
			press(s, key)
		}
		if got := screenText(s); !strings.Contains(got, want) {
			t.Errorf("after %s there is no %q:\n%s", keys, want, got)
		}
	}
}
