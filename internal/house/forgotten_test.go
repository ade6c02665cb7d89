package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// libraries are the folders whose exported names are there for other programs, too, or have to be whole.
var libraries = []string{"event", "servers", "session"}

// TestNothingIsForgotten: what no code but a test names is a rule, a format, a model, a command, a key or a sentence
// without its row in the table that leads to it, or it is dead.
func TestNothingIsForgotten(t *testing.T) {
	var h names
	if err := h.read("../.."); err != nil {
		t.Fatal(err)
	}
	if len(h.declared) < 1000 {
		t.Fatalf("found %d declarations only", len(h.declared))
	}
	for _, line := range h.forgotten() {
		t.Error(line)
	}
}

// names are those that code declares, and where code has each.
type names struct {
	declared []declaration
	used     map[string]map[string]int // how often a folder has a name
	said     []declaration             // the fields of tables of sentences
	selected map[string]bool           // x of all that is written as a.x
}

type declaration struct {
	folder, name string
	at           token.Position
}

// read takes in all code below root that is not for tests, as package truth is.
func (n *names) read(root string) error {
	n.used, n.selected = map[string]map[string]int{}, map[string]bool{}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "testdata", "peers", "truth"}, d.Name()):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".html") || strings.HasSuffix(path, ".js"):
			return n.takePage(path)
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		n.take(folder, file, set)
		return nil
	})
}

// inPage is a sentence that a page says: .Say.Title in its template, say.title in its script.
var inPage = regexp.MustCompile(`\b(?:Say\.Page|Say|say)\.(\w)(\w*)`)

// takePage takes in what a page says.
func (n *names) takePage(path string) error {
	text, err := os.ReadFile(path)
	for _, m := range inPage.FindAllStringSubmatch(string(text), -1) {
		n.selected[strings.ToUpper(m[1])+m[2]] = true
	}
	return err
}

// take takes in a file. Code that was generated declares nothing.
func (n *names) take(folder string, file *ast.File, set *token.FileSet) {
	if n.used[folder] == nil {
		n.used[folder] = map[string]int{}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl: // a type is not used by its methods being its own
			if node.Recv != nil {
				node.Recv.List[0].Type = &ast.BadExpr{}
			}
		case *ast.Ident:
			n.used[folder][node.Name]++
		case *ast.SelectorExpr:
			n.selected[node.Sel.Name] = true
		}
		return true
	})
	if ast.IsGenerated(file) {
		return
	}
	declare := func(id *ast.Ident) {
		if id.Name != "_" && id.Name != "init" && id.Name != "main" {
			n.declared = append(n.declared, declaration{folder, id.Name, set.Position(id.Pos())})
		}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Body != nil { // else assembly calls it
				declare(d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, id := range s.Names {
						if !zeroOfMany(s) {
							declare(id)
						}
					}
				case *ast.TypeSpec:
					declare(s.Name)
					if table, ok := s.Type.(*ast.StructType); ok && folder == "words" {
						n.sentences(table, set)
					}
				}
			}
		}
	}
}

// sentences takes in the fields of a table.
func (n *names) sentences(table *ast.StructType, set *token.FileSet) {
	for _, field := range table.Fields.List {
		for _, id := range field.Names {
			n.said = append(n.said, declaration{"words", id.Name, set.Position(id.Pos())})
		}
	}
}

// zeroOfMany reports whether a constant is the first of some that are numbered: what a variable has that was not set.
func zeroOfMany(s *ast.ValueSpec) bool {
	if len(s.Values) != 1 {
		return false
	}
	id, ok := s.Values[0].(*ast.Ident)
	return ok && id.Name == "iota"
}

// forgotten says, a line each, what is declared and stands nowhere else.
func (n *names) forgotten() (lines []string) {
	for _, d := range n.declared {
		uses := n.used[d.folder][d.name]
		if ast.IsExported(d.name) {
			if within(d.folder, libraries) {
				continue
			}
			uses = 0
			for _, folder := range n.used {
				uses += folder[d.name]
			}
		}
		if uses < 2 {
			lines = append(lines, strings.TrimPrefix(d.at.String(), "../../")+": nothing uses "+d.name+
				": is its row in a table missing?")
		}
	}
	for _, d := range n.said {
		if !n.selected[d.name] {
			lines = append(lines, strings.TrimPrefix(d.at.String(), "../../")+": nothing says "+d.name)
		}
	}
	return lines
}
