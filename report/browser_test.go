package report

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	printing "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"tracer/text"
	"tracer/words"
)

// browser is a page of a report in Chromium.
type browser struct {
	context.Context
	t        *testing.T
	mutex    sync.Mutex
	trouble  []string // what its console said, and what it asked for
	requests int
}

// chromium is one for all tests, with a tab for each page.
var chromium struct {
	once    sync.Once
	context context.Context // nil: there is none
	err     error
	stop    []context.CancelFunc
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range slices.Backward(chromium.stop) {
		stop()
	}
	os.Exit(code)
}

func startChromium() {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
			chromedp.WindowSize(1200, 900), chromedp.WSURLReadTimeout(time.Minute))
		allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
		first, closeFirst := chromedp.NewContext(allocated)
		chromium.context, chromium.stop = first, []context.CancelFunc{stop, closeFirst}
		chromium.err = chromedp.Run(first)
		return
	}
}

// browse opens the report of a recording, in a tab of its own.
func browse(t *testing.T, html []byte) *browser {
	t.Helper()
	chromium.once.Do(startChromium)
	if chromium.context == nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium, which CI is to have")
		}
		t.Skip("needs Chromium (Debian: chromium)")
	}
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	file := filepath.Join(t.TempDir(), "a.html")
	if err := os.WriteFile(file, html, 0o600); err != nil {
		t.Fatal(err)
	}
	tab, closeTab := chromedp.NewContext(chromium.context)
	t.Cleanup(closeTab)
	limited, cancel := context.WithTimeout(tab, 3*time.Minute)
	t.Cleanup(cancel)
	b := &browser{Context: limited, t: t}
	chromedp.ListenTarget(tab, b.listen)
	b.do(network.Enable(), chromedp.EmulateViewport(1200, 900), chromedp.Navigate("file://"+file),
		chromedp.WaitReady("#lanes"))
	t.Cleanup(func() {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		for _, line := range b.trouble {
			t.Error(line)
		}
	})
	return b
}

func (b *browser) listen(e any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := e.(type) {
	case *runtime.EventConsoleAPICalled:
		for _, a := range e.Args {
			b.trouble = append(b.trouble, fmt.Sprintf("the console: %s", a.Value))
		}
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, "an exception: "+e.ExceptionDetails.Error())
	case *network.EventRequestWillBeSent:
		if b.requests++; b.requests > 1 {
			b.trouble = append(b.trouble, "a request to "+e.Request.URL)
		}
	}
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// value is that of an expression in the page, as text.
func (b *browser) value(expression string) (value string) {
	b.t.Helper()
	b.do(chromedp.Evaluate("String("+expression+")", &value))
	return value
}

// until waits for an expression to be true.
func (b *browser) until(expression string) {
	b.t.Helper()
	if err := chromedp.Run(b, chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		b.t.Fatalf("%s: %v; below the lanes stands %q, beside the search %q", expression, err,
			b.value("under.textContent"), b.value("search.value + ': ' + found.textContent"))
	}
}

const width = "(tracerReport.view.end - tracerReport.view.begin)"

// TestBrowser: the page as its reader uses it, with the mouse, with keys, in the dark, on paper.
func TestBrowser(t *testing.T) {
	b := browse(t, html(t, example, Options{Words: words.English()}))
	whole := b.value(width)
	b.until(`document.querySelectorAll("#curves canvas, #histogram canvas").length === 2`)

	// With keys: zoom, pan, lanes, spans, search.
	b.do(chromedp.Focus("#lanes"), chromedp.KeyEvent("+"), chromedp.KeyEvent("+"))
	b.until(width + " < " + whole + " / 3")
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.do(chromedp.KeyEvent("0"))
	b.until(width + " == " + whole)
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	b.until(`tracerReport.view.lane === 2 && /^(process|thread) /.test(under.textContent)`)
	b.do(chromedp.KeyEvent("n"))
	b.until(`tracerReport.view.selected >= 0 && under.textContent.includes(" + ")`)
	b.do(input.DispatchKeyEvent(input.KeyRawDown).WithKey("/")) // without its character, as after preventDefault
	b.until(`document.activeElement.id === "search"`)
	last := b.value(`document.getElementById("data").textContent.match(/"pid":\[([0-9,]*)\]/)[1].split(",").pop()`)
	b.do(chromedp.KeyEvent(last))
	b.until(`document.getElementById("found").textContent === "found 1 / 1" && under.textContent.includes("` + last + `")`)
	b.do(chromedp.SendKeys("#search", "no such task"))
	b.until(`document.getElementById("found").textContent === "nothing found"`)

	// With the mouse: a tip, a drag, the wheel, the evidence of a finding.
	b.do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent("0"), chromedp.ScrollIntoView("#lanes"))
	var box []float64
	b.do(chromedp.Evaluate(`(r => [r.x, r.y, r.width])(lanes.getBoundingClientRect())`, &box))
	at := func(dx, dy float64) (x, y float64) { return box[0] + dx, box[1] + dy }
	x, y := at(box[2]/2, 34)
	b.do(chromedp.MouseEvent(input.MouseMoved, x, y))
	b.until(`!tip.hidden && tip.textContent.includes("process ")`)
	b.do(input.DispatchMouseEvent(input.MouseWheel, x, y).WithDeltaY(-100).WithModifiers(input.ModifierCtrl))
	b.until(width + " < " + whole)
	begin := b.value("tracerReport.view.begin")
	b.do(chromedp.MouseEvent(input.MousePressed, x, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.MouseMoved, x-100, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.MouseReleased, x-100, y, chromedp.ButtonLeft))
	b.until("tracerReport.view.begin > " + begin)
	b.do(chromedp.Click("#zoom-all"))
	b.until(width + " == " + whole)
	b.do(chromedp.Click(".findings button"))
	b.until(width + " < " + whole + ` && under.textContent.includes(document.querySelector(".findings button").dataset.pid)`)

	// In the dark, and on paper.
	light := b.value("getComputedStyle(document.body).backgroundColor")
	b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: "dark"}}))
	b.until(`getComputedStyle(document.body).backgroundColor !== "` + light + `"`)
	var pdf []byte
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = printing.PrintToPDF().WithPrintBackground(true).Do(ctx)
		return err
	}))
	if !strings.HasPrefix(string(pdf), "%PDF-") || len(pdf) < 10_000 {
		t.Errorf("printed %d bytes", len(pdf))
	}
}

