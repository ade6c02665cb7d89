package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// recordings has real recordings to damage.
type recordings struct {
	samples []sample
	formats []string // of export
	many    *many
}

// sample is a recording, and what is in it.
type sample struct {
	file   []byte
	blocks []block
	lines  [][]string      // the events of each block, as JSON lines
	known  map[string]bool // all of them
}

func beginRecordings(s *stage) (a attempt, err error) {
	ctx := context.Background()
	var r recordings
	if r.formats, err = s.formats(ctx); err != nil {
		return a, err
	}
	if r.many, err = s.openMany(); err != nil {
		return a, err
	}
	commands := map[string][]string{
		// several chunks
		"waits":      {"record", "-q", "--", "sh", "-c", "for i in 1 2 3 4 5; do (exit $i) & sleep 0.5; done; wait"},
		"coroutines": {"demo", "-q", "coroutine"},
		"http":       {"demo", "-q", "--http", "http"},
		"threads":    {"record", "-q", "--duration", "1s", "threadpool"},
		"zombies":    {"demo", "-q", "-n", "100", "--rate", "30"},
	}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		path := filepath.Join(s.folder, name+".trc")
		argv := slices.Insert(commands[name], 1, "-o", path)
		o, err := s.run(ctx, time.Minute, append([]string{s.tracer}, argv...)...)
		if err == nil && o.code != 0 {
			err = fmt.Errorf("%v: exit code %d: %s", argv, o.code, o.stderr)
		}
		if err != nil {
			return a, err
		}
		one, err := s.readSample(ctx, path)
		if err != nil {
			return a, err
		}
		r.samples = append(r.samples, one)
	}
	return attempt{try: r.try, least: 2 * len(damages)}, nil
}

// formats are those that export says it knows.
func (s *stage) formats(ctx context.Context) ([]string, error) {
	o, err := s.run(ctx, patience, s.tracer, "export", "--help")
	if err != nil {
		return nil, err
	}
	_, list, ok := strings.Cut(string(o.stdout), "in another format: ")
	list, _, _ = strings.Cut(list, "\n")
	if formats := strings.Split(list, ", "); ok && len(formats) > 2 {
		return formats, nil
	}
	return nil, fmt.Errorf("export names no formats: %s", o.stdout)
}

func (s *stage) readSample(ctx context.Context, path string) (one sample, err error) {
	if one.file, err = os.ReadFile(path); err != nil {
		return one, err
	}
	if one.blocks, err = parseBlocks(one.file); err != nil {
		return one, err
	}
	o, err := s.run(ctx, patience, s.tracer, "export", path, "--to", "jsonl")
	if err != nil || o.code != 0 {
		return one, fmt.Errorf("export: exit code %d: %w", o.code, err)
	}
	lines := slices.Collect(strings.Lines(string(o.stdout)))
	one.known = map[string]bool{}
	for _, line := range lines {
		one.known[line] = true
	}
	for _, b := range one.blocks {
		n := min(b.events(), len(lines))
		one.lines, lines = append(one.lines, lines[:n]), lines[n:]
	}
	if len(lines) > 0 {
		return one, fmt.Errorf("export: %d lines more than there are events", len(lines))
	}
	return one, nil
}

// A reader takes no more than this, whatever the file: a chunk of 16 MiB, a header of 64, each some times over.
const (
	readerTime   = patience
	readerMemory = 256 << 20
)

// Most commands run in one process, some in their own, as they are used.
const (
	oneInAlone = 16
	oneInPiped = 4
	oneInShown = 64
)

func (r *recordings) try(ctx context.Context, t *try) error {
	d := damages[t.number%len(damages)]
	from := slices.Clone(r.samples)
	t.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	path := t.file("bad.trc")
	damaged := d.do(t, from)
	if err := os.WriteFile(path, damaged, 0o644); err != nil {
		return err
	}
	t.count(d.name, 1)
	var left *remains
	for range 2 {
		named, stdin := path, ""
		if t.IntN(oneInPiped) == 0 {
			named, stdin = "-", path
		}
		if d.honest {
			left = from[0].remains(damaged, stdin != "")
		}
		argv := pick(t, r.commands(named))
		run, where := r.many.run, "many"
		if t.IntN(oneInAlone) == 0 {
			run, where = r.many.alone, "tracer"
		}
		t.doing = fmt.Sprintf("%s, %d bytes: %s %s", d.name, len(damaged), where, strings.Join(argv, " "))
		o, err := run(ctx, readerTime, t, argv, stdin)
		if err != nil {
			return err
		}
		t.read(argv, o)
		left.given(t, argv, o)
		t.count("reads", 1)
		t.count("reads by "+where, 1)
		t.most("MB at most", int(o.memory>>20))
		t.most("ms at most", int(o.took.Milliseconds()))
	}
	if t.IntN(oneInShown) == 0 {
		if d.honest {
			left = from[0].remains(damaged, false)
		}
		t.doing = fmt.Sprintf("%s, %d bytes: tracer view %s, on a screen", d.name, len(damaged), path)
		return t.show(ctx, path, left)
	}
	return nil
}

// commands are all ways to read a recording.
func (r *recordings) commands(path string) [][]string {
	all := [][]string{{"summary", path}, {"summary", path, "--json"}, {"check", path, "zombies_left == 0"},
		{"check", path, "all(processes, .pid > 0)", "count(connections, .queued_ms != nil) >= 0"},
		{"query", path, "processes"}, {"query", path, "connections", "--json"}, {"report", path, "-o", "-"},
		{"view", path, "--plain"},
		{"view", path, "--json"}}
	for _, format := range r.formats {
		all = append(all, []string{"export", path, "--to", format})
	}
	return all
}

// read expects of a command that reads that it ends soon and in little memory, says at most a line, or a line for what
// is damaged and one for the end that is missing, and prints whole JSON.
func (t *try) read(argv []string, o outcome) {
	what := argv[0]
	if !t.sane(what, o, append([]int{1}, readable...)...) {
		return
	}
	if o.memory > readerMemory {
		t.fail(fmt.Sprintf("%s: at most %d MB", what, readerMemory>>20), fmt.Sprintf("%d MB", o.memory>>20))
	}
	holdsNot := o.code == 1 && argv[0] == "check" && len(o.stdout) > 0
	switch {
	case o.code == 0, holdsNot:
		if len(o.stderr) > 0 {
			t.fail(what+": nothing on standard error", string(o.stderr))
		}
	case o.code == 1:
		t.oneLine(what, o.stderr)
	default:
		t.lines(what, 2, o.stderr)
	}
	if o.code == 0 || len(o.stdout) > 0 {
		t.wholeJSON(what, argv, o.stdout)
	}
	t.printable(what, o)
}

// wholeJSON expects what programs are to read to be JSON.
func (t *try) wholeJSON(what string, argv []string, text []byte) {
	switch {
	case slices.Contains(argv, "--json"):
		if !json.Valid(text) {
			t.fail(what+": JSON", string(text))
		}
	case slices.Contains(argv, "jsonl"), slices.Contains(argv, "connections"):
		for line := range bytes.Lines(text) {
			if !json.Valid(line) {
				t.fail(what+": JSON in each line", string(line))
				return
			}
		}
	}
}
