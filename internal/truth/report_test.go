package truth

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tracer/event"
	"tracer/record"
	"tracer/report"
	texts "tracer/text"
	"tracer/words"
)

// compareReports writes the report of a recording, in each language as a page and as Markdown, and says in which
// numbers it differs from the summary's JSON, and of which finding the evidence does not open.
//
// TRUTH_REPORTS=1 has it done, as .ci/run does: each case costs four reports.
func compareReports(file string, summary map[string]any) (lines []string) {
	if os.Getenv("TRUTH_REPORTS") == "" {
		return nil
	}
	moments, err := momentsOf(file)
	if err != nil {
		return []string{"report: " + err.Error()}
	}
	for _, l := range words.Languages() {
		r, err := readReports(file, l)
		if err != nil {
			return append(lines, fmt.Sprintf("report, %s: %v", l, err))
		}
		for _, line := range slices.Concat(r.rows(summary), r.findings(summary), r.evidence(moments), r.tasks(summary),
			r.ledgers(summary), r.forests(summary), r.markdown()) {
			lines = append(lines, fmt.Sprintf("report, %s: %s", l, line))
		}
	}
	return lines
}

// moment is of an event: when it was, since the first one, and whose.
type moment struct {
	at  int64
	pid int
}

func momentsOf(file string) (all []moment, err error) {
	r, err := record.OpenRecording(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	batch, start := make([]event.Event, 1024), event.Time(0)
	for {
		n, err := r.Next(batch)
		for i := range batch[:n] {
			if len(all) == 0 {
				start = batch[i].Time
			}
			all = append(all, moment{int64(batch[i].Time - start), int(batch[i].PID)})
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// reports are both forms of a report, as their readers have them.
type reports struct {
	*words.Language
	page, text string
	bars       int // in the picture
	lanes      struct {
		Tasks struct {
			Kind, PID []int
			Name      []string
		}
		Spans struct {
			Lane, Kind, Open []int
			Begin, Length    []int64
			Connection       []uint64
		}
		Edges struct{ Kind []int }
		End   int64
	}
}

// The numbers that the page has for what is counted here.
const (
	laneProcess, laneThread, laneCoroutine = 0, 1, 2
	spanProcess, spanThread                = 0, 1
	spanZombie, spanAccepted               = 3, 6
	edgeFork, edgeCoalesce                 = 0, 3
)

var pageData = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)

func readReports(file string, l *words.Language) (*reports, error) {
	r := &reports{Language: l}
	recording, err := record.OpenRecording(file)
	if err != nil {
		return nil, err
	}
	defer recording.Close()
	var page, text, picture bytes.Buffer
	if err := report.HTML(&page, recording, report.Options{Words: l}); err != nil {
		return nil, err
	}
	if err := recording.Rewind(); err != nil {
		return nil, err
	}
	keep := func(name string, write func(io.Writer) error) error {
		switch {
		case write == nil: // the report has no such picture
			return nil
		case name == "a-lanes.svg":
			return write(&picture)
		}
		return write(io.Discard)
	}
	if err := report.Markdown(&text, "a", keep, recording, report.Options{Words: l}); err != nil {
		return nil, err
	}
	r.page, r.text = page.String(), text.String()
	for d := xml.NewDecoder(&picture); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the picture: %w", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			r.bars++
		}
	}
	data := pageData.FindStringSubmatch(r.page)
	if data == nil {
		return nil, errors.New("the page has no data")
	}
	if err := json.Unmarshal([]byte(data[1]), &struct{ Lanes any }{&r.lanes}); err != nil {
		return nil, fmt.Errorf("the data of the page: %w", err)
	}
	for begin, i := r.lanes.Spans.Begin, 1; i < len(begin); i++ { // they are differences
		begin[i] += begin[i-1]
	}
	return r, nil
}

// part returns what stands in the page between the title of a part and the next one.
func (r *reports) part(id string) string {
	_, rest, _ := strings.Cut(r.page, `<h2 id="`+id+`">`)
	part, _, _ := strings.Cut(rest, "</section>")
	return part
}

var (
	definition = regexp.MustCompile(`(?s)<dt>(.*?)</dt><dd>(.*?)</dd>`)
	aNumber    = regexp.MustCompile(`\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?`)
	aSignal    = regexp.MustCompile(`SIG[A-Z0-9+-]+`)
)

// rows compares the numbers in each row of the counters with those of the summary.
func (r *reports) rows(summary map[string]any) (lines []string) {
	found := map[string]string{}
	for _, row := range definition.FindAllStringSubmatch(r.part("counters"), -1) {
		if row[1] != "" {
			found[row[1]] = html.UnescapeString(row[2])
		}
	}
	say := &r.Summary
	counts := func(names ...string) (all []string) {
		for _, name := range names {
			n, _ := number(summary[name])
			all = append(all, strconv.FormatFloat(n, 'f', -1, 64))
		}
		return all
	}
	tenths := func(names ...string) (all []string) {
		for _, name := range names {
			n, _ := number(summary[name])
			all = append(all, fmt.Sprintf("%.1f", n))
		}
		return all
	}
	seconds, _ := number(summary["seconds"])
	zombies := counts("zombies_left", "zombies_peak")
	if n, _ := number(summary["zombies_dropped"]); n > 0 {
		zombies = append(zombies, counts("zombies_dropped")...)
	}
	want := map[string][]string{
		say.TracedTitle:    append(counts("events", "events_lost"), fmt.Sprintf("%.3f", seconds)),
		say.ProcessesTitle: counts("processes_created", "processes_exited", "execs", "tree_depth"),
		say.ThreadsTitle:   counts("threads_created", "threads_exited"),
		say.ZombiesTitle:   append(zombies, tenths("zombie_ms_total", "zombie_ms_max")...),
		say.ReapedTitle:    counts("reaped_by_parent", "reaped_by_other", "auto_reaped", "reaped_unseen", "reparented"),
		say.SigchldTitle:   counts("sigchld_queued", "sigchld_coalesced", "sigchld_ignored", "sigchld_delivered"),
	}
	// Those that are there only when they say something
	some := func(title string, texts []string, names ...string) {
		for _, name := range names {
			shares, _ := summary[name].(map[string]any)
			if n, _ := number(summary[name]); n > 0 || len(shares) > 0 {
				want[title] = texts
				return
			}
		}
	}
	some(say.AttachedTitle, counts("processes_seen", "threads_seen", "zombies_seen"), "processes_seen", "zombies_seen")
	some(say.WaitsTitle, counts("waits_nothing", "waits_no_child"), "waits_nothing", "waits_no_child")
	some(say.DropsTitle, counts("listen_drops"), "listen_drops")
	some(say.ConnectionsTitle, counts("connections_open", "connections_peak"), "accepts")
	some(say.DatagramsTitle, counts("datagrams_received"), "datagrams_received")
	some(say.CoroutinesTitle, counts("coroutines_created", "coroutines_finished", "coroutine_switches"),
		"coroutines_created", "coroutines_finished", "coroutine_switches")
	some(say.HTTPTitle, append(counts("http_requests"), shares(summary, "http_statuses")...), "http_requests",
		"http_statuses")
	some(say.ExitsTitle, append(shares(summary, "exit_codes"), values(summary, "exit_signals")...), "exit_codes",
		"exit_signals")
	found[say.ExitsTitle] = aSignal.ReplaceAllString(found[say.ExitsTitle], "")
	r.namedRows(summary, found, want)
	for title, numbers := range want {
		digits := strings.Join(aNumber.FindAllString(found[title], -1), " ")
		got := strings.Split(strings.ReplaceAll(digits, ",", ""), " ")
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(numbers))) {
			lines = append(lines, fmt.Sprintf("%s: %q has other numbers than %v", title, found[title], numbers))
		}
	}
	return lines
}

