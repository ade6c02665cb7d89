package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/rules"
	"tracer/words"
)

const (
	launched = "1 exec pid=100 start=1 flags=root,launch comm=root\n"
	attached = "1 seen pid=100 start=1 parent=1 ns_pid=100 comm=root\n1 snapshot began=0.5\n"
	forked   = "2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 exit_signal=17\n"
	exited   = "3 exit pid=101 start=2 flags=group_dead parent=100 reaper=1\n"
	waited   = "4 wait pid=100 start=1 call=wait4 child=101\n"
	taken    = "2 fork pid=100 start=1 child=110 child_start=2 child_pid=100 clone_flags=0x10000\n" + forked +
		"3 exit pid=101 start=2 flags=group_dead status=0x300 parent=100 reaper=1\n" +
		"4 wait pid=100 tid=110 start=2 call=wait4 idtype=all child=101 status=0x300\n"
	slept   = forked + exited + "3.01 wait pid=100 start=1 call=wait4 idtype=all child=101 waited=1\n"
	vforked = "2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 clone_flags=0x4100 " +
		"exit_signal=17\n"
	began    = "2.5 exec pid=101 start=2 comm=sh\n"
	handler  = "5 deliver pid=100 start=1 signal=17\n"
	later    = "4 rename pid=100 start=1 comm=x\n"
	silent   = "2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101\n"
	held     = "3 exit pid=101 start=2 flags=group_dead,debugged parent=100 reaper=1\n"
	letGo    = "3.1 wait pid=7 start=1 flags=untraced call=wait4 child=101\n"
	rootEnds = "4 exit pid=100 start=1 flags=group_dead,root parent=50 reaper=1\n"
	// The one whose parent ended before it.
	orphanEnds = "5 exit pid=101 start=2 flags=group_dead parent=1 reaper=1\n"
	namespace  = forkedInit + "2.4 fork pid=101 start=2 child=102 child_start=3 parent=101 ns_pid=2 exit_signal=17\n" +
		"2.5 exit pid=102 start=3 flags=group_dead parent=101 reaper=101\n"
	forkedInit = launched + "2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 inner_pid=1 " +
		"exit_signal=17\n"
	serving = accepted + "2.1 serve pid=100 start=1 connection=1 bytes_read=1\n" +
		"2.2 accept pid=100 start=1 connection=2\n2.3 serve pid=100 start=1 connection=2 bytes_read=1\n"
	accepted       = "2 accept pid=100 start=1 connection=1\n"
	acceptsAt80    = "1.5 accept pid=100 start=1 connection=1 listener=127.0.0.1:80\n"
	accepts101At80 = "2.5 accept pid=101 start=2 connection=2 listener=127.0.0.1:80\n"
	accepted101    = "2.1 accept pid=101 start=2 connection=1\n2.2 serve pid=101 start=2 connection=1 bytes_read=1\n"
	reapedSoon     = "3.02 wait pid=100 start=1 call=wait4 child=101\n"
	ended101       = "3 exit pid=101 start=2 flags=group_dead status=0x300 parent=100 reaper=1\n"
	// A process of two threads.
	threaded = launched + forked + "2.1 fork pid=101 start=2 child=112 child_start=2.1 child_pid=101 " +
		"clone_flags=0x10000\n"
	// Two greenlets, of which the one that has control forks.
	coroutines = launched + "1.1 spawn pid=100 start=1 runtime=greenlet coroutine=0xa\n1.2 spawn pid=100 start=1 " +
		"runtime=greenlet coroutine=0xb\n1.3 spawn pid=100 start=1 runtime=greenlet coroutine=0xc\n1.4 switch " +
		"pid=100 " +
		"start=1 runtime=greenlet coroutine=0xa\n" + forked
	copies = "2.3 switch pid=101 start=2 runtime=greenlet coroutine=0xb previous=0xa\n2.4 switch pid=101 start=2 " +
		"runtime=greenlet coroutine=0xc previous=0xb\n2.5 switch pid=101 start=2 runtime=greenlet coroutine=0xb " +
		"previous=0xc\n"
	// A subreaper, whose child ends before the one that it has made.
	adopting = launched + forked + "2.5 fork pid=101 start=2 child=102 child_start=3 parent=101 ns_pid=102 " +
		"exit_signal=17\n" +
		"3 exit pid=101 start=2 flags=group_dead parent=100 reaper=100\n3.01 wait pid=100 start=1 call=wait4 " +
		"child=101\n"
	failedAt4  = "4 exit pid=102 start=3 flags=group_dead status=0x300 parent=100 reaper=1\n"
	takenByAny = "4.05 wait pid=100 start=1 call=wait4 idtype=all child=102\n"

	chosen = "3 exit pid=101 start=2 flags=group_dead,out_of_memory status=9 parent=100 reaper=1\n4 wait pid=100 " +
		"start=1 call=wait4 child=101\n"
	killed = "3 exit pid=101 start=2 flags=group_dead status=15 parent=100 reaper=1\n4 wait pid=100 start=1 " +
		"call=wait4 child=101\n"
	byOther = "2.9 kill pid=7 start=1 flags=untraced signal=15 target=101 target_pid=101 comm=bash\n"
	threads = launched + "1.5 fork pid=100 start=1 child=110 child_start=1.5 child_pid=100 clone_flags=0x10000\n" +
		forked + "2.8 exit pid=100 tid=110 start=1.5\n"
	spared = "2.9 kill pid=100 start=1 signal=15 target=101 target_pid=101 result=protected " +
		"disposition=default\n"
	parentDeath = "2.9 kill pid=100 tid=110 start=1.5 signal=15 target=101 target_pid=101 reason=parent_death " +
		"comm=root\n"
	usedThenForked = accepted + "2 serve pid=100 start=1 connection=1 bytes_read=1\n" + forked
	letGoOf        = "2.5 let_go pid=100 start=1 occasion=close connection=1\n"
	closedByChild  = "3.2 close pid=101 start=2 connection=1\n"
	listening      = "2 accept pid=100 start=1 connection=1 listener=127.0.0.1:80\n"
	leakedTo101    = "2.5 exec pid=101 start=2 comm=sleep\n" +
		"2.5 hold pid=101 start=2 occasion=exec fd=3 listener=127.0.0.1:80 holder=100 comm=sleep\n"
	heldToTheEnd = "2.9 hold pid=101 start=2 occasion=exit fd=3 listener=127.0.0.1:80 holder=100 comm=sleep\n"
	notFound     = "2.5 fail pid=101 start=2 call=execve errno=ENOENT count=1 path=\"/usr/bin/ls\"\n"
)

