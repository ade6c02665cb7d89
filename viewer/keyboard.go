package viewer

import (
	"fmt"
	"unicode/utf8"
)

// A keyboard makes what a terminal sends safe for the library that reads it, which can wait for ever for the end of
// what it takes for the beginning of something. What it gives is valid UTF-8, begins no control string, and no sequence
// in it is without bound. All else stays as it is. What it keeps between two reads is bounded, too.
//
// The library forgets an ESC by itself after a time that nobody else knows. So what is given in place of a character
// after an ESC is harmless with the ESC and without it.
type keyboard struct {
	part    [utf8.UTFMax]byte // the beginning of a character
	partial int
	keys    sequences
	inner   sequences // of the characters that a Windows console sends as numbers
}

// sequences follows what the library takes characters for.
type sequences struct {
	state      sequenceState
	parameters []byte
}

type sequenceState uint8

const (
	plain         sequenceState = iota
	escaped                     // after ESC
	controlled                  // after CSI, which is ESC [
	singleShifted               // after SS3, which is ESC O, and the like: one more character
)

const (
	esc  = '\x1b'
	bell = '\a'
	// mostParameters is how long the parameters of a sequence can be: twice what the longest one of a key or a mouse
	// has.
	mostParameters = 64
	// A key of a Windows console is six numbers, of which the last says how often it was pressed.
	mostNumbers = 6
	mostNumber  = 0xffff
	mostRepeats = 100
)

// filter appends to out what may go on of in, which was read in one piece.
func (k *keyboard) filter(out, in []byte) []byte {
	doubled := false // the character before was an ESC, so that the library cannot have forgotten it
	for i := 0; i < len(in); i++ {
		r, ok := k.character(in[i])
		if !ok {
			continue
		}
		switch open := k.keys.state == escaped; {
		case open && r == esc && doubled: // the library would not wait for what follows a second one
		case open && introduces(r) && i == len(in)-1: // a key: the string of a terminal would have come with it
			out = fmt.Appendf(out, "\x1b[%du", r)
			k.keys.state = plain
		case open && introduces(r):
			i += stringLength(in[i+1:])
			out = append(out, '\\') // ends the ESC
			k.keys.state = plain
		case k.keys.passes(r, &k.inner):
			out = utf8.AppendRune(out, r)
		}
		doubled = r == esc
	}
	return out
}

// character takes the next byte and returns the character that it ends. What is no UTF-8 is left out.
func (k *keyboard) character(b byte) (r rune, ok bool) {
	if k.partial > 0 && utf8.RuneStart(b) {
		k.partial = 0
	}
	k.part[k.partial] = b
	k.partial++
	if !utf8.FullRune(k.part[:k.partial]) {
		return 0, false
	}
	r, size := utf8.DecodeRune(k.part[:k.partial])
	ok = size == k.partial && (r != utf8.RuneError || size > 1)
	k.partial = 0
	return r, ok
}

// introduces reports whether r, after an ESC, begins a string that lasts until its terminator: DCS, SOS, OSC, PM, APC
// (ECMA-48, 5.6).
func introduces(r rune) bool { return r == 'P' || r == 'X' || r == ']' || r == '^' || r == '_' }

// stringLength is how much of text belongs to a control string: up to its terminator, or all.
func stringLength(text []byte) int {
	for i, b := range text {
		if b == bell || b == '\\' && i > 0 && text[i-1] == esc {
			return i + 1
		}
	}
	return len(text)
}

// passes takes the next character and reports whether it may go on. inner is for the characters within keys of a
// Windows console.
func (q *sequences) passes(r rune, inner *sequences) bool {
	switch {
	case q.state == controlled && r < utf8.RuneSelf && r != esc:
		return q.continues(r, inner)
	case r == esc:
		q.state = escaped
	case q.state == escaped && r == '[':
		q.state, q.parameters = controlled, q.parameters[:0]
	case q.state == escaped && (r == 'O' || r == 'N'):
		q.state = singleShifted
	default:
		q.state = plain
	}
	return true
}

// continues is passes within a control sequence.
func (q *sequences) continues(r rune, inner *sequences) bool {
	switch {
	case r >= ' ' && r < '@':
		if len(q.parameters) == mostParameters {
			return false
		}
		q.parameters = append(q.parameters, byte(r))
	case r == '[': // a function key of Linux's console
		q.state = singleShifted
	case r == '_' && !q.consoleKey(inner): // what comes next ends the sequence
		return false
	default:
		q.state = plain
	}
	return true
}

// consoleKey reports whether the parameters are a key of a Windows console, in bounds. One without a key's code stands
// for a character of its own; those make sequences again, and nothing within them.
func (q *sequences) consoleKey(inner *sequences) bool {
	n := q.numbers()
	switch {
	case inner == nil || len(n) == 0 || len(n) > mostNumbers || len(n) == mostNumbers && n[mostNumbers-1] > mostRepeats:
		return false
	case len(n) < 4 || n[0] != 0 || n[1] != 0 || n[3] == 0:
		return true
	}
	r := rune(n[2])
	return (inner.state != escaped || !introduces(r)) && inner.passes(r, nil)
}

// numbers are the parameters; none when one of them is no number, or too large.
func (q *sequences) numbers() (numbers []int) {
	n, digits := 0, 0
	for _, c := range append(q.parameters, ';') {
		switch {
		case c >= '0' && c <= '9' && n <= mostNumber:
			n, digits = n*10+int(c-'0'), digits+1
		case c == ';' && digits > 0 && n <= mostNumber:
			numbers, n, digits = append(numbers, n), 0, 0
		default:
			return nil
		}
	}
	return numbers
}
