// Package house holds the arrows of ARCHITECTURE.md against the code: which folder may import which, and who may use a
// library.
package house

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// mayImport names, for each folder, the folders of ours that it may import. A folder below one has its rule, unless it
// has its own.
var mayImport = map[string][]string{
	"event":     {},
	"bpf":       {},
	"docs":      {},
	"text":      {"event"},
	"inherited": {},
	"words":     {"event", "text"},
	"probes":    {"bpf", "event", "inherited", "text", "words"},
	"model":     {"event"},
	"rules":     {"event", "model"},
	"record":    {"event", "text", "words"},
	"timeline":  {"event", "model"},
	"export":    {"event", "model", "record", "rules", "text", "timeline", "words"},
	"query":     {"event", "export", "model", "record", "text", "words"},
	"grading":   {"export", "query", "record", "text", "words"},
	"report":    {"event", "export", "model", "query", "record", "text", "timeline", "words"},
	"session":   {"event", "probes", "record", "words"},
	"servers":   {"servers"},
	"viewer":    {"docs", "event", "model", "rules", "text", "timeline", "viewer", "words"},
	"lab": {"event", "bpf", "text", "probes", "model", "record", "session", "timeline", "export", "servers",
		"viewer", "words"},
	"cmd": {"event", "bpf", "text", "inherited", "probes", "model", "record", "session", "timeline",
		"export", "grading", "query", "report", "servers", "viewer", "lab", "words", "cmd"},
	"internal":            {"internal"},
	"internal/bench":      {"servers"},
	"internal/simulation": {"event", "model"},
	"internal/truth":      {"bpf"},
	"servers/coro":        {"servers/coro"},
	"servers/internal":    {"servers/internal"},
	"servers/httpserver":  {"servers/httpserver", "servers/socketserver", "servers/internal"},
}

// onlyIn names the libraries that stay behind one folder.
var onlyIn = map[string][]string{
	"github.com/gdamore/tcell": {"viewer", "cmd"},
	// attack looks for what is left in the kernel, bench for what it costs there
	"github.com/charmbracelet":   {"viewer", "internal/bench"},
	"github.com/cilium/ebpf":     {"probes", "bpf", "internal/attack", "internal/bench"},
	"kernel.org/pub/linux/libs":  {"probes"},
	"github.com/spf13/cobra":     {"cmd"},
	"github.com/modelcontext":    {"cmd"},
	"github.com/expr-lang/expr":  {"query"},
	"github.com/goccy/go-yaml":   {"grading", "cmd"},
	"github.com/chromedp":        {"report"},
	"github.com/klauspost":       {"record"},
	"github.com/HdrHistogram":    {"servers/load"},
	"github.com/moby/sys/reexec": {"probes", "session", "servers", "viewer", "cmd"},
}

func TestImportsFollowTheHouse(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "tracer/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(packages) < 8 {
		t.Fatalf("found %d packages only", len(packages))
	}
	for _, line := range packages {
		words := strings.Fields(line)
		from := strings.TrimPrefix(words[0], "tracer/")
		rule, ok := ruleOf(from)
		if !ok {
			t.Errorf("%s stands in no rule: say in ARCHITECTURE.md and here what it may import", from)
			continue
		}
		for _, path := range words[1:] {
			if to, ours := strings.CutPrefix(path, "tracer/"); ours && !within(to, rule) {
				t.Errorf("%s imports %s, which it may not", from, to)
			}
			for library, folders := range onlyIn {
				if strings.HasPrefix(path, library) && !within(from, folders) {
					t.Errorf("%s imports %s, which only %v may", from, path, folders)
				}
			}
		}
	}
}

// ruleOf returns the rule of the nearest folder that has one.
func ruleOf(folder string) ([]string, bool) {
	for {
		if rule, ok := mayImport[folder]; ok {
			return rule, true
		}
		i := strings.LastIndexByte(folder, '/')
		if i < 0 {
			return nil, false
		}
		folder = folder[:i]
	}
}

func within(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

// What is declared here twice or not at all would make the test blind.
func TestRulesNameRealFolders(t *testing.T) {
	for folder, rule := range mayImport {
		for _, to := range rule {
			if _, ok := ruleOf(to); !ok {
				t.Errorf("%s may import %s, which has no rule", folder, to)
			}
		}
	}
}

// TestServersAreLessons: what lies in servers/ is a lesson, with what it teaches before the code, or says what all
// have. What they are made of lies below.
func TestServersAreLessons(t *testing.T) {
	names, err := filepath.Glob("../../servers/*.go")
	if err != nil || len(names) < 12 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasSuffix(base, "_test.go") || base == "servers.go" || base == "options.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "package servers\n\n// ") {
			t.Errorf("servers/%s does not begin with a lesson: plumbing belongs below servers/internal", base)
		}
	}
}

// TestLinesAreShort: code and prose are read side by side, in a review, on paper. A raw string, a table and
// output that is shown cannot be broken.
func TestLinesAreShort(t *testing.T) {
	out, err := exec.Command("git", "-C", "../..", "ls-files").Output()
	if err != nil {
		t.Skip("no git here: ", err)
	}
	const most, tab = 120, "    "
	for _, name := range strings.Fields(string(out)) {
		if !slices.Contains([]string{".go", ".c", ".h", ".md"}, filepath.Ext(name)) ||
			strings.HasSuffix(name, "_bpfel.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("../..", name))
		if errors.Is(err, fs.ErrNotExist) { // removed, and not yet committed
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		prose, fence := filepath.Ext(name) == ".md", false
		for i, line := range strings.Split(string(text), "\n") {
			if prose && strings.HasPrefix(line, "```") {
				fence = !fence
			}
			free := prose && (fence || strings.HasPrefix(line, "    ") ||
				strings.HasPrefix(line, "|") || strings.HasPrefix(line, "![")) ||
				!prose && (strings.HasPrefix(line, "//go:generate") || strings.Contains(line, "`"))
			if n := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", tab)); n > most && !free {
				t.Errorf("%s:%d has %d columns; %d are the most", name, i+1, n, most)
			}
		}
	}
}

// TestTypesAreSmall: a type with more methods than a reader can keep in mind is two types.
func TestTypesAreSmall(t *testing.T) {
	const most = 40
	methods := map[string]int{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil {
				continue
			}
			of := f.Recv.List[0].Type
			if star, ok := of.(*ast.StarExpr); ok {
				of = star.X
			}
			if generic, ok := of.(*ast.IndexExpr); ok {
				of = generic.X
			}
			if name, ok := of.(*ast.Ident); ok {
				methods[filepath.Dir(path)+"."+name.Name]++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range methods {
		if n > most {
			t.Errorf("%s has %d methods; %d are the most", strings.TrimPrefix(name, "../../"), n, most)
		}
	}
}

// TestCommandHasNoLogic: what cmd/tracer holds beyond flags, words and exit codes belongs to a package.
func TestCommandHasNoLogic(t *testing.T) {
	const most = 1000
	names, err := filepath.Glob("../../cmd/tracer/*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	lines := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(text), "\n")
	}
	if lines >= most {
		t.Errorf("cmd/tracer has %d lines; there are to be fewer than %d", lines, most)
	}
}