func failed(call, errno, limit string) string {
	return "2 fail pid=100 start=1 call=" + call + " errno=" + errno + " count=1 " + limit + "\n"
}

// cases has for each rule a trace that raises it, with what it finds, and a healthy one.
var cases = map[string]struct {
	raises   string
	pid      event.PID
	tasks    []event.PID
	evidence []uint64
	healthy  string
}{
	"events_lost": {raises: launched + "2 lost lost=exit count=3\n", evidence: []uint64{1},
		healthy: launched + forked + exited + waited},
	"contradictions": {raises: launched + "2 serve pid=100 start=1 connection=7 bytes_read=1\n", evidence: []uint64{1},
		healthy: launched + "2 lost lost=accept count=1\n3 serve pid=100 start=1 connection=7 bytes_read=1\n"},
	"reaped_unseen": {raises: launched + forked + exited + "4 release pid=101 start=2\n", evidence: []uint64{3},
		healthy: launched + forked + exited + "4 release pid=101 start=2\n" + waited},
	"io_uring_unseen": {raises: launched + "2 io_uring pid=100 start=1 flags=unknown\n", pid: 100,
		evidence: []uint64{1}, healthy: launched + "2 io_uring pid=100 start=1\n"},
	"closes_guessed": {raises: launched + forked + "2.5 accept pid=101 start=2 connection=1\n" + exited +
		"3.5 lost lost=close count=1\n4 seen pid=100 start=1 flags=guessed parent=50 ns_pid=100\n" +
		"4.5 snapshot began=4 flags=guessed\n", evidence: []uint64{6},
		healthy: launched + accepted + "3 close pid=100 start=1 connection=1\n"},
	"sigchld_coalesced": {raises: launched + "2 signal signal=17 target=100 target_pid=100\n" +
		"3 signal signal=17 target=100 target_pid=100 result=coalesced\n" + handler, pid: 100, evidence: []uint64{2},
		healthy: launched + "2 signal signal=17 target=100 target_pid=100\n" + handler},
	"accept_failed": {raises: launched + failed("accept", "EMFILE", "limit=rlimit_nofile max=12"), pid: 100,
		evidence: []uint64{1}, healthy: launched + failed("accept", "ECONNABORTED", "") + accepted},
	"bind_failed": {raises: launched + failed("bind", "EADDRINUSE", "local=127.0.0.1:80 holder=7") +
		failed("bind", "EADDRINUSE", "local=127.0.0.1:81"), pid: 100, evidence: []uint64{1, 2},
		healthy: launched + failed("bind", "EINVAL", "local=127.0.0.1:80")},
	"backlog_full": {raises: launched + "2 accept pid=100 start=1 connection=1 queue=2 backlog=2 queued=0.3\n" +
		"3 listen_drop pid=100 start=1 count=5 queue=1 backlog=2\n", pid: 100, evidence: []uint64{2},
		healthy: launched + "2 accept pid=100 start=1 connection=1 queue=2 backlog=2 queued=0.3\n"},
	"connection_kept": {raises: launched + usedThenForked + letGoOf + closedByChild, pid: 101,
		tasks: []event.PID{100}, evidence: []uint64{4},
		healthy: launched + usedThenForked + letGoOf + "2.55 close pid=101 start=2 connection=1\n"},
	"listener_leaked": {raises: launched + listening + forked + leakedTo101 + heldToTheEnd + exited, pid: 101,
		tasks: []event.PID{100}, evidence: []uint64{4},
		healthy: launched + listening + forked + leakedTo101 + "2.6 accept pid=101 start=2 connection=2 " +
			"listener=127.0.0.1:80\n" + heldToTheEnd + exited},
	"fork_failed": {raises: launched + failed("clone", "EAGAIN", "limit=pids_cgroup max=6"), pid: 100,
		evidence: []uint64{1}, healthy: launched + failed("clone3", "ENOSYS", "") + forked},
	"exec_failed": {raises: launched + forked + notFound + "3 exit pid=101 start=2 flags=group_dead status=0x7f00 " +
		"parent=100 reaper=1\n", pid: 101, evidence: []uint64{2},
		healthy: launched + forked + notFound + "2.6 exec pid=101 start=2 comm=ls path=\"/bin/ls\"\n" +
			"3 exit pid=101 start=2 flags=group_dead status=0x7f00 parent=100 reaper=1\n"},
	"status_lost": {raises: launched + taken + "5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n",
		pid: 100, tasks: []event.PID{101}, evidence: []uint64{3, 4, 5},
		healthy: launched + taken + "5 wait pid=100 start=1 flags=no_child call=wait4 idtype=all\n"},
	"stall": {raises: launched + serving + "3 stall pid=100 start=1 flags=loops call=nanosleep waited=0.35\n",
		pid: 100, evidence: []uint64{5},
		healthy: launched + serving + "3 stall pid=100 start=1 call=nanosleep waited=0.35\n"},
	"blocked_in_wait": {raises: launched + slept + "3.5 accept pid=100 start=1 connection=1 queued=0.9\n", pid: 100,
		evidence: []uint64{3}, healthy: launched + slept + "3.5 accept pid=100 start=1 connection=1 queued=0.49\n"},
	"vfork_suspended": {raises: launched + vforked + began, pid: 100,
		evidence: []uint64{2}, healthy: launched + forked + began},
	"coroutines_copied": {raises: coroutines + copies, pid: 101, tasks: []event.PID{100}, evidence: []uint64{6, 7},
		healthy: coroutines + "2.3 switch pid=101 start=2 runtime=greenlet coroutine=0xb previous=0xa\n" +
			"2.4 switch pid=101 start=2 runtime=greenlet coroutine=0xa previous=0xb\n"},
	"not_waited_for": {raises: launched + forked + exited + later, pid: 100, tasks: []event.PID{101},
		evidence: []uint64{2}, healthy: launched + forked + exited + waited},
	"zombie_held": {raises: launched + forked + held + later, pid: 100, tasks: []event.PID{101}, evidence: []uint64{2},
		healthy: launched + forked + held + letGo + later},
	"zombie_no_sigchld": {raises: launched + silent + exited + later, pid: 100, tasks: []event.PID{101},
		evidence: []uint64{2}, healthy: launched + forked + exited + later},
	"zombie_parent_stopped": {raises: launched + forked + exited + "3.2 kill pid=7 start=1 flags=untraced signal=19 " +
		"target=100 target_pid=100\n3.3 stop pid=100 start=1 signal=19\n" + later, pid: 100,
		tasks: []event.PID{101}, evidence: []uint64{2},
		healthy: launched + forked + exited + "3.2 stop pid=100 start=1 signal=19\n" +
			"3.3 kill pid=7 start=1 flags=untraced signal=18 target=100 target_pid=100\n" + later},
	"left_zombie": {raises: launched + forked + exited + rootEnds, pid: 100, tasks: []event.PID{101},
		evidence: []uint64{2}, healthy: launched + forked + rootEnds + orphanEnds},
	"orphan_zombie": {raises: launched + forked + rootEnds + orphanEnds + "6 end\n", pid: 1,
		tasks: []event.PID{101}, evidence: []uint64{3},
		healthy: launched + forked + rootEnds + orphanEnds +
			"5.05 wait pid=1 start=0 flags=untraced call=wait4 child=101\n"},
	"zombies_dropped": {raises: namespace + "3 exit pid=101 start=2 flags=group_dead parent=100 \n", pid: 101,
		tasks: []event.PID{102}, evidence: []uint64{4},
		healthy: namespace + "2.8 wait pid=101 start=2 call=wait4 child=2\n" +
			"3 exit pid=101 start=2 flags=group_dead parent=100\n"},
	"reaped_late": {raises: launched + forked + exited + waited, pid: 100, tasks: []event.PID{101},
		evidence: []uint64{3},
		healthy:  launched + forked + exited + "3.09 wait pid=100 start=1 call=wait4 child=101\n"},
	"reaped_adopted": {raises: adopting + failedAt4 + takenByAny, pid: 100, tasks: []event.PID{102},
		evidence: []uint64{6}, healthy: adopting + strings.Replace(failedAt4, "0x300", "0", 1) + takenByAny},
	"kernel_reaped": {raises: launched + forked + "3 exit pid=101 start=2 flags=group_dead,auto_reap reaper=1\n",
		pid: 100, tasks: []event.PID{101}, evidence: []uint64{2}, healthy: launched + forked + exited + waited},
	"kernel_reaped_as_asked": {raises: launched + forked +
		"3 exit pid=101 start=2 flags=group_dead,auto_reap,asked reaper=1\n", evidence: []uint64{2},
		healthy: launched + forked + "3 exit pid=101 start=2 flags=group_dead,auto_reap reaper=1\n"},
	"out_of_memory": {raises: launched + forked + chosen, tasks: []event.PID{101}, evidence: []uint64{2},
		healthy: launched + forked + killed},
	"parent_thread_ended": {raises: threads + parentDeath + killed, pid: 100, tasks: []event.PID{101},
		evidence: []uint64{4},
		healthy:  threads + parentDeath + "2.9 exit pid=100 start=1 flags=group_dead parent=1 reaper=1\n" + killed},
	"child_accepts": {raises: launched + acceptsAt80 + forked + accepts101At80, pid: 100, tasks: []event.PID{101},
		evidence: []uint64{3}, healthy: launched + forked + "2.1 accept pid=100 start=1 connection=1 " +
			"listener=127.0.0.1:80\n" + accepts101At80},
	"connections_cut": {raises: launched + forked + accepted101 + ended101 + "3.01 close pid=101 start=2 " +
		"connection=1 " +
		"bytes_read=1\n" + reapedSoon, pid: 101, evidence: []uint64{5},
		healthy: launched + forked + accepted101 + ended101 + "3.01 close pid=101 start=2 connection=1 bytes_read=1 " +
			"bytes_written=1\n" + reapedSoon},
	"leader_exited": {raises: threaded + "2.5 exit pid=101 start=2\n" + later, pid: 101, evidence: []uint64{3},
		healthy: threaded + "3.91 exit pid=101 start=2\n" + later},
	"init_spared": {raises: forkedInit + spared, pid: 101, tasks: []event.PID{100}, evidence: []uint64{2},
		healthy: forkedInit + strings.Replace(spared, "protected", "ignored", 1)},
	"ended_by_stranger": {raises: launched + forked + byOther + killed, pid: 7, tasks: []event.PID{101},
		evidence: []uint64{2},
		healthy:  launched + forked + strings.Replace(byOther, "pid=7", "pid=100", 1) + killed},
}

