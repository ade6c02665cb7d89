// Package report makes the write-up of a trace: one page of HTML that needs nothing else, with the lanes of all tasks,
// what the trace shows, its connections, its signals and its counters.
//
// It draws from the timeline, the rules and the model alone. Two reports of one recording are identical.
package report

import (
	"bufio"
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/query"
	"tracer/record"
	"tracer/text"
	"tracer/timeline"
	"tracer/words"
)

//go:embed page.html page.css page.js uplot/uPlot.iife.min.js uplot/uPlot.min.css
var files embed.FS

// Options of a report.
type Options struct {
	Title  string // "": the command, or what was traced
	Author string
	// Questions are those of a course, in the order in which they are to be answered.
	Questions []string
	// At are the ordinals of events at which the forest is shown, as at its peak.
	At    []uint64
	Names Names
	Words *words.Language
}

// page is what the template is filled with.
type page struct {
	Language string
	Say      *words.ReportWords
	Title    string
	Author   string
	Command  string
	Facts    [][2]string // what was run, and on what
	Findings []finding
	Marks    []mark
	Summary  [][]string
	Phases   []phase
	Ledger   []ledgerRow
	Tree     string
	Forests  []forest
	Missing  []string // what was lost or inferred
	Question []string
	Style    template.CSS
	Script   template.JS
	Data     template.JS

	lanes lanes
}

// finding is one with where its evidence is.
type finding struct {
	Severity string
	Text     string
	Rule     string
	Evidence []evidence
}

// mark is an event that a reader of the trace marked, and what there is to say of it.
type mark struct {
	evidence
	Note string
}

// evidence is an event that shows a finding.
type evidence struct {
	Ordinal uint64
	At      int64 // nanoseconds since the first event
	Time    string
	PID     event.PID
}

// phase is how long a phase of the connections took.
type phase struct {
	Name          string
	Count         int
	P50, P90, P99 string
	Max           string
}

// ledgerRow is what became of the ends of the children of one process.
type ledgerRow struct {
	Who string
	model.Account
}

// HTML writes the report of a recording as a page.
func HTML(w io.Writer, r *record.Recording, o Options) error {
	p, err := makePage(r, &o)
	if err != nil {
		return err
	}
	return p.html(w)
}

// layout is parsed once.
var layout = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page").Parse(assets("page.html"))
})

func (p *page) html(w io.Writer) error {
	p.fill()
	t, err := layout()
	if err != nil {
		return err
	}
	out := pageWriter{bufio.NewWriterSize(w, 1<<16), p}
	if err := t.Execute(out, p); err != nil {
		return err
	}
	return out.Flush()
}

// pageWriter writes a page, and in its place what the script draws.
type pageWriter struct {
	*bufio.Writer
	page *page
}

func (w pageWriter) Write(b []byte) (int, error) {
	if string(b) == dataHere {
		return len(b), w.page.writeData(w.Writer)
	}
	return w.Writer.Write(b)
}

// dataHere stands where the page has what its script draws. Names of others, which are escaped, cannot be that.
const dataHere = `{"lanes":"here","say":"here"}`

// writeData writes what the script draws, which can be most of the page.
func (p *page) writeData(w *bufio.Writer) error {
	return writeColumns(w, reflect.ValueOf(struct {
		Lanes  lanes             `json:"lanes"`
		Charts charts            `json:"charts"`
		Say    *words.ReportPage `json:"say"`
	}{p.lanes, p.lanes.charts(), &p.Say.Page}))
}

