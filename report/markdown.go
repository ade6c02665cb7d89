package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"tracer/event"
	"tracer/record"
	"tracer/text"
	"tracer/words"
)

// Picture keeps a picture of a report, SVG, by its name. What it is given writes it; nil: the report has no such
// picture, and if there is one that IsPicture, it is of an earlier report.
type Picture func(name string, write func(io.Writer) error) error

// Markdown writes the report of a recording as Markdown. What the page draws is in pictures that stand beside it, whose
// names begin with the given one.
func Markdown(w io.Writer, name string, keep Picture, r *record.Recording, o Options) error {
	p, err := makePage(r, &o)
	if err != nil {
		return err
	}
	return p.beside(w, name, keep, o.Words)
}

// beside writes a page as Markdown with pictures beside it.
func (p *page) beside(w io.Writer, name string, keep Picture, l *words.Language) error {
	charts := p.lanes.charts()
	names := pictureFilesOf(name, &charts)
	pictures := []struct {
		name    string
		svg     func(io.Writer, *words.Language) error
		nothing bool
	}{{name + "-lanes.svg", p.lanes.svg, false}, {name + "-curves.svg", charts.Curves.svg, names.curves == ""},
		{name + "-histogram.svg", charts.Histogram.svg, names.histogram == ""}}
	for _, picture := range pictures {
		if picture.nothing {
			if err := keep(picture.name, nil); err != nil {
				return err
			}
			continue
		}
		if err := keep(picture.name, func(w io.Writer) error { return picture.svg(w, l) }); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(w)
	p.markdown(out, names)
	return out.Flush()
}

// pictureFiles are the names of the pictures; one of nothing has none.
type pictureFiles struct{ lanes, curves, histogram string }

func pictureFilesOf(name string, c *charts) (n pictureFiles) {
	n.lanes = name + "-lanes.svg"
	if len(c.Curves.Of) > 0 {
		n.curves = name + "-curves.svg"
	}
	if len(c.Histogram.Counts) > 0 {
		n.histogram = name + "-histogram.svg"
	}
	return n
}

func (p *page) markdown(w io.Writer, pictures pictureFiles) {
	say := p.Say
	fmt.Fprintf(w, "# %s\n\n", plain(p.Title))
	if p.Author != "" {
		fmt.Fprintf(w, "%s\n\n", plain(say.By(p.Author)))
	}
	fmt.Fprintf(w, "## %s\n\n", say.What)
	if p.Command != "" {
		fmt.Fprintf(w, "%s\n", fenced(p.Command))
	}
	rows := make([][]string, len(p.Facts))
	for i, f := range p.Facts {
		rows[i] = f[:]
	}
	list(w, rows)
	fmt.Fprintf(w, "## %s\n\n", say.Shows)
	for _, f := range p.Findings {
		fmt.Fprintf(w, "* %s\n", plain(f.Text))
		for i, e := range f.Evidence {
			if i == 0 {
				fmt.Fprintf(w, "  %s: ", say.Evidence)
			} else {
				fmt.Fprint(w, ", ")
			}
			fmt.Fprintf(w, "%s (%s %d)", e.Time, say.Page.Event, e.Ordinal)
		}
		if len(f.Evidence) > 0 {
			fmt.Fprintln(w)
		}
	}
	if len(p.Findings) == 0 {
		fmt.Fprintln(w, say.NothingShown)
	}
	if len(p.Marks) > 0 {
		fmt.Fprintf(w, "\n## %s\n\n", say.Marks)
		for i, m := range p.Marks {
			fmt.Fprintf(w, "%d. %s (%s %d) %s\n", i+1, m.Time, say.Page.Event, m.Ordinal, plain(m.Note))
		}
	}
	if len(p.Question) > 0 {
		fmt.Fprintf(w, "\n## %s\n\n", say.Questions)
		for i, q := range p.Question {
			fmt.Fprintf(w, "%d. %s\n\n", i+1, plain(q))
		}
	}
	fmt.Fprintf(w, "\n## %s\n\n![%s](<%s>)\n\n", say.Lanes, plain(say.Page.LanesFor), pictures.lanes)
	if more := len(p.lanes.Tasks.Kind) - pictureLanes; more > 0 {
		fmt.Fprintf(w, "%s\n\n", say.MoreLanes(uint64(more)))
	}
	if pictures.curves != "" {
		fmt.Fprintf(w, "## %s\n\n![%s](<%s>)\n\n", say.OverTime, plain(say.OverTime), pictures.curves)
	}
	fmt.Fprintf(w, "## %s\n\n%s\n", say.Forest, fenced(p.Tree))
	for _, f := range p.Forests {
		fmt.Fprintf(w, "### %s\n\n%s\n", plain(f.Title), fenced(f.Tree))
	}
	p.tables(w, pictures.histogram)
	fmt.Fprintf(w, "## %s\n\n", say.Counters)
	list(w, p.Summary)
	fmt.Fprintf(w, "## %s\n\n", say.Missing)
	for _, m := range p.Missing {
		fmt.Fprintf(w, "* %s\n", plain(m))
	}
	if len(p.Missing) == 0 {
		fmt.Fprintln(w, say.NothingMissing)
	}
}

func (p *page) tables(w io.Writer, histogram string) {
	say := p.Say
	if len(p.Ledger) > 0 {
		fmt.Fprintf(w, "## %s\n\n%s\n\n", say.Ledger, say.LedgerExplained)
		head(w, say.Parent, say.Ended, say.SentQueued, say.SentCoalesced, say.SentDiscarded, say.NotSent, say.Delivered,
			say.Reaped, say.ByKernel, say.Dropped, say.Unseen, say.Left, say.StillZombies)
		for _, r := range p.Ledger {
			fmt.Fprintf(w, "| %s", plain(r.Who))
			for _, n := range []uint64{r.Ended, r.Queued, r.Coalesced, r.Discarded, r.None, r.Delivered, r.Reaped,
				r.ByKernel, r.Dropped, r.Unseen, r.Left, r.Zombies} {
				fmt.Fprintf(w, " | %d", n)
			}
			fmt.Fprintln(w, " |")
		}
		fmt.Fprintln(w)
	}
	if len(p.Phases) > 0 {
		fmt.Fprintf(w, "## %s\n\n", say.Connections)
		head(w, say.Phase, say.Count, say.Median, say.P90, say.P99, say.Longest)
		for _, r := range p.Phases {
			fmt.Fprintf(w, "| %s | %d | %s | %s | %s | %s |\n", r.Name, r.Count, r.P50, r.P90, r.P99, r.Max)
		}
		fmt.Fprintln(w)
		if histogram != "" {
			fmt.Fprintf(w, "![%s](<%s>)\n\n", plain(say.Histogram), histogram)
		}
	}
}

// head writes the first rows of a table: numbers stand at the right.
func head(w io.Writer, titles ...string) {
	fmt.Fprintf(w, "| %s |\n| ---%s |\n", strings.Join(titles, " | "), strings.Repeat(" | ---:", len(titles)-1))
}

func list(w io.Writer, rows [][]string) {
	for _, row := range rows {
		title := plain(row[0])
		if title != "" {
			title = "**" + title + "** "
		}
		fmt.Fprintf(w, "* %s%s\n", title, plain(row[1]))
	}
	fmt.Fprintln(w)
}

// plain returns text of which Markdown makes nothing: neither HTML nor marks of its own. It can begin a line.
func plain(s string) string {
	var b strings.Builder
	number := true // up to here there are only digits
	for i, r := range s {
		mark := i == 0 && strings.ContainsRune("-+=", r) || i > 0 && number && (r == '.' || r == ')') &&
			(i+1 == len(s) || strings.ContainsRune(" \t\r\n", rune(s[i+1]))) // else it is a number
		number = number && r >= '0' && r <= '9'
		switch {
		case mark:
			b.WriteByte('\\')
		case r == '\n' || r == '\r':
			b.WriteByte(' ')
			continue
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '&':
			b.WriteString("&amp;")
			continue
		case strings.ContainsRune("\\`*_{}[]#!|>~", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fenced returns text as it is, between fences that are longer than any in it.
func fenced(s string) string {
	longest, run := 2, 0
	for _, r := range s {
		if r == '`' {
			run++
		} else {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	return fence + "text\n" + strings.TrimSuffix(s, "\n") + "\n" + fence + "\n"
}

// The picture of the lanes, in pixels.
const (
	pictureLanes = 200 // at most
	pictureWidth = 1200
	pictureNames = 190
	pictureRow   = 18
	pictureHead  = 24
)

// The looks of spans, by their kinds: colours that differ in lightness, too, for whoever prints them.
var spanLooks = []string{"#54aeff", "#80ccff", "#dcc8ff", "", "#57606a", "#a8706e", "#bf8700", "#eac54f", "#1a7f37",
	"#c4f5d4", "#641a46"}

// edgeLooks are those of edges: without colours, their dashes or their lightness tell them apart.
var edgeLooks = []string{`stroke="#1b1f24"`, `stroke="#cf222e" stroke-dasharray="3 2"`,
	`stroke="#8c959f" stroke-dasharray="6 2 2 2"`, `stroke="#bc4c00" stroke-dasharray="5 3"`, `stroke="#1a7f37"`}

// svg draws the first lanes.
func (l *lanes) svg(w io.Writer, language *words.Language) error {
	shown := min(len(l.Tasks.Kind), pictureLanes)
	height := pictureHead + shown*pictureRow + 6 // without the legend
	end := float64(max(l.End, 1))
	x := func(t int64) float64 { return pictureNames + float64(t)/end*(pictureWidth-pictureNames-6) }
	y := func(lane int) int { return pictureHead + lane*pictureRow }
	say := &language.Report
	signs := l.signs(&say.Page)
	out := draw(w, "lanes", pictureWidth, height+legendHeight(signs)+6, language, say.Lanes, say.Page.LanesFor)
	for i := range 6 {
		at := l.End * int64(i) / 5
		fmt.Fprintf(out, `<path d="M%.1f %dV%d" stroke="#d0d7de"/><text x="%.1f" y="15" fill="#57606a" `+
			`text-anchor="%s">%s</text>`+"\n", x(at), pictureHead-6, height, x(at), anchorOf(i), text.DurationText(event.Time(at)))
	}
	for lane := range shown {
		fmt.Fprintf(out, `<text x="%d" y="%d" fill="#1b1f24">%s</text>`+"\n", 6+min(l.Tasks.Depth[lane], 8)*10,
			y(lane)+13, escaped(l.name(lane)))
	}
	for i, lane := range l.Spans.Lane {
		if lane >= shown {
			break
		}
		kind, left := l.Spans.Kind[i], x(l.Spans.Begin[i])
		wide := max(x(l.Spans.Begin[i]+l.Spans.Length[i])-left, 0.5)
		switch {
		case spanLooks[kind] == "":
			fmt.Fprintf(out, `<path d="M%.1f %dh%.1f" %s/>`+"\n", left, y(lane)+9, max(wide, 3), zombieLooks)
		case kind >= firstPhase:
			fmt.Fprintf(out, `<rect x="%.1f" y="%d" width="%.1f" height="4" fill="%s"/>`+"\n", left, y(lane)+12, wide,
				spanLooks[kind])
		default:
			fmt.Fprintf(out, `<rect x="%.1f" y="%d" width="%.1f" height="9" fill="%s"/>`+"\n", left, y(lane)+3, wide,
				spanLooks[kind])
		}
	}
	for i := range l.Edges.Kind {
		if from, to := l.Edges.From[i], l.Edges.To[i]; from < shown && to < shown {
			begin, end := x(l.Edges.Begin[i]), x(l.Edges.Begin[i]+l.Edges.Length[i])
			fmt.Fprintf(out, `<path d="M%.1f %dL%.1f %d" fill="none" stroke-opacity="0.5" %s/>`+"\n", begin, y(from)+9,
				end, y(to)+9, edgeLooks[l.Edges.Kind[i]])
		}
	}
	for i, lane := range l.Marks.Lane {
		if lane < shown {
			fmt.Fprintf(out, `<path transform="translate(%.1f %d)" %s><title>%s</title></path>`+"\n", x(l.Marks.At[i]),
				y(lane)+2, execShape, escaped(say.Page.Exec+" "+l.Marks.Text[i]))
		}
	}
	for i, at := range l.Notes {
		const blue = "#0550ae"
		fmt.Fprintf(out, `<path d="M%.1f %dV%d" stroke="%s" stroke-dasharray="2 2"/>`+
			`<rect x="%.1f" y="%d" width="16" height="13" fill="%s"/>`+
			`<text x="%.1f" y="%d" font-size="10" fill="#ffffff" text-anchor="middle">%d</text>`+"\n",
			x(at), pictureHead-4, height, blue, x(at)-8, pictureHead-6, blue, x(at), pictureHead+4, i+1)
	}
	out.legend(signs, height)
	return out.end()
}

// anchorOf keeps the words of the first and the last tick within the picture.
func anchorOf(tick int) string {
	switch tick {
	case 0:
		return "start"
	case 5:
		return "end"
	}
	return "middle"
}

// name is how a lane is called.
func (l *lanes) name(lane int) string {
	if len(l.Tasks.Label) > 0 && l.Tasks.Label[lane] != "" {
		return l.Tasks.Label[lane] + " " + l.Tasks.Name[lane]
	}
	if l.Tasks.Kind[lane] == kindCoroutine {
		return fmt.Sprintf("%s %d", l.Tasks.Name[lane], l.Tasks.ID[lane])
	}
	return fmt.Sprintf("%d %s", l.Tasks.ID[lane], l.Tasks.Name[lane])
}