func TestRules(t *testing.T) {
	for _, r := range rules.All {
		c, ok := cases[r.ID]
		if !ok {
			t.Errorf("rule %s has no case", r.ID)
			continue
		}
		if c.healthy == "" {
			t.Errorf("rule %s has no healthy case", r.ID)
		}
		found := r.Find(modelOf(t, c.raises))
		if len(found) != 1 || found[0].PID != c.pid || !slices.Equal(found[0].Tasks, c.tasks) ||
			!slices.Equal(found[0].Evidence, c.evidence) {
			t.Errorf("%s: found %+v, want one of %d, tasks %v, evidence %v", r.ID, found, c.pid, c.tasks, c.evidence)
		}
		for _, f := range found {
			for _, l := range []*words.Language{words.English(), words.Chinese()} {
				s := l.Finding(f.ID, f.Arguments, words.Named{})
				if s == "" || s == f.ID {
					t.Errorf("%s has no sentence in a language: %q", f.ID, s)
				}
				for name := range f.Arguments {
					if !says(l, f, name) {
						t.Errorf("%s: %v does not say the argument %q: %q", f.ID, l, name, s)
					}
				}
			}
		}
		if found := r.Find(modelOf(t, c.healthy)); len(found) != 0 {
			t.Errorf("%s: found %+v in a trace without it", r.ID, found)
		}
	}
	if len(cases) != len(rules.All) {
		t.Errorf("%d cases for %d rules", len(cases), len(rules.All))
	}
}

