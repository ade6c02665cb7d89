// Package query is the language in which a recording is asked: expressions over its counters and over its processes,
// threads, coroutines, connections, listeners, signals, findings and marks as rows. docs/query.md describes it for its
// users.
//
// The language is that of expr-lang/expr. Package query gives it the names, percentiles, the short form of an entry
// (exit_codes.7 for exit_codes["7"]), mistakes that say what was meant, and a third answer beside true and false: what
// the recording cannot decide.
package query

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Limits of an evaluation: two loops in one another over all processes can take for ever.
var deadline = 10 * time.Second

const (
	memoryBudget = 100_000_000 // values made
	maxLength    = 10_000      // of an expression, in bytes
)

// A Query is an expression that was found to be right. It belongs to one goroutine.
type Query struct {
	text        string // as it was written, without blanks around it; a comparison alone, with single ones
	source      string // for the language
	list        string // of a condition on its rows; empty: it is an expression of its own
	offset      int    // of what was written in the source, in characters
	percentiles percentileMaker
	program     *vm.Program
	condition   bool     // it can be true or false
	names       []string // of the counters and rows in it
	mentioned   []string // with those of the fields of rows
	counts      []part   // what is shown of it: counters, and what is compared
	breakers    []breaker
}

// part is an expression within another.
type part struct {
	text    string
	program *vm.Program
	kind    reflect.Type // of its value; nil: it is not known before
}

// breaker finds what keeps a condition on all rows of a list, or on none, from holding.
type breaker struct {
	list, rows part
	fields     []string // that the condition names
}

// Parse reads an expression. The error says, in each language, what is wrong with it and what may have been meant.
func Parse(text string) (*Query, error) {
	q := &Query{text: strings.TrimSpace(text)}
	if err := q.read(); err != nil {
		return nil, q.explain(err)
	}
	return q, nil
}

// Condition reads one that must be true or false.
func Condition(text string) (*Query, error) {
	q, err := Parse(text)
	if err == nil && !q.condition {
		return nil, q.explain(errNoCondition)
	}
	return q, err
}

// ParseAll reads several; the error joins those of all that are wrong.
func ParseAll(texts []string) (queries []*Query, err error) {
	var mistakes []error
	for _, text := range texts {
		q, err := Parse(text)
		queries, mistakes = append(queries, q), append(mistakes, err)
	}
	return queries, errors.Join(mistakes...)
}

func (q *Query) read() error {
	if len(q.text) > maxLength {
		return errTooLong
	}
	if err := q.rewrite(); err != nil {
		return err
	}
	root, err := q.parse()
	if err != nil {
		return err
	}
	if err := q.look(root); err != nil {
		return err
	}
	whole, err := q.part(func(root ast.Node) ast.Node { return root })
	if err != nil {
		return err
	}
	q.program = whole.program
	q.condition = whole.kind == nil || whole.kind.Kind() == reflect.Bool || whole.kind.Kind() == reflect.Interface
	return q.takeApart(root)
}

// takeApart compiles the parts of an expression that show why it holds or fails.
func (q *Query) takeApart(root ast.Node) error {
	for i, condition := range conditions(root) {
		at := func(root ast.Node) ast.Node { return conditions(root)[i] }
		switch c := condition.(type) {
		case *ast.BinaryNode:
			for _, side := range []func(*ast.BinaryNode) ast.Node{leftOf, rightOf} {
				if !computed(side(c)) {
					continue
				}
				p, err := q.part(func(root ast.Node) ast.Node { return side(at(root).(*ast.BinaryNode)) })
				if err != nil {
					return err
				}
				q.counts = append(q.counts, p)
			}
		case *ast.BuiltinNode:
			if c.Name != "all" && c.Name != "none" {
				continue
			}
			list, err := q.part(func(root ast.Node) ast.Node { return at(root).(*ast.BuiltinNode).Arguments[0] })
			if err != nil {
				return err
			}
			rows, err := q.part(func(root ast.Node) ast.Node { return breaking(at(root).(*ast.BuiltinNode)) })
			if err != nil {
				return err
			}
			q.breakers = append(q.breakers, breaker{list, rows, fieldsIn(c.Arguments[1])})
		}
	}
	return nil
}

// conditions returns those that must all hold for an expression to hold.
func conditions(n ast.Node) []ast.Node {
	if both, ok := n.(*ast.BinaryNode); ok && (both.Operator == "&&" || both.Operator == "and") {
		return append(conditions(both.Left), conditions(both.Right)...)
	}
	return []ast.Node{n}
}

