package export

import (
	"slices"
	"strings"
	"testing"

	"tracer/model"
	"tracer/record"
	"tracer/words"
)

// TestSignalLines: each signal is told in the order of the sending, with all that is known of what became of it.
func TestSignalLines(t *testing.T) {
	const (
		family = "1 exec pid=100 start=1 flags=root,launch comm=root\n" +
			"2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 exit_signal=17\n"
		thread = "2.1 fork pid=100 start=1 child=110 child_start=2.1 child_pid=100 clone_flags=0x10000\n"
		killed = "4 exit pid=101 start=2 flags=group_dead status=9 parent=100 reaper=1 comm=root\n"
		sends  = " pid=100 start=1 target=101 target_pid=101 comm=root "
		stops  = "3 kill" + sends + "signal=20\n3.1 stop pid=101 start=2 signal=20\n"
	)
	for name, c := range map[string]struct {
		trace string
		want  []string
	}{
		"stopped": {family + stops, []string{"SIGTSTP by 100 (root) to 101 (root): stopped it"}},
		"by itself": {family + strings.ReplaceAll(stops, "pid=100 start=1", "pid=101 start=2"),
			[]string{"SIGTSTP by 101 (root) to itself: stopped it"}},
		"stopped twice": {family + stops + "3.2 kill" + sends + "signal=18 result=ignored disposition=default\n" +
			stops, []string{"2 SIGTSTP by 100 (root) to 101 (root): stopped it 2 times",
			"SIGCONT by 100 (root) to 101 (root): let it continue"}},
		"a handler of SIGCONT runs, too": {family + stops + "3.2 kill" + sends + "signal=18\n",
			[]string{"SIGTSTP by 100 (root) to 101 (root): stopped it",
				"SIGCONT by 100 (root) to 101 (root): let it continue"}},
		"not stopped": {family + "3.2 kill" + sends + "signal=18 result=ignored disposition=default\n",
			[]string{"SIGCONT by 100 (root) to 101 (root): 1 discarded (default action)"}},
		"whether it is stopped is not known": {family + "3.2 kill pid=100 start=1 target=7 target_pid=7 comm=root " +
			"signal=18 result=ignored disposition=default\n", []string{"SIGCONT by 100 (root) to 7 (?)"}},
		"pending still": {family + "3 kill" + sends + "signal=20\n", []string{"SIGTSTP by 100 (root) to 101 (root)"}},
		"ignored": {family + "3 kill" + sends + "signal=15 result=ignored disposition=ignore\n",
			[]string{"SIGTERM by 100 (root) to 101 (root): 1 discarded (SIG_IGN)"}},
		"ignored as it is blocked no longer": {family + "3 kill" + sends + "signal=15 flags=blocked\n" +
			"3.1 deliver pid=101 start=2 signal=15 disposition=ignore\n",
			[]string{"SIGTERM by 100 (root) to 101 (root): 1 discarded (SIG_IGN)"}},
		"too late": {family + "3 kill" + sends + "signal=9\n3 kill" + sends +
			"signal=15 result=ending disposition=default\n" + killed,
			[]string{"SIGKILL by 100 (root) to 101 (root): killed it",
				"SIGTERM by 100 (root) to 101 (root): 1 discarded (it was ending already)"}},
		"not known why": {family + "3 kill" + sends + "signal=15 result=ignored\n",
			[]string{"SIGTERM by 100 (root) to 101 (root): 1 discarded"}},
		"an init": {family + "3 kill" + sends + "signal=15 result=protected disposition=default\n",
			[]string{"SIGTERM by 100 (root) to 101 (root): 1 discarded (an init has no default action)"}},
		"who died is not told first": {family + "3 kill pid=7 start=1 target=100 target_pid=100 comm=sh signal=15 " +
			"flags=untraced\n3.1 deliver pid=100 start=1 signal=15 disposition=handler\n3.2 kill" + sends +
			"signal=9\n" + killed, []string{"SIGTERM by 7 (sh), not traced, to 100 (root): 1 handled",
			"SIGKILL by 100 (root) to 101 (root): killed it"}},
		"the end of a thread": {family + thread + "3 kill pid=100 tid=110 start=2.1 target=101 target_pid=101 " +
			"comm=root signal=9 reason=parent_death\n" + killed, []string{"SIGKILL by 100 (root) to 101 (root): " +
			"parent-death signal: thread 110, which was its parent, ended; killed it"}},
	} {
		_, events, _, err := record.ParseText(strings.NewReader(c.trace))
		if err != nil {
			t.Fatal(err)
		}
		m := model.New(model.Options{})
		for i := range events {
			m.Apply(&events[i])
		}
		s := Summarize(m)
		if got := signalLines(words.English(), &s); !slices.Equal(got, c.want) {
			t.Errorf("%s: says\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}