// TestProcessesAreNamed: a finding about a process that the trace knows by a name has it.
func TestProcessesAreNamed(t *testing.T) {
	for _, r := range rules.All {
		m := modelOf(t, cases[r.ID].raises)
		for _, f := range r.Find(m) {
			if p := m.Find(f.PID); p != nil && p.Comm != "" && f.Names[f.PID] != p.Comm {
				t.Errorf("%s: %d is named %q, want %q", r.ID, f.PID, f.Names[f.PID], p.Comm)
			}
			if holder := event.PID(f.Arguments["holder"]); m.Find(holder) != nil && f.Names[holder] == "" {
				t.Errorf("%s: %d is not named", r.ID, holder)
			}
		}
	}
}

// TestWaitUnderWayIsSaid: each argument of a wait that is under way is in the sentence, in each language.
func TestWaitUnderWayIsSaid(t *testing.T) {
	for _, trace := range []string{
		threads + again + exited + strings.Replace(inWait, "pid=100", "pid=100 tid=110", 1) + later,
		launched + forked + exited + "3.1 waiting pid=100 start=1 call=waitid idtype=all options=0x2\n" + later,
		"1 seen pid=100 start=1 parent=1 ns_pid=100 exit_signal=17 call=wait4 idtype=pidfd id=102\n" +
			"1 snapshot began=0.5\n" + forked + exited + later,
	} {
		found := rules.Find(modelOf(t, trace))
		if len(found) != 1 || found[0].Arguments["in_wait_ns"] == 0 || len(found[0].Evidence) != 2 {
			t.Errorf("found %+v, want a zombie whose parent is in a wait, and the events that show both", found)
			continue
		}
		for _, l := range []*words.Language{words.English(), words.Chinese()} {
			for name := range found[0].Arguments {
				if !says(l, found[0], name) {
					t.Errorf("%v does not say the argument %q", l, name)
				}
			}
		}
	}
}

// says reports whether the sentence of a finding depends on an argument: as it is, or where all others are 0.
func says(l *words.Language, f rules.Finding, argument string) bool {
	for _, others := range []map[string]uint64{f.Arguments, {}} {
		before := l.Finding(f.ID, others, words.Named{})
		for _, n := range append(slices.Collect(maps.Values(f.Arguments)), 0, 1, 7_310_000_001) {
			changed := maps.Clone(others)
			changed[argument] = n
			if l.Finding(f.ID, changed, words.Named{}) != before {
				return true
			}
		}
	}
	return false
}

// TestGravest: the findings of a whole come by their severity.
func TestGravest(t *testing.T) {
	var got []rules.Severity
	for _, f := range rules.Find(modelOf(t, launched+forked+exited+"4 lost lost=exit count=1\n")) {
		got = append(got, f.Severity)
	}
	if want := []rules.Severity{rules.Incomplete, rules.Warning}; !slices.Equal(got, want) {
		t.Errorf("severities %v, want %v", got, want)
	}
}

// TestCoalescedIsKept: what is said of a process does not depend on whether it has left the forest.
func TestCoalescedIsKept(t *testing.T) {
	trace := launched + forked + "3 signal signal=17 target=101 target_pid=101\n" +
		"4 signal signal=17 target=101 target_pid=101 result=coalesced\n5 deliver pid=101 start=2 signal=17\n" +
		"6 exit pid=101 start=2 flags=group_dead parent=100 reaper=1\n6.05 wait pid=100 start=1 call=wait4 child=101\n"
	found := rules.Find(modelOf(t, trace+"3600 deliver pid=100 start=1 signal=17\n"))
	if len(found) != 1 || found[0].ID != "sigchld_coalesced" || found[0].PID != 101 ||
		!slices.Equal(found[0].Evidence, []uint64{3}) {
		t.Errorf("found %+v an hour later, want the coalesced signal of 101", found)
	}
}

// TestCoalescedWithoutHandler: who reads a signalfd, or blocks the signal across an exec, loses children all the same.
func TestCoalescedWithoutHandler(t *testing.T) {
	trace := launched + "1.5 disposition pid=100 start=1 signal=17 disposition=default flags=blocked,signalfd\n" +
		forked + "2.1 fork pid=100 start=1 child=102 child_start=2.1 parent=100 ns_pid=102 exit_signal=17\n" + exited +
		"3.1 signal pid=101 start=2 signal=17 target=100 target_pid=100 code=1 si_pid=101 flags=blocked " +
		"disposition=default\n" +
		"3.2 exit pid=102 start=2.1 flags=group_dead parent=100 reaper=1\n" +
		"3.3 signal pid=102 start=2.1 signal=17 target=100 target_pid=100 code=1 si_pid=102 flags=blocked " +
		"disposition=default result=coalesced\n"
	find := func(trace string) map[string]uint64 {
		for _, f := range rules.Find(modelOf(t, trace)) {
			if f.ID == "sigchld_coalesced" {
				return f.Arguments
			}
		}
		return nil
	}
	for _, c := range []struct {
		trace, want string
	}{
		{trace, "1 SIGCHLD was coalesced: sent while one was pending, for a signalfd to read; the one that is left " +
			"names a single child, and only a loop of waits reaps every child (first that of child 102, in that of " +
			"101)"},
		{strings.Replace(trace, ",signalfd", "", 1), "1 SIGCHLD was coalesced: sent while one was pending, as the " +
			"process blocks it; the one that is left names a single child, and only a loop of waits reaps every " +
			"child (first that of child 102, in that of 101)"},
		// The one that is pending was sent before the trace began, or was lost: who it is about is not known.
		{trace[:strings.Index(trace, "3.1 ")] + trace[strings.Index(trace, "3.2 "):], "1 SIGCHLD was coalesced: sent " +
			"while one was pending, for a signalfd to read; the one that is left names a single child, and only a " +
			"loop of waits reaps every child"},
	} {
		if got := words.English().Finding("sigchld_coalesced", find(c.trace), words.Named{}); got != c.want {
			t.Errorf("says %q, want %q", got, c.want)
		}
	}
	sentBefore := trace[:strings.Index(trace, "3.1 ")] + trace[strings.Index(trace, "3.2 "):]
	if first, told := find(sentBefore)["first_coalesced"]; told {
		t.Errorf("told of %d first, though not in whose it was lost", first)
	}
	if found := find(trace[:strings.Index(trace, "3.2 ")]); found != nil {
		t.Errorf("found %v where each signal was alone", found)
	}
}