// TestBrowserSeesAllLanes: what the page draws is what the trace holds.
func TestBrowserSeesAllLanes(t *testing.T) {
	b := browse(t, html(t, example, Options{Words: words.Chinese()}))
	s := summary(t, example)
	want := fmt.Sprint(s.ProcessesCreated + s.ThreadsCreated + s.CoroutinesCreated + 1)
	if got := b.value("tracerReport.counts.tasks"); got != want {
		t.Errorf("%s lanes, want %s", got, want)
	}
	if got := b.value("document.documentElement.lang"); got != "zh" {
		t.Errorf("the language is %s", got)
	}
	if got := b.value(`document.querySelector("h2").textContent`); got != "运行了什么" {
		t.Errorf("the first title is %s", got)
	}
}

// TestHostileNamesInTheBrowser: of names that would be markup or scripts nothing runs, nothing is asked for, and there
// are the same elements as of plain ones. What they are is shown, in the lanes, too.
func TestHostileNamesInTheBrowser(t *testing.T) {
	const elements = `Array.from(document.querySelectorAll("*"), e => e.tagName + e.attributes.length).join(" ")`
	count := func(s *told) (*browser, string) {
		page, _, _ := s.forms(t)
		b := browse(t, []byte(page))
		b.until(`tracerReport.view.rows.length > 0 && document.querySelectorAll("#curves canvas").length > 0`)
		return b, b.value(elements)
	}
	_, want := count(&told{"x", "x", "x", "x", "x", "x", "x", "x", "x"})
	for _, evil := range []string{
		`</script><script>window.owned=1</script><img src=x onerror="window.owned=1">`,
		`"><svg onload=window.owned=1></style><style>*{display:none}</style><base href=//x><iframe src=//x>`,
		`javascript:window.owned=1`, "'-(window.owned=1)-'`${window.owned=1}`]]>--><!--",
		"\x1b[2J\u202e\n\u2028{{.Script}}",
	} {
		b, got := count(&told{evil, evil, evil, evil, evil, evil[:min(len(evil), 15)], evil, evil, evil})
		if got != want {
			t.Errorf("%q: other elements: %s", evil, cmp.Diff(want, got))
		}
		b.do(chromedp.Focus("#lanes"), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent("n"))
		b.until(`under.textContent.length > 0`)
		if owned := b.value("window.owned"); owned != "undefined" {
			t.Errorf("%q ran", evil)
		}
		shown := b.value(`tracerReport.tell(0, -1) + document.title + document.querySelector("h1").textContent`)
		if !strings.Contains(shown, text.Escape(evil[:7])) {
			t.Errorf("%q is not shown: %q", evil, shown)
		}
	}
}

// TestAccessible: axe-core finds nothing serious. AXE names its file, which scripts/report fetches.
func TestAccessible(t *testing.T) {
	script := os.Getenv("AXE")
	if script == "" {
		t.Skip("scripts/report runs it, which fetches axe-core")
	}
	axe, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	b := browse(t, html(t, marked(t, "here"), Options{Words: words.English(), Author: "Ana",
		Questions: []string{"Why?"}}))
	b.accessible(string(axe))
	_, pictures := beside(t, open(t, marked(t, "here")), Options{Words: words.English()})
	if len(pictures) != 3 {
		t.Fatalf("%d pictures", len(pictures))
	}
	b = browse(t, []byte(`<!DOCTYPE html><html lang="en"><title>Pictures</title><main id="lanes"><h1>Pictures</h1>`+
		strings.Join(slices.Sorted(maps.Values(pictures)), "\n")+`</main>`))
	b.until(`document.querySelectorAll("svg[role=img]").length === 3`)
	b.accessible(string(axe))
}

