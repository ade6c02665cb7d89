package words

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tracer/event"
	"tracer/text"
)

// TestSentencesAreThere: each language has every sentence, and says in it all that it is given. The digits of what is
// no count are together, as one writes a process id.
func TestSentencesAreThere(t *testing.T) {
	for _, l := range Languages() {
		each(reflect.ValueOf(l).Elem(), "", func(name string, field reflect.Value) {
			switch field.Kind() {
			case reflect.String:
				if field.String() == "" {
					t.Errorf("%s: %s is empty", l.Name, name)
				}
			case reflect.Func:
				if field.IsNil() {
					t.Errorf("%s: %s is missing", l.Name, name)
					return
				}
				if name == "Help.Kind" || name == "Manual.Model" { // TestKindsAreExplained, and cmd knows the models
					return
				}
				for _, flaw := range flaws(field) {
					t.Errorf("%s: %s %s", l.Name, name, flaw)
				}
			default:
				t.Errorf("%s: %s is of a type that this test does not know", l.Name, name)
			}
		})
	}
}

func TestKindsAreExplained(t *testing.T) {
	for _, l := range Languages() {
		for _, k := range event.Kinds() {
			if l.Help.Kind(k) == "" {
				t.Errorf("%s: %v is not explained", l.Name, k)
			}
		}
		if len(l.Help.Lessons) != len(English().Help.Lessons) {
			t.Errorf("%s has other lessons", l.Name)
		}
	}
}

// TestChineseIsChinese: no sentence in it is one in English.
func TestChineseIsChinese(t *testing.T) {
	english, chinese := regexp.MustCompile(`[A-Za-z]+,? [A-Za-z]+,? [A-Za-z]+`), regexp.MustCompile(`\p{Han}`)
	each(reflect.ValueOf(Chinese()).Elem(), "", func(name string, field reflect.Value) {
		said := ""
		if field.Kind() == reflect.String {
			said = field.String()
		} else if name != "Help.Kind" {
			said = call(field, true, -1)
		}
		if english.MatchString(said) && !chinese.MatchString(said) {
			t.Errorf("%s is %q", name, said)
		}
	})
}

// each visits the sentences of a table and of those in it.
func each(table reflect.Value, name string, visit func(name string, field reflect.Value)) {
	switch table.Kind() {
	case reflect.Struct:
		for i := range table.NumField() {
			each(table.Field(i), strings.TrimPrefix(name+"."+table.Type().Field(i).Name, "."), visit)
		}
	case reflect.Slice:
		for i := range table.Len() {
			each(table.Index(i), fmt.Sprintf("%s[%d]", name, i), visit)
		}
	default:
		visit(name, table)
	}
}

// flaws calls a sentence with arguments that can be found in it again.
func flaws(sentence reflect.Value) (list []string) {
	kind := sentence.Type()
	say := func(many bool, turned int) string { return call(sentence, many, turned) }
	if kind.IsVariadic() {
		return []string{"takes a list: give it as one argument"}
	}
	one, many := say(false, -1), say(true, -1)
	if one == "" || many == "" {
		return []string{"says nothing"}
	}
	for i := range kind.NumIn() {
		switch in := kind.In(i); in.Kind() {
		case reflect.Bool:
			if say(true, i) == many {
				list = append(list, fmt.Sprintf("is the same whatever its argument %d is", i+1))
			}
		case reflect.Slice:
			for _, want := range []string{fmt.Sprintf("mark%da", i), fmt.Sprintf("mark%db", i)} {
				if !strings.Contains(many, want) {
					list = append(list, fmt.Sprintf("leaves out an element of its argument %d: %q", i+1, many))
				}
			}
		case reflect.Struct:
			for _, want := range []string{number(manyOf(i)), fmt.Sprintf("mark%d", i)} {
				if !strings.Contains(many, want) {
					list = append(list, fmt.Sprintf("does not name its argument %d: %q", i+1, many))
				}
			}
		default:
			plain := fmt.Sprint(mark(in, i, true, false))
			if in.Kind() == reflect.Float64 {
				plain = fmt.Sprint(manyOf(i))
			}
			grouped := in.Kind() == reflect.Uint64 && in == reflect.TypeFor[uint64]() &&
				strings.Contains(many, text.Count(manyOf(i)))
			if !strings.Contains(many, plain) && !grouped {
				list = append(list, fmt.Sprintf("does not say its argument %d, or groups its digits: %q", i+1, many))
			}
		}
	}
	return list
}

