package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/text"
	"tracer/words"
)

// drawing is a picture in SVG. What goes wrong as it is written, the end reports.
type drawing struct{ *bufio.Writer }

// draw begins a picture. A reader who cannot see it is told its title, and what it shows. Its kind makes their ids
// differ from those of others in one page.
func draw(w io.Writer, kind string, width, height int, l *words.Language, title, shows string) drawing {
	d := drawing{bufio.NewWriter(w)}
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" lang="%s" `+
		`font-family="sans-serif" font-size="12" role="img" aria-labelledby="%s-title %s-shows">`+"\n"+
		`<title id="%s-title">%s</title>`+"\n"+`<desc id="%s-shows">%s</desc>`+"\n"+
		`<rect width="100%%" height="100%%" fill="#ffffff"/>`+"\n", width, height, width, height, l.Name, kind, kind,
		kind, escaped(title), kind, escaped(shows))
	return d
}

// IsPicture reports whether a file is a picture that a report drew: it begins as each of them does.
func IsPicture(r io.Reader) bool {
	begin := make([]byte, 400) // up to its title
	n, _ := io.ReadFull(r, begin)
	return aPicture.Match(begin[:n])
}

var aPicture = regexp.MustCompile(`^<svg xmlns="http://www\.w3\.org/2000/svg" [^>]* role="img" ` +
	`aria-labelledby="(lanes|curves|histogram)-title (lanes|curves|histogram)-shows">`)

func (d drawing) end() error {
	fmt.Fprintln(d, "</svg>")
	return d.Flush()
}

// Colours of what is not data.
const (
	inkColor   = "#1b1f24"
	quietColor = "#57606a"
	lineColor  = "#d0d7de"
)

// text stands at a place: "start", in its middle, or up to it ("end").
func (d drawing) text(x, y float64, anchor, color, content string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" fill="%s" text-anchor="%s">%s</text>`+"\n", x, y, color, anchor,
		escaped(content))
}

