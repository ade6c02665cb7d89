package export

import (
	"encoding/json"
	"fmt"
	"io"
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
	Seconds    float64           `json:"seconds"`            // from the first event to the last
	Complete   bool              `json:"complete"`           // the recording has its end
	Command    []string          `json:"command,omitempty"`  // what was launched
	Warnings   []string          `json:"warnings,omitempty"` // about the recording itself
	// RootStatus is the wait status of what was launched, nil when it has not ended or nothing was.
	RootStatus *int32 `json:"root_status,omitempty"`
}

// Summarize makes the summary of a model.
func Summarize(m *model.Model) Summary {
	s := Summary{Counters: m.Counters(), Findings: m.Findings(), LostByKind: map[string]uint64{}, Complete: m.Ended()}
	if m.Now() > m.Start() {
		s.Seconds = float64(m.Now()-m.Start()) / 1e9
	}
	if root := m.Root(); root != nil && root.State != model.Alive {
		s.RootStatus = &root.Status
	}
	for k, n := range s.Counters.LostByKind() {
		s.LostByKind[k.String()] = n
	}
	if s.Findings == nil {
		s.Findings = []model.Finding{}
	}
	return s
}

// JSON writes the summary as one object, for programs.
func (s *Summary) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
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
	row("traced", "%.3f s, %d events, %d lost", s.Seconds, s.Events, s.EventsLost)
	if s.ProcessesSeen+s.ZombiesSeen > 0 {
		row("attached", "to %s, %s, %s", text.Plural(s.ProcessesSeen, "process", "processes"),
			text.Plural(s.ThreadsSeen, "more thread", "more threads"), text.Plural(s.ZombiesSeen, "zombie", "zombies"))
	}
	if s.RootStatus != nil && *s.RootStatus != 0 {
		row("it ended", "%s", text.StatusText(*s.RootStatus))
	}
	row("processes", "%d created, %d exited, %d execs, tree depth %d", s.ProcessesCreated, s.ProcessesExited, s.Execs, s.TreeDepth)
	if exits := exitText(s.ExitCodes, s.ExitSignals); exits != "" {
		row("exits", "%s", exits)
	}
	row("threads", "%d created, %d exited", s.ThreadsCreated, s.ThreadsExited)
	row("zombies", "%d left, %d at most at once; waited %.1f ms in all, %.1f ms at most", s.ZombiesLeft, s.ZombiesPeak, s.ZombieMsTotal, s.ZombieMsMax)
	row("reaped", "%d by their parent, %d by another, %d by the kernel, %d unseen; %d changed their parent",
		s.ReapedByParent, s.ReapedByOther, s.AutoReaped, s.ReapedUnseen, s.Reparented)
	row("SIGCHLD", "%d queued, %d coalesced, %d discarded (default action), %d delivered", s.SigchldQueued, s.SigchldCoalesced, s.SigchldIgnored, s.SigchldDelivered)
	row("accepts", "%s", acceptText(&s.Counters))
	if s.Accepts > 0 {
		row("connections", "%d open, %d at most at once", s.ConnectionsOpen, s.ConnectionsPeak)
	}
	if s.HTTPRequests > 0 || len(s.HTTPStatuses) > 0 {
		row("HTTP", "%d requests; answers: %s", s.HTTPRequests, statusText(s.HTTPStatuses))
	}
	if s.DatagramsReceived > 0 {
		row("datagrams", "%d received", s.DatagramsReceived)
	}
	if s.CoroutinesCreated+s.CoroutinesFinished+s.CoroutineSwitches > 0 {
		row("coroutines", "%d created, %d finished, %d switches", s.CoroutinesCreated, s.CoroutinesFinished, s.CoroutineSwitches)
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
		parts = append(parts, fmt.Sprintf("code %d: %d", code, codes[code]))
	}
	for _, number := range sortedKeys(signals) {
		parts = append(parts, fmt.Sprintf("%s: %d", text.SignalName(int32(number)), signals[number]))
	}
	return strings.Join(parts, ", ")
}

func acceptText(c *model.Counters) string {
	if len(c.AcceptsByListener) == 0 {
		return fmt.Sprint(c.Accepts)
	}
	parts := make([]string, 0, len(c.AcceptsByListener))
	for _, listener := range sortedKeys(c.AcceptsByListener) {
		parts = append(parts, fmt.Sprintf("%d on %s", c.AcceptsByListener[listener], text.Escape(listener)))
	}
	by := "1 process"
	if n := len(c.AcceptsByTask); n != 1 {
		by = fmt.Sprintf("%d processes", n)
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

// statusText gives "3 with 200, 1 with 404".
func statusText(statuses map[int]uint64) string {
	var parts []string
	for _, status := range sortedKeys(statuses) {
		parts = append(parts, fmt.Sprintf("%d with %d", statuses[status], status))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
