package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// recordings has real recordings to damage.
type recordings struct {
	samples []sample
	formats []string // of export
}

// sample is a recording with the events that are in it, as JSON lines.
type sample struct {
	file   []byte
	blocks []block
	lines  map[string]bool
}

func beginRecordings(s *stage) (a attempt, err error) {
	ctx := context.Background()
	var r recordings
	if r.formats, err = s.formats(ctx); err != nil {
		return a, err
	}
	commands := map[string][]string{
		"waits":      {"--", "sh", "-c", "for i in 1 2 3 4 5; do (exit $i) & sleep 0.5; done; wait"}, // several chunks
		"coroutines": {"--duration", "2s", "coroutine"},
		"http":       {"--duration", "1s", "--http", "http"},
		"threads":    {"--duration", "1s", "threadpool"},
	}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		path, err := s.sample(ctx, name+".trc", commands[name]...)
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
	one.lines = map[string]bool{}
	for line := range strings.Lines(string(o.stdout)) {
		one.lines[line] = true
	}
	return one, nil
}

// damage is a way to damage a recording. One that leaves the checksums of what it changes wrong cannot make events that did not happen.
type damage struct {
	name   string
	honest bool // it cannot
	do     func(*try, []sample) []byte
}

var damages = []damage{
	{"cut", true, cut},
	{"flipped", true, flip},
	{"overwritten", true, overwrite},
	{"spliced", false, splice},
	{"blocks shuffled", false, shuffle},
	{"changed under valid checksums", false, change},
	{"changed header under valid checksums", false, changeHeader},
	{"bomb", false, bomb},
}

func cut(t *try, from []sample) []byte {
	file := from[0].file
	return file[:t.IntN(len(file)+1)]
}

func flip(t *try, from []sample) []byte {
	file := slices.Clone(from[0].file)
	for range 1 + t.IntN(4) {
		file[t.IntN(len(file))] ^= 1 << t.IntN(8)
	}
	return file
}

func overwrite(t *try, from []sample) []byte {
	file := slices.Clone(from[0].file)
	begin := t.IntN(len(file))
	part := file[begin:min(len(file), begin+1+t.IntN(4096))]
	fill := t.IntN(2) == 0
	for i := range part {
		part[i] = 0
		if fill {
			part[i] = byte(t.IntN(256))
		}
	}
	return file
}

// splice puts a piece of one recording into another, in the place of a piece of it.
func splice(t *try, from []sample) []byte {
	a, b := from[0].file, from[1].file
	begin, end := t.IntN(len(a)+1), t.IntN(len(a)+1)
	from2, to2 := t.IntN(len(b)+1), t.IntN(len(b)+1)
	return slices.Concat(a[:min(begin, end)], b[min(from2, to2):max(from2, to2)], a[max(begin, end):])
}

// shuffle leaves out, repeats and mixes whole blocks of two recordings.
func shuffle(t *try, from []sample) []byte {
	blocks := slices.Clone(from[0].blocks)
	for range 1 + t.IntN(4) {
		i := t.IntN(len(blocks))
		switch t.IntN(4) {
		case 0:
			blocks = slices.Delete(blocks, i, min(i+1, max(1, len(blocks)-1)))
		case 1:
			blocks = slices.Insert(blocks, i, pick(t, from[1].blocks))
		case 2:
			blocks = slices.Insert(blocks, i, blocks[t.IntN(len(blocks))])
		case 3:
			j := t.IntN(len(blocks))
			blocks[i], blocks[j] = blocks[j], blocks[i]
		}
	}
	return seal(from[0].file, blocks)
}

// change changes the body of some block, and makes its checksums right.
func change(t *try, from []sample) []byte {
	blocks := slices.Clone(from[0].blocks)
	i := t.IntN(len(blocks))
	blocks[i].body = t.mutate(blocks[i].body)
	return seal(from[0].file, blocks)
}

