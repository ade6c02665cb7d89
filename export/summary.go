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

	"tracer/event"
	"tracer/model"
	"tracer/rules"
	"tracer/text"
	"tracer/words"
)

// Summary is what a trace amounts to: the counters by their names, and what they show.
type Summary struct {
	model.Counters
	LostByKind map[string]uint64 `json:"lost_by_kind"`
	Findings   []Finding         `json:"findings"`
	Signals    []Signal          `json:"signals"`
	// SignalsMore are those that are not in Signals.
	SignalsMore uint64 `json:"signals_more"`
	// Held are the sockets that processes hold without use as the trace ends.
	Held []Held `json:"held"`

	Seconds  float64         `json:"seconds"`  // from the first event to the last
	Complete bool            `json:"complete"` // the recording has its end, and how much was lost is known
	Command  []string        `json:"command"`  // what was launched
	Warnings []words.Message `json:"warnings"` // about the recording itself
	// RootStatus is the wait status of what was launched, nil when it has not ended or nothing was.
	RootStatus *int32 `json:"root_status"`
}

// Finding is a finding with its sentence in English, for programs that show it.
type Finding struct {
	rules.Finding
	Text string `json:"text"`
}

// UnknownKind is the entry of lost_by_kind for events of which the kind is not known.
const UnknownKind = "unknown"

