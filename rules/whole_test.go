package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tracer/model"
	"tracer/rules"
	"tracer/words"
)

// beside has what the traces that raise one rule are found to show beside that. All others show nothing else: one
// thing is told once, by the rule that knows the most of it.
var beside = map[string][]string{
	"out_of_memory": {"reaped_late"}, "ended_by_stranger": {"reaped_late"}, "status_lost": {"reaped_late"},
	"parent_thread_ended": {"reaped_late"}, "closes_guessed": {"events_lost", "reaped_unseen"},
}

// TestTold: what a trace shows is told by one rule, and not by others in other words.
func TestTold(t *testing.T) {
	for id, c := range cases {
		var got []string
		for _, f := range rules.Find(modelOf(t, c.raises)) {
			got = append(got, f.ID)
		}
		want := append([]string{id}, beside[id]...)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: found %v, want %v", id, got, want)
		}
	}
}

const again = "2.1 fork pid=100 start=1 child=102 child_start=2.1 parent=100 ns_pid=102 exit_signal=17\n"

// wholes are traces with all that is told of them.
var wholes = map[string]struct {
	trace string
	says  []string
}{
	"a fork for want of memory": {launched + failed("clone", "ENOMEM", ""), []string{"clone failed once " +
		"with ENOMEM"}},
	"a file for want of descriptors": {launched + failed("execve", "EMFILE", ""), nil},
	"busy with another child": {launched + forked + "2.1 fork pid=100 start=1 child=102 child_start=2 parent=100 " +
		"ns_pid=102 exit_signal=17\n" + exited + "3.9 exit pid=102 start=2 flags=group_dead parent=100 " +
		"reaper=1\n3.9 wait pid=100 start=1 call=wait4 idtype=pid id=102 child=102 waited=1.5\n" + later,
		[]string{"1 zombie, for 1.00 s: it has waited only for other children, in 1 call"}},
	"an orphan that a debugger holds": {launched + forked + rootEnds +
		"5 exit pid=101 start=2 flags=group_dead,debugged parent=1 reaper=1\n6 end\n", []string{"1 zombie, for " +
		"1.00 s, " +
		"held by a debugger, which is told first, so the parent can reap only after its wait or its end"}},
	"left as a debugger held it": {launched + forked + held + rootEnds, []string{"1 zombie, for 1.00 s, held by a " +
		"debugger, which is told first, so the parent can reap only after its wait or its end"}},
	"the second was it for longer": {launched + forked + again + "2.4 exit pid=102 start=2.1 flags=group_dead " +
		"parent=100 reaper=1\n" + exited + later,
		[]string{"2 zombies, the longest for 1.60 s: it has not returned from a wait since"}},
	"one of two was there before": {attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101 " +
		"state=zombie\n" + again +
		"3 exit pid=102 start=2.1 flags=group_dead parent=100 reaper=1\n" + later,
		[]string{"2 zombies, the longest for at least 2.90 s: it has not returned from a wait since"}},
	"a zombie of two milliseconds": {launched + forked + exited + "3.002 rename pid=100 start=1 comm=x\n",
		[]string{"1 zombie, for 2.00 ms: it has not returned from a wait since"}},
	"a status that was not to be waited for": {launched + forked + "3 exit pid=101 start=2 " +
		"flags=group_dead,auto_reap,asked status=0x300 parent=100 reaper=1\n" +
		"5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n", []string{"the status of a child " +
		"was " +
		"lost: exit 3 of child 101, which the kernel itself had reaped 2.00 s before a wait for just that child " +
		"returned (ECHILD); it was created so (CLONE_AUTOREAP)",
		"the kernel itself reaped 1 process that was created so (CLONE_AUTOREAP)"}},
	"the one who was it for longest is told first": {launched + forked + exited + waited +
		"5 fork pid=100 start=1 child=102 child_start=5 parent=100 ns_pid=102 exit_signal=17\n" +
		"5.1 fork pid=102 start=5 child=103 child_start=5.1 parent=102 ns_pid=103 exit_signal=17\n" +
		"6 exit pid=103 start=5.1 flags=group_dead parent=102 reaper=1\n" +
		"9 wait pid=102 start=5 call=wait4 child=103\n", []string{"zombie 103 waited 3.00 s to be reaped: it had " +
		"not " +
		"returned from a wait in the meantime", "zombie 101 waited 1.00 s to be reaped: it had not returned from a " +
		"wait in the meantime"}},
	"a wait with __WCLONE, which would not have found it": {launched + taken + "5 wait pid=100 start=1 " +
		"flags=no_child call=wait4 idtype=pid id=101 options=2147483648\n", []string{"zombie 101 waited 1.00 s " +
		"to be reaped: it had not returned from a wait in the meantime"}},
	"a status that SA_NOCLDWAIT takes": {launched +
		"1.5 disposition pid=100 start=1 signal=17 disposition=default flags=nocldwait\n" + forked +
		"3 exit pid=101 start=2 flags=group_dead,auto_reap status=0x300 parent=100 reaper=1\n" +
		"5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n", []string{"the status of a child " +
		"was " +
		"lost: exit 3 of child 101, which the kernel itself had reaped 2.00 s before a wait for just that child " +
		"returned (ECHILD); its parent has SA_NOCLDWAIT set", "the kernel itself reaped 1 process as it has " +
		"SA_NOCLDWAIT set"}},
	"signals whose counts were lost": {launched + "2 signal signal=17 target=100 target_pid=100\n" +
		"3 signal signal=17 target=100 target_pid=100 result=coalesced\n" + handler + "6 lost lost=signal count=1\n",
		[]string{"1 event was lost (1 signal): the counters are lower bounds; a larger --buffer avoids it",
			"1 SIGCHLD was coalesced: sent while one was pending; the one that is left names a single child, and " +
				"only a " +
				"loop of waits reaps every child"}},
}

func TestWholes(t *testing.T) {
	for name, c := range wholes {
		var got []string
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			got = append(got, words.English().Finding(f.ID, f.Arguments, words.Named{}))
		}
		if !slices.Equal(got, c.says) {
			t.Errorf("%s: says\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.says, "\n"))
		}
	}
}

// TestManyZombies: all are counted, and the first ones named, each with its event.
func TestManyZombies(t *testing.T) {
	trace := launched
	for pid := 200; pid < 240; pid++ {
		trace += fmt.Sprintf("2 fork pid=100 start=1 child=%[1]d child_pid=%[1]d child_start=2 parent=100 "+
			"ns_pid=%[1]d "+
			"exit_signal=17\n3 exit pid=%[1]d start=2 flags=group_dead parent=100 reaper=1\n", pid)
	}
	found := rules.Find(modelOf(t, trace+later))
	if len(found) != 1 || found[0].Arguments["zombies"] != 40 || len(found[0].Tasks) != model.MaxEvidence ||
		len(found[0].Evidence) != model.MaxEvidence {
		t.Errorf("found %+v, want 40 zombies, 16 of them named", found)
	}
}