// namedRows are those in which names stand that have digits, too.
func (r *reports) namedRows(summary map[string]any, found map[string]string, want map[string][]string) {
	const most = 10 // of names in a row
	say := &r.Summary
	if failures, _ := summary["failures"].(map[string]any); len(failures) > 0 && len(failures) <= most {
		want[say.FailuresTitle] = values(summary, "failures")
		for name := range failures {
			found[say.FailuresTitle] = strings.ReplaceAll(found[say.FailuresTitle], name, "")
		}
	}
	listeners, _ := summary["accepts_by_listener"].(map[string]any)
	tasks, _ := summary["accepts_by_task"].(map[string]any)
	switch {
	case len(listeners) == 0:
		want[say.AcceptsTitle] = []string{"0"}
	case len(listeners) <= most && listeners["others"] == nil && tasks["others"] == nil:
		want[say.AcceptsTitle] = append(values(summary, "accepts_by_listener"), strconv.Itoa(len(tasks)))
		names := slices.SortedFunc(keys(listeners), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
		for _, name := range names { // the longest first: one can begin another
			found[say.AcceptsTitle] = strings.ReplaceAll(found[say.AcceptsTitle], texts.Escape(name), "")
		}
	}
}

func keys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

// values are the numbers of a counter that is an object.
func values(summary map[string]any, name string) (all []string) {
	object, _ := summary[name].(map[string]any)
	for _, n := range object {
		n, _ := number(n)
		all = append(all, strconv.FormatFloat(n, 'f', -1, 64))
	}
	return all
}

// shares are those and the names of its entries, which are numbers.
func shares(summary map[string]any, name string) []string {
	object, _ := summary[name].(map[string]any)
	return slices.AppendSeq(values(summary, name), keys(object))
}

var (
	aFinding = regexp.MustCompile(`(?s)<li class="(\w+)"><p>(.*?)</p>(.*?)</li>`)
	aButton  = regexp.MustCompile(`<button type="button" data-at="(-?\d+)" data-pid="(\d+)" data-event="(\d+)">`)
)

// findings compares those of the page with the summary's, each with its evidence.
func (r *reports) findings(summary map[string]any) (lines []string) {
	found := aFinding.FindAllStringSubmatch(r.part("shows"), -1)
	want, _ := summary["findings"].([]any)
	if len(found) != len(want) {
		return []string{fmt.Sprintf("%d findings, want %d", len(found), len(want))}
	}
	for i, f := range want {
		finding, _ := f.(map[string]any)
		if sentence := fmt.Sprint(finding["text"]); r.Language == words.English() &&
			!strings.Contains(html.UnescapeString(found[i][2]), texts.Line(sentence)) {
			lines = append(lines, fmt.Sprintf("%q, want %q", found[i][2], sentence))
		}
		var shown []string
		for _, b := range aButton.FindAllStringSubmatch(found[i][3], -1) {
			shown = append(shown, b[3])
		}
		evidence, _ := finding["evidence"].([]any)
		if got := strings.Join(shown, " "); got != strings.Trim(fmt.Sprint(evidence), "[]") {
			lines = append(lines, fmt.Sprintf("%s: events %s are its evidence, want %v", finding["id"], got, evidence))
		}
		if len(evidence) == 0 && finding["severity"] != "incomplete" {
			lines = append(lines, fmt.Sprintf("%s: nothing shows it", finding["id"]))
		}
	}
	return lines
}

// evidence says which evidence does not open: it leads to another moment than that of its event, or to a process that
// has no lane then.
func (r *reports) evidence(moments []moment) (lines []string) {
	for _, b := range aButton.FindAllStringSubmatch(r.page, -1) {
		at, _ := strconv.ParseInt(b[1], 10, 64)
		pid, _ := strconv.Atoi(b[2])
		ordinal, _ := strconv.Atoi(b[3])
		if ordinal >= len(moments) || moments[ordinal] != (moment{at, pid}) || at > r.lanes.End {
			lines = append(lines, fmt.Sprintf("evidence %s leads elsewhere", b[0]))
		} else if pid != 0 && !r.lives(pid, at) {
			lines = append(lines, fmt.Sprintf("evidence %s leads to no lane", b[0]))
		}
	}
	return lines
}

// lives reports whether a process has a lane on which something is so at a time.
func (r *reports) lives(pid int, at int64) bool {
	spans, tasks := &r.lanes.Spans, &r.lanes.Tasks
	for i, lane := range spans.Lane {
		if tasks.Kind[lane] == laneProcess && tasks.PID[lane] == pid && spans.Begin[i] <= at &&
			at <= spans.Begin[i]+spans.Length[i] {
			return true
		}
	}
	return false
}

// tasks compares what is drawn with the counters.
func (r *reports) tasks(summary map[string]any) (lines []string) {
	if lost, _ := number(summary["events_lost"]); lost > 0 {
		return nil
	}
	sum := func(names ...string) (total int) {
		for _, name := range names {
			n, _ := number(summary[name])
			total += int(n)
		}
		return total
	}
	compare := func(what string, got, want int) {
		if got != want {
			lines = append(lines, fmt.Sprintf("%d %s are drawn, want %d", got, what, want))
		}
	}
	root := 0
	if command, _ := summary["command"].([]any); len(command) > 0 {
		root = 1
	}
	kinds := r.lanes.Tasks.Kind
	compare("processes", of(kinds, laneProcess), root+sum("processes_created", "processes_seen", "zombies_seen"))
	compare("threads", of(kinds, laneThread), sum("threads_created", "threads_seen"))
	if got, least := of(kinds, laneCoroutine), sum("coroutines_created"); got < least { // copies have lanes, too
		compare("coroutines", got, least)
	}
	const paper, lanesInPicture = 1, 200 // is a rectangle, too; at most
	if least := min(len(kinds), lanesInPicture); r.bars-paper < least {
		compare("bars in the picture", r.bars-paper, least)
	}
	compare("forks", of(r.lanes.Edges.Kind, edgeFork), sum("processes_created", "threads_created"))
	compare("coalesced signals", of(r.lanes.Edges.Kind, edgeCoalesce), sum("sigchld_coalesced"))
	dead := sum("reaped_by_parent", "reaped_by_other", "auto_reaped", "zombies_dropped", "reaped_unseen",
		"zombies_left")
	if got := of(r.lanes.Spans.Kind, spanZombie); got < dead || got > dead+root {
		compare("zombies", got, dead)
	}
	connections := map[uint64]bool{}
	for i, kind := range r.lanes.Spans.Kind {
		if n := r.lanes.Spans.Connection[i]; kind >= spanAccepted && n > 0 { // who holds a listener has none
			connections[n] = true
		}
	}
	compare("connections", len(connections), sum("accepts"))
	return lines
}

func of(list []int, kind int) (n int) {
	for _, k := range list {
		if k == kind {
			n++
		}
	}
	return n
}

var (
	aRow  = regexp.MustCompile(`<tr><th scope="row">(.*?)</th>(.*?)</tr>`)
	aCell = regexp.MustCompile(`<td>(.*?)</td>`)
)

// cells are the numbers of each row of a table of the page.
func (r *reports) cells(id string) (rows [][]int) {
	for _, row := range aRow.FindAllStringSubmatch(r.part(id), -1) {
		var cells []int
		for _, cell := range aCell.FindAllStringSubmatch(row[2], -1) {
			n, _ := strconv.Atoi(cell[1])
			cells = append(cells, n)
		}
		rows = append(rows, cells)
	}
	return rows
}

// ledgers compares the ends of children and the phases of connections with the counters: no row says more than there
// was, and where nobody was handed on they say all of it.
func (r *reports) ledgers(summary map[string]any) (lines []string) {
	if lost, _ := number(summary["events_lost"]); lost > 0 {
		return nil
	}
	most := []string{0: "processes_exited", 1: "sigchld_queued", 2: "sigchld_coalesced", 3: "sigchld_ignored",
		5: "sigchld_delivered", 7: "auto_reaped", 8: "zombies_dropped", 11: "zombies_left"}
	sums := make([]int, 12)
	for _, row := range r.cells("ledger") {
		if len(row) != len(sums) {
			return []string{fmt.Sprintf("a row of the ledger has %d numbers", len(row))}
		}
		for i, n := range row {
			sums[i] += n
		}
		if fates := row[6] + row[7] + row[8] + row[9] + row[10] + row[11]; row[0] != fates {
			lines = append(lines, fmt.Sprintf("a row of the ledger does not balance: %v", row))
		}
	}
	all := len(r.cells("ledger")) > 0 && summary["reparented"] == 0.0 && summary["processes_seen"] == 0.0 &&
		summary["zombies_seen"] == 0.0
	for i, name := range most {
		n, _ := number(summary[name])
		if name == "processes_exited" {
			seen, _ := number(summary["zombies_seen"])
			n += seen
		}
		if name != "" && (sums[i] > int(n) || all && i == 0 && sums[i] != int(n)) {
			lines = append(lines, fmt.Sprintf("the ledger has %d for %s, want %v", sums[i], name, n))
		}
	}
	phases, _ := number(summary["accepts"])
	open, _ := number(summary["connections_open"])
	for _, row := range r.cells("connections") {
		if row[0] > int(phases) {
			lines = append(lines, fmt.Sprintf("%d connections in a phase, of %v", row[0], phases))
		}
	}
	closed := 0
	for _, row := range aRow.FindAllStringSubmatch(r.part("connections"), -1) {
		if html.UnescapeString(row[1]) == r.Report.ToClose {
			closed, _ = strconv.Atoi(aCell.FindStringSubmatch(row[2])[1])
		}
	}
	if closed != int(phases-open) {
		lines = append(lines, fmt.Sprintf("%d connections were closed, want %v", closed, phases-open))
	}
	return lines
}

var (
	aForest   = regexp.MustCompile(`(?s)<h3 id="forest-\d+">(.*?)</h3>\n<pre [^>]*>(.*?)</pre>`)
	aBranch   = regexp.MustCompile(`(?m)^([│├└─ ]*)(?:(\d+) × )?(.*)$`)
	endOfLine = regexp.MustCompile(`[,:，：] ?(zombie, |僵尸进程，)`)
)

// forests compares the forests at the peaks with the lanes, and with the counters. What was reaped by the event that
// made it a zombie is in none.
func (r *reports) forests(summary map[string]any) (lines []string) {
	lost, _ := number(summary["events_lost"])
	attached := summary["processes_seen"] != 0.0 || summary["zombies_seen"] != 0.0 // one by one, as they are met
	if lost > 0 {
		return nil
	}
	peak, _ := number(summary["zombies_peak"])
	for i, f := range aForest.FindAllStringSubmatch(r.part("forest"), -1) {
		tasks, zombies := r.inForest(html.UnescapeString(f[2]))
		least, most := r.alive()
		if i == 0 && !attached && (tasks < least || tasks > most) {
			lines = append(lines, fmt.Sprintf("%s: %d tasks are in the forest, the lanes have %d to %d", f[1], tasks,
				least, most))
		} else if i == 1 && (zombies < 1 || zombies > int(peak)) {
			lines = append(lines, fmt.Sprintf("%s: %d zombies are in the forest, want %v", f[1], zombies, peak))
		}
	}
	return lines
}

// inForest counts the living processes and threads in a tree, and the zombies. What is below several that are alike
// stands there for each of them.
func (r *reports) inForest(tree string) (tasks, zombies int) {
	times, words := []int{1}, r.coroutineWords()
	for _, b := range aBranch.FindAllStringSubmatch(strings.TrimSuffix(tree, "\n"), -1) {
		n, depth := 1, utf8.RuneCountInString(b[1])/3
		if b[2] != "" {
			n, _ = strconv.Atoi(b[2])
		}
		times = append(times[:depth+1], times[depth]*n)
		switch n = times[depth+1]; {
		case endOfLine.MatchString(b[3]):
			zombies += n
		case !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(b[3], word) }):
			tasks += n
		}
	}
	return tasks, zombies
}

