package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// remains is what is left of a recording whose checksums tell all that was changed.
type remains struct {
	readable bool     // its header is whole
	whole    bool     // and all else that there is to read
	lines    []string // the events that can be had
}

// remains finds it. From a pipe, what comes behind a length that cannot be trusted cannot be had.
func (s *sample) remains(damaged []byte, piped bool) *remains {
	same := func(begin, end int) bool {
		return end <= len(damaged) && bytes.Equal(s.file[begin:end], damaged[begin:end])
	}
	left := &remains{}
	at := fileHead
	for i, b := range s.blocks {
		body, end := at+blockHead, at+blockHead+len(b.body)
		good := same(at, end)
		switch {
		case b.kind == "META":
			if !good || !same(0, fileHead) {
				return left
			}
			left.readable, left.whole = true, true
		case good && b.kind == "EVTS":
			left.lines = append(left.lines, s.lines[i]...)
		case good && b.kind == "DONE":
			return left
		case !good:
			left.whole = false
			if piped && !same(at, body) {
				return left
			}
		}
		at = end
	}
	return left
}

// codes are the exit codes that tell of it.
func (left *remains) codes() []int {
	switch {
	case !left.readable:
		return []int{1}
	case !left.whole:
		return []int{3}
	}
	return []int{0}
}

// given expects that a command gave all that is left and said what is not. Of nil nothing is known.
func (left *remains) given(t *try, argv []string, o outcome) {
	if left == nil || o.late {
		return
	}
	holds := argv[0] == "check" && left.readable && left.whole && o.code == 1 // or rather it does not
	if !slices.Contains(left.codes(), o.code) && !holds {
		t.fail(fmt.Sprintf("%s: exit code %v", argv[0], left.codes()), fmt.Sprintf("%d: %s", o.code, o.stderr))
	}
	if summed := argv[0] != "export"; summed && left.readable == (len(o.stdout) == 0) {
		t.fail(fmt.Sprintf("%s: counters: %v", argv[0], left.readable), fmt.Sprintf("%d bytes", len(o.stdout)))
	}
	if !slices.Contains(argv, "jsonl") {
		return
	}
	got := slices.DeleteFunc(slices.Collect(strings.Lines(string(o.stdout))), func(line string) bool {
		return strings.Contains(line, `"kind":"lost"`) // in their place
	})
	if !slices.Equal(got, left.lines) {
		t.fail(fmt.Sprintf("the %d events that are left", len(left.lines)),
			fmt.Sprintf("%d, %d of them alike", len(got), alike(got, left.lines)))
	}
	t.count("events that were left", len(left.lines))
}

// alike is how many are the same at the beginning.
func alike(a, b []string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
