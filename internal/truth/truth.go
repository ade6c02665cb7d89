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
package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Case is what a program said of itself.
type Case struct {
	Name     string         `json:"case"`
	Counters map[string]any `json:"counters"`
	Skip     string         `json:"skip"`     // why the program could not run here; empty when it did
	MayLose  bool           `json:"may_lose"` // it made more events than fit: then some may be lost, but not in silence
}

// Parse reads a case from the last line of a program's output.
func Parse(stdout []byte) (Case, error) {
	lines := bytes.Split(bytes.TrimSpace(stdout), []byte("\n"))
	var c Case
	if err := json.Unmarshal(lines[len(lines)-1], &c); err != nil {
		return Case{}, fmt.Errorf("read the last line of the program: %w", err)
	}
	if c.Name == "" || (c.Skip == "") == (len(c.Counters) == 0) {
		return Case{}, fmt.Errorf("read the last line of the program: no case with either counters or a reason to skip it")
	}
	return c, nil
}

// Compare says, a line each and sorted by name, in which counters a summary differs from the case; nothing when they
// agree. Counters that the case does not name are not looked at, except for events_lost.
func Compare(c Case, summary map[string]any) []string {
	lost, ok := number(summary["events_lost"])
	switch {
	case !ok:
		return []string{"events_lost: missing"}
	case lost > 0 && !c.MayLose:
		return append(differences(c, summary), fmt.Sprintf("events_lost: want 0, got %v", lost))
	case lost > 0:
		return admitted(c, summary, lost)
	}
	return differences(c, summary)
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

// admitted checks a summary that lacks events and says so: nothing is counted that did not happen, the signals that
// are missing are among those lost, and who is left at the end is known all the same.
func admitted(c Case, summary map[string]any, lost float64) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(c.Counters)) {
		want, isNumber := number(c.Counters[name])
		got, ok := number(summary[name])
		switch {
		case !isNumber:
		case !ok:
			lines = append(lines, name+": missing")
		case got > want:
			lines = append(lines, fmt.Sprintf("%s: want at most %v, got %v", name, want, got))
		case name == "sigchld_ignored" && got+lost < want:
			lines = append(lines, fmt.Sprintf("%s: %v of %v counted, but only %v events lost", name, got, want, lost))
		case name == "zombies_left" && got != want:
			lines = append(lines, fmt.Sprintf("%s: want %v, got %v", name, want, got))
		}
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
