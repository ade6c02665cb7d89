package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// Summary is what a trace amounts to: the counters by their names, and what they show.
type Summary struct {
	model.Counters
	LostByKind map[string]uint64 `json:"lost_by_kind"`
	Findings   []model.Finding   `json:"findings"`
	Seconds    float64           `json:"seconds"`  // from the first event to the last
	Complete   bool              `json:"complete"` // the recording has its end, and how much was lost is known
	Command    []string          `json:"command"`  // what was launched
	Warnings   []string          `json:"warnings"` // about the recording itself
	// RootStatus is the wait status of what was launched, nil when it has not ended or nothing was.
	RootStatus *int32 `json:"root_status"`
}

// unknownKind is the entry of lost_by_kind for events of which the kind is not known.
const unknownKind = "unknown"

// Summarize makes the summary of a model.
func Summarize(m *model.Model) Summary {
	s := Summary{Counters: m.Counters(), Findings: m.Findings(), LostByKind: map[string]uint64{}, Complete: m.Ended() &&
		!m.LostUnknown(),
		Command: []string{}, Warnings: []string{}}
	if m.Now() > m.Start() {
		s.Seconds = float64(m.Now()-m.Start()) / 1e9
	}
	if root := m.Root(); root != nil && root.State != model.Alive {
		s.RootStatus = &root.Status
	}
	for k, n := range s.Counters.LostByKind() {
		name := k.String()
		if k == event.None { // the events of a damaged part of a recording
			name = unknownKind
		}
		s.LostByKind[name] += n
	}
	if s.Findings == nil {
		s.Findings = []model.Finding{}
	}
	return s
}

// JSON writes the summary as one object, for programs.
func (s *Summary) JSON(w io.Writer) error {
	return JSON(w, s, "  ")
}

// JSON writes a value as a JSON document that shows nothing but characters which can be seen: names in it are those of
// others.
func JSON(w io.Writer, v any, indent string) error {
	document, err := json.MarshalIndent(v, "", indent)
	if indent == "" {
		document, err = json.Marshal(v)
	}
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err = w.Write(append(text.JSON(document), '\n'))
	return err
}

