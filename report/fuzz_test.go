package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"tracer/event"
	"tracer/record"
	"tracer/words"
)

// told are the texts that a report shows, and which are not tracer's.
type told struct{ title, author, question, target, argument, comm, path, args, address string }

// recording is one in memory in which all of them stand.
func (s *told) recording(t *testing.T) *record.Recording {
	t.Helper()
	root, child := event.Task{TID: 100, Start: 1}, event.Task{TID: 101, Start: 3}
	events := []event.Event{
		{Kind: event.Exec, Task: root, PID: 100, Flags: event.Launch | event.Root, Comm: event.Text(s.comm),
			Path: s.path, Args: s.args, Disposition: event.Default},
		{Kind: event.Fork, Task: root, PID: 100, Child: child, ChildPID: 101, NSPID: 101, Parent: 100,
			ExitSignal: event.SIGCHLD, Comm: event.Text(s.comm)},
		{Kind: event.Fail, Task: root, PID: 100, Call: event.Bind, Comm: event.Text(s.comm), Count: 1,
			Rare:   &event.Rare{Errno: 98},
			Socket: &event.Socket{Local: event.Addr(s.address)}},
		{Kind: event.Fail, Task: child, PID: 101, Call: event.Execve, Path: s.path, Count: 1,
			Rare: &event.Rare{Errno: 2}},
		{Kind: event.Accept, Task: root, PID: 100, Connection: 1, Call: event.Accept4,
			Socket: &event.Socket{Listener: event.Addr(s.address), Peer: event.Addr(s.address)}},
		{Kind: event.Exec, Task: child, PID: 101, Comm: event.Text(s.comm), Path: s.path, Args: s.args},
		{Kind: event.Control, Task: event.Task{TID: 7}, PID: 7, Flags: event.Untraced,
			Rare: &event.Rare{Action: event.SetReap, Setting: event.Text(s.comm)}},
		{Kind: event.Kill, Task: root, PID: 100, Signal: 9, Target: 101, TargetPID: 101, Comm: event.Text(s.comm)},
		{Kind: event.Exit, Task: child, PID: 101, Flags: event.GroupDead, Parent: 100, Reaper: 1, Status: 9,
			Comm: event.Text(s.comm)},
		{Kind: event.End},
	}
	var b bytes.Buffer
	w, err := record.NewWriter(&b, record.Meta{Kernel: "6.12", Target: s.target, Command: []string{s.argument, s.args}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		events[i].Time = event.Time(i + 2)
	}
	marks := []event.Mark{{Event: 4, Note: s.question}}
	if err := errors.Join(w.Write(events), w.Mark(marks), w.Close(record.Trailer{})); err != nil {
		t.Fatal(err)
	}
	r, err := record.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return &record.Recording{Reader: r}
}

// forms are the report as a page, as Markdown, and its pictures.
func (s *told) forms(t *testing.T) (page, text, picture string) {
	t.Helper()
	o := Options{Words: words.English(), Title: s.title, Author: s.author, Questions: []string{s.question}}
	p, err := makePage(s.recording(t), &o)
	if err != nil {
		t.Fatal(err)
	}
	var html bytes.Buffer
	if err := p.html(&html); err != nil {
		t.Fatal(err)
	}
	text, pictures := besides(t, p, o.Words)
	for _, name := range slices.Sorted(maps.Keys(pictures)) {
		elements(t, pictures[name])
		picture += pictures[name]
	}
	return html.String(), text, picture
}

var (
	anyTag   = regexp.MustCompile(`<[a-zA-Z/!?][^>]*>?`)
	pageText = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
	// What begins something in Markdown when nothing stands before it that takes its meaning.
	aMark = regexp.MustCompile("\\\\.|[`*_\\[\\]#!|>~<]|&[a-z]+;")
)

// harmless is what there is in the forms of a report of plain words.
var harmless struct {
	once                sync.Once
	page, text, picture []string
}

// FuzzReport: whatever the texts of others are, a report has the same elements, marks and lines as one of plain words,
// and no character that cannot be seen.
func FuzzReport(f *testing.F) {
	for _, evil := range []string{"</script><script>alert(1)</script>", "<!--", "]]>", "\" onload=\"alert(1)", "`${x}`",
		"[a](javascript:x)", "```\n<b>", "\r\n# title", "- list", "1. list", "| a | b |", "\u202egnp.exe", "\x1b[2J",
		"\xff\x00", "&lt;b&gt;", "\\<b>", "a\u2028b", "{{.Style}}", "</style>", "</svg>", "\u0600", "=", "+ x"} {
		f.Add(evil, evil, evil, evil, evil, evil, evil, evil, evil)
	}
	script := assets("uplot/uPlot.iife.min.js", "page.js")
	f.Fuzz(func(t *testing.T, title, author, question, target, argument, comm, path, args, address string) {
		// None is empty, or the part that it stands in would be missing. The kernel keeps 15 bytes of a name.
		s := &told{title + "x", author + "x", question + "x", target + "x", argument + "x",
			comm[:min(len(comm), 14)] + "x", path + "x", args + "x", address + "x"}
		page, text, picture := s.forms(t)
		for _, own := range []string{assets("uplot/uPlot.min.css", "page.css"), script} {
			if !strings.Contains(page, own) {
				t.Fatal("the page's own style or script is another one")
			}
			page = strings.Replace(page, own, "", 1) // it is long, and the same in each
		}
		harmless.once.Do(func() {
			page, text, picture := (&told{"x", "x", "x", "x", "x", "x", "x", "x", "x"}).forms(t)
			page = strings.Replace(page, assets("uplot/uPlot.min.css", "page.css"), "", 1)
			harmless.page = anyTag.FindAllString(strings.Replace(page, script, "", 1), -1)
			harmless.picture, harmless.text = elements(t, picture), marksIn(text)
		})
		same(t, "elements of the page", anyTag.FindAllString(page, -1), harmless.page)
		same(t, "elements of the picture", elements(t, picture), harmless.picture)
		same(t, "marks in the Markdown", marksIn(text), harmless.text)
		data := pageText.FindStringSubmatch(page)
		if data == nil || !json.Valid([]byte(data[1])) || strings.Contains(data[1], "<") {
			t.Errorf("the data of the page: %q", data)
		}
		for name, form := range map[string]string{"page": page, "Markdown": text, "picture": picture} {
			if !utf8.ValidString(form) {
				t.Errorf("the %s is no UTF-8", name)
			}
			for _, r := range form {
				if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
					t.Fatalf("the %s has %U", name, r)
				}
			}
		}
	})
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("%s: %q, want %q", what, got[i], want[i])
			}
		}
		t.Fatalf("%d %s, want %d", len(got), what, len(want))
	}
}

// elements are those of a picture, which is well-formed.
func elements(t *testing.T, picture string) (all []string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("the picture: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			all = append(all, fmt.Sprint(e.Name.Local, len(e.Attr)))
		}
	}
}

// marksIn are the marks of each line outside of fences, and where those are. What is escaped is none.
func marksIn(text string) (all []string) {
	fence := ""
	for line := range strings.Lines(text) {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence != "":
			if ticks == fence && strings.TrimSpace(line) == ticks {
				fence = ""
				all = append(all, "end")
			}
			continue
		case len(ticks) >= 3:
			fence = ticks
			all = append(all, "fence")
			continue
		}
		marks := ""
		for _, m := range aMark.FindAllString(line, -1) {
			if len(m) == 1 {
				marks += m
			}
		}
		list := regexp.MustCompile(`^(\d+\. )?([-+] |\d+[.)] |=+$)?`).FindString(line)
		all = append(all, list+marks)
	}
	return all
}