func makePage(r *record.Recording, o *Options) (*page, error) {
	c := &collector{}
	t := timeline.New(timeline.Options{Span: c.span, Edge: c.edge})
	options := query.Everything()
	options.Facts, options.Untold = t.Add, r.Untold()
	m := model.New(options)
	moments, peaks := &moments{}, &peaks{}
	var changes []event.Mark
	names := newNamer(o.Names)
	err := export.Each(r, func(e *event.Event) error {
		e = names.replaced(e)
		m.Apply(e)
		peaks.look(m, e)
		if e.Kind == event.Control {
			changes = append(changes, event.Mark{Event: moments.next, Time: e.Time, Note: o.Words.EventLine(e)})
		}
		moments.add(e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, ordinal := range o.At {
		if _, ok := moments.index(ordinal); !ok {
			return nil, &words.Error{Say: func(l *words.Language) string {
				return l.Report.NoEvent(ordinal, uint64(len(moments.at)))
			}}
		}
	}
	t.Finish(m.Now())
	s := export.SummarizeRecording(r, m)
	l := o.Words
	target := text.Escape(names.target(r))
	p := &page{Language: l.Name, Say: &l.Report, Author: text.Escape(o.Author),
		Tree:    tree(m, l),
		Command: command(r), Title: text.Escape(o.Title), Facts: facts(r, &s, target, l),
		Ledger: ledger(m, l), Phases: phases(query.ConnectionsOf(m), l)}
	if p.Title == "" {
		p.Title = l.Report.TitleOf(cut(firstOf(p.Command, target)))
	}
	for _, q := range o.Questions {
		p.Question = append(p.Question, text.Escape(q))
	}
	for _, f := range s.Findings {
		p.Findings = append(p.Findings, finding{Severity: f.Severity.String(), Text: text.Line(f.Line(l)), Rule: f.ID,
			Evidence: moments.of(f.Evidence, m.Start())})
	}
	p.Summary = s.Rows(l)
	for _, warning := range s.Warnings {
		p.Missing = append(p.Missing, text.Line(warning(l)))
	}
	p.lanes = c.lanes(m)
	if err := p.mark(r, changes, moments, m.Start()); err != nil {
		return nil, err
	}
	if p.Forests, err = forests(r, o, peaks.and(o.At, moments, &l.Report), m.Start()); err != nil {
		return nil, err
	}
	names.page(p)
	return p, nil
}

// mark puts the marks of a recording into the page and its lanes, with what its user changed as it was traced. Those of
// events that are not there are left out.
func (p *page) mark(r *record.Recording, changes []event.Mark, moments *moments, start event.Time) error {
	all, err := r.Marks()
	for i := range all {
		all[i].Note = text.Escape(all[i].Note)
	}
	all = append(all, changes...)
	slices.SortStableFunc(all, func(a, b event.Mark) int { return cmp.Compare(a.Event, b.Event) })
	for _, m := range all {
		for _, at := range moments.of(model.Evidence{m.Event}, start) {
			p.Marks = append(p.Marks, mark{at, m.Note})
			p.lanes.Notes = append(p.lanes.Notes, at.At)
		}
	}
	return err
}

// fill puts into the page its style and script.
func (p *page) fill() {
	p.Data = dataHere
	p.Style = template.CSS(assets("uplot/uPlot.min.css", "page.css"))
	p.Script = template.JS(assets("uplot/uPlot.iife.min.js", "page.js"))
}

// assets returns files of the page, one after the other.
func assets(names ...string) string {
	var all bytes.Buffer
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		all.Write(content)
		all.WriteByte('\n')
	}
	return all.String()
}

// moments are when each event was, and whose.
type moments struct {
	at   []event.Time
	pid  []event.PID
	gaps []gap
	next uint64 // ordinal
}

// gap is a place from which on ordinals run ahead of the events that are there: what was damaged keeps its own.
type gap struct {
	from  uint64 // the first ordinal behind it
	ahead uint64
}

func (m *moments) add(e *event.Event) {
	m.at, m.pid = append(m.at, e.Time), append(m.pid, e.PID)
	if m.next += model.Places(e); m.next != m.ahead()+uint64(len(m.at)) {
		m.gaps = append(m.gaps, gap{m.next, m.next - uint64(len(m.at))})
	}
}

func (m *moments) ahead() uint64 {
	if len(m.gaps) == 0 {
		return 0
	}
	return m.gaps[len(m.gaps)-1].ahead
}

// index is the place among those that are there of an event by its ordinal.
func (m *moments) index(ordinal uint64) (i uint64, ok bool) {
	n, _ := slices.BinarySearchFunc(m.gaps, ordinal, func(g gap, ordinal uint64) int {
		if g.from <= ordinal {
			return -1
		}
		return 1
	})
	if n > 0 {
		ordinal -= m.gaps[n-1].ahead
	}
	return ordinal, ordinal < uint64(len(m.at)) && (n == len(m.gaps) || ordinal+m.gaps[n].ahead < m.gaps[n].from)
}

func (m *moments) of(ordinals model.Evidence, start event.Time) (all []evidence) {
	for _, n := range ordinals {
		if i, ok := m.index(n); ok {
			since := m.at[i] - start
			all = append(all, evidence{n, int64(since), text.DurationText(since), m.pid[i]})
		}
	}
	return all
}

// Questions returns the paragraphs of a text.
func Questions(text string) (questions []string) {
	for _, paragraph := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if q := strings.Join(strings.Fields(paragraph), " "); q != "" {
			questions = append(questions, q)
		}
	}
	return questions
}

// command is what was launched, as it can be given to a shell.
func command(r *record.Recording) string {
	var args strings.Builder
	for _, a := range r.Meta().Command {
		args.WriteString(a + "\x00")
	}
	return text.Arguments(args.String())
}

func tree(m *model.Model, l *words.Language) string {
	var b strings.Builder
	export.WriteTree(&b, m, l)
	return b.String()
}

func firstOf(texts ...string) string {
	i := slices.IndexFunc(texts, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return texts[i]
}

// cut returns the beginning of what is too long for a title.
func cut(s string) string {
	if runes := []rune(s); len(runes) > 80 {
		return string(runes[:80]) + "..."
	}
	return s
}
