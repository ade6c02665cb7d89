package viewer

import (
	"strings"
	"testing"

	"tracer/event"
)

// What was there before tracer attached is told as that, and how long an old zombie has been one is not made up.
func TestAttachedAreShown(t *testing.T) {
	sc := newScript()
	for _, e := range []event.Event{
		{PID: 50, Parent: 1, Comm: "server", Path: "/usr/bin/server", Args: "server\x00-d\x00"},
		{PID: 51, Parent: 50, Comm: "worker", State: event.Zombie, Status: 9 << 8},
	} {
		e.Kind, e.NSPID, e.Task = event.Seen, e.PID, event.Task{TID: event.TID(e.PID), Start: bootTime - 40e9}
		sc.add(e.PID, e)
	}
	sc.add(0, event.Event{Kind: event.Snapshot, Rare: &event.Rare{Began: bootTime - 1}})
	s := stateWith(sc.after(3_000_000), 120, 40, Options{Live: true, Title: "attached to server (50)"})
	if got := s.header().headline(120).String(); !strings.Contains(got, "attached to server (50)") ||
		!strings.Contains(got, "1 zombie") {
		t.Errorf("the headline is %q", got)
	}
	for _, c := range []struct {
		key  string
		want []string
	}{
		{"Home", []string{"it was there before tracer attached", "/usr/bin/server", "server -d", "lives"}},
		{"z", []string{"it was there before tracer attached", "for at least 3.00 s", "50 (server) must reap it",
			"exit 9"}},
	} {
		press(s, c.key)
		lines := detailLines(s, 70)
		got := strings.Join(strings.Fields(joined(lines)), " ")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("after %q %q is missing in\n%s", c.key, want, joined(lines))
			}
		}
	}
}

// How long somebody has been a zombie who was found dead is a lower bound, and is told as one wherever it is told; how
// long he lived is not known. Whose exit was seen is told exactly.
func TestZombiesFoundDead(t *testing.T) {
	type told struct{ age, story, detail string }
	tell := func(sc *script, pid event.PID) told {
		s := stateWith(sc, 120, 40, Options{Live: true})
		p := s.shown().model.Find(pid)
		if p == nil { // reaped
			for p = s.shown().model.Find(50).FirstChild(); p.PID != pid; p = p.Next() {
			}
		}
		var story []string
		for _, part := range s.scene().processFacts(p, s.tree.foldOf(p)) {
			story = append(story, part.words)
		}
		d := details{scene: s.scene(), fields: fields{width: 200}}
		d.process(p)
		for _, l := range d.lines {
			if words := l.String(); strings.HasPrefix(words, " zombie") || strings.HasPrefix(words, " reaped") {
				return told{s.scene().age(p), strings.Join(story, ", "), strings.Join(strings.Fields(words), " ")}
			}
		}
		return told{}
	}
	zombie := func(pid event.PID, flags event.Flags) event.Event {
		return event.Event{Kind: event.Seen, PID: pid, NSPID: pid, Task: event.Task{TID: event.TID(pid),
			Start: bootTime - 40e9}, Parent: 50,
			State: event.Zombie, Status: 9 << 8, Flags: flags}
	}
	for name, c := range map[string]struct {
		dies     func(sc *script)
		as, gone told
	}{
		"met by attach": {func(sc *script) { sc.add(51, zombie(51, 0)) },
			told{">3.0s", "exit 9, 50 must reap it", "zombie for at least 3.00 s; 50 must reap it"},
			told{"?", "exit 9, reaped by 50, zombie for at least 3.00 s",
				"reaped by 50, by wait4, at least 3.00 s after its end; that is its parent"}},
		"found after a loss": {func(sc *script) { sc.add(51, zombie(51, event.Guessed)) },
			told{">3.0s", "exit 9, 50 must reap it, guessed after a loss",
				"zombie for at least 3.00 s; 50 must reap it"},
			told{"?", "exit 9, reaped by 50, zombie for at least 3.00 s, guessed after a loss",
				"reaped by 50, by wait4, at least 3.00 s after its end; that is its parent"}},
		"ending as tracer attached": {func(sc *script) {
			alive := zombie(51, 0)
			alive.State, alive.Status = 0, 0
			sc.add(51, alive).add(51, zombie(51, 0))
		}, told{">3.0s", "exit 9, 50 must reap it, was ending as tracer attached",
			"zombie for at least 3.00 s; 50 must reap it"},
			told{"?", "exit 9, reaped by 50, zombie for at least 3.00 s, was ending as tracer attached",
				"reaped by 50, by wait4, at least 3.00 s after its end; that is its parent"}},
		"seen to exit": {func(sc *script) { sc.fork(50, 51).after(2_000_000).exit(51, 9<<8) },
			told{"3.0s", "exit 9, 50 must reap it", "zombie for 3.00 s; 50 must reap it"},
			told{"2.0s", "exit 9, reaped by 50, zombie for 3.00 s",
				"reaped by 50, by wait4, 3.00 s after its end; that is its parent"}},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScript()
			sc.add(50, event.Event{Kind: event.Seen, PID: 50, NSPID: 50, Task: event.Task{TID: 50,
				Start: bootTime - 50e9}, Parent: 1})
			sc.add(0, event.Event{Kind: event.Snapshot, Rare: &event.Rare{Began: bootTime - 1}})
			c.dies(sc)
			if got := tell(sc.after(3_000_000), 51); got != c.as {
				t.Errorf("the zombie is told as %q, want %q", got, c.as)
			}
			sc.add(50, event.Event{Kind: event.Wait, Call: event.Wait4, Child: event.Task{TID: 51}, Status: 9 << 8})
			if got := tell(sc.after(1_000_000), 51); got != c.gone {
				t.Errorf("the gone one is told as %q, want %q", got, c.gone)
			}
		})
	}
}
