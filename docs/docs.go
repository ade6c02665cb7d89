// Package docs has the documents that tracer itself shows.
package docs

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
)

//go:embed findings.md
var findings string

// Finding returns what docs/findings.md says of a rule, in parts of lines of Markdown: first what mends it, then why it
// is so, then the rest. What stands before them, the sentence of such a finding, is left out. There are none where
// nothing is said.
func Finding(rule string) (parts [][]string) {
	for _, line := range section(findings, rule) {
		if strings.HasPrefix(line, "**") {
			parts = append(parts, nil)
		}
		if n := len(parts); n > 0 {
			parts[n-1] = append(parts[n-1], line)
		}
	}
	slices.SortStableFunc(parts, func(a, b []string) int { return cmp.Compare(rank(a[0]), rank(b[0])) })
	return parts
}

func rank(first string) int {
	for i, part := range []string{mends, why} {
		if strings.HasPrefix(first, part) {
			return i
		}
	}
	return 2
}

// How the parts begin.
const (
	why   = "**Why it is so.**"
	mends = "**What mends it.**"
)

// section returns the lines below the heading that names a rule, alone or beside others, up to the next one.
func section(document, rule string) (lines []string) {
	within := false
	for line := range strings.Lines(document) {
		line = strings.TrimSuffix(line, "\n")
		heading := strings.TrimLeft(line, "#")
		switch {
		case heading != line && within:
			return lines
		case heading != line:
			within = slices.Contains(strings.Split(strings.TrimSpace(heading), ", "), rule)
		case within:
			lines = append(lines, line)
		}
	}
	return lines
}
