package rules_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/rules"
	"tracer/words"
)

// inWait is a wait that passes over others.
const inWait = "3.1 waiting pid=100 start=1 call=wait4 idtype=pid id=102\n"

// sayings has traces of zombies, and what is said of them: no more than the trace shows.
var sayings = map[string]struct{ trace, id, says string }{
	"no wait, default action": {launched + "1.5 disposition pid=100 start=1 signal=17 disposition=default\n" + forked +
		exited + later, "not_waited_for", "1 zombie, for 1.00 s: it has not returned from a wait since; it has " +
		"SIGCHLD at its default action, which tells it nothing"},
	"waits in vain": {launched + forked + exited + "3.1 wait pid=100 start=1 flags=nothing call=wait4\n3.2 wait " +
		"pid=100 start=1 flags=no_child call=wait4\n" + later, "not_waited_for", "1 zombie, for 1.00 s: it has " +
		"returned from 2 waits since, which reaped none of these (1 because none had ended, 1 because there was " +
		"no such child, ECHILD)"},
	"waits for others": {launched + forked + exited +
		"3.1 wait pid=100 start=1 flags=nothing call=wait4 idtype=pid id=99\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has waited only for other children, in 1 call"},
	"a wait for this one": {launched + forked + exited +
		"3.1 wait pid=100 start=1 flags=nothing call=wait4 idtype=pid id=101\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has returned from 1 wait since, which reaped none of these (1 because none had " +
			"ended)"},
	"a wait before the end": {launched + forked + "2.5 wait pid=100 start=1 flags=nothing " +
		"call=wait4\n" + exited + later,
		"not_waited_for", "1 zombie, for 1.00 s: it has not returned from a wait since"},
	"waits were lost": {launched + forked + exited + "3.5 lost lost=wait count=1\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: events were lost, so whether it was waited for is not known"},
	"signals were lost": {launched + "1.5 disposition pid=100 start=1 signal=17 " +
		"disposition=default\n" + forked + exited +
		"3.5 lost lost=signal count=1\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has not returned from a wait since"},
	"there before the trace": {"1 seen pid=100 start=1 parent=1 ns_pid=100 comm=root exit_signal=17\n1 seen " +
		"pid=101 start=2 parent=100 ns_pid=101 state=zombie exit_signal=17\n1 snapshot began=0.5\n" + later,
		"not_waited_for", "1 zombie, for at least 3.00 s: it has not returned from a wait since"},
	"coalesced, blocked": {launched + forked + "2.1 fork pid=100 start=1 child=102 child_start=2 parent=100 " +
		"ns_pid=102 exit_signal=17\n2.2 signal pid=50 start=1 signal=17 code=1 si_pid=102 target=100 " +
		"target_pid=100 disposition=handler flags=blocked\n" + exited + "3 signal pid=101 start=2 signal=17 " +
		"code=1 si_pid=101 target=100 target_pid=100 disposition=handler flags=blocked " +
		"result=coalesced\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has not returned from a wait since; it blocks SIGCHLD; 1 SIGCHLD was coalesced " +
			"with that of 102"},
	"a wait that slept, of a thread": {launched + "1.5 fork pid=100 start=1 child=110 child_start=1.5 " +
		"child_pid=100 clone_flags=0x10000\n" + slept + "3.5 accept pid=100 start=1 connection=1 queued=0.9\n" +
		"3.6 accept pid=100 start=1 connection=2 queued=0.6\n3.7 accept pid=100 tid=110 start=1.5 connection=3 " +
		"queued=1.6\n", "blocked_in_wait", "thread 100 was in wait4(-1) for 1.00 s, until child 101 ended, while " +
		"2 connections waited in the backlog that it accepted afterwards, one for 410 ms of it"},
	"a vfork whose caller goes on before that is told": {launched + vforked + "2.4 accept pid=100 start=1 " +
		"connection=1 queued=0.3\n2.41 accept pid=100 start=1 connection=2 queued=0.2\n" + began, "vfork_suspended",
		"its only thread was suspended by vfork for 400 ms, until child 101 executed a program, while 2 " +
			"connections waited in the backlog that it accepted afterwards, one for 300 ms of it"},
	"a wait for one that slept twice": {launched + forked + "2.3 wait pid=100 start=1 flags=nothing call=wait4 " +
		"idtype=pid id=7 waited=0.2\n" + exited + "3.01 wait pid=100 start=1 call=wait4 idtype=pid id=101 " +
		"child=101 waited=0.6\n3.5 accept pid=100 start=1 connection=1 queued=0.7\n", "blocked_in_wait", "its " +
		"only thread was in wait4(101) for 600 ms, until child 101 ended, while 1 connection waited in the backlog " +
		"that it accepted afterwards, for 210 ms of it (the longest of 2 such times)"},
	"a vfork whose child ended, and who waited": {launched + vforked + exited + "3.5 accept pid=100 start=1 " +
		"connection=1 queued=1.2\n", "vfork_suspended", "its only thread was suspended by vfork for 1.00 s, until " +
		"child 101 ended, while 1 connection waited in the backlog that it accepted afterwards, for 700 ms of it"},
	"a handler that ran": {launched + "1.5 disposition pid=100 start=1 signal=17 " +
		"disposition=handler\n" + forked + exited +
		"3.1 deliver pid=100 start=1 signal=17\n" + later, "not_waited_for", "1 zombie, for 1.00 s: it has not " +
		"returned from a wait since; its handler of SIGCHLD has run once since"},
	"a debugger that is not known": {launched + forked + held +
		"3.1 wait pid=100 start=1 flags=nothing call=wait4\n" + later, "zombie_held", "1 zombie, for 1.00 s, held " +
		"by a debugger, which is told first, so the parent can reap only after its wait or its end: it has " +
		"returned from 1 wait since, which reaped none of these (1 because none had ended)"},
	"a debugger that is told": {launched + forked + "2.1 fork pid=100 start=1 child=102 child_start=2 parent=100 " +
		"ns_pid=102 exit_signal=17\n" + held + "3 signal pid=101 start=2 signal=17 code=1 si_pid=101 target=102 " +
		"target_pid=102 result=ignored\n" + later, "zombie_held", "1 zombie, for 1.00 s, held by debugger 102, " +
		"which is told first, so the parent can reap only after its wait or its end"},
	"a clone without a signal": {launched + silent + exited + "3.1 wait pid=100 start=1 flags=no_child call=wait4\n" +
		later, "zombie_no_sigchld", "1 zombie, for 1.00 s, created to send no signal at the end: only a wait with " +
		"__WALL or __WCLONE finds such: it has returned from 1 wait since, which reaped none of these (1 because " +
		"there was no such child, ECHILD)"},
	"executed since, which makes it send SIGCHLD": {launched + silent + "2.5 exec pid=101 start=2\n" + exited + later,
		"not_waited_for", "1 zombie, for 1.00 s: it has not returned from a wait since"},
	"left, to init": {launched + forked + exited + rootEnds, "left_zombie", "it ended and left what it had not " +
		"reaped, 1 zombie, for 1.00 s, to 1 (init), which has not reaped yet: it ended 1.00 s after " +
		"that child; it had not returned from a wait in the " +
		"meantime"},
	"left, by a parent with the default action": {launched + "1.5 disposition pid=100 start=1 signal=17 " +
		"disposition=default\n" + forked + exited + rootEnds, "left_zombie", "it ended and left what it had not " +
		"reaped, 1 " +
		"zombie, for 1.00 s, to 1 (init), which has not reaped yet: it ended 1.00 s after " +
		"that child; it had not returned from a wait in the " +
		"meantime; it " +
		"had SIGCHLD at its default action, which told it nothing"},
	"left, by a parent that blocked the signal": {launched + "1.5 disposition pid=100 start=1 signal=17 " +
		"disposition=handler flags=blocked\n" + forked + exited + rootEnds, "left_zombie", "it ended and left what " +
		"it had " +
		"not reaped, 1 zombie, for 1.00 s, to 1 (init), which has not reaped yet: it ended 1.00 s after " +
		"that child; it had not returned from a wait " +
		"in the " +
		"meantime; it blocked SIGCHLD"},
	"left, by a parent that had waited": {launched + forked + exited + "3.1 wait pid=100 start=1 flags=nothing " +
		"call=wait4 idtype=pid id=101\n" + rootEnds, "left_zombie", "it ended and left what it had not reaped, 1 " +
		"zombie, for 1.00 s, to 1 (init), which has not reaped yet: it ended 1.00 s after " +
		"that child; it had returned from 1 wait in the meantime (1 " +
		"because none had ended)"},
	"left at once": {launched + forked + exited + strings.Replace(rootEnds, "4 ", "3.0009 ", 1) +
		"5 end\n", "left_zombie", "it ended and left what it had not reaped, 1 zombie, for 2.00 s, to 1 (init), " +
		"which has not reaped yet: it ended 0.90 ms after that child"},
	"two left": {launched + forked + again + exited + strings.NewReplacer("101", "102", "3 exit",
		"3.5 exit").Replace(exited) + rootEnds, "left_zombie", "it ended and left what it had not reaped, 2 " +
		"zombies, the longest for 1.00 s, to 1 (init), which has not reaped yet: it ended 1.00 s after the first of " +
		"them; it had not returned from a wait in the meantime"},
	"left, by a parent that was stopped": {launched + forked + exited + "3.1 stop pid=100 start=1 signal=19\n" +
		rootEnds,
		"left_zombie", "it ended and left what it had not reaped, 1 zombie, for 1.00 s, to 1 (init), which has not " +
			"reaped yet: it ended 1.00 s after " +
			"that child; it was stopped for 900 ms"},
	"a parent that is not traced": {"1 seen pid=101 start=1 parent=7 ns_pid=101 comm=x\n1 snapshot began=0.5\n" +
		"3 exit pid=101 start=1 flags=group_dead parent=7 reaper=1\n4 end\n", "not_waited_for",
		"1 zombie, for 1.00 s: it is not traced, so of its waits only one that reaps is seen"},
	"an orphan of init, which is not seen": {launched + forked + rootEnds + orphanEnds + "6 end\n", "orphan_zombie",
		"1 zombie, for 1.00 s, adopted alive when the parent, 100, ended: it is not traced, so " +
			"of its waits only one that reaps is seen"},
	"dropped with its namespace": {namespace + "3 exit pid=101 start=2 flags=group_dead " +
		"parent=100\n", "zombies_dropped",
		"1 zombie, for 500 ms, reaped by nobody and dropped by the kernel, as the PID namespace ended with its " +
			"init, 101: it had not returned from a wait in the meantime"},
	"dropped as its adopter ignores SIGCHLD": {launched + forked + exited + "4 exit pid=100 start=1 " +
		"flags=group_dead,root,reaper_ignores parent=50 reaper=50\n", "zombies_dropped", "1 zombie, for 1.00 s, " +
		"reaped by nobody and dropped by the kernel, as 50 ignores SIGCHLD"},
	"reaped late, busy": {launched + forked + "2.1 fork pid=100 start=1 child=102 child_start=2 parent=100 " +
		"ns_pid=102 exit_signal=17\n" + exited + "3.9 exit pid=102 start=2 flags=group_dead parent=100 " +
		"reaper=1\n3.9 wait pid=100 start=1 call=wait4 child=102 waited=1.5\n" + waited, "reaped_late", "zombie " +
		"101 waited 1.00 s to be reaped: it was in a wait for another child, 102, for 900 ms of that time"},
	"reaped late, after a wait that did not sleep": {launched + forked + "2.1 fork pid=100 start=1 child=102 " +
		"child_start=2 parent=100 ns_pid=102 exit_signal=17\n" + exited + "3.2 exit pid=102 start=2 flags=group_dead " +
		"parent=100 reaper=1\n3.9 wait pid=100 start=1 call=wait4 child=102 options=0x1 waited=0.6\n" + waited,
		"reaped_late", "2 zombies waited 100 ms or longer to be reaped, the longest, 101, 1.00 s: it had returned " +
			"from 1 wait in the meantime"},
	"reaped late, stopped": {launched + forked + exited + "3.1 stop pid=100 start=1 signal=19\n3.9 kill pid=7 " +
		"start=1 flags=untraced signal=18 target=100 target_pid=100\n" + waited, "reaped_late",
		"zombie 101 waited 1.00 s to be reaped: it was stopped for 800 ms"},
	"reaped late, created to send nothing": {launched + silent + exited + waited, "reaped_late", "zombie 101 waited " +
		"1.00 " +
		"s to be reaped: created to send no signal at its end, so only a wait with __WALL or __WCLONE finds it; it " +
		"had " +
		"not returned from a wait in the meantime"},
	"reaped late, created to send another signal": {launched + strings.Replace(forked, "exit_signal=17",
		"exit_signal=10", 1) +
		exited + waited, "reaped_late", "zombie 101 waited 1.00 s to be reaped: created to send SIGUSR1 at its end, " +
		"so " +
		"only a wait with __WALL or __WCLONE finds it; it had not returned from a wait in the meantime"},
	"reaped late, its signal was coalesced": {launched + forked + "2.1 signal pid=50 start=1 signal=17 code=1 " +
		"si_pid=102 " +
		"target=100 target_pid=100 disposition=handler\n" + exited + "3 signal pid=101 start=2 signal=17 code=1 " +
		"si_pid=101 " +
		"target=100 target_pid=100 disposition=handler result=coalesced\n" + waited, "reaped_late", "zombie 101 " +
		"waited " +
		"1.00 s to be reaped: it had not returned from a wait in the meantime; its handler of SIGCHLD has not run " +
		"since; " +
		"1 SIGCHLD was coalesced"},
	"two coalesced": {launched + forked + "2.1 fork pid=100 start=1 child=102 child_start=2 parent=100 ns_pid=102 " +
		"exit_signal=17\n2.2 signal pid=50 start=1 signal=17 code=1 si_pid=103 target=100 target_pid=100 " +
		"disposition=handler\n" + exited + "3 signal pid=101 start=2 signal=17 code=1 si_pid=101 target=100 " +
		"target_pid=100 disposition=handler result=coalesced\n3.1 exit pid=102 start=2 flags=group_dead parent=100 " +
		"reaper=1\n3.1 signal pid=102 start=2 signal=17 code=1 si_pid=102 target=100 target_pid=100 " +
		"disposition=handler " +
		"result=coalesced\n" + later, "not_waited_for", "2 zombies, the longest for 1.00 s: it has not returned " +
		"from a " +
		"wait since; its handler of SIGCHLD has not run since; 2 SIGCHLD were coalesced"},
	"reaped late, after a debugger": {launched + forked + held + "3.8 wait pid=7 start=1 flags=untraced " +
		"call=wait4 child=101\n" + waited, "reaped_late", "zombie 101 waited 1.00 s to be reaped: a debugger, " +
		"which is told first, had it for 800 ms"},
	"a wait takes one that was adopted": {adopting + failedAt4 + takenByAny, "reaped_adopted", "a wait for any " +
		"child gave " +
		"it the status of a process that it had not created: exit 3 of 102, adopted when its parent, 101, ended"},
	"waits take two that were adopted": {adopting + "3.1 fork pid=102 start=3 child=103 child_start=4 parent=102 " +
		"ns_pid=103 exit_signal=17\n" + strings.Replace(failedAt4, "reaper=1", "reaper=100", 1) + takenByAny + "4.1 " +
		"exit pid=103 start=4 " +
		"flags=group_dead status=9 parent=100 reaper=1\n4.11 wait pid=100 start=1 call=wait4 idtype=all child=103\n",
		"reaped_adopted", "waits for any child gave it the statuses of 2 processes that it had not created, first " +
			"exit " +
			"3 of 102, adopted when its parent, 101, ended"},
	"copies of coroutines": {coroutines + copies, "coroutines_copied", "copies of 2 greenlets of 100, from which it " +
		"was " +
		"forked, have run in it"},
	"a leader that exits first, and the process ends": {threaded + "2.5 exit pid=101 start=2\n" +
		"3 exit pid=101 tid=112 start=2.1 flags=group_dead parent=100 reaper=1\n" + waited, "leader_exited", "its " +
		"last " +
		"thread ended 500 ms after its leader: until then it was a zombie (Z) for ps and /proc, though no wait could " +
		"reap it"},
	"connections that an end cuts": {launched + forked + accepted101 + "2.3 fork pid=101 start=2 child=112 " +
		"child_start=2.1 " +
		"child_pid=101 clone_flags=0x10000\n2.4 accept pid=101 start=2 connection=2\n2.5 serve pid=101 tid=112 " +
		"start=2.1 " +
		"connection=2 bytes_read=1\n2.9 exit pid=101 tid=112 start=2.1\n" + ended101 + "3.5 close pid=101 start=2 " +
		"connection=1 bytes_read=1\n3.6 close pid=101 start=2 connection=2 bytes_read=1\n", "connections_cut",
		"it ended (exit 3) with 2 connections open that it had read, and to which nothing was written, 1 of them " +
			"served " +
			"by other threads than its leader; the longest had been open for 1.40 s"},
	"connections that an end cuts, one after its client had finished": {launched + forked + accepted101 +
		"2.4 accept pid=101 start=2 connection=2\n2.5 serve pid=101 start=2 connection=2 bytes_read=1\n" +
		"2.6 accept pid=101 start=2 connection=3\n2.7 serve pid=101 start=2 connection=3 bytes_read=1\n" + ended101 +
		"3.5 close pid=101 start=2 connection=1 bytes_read=1 flags=peer_open\n" +
		"3.6 close pid=101 start=2 connection=2 bytes_read=1 flags=peer_finished\n" +
		"3.7 close pid=101 start=2 connection=3 bytes_read=1 flags=peer_gone\n", "connections_cut",
		"it ended (exit 3) with 2 connections open that it had read, and to which nothing was written; 1 of 2 " +
			"clients were still connected; 1 of 2 clients had closed the connection, or finished sending; the " +
			"longest had been open for 1.40 s"},
	"a wait that keeps coroutines from the thread": {coroutines + exited + "3.01 wait pid=100 start=1 call=wait4 " +
		"idtype=pid id=101 child=101 waited=0.9\n", "blocked_in_wait", "its only thread was in wait4(101) for 900 " +
		"ms, " +
		"until child 101 ended, greenlet 0xa had control, so no other coroutine of the thread ran"},
	"a child that goes on to accept": {launched + acceptsAt80 + forked + accepts101At80, "child_accepts", "it " +
		"accepts, and " +
		"so does a process that was forked from it after it had begun to, 101"},
	"a child and its child that go on to accept": {launched + acceptsAt80 + forked + accepts101At80 + "3 fork " +
		"pid=101 " +
		"start=2 child=102 child_start=3 parent=101 ns_pid=102 exit_signal=17\n3.5 accept pid=102 start=3 " +
		"connection=3 " +
		"listener=127.0.0.1:80\n3.6 accept pid=101 start=2 connection=4 listener=127.0.0.1:80\n", "child_accepts",
		"it accepts, and so do 2 processes that were forked from it, or from one another, after that had begun to, " +
			"first 101"},
	"in a wait for another": {launched + forked + again + exited + inWait + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has been in wait4(102), for another child, 102, for 900 ms"},
	"in a wait that began before the end": {launched + forked + again + strings.Replace(inWait, "3.1", "2.5", 1) +
		exited + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has been in wait4(102), for another child, 102, for 1.50 s"},
	"in a wait, after one in vain": {launched + forked + again + exited +
		"3.05 wait pid=100 start=1 flags=nothing call=wait4 idtype=all options=0x1\n" + inWait + later,
		"not_waited_for", "1 zombie, for 1.00 s: it has been in wait4(102), for another child, 102, for 900 ms; it " +
			"has returned from 1 wait since, which reaped none of these (1 because none had ended)"},
	"a signal ended the wait": {launched + forked + again + exited + inWait + "3.4 wait pid=100 start=1 " +
		"flags=interrupted call=wait4 idtype=pid id=102 waited=0.3\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has not returned from a wait since"},
	"in a wait for just this one": {launched + forked + exited + strings.Replace(inWait, "102", "101", 1) + later,
		"not_waited_for", "1 zombie, for 1.00 s: it has not returned from a wait since"},
	"in a wait for a group": {launched + forked + exited + strings.Replace(inWait, "idtype=pid", "idtype=pgid", 1) +
		later, "not_waited_for", "1 zombie, for 1.00 s: it has been in wait4(-102) for 900 ms"},
	"in a wait for any, which just this one ends": {launched + forked + exited +
		"3.1 waiting pid=100 start=1 call=wait4 idtype=all waited=0.5\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has not returned from a wait since"},
	"in a wait for any, of this thread's children": {launched + forked + exited +
		"3.1 waiting pid=100 start=1 call=wait4 idtype=all options=0x20000000\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has been in wait4(-1) (__WNOTHREAD) for 900 ms"},
	"in a wait for any, which does not find such": {launched + strings.Replace(forked, "exit_signal=17",
		"exit_signal=0", 1) + exited + "3.7 waiting pid=100 start=1 call=wait4 idtype=all waited=0.5\n" + later,
		"zombie_no_sigchld", "1 zombie, for 1.00 s, created to send no signal at the end: only a wait with __WALL " +
			"or __WCLONE finds such: it has been in wait4(-1) for 800 ms"},
	"in a wait for any that finds such": {launched + strings.Replace(forked, "exit_signal=17",
		"exit_signal=0", 1) + exited + "3.7 waiting pid=100 start=1 call=wait4 idtype=all options=0x40000000\n" +
		later, "zombie_no_sigchld", "1 zombie, for 1.00 s, created to send no signal at the end: only a wait with " +
		"__WALL or __WCLONE finds such: it has not returned from a wait since"},
	"waits whose return is not seen": {launched + forked + exited + "3.1 waiting pid=100 start=1 flags=unknown " +
		"call=wait4 idtype=all options=0x1\n" + later, "not_waited_for", "1 zombie, for 1.00 s: it waits by " +
		"32-bit system calls, whose return is not seen"},
	"a wait under way while clients wait": {launched + listening + forked + "3 waiting pid=100 start=1 call=wait4 " +
		"idtype=all waited=0.5\n3.5 listen_drop listener=127.0.0.1:80 queue=2 backlog=5\n", "blocked_in_wait",
		"its only thread has been in wait4(-1) for 1.00 s, while 2 connections wait in the backlog, from which " +
			"nobody else has accepted"},
	"a wait under way that keeps coroutines from the thread": {coroutines + "3.01 waiting pid=100 start=1 " +
		"call=wait4 idtype=pid id=101\n3.5 fork pid=7 start=1 child=8 child_start=3\n", "blocked_in_wait",
		"its only thread has been in wait4(101) for 490 ms, greenlet 0xa has control, so no other coroutine of the " +
			"thread runs"},
	"a wait that began before the trace": {"1 seen pid=100 start=1 parent=1 ns_pid=100 exit_signal=17 call=wait4 " +
		"idtype=all\n1 snapshot began=0.5\n" + forked + exited + "3.01 wait pid=100 start=1 call=wait4 idtype=all " +
		"child=101\n3.5 accept pid=100 start=1 connection=1 queued=0.9\n", "blocked_in_wait", "its only thread was " +
		"in wait4(-1) for at least 2.01 s, until child 101 ended, while 1 connection waited in the backlog that it " +
		"accepted afterwards, for 410 ms of it"},
	"in a wait for a stop": {launched + forked + exited + "3.1 waiting pid=100 start=1 call=waitid idtype=all " +
		"options=0x2\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has been in waitid(P_ALL) (WSTOPPED) for 900 ms"},
	"a thread in a wait": {threads + again + exited + strings.Replace(inWait, "pid=100", "pid=100 tid=110",
		1) + later, "not_waited_for",
		"1 zombie, for 1.00 s: its thread 110 has been in wait4(102), for another child, 102, for 900 ms"},
	"the thread in a wait ended": {threads + again + exited + strings.Replace(inWait, "pid=100",
		"pid=100 tid=110", 1) + "3.2 exit pid=100 tid=110 start=1.5\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has not returned from a wait since"},
	"in a wait since before the trace": {"1 seen pid=100 start=1 parent=1 ns_pid=100 exit_signal=17 call=wait4 " +
		"idtype=pid id=102\n1 snapshot began=0.5\n" + forked + exited + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has been in wait4(102), for another child, 102, for at least 3.00 s"},
	"in a wait, when waits were lost": {launched + forked + again + exited + inWait + "3.5 lost lost=wait count=1\n" +
		later, "not_waited_for", "1 zombie, for 1.00 s: events were lost, so whether it was waited for is not known"},
	"in a wait, when exits were lost": {launched + forked + again + exited + inWait + "3.5 lost lost=exit count=1\n" +
		later, "not_waited_for", "1 zombie, for 1.00 s: it has not returned from a wait since"},
	"found in a wait after a loss": {launched + forked + again + exited + inWait + "3.5 lost lost=wait count=1\n" +
		"3.6 seen pid=100 start=1 flags=guessed parent=50 ns_pid=100 call=wait4 idtype=pid id=102 waited=0.5\n" +
		later, "not_waited_for", "1 zombie, for 1.00 s: it has been in wait4(102), for another child, 102, for 900 " +
		"ms; events were lost, so whether it was waited for is not known"},
	"found in no wait after a loss": {launched + forked + again + exited + inWait +
		"3.5 lost lost=deliver count=1\n" +
		"3.6 seen pid=100 start=1 flags=guessed parent=50 ns_pid=100\n" + later, "not_waited_for",
		"1 zombie, for 1.00 s: it has not returned from a wait since"},
	"left, in a wait": {launched + forked + again + exited + inWait + rootEnds, "left_zombie",
		"it ended and left what it had not reaped, 1 zombie, for 1.00 s, to 1 (init), which " +
			"has not reaped yet: it ended 1.00 s after " +
			"that child; it " +
			"was in a wait for another child, 102, for 900 ms of that time"},
	"left, after a wait that a signal ended": {launched + forked + again + exited + inWait + "3.95 wait pid=100 " +
		"start=1 flags=interrupted call=wait4 idtype=pid id=102 waited=0.85\n" + rootEnds, "left_zombie",
		"it ended and left what it had not reaped, 1 zombie, for 1.00 s, to 1 (init), which " +
			"has not reaped yet: it ended 1.00 s after " +
			"that child; it " +
			"was in a wait for another child, 102, for 850 ms of that time"},
	"left, after a wait for a group that a signal ended": {launched + forked + again + exited +
		"3.1 waiting pid=100 start=1 call=wait4 idtype=pgid id=7\n3.95 wait pid=100 start=1 flags=interrupted " +
		"call=wait4 idtype=pgid id=7 waited=0.85\n" + rootEnds, "left_zombie",
		"it ended and left what it had not reaped, 1 zombie, for 1.00 s, to 1 (init), which has not reaped yet: it " +
			"ended 1.00 s after that child"},
	"not waited for, after a wait for a group that a signal ended": {launched + forked + exited +
		"3.1 waiting pid=100 start=1 call=wait4 idtype=pgid id=7\n3.95 wait pid=100 start=1 flags=interrupted " +
		"call=wait4 idtype=pgid id=7 waited=0.85\n" + later, "not_waited_for", "1 zombie, for 1.00 s"},
	"reaped late, by another thread than is in a wait": {threads + again + exited + strings.Replace(inWait,
		"pid=100", "pid=100 tid=110", 1) + waited, "reaped_late", "zombie 101 waited 1.00 s to be reaped: it was in " +
		"a wait for another child, 102, for 900 ms of that time"},
	"the kernel reaps": {launched + "1.5 disposition pid=100 start=1 signal=17 disposition=ignore\n" + forked +
		"3 exit pid=101 start=2 flags=group_dead,auto_reap reaper=1\n", "kernel_reaped",
		"the kernel itself reaped 1 process as it has SIGCHLD at SIG_IGN"},
	"out of memory": {launched + forked + chosen, "out_of_memory",
		"SIGKILL ended process 101, which the kernel had chosen to be killed as memory ran out"},
	"the thread of a parent": {threads + parentDeath + killed, "parent_thread_ended", "as its thread 110 ended, the " +
		"parent-death signal SIGTERM ended process 101: to the kernel the parent was that thread, and this process " +
		"lived on"},
	"an init is spared": {forkedInit + spared, "init_spared",
		"1 SIGTERM discarded: it is the init of a PID namespace, which the kernel spares the default action"},
	"a stranger": {launched + forked + byOther + killed, "ended_by_stranger",
		"the SIGTERM that it sent ended process 101, and it was not the parent"},
	"one stranger ends two": {launched + forked + byOther + killed +
		"5 fork pid=100 start=1 child=102 child_start=5 parent=100 ns_pid=102 exit_signal=17\n" +
		"6 kill pid=7 start=1 flags=untraced signal=15 target=102 target_pid=102 comm=bash\n" +
		"7 exit pid=102 start=5 flags=group_dead status=15 parent=100 reaper=1\n", "ended_by_stranger",
		"the SIGTERM that it sent ended 2 processes, first 101, and it was not the parent"},
}

func TestSayings(t *testing.T) {
	for name, c := range sayings {
		var said []string
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			said = append(said, f.ID+": "+words.English().Finding(f.ID, f.Arguments, words.Named{}))
		}
		if !slices.Contains(said, c.id+": "+c.says) {
			t.Errorf("%s: said\n%s\nwant\n%s: %s", name, strings.Join(said, "\n"), c.id, c.says)
		}
	}
}

// notSaid has traces in which it is not known, or not so, what a signal is said to have done elsewhere.
var notSaid = map[string]struct{ trace, id string }{
	"a child that executes a program, and accepts": {launched + acceptsAt80 + forked + "2.2 exec pid=101 start=2 " +
		"comm=new\n" +
		accepts101At80, "child_accepts"},
	"a child that accepts elsewhere": {launched + acceptsAt80 + forked + strings.Replace(accepts101At80, ":80", ":81",
		1),
		"child_accepts"},
	"a wait under way, and another process accepts there": {launched + listening + forked + "2.5 accept pid=101 " +
		"start=2 connection=2 listener=127.0.0.1:80\n3 waiting pid=100 start=1 call=wait4 idtype=all waited=0.5\n3.5 " +
		"listen_drop listener=127.0.0.1:80 queue=2 backlog=5\n", "blocked_in_wait"},
	"a wait under way, and nobody waits there": {launched + listening + forked + "3 waiting pid=100 start=1 " +
		"call=wait4 idtype=all waited=0.5\n3.5 listen_drop listener=127.0.0.1:80 count=2 queue=0 backlog=5\n",
		"blocked_in_wait"},
	"a wait that is over as tracer leaves": {launched + listening + forked + "3 waiting pid=100 start=1 " +
		"call=wait4 idtype=all waited=0.5\n3.2 wait pid=100 start=1 flags=interrupted call=wait4 idtype=all\n3.5 " +
		"listen_drop listener=127.0.0.1:80 queue=2 backlog=5\n", "blocked_in_wait"},
	"a wait under way, and another thread can accept": {launched + "1.5 fork pid=100 start=1 child=110 " +
		"child_start=1.5 child_pid=100 clone_flags=0x10000\n" + listening + forked + "3 waiting pid=100 start=1 " +
		"call=wait4 idtype=all waited=0.5\n3.5 listen_drop listener=127.0.0.1:80 queue=2 backlog=5\n",
		"blocked_in_wait"},
	"a wait of a goroutine": {strings.ReplaceAll(coroutines, "greenlet", "goroutine") + exited + "3.01 wait pid=100 " +
		"start=1 call=wait4 idtype=pid id=101 child=101 waited=0.9\n", "blocked_in_wait"},
	"a wait, and whether the others live is not known": {coroutines + exited + "3 lost lost=finish count=1\n3.01 " +
		"wait " +
		"pid=100 start=1 call=wait4 idtype=pid id=101 child=101 waited=0.9\n", "blocked_in_wait"},
	"a connection that its close cuts": {launched + forked + accepted101 + "2.5 close pid=101 start=2 connection=1 " +
		"bytes_read=1\n" + ended101 + "3.1 accept pid=100 start=1 connection=2\n3.2 serve pid=100 start=1 " +
		"connection=2 " +
		"bytes_read=1\n3.3 fork pid=100 start=1 child=102 child_start=3.3 parent=100 ns_pid=102 exit_signal=17\n3.5 " +
		"exit " +
		"pid=102 start=3.3 flags=group_dead,auto_reap parent=100 reaper=1\n3.6 close pid=102 start=3.3 connection=2 " +
		"bytes_read=1\n", "connections_cut"},
	"a leader that exits first, and a thread executes": {threaded + "2.5 exit pid=101 start=2\n3 exec pid=101 " +
		"start=2 old_tid=112 comm=new\n" + later, "leader_exited"},
	"chosen as memory ran out, and killed by another before": {launched + forked +
		strings.Replace(byOther, "signal=15", "signal=9", 1) + chosen, "out_of_memory"},
	"chosen, and ended otherwise": {launched + forked + strings.Replace(chosen, "status=9", "status=0", 1),
		"out_of_memory"},
	"the thread of a parent that may have ended, too": {threads + parentDeath + killed + "5 lost lost=exit count=1\n",
		"parent_thread_ended"},
	"the thread of a parent that has just ended": {threads + parentDeath +
		"2.95 exit pid=101 start=2 flags=group_dead status=15 parent=100 reaper=1\n", "parent_thread_ended"},
	"a parent that is not traced": {attached + "2 seen pid=101 start=2 parent=7 ns_pid=101\n" +
		strings.Replace(parentDeath, "pid=100 tid=110", "pid=7 flags=untraced tid=8", 1) + killed,
		"parent_thread_ended"},
	"a signal before the trace": {attached + forked + killed, "ended_by_stranger"},
	"the sender was lost": {launched + forked + byOther + "2.95 lost lost=kill count=1\n" + killed,
		"ended_by_stranger"},
	"the parent may have ended": {launched + forked + "2.5 lost lost=exit count=1\n" + byOther + killed,
		"ended_by_stranger"},
	"whose child it is was not told": {attached + "2 seen pid=101 start=2 ns_pid=101\n" + byOther + killed,
		"ended_by_stranger"},
	"it ended itself": {launched + forked + strings.Replace(byOther, "pid=7", "pid=101", 1) + killed,
		"ended_by_stranger"},
	"tracer ended it": {launched + forked + strings.Replace(byOther, "untraced", "untraced,root", 1) + killed,
		"ended_by_stranger"},
	"the kernel sent it as another ran": {launched + forked + strings.Replace(byOther, "signal", "code=128 signal", 1) +
		killed, "ended_by_stranger"},
	"a handler took that one": {launched + forked + byOther + "2.95 deliver pid=101 start=2 signal=15 " +
		"disposition=handler\n" + killed, "ended_by_stranger"},
	"a debugger that had it for long, and has let go": {launched + forked + held + "3.8 wait pid=7 start=1 " +
		"flags=untraced call=wait4 child=101\n" + later, "zombie_held"},
	"a debugger whose thread has ended": {launched + silent + "2.1 fork pid=100 start=1 child=102 child_start=2 " +
		"parent=100 ns_pid=102 exit_signal=17\n" + held + "3 signal pid=101 start=2 signal=17 code=1 si_pid=101 " +
		"target=112 target_pid=102 result=ignored\n3.1 exit pid=102 tid=112 start=2\n" + later, "zombie_held"},
	"a known debugger whose thread has ended": {launched + silent + "2.1 fork pid=100 start=1 child=102 " +
		"child_start=2 parent=100 ns_pid=102 exit_signal=17\n" + strings.TrimSuffix(held, "\n") + " debugger=102\n" +
		"3 signal pid=101 start=2 signal=17 code=1 si_pid=101 target=112 target_pid=102 result=ignored\n" +
		"3.1 exit pid=102 tid=112 start=2\n" + later, "zombie_held"},
	"an init that has a handler": {forkedInit + strings.Replace(spared, "result=protected disposition=default",
		"disposition=handler", 1), "init_spared"},
}

func TestNotSaid(t *testing.T) {
	for name, c := range notSaid {
		m := modelOf(t, c.trace)
		if n := m.Counters().Contradictions; n != 0 {
			t.Errorf("%s: %d contradictions", name, n)
		}
		for _, f := range rules.Find(m) {
			if f.ID == c.id {
				t.Errorf("%s: said %s", name, words.English().Finding(f.ID, f.Arguments, words.Named{}))
			}
		}
	}
}

// TestManyEnded: each that one sender's signal ended is counted, and the first ones are named.
func TestManyEnded(t *testing.T) {
	trace := launched
	for pid := 200; pid < 300; pid++ {
		trace += fmt.Sprintf("2 fork pid=100 start=1 child=%[1]d child_pid=%[1]d child_start=2 parent=100 "+
			"ns_pid=%[1]d exit_signal=17\n2.5 kill pid=7 start=1 flags=untraced signal=15 target=%[1]d "+
			"target_pid=%[1]d\n3 exit pid=%[1]d start=2 flags=group_dead status=15 parent=100 reaper=1\n", pid)
	}
	for _, f := range rules.Find(modelOf(t, trace)) {
		if f.ID == "ended_by_stranger" {
			if f.Arguments["processes"] != 100 || len(f.Tasks) != model.MaxEvidence || f.Tasks[15] != 215 {
				t.Errorf("found %+v, want 100 processes, 16 of them named", f)
			}
			return
		}
	}
	t.Error("nothing is found")
}

// TestNames: who is named is called as then, though the id is another one's by now.
func TestNames(t *testing.T) {
	const again = launched + forked +
		"2.2 fork pid=101 start=2 child=102 child_start=3 parent=101 ns_pid=102 exit_signal=17\n" +
		"3 exit pid=102 start=3 flags=group_dead parent=101 reaper=1 comm=job\n" +
		"4 exit pid=101 start=2 flags=group_dead parent=100 reaper=1 comm=old\n" +
		"4.1 wait pid=100 start=1 call=wait4 child=101\n" +
		"4.2 fork pid=100 start=1 child=101 child_start=9 parent=100 ns_pid=101 exit_signal=17\n" +
		"4.3 rename pid=101 start=9 comm=new\n6 end\n"
	for id, c := range map[string]struct{ trace, want string }{
		"left_zombie": {again, "warning: process 101 (old): it ended and left what it had not reaped, 1 zombie, " +
			"102 (job), for 3.00 s, to 1 (init), which has not reaped yet: it ended 1.00 s after that child; it " +
			"had not returned from a wait in " +
			"the meantime"},
		"orphan_zombie": {launched + forked + called(rootEnds, "srv") + called(orphanEnds, "job") + "6 end\n",
			"warning: process 1 (init): 1 zombie, 101 (job), for 1.00 s, adopted alive when the parent, 100 (srv), " +
				"ended: it is not traced, so of its waits only one that reaps is seen"},
		"status_lost": {launched + strings.NewReplacer("child=110", "child=110 comm=main",
			"reaper=1", "reaper=1 comm=job").Replace(taken) +
			"4.1 rename pid=100 tid=110 start=2 comm=later\n4.2 fork pid=100 start=1 child=101 child_start=9 " +
			"parent=100 ns_pid=99 exit_signal=17\n4.3 rename pid=101 start=9 comm=new\n" +
			"5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n",
			"warning: process 100 (root): the status of a child was lost: exit 3 of child 101 (job), which thread " +
				"110 (main) had taken by wait4(-1) 1.00 s before a wait for just that child returned (ECHILD)"},
		"reaped_late": {launched + forked + "2.1 fork pid=100 start=1 child=102 child_start=2 parent=100 ns_pid=2 " +
			"exit_signal=17\n" + called(exited, "job") + "3.9 exit pid=102 start=2 flags=group_dead parent=100 " +
			"reaper=1 comm=slow\n3.9 wait pid=100 start=1 call=wait4 child=2 waited=1.5\n" + waited,
			"note: process 100 (root): zombie 101 (job) waited 1.00 s to be reaped: it was in a wait for another " +
				"child, 102 (slow), for 900 ms of that time"},
		"blocked_in_wait": {launched + strings.NewReplacer("ns_pid=101", "ns_pid=2", "reaper=1", "reaper=1 comm=job",
			"idtype=all child=101", "idtype=all child=2").Replace(slept) +
			"3.5 accept pid=100 start=1 connection=1 queued=0.9\n",
			"warning: process 100 (root): its only thread was in wait4(-1) for 1.00 s, until child 101 (job) ended, " +
				"while 1 connection waited in the backlog that it accepted afterwards, for 410 ms of it"},
		"sigchld_coalesced": {launched + "2 signal signal=17 target=100 target_pid=100\n3 signal signal=17 " +
			"target=100 " +
			"target_pid=100 result=coalesced\n", "note: process 100 (root): 1 SIGCHLD was coalesced: sent while one " +
			"was " +
			"pending; the one that is left names a single child, and only a loop of waits reaps every child"},
		"reaped_adopted": {strings.Replace(adopting, "pid=101 start=2 flags", "pid=101 start=2 comm=sh flags", 1) +
			called(failedAt4, "job") + takenByAny, "note: process 100 (root): a wait for any child gave it the " +
			"status of a " +
			"process that it had not created: exit 3 of 102 (job), adopted when its parent, 101 (sh), ended"},
		"ended_by_stranger": {launched + forked + byOther + strings.Replace(killed, "reaper=1", "reaper=1 comm=job", 1),
			"note: process 7 (bash): the SIGTERM that it sent ended process 101 (job), and it was not the parent"},
	} {
		got, l := "", words.English()
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			if named := (words.Named{Tasks: f.Tasks, Names: f.Names}); f.ID == id {
				got = l.FindingLine(f.Severity.String(), named.Who(f.PID), l.Finding(f.ID, f.Arguments, named))
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", id, got, c.want)
		}
	}
}

// TestChineseBlanks: where a name stands between brackets, which are wide, no blank follows, nor behind a word for it.
func TestChineseBlanks(t *testing.T) {
	l, names, odd := words.Chinese(), map[event.PID]event.Text{}, regexp.MustCompile(`） |它 \p{Han}| [，。；）]`)
	for pid := range event.PID(200) {
		names[pid] = "job"
	}
	for name, c := range sayings {
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			s := l.FindingLine(f.Severity.String(), words.Who{PID: f.PID, Comm: "srv"}, l.Finding(f.ID, f.Arguments,
				words.Named{Tasks: f.Tasks, Names: names}))
			if odd.MatchString(s) {
				t.Errorf("%s: a blank too many in %q", name, s)
			}
		}
	}
}

// called is an exit, by a process of that name.
func called(exit, comm string) string { return strings.TrimSuffix(exit, "\n") + " comm=" + comm + "\n" }
