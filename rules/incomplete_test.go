package rules_test

import (
	"slices"
	"strings"
	"testing"

	"tracer/rules"
	"tracer/words"
)

// less is what a rule says of a trace whose evidence is incomplete: as tracer attached late, as events were lost, or as
// the kernel does not tell.
type less struct{ why, trace, says string }

// incomplete has for each rule traces of what raises it, but with something missing. Where nothing is to be said of it,
// says is empty.
var incomplete = map[string][]less{
	"events_lost": {
		{"where a recording is damaged no kind is known, and nothing helps", launched + "2 lost count=3\n",
			"3 events were lost (3 where the recording is damaged): the counters are lower bounds"},
		{"skipped by the kernel", launched + "2 lost flags=guessed lost=exit count=3\n",
			"3 events were lost (3 exit): the counters are lower bounds; the kernel skipped the programs that " +
				"would " +
				"have told"},
	},
	"contradictions": {
		{"a loss accounts for it",
			launched + "2 lost lost=accept count=1\n3 serve pid=100 start=1 connection=7 bytes_read=1\n", ""}},
	"reaped_unseen": {{"the wait can have been lost", launched + forked + exited + "3.5 lost lost=wait count=1\n" +
		"4 release pid=101 start=2\n",
		"1 process was reaped by a wait that was lost, or by a call that the probes do not see"}},
	"io_uring_unseen": {
		{"it was lost", launched + "2 lost lost=io_uring count=1\n", ""},
		{"set up before", attached + accepted, ""}},
	"closes_guessed": {{"accepted before", attached + "2 lost lost=close count=1\n3 close pid=100 start=1 " +
		"connection=1\n",
		""}},
	"sigchld_coalesced": {
		{"the pending one was sent before", attached + "2.5 disposition pid=100 start=1 signal=17 " +
			"disposition=default " +
			"flags=blocked\n3 signal signal=17 target=100 target_pid=100 disposition=default flags=blocked " +
			"result=coalesced\n", "1 SIGCHLD was coalesced: sent while one was pending, as the process blocks " +
			"it; the " +
			"one that is left names a single child, and only a loop of waits reaps every child"},
		{"how often the handler ran was lost", launched + "2 signal signal=17 target=100 target_pid=100\n" +
			"3 signal signal=17 target=100 target_pid=100 result=coalesced\n" + handler +
			"6 lost lost=deliver count=1\n", "1 SIGCHLD was coalesced: sent while one was pending; the one that " +
			"is left " +
			"names a single child, and only a loop of waits reaps every child"},
		{"what was lost is not known", launched + "2 signal signal=17 target=100 target_pid=100\n" +
			"3 signal signal=17 target=100 target_pid=100 result=coalesced\n" + handler + "6 lost count=1\n",
			"1 SIGCHLD was coalesced: sent while one was pending; the one that is left names a single child, and " +
				"only a " +
				"loop of waits reaps every child"},
		{"that it was coalesced was lost", launched + "2 signal signal=17 target=100 target_pid=100\n" +
			"3 lost lost=signal count=1\n" + handler, ""},
	},
	"blocked_in_wait": {
		{"it had another thread before", attached + "1.1 seen pid=100 tid=110 start=1 parent=1\n" + slept +
			"3.5 accept pid=100 start=1 connection=1 queued=0.9\n", "thread 100 was in wait4(-1) for 1.00 s, " +
			"until child 101 ended, " +
			"while 1 connection waited in the backlog that it accepted afterwards, for 410 ms of it"},
		{"accepts were lost", launched + slept + "3.2 lost lost=accept count=2\n3.5 accept pid=100 start=1 " +
			"connection=1 queued=0.9\n", "its only thread was in wait4(-1) for 1.00 s, until child 101 ended, " +
			"while " +
			"at least 1 connection waited in the backlog that it accepted afterwards, one for 410 ms of it"},
		{"the wait was lost", launched + forked + exited + "3.01 lost lost=wait count=1\n3.5 accept pid=100 " +
			"start=1 " +
			"connection=1 queued=0.9\n", ""},
		{"how long it was in the backlog is not known", launched + slept + "3.5 accept pid=100 start=1 " +
			"connection=1\n", ""},
	},
	"vfork_suspended": {
		{"an exec before can have been lost", launched + vforked + "2.1 lost lost=exec count=1\n" + began, ""},
		{"made before", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101\n1.2 snapshot began=0.5\n" + began,
			""},
	},
	"accept_failed": {
		{"the first was before", attached + "3 fail pid=100 start=1 call=accept errno=EMFILE " +
			"count=5\n", "accept failed 4 times with EMFILE"},
		{"the limit is not known", launched + failed("accept", "EMFILE", ""), "accept failed once with EMFILE"},
		{"it was lost", launched + "2 lost lost=fail count=1\n", ""},
	},
	"bind_failed": {
		{"the first was before", attached + "3 fail pid=100 start=1 call=bind errno=EADDRINUSE " +
			"count=5\n", "bind failed 4 times with EADDRINUSE"},
		{"who has the address is not known", launched + failed("bind", "EADDRINUSE", "local=127.0.0.1:80"),
			"bind failed once with EADDRINUSE"},
		{"it was lost", launched + "2 lost lost=fail count=1\n", ""},
	},
	"backlog_full": {
		{"it was full before", attached + "3 listen_drop pid=100 start=1 count=5 queue=1 backlog=2\n", ""},
		{"it was not seen full", launched + "2 lost lost=accept count=1\n3 listen_drop pid=100 start=1 count=5 " +
			"queue=1 backlog=2\n", "5 attempts to connect dropped, which clients repeat after a second or more; " +
			"the " +
			"backlog was not seen full; 1 were seen waiting, the limit is 2 and one more"},
		{"what was dropped was lost", launched + "2 lost lost=listen_drop count=1\n", ""},
	},
	"connection_kept": {
		{"that it was let go of was lost", launched + usedThenForked + "2.5 lost lost=let_go " +
			"count=1\n" + closedByChild,
			""},
		{"who used it is not known", launched + accepted + forked + "2.4 lost lost=serve count=1\n" + letGoOf +
			closedByChild, ""},
		{"it can have used it", launched + usedThenForked + letGoOf + "2.6 lost lost=serve count=1\n" + closedByChild,
			""},
		{"accepted before", attached + letGoOf + closedByChild, ""},
	},
	"listener_leaked": {
		{"it was executed before", "1 seen pid=101 start=2 parent=100 " +
			"ns_pid=101\n" + attached + heldToTheEnd + exited, ""},
		{"that it was held to the end was lost", launched + listening + forked + leakedTo101 +
			"2.9 lost lost=hold count=1\n" + exited, ""},
		{"that it was executed with it was lost", launched + listening + forked + "2.5 lost lost=hold count=1\n" +
			heldToTheEnd + exited, ""},
		{"who accepts there is not known", launched + forked + "2.4 lost lost=accept count=1\n" + leakedTo101 +
			heldToTheEnd + exited, ""},
	},
	"fork_failed": {
		{"the first was before", attached + "3 fail pid=100 start=1 call=clone errno=EAGAIN count=5\n", "clone " +
			"failed 4 times with EAGAIN"},
		{"the limit is not known", launched + failed("clone", "EAGAIN", ""), "clone failed once with EAGAIN"},
		{"the first was lost", launched + "2 lost lost=fail count=1\n3 fail pid=100 start=1 call=clone " +
			"errno=EAGAIN " +
			"count=5\n", "clone failed 4 times with EAGAIN"},
	},
	"exec_failed": {
		{"it failed before", "1 seen pid=101 start=2 parent=100 ns_pid=101\n" + attached +
			"3 exit pid=101 start=2 flags=group_dead status=0x7f00 parent=100 reaper=1\n", ""},
		{"its exit was lost", launched + forked + notFound + "3 lost lost=exit count=1\n" + waited, ""},
		{"that it failed was lost", launched + forked + "2.5 lost lost=fail count=1\n3 exit pid=101 start=2 " +
			"flags=group_dead status=0x7f00 parent=100 reaper=1\n", ""},
	},
	"status_lost": {
		{"the wait that took it can have been lost", launched + taken + "4.5 lost lost=wait count=1\n" +
			"5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n", ""},
		{"it was reaped before", attached + "5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid " +
			"id=101\n", ""},
		{"for whom it asked is not known", launched + taken + "5 wait pid=100 start=1 flags=no_child " +
			"call=wait4\n", ""},
	},
	"stall": {
		{"whom it serves was accepted before", attached + "2.1 serve pid=100 start=1 connection=1 bytes_read=1\n" +
			"2.3 serve pid=100 start=1 connection=2 bytes_read=1\n3 stall pid=100 start=1 flags=loops " +
			"call=nanosleep " +
			"waited=0.35\n", ""},
		{"whether it has other threads is not known", launched + serving + "2.5 lost lost=fork count=1\n" +
			"3 stall pid=100 start=1 flags=loops call=nanosleep waited=0.35\n", ""},
		{"no connection is known to be open", launched + serving + "2.5 lost lost=close count=1\n" +
			"3 stall pid=100 start=1 flags=loops call=nanosleep waited=0.35\n", ""},
	},
	"coroutines_copied": {
		{"an exec can have been lost", coroutines + "2.2 lost lost=exec count=1\n" + copies, ""},
		{"which one forked is not known", strings.Replace(coroutines, "1.4 switch", "1.4 lost lost=switch "+
			"count=1\n1.4 switch",
			1) + copies, ""},
		{"the creator was there before", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101\n" +
			strings.ReplaceAll(copies, "start=2", "start=1"), ""},
	},
	"not_waited_for": {
		{"waits were lost", launched + forked + exited + "3.5 lost lost=wait count=1\n" + later,
			"1 zombie, for 1.00 s: events were lost, so whether it was waited for is not known"},
		{"signals were lost", launched + "1.5 disposition pid=100 start=1 signal=17 disposition=default\n" + forked +
			exited + "3.5 lost lost=signal count=1\n" + later,
			"1 zombie, for 1.00 s: it has not returned from a wait since"},
		{"the exit was lost", launched + forked + "3 lost lost=exit count=1\n" + later, ""},
		{"it was there before", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101 state=zombie\n" +
			"1.2 snapshot began=0.5\n" + later, "1 zombie, for at least 2.90 s: it has not returned from a wait " +
			"since"},
		{"when it ended was lost", launched + forked + "3 lost lost=exit count=1\n3.1 seen pid=100 start=1 " +
			"flags=guessed " +
			"parent=50 ns_pid=100\n3.1 seen pid=101 start=2 flags=guessed parent=100 ns_pid=101 state=zombie\n" +
			"3.2 snapshot began=3.05 flags=guessed\n" + later, "1 zombie, for at least 900 ms: it has not returned " +
			"from a " +
			"wait since"},
		{"its parent is not traced", "1 seen pid=101 start=2 parent=7 ns_pid=101\n1 snapshot began=0.5\n" +
			"3 exit pid=101 start=2 flags=group_dead parent=7 reaper=1\n4 end\n",
			"1 zombie, for 1.00 s: it is not traced, so of its waits only one that reaps is seen"},
		{"it has just ended", launched + forked + exited + "3.0009 rename pid=100 start=1 comm=x\n", ""},
	},
	"zombie_held": {
		{"the debugger is not known", launched + forked + held + later, "1 zombie, for 1.00 s, held by a debugger, " +
			"which is told first, so the parent can reap only after its wait or its end"},
		{"whether it is held still is not known", launched + forked + held + "3.5 lost lost=signal " +
			"count=1\n" + later, ""},
		{"held before", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101 state=zombie exit_signal=17\n" +
			"1.2 snapshot began=0.5\n" + later, ""},
	},
	"zombie_no_sigchld": {
		{"waits were lost", launched + silent + exited + "3.5 lost lost=wait count=1\n" + later, "1 zombie, for " +
			"1.00 s, " +
			"created to send no signal at the end: only a wait with __WALL or __WCLONE finds such: events were " +
			"lost, so " +
			"whether it was waited for is not known"},
		{"created before", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101 state=zombie\n" +
			"1.2 snapshot began=0.5\n" + later, ""},
	},
	"zombie_parent_stopped": {
		{"who stopped it is not known", launched + forked + exited + "3.3 stop pid=100 start=1 signal=19\n" + later,
			"1 zombie, for 1.00 s; it is stopped by SIGSTOP"},
		{"stopped before", "1 seen pid=100 start=1 parent=1 ns_pid=100 stop_signal=19\n1 snapshot " +
			"began=0.5\n" + forked +
			exited + later, "1 zombie, for 1.00 s; it is stopped by SIGSTOP"},
		{"the stop was lost", launched + forked + exited + "3.3 lost lost=stop count=1\n" + later, ""},
	},
	"left_zombie": {
		{"a wait for it can have been lost", launched + forked + exited + "3.5 lost lost=wait " +
			"count=1\n" + rootEnds, ""},
		{"it was there before", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101 state=zombie\n" +
			"1.2 snapshot began=0.5\n4 exit pid=100 start=1 flags=group_dead parent=50 reaper=1\n5 end\n",
			"it ended and left what it had not reaped, 1 zombie, for at least 3.90 s, to 1 (init), which has " +
				"not reaped yet"},
	},
	"orphan_zombie": {
		{"adopted before", "1 seen pid=101 start=2 parent=7 ns_pid=101 state=zombie\n1 snapshot began=0.5\n4 " +
			"end\n", ""},
		{"waits were lost", adopting + "4 exit pid=102 start=3 flags=group_dead parent=100 reaper=1\n" +
			"4.5 lost lost=wait count=1\n5 rename pid=100 start=1 comm=x\n", "1 zombie, for 1.00 s, " +
			"adopted alive when the parent, 101, ended: events were lost, so whether it was waited for is not known"},
		{"its adopter is not traced", launched + forked + rootEnds + orphanEnds + "6 end\n", "1 zombie, for 1.00 " +
			"s, " +
			"adopted alive when the parent, 100, ended: it is not traced, so of its waits only one that reaps is " +
			"seen"},
		{"it has been adopted just now", launched + forked + rootEnds +
			"4.01 exit pid=101 start=2 flags=group_dead parent=1 reaper=1\n4.02 end\n", ""},
	},
	"zombies_dropped": {
		{"it was there before", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101 state=zombie\n" +
			"1.2 snapshot began=0.5\n4 exit pid=100 start=1 flags=group_dead,reaper_ignores parent=50 " +
			"reaper=50\n", "1 zombie, for at least 2.90 s, reaped by nobody and dropped by the kernel, as 50 " +
			"ignores SIGCHLD"},
		{"why its adopter drops it is not known", launched + forked + exited + "4 exit pid=100 start=1 " +
			"flags=group_dead,root,reaper_ignores parent=50 reaper=50\n", "1 zombie, for 1.00 s, reaped by " +
			"nobody and " +
			"dropped by the kernel, as 50 ignores SIGCHLD"},
		{"waits were lost", namespace + "2.8 lost lost=wait count=1\n3 exit pid=101 start=2 flags=group_dead " +
			"parent=100 \n", "1 zombie, for 500 ms, reaped by nobody and dropped by the kernel, as the PID " +
			"namespace " +
			"ended with its init, 101"},
	},
	"reaped_late": {
		{"waits were lost", launched + forked + exited + "3.5 lost lost=wait count=1\n" + waited,
			"zombie 101 waited 1.00 s to be reaped"},
		{"for how long is not known", attached + "1.1 seen pid=101 start=1 parent=100 ns_pid=101 state=zombie\n" +
			"1.2 snapshot began=0.5\n" + waited, ""},
	},
	"reaped_adopted": {
		{"for whom it asked is not known", adopting + failedAt4 + "4.05 wait pid=100 start=1 call=wait4 child=102\n",
			""},
		{"who had made it is not known", attached + "1.1 seen pid=102 start=1 parent=100 ns_pid=102\n" +
			strings.Replace(failedAt4, "start=3", "start=1", 1) + takenByAny, ""},
		{"the wait was lost", adopting + failedAt4 + "4.04 lost lost=wait count=1\n4.06 release pid=102 " +
			"start=3\n", ""},
	},
	"kernel_reaped": {
		{"how it ignores SIGCHLD is not known", attached + forked +
			"3 exit pid=101 start=2 flags=group_dead,auto_reap reaper=1\n",
			"the kernel itself reaped 1 process as it ignores SIGCHLD"},
		{"the exit was lost", launched + forked + "3 lost lost=exit count=1\n", ""},
	},
	"kernel_reaped_as_asked": {{"the exit was lost", launched + forked + "3 lost lost=exit count=1\n", ""}},
	"out_of_memory":          {{"the exit was lost", launched + forked + "3 lost lost=exit count=1\n" + waited, ""}},
	"parent_thread_ended": {
		{"the thread had ended before", attached + forked + "2.9 kill pid=100 tid=110 start=0.5 signal=15 " +
			"target=101 " +
			"target_pid=101\n" + killed, ""},
		{"the process of the thread can have ended", threads + parentDeath + killed + "5 lost lost=exit " +
			"count=1\n", ""},
		{"the signal was lost", threads + "2.9 lost lost=kill count=1\n" + killed, ""},
	},
	"child_accepts": {
		{"it can have executed a program", launched + acceptsAt80 + forked + "2.2 lost lost=exec count=1\n" +
			accepts101At80, ""},
		{"the accept before was lost", launched + "1.5 lost lost=accept count=1\n" + forked + accepts101At80, ""},
		{"whose child it is was not told", attached + "1.1 seen pid=101 start=1 parent=100 " +
			"ns_pid=101\n" + acceptsAt80 +
			strings.Replace(accepts101At80, "start=2", "start=1", 1), ""},
	},
	"connections_cut": {
		{"accepted before", attached + forked + "2.2 serve pid=101 start=2 connection=1 bytes_read=1\n" + ended101 +
			"3.5 close pid=101 start=2 connection=1 bytes_read=1\n", ""},
		{"who read it is not known", launched + forked + "2.1 accept pid=101 start=2 connection=1\n2.2 lost " +
			"lost=serve count=1\n" +
			ended101 + "3.5 close pid=101 start=2 connection=1 bytes_read=1\n", ""},
		{"the exit was lost", launched + forked + accepted101 + "3 lost lost=exit count=1\n3.5 close pid=101 " +
			"start=2 " +
			"connection=1 bytes_read=1\n", ""},
		{"the close was lost", launched + forked + accepted101 + ended101 + "3.5 lost lost=close count=1\n4 seen " +
			"pid=100 " +
			"start=1 flags=guessed parent=50 ns_pid=100\n4.5 snapshot began=4 flags=guessed\n", ""},
	},
	"leader_exited": {
		{"it had ended before", "1 seen pid=101 start=1 parent=1 ns_pid=101 state=leader_ended\n1 snapshot " +
			"began=0.5\n" + later,
			"its leader exited at least 3.00 s ago, and other threads have not: it is a zombie (Z) for ps and " +
				"/proc, though no wait can reap it"},
		{"the process can have ended", threaded + "2.5 exit pid=101 start=2\n3 lost lost=exit count=1\n" + later, ""},
		{"a thread can have executed a program", threaded + "2.5 exit pid=101 start=2\n3 lost lost=exec count=1\n" +
			later, ""},
		{"it was lost", threaded + "2.5 lost lost=exit count=1\n" + later, ""},
	},
	"init_spared": {{"the signal was lost", forkedInit + "2.9 lost lost=kill count=1\n", ""}},
	"ended_by_stranger": {
		{"sent before", attached + forked + killed, ""},
		{"who sent the last one was lost", launched + forked + byOther + "2.95 lost lost=kill " +
			"count=1\n" + killed, ""},
		{"the parent can have ended", launched + forked + "2.5 lost lost=exit count=1\n" + byOther + killed, ""},
		{"whose child it is is not known", attached + "2 seen pid=101 start=2 ns_pid=101\n" + byOther + killed, ""},
	},
}

