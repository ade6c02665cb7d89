package viewer

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tracer/model"
	"tracer/rules"
	"tracer/text"
)

// summaryPane shows the findings, and every counter by the name that checks use.
type summaryPane struct{ textPane }

func (p *summaryPane) opening() []binding {
	return []binding{{[]string{"s"}, "s", "summary", 4, "the counters, and what they tell", nil,
		func(s *state, _ string) { s.open(p) }}}
}

func (p *summaryPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	p.head = "SUMMARY"
	p.all = summaryLines(s.scene(), w)
}

func summaryLines(v scene, width int) []line {
	f := &fields{width: width}
	if root := v.model.Root(); root != nil && root.State != model.Alive {
		f.say(roleText, "The launched program ended: "+english.StatusText(root.Status)+".")
		f.blank()
	}
	findings := rules.Find(v.model)
	if len(findings) == 0 {
		f.say(roleAlive, "Nothing unusual so far.")
	}
	for _, found := range findings {
		r := [...]role{rules.Note: roleText, rules.Warning: roleWarn, rules.Incomplete: roleAlarm}[found.Severity]
		head := found.Severity.String()
		if found.PID != 0 {
			head += ", " + v.who(found.PID)
		}
		f.say(r, head+": "+v.glyphs.plain(english.Finding(found.ID, found.Arguments)))
	}
	f.blank()
	f.counters(v.model.Counters())
	return f.lines
}

// counters lists the numbers, by the names of their JSON keys: the one set of names.
func (f *fields) counters(c model.Counters) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name, ok := v.Type().Field(i).Tag.Lookup("json")
		if !ok {
			continue
		}
		words, zero := counterText(v.Field(i))
		r := roleStrong
		if zero {
			r = roleDim
		}
		var l line
		l.gap(1).add(roleDim, name).to(22)
		for k, part := range wrap(words, f.width-24) {
			if k > 0 {
				l = line{}
				l.to(22)
			}
			f.lines = append(f.lines, *l.add(r, part))
		}
	}
}

func counterText(v reflect.Value) (words string, zero bool) {
	switch v.Kind() {
	case reflect.Map:
		return mapText(v), v.Len() == 0
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', 3, 64), v.Float() == 0
	case reflect.Uint64:
		return text.Count(v.Uint()), v.Uint() == 0
	}
	return fmt.Sprint(v.Interface()), v.IsZero()
}

// mapText returns the largest counts of a map: "127.0.0.1:80: 12, [::1]:80: 3, and 4 more".
func mapText(v reflect.Value) string {
	type entry struct {
		key string
		n   uint64
	}
	var entries []entry
	for i := v.MapRange(); i.Next(); {
		entries = append(entries, entry{text.Escape(fmt.Sprint(i.Key().Interface())), i.Value().Uint()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.key, b.key)) })
	const most = 8
	words := make([]string, 0, most+1)
	for i, e := range entries {
		if i == most {
			words = append(words, "and "+text.Count(uint64(len(entries)-most))+" more")
			break
		}
		words = append(words, e.key+": "+text.Count(e.n))
	}
	return strings.Join(words, ", ")
}