// call calls a sentence with marked arguments.
func call(sentence reflect.Value, many bool, turned int) string {
	var arguments []reflect.Value
	for i := range sentence.Type().NumIn() {
		arguments = append(arguments, mark(sentence.Type().In(i), i, many, i == turned))
	}
	out := sentence.Call(arguments)
	if problem, ok := out[0].Interface().(Problem); ok {
		if problem.What == "" || problem.Remedy == "" {
			return ""
		}
		return problem.What + problem.Remedy
	}
	return out[0].String()
}

// manyOf is a number that stands in no sentence by itself.
func manyOf(i int) uint64 { return 7_310_001 + uint64(i) }

// mark makes an argument that can be found again: for numbers one or many, for a bool whether it is turned.
func mark(kind reflect.Type, i int, many, turned bool) reflect.Value {
	v := reflect.New(kind).Elem()
	switch kind.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("mark%d", i))
	case reflect.Bool:
		v.SetBool(turned)
	case reflect.Slice:
		a, b := fmt.Sprintf("mark%da", i), fmt.Sprintf("mark%db", i)
		if kind == reflect.TypeFor[[]Who]() {
			v.Set(reflect.ValueOf([]Who{{1, event.Text(a)}, {2, event.Text(b)}}))
		} else {
			v.Set(reflect.ValueOf([]string{a, b}))
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
		if many {
			v.SetInt(int64(manyOf(i)))
		}
	case reflect.Uint64, reflect.Uint32:
		v.SetUint(1)
		if many {
			v.SetUint(manyOf(i))
		}
	case reflect.Float64:
		v.SetFloat(float64(manyOf(i)))
	case reflect.Struct:
		v.Set(reflect.ValueOf(Who{event.PID(manyOf(i)), event.Text(fmt.Sprintf("mark%d", i))}))
	}
	return v
}

// TestFlawsAreFound: the test of the sentences can fail.
func TestFlawsAreFound(t *testing.T) {
	for name, sentence := range map[string]any{
		"a forgotten argument": func(a, b string) string { return a },
		"a grouped process id": func(p event.PID) string { return text.Count(uint64(p)) },
		"a forgotten choice":   func(b bool) string { return "the same" },
		"an empty sentence":    func() string { return "" },
		"a process by its id":  func(w Who) string { return number(w.PID) },
		"half of a list":       func(list []string) string { return list[0] },
	} {
		if len(flaws(reflect.ValueOf(sentence))) == 0 {
			t.Errorf("%s was not found", name)
		}
	}
	for name, sentence := range map[string]any{
		"a count":       func(n uint64) string { return text.Count(n) },
		"a process id":  func(p event.PID) string { return number(p) },
		"a choice":      func(b bool) string { return fmt.Sprint(b) },
		"a whole list":  func(list []string) string { return strings.Join(list, ", ") },
		"its arguments": func(a string, b int32) string { return number(b) + a },
	} {
		if found := flaws(reflect.ValueOf(sentence)); found != nil {
			t.Errorf("%s: %s", name, found)
		}
	}
}

// TestLocales: the first variable that is not empty says which language.
func TestLocales(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", "en"},
		{"", "", "zh_CN.UTF-8", "zh"},
		{"", "", "zh_SG", "zh"},
		{"", "", "zh_Hans_CN.UTF-8", "zh"},
		{"", "", "zh_TW.UTF-8", "en"},
		{"", "", "de_DE.UTF-8", "en"},
		{"", "C", "zh_CN.UTF-8", "en"},
		{"", "zh_CN.UTF-8", "C", "zh"},
		{"C.UTF-8", "zh_CN.UTF-8", "zh_CN.UTF-8", "en"},
	} {
		locale := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		if l := ForLocale(func(name string) string { return locale[name] }); l.Name != c.want {
			t.Errorf("%v: %s", c, l.Name)
		}
	}
	for _, l := range Languages() {
		if again, ok := ByName(l.Name); !ok || again != l {
			t.Errorf("ByName(%q) = %v", l.Name, again)
		}
	}
	if _, ok := ByName("xx"); ok {
		t.Error("there is a language xx")
	}
}
