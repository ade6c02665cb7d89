package truth

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
)

// slow holds the cases that take seconds: thousands of processes, or an init that reaps in its own time. Without
// TRUTH_ROUNDS only TestTruth runs them.
var slow = []string{"tree/chain", "tree/fan", "tree/random-one", "tree/random-two", "tree/random-three", "burst/flood",
	"orphan/double-fork", "orphan/root-first"}

// counted holds, for the cases that leave a choice to the scheduler and count what it chose, the counters that differ
// from run to run. In all other cases every run has the same.
var counted = map[string][]string{
	"handler/storm":            signalsChosen,
	"server/fork-server":       signalsChosen,
	"pidns/reused":             processesMade,
	"pidns/reused-from-thread": processesMade,
	"pidns/wrapped":            processesMade,
	"exit/large":               {"waits_nothing"},
}

var (
	signalsChosen = []string{"sigchld_queued", "sigchld_coalesced", "sigchld_delivered"}
	processesMade = []string{"processes_created", "processes_exited", "threads_created", "threads_exited", "exit_codes",
		"reaped_by_parent", "sigchld_ignored"}
)

// alone holds what the cases have said without a tracer, by their names, as plain gives it.
var alone sync.Map

// TestProgramsAreDeterministic runs the programs without a tracer: what they say must not depend on luck, nor on the
// tracer, as TestTruth, which comes after, checks in its own run. What is rarer is found with TRUTH_ROUNDS.
func TestProgramsAreDeterministic(t *testing.T) {
	all, n := os.Getenv("TRUTH_ROUNDS") != "", rounds(t, 1)
	eachCase(t, func(t *testing.T, p program, name string) {
		if !all && slices.Contains(slow, p.family+"/"+name) {
			t.Skip("slow: set TRUTH_ROUNDS to run it here too")
		}
		first := ""
		for round := range n {
			said := say(t, p, name)
			if first == "" {
				first = said
			}
			if said != first {
				t.Fatalf("round %d: %s\nbefore: %s", round+1, said, first)
			}
		}
		alone.Store(p.family+"/"+name, first)
	})
}

// say runs a program alone and returns what it says, as plain gives it.
func say(t *testing.T, p program, name string) string {
	t.Helper()
	stdout, stderr, err := output(append(p.argv[:len(p.argv):len(p.argv)], name)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	c, err := Parse(stdout)
	if err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	if c.Skip != "" {
		if os.Geteuid() == 0 && !c.Older {
			unable(t, c.Skip)
		}
		t.Skip(c.Skip)
	}
	if want := p.family + "/" + name; c.Name != want {
		t.Fatalf("the program says that it is %s, not %s", c.Name, want)
	}
	return plain(c)
}

// plain is what a case says without ports, pids and times, and without what the scheduler chooses.
func plain(c Case) string {
	counters := maps.Clone(c.Counters)
	for _, counter := range append(counted[c.Name], "zombie_ms_total", "zombie_ms_max") {
		delete(counters, counter)
	}
	for _, counter := range []string{"accepts_by_listener", "accepts_by_task"} {
		if shares, isObject := counters[counter].(map[string]any); isObject {
			counters[counter] = sorted(shares)
		}
	}
	return text(counters)
}

// asAlone compares what a case says under the tracer with what it said alone, if it ran so.
func asAlone(c Case) []string {
	if said, ok := alone.Load(c.Name); ok && said != plain(c) {
		return []string{fmt.Sprintf("under the tracer it says %s, alone %s", plain(c), said)}
	}
	return nil
}

// sorted returns the shares of an object whose keys differ from run to run.
func sorted(shares map[string]any) []string {
	var values []string
	for v := range maps.Values(shares) {
		values = append(values, fmt.Sprint(v))
	}
	slices.Sort(values)
	return values
}
