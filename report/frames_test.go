package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tracer/event"
	"tracer/record"
	"tracer/words"
)

// served is a recording of connections, each served by a process of its own, or all by a few of them.
func served(t *testing.T, connections, workers int) string {
	t.Helper()
	root := event.Task{TID: 100, Start: 1}
	start := event.Time(1)
	events := []event.Event{{Time: 1, Kind: event.Exec, Task: root, PID: 100, Flags: event.Launch | event.Root,
		Comm: event.Text("server"), Path: "/server", Disposition: event.Handler}}
	fork := func(n int) event.Task {
		start += 1000
		child := event.Task{TID: event.TID(1000 + n), Start: start}
		events = append(events, event.Event{Time: start, Kind: event.Fork, Task: root, PID: 100, Child: child,
			ChildPID: event.PID(child.TID), NSPID: event.PID(child.TID), Parent: 100, ExitSignal: event.SIGCHLD,
			Comm: event.Text("server")})
		return child
	}
	var tasks []event.Task
	for n := range workers {
		tasks = append(tasks, fork(n))
	}
	for n := range connections {
		number := uint64(n + 1)
		start += 10_000
		events = append(events, event.Event{Time: start, Kind: event.Accept, Task: root, PID: 100, Connection: number,
			Call:   event.Accept4,
			Socket: &event.Socket{Listener: event.Addr("127.0.0.1:80"), Peer: event.Addr("127.0.0.1:9"), Queued: 5000}})
		var task event.Task
		if workers > 0 {
			task = tasks[n%workers]
		} else {
			task = fork(n)
		}
		own := event.Event{Task: task, PID: event.PID(task.TID), Connection: number}
		for i, kind := range []event.Kind{event.Serve, event.Serve, event.Close, event.Exit, event.Wait} {
			e := own
			e.Time, e.Kind = start+event.Time(3000*(i+1)), kind
			switch i {
			case 0:
				e.BytesRead = 10
			case 1:
				e.BytesWritten = 10
			case 3:
				e = event.Event{Time: e.Time, Kind: kind, Task: task, PID: e.PID, Flags: event.GroupDead, Parent: 100,
					Reaper: 1, Comm: event.Text("server")}
			case 4:
				e = event.Event{Time: e.Time, Kind: kind, Task: root, PID: 100, Child: task, Call: event.Wait4}
			}
			if i < 3 || workers == 0 {
				events = append(events, e)
			}
		}
	}
	slices.SortStableFunc(events, func(a, b event.Event) int { return int(a.Time - b.Time) })
	events = append(events, event.Event{Time: start + 1_000_000, Kind: event.End})
	var b bytes.Buffer
	w, err := record.NewWriter(&b, record.Meta{Kernel: "6.12"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(events), w.Close(record.Trailer{})); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.trc")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// frames has the lanes zoomed, moved and scrolled, once a frame, as by a reader who holds a key or drags, and returns
// how long each frame took: from the time that the browser gave for it to that of the next. Where nothing changes, that
// is what the machine itself makes of it.
const frames = `(async () => {
	const canvas = document.getElementById("lanes"), { view } = tracerReport;
	const key = (k) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key: k, bubbles: true, cancelable: true }));
	const frame = () => new Promise(requestAnimationFrame);
	const moves = { zoom: [], move: [], scroll: [], nothing: [] };
	const time = async (list, n, act) => {
		let last = await frame();
		for (let i = 0; i < n; i++) {
			act(i);
			const now = await frame();
			list.push(now - last);
			last = now;
		}
	};
	const wheel = (options) => { const box = canvas.getBoundingClientRect();
		canvas.dispatchEvent(new WheelEvent("wheel", { cancelable: true, clientX: box.x + box.width / 2,
			clientY: box.y + 200, ...options })); };
	await time([], 10, () => tracerReport.paint());
	for (let round = 0; round < 3; round++) {
		key("0");
		await time(moves.zoom, 40, (i) => wheel({ ctrlKey: true, deltaY: i < 20 ? -100 : 100 }));
		for (let i = 0; i < 4 * round; i++) key("+");
		await time(moves.move, 40, (i) => key(i < 20 ? "ArrowRight" : "ArrowLeft"));
		await time(moves.nothing, 40, () => {});
		await time(moves.scroll, 40, (i) => wheel({ deltaY: i < 20 ? 300 : -300 }));
	}
	return moves;
})()`

// TestFrames: how long the lanes of 100,000 spans take from frame to frame; scripts/report --frames has it measured.
func TestFrames(t *testing.T) {
	if os.Getenv("FRAMES") == "" {
		t.Skip("scripts/report --frames runs it: it measures")
	}
	for _, shape := range []struct {
		name                 string
		connections, workers int
	}{{"a process for each connection", 17_000, 0}, {"eight workers", 26_000, 8}} {
		b := browse(t, html(t, served(t, shape.connections, shape.workers), Options{Words: words.English()}))
		b.do(chromedp.Focus("#lanes"), chromedp.ScrollIntoView("#lanes"))
		t.Logf("%s: %s spans and %s edges on %s lanes", shape.name, b.value("tracerReport.counts.spans"),
			b.value("tracerReport.counts.edges"), b.value("tracerReport.counts.tasks"))
		var moves map[string][]float64
		b.do(chromedp.Evaluate(frames, &moves, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
			return p.WithAwaitPromise(true)
		}))
		for _, name := range []string{"nothing", "zoom", "move", "scroll"} {
			times := moves[name]
			slices.Sort(times)
			line := fmt.Sprintf("%s, %s: median %.0f ms, 95 %% %.0f ms, of %d frames", shape.name, name,
				times[len(times)/2], times[len(times)*95/100], len(times))
			if t.Log(line); times[len(times)*95/100] >= 50 {
				t.Errorf("not smooth: %s", line)
			}
		}
	}
}
