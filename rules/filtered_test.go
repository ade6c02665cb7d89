package rules_test

import (
	"slices"
	"strings"
	"testing"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/rules"
	"tracer/words"
)

// filtered has for each rule what it says of its own trace where kinds of events are not told of, and that is neither
// nothing nor the same as of the whole.
var filtered = map[string]map[string]string{
	"sigchld_coalesced": {"deliver": "1 SIGCHLD was coalesced: sent while one was pending; the one that is left " +
		"names a " +
		"single child, and only a loop of waits reaps every child"},
	"blocked_in_wait": {"fork": "thread 100 was in wait4(-1) for 1.00 s, until child 101 ended, while 1 connection " +
		"waited in the backlog that it accepted afterwards, for 410 ms of it"},
}

// wholeWithout says why a rule tells the same whatever kind is not told of, but for the one that raises it.
var wholeWithout = map[string]string{"events_lost": "every recording tells what was lost"}

// unfilterable are the kinds that every recording has: what is in the trace, and what is wrong with it.
var unfilterable = []event.Kind{event.Seen, event.Snapshot, event.Lost, event.End, event.Rename}

// options are the kinds that a trace only has where they were asked for.
var options = map[string][]event.Kind{"--stalls": {event.Stall},
	"--coroutines": {event.Spawn, event.Switch, event.Finish}, "--http": {event.Request, event.Response}}

// filterings are the ways to leave kinds out: each by itself, and those that an option asks for.
func filterings() map[string][]event.Kind {
	all := map[string][]event.Kind{}
	for _, k := range event.Kinds() {
		if !slices.Contains(unfilterable, k) {
			all[k.String()] = []event.Kind{k}
		}
	}
	for name, kinds := range options {
		all[name] = kinds
	}
	return all
}

// without is a trace that does not tell of some kinds; ok: there were such events.
func without(t *testing.T, trace string, untold []event.Kind) (m *model.Model, ok bool) {
	t.Helper()
	_, events, _, err := record.ParseText(strings.NewReader(trace))
	if err != nil {
		t.Fatal(err)
	}
	m = model.New(model.Options{Untold: untold})
	for i := range events {
		if slices.Contains(untold, events[i].Kind) {
			ok = true
			continue
		}
		m.Apply(&events[i])
	}
	m.Advance(events[len(events)-1].Time)
	return m, ok
}

func says1(r *rules.Rule, m *model.Model) string {
	var said []string
	for _, f := range r.Find(m) {
		said = append(said, words.English().Finding(f.ID, f.Arguments, words.Named{}))
	}
	return strings.Join(said, "\n")
}

// idsLater are the rules that find something a while after the end of a trace.
func idsLater(m *model.Model) (ids []string) {
	m.Advance(m.Now() + 20e9)
	for _, f := range rules.Find(m) {
		if slices.Contains(ofZombies, f.ID) { // less is known of one where why it is so is not told
			f.ID = ofZombies[0]
		}
		ids = append(ids, f.ID)
	}
	return ids
}

// ofZombies are the rules that tell of those that are there, the one that knows the least first.
var ofZombies = []string{"not_waited_for", "zombie_held", "zombie_no_sigchld", "zombie_parent_stopped", "left_zombie",
	"orphan_zombie"}

// TestNothingFalse: what a recording does not tell of makes no rule find what is not so, whatever the trace is of.
func TestNothingFalse(t *testing.T) {
	var traces []string
	for id, c := range cases {
		traces = append(traces, c.healthy, c.raises)
		for _, l := range incomplete[id] {
			traces = append(traces, l.trace)
		}
	}
	for _, c := range wholes {
		traces = append(traces, c.trace)
	}
	for _, trace := range traces {
		whole := idsLater(modelOf(t, trace))
		for name, kinds := range filterings() {
			m, _ := without(t, trace, kinds)
			for _, id := range idsLater(m) {
				if !slices.Contains(whole, id) {
					t.Errorf("without %s, %s is found in\n%s", name, id, trace)
				}
			}
		}
	}
}

// TestFilteredKinds: where a recording does not tell of a kind of events, no rule finds what is not so, nor says more
// than it does of the whole.
func TestFilteredKinds(t *testing.T) {
	for i := range rules.All {
		r, less := &rules.All[i], false
		c := cases[r.ID]
		for name, kinds := range filterings() {
			if m, ok := without(t, c.healthy, kinds); ok {
				if got := says1(r, m); got != "" {
					t.Errorf("%s, without %s: says %q of a healthy trace", r.ID, name, got)
				}
			}
			m, ok := without(t, c.raises, kinds)
			if !ok {
				continue
			}
			got, whole := says1(r, m), says1(r, modelOf(t, c.raises))
			less = less || got != whole
			if got != "" && got != whole && got != filtered[r.ID][name] {
				t.Errorf("%s, without %s: says %q, of the whole %q", r.ID, name, got, whole)
			}
		}
		if less == (wholeWithout[r.ID] != "") {
			t.Errorf("%s: says less without some kind: %v, yet the reason why it does not is %q", r.ID, less,
				wholeWithout[r.ID])
		}
	}
}
