package main

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
)

// damage is a way to damage a recording. One that leaves the checksums of what it changes wrong cannot make events that
// did not happen.
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

// place draws one in a recording, mostly behind its header, of which hardly anything is left when it is damaged.
func (s *sample) place(t *try) int {
	begin := 0
	if t.IntN(4) > 0 {
		begin = fileHead + blockHead + len(s.blocks[0].body)
	}
	return begin + t.IntN(len(s.file)-begin)
}

func cut(t *try, from []sample) []byte { return from[0].file[:from[0].place(t)] }

func flip(t *try, from []sample) []byte {
	file := slices.Clone(from[0].file)
	for range 1 + t.IntN(4) {
		file[from[0].place(t)] ^= 1 << t.IntN(8)
	}
	return file
}

func overwrite(t *try, from []sample) []byte {
	file := slices.Clone(from[0].file)
	begin := from[0].place(t)
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
	blocks[i].body = mutate(t, blocks[i].body)
	return seal(from[0].file, blocks)
}

// mutate changes bytes: some others, huge numbers, pieces left out or repeated.
func mutate(t *try, body []byte) []byte {
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
	values := []string{"-1", "1e308", "18446744073709551616", "null", `"\ud800"`, `"\u001b]0;x\u0007"`, "[]", "{}",
		"true",
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

// bomb has a small file that unpacks to much, or to the same for ever. Of the streams of a chunk one is long, each in
// its turn: a reader unpacks only those in which so much can stand.
func bomb(t *try, from []sample) []byte {
	blocks := slices.Clone(from[0].blocks[:1])
	var header struct {
		Streams int `json:"streams"`
	}
	_ = json.Unmarshal(blocks[0].body, &header) // it is whole
	events, kind, size := pick(t, []int{0, 1, 1, 1 << 14}), 1+t.IntN(30), (6<<20)>>t.IntN(4)
	bodies := make([][]byte, header.Streams)
	for i := range 1 + t.IntN(2000) {
		long := i % len(bodies)
		if bodies[long] == nil || events > 0 {
			streams := make([]int, header.Streams)
			streams[long] = size
			bodies[long] = chunk(i*events, kind, events, streams)
		}
		blocks = append(blocks, block{"EVTS", bodies[long]})
	}
	if t.IntN(2) == 0 {
		blocks = append(blocks, from[0].blocks[1:]...)
	}
	return seal(from[0].file, blocks)
}
