// Package grading holds many recordings against the rules of one file, and writes what became of each: as a table, as
// JSON, as JUnit's XML. docs/query.md describes the file for its users.
package grading

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"tracer/query"
	"tracer/words"
)

// Rules are a file of them.
type Rules struct {
	Title string `yaml:"title"`
	Rules []Rule `yaml:"rules"`

	queries []*query.Query
}

// A Rule is a condition with what it is worth.
type Rule struct {
	Name    string  `yaml:"name"`  // the condition, if there is none
	Check   string  `yaml:"check"` // the condition
	Points  float64 `yaml:"points"`
	Message string  `yaml:"message"` // for whoever did not meet it

	query *query.Query
}

// Read reads a file of rules. The error names each mistake in it, by its line.
func Read(path string) (*Rules, error) {
	document, err := os.ReadFile(path)
	if err != nil {
		var at *os.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return nil, words.About(err, func(l *words.Language, reason string) string {
			return l.Grades.NotRead(strconv.Quote(path), reason)
		})
	}
	return parse(path, document)
}

func parse(path string, document []byte) (*Rules, error) {
	var file struct {
		Title string     `yaml:"title"`
		Rules []ruleNode `yaml:"rules"`
	}
	if err := yaml.UnmarshalWithOptions(document, &file, yaml.Strict()); err != nil {
		line, reason := 1, err.Error()
		var mistake yaml.Error
		if errors.As(err, &mistake) {
			line, reason = mistake.GetToken().Position.Line, mistake.GetMessage()
		}
		return nil, wrong(path, line, func(*words.Language) string { return reason })
	}
	if len(file.Rules) == 0 {
		return nil, wrong(path, 1, func(l *words.Language) string { return l.Grades.NoRules })
	}
	r := &Rules{Title: file.Title}
	var mistakes []error
	for i := range file.Rules {
		n := &file.Rules[i]
		if err := n.read(); err != nil {
			mistakes = append(mistakes, wrong(path, n.line, func(l *words.Language) string { return l.Error(err) }))
		}
		r.Rules, r.queries = append(r.Rules, n.Rule), append(r.queries, n.query)
	}
	return r, errors.Join(mistakes...)
}

// ruleNode is a rule at its place in the file.
type ruleNode struct {
	Rule
	line int
}

// UnmarshalYAML takes a rule from the file.
func (n *ruleNode) UnmarshalYAML(node ast.Node) error {
	n.line, n.Points = node.GetToken().Position.Line, 1
	return yaml.NodeToValue(node, &n.Rule, yaml.Strict())
}

// read makes the condition of it.
func (n *ruleNode) read() (err error) {
	switch {
	case n.Check == "":
		return words.Saying(func(l *words.Language) string { return l.Grades.NoCheck })
	case n.Points < 0:
		return words.Saying(func(l *words.Language) string { return l.Grades.NegativePoints })
	}
	if n.Name == "" {
		n.Name = n.Check
	}
	n.query, err = query.Condition(n.Check)
	return err
}

// wrong returns the error that says what is wrong at a line of the file.
func wrong(path string, line int, say words.Message) error {
	return words.Saying(func(l *words.Language) string {
		return fmt.Sprintf("%s:%d%s%s", path, line, l.Punctuation.Colon, say(l))
	})
}
