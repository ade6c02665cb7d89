package probes

import (
	"testing"

	"tracer/event"
)

func TestCensus(t *testing.T) {
	task := func(n int) event.Task { return event.Task{TID: event.TID(n), Start: event.Time(n)} }
	launch := func(n int) event.Event { return event.Event{Kind: event.Exec, Flags: event.Launch, Task: task(n)} }
	fork := func(n int) event.Event { return event.Event{Kind: event.Fork, Child: task(n)} }
	exit := func(n int) event.Event { return event.Event{Kind: event.Exit, Task: task(n)} }
	release := func(n int) event.Event { return event.Event{Kind: event.Release, Task: task(n)} }
	seen := func(n int, s event.State) event.Event { return event.Event{Kind: event.Seen, Task: task(n), State: s} }
	for _, test := range []struct {
		name         string
		before, then []event.Event // while the targets are met, and since
		over         bool
	}{
		{"a launched one that ended", nil, []event.Event{launch(1), exit(1)}, true},
		{"its child goes on", nil, []event.Event{launch(1), fork(2), exit(1)}, false},
		// Which the kernel side's count denies
		{"a child whose fork was lost", nil, []event.Event{launch(1), exit(2)}, true},
		{"a release that only confirms", nil, []event.Event{launch(1), fork(2), exit(2), release(2)}, false},
		{"nothing yet", nil, []event.Event{exit(7)}, false},
		{"met and ended", []event.Event{seen(1, event.Alive)}, []event.Event{exit(1)}, true},
		{"met by a fork and a snapshot", []event.Event{seen(1, event.Alive), fork(2), seen(2, event.Alive)},
			[]event.Event{exit(1), exit(2)}, true},
		{"met by a snapshot and a fork", []event.Event{seen(1, event.Alive), seen(2, event.Alive), fork(2)},
			[]event.Event{exit(2)}, false},
		{"a thread that ended before it was met", []event.Event{seen(1, event.Alive), exit(3)}, nil, false},
		{"a zombie was never counted", []event.Event{seen(1, event.Alive), seen(2, event.Zombie)},
			[]event.Event{exit(1)}, true},
		{"met again, as a zombie", []event.Event{seen(1, event.Alive), seen(2, event.Alive), seen(2, event.Zombie)},
			[]event.Event{exit(1)}, true},
		{"met as it ended, and released", []event.Event{seen(1, event.Alive), seen(2, event.Alive)},
			[]event.Event{exit(1), release(2)}, true},
		{"ended while the targets were met", []event.Event{seen(1, event.Alive), exit(1)}, nil, true},
		{"ended and met as dead", []event.Event{seen(1, event.Alive), exit(1), seen(1, event.Zombie)}, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c census
			if test.before != nil {
				adopted := c.adopt()
				for i := range test.before {
					c.take(&test.before[i])
					if c.over() {
						t.Error("over while targets are met")
					}
				}
				adopted()
			}
			for i := range test.then {
				c.take(&test.then[i])
			}
			if c.over() != test.over {
				t.Errorf("%+v", c)
			}
		})
	}
}
