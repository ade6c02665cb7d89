// Package text turns facts of a trace into words: event lines, statuses, durations, and text of other programs made
// safe to show.
//
// Everything here is a pure function of its arguments and knows no screen. The viewer, the plain output and the reports
// all take their words from here, so that the same thing is called the same everywhere.
//
// Command names, arguments, paths and addresses are bytes that another program chose. Escape makes them harmless: what
// it returns holds only characters that a reader can see, so it cannot move a cursor, change a colour, turn the
// direction of the line or hide something, and it can be turned back into the bytes that it came from.
package text

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// maxMarks is how many combining marks one character may carry; more of them would reach into the lines above and
// below.
const maxMarks = 2

// Escape makes text of another program safe to show. Control characters, invalid UTF-8, format characters (bidi
// overrides, joiners), invisible characters and heaps of combining marks become Go escapes (\n, \x1b, \u202e); a
// backslash is doubled, so that the result is unambiguous. The rest is kept.
func Escape(s string) string {
	if plain(s) {
		return s
	}
	return escape(s, asGo, `\`)
}

// Line makes a sentence that holds text of other programs safe to show, on one line. It does what Escape does but for
// backslashes, which it keeps: parts of the sentence may be escaped or quoted already.
func Line(s string) string { return escape(s, asGo, "") }

// asGo writes what cannot be seen as an escape of Go.
func asGo(b *strings.Builder, hidden string, r rune) {
	if r == utf8.RuneError && len(hidden) == 1 {
		hexByte(b, hidden[0])
	} else {
		escapeRune(b, r)
	}
}

// escape keeps what can be seen, and has hide write the rest: the bytes and the character that they are. So it does
// with those characters that would be taken for the beginning or the end of an escape.
func escape(s string, hide func(b *strings.Builder, hidden string, r rune), special string) string {
	var b strings.Builder
	marks := maxMarks // a mark at the very start has nothing to stand on
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case combines(r) && visible(r) && marks < maxMarks:
			b.WriteRune(r)
			marks++
		case r == utf8.RuneError && size == 1, strings.ContainsRune(special, r), !visible(r), combines(r),
			uniseg.StringWidth(string(r)) == 0: // a skin tone without a hand
			hide(&b, s[i:i+size], r)
			marks = 0
		default:
			b.WriteRune(r)
			marks = 0
		}
		i += size
	}
	return b.String()
}

// JSON makes a JSON document safe to show: what cannot be seen, and stands in its strings, becomes the escapes of JSON.
// The document keeps its value and its lines.
func JSON(document []byte) []byte {
	safe := make([]byte, 0, len(document)+16)
	for _, r := range string(document) {
		if r == '\n' { // between values; that of a string is escaped already
			safe = append(safe, '\n')
		} else {
			safe = AppendJSON(safe, r)
		}
	}
	return safe
}

// AppendJSON appends a character of a JSON string, as an escape where a reader would not see it. Quotes and backslashes
// are appended as they are.
func AppendJSON(b []byte, r rune) []byte {
	if visible(r) {
		return utf8.AppendRune(b, r)
	}
	for _, unit := range utf16.AppendRune(nil, r) {
		b = append(b, '\\', 'u', hexDigits[unit>>12], hexDigits[unit>>8&15], hexDigits[unit>>4&15], hexDigits[unit&15])
	}
	return b
}

// ASCII writes every character beyond ASCII of an escaped text as an escape too, for a terminal that cannot show it.
func ASCII(escaped string) string {
	if ascii(escaped) {
		return escaped
	}
	var b strings.Builder
	for _, r := range escaped {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			escapeRune(&b, r)
		}
	}
	return b.String()
}

// plain reports whether s is printable ASCII without a backslash, as nearly all text is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f || s[i] == '\\' {
			return false
		}
	}
	return true
}

func combines(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Me) }

// visible reports whether a reader sees r. Some letters are made to be invisible (fillers), and variation selectors
// change the width of what they follow in some terminals and not in others.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

const hexDigits = "0123456789abcdef"

func hexByte(b *strings.Builder, c byte) {
	b.WriteString(`\x`)
	b.WriteByte(hexDigits[c>>4])
	b.WriteByte(hexDigits[c&15])
}

func escapeRune(b *strings.Builder, r rune) {
	switch {
	case r == '\\':
		b.WriteString(`\\`)
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\t':
		b.WriteString(`\t`)
	case r == '\r':
		b.WriteString(`\r`)
	case r < utf8.RuneSelf:
		hexByte(b, byte(r))
	default:
		digits, sign := 4, byte('u')
		if r > 0xffff {
			digits, sign = 8, 'U'
		}
		b.WriteByte('\\')
		b.WriteByte(sign)
		for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
			b.WriteByte(hexDigits[r>>shift&15])
		}
	}
}

// Width is how many cells of a terminal s takes.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// Cut returns what of s fits into width cells; when something had to go, it ends with more.
func Cut(s string, width int, more string) string {
	if Width(s) <= width {
		return s
	}
	room := width - Width(more)
	if room < 0 {
		room, more = width, ""
	}
	used, end, state := 0, 0, -1
	for rest := s; rest != "" && used < room; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > room {
			break
		}
		used += w
		end += len(cluster)
	}
	return s[:end] + more
}

// Pad fills s with blanks at its right up to width cells; a longer one is kept as it is.
func Pad(s string, width int) string {
	if n := width - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// Arguments shows an argv, each ended by NUL, as bash and zsh would take it. What Escape would not show is quoted, so
// that it can be copied from the screen and is the same bytes again.
func Arguments(args string) string {
	if args == "" {
		return ""
	}
	parts := strings.Split(strings.TrimSuffix(args, "\x00"), "\x00")
	for i, p := range parts {
		parts[i] = quote(p, i == 0)
	}
	return strings.Join(parts, " ")
}

// quote quotes an argument where a shell would not take it as it is. In the first one, the command, an equals sign
// would make it an assignment.
func quote(s string, first bool) string {
	special := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return r < utf8.RuneSelf && !letter && !strings.ContainsRune("_@%+=:,./-", r)
	}
	switch {
	case Line(s) != s:
		return "$'" + escape(s, inShell, `\'!`) + "'" // bash's history looks into these quotes for a !
	case s == "" || strings.ContainsFunc(s, special) || s[0] == '=' || first && strings.Contains(s, "="):
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// inShell writes what cannot be seen as it is written between $' and '. The bytes of a character, since \u is another
// one in each locale.
func inShell(b *strings.Builder, hidden string, r rune) {
	switch r {
	case '\\', '\'':
		b.WriteString(`\` + hidden)
	case '\n', '\t', '\r':
		escapeRune(b, r)
	default:
		for i := range len(hidden) {
			hexByte(b, hidden[i])
		}
	}
}