// TestFailures: of a limit that was not found out nothing is said, nor of a command that was not looked for to the end.
func TestFailures(t *testing.T) {
	exits := func(child string) string {
		return strings.ReplaceAll("4 exit pid=101 start=2 flags=group_dead status=0x7f00 parent=100 reaper=1\n"+
			"4.1 wait pid=100 start=1 call=wait4 child=101\n", "101", child)
	}
	again := "5 fork pid=100 start=1 child=102 child_start=5 parent=100 ns_pid=102 exit_signal=17\n" +
		"6 fail pid=102 start=5 call=execve errno=ENOENT count=1 path=\"/usr/bin/ls\"\n"
	for _, c := range []struct {
		name, trace string
		want        []string
	}{
		{"the limit is known", launched + failed("accept", "EMFILE", "limit=rlimit_nofile max=1"), []string{
			"accept failed once with EMFILE (RLIMIT_NOFILE of the process lets it have 1 descriptor)"}},
		{"it is not", launched + failed("accept4", "ENFILE", "") +
			"3 fail pid=100 start=1 call=accept4 errno=ENFILE count=2210\n",
			[]string{"accept4 failed 2,210 times with ENFILE"}},
		{"the first was lost", launched + "2 lost lost=fail count=1\n" +
			"3 fail pid=100 start=1 call=clone errno=EAGAIN count=5\n",
			[]string{"clone failed 4 times with EAGAIN"}},
		{"the path is known", launched + forked + notFound + exits("101"), []string{
			"/usr/bin/ls could not be executed (ENOENT), and the process ended with code 127"}},
		{"it is not", launched + forked + strings.Replace(notFound, " path=\"/usr/bin/ls\"", "", 1) + exits("101"),
			[]string{"could not be executed (ENOENT), and the process ended with code 127"}},
		{"twice", launched + forked + notFound + exits("101") + again + strings.ReplaceAll(exits("102"), "start=2",
			"start=5"), []string{"/usr/bin/ls could not be executed (ENOENT), and 2 processes ended with code 127"}},
		{"it goes on all the same", launched + forked + notFound + exited + waited, nil},
		{"it is killed", launched + forked + notFound + strings.Replace(exits("101"), "0x7f00", "0x9", 1), nil},
		{"its exit was lost", launched + forked + notFound + "3 lost lost=exit count=1\n" + waited, nil},
		{"it lives", launched + forked + notFound, nil},
		{"the address is another's", launched + failed("bind", "EADDRINUSE", "local=127.0.0.1:80 holder=7"), []string{
			"127.0.0.1:80: bind failed once with EADDRINUSE (process 7 has had a socket listen there)"}},
		{"it was found who holds it", launched + failed("bind", "EADDRINUSE", "local=0.0.0.0:80 holder=7") +
			"9 hold pid=8 start=1 flags=untraced occasion=look comm=cgi listener=127.0.0.1:80 fd=5\n", []string{
			"0.0.0.0:80: bind failed once with EADDRINUSE (8 was found to hold the socket that listens there)"}},
		{"another port was looked at", launched + failed("bind", "EADDRINUSE", "local=0.0.0.0:80 holder=7") +
			"9 hold pid=8 start=1 flags=untraced occasion=look comm=cgi listener=127.0.0.1:8080 fd=5\n", []string{
			"0.0.0.0:80: bind failed once with EADDRINUSE (process 7 has had a socket listen there)"}},
		{"whose, is not known", launched + failed("listen", "EADDRINUSE", "listener=127.0.0.1:80"), []string{
			"127.0.0.1:80: listen failed once with EADDRINUSE"}},
		{"neither is the address", launched + failed("bind", "EACCES", ""), []string{"bind failed once with EACCES"}},
		{"one address after the other", launched + failed("bind", "EADDRINUSE", "local=127.0.0.1:80") +
			failed("bind", "EADDRINUSE", "local=127.0.0.1:81"), []string{
			"127.0.0.1:80: bind failed 2 times with EADDRINUSE, other addresses included"}},
		{"a bind that makes no sense", launched + failed("bind", "EINVAL", "local=127.0.0.1:80"), nil},
	} {
		var got []string
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			if f.Severity == rules.Warning {
				got = append(got, words.FindingAbout(words.English(), f.Path, f.Address,
					words.English().Finding(f.ID, f.Arguments, words.Named{})))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
}

// TestConnectionKept: only who has never used a connection keeps it, and only after all who have are known to have let
// go of it.
func TestConnectionKept(t *testing.T) {
	const (
		used     = launched + usedThenForked
		byChild  = "2.2 serve pid=101 start=2 connection=1 bytes_written=1\n"
		again    = "2.6 serve pid=101 start=2 connection=1 bytes_written=1\n"
		ends     = "2.5 let_go pid=101 start=2 occasion=exit connection=1\n" + exited + waited
		byParent = "5 close pid=100 start=1 connection=1\n"
		look     = "3 hold pid=101 start=2 occasion=look fd=5 connection=1 comm=copy\n"
		executes = "2.3 exec pid=101 start=2 comm=cgi\n" +
			"2.3 hold pid=101 start=2 occasion=exec fd=5 connection=1 comm=cgi\n"
		more = "3.3 accept pid=100 start=1 connection=2\n3.3 serve pid=100 start=1 connection=2 bytes_read=1\n" +
			"3.4 let_go pid=100 start=1 occasion=close connection=2\n3.5 close pid=101 start=2 connection=2\n"
		said = "it kept connection 1 open, which it has not read or written, for "
	)
	for _, c := range []struct{ name, trace, want string }{
		{"a copy", used + letGoOf + closedByChild, said + "700 ms after 100 (root) had let go of it"},
		{"twice", used + letGoOf + closedByChild + more, "it kept 2 connections open, which it has not read or " +
			"written, the longest, 1, for 700 ms after 100 (root) had let go of it"},
		{"it was executed with it", used + executes + letGoOf + closedByChild, said + "700 ms after 100 (root) " +
			"had let go of it, which it had as its program was executed"},
		{"it holds it still", used + letGoOf + look, said + "at least 500 ms after 100 (root) had let go of it; 1 " +
			"connection is still open"},
		{"it has ended since", used + letGoOf + look + exited, ""},
		{"another one holds it, outside of the trace", used + letGoOf + "3 hold pid=7 start=1 flags=untraced " +
			"occasion=look fd=5 connection=1 comm=copy\n", said + "at least 500 ms after 100 (root) had let go of " +
			"it; 1 connection is still open"},
		{"a parent that forgot it", launched + accepted + forked + byChild + ends + byParent, said +
			"2.50 s after 101 (root) had let go of it"},
		{"who used it, too, has not let go", used + byChild + letGoOf + closedByChild, ""},
		{"who used it is not known to have let go", used + byChild + ends + "7 close pid=9 start=1 flags=untraced " +
			"connection=1\n", ""},
		{"it is used afterwards", used + letGoOf + again + closedByChild, ""},
		{"by nobody that is known", used + letGoOf + "3.2 close flags=unknown connection=1\n", ""},
		{"the one that used it closes it", used + letGoOf + "3.2 close pid=100 start=1 connection=1\n", ""},
		{"one that is not known has used it", launched + accepted + "2 serve pid=9 start=1 connection=1 " +
			"bytes_read=1\n" + forked + "2.1 serve pid=100 start=1 connection=1 bytes_read=1\n" + letGoOf +
			closedByChild, ""},
	} {
		if got := sentenceOf(t, "connection_kept", c.trace); got != c.want {
			t.Errorf("%s: says %q, want %q", c.name, got, c.want)
		}
	}
}

// TestListenerLeaked: who accepts, or descends from one that may, has it by right; and of one that may have closed it
// nothing is said.
func TestListenerLeaked(t *testing.T) {
	const (
		leaks   = launched + listening + forked + leakedTo101
		said    = "its program was executed with this listening socket (fd 3) and "
		toEnd   = said + "held it for 400 ms, to its end, without an accept"
		look    = "3.5 hold pid=101 start=2 occasion=look fd=3 listener=127.0.0.1:80 comm=sleep\n"
		child   = "2.6 fork pid=101 start=2 child=102 child_start=2.6 parent=101 ns_pid=102 exit_signal=17\n"
		accept2 = "2.7 accept pid=102 start=2.6 connection=2 listener=127.0.0.1:80\n"
		server  = "; the server is 100 (root)"
		other   = "2.5 fork pid=100 start=1 child=103 child_start=2.5 parent=100 ns_pid=103 exit_signal=17\n" +
			"2.6 exec pid=103 start=2.5 comm=sh\n" +
			"2.6 hold pid=103 start=2.5 occasion=exec fd=3 listener=127.0.0.1:80 holder=100 comm=sh\n" +
			"2.8 hold pid=103 start=2.5 occasion=exit fd=3 listener=127.0.0.1:80 holder=100 comm=sh\n"
	)
	for _, c := range []struct{ name, trace, want string }{
		{"to its end", leaks + heldToTheEnd, toEnd + server},
		{"it closed it", leaks + exited, ""},
		{"it holds it still", leaks + look, said + "still held it 1.00 s later, without an accept" + server},
		{"it was seen to hold it too short", leaks + strings.Replace(look, "3.5", "2.9", 1), ""},
		{"what it has created accepts", leaks + child + accept2 + heldToTheEnd, ""},
		{"another one accepts", leaks + "2.7 accept pid=100 start=1 connection=2 listener=127.0.0.1:80\n" +
			heldToTheEnd, toEnd + server},
		{"two accept, so whose it is is not said", leaks + "2.55 fork pid=100 start=1 child=104 child_start=2.55 " +
			"parent=100 ns_pid=104 exit_signal=17\n2.7 accept pid=104 start=2.55 connection=2 listener=127.0.0.1:80\n" +
			heldToTheEnd, toEnd},
		{"the server ended before", leaks + "2.6 exit pid=100 start=1 flags=group_dead,root parent=50 reaper=1 " +
			"comm=root\n" + heldToTheEnd, toEnd + "; 100 (root), the server, had ended 300 ms before that"},
		{"nobody accepted, and who had it listen is known", launched + forked + leakedTo101 + heldToTheEnd,
			toEnd + server},
		{"nobody accepted, and it was there before", launched + forked + strings.ReplaceAll(leakedTo101+heldToTheEnd,
			" holder=100", ""), ""},
		{"two programs", leaks + other + heldToTheEnd, toEnd + server + "; so did 1 other program"},
		{"it executes another program", leaks + strings.ReplaceAll(leakedTo101, "2.5", "2.7") + heldToTheEnd,
			said + "held it for 200 ms, to its end, without an accept" + server},
	} {
		if got := sentenceOf(t, "listener_leaked", c.trace); got != c.want {
			t.Errorf("%s: says %q, want %q", c.name, got, c.want)
		}
	}
}

// sentenceOf is what a rule says of a trace, with the names that are known.
func sentenceOf(t *testing.T, id, trace string) (said string) {
	t.Helper()
	for _, f := range rules.Find(modelOf(t, trace)) {
		if slices.Contains(f.Tasks, 0) {
			t.Errorf("%s names a process that is not known: %v", f.ID, f.Tasks)
		}
		if f.ID == id {
			said += words.English().Finding(f.ID, f.Arguments, words.Named{Tasks: f.Tasks, Names: f.Names})
		}
	}
	return said
}

// TestBacklogFull: what was dropped for want of room is told so only if the backlog was seen full.
func TestBacklogFull(t *testing.T) {
	const (
		dropped = "5 listen_drop pid=100 start=1 listener=127.0.0.1:80 count=5 queue=0 backlog=2\n"
		atEnd   = "6 listen_drop listener=127.0.0.1:80 count=2 queue=3 backlog=2\n"
		filled  = "4 accept pid=100 start=1 connection=1 listener=127.0.0.1:80 queue=2 backlog=2 queued=0.3\n"
		others  = "4 accept pid=100 start=1 connection=1 listener=127.0.0.1:81 queue=2 backlog=2 queued=0.3\n"
		attempt = " to connect dropped, which clients repeat after a second or more"
		notFull = "; the backlog was not seen full; 0 were seen waiting, the limit is 2 and one more"
	)
	for _, c := range []struct {
		name, trace string
		pid         event.PID
		want        []string
	}{
		{"it was", launched + filled + dropped, 100, []string{"127.0.0.1:80: the backlog was full: 5 attempts" +
			attempt + "; 2 were seen waiting, the limit is 2 and one more; of 1 accepted, one had waited 300 ms"}},
		{"by nobody, at the end", launched + atEnd, 0, []string{"127.0.0.1:80: the backlog was full: 2 attempts" +
			attempt + "; 3 were seen waiting, the limit is 2 and one more"}},
		{"another one was", launched + others + dropped, 0, nil},
		{"it was not", launched + "4 accept pid=100 start=1 connection=1 listener=127.0.0.1:80 queue=1 backlog=2\n" +
			dropped, 0, nil},
		{"the accepts were lost", launched + "4 lost lost=accept count=9\n" + dropped, 100, []string{
			"127.0.0.1:80: 5 attempts" + attempt + notFull}},
		{"nothing was dropped", launched + filled, 0, nil},
	} {
		var got []string
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			if f.ID == "backlog_full" {
				got = append(got, words.FindingAbout(words.English(), f.Path, f.Address,
					words.English().Finding(f.ID, f.Arguments, words.Named{})))
				if f.PID != c.pid {
					t.Errorf("%s: of process %d, want %d", c.name, f.PID, c.pid)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
}

func modelOf(t *testing.T, text string) *model.Model {
	t.Helper()
	_, events, _, err := record.ParseText(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	m := model.New(model.Options{})
	for i := range events {
		m.Apply(&events[i])
	}
	return m
}

// TestStatusLost: who took the status of a child is told only of a wait that asked for just that child, only where it
// is known, and not of a thread that had got it already.
func TestStatusLost(t *testing.T) {
	const (
		ended    = "3 exit pid=101 start=2 flags=group_dead status=0x300 parent=100 reaper=1\n"
		vain     = "5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n"
		pidfd    = "5 wait pid=100 start=1 flags=no_child call=waitid options=0x4 idtype=pidfd id=101\n"
		stopped  = "5 wait pid=100 start=1 flags=no_child call=waitid options=0x2 idtype=pid id=101\n"
		own      = "5 wait pid=100 start=1 flags=no_child call=wait4 options=0x20000000 idtype=pid id=101\n"
		early    = "3.5 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n"
		ignores  = "1.5 disposition pid=100 start=1 signal=17 disposition=ignore\n"
		dropped  = "3 exit pid=101 start=2 flags=group_dead,auto_reap status=0x300 parent=100 reaper=1\n"
		again    = "6 fork pid=100 start=1 child=101 child_start=6 parent=100 ns_pid=101 exit_signal=17\n"
		byThread = "the status of a child was lost: exit 3 of child 101, which thread 110 had taken by wait4(-1) " +
			"1.00 s before a wait for just that child returned (ECHILD)"
		atOnce = "the status of a child was lost: exit 3 of child 101, which thread 110 had taken by wait4(-1) " +
			"before a wait for just that child could (ECHILD)"
		byKernel = "the status of a child was lost: exit 3 of child 101, which the kernel itself had reaped 2.00 s " +
			"before a wait for just that child returned (ECHILD); its parent has SIGCHLD at SIG_IGN"
	)
	silent := strings.Replace(forked, "exit_signal=17", "exit_signal=0", 1)
	takes := "4 wait pid=100 tid=110 start=2 call=wait4 idtype=all child=101\n"
	for name, c := range map[string]struct{ trace, want string }{
		"by another thread":               {launched + taken + vain, byThread},
		"waited for by its pidfd":         {launched + taken + pidfd, byThread},
		"asked for twice":                 {launched + taken + vain + vain, byThread},
		"by the kernel":                   {launched + ignores + forked + dropped + vain, byKernel},
		"the wait in vain is told before": {launched + forked + ended + early + takes, atOnce},
		"by its handler, in the same thread": {launched + forked + ended + "4 wait pid=100 start=1 call=wait4 " +
			"idtype=all child=101\n" + vain, strings.Replace(byThread, "thread 110", "thread 100", 1)},
		"by the same thread, as it asked": {launched + forked + ended + "4 wait pid=100 start=1 call=wait4 " +
			"idtype=pid id=101 child=101\n" + vain, ""},
		"by the same thread, which may have asked so": {launched + forked + ended + waited + vain, ""},
		"a wait for its stop alone":                   {launched + taken + stopped, ""},
		"a wait for what the thread itself has made":  {launched + taken + own, ""},
		"it was never a child":                        {launched + vain, ""},
		"its end sends no SIGCHLD, so it is not found": {launched + silent + ended + early +
			"4 wait pid=100 start=1 call=wait4 options=0x40000000 idtype=all child=101\n", ""},
		"another one has its id":         {launched + taken + again + vain, ""},
		"it is a zombie still":           {launched + forked + ended + early, ""},
		"before tracer came":             {attached + vain, ""},
		"something was lost":             {launched + taken + "4.5 lost lost=wait count=1\n" + vain, ""},
		"by a call that was not seen":    {launched + forked + ended + "4 release pid=101 start=2\n" + vain, ""},
		"for whom it asked was not told": {launched + taken + "5 wait pid=100 start=1 flags=no_child call=wait4\n", ""},
	} {
		got := ""
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			if f.ID == "status_lost" {
				got += words.English().Finding(f.ID, f.Arguments, words.Named{})
			}
		}
		if got != c.want {
			t.Errorf("%s: says %q, want %q", name, got, c.want)
		}
	}
}

// TestEvidenceIsInOrder: each event that shows a finding is in it once, the first one first.
func TestEvidenceIsInOrder(t *testing.T) {
	trace := launched + "1.5 disposition pid=100 start=1 signal=17 disposition=ignore\n" + forked +
		"2.1 fork pid=100 start=1 child=102 child_start=2 parent=100 ns_pid=102 exit_signal=17\n" +
		"3 exit pid=101 start=2 flags=group_dead,auto_reap parent=100 reaper=1\n" +
		"3.1 exit pid=102 start=2 flags=group_dead,auto_reap parent=100 reaper=1\n" +
		"4 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=101\n" +
		"4.1 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=102\n"
	for _, f := range rules.Find(modelOf(t, trace)) {
		if f.ID == "status_lost" {
			if want := (model.Evidence{4, 5, 6, 7}); !slices.Equal(f.Evidence, want) {
				t.Errorf("evidence %v, want %v", f.Evidence, want)
			}
			return
		}
	}
	t.Error("nothing is found")
}

// TestStatusesLost: all are counted, the newest of many children are known, and the status that is told is not 0.
func TestStatusesLost(t *testing.T) {
	const children, known = 300, 256
	trace := launched + "1.5 disposition pid=100 start=1 signal=17 disposition=ignore\n"
	vain := ""
	for pid := 1000; pid < 1000+children; pid++ {
		status := 0
		if pid == 1000+children-1 {
			status = 3 << 8
		}
		trace += fmt.Sprintf("2 fork pid=100 start=1 child=%[1]d child_pid=%[1]d child_start=2 parent=100 "+
			"ns_pid=%[1]d exit_signal=17\n"+
			"3 exit pid=%[1]d start=2 flags=group_dead,auto_reap status=%[2]d parent=100 reaper=1\n", pid, status)
		vain += fmt.Sprintf("3600 wait pid=100 start=1 flags=no_child call=wait4 idtype=pid id=%d\n", pid)
	}
	for _, f := range rules.Find(modelOf(t, trace+vain)) {
		if f.ID != "status_lost" {
			continue
		}
		last := uint64(1000 + children - 1)
		if f.Arguments["statuses"] != known || f.Arguments["child"] != last || f.Arguments["status"] != 3<<8 ||
			len(f.Tasks) != model.MaxLostStatuses || len(f.Evidence) > model.MaxEvidence {
			t.Errorf("found %+v, want %d statuses, and the one of %d told", f, known, last)
		}
		return
	}
	t.Error("nothing is found")
}

// TestStall: who is known to have waited is said, and no more.
func TestStall(t *testing.T) {
	const (
		one      = "2 accept pid=100 start=1 connection=1\n2.1 serve pid=100 start=1 connection=1 bytes_read=1\n"
		held     = "3 stall pid=100 start=1 flags=loops call=nanosleep waited=0.35\n"
		came     = "3.1 accept pid=100 start=1 connection=3 queued=0.2\n"
		later    = "3.1 accept pid=100 start=1 connection=3 queued=0.05\n"
		thread   = "2 fork pid=100 start=1 child=110 child_start=2 child_pid=100 clone_flags=0x10000\n"
		spawned  = "2 spawn pid=100 start=1 runtime=greenlet coroutine=0x10\n"
		switched = spawned + "2.1 spawn pid=100 start=1 runtime=greenlet coroutine=0x11\n" +
			"2.2 switch pid=100 start=1 runtime=greenlet coroutine=0x10\n"
		computed = "3 stall pid=100 start=1 flags=loops call=none waited=0.5 cpu=0.25\n"
		sleeps   = "its only thread was in nanosleep for 350 ms"
		computes = "its only thread had the CPU for 250 ms"
	)
	for _, c := range []struct{ trace, want string }{
		{launched + one + held, ""},
		{launched + one + held + later, ""},
		{launched + one + held + came, sleeps + ", with 1 connection open that it serves, while 1 connection waited " +
			"in the backlog"},
		{launched + serving + held, sleeps + ", with 2 connections open that it serves"},
		{launched + serving + held + strings.Replace(held, "3 ", "3.5 ", 1), sleeps +
			", with 2 connections open that it serves (the longest of 2 such times)"},
		{launched + thread + serving + held + came, ""},
		{launched + serving + "2.5 lost lost=fork count=1\n" + held, ""},
		{launched + serving + "2.5 lost lost=close count=1\n" + held, ""},
		{launched + serving + "2.5 lost lost=close count=1\n" + held + came, sleeps +
			", while 1 connection waited in the backlog"},
		{launched + spawned + "2.2 switch pid=100 start=1 runtime=greenlet coroutine=0x10\n" + held, ""},
		{launched + switched + held, sleeps + ", greenlet 0x10 had control, so no other coroutine of the thread ran"},
		{launched + strings.ReplaceAll(switched, "greenlet", "goroutine") + held, ""},
		{launched + thread + switched + held, "thread 100 was in nanosleep for 350 ms, greenlet 0x10 had control, so " +
			"no other coroutine of the thread ran"},
		{launched + serving + strings.Replace(held, "3 ", "3.5 ", 1) + "3.6 lost lost=stall count=1\n" +
			strings.Replace(held, "3 ", "4 ", 1), sleeps + ", with 2 connections open that it serves"},
		{launched + switched + "2.5 lost lost=switch count=1\n" + held, ""},
		{launched + switched + "2.5 lost lost=finish count=1\n" + held, ""},
		{attached + serving + held, sleeps + ", with 2 connections open that it serves"},
		{attached + serving + "2.5 seen pid=100 tid=110 start=2 parent=1 comm=other\n" + held, ""},
		{attached + held, ""},
		{launched + serving + computed + "4 stall pid=100 start=1 flags=loops call=read waited=0.2\n", computes +
			", with 2 connections open that it serves (the longest of 2 such times)"},
		{launched + serving + strings.Replace(computed, " flags=loops", "", 1), ""},
		{launched + one + computed + came, computes + ", with 1 connection open that it serves, while 1 connection " +
			"waited in the backlog"},
		{launched + one + computed, ""},
		{launched + thread + serving + computed, ""},
		{launched + switched + computed, computes + ", greenlet 0x10 had control, so no other coroutine of the " +
			"thread ran"},
		{launched + serving + strings.Replace(held, "nanosleep", "none", 1), "its only thread was in no known call, " +
			"but blocked for 350 ms, with 2 connections open that it serves"},
	} {
		got := ""
		for _, f := range rules.Find(modelOf(t, c.trace)) {
			if f.ID == "stall" {
				got += words.English().Finding(f.ID, f.Arguments, words.Named{})
			}
		}
		if got != c.want {
			t.Errorf("%s\nsays %q, want %q", c.trace, got, c.want)
		}
	}
}

// TestSparedLater: an init that had blocked a signal is spared it as it blocks it no longer.
func TestSparedLater(t *testing.T) {
	trace := forkedInit + "2.8 kill pid=100 start=1 signal=15 target=101 target_pid=101 flags=blocked " +
		"disposition=default\n2.9 deliver pid=101 start=2 signal=15 disposition=default result=protected\n"
	found := rules.Find(modelOf(t, trace))
	if len(found) != 1 || found[0].ID != "init_spared" || found[0].PID != 101 ||
		!slices.Equal(found[0].Tasks, []event.PID{100}) {
		t.Errorf("found %+v, want that 101 was spared what 100 had sent", found)
	}
}
