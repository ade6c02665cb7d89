// Package truth compares what a recording counts with what really happened.
//
// The oracles are the programs of testdata/truth. Each does an exactly known thing, and prints in the last line of its
// standard output what it did, in the names of tracer's counters:
//
//	{"case": "wait/peek", "counters": {"processes_created": 3, "exit_codes": {"0": 3}, "zombies_left": 1}}
//
// A counter is a number; an object that shares one out (an absent object is an empty one); or, for times, the least
// and the most that it may be, in milliseconds. A program that cannot run on a machine prints a reason to skip it
// instead. What a program leaves out it cannot know, and is not compared.
//
// It is compared twice: with the counters of the recording's summary, and with what the spans, edges and marks of its
// timeline add up to. The timeline itself, who created, signaled and reaped whom and when, is compared with the
// kernel's own trace (tracefs) of the same run.
package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// Case is what a program said of itself.
type Case struct {
	Name     string         `json:"case"`
	Counters map[string]any `json:"counters"`
	Skip     string         `json:"skip"`     // why the program could not run here; empty when it did
	Older    bool           `json:"older"`    // it could not only because the kernel is older than what it is about
	MayLose  bool           `json:"may_lose"` // it made more events than fit: then some may be lost, but not in silence

	Events      []Events         `json:"events"`
	Connections []map[string]any `json:"connections"` // fields of each, in the order of the accepts
	Findings    []Events         `json:"findings"`    // likewise, of the summary; arguments are fields, too
}

// Events says how many events have all of these fields.
type Events struct {
	Times  int            `json:"times"`
	Fields map[string]any `json:"fields"`
}

// Parse reads a case from the last line of a program's output.
func Parse(stdout []byte) (Case, error) {
	lines := bytes.Split(bytes.TrimSpace(stdout), []byte("\n"))
	var c Case
	if err := json.Unmarshal(lines[len(lines)-1], &c); err != nil {
		return Case{}, fmt.Errorf("read the last line of the program: %w", err)
	}
	if c.Name == "" || (c.Skip == "") == (len(c.Counters) == 0) {
		return Case{}, fmt.Errorf("read the last line of the program: no case with either counters or a reason to " +
			"skip it")
	}
	return c, nil
}

// Compare says, a line each and sorted by name, in which counters a summary differs from the case; nothing when they
// agree. Counters that the case does not name are not looked at, except for events_lost and contradictions. What the
// kernel skipped is the most that was lost of a kind, and may be of tasks that are not of the case.
func Compare(c Case, summary map[string]any) []string {
	lost, ok := number(summary["events_lost"])
	switch {
	case !ok:
		return []string{"events_lost: missing"}
	case lost > 0 && skipped(summary):
		return spared(c, summary)
	case lost > 0 && !c.MayLose:
		return append(differences(c, summary), fmt.Sprintf("events_lost: want 0, got %v", lost))
	case lost > 0:
		return admitted(c, summary, lost)
	}
	if n, _ := number(summary["contradictions"]); n > 0 {
		return append(differences(c, summary), fmt.Sprintf("contradictions: want 0, got %v", n))
	}
	return differences(c, summary)
}

// feeds says which counters need the events of a kind. What all tasks do is seen only when their creation is.
var feeds = map[string][]string{
	"exec":        {"execs", "threads_exited"},
	"exit":        {"exit_codes", "exit_signals", "cores_dumped", "reparented"},
	"wait":        {"waits_nothing", "waits_no_child", "reparented"},
	"signal":      {"sigchld_queued", "sigchld_coalesced", "sigchld_ignored"},
	"deliver":     {"sigchld_delivered"},
	"fail":        {"failures"},
	"listen_drop": {"listen_drops"},
	"accept": {"accepts", "accepts_by_listener", "accepts_by_task", "connections_open", "connections_peak",
		"http_requests", "http_statuses"},
	"serve":       {"datagrams_received", "http_requests", "http_statuses"},
	"close":       {"connections_open", "connections_peak"},
	"io_uring":    {"io_urings"},
	"release":     {"reparented"},
	"rename":      {},
	"let_go":      {},
	"hold":        {},
	"disposition": {},
}

// fate are the counters of what became of the dead, which many kinds tell of. After a loss the trace ends with the look
// at what lives that follows the last exit: by then who ended last can have been reaped.
var fate = []string{"zombies_now", "zombies_left", "zombies_peak", "zombie_ms_total", "zombie_ms_max",
	"reaped_by_parent", "reaped_by_other", "auto_reaped", "zombies_dropped", "reaped_unseen"}

// skipped reports whether tracer said that the kernel had skipped programs: a recording that is neither cut off nor
// damaged is not complete.
func skipped(summary map[string]any) bool {
	lost, _ := summary["lost_by_kind"].(map[string]any)
	return summary["complete"] == false && lost["unknown"] == nil
}

