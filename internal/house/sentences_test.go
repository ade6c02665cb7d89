package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// silent are the folders that hold no sentence for people: package words has them all.
var silent = []string{"rules", "timeline", "viewer", "cmd/tracer", "cmd/tracer/internal/*"}

// sentence: three words.
var sentence = regexp.MustCompile(`\pL+,? \pL+,? \pL+`)

// TestSentencesAreInWords: a sentence elsewhere would be said in English whatever language was chosen. The text of an
// error is none: what goes wrong within tracer is told in English.
func TestSentencesAreInWords(t *testing.T) {
	for _, folder := range silent {
		files, err := filepath.Glob(filepath.Join("../..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s: %v", folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			tree, err := parser.ParseFile(set, file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, literal := range sentences(tree) {
				if !spokenOutside[literal.Value] {
					t.Errorf("%v: the sentence %s belongs into words/", set.Position(literal.Pos()), literal.Value)
				}
			}
		}
	}
}

// spokenOutside are sentences of processes that know no language, and what is no sentence.
var spokenOutside = map[string]bool{
	`"tracer was killed, and the terminal is put back; press Enter for a prompt\r\n"`: true,
	`"viewer: no such style: "`: true,
	// Command lines.
	`"check FILE EXPRESSION..."`:                                       true,
	`"10s\n  tracer load --network unix --service http server.socket"`: true,
	`"picture FILE OUTPUT.svg"`:                                        true,
	`"source <(tracer completion bash)"`:                               true,
	`"source <(tracer completion zsh)"`:                                true,
	`"tracer completion fish | source"`:                                true,
	`"tracer completion powershell | Out-String | Invoke-Expression"`:  true,
}

// sentences returns the literals of a file that are sentences, and no errors.
func sentences(file ast.Node) (found []*ast.BasicLit) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field: // its tag
			return n.Tag == nil
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Errorf" || f.Sel.Name == "New") {
				return false
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil &&
				sentence.MatchString(text) && !strings.HasPrefix(text, "<svg") {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

func TestSentencesAreFound(t *testing.T) {
	const source = "package p\n\nvar said = f(\"nothing runs yet\")\nvar wrong = fmt.Errorf(\"this is an error\")\n"
	tree, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	if found := sentences(tree); len(found) != 1 || found[0].Value != `"nothing runs yet"` {
		t.Errorf("found %v", found)
	}
}
