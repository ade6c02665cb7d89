package query

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

// comparisons, the longer ones first, since one can begin another.
var comparisons = []string{"==", "!=", "<=", ">=", "<", ">"}

var (
	isNumber = regexp.MustCompile(`^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$`)
	isName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`)
)

// rewrite makes the source for the language: with entries of counters that are objects as it has them, and percentiles
// replaced. In a comparison alone (accepts_by_listener.127.0.0.1:80 == 0) an entry can be anything; elsewhere
// (exit_codes.1 + exit_codes.2) a number or a name.
func (q *Query) rewrite() error {
	source := q.text
	if left, operator, right := comparison(q.text); operator != "" {
		l, okL, errL := operand(left)
		r, okR, errR := operand(right)
		switch {
		case okL && okR && errL != nil:
			return errL
		case okL && okR && errR != nil:
			return errR
		case okL && okR:
			q.text = strings.Join([]string{left, operator, right}, " ")
			q.source = strings.Join([]string{l, operator, r}, " ")
			return nil
		}
	}
	tokens, err := lexer.Lex(file.NewSource(source))
	if err != nil {
		return err
	}
	q.percentiles = percentileMaker{}
	runes, done := []rune(source), 0
	var b strings.Builder
	for i, t := range tokens[:len(tokens)-1] {
		next := tokens[i+1]
		entry := next.Kind == lexer.Number && next.From == t.To && next.Value[0] == '.'
		called := next.Is(lexer.Bracket, "(") && (i == 0 || !tokens[i-1].Is(lexer.Operator, ".", "?."))
		switch {
		case t.Kind != lexer.Identifier:
		case entry && !nameable().objects[t.Value], called && !isFunction(t.Value):
			return &nameError{t.Value} // the parser would stumble over what comes behind it
		case entry:
			fmt.Fprintf(&b, "%s[%q]", string(runes[done:next.From]), next.Value[1:])
			done = next.To
		case called && percentileFunctions[t.Value] != nil && arguments(tokens[i+1:]) == 2:
			b.WriteString(string(runes[done:t.From]))
			q.percentiles[len([]rune(b.String()))] = t.Value
			b.WriteString(listMaker)
			done = t.To
		}
	}
	b.WriteString(string(runes[done:]))
	q.source = b.String()
	return nil
}

// comparison splits an expression at its first comparison.
func comparison(text string) (left, operator, right string) {
	at := len(text)
	for _, o := range comparisons {
		if i := strings.Index(text, o); i >= 0 && (i < at || i == at && len(o) > len(operator)) {
			at, operator = i, o
		}
	}
	if operator == "" {
		return "", "", ""
	}
	return strings.TrimSpace(text[:at]), operator, strings.TrimSpace(text[at+len(operator):])
}

// operand returns a number, a name or an entry of an object as the language has them. An error says that there can be
// no such entry.
func operand(side string) (source string, ok bool, err error) {
	if isNumber.MatchString(side) || isName.MatchString(side) {
		return side, true, nil
	}
	object, key, ok := strings.Cut(side, ".")
	if !ok || !nameable().objects[object] || strings.ContainsAny(key, `"'()&|?=<>`) {
		return "", false, nil
	}
	if !entryOf(object, key) {
		if strings.ContainsAny(key, " +-*/%") { // it is computed
			return "", false, nil
		}
		err = &entryError{object, key}
	}
	return fmt.Sprintf("%s[%s]", object, strconv.Quote(key)), true, err
}

// entryError: an object can have no such entry.
type entryError struct{ object, key string }

func (e *entryError) Error() string { return "no entry " + strconv.Quote(e.key) + " of " + e.object }

// nameError: nothing has that name.
type nameError struct{ name string }

func (e *nameError) Error() string { return "no name " + strconv.Quote(e.name) }

func isFunction(name string) bool {
	_, known := builtin.Index[name]
	return known || percentileFunctions[name] != nil
}

// listMaker is the function that makes a list of what a predicate says. It stands in the place of a percentile until
// the source is parsed: only functions of the language itself can have a predicate.
const listMaker = "map"

// arguments counts those of a call, of which the first token opens the bracket.
func arguments(tokens []lexer.Token) int {
	depth, commas := 0, 0
	for _, t := range tokens {
		switch {
		case t.Is(lexer.Bracket, "(", "[", "{"):
			depth++
		case t.Is(lexer.Bracket, ")", "]", "}"):
			if depth--; depth == 0 {
				return commas + 1
			}
		case depth == 1 && t.Is(lexer.Operator, ","):
			commas++
		}
	}
	return 0
}

// percentileMaker has the percentiles by their places in the source, and puts them back around the lists that were made
// in their place.
type percentileMaker map[int]string

// Visit is called for each node, those below it first.
func (m percentileMaker) Visit(node *ast.Node) {
	list, ok := (*node).(*ast.BuiltinNode)
	if !ok || list.Name != listMaker {
		return
	}
	if name := m[list.Location().From]; name != "" {
		*node = &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: []ast.Node{list}}
		(*node).SetLocation(list.Location())
	}
}

// text returns a part of an expression as it can be written.
func (m percentileMaker) text(n ast.Node) string {
	call, ok := n.(*ast.CallNode)
	if !ok || m[n.Location().From] == "" {
		return n.String()
	}
	return m[n.Location().From] + strings.TrimPrefix(call.Arguments[0].String(), listMaker)
}

// entryMaker lets an entry be named by a number: exit_codes[1].
type entryMaker struct{}

// Visit is called for each node, those below it first.
func (entryMaker) Visit(node *ast.Node) {
	member, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	object, ok := member.Node.(*ast.IdentifierNode)
	if number, is := member.Property.(*ast.IntegerNode); ok && is && nameable().objects[object.Value] {
		member.Property = &ast.StringNode{Value: strconv.Itoa(number.Value)}
	}
}

// look notes the counters and rows in an expression, and looks at the entries that it names.
func (q *Query) look(root ast.Node) error {
	v := &looker{q: q}
	ast.Walk(&root, v)
	return v.err
}

type looker struct {
	q   *Query
	err error
}

// Visit is called for each node, those below it first.
func (v *looker) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		v.q.mentioned = append(v.q.mentioned, n.Value)
		if _, is := nameable().names[n.Value]; !is || slices.Contains(v.q.names, n.Value) {
			return
		}
		v.q.names = append(v.q.names, n.Value)
		if nameable().counters[n.Value] && !nameable().objects[n.Value] {
			v.shows(n.Value, &ast.IdentifierNode{Value: n.Value})
		}
	case *ast.MemberNode:
		object, ok := n.Node.(*ast.IdentifierNode)
		key, constant := n.Property.(*ast.StringNode)
		if constant {
			v.q.mentioned = append(v.q.mentioned, key.Value)
		}
		if !ok || !constant || !nameable().objects[object.Value] {
			return
		}
		if v.err == nil && !entryOf(object.Value, key.Value) {
			v.err = &entryError{object.Value, key.Value}
		}
		v.shows(object.Value+"."+key.Value, &ast.MemberNode{Node: &ast.IdentifierNode{Value: object.Value},
			Property: &ast.StringNode{Value: key.Value}})
	}
}

// shows adds a counter to what is shown of the expression.
func (v *looker) shows(text string, node ast.Node) {
	p, err := v.q.part(func(ast.Node) ast.Node { return node })
	if err != nil && v.err == nil {
		v.err = err
	}
	p.text = text
	v.q.counts = append(v.q.counts, p)
}