// always says of rules that say as much of a trace that tracer attached to: what raises them is told by one event.
var always = map[string]string{
	"events_lost":            "what is lost is counted by itself",
	"contradictions":         "what is there when tracer comes is told",
	"reaped_unseen":          "a reaping is told by itself",
	"out_of_memory":          "the end of the process tells it",
	"kernel_reaped_as_asked": "the end of the process tells it",
	"init_spared":            "the signal tells it",
}

// TestIncomplete: each rule says less where it knows less.
func TestIncomplete(t *testing.T) {
	for _, r := range rules.All {
		if len(incomplete[r.ID]) == 0 {
			t.Errorf("rule %s has no trace that is incomplete", r.ID)
		}
		late, lossy := false, false
		for _, c := range incomplete[r.ID] {
			late = late || !strings.Contains(c.trace, "flags=root,launch")
			lossy = lossy || strings.Contains(c.trace, " lost ")
		}
		if late == (always[r.ID] != "") || !lossy {
			t.Errorf("rule %s: a trace that tracer came late to: %v, why there is none: %q; one with a loss: %v",
				r.ID, late, always[r.ID], lossy)
		}
		for _, c := range incomplete[r.ID] {
			var said []string
			for _, f := range r.Find(modelOf(t, c.trace)) {
				said = append(said, words.English().Finding(f.ID, f.Arguments, words.Named{}))
			}
			if got := strings.Join(said, "\n"); got != c.says {
				t.Errorf("%s, %s: says %q, want %q", r.ID, c.why, got, c.says)
			}
		}
	}
	for id := range incomplete {
		if !slices.ContainsFunc(rules.All, func(r rules.Rule) bool { return r.ID == id }) {
			t.Errorf("there is no rule %s", id)
		}
	}
}