// coroutineWords are those that stand in place of an id before a coroutine: the words of the runtimes, and the classes.
func (r *reports) coroutineWords() (all []string) {
	for _, runtime := range []event.Runtime{event.Coro, event.Greenlet, event.Goroutine} {
		all = append(all, r.CoroutineWord(runtime, ""))
	}
	for i, kind := range r.lanes.Tasks.Kind {
		if kind == laneCoroutine {
			all = append(all, r.lanes.Tasks.Name[i])
		}
	}
	return all
}

// alive is how many processes and threads live at once at most, as the lanes have it: what begins as something ends can
// be counted with that or after it.
func (r *reports) alive() (least, most int) {
	type step struct {
		at int64
		by int
	}
	var steps []step
	spans := &r.lanes.Spans
	for i, kind := range spans.Kind {
		if kind == spanProcess || kind == spanThread {
			steps = append(steps, step{spans.Begin[i], 1})
			if !slices.Contains(spans.Open, i) {
				steps = append(steps, step{spans.Begin[i] + spans.Length[i], -1})
			}
		}
	}
	peak := func(order int) (most int) {
		slices.SortFunc(steps, func(a, b step) int {
			return cmp.Or(cmp.Compare(a.at, b.at), order*cmp.Compare(a.by, b.by))
		})
		now := 0
		for _, s := range steps {
			now += s.by
			most = max(most, now)
		}
		return most
	}
	return peak(1), peak(-1)
}