// spared checks a summary that may lack events which the kernel skipped, and says so: what needs no event of these
// kinds is exact, what does is wrong by no more than were lost, and the forest is right.
func spared(c Case, summary map[string]any) (lines []string) {
	lost, _ := summary["lost_by_kind"].(map[string]any)
	if lost["fork"] != nil { // with all that the child did, and its children
		return admitted(c, summary, math.Inf(1))
	}
	slack := map[string]float64{}
	for kind, n := range lost {
		n, _ := number(n)
		counters, known := feeds[kind]
		if !known {
			lines = append(lines, fmt.Sprintf("%v events lost of kind %s, of which the kernel skips none", n, kind))
		}
		for _, name := range slices.Concat(counters, fate) {
			slack[name] += n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Counters)) {
		d := difference(c.Counters[name], summary[name])
		if off, comparable := distance(c.Counters[name], summary[name]); d != "" && (!comparable || off > slack[name]) {
			lines = append(lines, name+": "+d)
		}
	}
	return append(lines, balance(summary)...)
}

// certain leaves of the events and connections that a case names those that what the kernel skipped cannot have told
// of, and none of the findings.
func certain(c Case, summary map[string]any) Case {
	lost, _ := summary["lost_by_kind"].(map[string]any)
	if len(lost) == 0 || !skipped(summary) {
		return c
	}
	c.Findings = nil
	c.Events = slices.DeleteFunc(slices.Clone(c.Events), func(e Events) bool {
		kind, _ := e.Fields["kind"].(string)
		// told by one program
		return kind == "" || lost[kind] != nil || lost["fork"] != nil || kind == "kill" && lost["signal"] != nil
	})
	for _, kind := range []string{"fork", "exit", "accept", "serve", "close"} {
		if lost[kind] != nil {
			c.Connections = nil
		}
	}
	return c
}

// distance returns by how much a number, or the shares of an object together, are off. A range of times does not tell.
func distance(want, got any) (off float64, comparable bool) {
	if shares, ok := want.(map[string]any); ok {
		others, _ := got.(map[string]any)
		all := maps.Clone(shares)
		maps.Copy(all, others)
		for name := range all {
			a, _ := number(shares[name])
			b, _ := number(others[name])
			off += math.Abs(a - b)
		}
		return off, true
	}
	if _, isRange := want.([]any); isRange {
		return 0, true
	}
	a, okA := number(want)
	b, okB := number(got)
	return math.Abs(a - b), okA && okB
}

// CompareFindings says which of the case's findings a summary has in another number.
func CompareFindings(c Case, summary map[string]any) (lines []string) {
	var findings []map[string]any
	list, _ := summary["findings"].([]any)
	for _, f := range list {
		finding, _ := f.(map[string]any)
		fields, _ := finding["arguments"].(map[string]any)
		fields = maps.Clone(fields)
		maps.Copy(fields, finding)
		findings = append(findings, fields)
	}
	for _, line := range CompareEvents(Case{Events: c.Findings}, findings) {
		lines = append(lines, "findings: "+line)
	}
	return lines
}

// CompareEvents says which of the case's events a recording has in another number.
func CompareEvents(c Case, events []map[string]any) (lines []string) {
	for _, want := range c.Events {
		n := 0
		for _, e := range events {
			if has(e, want.Fields) {
				n++
			}
		}
		if n != want.Times {
			lines = append(lines, fmt.Sprintf("%d events with %s, want %d", n, text(want.Fields), want.Times))
		}
	}
	return lines
}

// CompareConnections says which connections of a recording are not as the case has them, and which have phases out of
// order. A case without connections does not look at them.
func CompareConnections(c Case, connections []map[string]any) (lines []string) {
	if len(c.Connections) == 0 {
		return nil
	}
	if len(c.Connections) != len(connections) {
		return []string{fmt.Sprintf("%d connections, want %d", len(connections), len(c.Connections))}
	}
	slices.SortFunc(connections, func(a, b map[string]any) int {
		x, _ := number(a["connection"])
		y, _ := number(b["connection"])
		return int(x - y)
	})
	for i, got := range connections {
		if !has(got, c.Connections[i]) {
			lines = append(lines, fmt.Sprintf("connection %d is %s, want %s", i+1, text(got), text(c.Connections[i])))
		}
		before := 0.0
		for _, phase := range []string{"spawned", "first_read", "first_reply", "closed"} {
			if at, ok := number(got[phase]); ok && at < before {
				lines = append(lines, fmt.Sprintf("connection %d: %s before what comes before it: %s", i+1, phase,
					text(got)))
			} else if ok {
				before = at
			}
		}
	}
	return lines
}

