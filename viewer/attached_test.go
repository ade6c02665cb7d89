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
	sc.add(0, event.Event{Kind: event.Snapshot, Began: bootTime - 1})
	s := stateWith(sc.after(3_000_000), 120, 40, Options{Live: true, Title: "attached to server (50)"})
	if got := s.headline(120).String(); !strings.Contains(got, "attached to server (50)") || !strings.Contains(got, "1 zombie") {
		t.Errorf("the headline is %q", got)
	}
	for _, c := range []struct {
		key  string
		want []string
	}{
		{"Home", []string{"it was there before tracer attached", "/usr/bin/server", "server -d", "lives"}},
		{"z", []string{"it was there before tracer attached", "for at least 3.00 s", "50 (server) must reap it", "exit 9"}},
	} {
		press(s, c.key)
		_, lines := s.detail(70)
		got := strings.Join(strings.Fields(joined(lines)), " ")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("after %q %q is missing in\n%s", c.key, want, joined(lines))
			}
		}
	}
}