var escaped = regexp.MustCompile(`\\([\\` + "`" + `*_{}\[\]#!|>~+=.)-])`)

// unmarked is a line of Markdown as it is read.
func unmarked(line string) string {
	return strings.ReplaceAll(strings.ReplaceAll(escaped.ReplaceAllString(line, "$1"), "&lt;", "<"), "&amp;", "&")
}

// markdown says what of the page the Markdown does not have: its numbers have been compared already.
func (r *reports) markdown() (lines []string) {
	have := map[string]int{}
	for line := range strings.Lines(r.text) {
		have[unmarked(strings.TrimSuffix(line, "\n"))]++
	}
	want := func(line string) {
		if have[line]--; have[line] < 0 {
			lines = append(lines, fmt.Sprintf("the Markdown lacks %q", line))
		}
	}
	flat := strings.NewReplacer("\n", " ", "\r", " ")
	for _, row := range definition.FindAllStringSubmatch(r.part("counters"), -1) {
		if row[1] != "" {
			row[1] = "**" + row[1] + "** "
		}
		want("* " + html.UnescapeString(row[1]) + flat.Replace(html.UnescapeString(row[2])))
	}
	for _, f := range aFinding.FindAllStringSubmatch(r.part("shows"), -1) {
		want("* " + html.UnescapeString(f[2]))
		for _, b := range aButton.FindAllStringSubmatch(f[3], -1) {
			if !strings.Contains(r.text, "("+r.Report.Page.Event+" "+b[3]+")") {
				lines = append(lines, fmt.Sprintf("the Markdown lacks the evidence %s", b[0]))
			}
		}
	}
	for _, f := range aForest.FindAllStringSubmatch(r.part("forest"), -1) {
		want("### " + html.UnescapeString(f[1]))
		if !strings.Contains(r.text, html.UnescapeString(f[2])) {
			lines = append(lines, fmt.Sprintf("the Markdown lacks the forest of %q", f[1]))
		}
	}
	for _, id := range []string{"ledger", "connections"} {
		for _, row := range aRow.FindAllStringSubmatch(r.part(id), -1) {
			line := "| " + html.UnescapeString(row[1])
			for _, cell := range aCell.FindAllStringSubmatch(row[2], -1) {
				line += " | " + html.UnescapeString(cell[1])
			}
			want(line + " |")
		}
	}
	return lines
}
