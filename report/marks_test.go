package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tracer/event"
	"tracer/words"
)

// marked is the example with marks, one of them of an event that is not there.
func marked(t *testing.T, notes ...string) string {
	t.Helper()
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.trc")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	marks := []event.Mark{{Event: 1 << 60, Note: "of no event"}}
	for i, note := range notes {
		marks = append(marks, event.Mark{Event: uint64(i+1) * 100, Note: note})
	}
	if err := open(t, path).KeepMarks(marks); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMarks: the marks of a recording stand in a list, with their numbers and notes, and in the lanes, in each form and
// language; a recording without marks has neither.
func TestMarks(t *testing.T) {
	path := marked(t, "here it begins", "", "a](javascript:x) </script><b> \x1b[2J \u202e")
	for _, l := range words.Languages() {
		o := Options{Words: l}
		page := string(html(t, path, o))
		text, picture := markdown(t, path, o)
		for _, want := range []string{`<h2 id="marks">` + l.Report.Marks, `data-event="100">`, "here it begins</li>",
			`data-event="200">`, `data-event="300">`, `&lt;/script&gt;&lt;b&gt; \x1b[2J \u202e</li>`, `"notes":[`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", l.Name, want)
			}
		}
		for _, want := range []string{"## " + l.Report.Marks, " 100) here it begins\n", " 200) \n",
			` 300) a\](javascript:x) &lt;/script\>&lt;b\> \\x1b\[2J \\u202e`} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the Markdown lacks %q", l.Name, want)
			}
		}
		if n := strings.Count(picture, `stroke-dasharray="2 2"`); n != 3 || !strings.Contains(picture, ">3</text>") {
			t.Errorf("%s: %d marks in the picture", l.Name, n)
		}
		for _, form := range []string{page, text, picture} {
			if strings.Contains(form, "of no event") || strings.ContainsRune(form, '\x1b') ||
				strings.Contains(form, "<b>") {
				t.Errorf("%s: a report has what it must not have", l.Name)
			}
		}
		plain := string(html(t, example, o))
		if strings.Contains(plain, l.Report.Marks) || strings.Contains(plain, `"notes"`) {
			t.Errorf("%s: marks where there are none", l.Name)
		}
	}
}

// TestChangesAreMarks: what the user changed as it was traced is among the marks, in the order of the events, with its
// sentence and its moment.
func TestChangesAreMarks(t *testing.T) {
	for _, l := range words.Languages() {
		s := told{comm: "handler", question: "noted"}
		var page bytes.Buffer
		if err := HTML(&page, s.recording(t), Options{Words: l}); err != nil {
			t.Fatal(err)
		}
		change := l.EventLine(&event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SetReap,
			Setting: "handler"}})
		_, list, _ := strings.Cut(page.String(), `<h2 id="marks">`)
		noted, changed := strings.Index(list, "noted</li>"), strings.Index(list, change+"</li>")
		if noted < 0 || changed < noted || !strings.Contains(list, `data-event="6">`) ||
			!strings.Contains(page.String(), `"notes":[4,6]`) {
			t.Errorf("%s: a note at %d, a change at %d of\n%.1000s", l.Name, noted, changed, list)
		}
	}
}

// TestBrowserLeadsToMarks: a click on a mark shows its moment in the lanes, where it is drawn.
func TestBrowserLeadsToMarks(t *testing.T) {
	b := browse(t, html(t, marked(t, "here", "there"), Options{Words: words.English()}))
	pixels := func() string {
		return b.value(`(() => { const c = document.getElementById("lanes"), p = c.getContext("2d");
			const link = getComputedStyle(document.documentElement).getPropertyValue("--link").trim();
			const rgb = [1, 3, 5].map(i => parseInt(link.slice(i, i + 2), 16));
			const d = p.getImageData(0, 10, c.width, 25).data; let n = 0;
			for (let i = 0; i < d.length; i += 4) if (rgb.every((v, k) => d[i + k] === v)) n++;
			return n > 100; })()`)
	}
	b.until("tracerReport.view.rows.length > 0")
	b.do(chromedp.Evaluate("tracerReport.paint()", nil))
	if got := pixels(); got != "true" {
		t.Errorf("no mark is drawn: %s", got)
	}
	whole := b.value(width)
	b.do(chromedp.Click(".marks li:nth-child(2) button", chromedp.ByQuery))
	b.until(width + " < " + whole + " / 3")
	b.until(`(m => Math.abs(m - Number(document.querySelector(".marks li:nth-child(2) button").dataset.at)) <= ` + width +
		`)((tracerReport.view.begin + tracerReport.view.end) / 2)`)
}
