package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// varies are the parts of a sentence that a trace fills in.
var varies = []*regexp.Regexp{
	regexp.MustCompile(`^(?:\d+\.){3}\d+:\d+`),                         // an address
	regexp.MustCompile(`^\d+(?:,\d{3})*(?:\.\d+)?(?: (?:us|ms|s)\b)?`), // a number, a duration
	regexp.MustCompile(`^ ?[(（][\w.?]+[)）]`),                           // the name of a process
	regexp.MustCompile(`^0x[0-9a-f]+`),
	regexp.MustCompile(`^(?:SIG|E)[A-Z]+`),
	regexp.MustCompile(`^greenlet`),
	regexp.MustCompile(`^/[\w/]+`),
	regexp.MustCompile(`^(?:accept|bind|clone|nanosleep|wait4|fork|exit|server)\b`),
}

// phrases are the literals of the sentences of a language, each with what is added to it.
func phrases(t *testing.T, files string) (all []string) {
	t.Helper()
	paths, err := filepath.Glob("../../words/" + files)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", files, err)
	}
	for _, path := range append(paths, "../../words/findings.go", "../../words/zombies.go", "../../words/waits.go",
		"../../words/words.go", "../../words/who.go", "../../words/events.go", "../../words/status.go") {
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, literals(tree)...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// literals returns the strings of a tree, those that are added to one another as one.
func literals(tree ast.Node) (found []string) {
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op != token.ADD {
				return true
			}
			sum := ""
			for _, term := range terms(n) {
				if s, ok := stringOf(term); ok {
					sum += s
					continue
				}
				found, sum = append(append(found, sum), literals(term)...), ""
			}
			found = append(found, sum)
			return false
		case *ast.BasicLit:
			if s, ok := stringOf(n); ok {
				found = append(found, s)
			}
		}
		return true
	})
	return found
}

func terms(e ast.Expr) []ast.Expr {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.ADD {
		return append(terms(b.X), terms(b.Y)...)
	}
	return []ast.Expr{e}
}

func stringOf(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// said returns how much of text is made of phrases, and of what a trace fills in. It may begin and end within a phrase,
// between two words.
func said(text string, phrases []string) int {
	reached := make([]bool, len(text)+1)
	reached[0] = true
	for i := range text {
		if !reached[i] {
			continue
		}
		for _, v := range varies {
			reached[i+len(v.FindString(text[i:]))] = true
		}
		for _, p := range phrases {
			if strings.HasPrefix(text[i:], p) {
				reached[i+len(p)] = true
			}
			if i == 0 { // from a word of it on
				for k := range p {
					if parts(p, k) && strings.HasPrefix(text, p[k:]) {
						reached[len(p)-k] = true
					}
					if parts(p, k) && strings.HasPrefix(p[k:], text) && parts(p, k+len(text)) {
						return len(text)
					}
				}
			} else if rest := text[i:]; strings.HasPrefix(p, rest) && parts(p, len(rest)) {
				return len(text)
			}
		}
	}
	most := len(text)
	for !reached[most] {
		most--
	}
	return most
}

// parts reports whether a word ends or begins at a place of s: between two Chinese characters one may.
func parts(s string, at int) bool {
	if at <= 0 || at >= len(s) {
		return true
	}
	before, after := []rune(s[:at]), []rune(s[at:])
	a, b := before[len(before)-1], after[0]
	latin := func(r rune) bool { return r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	return !latin(a) || !latin(b)
}

// quote is a sentence that a document says tracer prints.
var quote = regexp.MustCompile("`([^`]+)`")

// finding is the front of one: its severity, its process, its listener.
var finding = regexp.MustCompile(`^(?:(?:warning|note|incomplete): |(?:警告|提示|不完整)：)?` +
	`(?:process \d+ \([\w.]+\): |进程 \d+（[\w.]+）：)?(?:(?:\d+\.){3}\d+:\d+(?:: |：))?`)

// TestQuotedSentences: what the documents about findings say that tracer prints is made of the sentences that it has.
func TestQuotedSentences(t *testing.T) {
	for document, files := range map[string]string{"findings.md": "english*.go", "findings-zh.md": "chinese*.go"} {
		all := phrases(t, files)
		content, err := os.ReadFile("../../docs/" + document)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, sentence := range quoted(string(content)) {
			n++
			for _, part := range strings.Split(sentence, "...") {
				part = strings.TrimSpace(part)
				if at := said(part, all); at < len(part) {
					t.Errorf("%s: tracer has no sentence %q: not %q", document, part, part[at:])
				}
			}
		}
		if n < 60 {
			t.Errorf("%s: %d quotes were found", document, n)
		}
	}
}

// quoted returns the sentences of the table at the end, and those below the headings.
func quoted(document string) (found []string) {
	heading, indented := false, ""
	for line := range strings.Lines(document) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "| ") && strings.Count(line, " | ") == 2:
			for _, m := range quote.FindAllStringSubmatch(strings.Split(line, " | ")[1], -1) {
				found = append(found, m[1])
			}
		case strings.HasPrefix(line, "##"):
			heading = true
		case heading && strings.HasPrefix(line, "    "):
			if finding.FindString(strings.TrimSpace(line)) != "" && indented != "" {
				found, indented = append(found, indented), ""
			}
			indented = joined(indented, strings.TrimSpace(line))
		case indented != "":
			found = append(found, finding.ReplaceAllString(indented, ""))
			indented = ""
		case line != "":
			heading = false
		}
	}
	return found
}

// joined puts a line behind others, with a blank where their language has one.
func joined(lines, line string) string {
	last, _ := utf8.DecodeLastRuneInString(lines)
	first, _ := utf8.DecodeRuneInString(line)
	if lines == "" || strings.ContainsRune("，：；。、（）", last) ||
		unicode.Is(unicode.Han, last) && unicode.Is(unicode.Han, first) {
		return lines + line
	}
	return lines + " " + line
}

// TestQuotesAreChecked: a sentence that is another one is found, whatever its numbers are.
func TestQuotesAreChecked(t *testing.T) {
	all := []string{"it has not returned from a wait since", " waits", "it waited for ", " or so, in "}
	for text, want := range map[string]bool{"it has not returned from a wait": true,
		"not returned from a wait since":        true,
		"it waited for 31 ms or so, in 4 waits": true, "it waited for 31 ms, in 4 waits": false, "a wait s": false,
		"it has never returned from a wait": false} {
		if got := said(text, all) == len(text); got != want {
			t.Errorf("%q is said: %v", text, got)
		}
	}
}
