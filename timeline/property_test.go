package timeline_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/event"
	"tracer/internal/simulation"
	"tracer/timeline"
)

const atOnce = -1

// simulated draws what happens in a small kernel.
func simulated(t *rapid.T) (events, explicit []event.Event) {
	k := simulation.New(t, func(e event.Event) { events = append(events, e) })
	explicit = slices.Clone(events)
	k.Explicit = func(e event.Event) { explicit = append(explicit, e) }
	for range rapid.IntRange(1, 120).Draw(t, "steps") {
		k.Step()
	}
	k.Settle()
	return events, explicit
}

// TestTimelineFollowsTheKernel: the spans tile each life, every edge leads between those that are there, the sums are
// the counters; and it does not matter for how long they are held.
func TestTimelineFollowsTheKernel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, _ := simulated(t)
		given, m := follow(timeline.Options{}, events)
		if given.taken > 0 {
			t.Errorf("%d are retracted that could have been held", given.taken)
		}
		given.check(t, m)
		same(t, given, firstOf(follow(timeline.Options{Hold: atOnce}, events)))
		same(t, given, firstOf(follow(timeline.Options{MaxHeld: rapid.IntRange(1, 20).Draw(t, "held")}, events)))
	})
}

func firstOf[A, B any](a A, _ B) A { return a }

// TestTimelineSurvivesLoss: whatever is missing, and whatever a resync puts right, the laws hold.
func TestTimelineSurvivesLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []event.Event
		losing := true
		k := simulation.New(t, func(e event.Event) {
			if losing && e.Flags&event.Launch == 0 && rapid.IntRange(0, 3).Draw(t, "lost") == 0 {
				e = event.Event{Time: e.Time, Kind: event.Lost, Lost: e.Kind, Count: 1}
			}
			events = append(events, e)
		})
		for range rapid.IntRange(1, 3).Draw(t, "bursts") {
			losing = true
			for range rapid.IntRange(1, 40).Draw(t, "steps") {
				k.Step()
			}
			k.ReportLate()
			losing = false
			k.Seen(event.Guessed)
			for range rapid.IntRange(0, 20).Draw(t, "steps without a loss") {
				k.Step()
			}
		}
		given, m := follow(timeline.Options{}, events)
		given.check(t, m)
		same(t, given, firstOf(follow(timeline.Options{Hold: atOnce}, events)))
	})
}

// TestTimelineAttaches: the laws hold whenever tracer comes.
func TestTimelineAttaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []event.Event
		k := simulation.New(t, func(event.Event) {})
		for range rapid.IntRange(0, 80).Draw(t, "steps before") {
			k.Step()
		}
		k.Attach(func(e event.Event) { events = append(events, e) })
		for range rapid.IntRange(0, 80).Draw(t, "steps after") {
			k.Step()
		}
		k.Settle()
		given, m := follow(timeline.Options{}, events)
		given.check(t, m)
	})
}

// TestCutTimeline: what has been given when a stream is cut is what would have been given of the whole by then; what is
// open then is there in the whole, from the same begin.
func TestCutTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, _ := simulated(t)
		whole, _ := follow(timeline.Options{Hold: atOnce}, events)
		part, _ := follow(timeline.Options{Hold: atOnce}, events[:rapid.IntRange(1, len(events)).Draw(t, "cut")])
		later := map[string]int{}
		for _, s := range whole.spans {
			later[begun(&s)]++
		}
		for _, s := range part.spans {
			if later[begun(&s)] == 0 {
				t.Fatalf("not in the whole: %s", line(&s))
			}
			later[begun(&s)]--
		}
		if part.taken > 0 || whole.taken > 0 {
			return // something was put right after the cut
		}
		closed := func(k *kept) []string {
			var all []string
			for _, s := range k.spans {
				if !s.Open {
					all = append(all, line(&s))
				}
			}
			return all
		}
		if a, b := closed(part), closed(whole); !slices.Equal(a, b[:min(len(a), len(b))]) {
			t.Fatalf("%s\nis not where it begins:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	})
}

// begun is what is known of a span as it begins.
func begun(s *timeline.Span) string {
	return fmt.Sprint(s.Kind, s.Of, s.Begin, connectionOf(s))
}

func connectionOf(s *timeline.Span) uint64 {
	if s.Connection == nil {
		return 0
	}
	return s.Connection.Number
}

// TestRetractionLeavesTheTruth: a wait that does not say whom it reaped, and is understood only later, leaves the
// timeline that one which says so leaves.
func TestRetractionLeavesTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, explicit := simulated(t)
		given, _ := follow(timeline.Options{}, events)
		truth, _ := follow(timeline.Options{}, explicit)
		for _, k := range []*kept{given, truth} {
			for i := range k.spans {
				s := &k.spans[i]
				s.Begin.Evidence, s.End.Evidence = 0, 0
				if s.Open {
					s.End = timeline.Moment{} // the last event is another
				}
			}
			for i := range k.edges {
				k.edges[i].Begin.Evidence, k.edges[i].End.Evidence = 0, 0
			}
		}
		same(t, truth, given)
	})
}

// same compares what two timelines gave, but for when they gave it.
func same(t tb, want, got *kept) {
	t.Helper()
	if diff := gocmp.Diff(want.sorted(), got.sorted()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func (k *kept) sorted() []string {
	var all []string
	for _, s := range k.spans {
		all = append(all, fmt.Sprintf("%s %v %v %v %s", line(&s), s.By, s.Reaping, connectionOf(&s), s.Path+s.Line))
	}
	for _, e := range k.edges {
		all = append(all, fmt.Sprint(e.Kind, e.From, e.To, e.About, e.Begin, e.End))
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all
}