// accessible has axe-core check the page, in light and dark.
func (b *browser) accessible(axe string) {
	t := b.t
	t.Helper()
	var ready any
	b.do(chromedp.Evaluate(axe+"; 1", &ready))
	for _, scheme := range []string{"light", "dark"} {
		b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}}))
		var flaws []string
		b.do(chromedp.Evaluate(`axe.run().then(r => r.violations.filter(v => v.impact === "serious" ||
			v.impact === "critical").map(v => v.id + ": " + v.help + " " + v.nodes.map(n => n.target.join(" ")).join(", ")))`,
			&flaws, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		for _, flaw := range flaws {
			t.Errorf("%s: %s", scheme, flaw)
		}
	}
}

// TestNothingIsCut: at no width do tables need to be scrolled, nor does the page, in any language, also on paper.
func TestNothingIsCut(t *testing.T) {
	for _, l := range words.Languages() {
		b := browse(t, html(t, example, Options{Words: l}))
		for _, media := range []string{"screen", "print"} {
			for _, width := range []int64{1100, 800} {
				b.do(emulation.SetEmulatedMedia().WithMedia(media), chromedp.EmulateViewport(width, 900))
				b.until(fmt.Sprintf(`innerWidth === %d && matchMedia(%q).matches`, width, media))
				b.until(`document.querySelector("#curves .uplot") && Array.from(document.querySelectorAll(
					"html, .scroll, table, #curves, #histogram")).every(e => e.scrollWidth <= e.clientWidth + 1)`)
			}
		}
	}
}

// TestPrinted: on paper there are all lanes, each with its bar, below the times on each page, and the times that show a
// finding. Afterwards the screen is as it was.
func TestPrinted(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil && os.Getenv("CI") == "" {
		t.Skip("needs pdftotext (Debian: poppler-utils)")
	}
	b := browse(t, html(t, example, Options{Words: words.English()}))
	b.do(chromedp.Focus("#lanes"), chromedp.KeyEvent(kb.ArrowDown))
	b.until(`tracerReport.view.lane === 1`)
	state := `JSON.stringify([tracerReport.view.begin, tracerReport.view.end, tracerReport.view.top,
		tracerReport.view.lane, tracerReport.view.rows.length, lanes.width])`
	before := b.value(state)
	file := filepath.Join(t.TempDir(), "a.pdf")
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		pdf, _, err := printing.PrintToPDF().Do(ctx) // without backgrounds, as browsers do if not told otherwise
		if err != nil {
			return err
		}
		return os.WriteFile(file, pdf, 0o600)
	}))
	printed, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	p, err := makePage(open(t, example), &Options{Words: words.English()})
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range p.lanes.Tasks.ID {
		if name := fmt.Sprintf("%d tracer", pid); !strings.Contains(string(printed), name+"\n") {
			t.Errorf("the lane of %s is not printed", name)
		}
	}
	for i, page := range strings.Split(string(printed), "\f") {
		if lane := regexp.MustCompile(`(?m)^ *\d+ tracer$`); lane.MatchString(page) &&
			!regexp.MustCompile(`\b500 ms\b`).MatchString(page) {
			t.Errorf("page %d has no times above its lanes:\n%s", i+1, page)
		}
	}
	for _, f := range p.Findings {
		for _, e := range f.Evidence {
			if !regexp.MustCompile(`shown by:[^:]*\b` + regexp.QuoteMeta(e.Time) + `\b`).Match(printed) {
				t.Errorf("%s, which shows %s, is not printed", e.Time, f.Rule)
			}
		}
	}
	b.until(`!document.documentElement.classList.contains("paper")`)
	if after := b.value(state); after != before {
		t.Errorf("after printing the page is at %s, was at %s", after, before)
	}
	b.do(emulation.SetEmulatedMedia().WithMedia("print"))
	b.until(`document.querySelectorAll("#sheet canvas").length === Math.ceil(tracerReport.counts.tasks / 5)`)
	if empty := b.value(`Array.from(document.querySelectorAll("#sheet canvas")).filter(c => {
		const all = c.getContext("2d").getImageData(400, 0, c.width - 400, c.height).data; let dark = 0;
		for (let i = 0; i < all.length; i += 4) if (all[i] < 250) dark++;
		return dark < 1000; }).length`); empty != "0" {
		t.Errorf("%s of the printed pictures have no bars", empty)
	}
}
