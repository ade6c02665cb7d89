package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// browse opens the report of a recording.
func browse(t *testing.T, html []byte) *browser {
	t.Helper()
	var chromium string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium, which CI is to have")
		}
		t.Skip("needs Chromium (Debian: chromium)")
	}
	file := filepath.Join(t.TempDir(), "a.html")
	if err := os.WriteFile(file, html, 0o600); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.WindowSize(1200, 900), chromedp.WSURLReadTimeout(time.Minute))
	allocated, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	limited, cancel := context.WithTimeout(tab, 3*time.Minute)
	t.Cleanup(cancel)
	b := &browser{Context: limited, t: t}
	chromedp.ListenTarget(tab, b.listen)
	b.do(network.Enable(), chromedp.Navigate("file://"+file), chromedp.WaitReady("#lanes"))
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
	var ready any
	b.do(chromedp.Evaluate(string(axe)+"; 1", &ready))
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