// mutate changes bytes: some others, huge numbers, pieces left out or repeated.
func (t *try) mutate(body []byte) []byte {
	body = slices.Clone(body)
	for range 1 + t.IntN(4) {
		if len(body) == 0 {
			return []byte{0}
		}
		i := t.IntN(len(body))
		switch t.IntN(5) {
		case 0:
			body[i] = byte(t.IntN(256))
		case 1:
			body[i] ^= 1 << t.IntN(8)
		case 2:
			body = slices.Insert(body, i, binary.AppendUvarint(nil, t.Uint64()>>t.IntN(64))...)
		case 3:
			body = slices.Delete(body, i, min(len(body), i+1+t.IntN(16)))
		case 4:
			body = slices.Insert(body, i, body[i:min(len(body), i+1+t.IntN(64))]...)
		}
	}
	return body
}

// changeHeader makes a META block that is still JSON, with values that no tracer writes.
func changeHeader(t *try, from []sample) []byte {
	blocks := slices.Clone(from[0].blocks)
	body := string(blocks[0].body)
	values := []string{"-1", "1e308", "18446744073709551616", "null", `"\ud800"`, `"\u001b]0;x\u0007"`, "[]", "{}", "true",
		strings.Repeat("[", 5000) + strings.Repeat("]", 5000), `"` + strings.Repeat("x", 1<<20) + `"`}
	for range 1 + t.IntN(3) {
		colons := strings.Count(body, ":")
		if colons == 0 {
			break
		}
		parts := strings.SplitN(body, ":", 2+t.IntN(colons))
		last := len(parts) - 1
		end := strings.IndexAny(parts[last], ",}]")
		if end < 0 {
			continue
		}
		parts[last] = pick(t, values) + parts[last][end:]
		body = strings.Join(parts, ":")
	}
	blocks[0].body = []byte(body)
	return seal(from[0].file, blocks)
}

// bomb has a small file that unpacks to much, or to the same for ever.
func bomb(t *try, from []sample) []byte {
	blocks := slices.Clone(from[0].blocks[:1])
	var header struct {
		Streams int `json:"streams"`
	}
	_ = json.Unmarshal(blocks[0].body, &header) // it is whole
	empty := block{"EVTS", emptyChunk(header.Streams, (16<<20)/header.Streams>>t.IntN(4))}
	for range 1 + t.IntN(2000) {
		blocks = append(blocks, empty)
	}
	if t.IntN(2) == 0 {
		blocks = append(blocks, from[0].blocks[1:]...)
	}
	return seal(from[0].file, blocks)
}

// A reader takes no more than this, whatever the file: a chunk of 16 MiB, a header of 64, each some times over.
const (
	readerTime   = patience
	readerMemory = 256 << 20
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
	commands := r.commands(path)
	for _, argv := range []([]string){pick(t, commands), pick(t, commands)} {
		t.doing = fmt.Sprintf("%s, %d bytes: tracer %s", d.name, len(damaged), strings.Join(argv, " "))
		o, err := t.run(ctx, readerTime, append([]string{t.tracer}, argv...)...)
		if err != nil {
			return err
		}
		t.read(argv, o)
		if d.honest && slices.Contains(argv, "jsonl") {
			for line := range strings.Lines(string(o.stdout)) {
				if !from[0].lines[line] && !strings.Contains(line, `"kind":"lost"`) {
					t.fail("only events that were recorded", line)
					break
				}
			}
		}
		t.count("reads", 1)
	}
	return nil
}

// commands are all ways to read a recording.
func (r *recordings) commands(path string) [][]string {
	all := [][]string{{"summary", path}, {"summary", path, "--json"}, {"check", path, "zombies_left == 0"}, {"view", path, "--plain"},
		{"view", path, "--json"}}
	for _, format := range r.formats {
		all = append(all, []string{"export", path, "--to", format})
	}
	return all
}

// read expects of a command that reads that it ends soon and in little memory, says at most a line, and prints whole JSON.
func (t *try) read(argv []string, o outcome) {
	what := argv[0]
	if !t.sane(what, o, append([]int{1}, readable...)...) {
		return
	}
	if o.memory > readerMemory {
		t.fail(fmt.Sprintf("%s: at most %d MB", what, readerMemory>>20), fmt.Sprintf("%d MB", o.memory>>20))
	}
	lines := bytes.Count(o.stderr, []byte("\n"))
	switch failed := o.code != 0; {
	case failed && len(o.stdout) > 0 && argv[0] == "check": // it does not hold
	case failed:
		t.oneLine(what, o.stderr)
	case lines > 1:
		t.fail(what+": at most one line on standard error", string(o.stderr))
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