// Text writes the summary for people.
func (s *Summary) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	if len(s.Command) > 0 {
		quoted := make([]string, len(s.Command))
		for i, a := range s.Command {
			quoted[i] = text.Escape(a)
		}
		row("command", "%s", strings.Join(quoted, " "))
	}
	row("traced", "%.3f s, %s, %s lost", s.Seconds, text.Plural(s.Events, "event", "events"), text.Count(s.EventsLost))
	if s.ProcessesSeen+s.ZombiesSeen > 0 {
		row("attached", "to %s, %s, %s", text.Plural(s.ProcessesSeen, "process", "processes"),
			text.Plural(s.ThreadsSeen, "more thread", "more threads"), text.Plural(s.ZombiesSeen, "zombie", "zombies"))
	}
	if s.RootStatus != nil && *s.RootStatus != 0 {
		row("it ended", "%s", text.StatusText(*s.RootStatus))
	}
	row("processes", "%s created, %s exited, %s, tree depth %d", text.Count(s.ProcessesCreated),
		text.Count(s.ProcessesExited),
		text.Plural(s.Execs, "exec", "execs"), s.TreeDepth)
	if exits := exitText(s.ExitCodes, s.ExitSignals); exits != "" {
		row("exits", "%s", exits)
	}
	row("threads", "%s created, %s exited", text.Count(s.ThreadsCreated), text.Count(s.ThreadsExited))
	waited := "waited %.1f ms in all, %.1f ms at most"
	if s.ZombieTimesAreLeast() {
		waited = "waited at least %.1f ms in all, the longest at least %.1f ms"
	}
	row("zombies", "%s left, %s at most at once; "+waited, text.Count(s.ZombiesLeft), text.Count(s.ZombiesPeak),
		s.ZombieMsTotal, s.ZombieMsMax)
	row("reaped", "%s by their parent, %s by another, %s by the kernel, %s unseen; %s changed their parent",
		text.Count(s.ReapedByParent),
		text.Count(s.ReapedByOther), text.Count(s.AutoReaped), text.Count(s.ReapedUnseen), text.Count(s.Reparented))
	row("SIGCHLD", "%s queued, %s coalesced, %s discarded (default action), %s delivered", text.Count(s.SigchldQueued),
		text.Count(s.SigchldCoalesced),
		text.Count(s.SigchldIgnored), text.Count(s.SigchldDelivered))
	row("accepts", "%s", acceptText(&s.Counters))
	if s.Accepts > 0 {
		row("connections", "%s open, %s at most at once", text.Count(s.ConnectionsOpen), text.Count(s.ConnectionsPeak))
	}
	if s.HTTPRequests > 0 || len(s.HTTPStatuses) > 0 {
		row("HTTP", "%s; answers: %s", text.Plural(s.HTTPRequests, "request", "requests"), statusText(s.HTTPStatuses))
	}
	if s.DatagramsReceived > 0 {
		row("datagrams", "%s received", text.Count(s.DatagramsReceived))
	}
	if s.CoroutinesCreated+s.CoroutinesFinished+s.CoroutineSwitches > 0 {
		row("coroutines", "%s created, %s finished, %s", text.Count(s.CoroutinesCreated),
			text.Count(s.CoroutinesFinished),
			text.Plural(s.CoroutineSwitches, "switch", "switches"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range s.Findings {
		who := ""
		if f.PID != 0 {
			who = fmt.Sprintf("process %d: ", f.PID)
		}
		if _, err := fmt.Fprintf(w, "%s: %s%s\n", f.Severity, who, f.Text); err != nil {
			return err
		}
	}
	return nil
}

func exitText(codes, signals map[int]uint64) string {
	var parts []string
	for _, code := range sortedKeys(codes) {
		parts = append(parts, fmt.Sprintf("code %d: %s", code, text.Count(codes[code])))
	}
	for _, number := range sortedKeys(signals) {
		parts = append(parts, fmt.Sprintf("%s: %s", text.SignalName(int32(number)), text.Count(signals[number])))
	}
	return strings.Join(parts, ", ")
}

// topListeners is how many listeners the text names.
const topListeners = 10

func acceptText(c *model.Counters) string {
	if len(c.AcceptsByListener) == 0 {
		return text.Count(c.Accepts)
	}
	counts := maps.Clone(c.AcceptsByListener)
	delete(counts, model.Others)
	listeners := sortedKeys(counts)
	if len(listeners) > topListeners {
		slices.SortStableFunc(listeners, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
		listeners = listeners[:topListeners]
	}
	var parts []string
	rest := c.Accepts
	for _, listener := range listeners {
		parts = append(parts, fmt.Sprintf("%s on %s", text.Count(counts[listener]), text.Escape(listener)))
		rest -= counts[listener]
	}
	if rest > 0 {
		parts = append(parts, text.Count(rest)+" on others")
	}
	by := text.Plural(uint64(len(c.AcceptsByTask)), "process", "processes")
	if c.AcceptsByTask[model.Others] > 0 {
		by = "more than " + text.Plural(model.MaxNames, "process", "processes")
	}
	return strings.Join(parts, ", ") + ", by " + by
}

func sortedKeys[K int | string](m map[K]uint64) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}

// Lines writes one event a line in words, as run and demo print them without a terminal. The times are since start.
func Lines(w io.Writer, start event.Time, events []event.Event) error {
	for i := range events {
		if _, err := io.WriteString(w, text.TextLine(start, &events[i])+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// statusText returns "3 with 200, 1 with 404".
func statusText(statuses map[int]uint64) string {
	var parts []string
	for _, status := range sortedKeys(statuses) {
		parts = append(parts, fmt.Sprintf("%s with %d", text.Count(statuses[status]), status))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
