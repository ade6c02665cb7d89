package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/event"
	"tracer/text"
	"tracer/timeline"
	"tracer/words"
)

// inThePage is what a page gives its script to draw.
type inThePage struct {
	Lanes struct {
		Spans struct {
			Kind, Open, Connection []int
			Begin, Length          []int64
		}
		End int64
	}
	Charts struct {
		Curves struct {
			At []int64
			Of []struct {
				Kind   int
				Counts []int
			}
		}
		Histogram histogram
	}
}

func dataOf(t *testing.T, page string) *inThePage {
	t.Helper()
	var d inThePage
	if err := json.Unmarshal([]byte(pageText.FindStringSubmatch(page)[1]), &d); err != nil {
		t.Fatal(err)
	}
	for _, column := range [][]int64{d.Lanes.Spans.Begin, d.Charts.Curves.At} {
		for i := range column[:max(len(column), 1)-1] {
			column[i+1] += column[i]
		}
	}
	return &d
}

// at counts the spans of some kinds at a moment, one by one.
func (d *inThePage) at(moment int64, kinds []timeline.Kind) (n int) {
	s := &d.Lanes.Spans
	for i, kind := range s.Kind {
		if slices.Contains(kinds, spanKinds[kind]) && s.Begin[i] <= moment &&
			(slices.Contains(s.Open, i) || moment < s.Begin[i]+s.Length[i]) {
			n++
		}
	}
	return n
}

// TestCurvesCountTheSpans that the lanes of the page have at each moment, and their peaks are those of all moments.
func TestCurvesCountTheSpans(t *testing.T) {
	met := map[int]bool{}
	for name, path := range recordings(t) {
		d := dataOf(t, string(html(t, path, Options{Words: words.English()})))
		drawn := map[int]bool{}
		for _, c := range d.Charts.Curves.Of {
			drawn[c.Kind], met[c.Kind] = true, true
			for i, moment := range d.Charts.Curves.At {
				if want := d.at(moment, curveSpans[c.Kind]); c.Counts[i] != want {
					t.Fatalf("%s: curve %d at %d: %d, want %d", name, c.Kind, moment, c.Counts[i], want)
				}
			}
			most := 0
			for _, moment := range d.Lanes.Spans.Begin {
				most = max(most, d.at(moment, curveSpans[c.Kind]))
			}
			if got := slices.Max(c.Counts); got != most {
				t.Errorf("%s: curve %d has %d at most, want %d", name, c.Kind, got, most)
			}
		}
		for _, kind := range d.Lanes.Spans.Kind {
			for c, kinds := range curveSpans {
				if slices.Contains(kinds, spanKinds[kind]) && !drawn[c] {
					t.Fatalf("%s: curve %d is missing", name, c)
				}
			}
		}
	}
	if len(met) != len(curveSpans) {
		t.Errorf("only curves %v were met", met)
	}
}

// TestCurvesAgreeWithTheCounters of the example: those are counted by the model, not from spans.
func TestCurvesAgreeWithTheCounters(t *testing.T) {
	p, err := makePage(open(t, example), &Options{Words: words.English()})
	if err != nil {
		t.Fatal(err)
	}
	s, c := summary(t, example), p.lanes.charts()
	zombies := c.Curves.Of[2]
	if zombies.Kind != 2 || zombies.most() != int(s.ZombiesPeak) {
		t.Errorf("%d zombies at most, want %d", zombies.most(), s.ZombiesPeak)
	}
	all := 0
	for _, n := range c.Histogram.Counts {
		all += n
	}
	if all != int(s.Accepts) || all != 48 {
		t.Errorf("%d connections in the histogram, want %d", all, s.Accepts)
	}
}

// TestManyChangesKeepThePeak: where not all changes can be drawn, the greatest is.
func TestManyChangesKeepThePeak(t *testing.T) {
	l := &lanes{End: 1 << 20}
	span := func(begin, length int64) {
		l.Spans.Kind, l.Spans.Begin = append(l.Spans.Kind, 0), append(l.Spans.Begin, begin)
		l.Spans.Length = append(l.Spans.Length, length)
	}
	for i := range int64(10_000) {
		span(100*i, 50)
	}
	for range 7 {
		span(500_049, 1)
	}
	c := l.charts().Curves
	if len(c.At) > 2*curvePoints || len(c.At) < curvePoints {
		t.Errorf("%d moments of 20,000", len(c.At))
	}
	if len(c.Of) != 1 || c.Of[0].most() != 8 || c.At[c.Of[0].First] != 500_049 {
		t.Errorf("%d at most, want 8", c.Of[0].most())
	}
}

