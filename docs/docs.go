// Package docs has the documents that tracer itself shows.
package docs

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
)

var (
	//go:embed findings.md
	findings string
	//go:embed findings-zh.md
	findingsChinese string
)

// document is what explains the findings in one language, and how its parts begin.
type document struct{ text, seen, why, mends string }

// documents are by the names of the languages.
var documents = map[string]document{
	"en": {findings, "**What is seen.**", "**Why it is so.**", "**What mends it.**"},
	"zh": {findingsChinese, "**看到的现象。**", "**原因。**", "**改正办法。**"},
}

// Finding returns what is said of a rule in the language of that name, or else in English, in parts of lines of
// Markdown: first what mends it, then why it is so, then the rest. What stands before them, the sentence of such a
// finding, is left out. There are none where nothing is said.
func Finding(language, rule string) (parts [][]string) {
	d, ok := documents[language]
	if !ok {
		d = documents["en"]
	}
	for _, line := range section(d.text, rule) {
		if strings.HasPrefix(line, "**") {
			parts = append(parts, nil)
		}
		if n := len(parts); n > 0 {
			parts[n-1] = append(parts[n-1], line)
		}
	}
	slices.SortStableFunc(parts, func(a, b []string) int { return cmp.Compare(d.rank(a[0]), d.rank(b[0])) })
	return parts
}

// rank says which part comes first, by the lines that they begin with.
func (d document) rank(first string) int {
	for i, part := range []string{d.mends, d.why} {
		if strings.HasPrefix(first, part) {
			return i
		}
	}
	return 2
}

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