// has reports whether all the fields are in got as they are wanted; null wants a field that is not there, [least, most]
// a number within.
func has(got, fields map[string]any) bool {
	for name, want := range fields {
		value, ok := got[name]
		if !ok { // a number that is 0 is left out
			value = 0.0
		}
		if pair, isPair := want.([]any); isPair && len(pair) == 2 {
			least, most, isRange := bounds(pair)
			if n, isNumber := number(value); isRange && isNumber && n >= least && n <= most {
				continue
			}
		}
		if want == nil && ok || want != nil && (!ok || !reflect.DeepEqual(value, want)) {
			return false
		}
	}
	return true
}

func differences(c Case, summary map[string]any) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(c.Counters)) {
		if d := difference(c.Counters[name], summary[name]); d != "" {
			lines = append(lines, name+": "+d)
		}
	}
	return lines
}

// difference is empty when got is what was wanted.
func difference(want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		shares, ok := got.(map[string]any)
		if got != nil && !ok || !equalShares(want, shares) {
			return fmt.Sprintf("want %s, got %s", text(want), text(got))
		}
	case []any:
		n, ok := number(got)
		least, most, isRange := bounds(want)
		if !ok || !isRange || n < least || n > most {
			return fmt.Sprintf("want %s, got %s", text(want), text(got))
		}
	default:
		n, ok := number(got)
		if w, isNumber := number(want); !ok || !isNumber || n != w {
			return fmt.Sprintf("want %s, got %s", text(want), text(got))
		}
	}
	return ""
}

func equalShares(want, got map[string]any) bool {
	return maps.EqualFunc(want, got, func(a, b any) bool {
		x, okX := number(a)
		y, okY := number(b)
		return okX && okY && x == y
	})
}

// admitted checks a summary that lacks events and says so: nothing is counted that did not happen, the signals that are
// missing are among those lost, and who is left at the end is known all the same. Whose child one found later was at
// first is not. A child whose reaping was lost is a zombie until it is found gone: it can be one too many at once, and
// be handed on.
func admitted(c Case, summary map[string]any, lost float64) []string {
	var lines []string
	byKind, _ := summary["lost_by_kind"].(map[string]any)
	waits, _ := number(byKind["wait"])
	releases, _ := number(byKind["release"])
	tooHigh := map[string]float64{"reparented": waits + releases, "zombies_peak": waits + releases}
	for _, name := range slices.Sorted(maps.Keys(c.Counters)) {
		want, isNumber := number(c.Counters[name])
		got, ok := number(summary[name])
		if name == "reaped_by_parent" {
			wantOther, _ := number(c.Counters["reaped_by_other"])
			gotOther, _ := number(summary["reaped_by_other"])
			want, got = want+wantOther, got+gotOther
		}
		switch {
		case !isNumber:
		case !ok:
			lines = append(lines, name+": missing")
		case got > want+tooHigh[name]:
			lines = append(lines, fmt.Sprintf("%s: want at most %v, got %v", name, want+tooHigh[name], got))
		case name == "sigchld_ignored" && got+lost < want:
			lines = append(lines, fmt.Sprintf("%s: %v of %v counted, but only %v events lost", name, got, want, lost))
		case name == "zombies_left" && got != want:
			lines = append(lines, fmt.Sprintf("%s: want %v, got %v", name, want, got))
		}
	}
	return lines
}

// balance holds for every case at whose end nothing lives: what was met or created has ended, and was reaped or is
// left.
func balance(counters map[string]any) (lines []string) {
	sum := func(names ...string) (total float64) {
		for _, name := range names {
			n, _ := number(counters[name])
			total += n
		}
		return total
	}
	if in, out := sum("processes_seen", "processes_created"), sum("processes_exited"); in != out {
		lines = append(lines, fmt.Sprintf("%v processes seen or created, %v exited", in, out))
	}
	if in, out := sum("threads_seen", "threads_created"), sum("threads_exited"); in != out {
		lines = append(lines, fmt.Sprintf("%v threads seen or created, %v exited", in, out))
	}
	dead, cleared := sum("processes_exited", "zombies_seen"), sum("reaped_by_parent", "reaped_by_other", "auto_reaped",
		"zombies_dropped", "reaped_unseen", "zombies_left")
	if dead != cleared {
		lines = append(lines, fmt.Sprintf("%v dead, %v reaped or left", dead, cleared))
	}
	return lines
}

func number(v any) (float64, bool) {
	n, ok := v.(float64)
	return n, ok
}

func bounds(pair []any) (least, most float64, ok bool) {
	if len(pair) != 2 {
		return 0, 0, false
	}
	least, okLeast := number(pair[0])
	most, okMost := number(pair[1])
	return least, most, okLeast && okMost
}

func text(v any) string {
	if v == nil {
		return "nothing"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(string(b))
}