func TestHistogram(t *testing.T) {
	for _, c := range []struct {
		times []float64
		want  histogram
	}{
		{nil, histogram{}},
		{[]float64{3}, histogram{}},
		{[]float64{3, 3}, histogram{3, 1, []int{2, 0, 0, 0, 0}}},
		{[]float64{0, 1, 4, 4.5, 10}, histogram{0, 2, []int{2, 0, 2, 0, 1}}},
	} {
		if d := cmp.Diff(c.want, histogramOf(c.times)); d != "" {
			t.Errorf("%v: %s", c.times, d)
		}
	}
	if many := histogramOf(make([]float64, 10_000)); len(many.Counts) != 40 || many.Counts[0] != 10_000 {
		t.Errorf("%v", many)
	}
}

// figure is an element of a picture.
type figure struct {
	name, class, says string
	looks             map[string]string
}

// figuresOf reads a picture, which is well-formed.
func figuresOf(t *testing.T, picture string) (all []figure) {
	t.Helper()
	var open []int
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			f := figure{name: e.Name.Local, looks: map[string]string{}}
			for _, a := range e.Attr {
				f.looks[a.Name.Local] = a.Value
			}
			f.class = f.looks["class"]
			open, all = append(open, len(all)), append(all, f)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, i := range open {
				all[i].says += string(e)
			}
		}
	}
}

