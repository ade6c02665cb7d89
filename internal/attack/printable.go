package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mischief reports whether a character moves, colours, hides or turns what stands on a terminal, or breaks a line
// there.
func mischief(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// firstMischief returns the first place in a text with a character that may not reach a terminal, or a byte that is no
// text; empty if there is none.
func firstMischief(text string) string {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || mischief(r) {
			return strconv.QuoteToASCII(text[max(0, i-60):min(len(text), i+60)])
		}
		i += size
	}
	return ""
}

// printable expects that a command's output and its messages hold nothing that a terminal obeys.
func (t *try) printable(what string, o outcome) {
	for _, stream := range []struct {
		name string
		text []byte
	}{{"output", o.stdout}, {"messages", o.stderr}} {
		if place := firstMischief(string(stream.text)); place != "" {
			t.fail(fmt.Sprintf("%s: %s that a terminal can show", what, stream.name), place)
		}
	}
}

// harmless shows a text with all else as Go escapes.
func harmless(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || mischief(r) {
			quoted := strconv.QuoteToASCII(text[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}
