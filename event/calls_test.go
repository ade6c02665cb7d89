package event

import "testing"

// TestCalls: each call has a name of its own, by which it is found.
func TestCalls(t *testing.T) {
	for i, name := range callNames {
		if c := ParseCall(name); c != Call(i) || c.String() != name {
			t.Errorf("%q, number %d, is found as %d, %q", name, i, c, c)
		}
	}
	for name, want := range map[string]Call{"wait4": Wait4, "rt_sigtimedwait": Sigtimedwait, "io_uring": Ring,
		"fork": ForkCall, "vfork": VforkCall, "clone": CloneCall, "clone3": Clone3Call, "execve": Execve,
		"execveat": Execveat, "bind": Bind, "listen": Listen, "accept": AcceptPlain, "accept4": Accept4,
		"waitid": Waitid, "no such call": CallNone, "": CallNone} {
		if got := ParseCall(name); got != want {
			t.Errorf("%q is found as %d, want %d", name, got, want)
		}
	}
	if got := Call(60000).String(); got != "60000" {
		t.Errorf("a call that there is not: %q", got)
	}
}