func leftOf(n *ast.BinaryNode) ast.Node  { return n.Left }
func rightOf(n *ast.BinaryNode) ast.Node { return n.Right }

// computed reports whether the value of a part is worth showing: it is neither written there nor that of a counter,
// which is shown anyway.
func computed(n ast.Node) bool {
	switch n.(type) {
	case *ast.BuiltinNode, *ast.CallNode:
		return true
	}
	return false
}

// breaking returns the expression for the rows that keep all(LIST, PREDICATE) or none(LIST, PREDICATE) from holding.
func breaking(condition *ast.BuiltinNode) ast.Node {
	predicate := condition.Arguments[1].(*ast.PredicateNode)
	if condition.Name == "all" {
		predicate.Node = &ast.UnaryNode{Operator: "not", Node: predicate.Node}
	}
	return &ast.BuiltinNode{Name: "filter", Arguments: condition.Arguments}
}

// fieldsIn returns the fields of rows that a predicate names.
func fieldsIn(predicate ast.Node) []string {
	var f fieldFinder
	ast.Walk(&predicate, &f)
	return f
}

type fieldFinder []string

// Visit is called for each node, those below it first.
func (f *fieldFinder) Visit(node *ast.Node) {
	member, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	_, ofRow := member.Node.(*ast.PointerNode)
	if field, constant := member.Property.(*ast.StringNode); ofRow && constant {
		*f = append(*f, field.Value)
	}
}

// parse returns the tree of the source, with the percentiles in it.
func (q *Query) parse() (ast.Node, error) {
	tree, err := parser.ParseWithConfig(q.source, configuration())
	if err != nil {
		return nil, err
	}
	ast.Walk(&tree.Node, q.percentiles)
	ast.Walk(&tree.Node, entryMaker{})
	return tree.Node, nil
}

// part compiles a part of the expression, from a tree of its own: compiling changes it.
func (q *Query) part(of func(root ast.Node) ast.Node) (p part, err error) {
	root, err := q.parse()
	if err != nil {
		return p, err
	}
	node := of(root)
	p.text = q.percentiles.text(node)
	err = p.compile(&parser.Tree{Node: node})
	return p, err
}

func (p *part) compile(tree *parser.Tree) (err error) {
	config := configuration()
	if p.kind, err = checker.Check(tree, config); err != nil {
		return err
	}
	if err = optimizer.Optimize(&tree.Node, config); err != nil {
		return err
	}
	p.program, err = compiler.Compile(tree, config)
	return err
}

func configuration() *conf.Config {
	config := conf.New(nameable().names)
	maps.Copy(config.Functions, percentileFunctions)
	config.Check()
	return config
}

// errDeadline: an evaluation took too long.
var errDeadline = errors.New("deadline exceeded")

// run evaluates a program.
func run(program *vm.Program, t *Trace) (any, error) {
	return runWithin(program, t.environment, memoryBudget, deadline)
}

// runWithin evaluates a program within limits. One that takes too long goes on in its goroutine: it cannot be stopped.
func runWithin(program *vm.Program, environment map[string]any, values uint, most time.Duration) (any, error) {
	type result struct {
		value any
		err   error
	}
	done := make(chan result, 1)
	go func() {
		machine := vm.VM{MemoryBudget: values}
		value, err := machine.Run(program, environment)
		done <- result{value, err}
	}()
	limit := time.NewTimer(most)
	defer limit.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-limit.C:
		return nil, errDeadline
	}
}

// asksForRows reports whether it asks for rows, and not for counters alone: then the model must keep what is gone.
func (q *Query) asksForRows() bool {
	for _, name := range q.names {
		if !nameable().counters[name] {
			return true
		}
	}
	return false
}

// asksForMarks reports whether it asks for the marks, which a reader of the trace has set.
func (q *Query) asksForMarks() bool { return slices.Contains(q.names, markList) }

// Find returns what an expression finds in a trace: a value, a row or a list of them.
func (q *Query) Find(t *Trace) (any, error) {
	value, err := run(q.program, t)
	if err != nil {
		return nil, q.explain(err)
	}
	return value, nil
}

// number returns the digits of a number, to the nanosecond where it is one of milliseconds.
func number(value any) (digits string, ok bool) {
	switch n := value.(type) {
	case float64:
		return digitsOf(n, 6), true
	case int, uint64:
		return fmt.Sprint(n), true
	case nil:
		return absent, true
	}
	return "", false
}

func digitsOf(f float64, places int) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', places, 64), "0"), ".")
}
