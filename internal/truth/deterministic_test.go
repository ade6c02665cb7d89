package truth

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
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
}

var (
	signalsChosen = []string{"sigchld_queued", "sigchld_coalesced", "sigchld_delivered"}
	processesMade = []string{"processes_created", "processes_exited", "threads_created", "threads_exited", "exit_codes",
		"reaped_by_parent", "sigchld_ignored"}
)

// TestProgramsAreDeterministic runs the programs without a tracer: what they say must not depend on luck. Two rounds
// are the least that can differ; what is rarer than that is found over many runs, or with TRUTH_ROUNDS.
func TestProgramsAreDeterministic(t *testing.T) {
	all, n := os.Getenv("TRUTH_ROUNDS") != "", rounds(t, 2)
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
	})
}

// say runs a program alone and returns what it says, without ports, pids and times.
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
	for _, counter := range counted[c.Name] {
		delete(c.Counters, counter)
	}
	for counter, value := range c.Counters {
		switch shares, isObject := value.(map[string]any); {
		case isObject && (counter == "accepts_by_listener" || counter == "accepts_by_task"):
			c.Counters[counter] = sorted(shares)
		case counter == "zombie_ms_total" || counter == "zombie_ms_max":
			delete(c.Counters, counter)
		}
	}
	line, err := json.Marshal(c.Counters)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
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