func (d drawing) line(x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, `<path d="M%.1f %.1fL%.1f %.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, lineColor)
}

// plot is where numbers are drawn: from its left to its right they grow to most.
type plot struct {
	left, right, top, bottom float64
	from, to                 float64 // at the left, at the right
	most                     int     // at the top
}

func (p plot) x(v float64) float64 { return p.left + (v-p.from)/(p.to-p.from)*(p.right-p.left) }
func (p plot) y(n int) float64 {
	return p.bottom - float64(n)/float64(max(p.most, 1))*(p.bottom-p.top)
}

// The axes of charts.
const (
	chartLeft   = 70
	chartRight  = pictureWidth - 30
	panelHeight = 130 // of one curve
	panelTitle  = 24
	chartTicks  = 5
	chartFoot   = 42
	barsTop     = 2 * panelTitle // of the histogram
	barsBottom  = 250
)

// counts draws the lines of whole numbers, from 0 up.
func (d drawing) counts(p plot) {
	step := stepOf(p.most, 4)
	for n := 0; n <= p.most; n += step {
		d.line(p.left, p.y(n), p.right, p.y(n))
		d.text(p.left-6, p.y(n)+4, "end", quietColor, strconv.Itoa(n))
	}
}

// stepOf is 1, 2 or 5, or so many tens, hundreds and so on: it leads to a number in so many steps at most.
func stepOf(most, steps int) int {
	for power := 1; ; power *= 10 {
		for _, n := range []int{1, 2, 5} {
			if n*power*steps >= most {
				return n * power
			}
		}
	}
}

// times draws what the numbers from left to right mean, below.
func (d drawing) times(p plot, title string, write func(v float64) string) {
	for i := range chartTicks + 1 {
		v := p.from + (p.to-p.from)*float64(i)/chartTicks
		fmt.Fprintf(d, `<path d="M%.1f %.1fv5" stroke="%s"/>`+"\n", p.x(v), p.bottom, quietColor)
		d.text(p.x(v), p.bottom+18, "middle", quietColor, write(v))
	}
	d.text((p.left+p.right)/2, p.bottom+34, "middle", inkColor, title)
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes all
	return b.String()
}

// curveColors are those of the kinds of curves. Each has a panel of its own, so that nothing depends on them.
var curveColors = []string{"#0969da", "#8250df", "#cf222e", "#1a7f37"}

// titles are what the kinds of curves are called.
func (c *curves) titles(say *words.ReportPage) []string {
	return []string{say.Alive, say.Threads, say.Zombies, say.Open}
}

// svg draws each curve in a panel of its own, above the same axis of time.
func (c *curves) svg(w io.Writer, l *words.Language) error {
	say, titles, peaks := &l.Report, c.titles(&l.Report.Page), []string(nil)
	for _, curve := range c.Of {
		peaks = append(peaks, say.Peak(titles[curve.Kind], uint64(curve.most()),
			text.DurationText(event.Time(c.At[curve.First]))))
	}
	d := draw(w, "curves", pictureWidth, len(c.Of)*panelHeight+chartFoot+6, l, say.OverTime,
		strings.Join(peaks, "\n"))
	p := plot{left: chartLeft, right: chartRight, to: float64(c.At[len(c.At)-1])}
	for i, curve := range c.Of {
		p.top, p.bottom = float64(i*panelHeight+panelTitle), float64((i+1)*panelHeight)
		p.most = curve.most()
		d.text(p.left, p.top-8, "start", inkColor, peaks[i])
		d.counts(p)
		d.curve(p, c.At, curve)
	}
	d.times(p, say.Time, func(v float64) string { return text.DurationText(event.Time(v)) })
	return d.end()
}

// curve draws steps, as a line and as the area below it. Where nothing changes, no step is written.
func (d drawing) curve(p plot, at []int64, c curve) {
	var steps strings.Builder
	for i, n := range c.Counts {
		if i > 0 && n != c.Counts[i-1] {
			fmt.Fprintf(&steps, "H%.2fV%.2f", p.x(float64(at[i])), p.y(n))
		}
	}
	fmt.Fprintf(&steps, "H%.2f", p.right)
	color, begin := curveColors[c.Kind], p.y(c.Counts[0])
	fmt.Fprintf(d, `<path d="M%.2f %.2fV%.2f%sV%.2fZ" fill="%s" fill-opacity="0.15"/>`+"\n", p.left, p.bottom, begin,
		steps.String(), p.bottom, color)
	fmt.Fprintf(d, `<path class="curve" d="M%.2f %.2f%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", p.left,
		begin, steps.String(), color)
}

// svg draws the bars, each with its numbers as words.
func (h *histogram) svg(w io.Writer, l *words.Language) error {
	say, all, most := &l.Report, 0, 0
	for _, n := range h.Counts {
		all, most = all+n, max(most, n)
	}
	high := h.Low + h.Wide*float64(len(h.Counts))
	d := draw(w, "histogram", pictureWidth, barsBottom+chartFoot+6, l, say.Histogram,
		say.OpenBetween(uint64(all), milliseconds(h.Low), milliseconds(high)))
	p := plot{left: chartLeft, right: chartRight, top: barsTop, bottom: barsBottom, from: h.Low, to: high, most: most}
	d.text(p.left, panelTitle-8, "start", inkColor, say.Page.Connections)
	d.counts(p)
	for i, n := range h.Counts {
		begin, end := h.Low+h.Wide*float64(i), h.Low+h.Wide*float64(i+1)
		left, right := p.x(begin), p.x(end)
		fmt.Fprintf(d, `<rect class="bar" x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s" stroke="%s">`+
			"<title>%s</title></rect>\n", left+1, p.y(n), right-left-2, p.bottom-p.y(n), curveColors[openConnections],
			inkColor, escaped(say.OpenBetween(uint64(n), milliseconds(begin), milliseconds(end))))
		if n > 0 {
			d.text((left+right)/2, p.y(n)-4, "middle", inkColor, strconv.Itoa(n))
		}
	}
	d.times(p, say.OpenForTime, milliseconds)
	return d.end()
}