func numberIn(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var step = regexp.MustCompile(`([MHV])([0-9.]+)(?: ([0-9.]+))?`)

// TestPicturesDrawTheNumbersOfThePage: what is measured in the pictures is what the page gives its script.
func TestPicturesDrawTheNumbersOfThePage(t *testing.T) {
	curvesMet, barsMet := 0, 0
	for name, path := range recordings(t) {
		for _, l := range words.Languages() {
			o := Options{Words: l}
			f := formsOf(t, path, o)
			if !reflect.DeepEqual(f, formsOf(t, path, o)) {
				t.Errorf("%s: two reports differ", name)
			}
			d, text, pictures := dataOf(t, f.page), f.text, f.pictures
			for picture := range pictures {
				if !IsPicture(strings.NewReader(pictures[picture])) {
					t.Errorf("%s: %s is not taken for a picture", name, picture)
				}
				if strings.Count(text, "](<"+picture+">)") != 1 {
					t.Errorf("%s: %s is not in the Markdown, or not once", name, picture)
				}
			}
			if got := strings.Count(text, ".svg>)"); got != len(pictures) {
				t.Errorf("%s: %d pictures in the Markdown, want %d", name, got, len(pictures))
			}
			curvesMet += checkCurves(t, name, d, figuresOf(t, pictures["a b-curves.svg"]), l)
			barsMet += checkBars(t, name, d, figuresOf(t, pictures["a b-histogram.svg"]), l)
		}
	}
	if curvesMet < 100 || barsMet < 14 {
		t.Errorf("only %d curves and %d bars were met", curvesMet, barsMet)
	}
}

func checkCurves(t *testing.T, name string, d *inThePage, figures []figure, l *words.Language) int {
	t.Helper()
	c := &d.Charts.Curves
	var drawn []figure
	for _, f := range figures {
		if f.class == "curve" {
			drawn = append(drawn, f)
		}
	}
	if len(drawn) != len(c.Of) {
		t.Fatalf("%s: %d curves are drawn, want %d", name, len(drawn), len(c.Of))
	}
	end := float64(c.At[len(c.At)-1])
	for i, f := range drawn {
		most := slices.Max(c.Of[i].Counts)
		bottom, high := float64((i+1)*panelHeight), float64(panelHeight-panelTitle)
		var at, n float64
		got := make([]int, 0, len(c.At))
		value := func() int { return int(math.Round((bottom - n) / high * float64(max(most, 1)))) }
		for _, s := range step.FindAllStringSubmatch(f.looks["d"], -1) {
			switch s[1] {
			case "M":
				at, n = numberIn(t, s[2]), numberIn(t, s[3])
			case "V":
				n = numberIn(t, s[2])
			case "H":
				at = numberIn(t, s[2])
				for len(got) < len(c.At) && float64(c.At[len(got)])/end*(chartRight-chartLeft)+chartLeft < at-0.006 {
					got = append(got, value())
				}
			}
		}
		if at != chartRight {
			t.Errorf("%s: curve %d ends at %v", name, i, at)
		}
		for len(got) < len(c.At) {
			got = append(got, value())
		}
		different := 0 // moments less than a hundredth of a pixel apart stand in one place
		for m := range got {
			if got[m] != c.Of[i].Counts[m] {
				different++
			}
		}
		if different > len(got)/50 {
			t.Errorf("%s: curve %d: %s", name, i, cmp.Diff(c.Of[i].Counts, got))
		}
		first := slices.Index(c.Of[i].Counts, most)
		peak := l.Report.Peak((&curves{}).titles(&l.Report.Page)[c.Of[i].Kind], uint64(most),
			text.DurationText(event.Time(c.At[first])))
		if said := figures[2]; said.name != "desc" || !slices.Contains(strings.Split(said.says, "\n"), peak) {
			t.Errorf("%s: %q, want %q in it", name, said.says, peak)
		}
	}
	return len(drawn)
}

func checkBars(t *testing.T, name string, d *inThePage, figures []figure, l *words.Language) (met int) {
	t.Helper()
	h := &d.Charts.Histogram
	most := 0
	for _, n := range h.Counts {
		most = max(most, n)
	}
	for _, f := range figures {
		if f.class != "bar" {
			continue
		}
		share := numberIn(t, f.looks["height"]) / (barsBottom - barsTop)
		if got := int(math.Round(share * float64(most))); met >= len(h.Counts) || got != h.Counts[met] {
			t.Fatalf("%s: bar %d of %v is %d high", name, met, h.Counts, got)
		}
		begin := h.Low + h.Wide*float64(met)
		want := l.Report.OpenBetween(uint64(h.Counts[met]), milliseconds(begin),
			milliseconds(h.Low+h.Wide*float64(met+1)))
		if f.says != want {
			t.Errorf("%s: %q, want %q", name, f.says, want)
		}
		met++
	}
	if met != len(h.Counts) {
		t.Errorf("%s: %d bars, want %d", name, met, len(h.Counts))
	}
	return met
}

// TestSteps of an axis are whole, and not too many.
func TestSteps(t *testing.T) {
	for most, want := range map[int]int{0: 1, 1: 1, 4: 1, 5: 2, 9: 5, 20: 5, 21: 10, 81: 50, 100_000: 50_000} {
		if got := stepOf(most, 4); got != want {
			t.Error(fmt.Sprint(most, " in steps of ", got, ", want ", want))
		}
	}
}

// TestLegend: the picture of the lanes explains each kind that is in it, and has a sign of each exec.
func TestLegend(t *testing.T) {
	met := map[string]bool{}
	for name, path := range recordings(t) {
		for _, l := range words.Languages() {
			p, err := makePage(open(t, path), &Options{Words: l})
			if err != nil {
				t.Fatal(name, err)
			}
			_, picture := markdown(t, path, Options{Words: l})
			say, figures := &l.Report.Page, figuresOf(t, picture)
			explained := map[string]int{}
			execs := 0
			for _, f := range figures {
				if f.name == "g" {
					explained[f.says]++
				}
				if f.name == "path" && strings.HasPrefix(f.says, say.Exec+" ") {
					execs++
				}
			}
			if execs != len(p.lanes.Marks.Lane) {
				t.Errorf("%s: %d signs of an exec, want %d", name, execs, len(p.lanes.Marks.Lane))
			}
			for word, there := range map[string]bool{
				say.Zombie: slices.Contains(p.lanes.Spans.Kind, 3), say.Thread: slices.Contains(p.lanes.Spans.Kind, 1),
				say.Ending: slices.Contains(p.lanes.Spans.Kind, 5),
				say.Served: slices.Contains(p.lanes.Spans.Kind, 8), say.Reap: slices.Contains(p.lanes.Edges.Kind, 1),
				say.Coalesce: slices.Contains(p.lanes.Edges.Kind, 3), say.Exec: execs > 0,
			} {
				met[word] = met[word] || there
				if got := explained[word] == 1; got != there {
					t.Errorf("%s: in the legend %q: %v, want %v", name, word, got, there)
				}
			}
		}
	}
	for word, once := range met {
		if !once {
			t.Errorf("%q was never met", word)
		}
	}
}

// TestSpansDifferInLightness: on paper without colours, kinds that stand in one place can be told apart.
func TestSpansDifferInLightness(t *testing.T) {
	lightness := func(color string) float64 {
		n, err := strconv.ParseUint(color[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return 0.299*float64(n>>16) + 0.587*float64(n>>8&0xff) + 0.114*float64(n&0xff)
	}
	for i, a := range spanLooks {
		for j, b := range spanLooks[:i] {
			if a == "" || b == "" || (i >= firstPhase) != (j >= firstPhase) {
				continue
			}
			if d := math.Abs(lightness(a) - lightness(b)); d < 24 {
				t.Errorf("%s and %s differ by %.0f", a, b, d)
			}
		}
	}
}
