package query

import (
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/file"

	"tracer/words"
)

var (
	errTooLong     = errors.New("too long")
	errNoCondition = errors.New("neither true nor false")
)

// What the language says of its mistakes (checker/checker.go and parser/parser.go of expr 1.17).
const noCondition = "predicate should return boolean"

var (
	unknownName  = regexp.MustCompile(`^unknown name (\S+)`)
	unknownField = regexp.MustCompile(`^type \*?query\.(\w+) has no field (\S+)`)
	unexpected   = regexp.MustCompile(`^unexpected token (?:EOF|\w+\("(.*)"\))`)
)

// explain returns an error that says what is wrong with an expression, and what may have been meant.
func (q *Query) explain(err error) error {
	return &words.Error{Err: &mistake{err, q}, Say: func(l *words.Language) string {
		return l.Queries.Mistake(strconv.Quote(shortened(q.text)), q.reason(&l.Queries, err))
	}}
}

// mistake is what is wrong with an expression.
type mistake struct {
	error
	query *Query
}

// Unwrap returns what was found.
func (m *mistake) Unwrap() error { return m.error }

// shortened returns the beginning of what is too long to be repeated.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 100 {
		return string(runes[:100]) + "..."
	}
	return text
}

func (q *Query) reason(say *words.QueryWords, err error) string {
	var entry *entryError
	var name *nameError
	var whole *errWhole
	var mistake *file.Error
	switch {
	case errors.As(err, &entry):
		return say.NoEntry(strconv.Quote(entry.key), entry.object)
	case errors.As(err, &name):
		return q.unknown(say, name.name)
	case errors.As(err, &whole):
		return say.OfTheWhole(strconv.Quote(whole.name), q.asField(say, whole.name, say.AskedByQuery))
	case errors.Is(err, errTooLong):
		return say.TooLong(maxLength)
	case errors.Is(err, errDeadline):
		return say.TooSlow(uint64(deadline.Seconds()))
	case errors.Is(err, errNoCondition):
		return say.NoCondition
	case !errors.As(err, &mistake):
		return err.Error()
	}
	if m := unknownName.FindStringSubmatch(mistake.Message); m != nil {
		return q.unknown(say, m[1])
	}
	if m := unknownField.FindStringSubmatch(mistake.Message); m != nil {
		return say.UnknownField(strconv.Quote(m[2]), nameable().listOf[m[1]], meant(say, m[2], fieldsOf(m[1])))
	}
	if m := unexpected.FindStringSubmatch(mistake.Message); m != nil {
		return q.unexpected(say, m[1], mistake)
	}
	if strings.HasPrefix(mistake.Message, noCondition) {
		return say.NoCondition
	}
	return say.AtColumn(mistake.Message, words.Number(mistake.Column+1-q.offset))
}

// unexpected says what is wrong where the language expects something else.
func (q *Query) unexpected(say *words.QueryWords, token string, mistake *file.Error) string {
	switch {
	case token == "=":
		return say.SingleEquals
	case q.list != "" && token == ")" && mistake.Column == len([]rune(q.source))-1, // which closes what it stands in
		token == "" && mistake.Column >= len([]rune(q.source))-1:
		return say.Unfinished
	}
	return say.Unexpected(strconv.Quote(token), words.Number(mistake.Column+1-q.offset))
}

// otherwise are names that other languages have.
var otherwise = map[string]string{"every": "all", "some": "any", "exists": "any", "select": "filter", "where": "filter",
	"avg": "mean", "average": "mean", "length": "len", "size": "len"}

// asField says that a field of the rows was meant, where one has that name.
func (q *Query) asField(say *words.QueryWords, name, remedy string) string {
	rows := reflect.TypeOf(nameable().names[q.list])
	if rows != nil && slices.Contains(fieldsOf(rows.Elem().Name()), name) {
		return say.Meant("." + name)
	}
	return remedy
}

// unknown says that nothing has a name.
func (q *Query) unknown(say *words.QueryWords, name string) string {
	if field := q.asField(say, name, ""); field != "" {
		return say.UnknownName(strconv.Quote(name), field)
	}
	if here := otherwise[name]; here != "" {
		return say.UnknownName(strconv.Quote(name), say.Meant(here))
	}
	return say.UnknownName(strconv.Quote(shortened(name)), meant(say, name, allNames()))
}

// meant returns what to do about a name that is not known.
func meant(say *words.QueryWords, name string, known []string) string {
	if similar := Nearest(name, known); similar != "" {
		return say.Meant(similar)
	}
	return say.NamesListed
}

// allNames are those of counters, rows and functions.
func allNames() []string {
	return slices.Concat(slices.Collect(maps.Keys(nameable().names)), slices.Collect(maps.Keys(percentileFunctions)),
		slices.Collect(maps.Keys(builtin.Index)))
}

// fieldsOf returns the fields of a type of rows.
func fieldsOf(typeName string) (fields []string) {
	row := nameable().rowTypes[typeName]
	for i := range row.NumField() {
		fields = append(fields, row.Field(i).Tag.Get("expr"))
	}
	return fields
}

// Nearest returns the word that differs from name in the fewest letters, none when all differ in too many.
func Nearest(name string, words []string) (best string) {
	least := max(1, len(name)/3) + 1
	slices.Sort(words)
	for _, word := range words {
		if d := distance(name, word); d < least {
			best, least = word, d
		}
	}
	return best
}

// distance is how many letters must be changed, put in or left out to make b of a (Levenshtein).
func distance(a, b string) int {
	if len(a) > 100 { // nobody's slip of the keyboard
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
