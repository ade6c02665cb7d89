package httpserver

import (
	"iter"
	"strings"
)

// Field is one header line: a name and its value.
type Field struct {
	Name, Value string
}

// Header is the header lines of a request, as they came and in their order.
type Header []Field

// Get is the value of the first field with the name, in whatever case; "" without one.
func (h Header) Get(name string) string {
	for i := range h {
		if equalFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// Has reports whether a field with the name is there, be it empty.
func (h Header) Has(name string) bool {
	for i := range h {
		if equalFold(h[i].Name, name) {
			return true
		}
	}
	return false
}

// Values is the value of each field with the name, in order.
func (h Header) Values(name string) []string {
	var values []string
	for i := range h {
		if equalFold(h[i].Name, name) {
			values = append(values, h[i].Value)
		}
	}
	return values
}

// equalFold compares field names: ASCII letters in any case, everything else exactly.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// elements is the elements of a comma-separated value, trimmed, the empty ones left out (RFC 9110, 5.6.1).
func elements(value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for value != "" {
			var element string
			element, value, _ = strings.Cut(value, ",")
			if element = trimBlanks(element); element != "" && !yield(element) {
				return
			}
		}
	}
}

// trimBlanks cuts the optional white space, blanks and tabs, around a value.
func trimBlanks(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// What a byte may be part of.
const (
	inToken  = 1 << iota // a method or a field name (RFC 9110, 5.6.2)
	inValue              // a field value: visible, blank, tab, or above ASCII
	inTarget             // a request target: visible, or above ASCII, but no fragment
	inHost               // a registered name or IPv4 address (RFC 3986, 3.2.2)
)

var class = func() (table [256]uint8) {
	const (
		letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		token   = "!#$%&'*+-.^_`|~"
		host    = "-._~!$&'()*+,;="
	)
	for c := range 256 {
		b := byte(c)
		if strings.IndexByte(letters+token, b) >= 0 {
			table[b] |= inToken
		}
		if strings.IndexByte(letters+host, b) >= 0 {
			table[b] |= inHost
		}
		if visible := c > ' ' && c != 0x7f; visible {
			table[b] |= inValue
			if c != '#' {
				table[b] |= inTarget
			}
		}
	}
	table[' '] |= inValue
	table['\t'] |= inValue
	return table
}()

// all reports whether every byte of s is of the class.
func all(s string, want uint8) bool {
	for i := range len(s) {
		if class[s[i]]&want == 0 {
			return false
		}
	}
	return true
}
