package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// silent are the folders that hold no sentence for people: package words has them all.
var silent = []string{"rules", "timeline", "viewer", "record", "session", "export", "cmd/tracer",
	"cmd/tracer/internal/*"}

// answering are those of them whose errors reach people, so that the sentences of these are in words, too.
var answering = []string{"record", "session", "export", "cmd/tracer", "cmd/tracer/internal/*"}

// english are files whose errors stay English: of what no recording has that tracer wrote, and of mistakes in the text
// form, whose own words are English.
var english = map[string]bool{"record/arguments.go": true, "record/encode.go": true, "record/parse.go": true,
	"record/schema.go": true, "record/writer.go": true}

// sentence: three words.
var sentence = regexp.MustCompile(`\pL+,? \pL+,? \pL+`)

// TestSentencesAreInWords: a sentence elsewhere would be said in English whatever language was chosen. So would the
// text of an error, where that is not about what goes wrong within tracer.
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
			errors := slices.Contains(answering, folder) && !english[strings.TrimPrefix(file, "../../")]
			for _, literal := range sentences(tree, errors) {
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
	// What only a programmer can meet.
	`"this program cannot launch a command; let its main call session.Init first of all"`: true,
	`"write text form: an event is of unknown kind %d"`:                                   true,
	// The reasons as recordings have them, for programs.
	`"the last traced task ended"`: true,
	`"the time was up"`:            true,
	`"the user left"`:              true,
	`"the trace was stopped"`:      true,
	// Command lines.
	`"check FILE EXPRESSION... | --rules RULES.yaml FILE..."`:          true,
	`"query FILE EXPRESSION"`:                                          true,
	`"10s\n  tracer load --network unix --service http server.socket"`: true,
	`"picture FILE OUTPUT.svg"`:                                        true,
	`"source <(tracer completion bash)"`:                               true,
	`"source <(tracer completion zsh)"`:                                true,
	`"tracer completion fish | source"`:                                true,
	`"tracer completion powershell | Out-String | Invoke-Expression"`:  true,
}

// sentences returns the literals of a file that are sentences, with those of errors or without them. An error that only
// names the step before what the system says is of what goes wrong within tracer.
func sentences(file ast.Node, errors bool) (found []*ast.BasicLit) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field: // its tag
			return n.Tag == nil
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Errorf" || f.Sel.Name == "New") {
				return errors
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil &&
				sentence.MatchString(text) && !strings.HasPrefix(text, "<svg") && !strings.HasSuffix(text, ": %w") {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

func TestSentencesAreFound(t *testing.T) {
	const source = "package p\n\nvar said = f(\"nothing runs yet\")\nvar wrong = fmt.Errorf(\"this is an error\")\n" +
		"var step = fmt.Errorf(\"read such a file: %w\", err)\n"
	tree, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	for errors, want := range map[bool][]string{
		false: {`"nothing runs yet"`}, true: {`"nothing runs yet"`, `"this is an error"`}} {
		var found []string
		for _, literal := range sentences(tree, errors) {
			found = append(found, literal.Value)
		}
		if !slices.Equal(found, want) {
			t.Errorf("with errors %v: found %q, want %q", errors, found, want)
		}
	}
}