// Summarize makes the summary of a model.
func Summarize(m *model.Model) Summary {
	s := Summary{Counters: m.Counters(), Findings: []Finding{}, LostByKind: map[string]uint64{},
		Signals: signals(m), Held: held(m), Complete: m.Ended() && !m.LostUnknown(), Command: []string{},
		Warnings: []words.Message{}}
	for _, f := range rules.Find(m) {
		s.Findings = append(s.Findings, Finding{f, words.FindingAbout(words.English(), f.Path, f.Address,
			words.English().Finding(f.ID, f.Arguments, words.Named{Tasks: f.Tasks, Names: f.Names}))})
	}
	_, s.SignalsMore = m.Sends()
	if m.Now() > m.Start() {
		s.Seconds = float64(m.Now()-m.Start()) / 1e9
	}
	if root := m.Root(); root != nil && root.State != model.Alive {
		s.RootStatus = &root.Status
	}
	for k, n := range s.Counters.LostByKind() {
		name := k.String()
		if k == event.None { // the events of a damaged part of a recording
			name = UnknownKind
		}
		s.LostByKind[name] += n
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

// Rows returns the counters for people, each line with its title.
func (s *Summary) Rows(l *words.Language) (rows [][]string) {
	say := &l.Summary
	row := func(title, content string) { rows = append(rows, []string{title, content}) }
	if len(s.Command) > 0 {
		row(say.CommandTitle, text.Arguments(strings.Join(s.Command, "\x00")+"\x00"))
	}
	row(say.TracedTitle, say.Traced(s.Seconds, s.Events, s.EventsLost))
	if s.ProcessesSeen+s.ZombiesSeen > 0 {
		row(say.AttachedTitle, say.Attached(s.ProcessesSeen, s.ThreadsSeen, s.ZombiesSeen))
	}
	if s.RootStatus != nil && *s.RootStatus != 0 {
		row(say.EndedTitle, l.StatusText(*s.RootStatus))
	}
	row(say.ProcessesTitle, say.Processes(s.ProcessesCreated, s.ProcessesExited, s.Execs, s.TreeDepth))
	if exits := exitText(l, s.ExitCodes, s.ExitSignals); exits != "" {
		row(say.ExitsTitle, exits)
	}
	for i, line := range signalLines(l, s) {
		row(map[bool]string{true: say.SignalsTitle}[i == 0], line)
	}
	row(say.ThreadsTitle, say.Threads(s.ThreadsCreated, s.ThreadsExited))
	if s.CPUMs > 0 {
		row(say.CostTitle, say.Cost(s.CPUMs, s.RunDelayMs, s.Voluntary, s.Involuntary, s.MinorFaults, s.MajorFaults,
			s.MaxRSS))
	}
	row(say.ZombiesTitle, say.Zombies(s.ZombiesLeft, s.ZombiesDropped, s.ZombiesPeak, s.ZombieMsTotal, s.ZombieMsMax,
		s.ZombieTimesAreLeast()))
	row(say.ReapedTitle, say.Reaped(s.ReapedByParent, s.ReapedByOther, s.AutoReaped, s.ReapedUnseen, s.Reparented))
	if s.WaitsNothing+s.WaitsNoChild > 0 {
		row(say.WaitsTitle, say.WaitsInVain(s.WaitsNothing, s.WaitsNoChild))
	}
	row(say.SigchldTitle, say.Sigchld(s.SigchldQueued, s.SigchldCoalesced, s.SigchldIgnored, s.SigchldDelivered))
	row(say.AcceptsTitle, acceptText(l, &s.Counters))
	if s.ListenDrops > 0 {
		row(say.DropsTitle, say.Drops(s.ListenDrops))
	}
	if len(s.Failures) > 0 {
		row(say.FailuresTitle, failureText(l, s.Failures))
	}
	if s.Accepts > 0 {
		row(say.ConnectionsTitle, say.Connections(s.ConnectionsOpen, s.ConnectionsPeak))
	}
	for i, line := range heldLines(l, s.Held) {
		row(map[bool]string{true: say.HeldTitle}[i == 0], line)
	}
	if s.HTTPRequests > 0 || len(s.HTTPStatuses) > 0 {
		row(say.HTTPTitle, say.HTTP(s.HTTPRequests, answerText(l, s.HTTPStatuses)))
	}
	if s.DatagramsReceived > 0 {
		row(say.DatagramsTitle, say.Datagrams(s.DatagramsReceived))
	}
	if s.CoroutinesCreated+s.CoroutinesFinished+s.CoroutineSwitches > 0 {
		row(say.CoroutinesTitle, say.Coroutines(s.CoroutinesCreated, s.CoroutinesFinished, s.CoroutineSwitches))
	}
	return rows
}

// Line says a finding in a language, with whom it is about.
func (f *Finding) Line(l *words.Language) string {
	named := words.Named{Tasks: f.Tasks, Names: f.Names}
	return l.FindingLine(f.Severity.String(), named.Who(f.PID),
		words.FindingAbout(l, f.Path, f.Address, l.Finding(f.ID, f.Arguments, named)))
}

// Text writes the summary for people.
func (s *Summary) Text(w io.Writer, l *words.Language) error {
	lines := text.Columns(s.Rows(l))
	for i := range s.Findings {
		lines = append(lines, s.Findings[i].Line(l))
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func exitText(l *words.Language, codes, signals map[int]uint64) string {
	var parts []string
	for _, code := range sortedKeys(codes) {
		parts = append(parts, l.Summary.ExitCode(code, codes[code]))
	}
	for _, number := range sortedKeys(signals) {
		parts = append(parts, l.Summary.ExitSignal(text.SignalName(int32(number)), signals[number]))
	}
	return strings.Join(parts, l.Punctuation.Comma)
}

// topListeners is how many listeners the text names.
const topListeners = 10

func acceptText(l *words.Language, c *model.Counters) string {
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
		parts = append(parts, l.Summary.AcceptOn(counts[listener], text.Escape(listener)))
		rest -= counts[listener]
	}
	if rest > 0 {
		parts = append(parts, l.Summary.AcceptOnOthers(rest))
	}
	tasks, more := uint64(len(c.AcceptsByTask)), c.AcceptsByTask[model.Others] > 0
	if more {
		tasks = model.MaxNames
	}
	return l.Summary.AcceptedBy(strings.Join(parts, l.Punctuation.Comma), tasks, more)
}

// topFailures is how many of the calls that failed the text names.
const topFailures = 10

// failureText returns "accept EMFILE: 2,210, execve ENOENT: 3".
func failureText(l *words.Language, failures map[string]uint64) string {
	names := sortedKeys(failures)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(failures[b], failures[a]) })
	var parts []string
	for _, name := range names[:min(len(names), topFailures)] {
		parts = append(parts, l.Summary.FailedSoOften(name, failures[name]))
	}
	if len(names) > topFailures {
		parts = append(parts, l.Summary.FailedOtherwise(len(names)-topFailures))
	}
	return strings.Join(parts, l.Punctuation.Comma)
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
func Lines(w io.Writer, l *words.Language, start event.Time, events []event.Event) error {
	var line []byte
	for i := range events {
		line = append(l.AppendTextLine(line[:0], start, &events[i]), '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// answerText returns "3 with 200, 1 with 404".
func answerText(l *words.Language, statuses map[int]uint64) string {
	var parts []string
	for _, status := range sortedKeys(statuses) {
		parts = append(parts, l.Summary.Answers(statuses[status], status))
	}
	if len(parts) == 0 {
		return l.Summary.NoAnswers
	}
	return strings.Join(parts, l.Punctuation.Comma)
}
