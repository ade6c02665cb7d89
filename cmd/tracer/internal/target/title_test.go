package target

import (
	"testing"

	"tracer/model"
)

// TestTitled: the title says what serves now, with the flags that this has a use for, and again what it said when a
// replay goes back.
func TestTitled(t *testing.T) {
	for _, c := range []struct {
		title string
		now   model.Settings
		want  string
	}{
		{"fork --reap=once", model.Settings{}, "fork --reap=once"},
		{"fork --reap=once", model.Settings{Reap: "handler"}, "fork --reap=handler"},
		{"fork", model.Settings{Reap: "none"}, "fork --reap=none"},
		{"fork --work=sleep=1s", model.Settings{Work: "sleep=0s"}, "fork --work=sleep=0s"},
		{"fork --poll=1s --reap=poll", model.Settings{Reap: "once"}, "fork --reap=once"},
		{"fork --poll=1s --reap=poll", model.Settings{Work: "cpu=50ms"}, "fork --poll=1s --reap=poll --work=cpu=50ms"},
		{"fork --reap=once --work=sleep=1s", model.Settings{Model: "thread"}, "thread --work=sleep=1s"},
		{"fork --reap=handler", model.Settings{Model: "thread"}, "thread"},
		{"fork --reap=once", model.Settings{Model: "thread", Reap: "none", Work: "cpu=50ms"}, "thread --work=cpu=50ms"},
		{"fork --reap=once", model.Settings{Model: "forkexec"}, "forkexec"},
		{"fork --reap=once", model.Settings{Model: "fork", Reap: "ignore"}, "fork --reap=ignore"},
		{"prefork --workers=3 --address=127.0.0.1:80", model.Settings{Model: "epoll"}, "epoll --address=127.0.0.1:80"},
		{"http --service=http --folder=/a b", model.Settings{Work: "sleep=0s"},
			"http --service=http --folder=/a b --work=sleep=0s"},
		{"python3 server.py --reap=once", model.Settings{Reap: "none"}, "python3 server.py --reap=once"},
		{"fork --reap=once", model.Settings{Model: "of a later version"}, "fork --reap=once"},
		{"", model.Settings{Reap: "none"}, ""},
	} {
		titled := Titled(c.title)
		if got := titled(c.now); got != c.want {
			t.Errorf("%q after %+v: %q, want %q", c.title, c.now, got, c.want)
		}
		if got := titled(model.Settings{}); got != c.title {
			t.Errorf("%q, back again: %q", c.title, got)
		}
	}
}
