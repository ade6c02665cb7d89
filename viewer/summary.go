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
	"tracer/words"
)

// summaryPane shows the findings, and every counter by the name that checks use.
type summaryPane struct {
	textPane
	first []int // first line of each finding

	proofs []proof // that keys lead through
	at     int     // the one that was led to, if the cursor is still there
	went   uint64  // where that is
}

// A proof is an event that shows a finding.
type proof struct {
	finding *rules.Finding
	event   uint64
}

func (p *summaryPane) opening(say *words.KeyWords) []binding {
	lead := func(s *state, key string) { p.lead(s, forward(key == "v")) }
	return []binding{
		{"summary", []string{"s"}, "s", say.Summary.Label, 4, say.Summary.Help, nil,
			func(s *state, _ string) { s.open(p) }},
		{"evidence,previous-evidence", []string{"v", "V"}, "v", say.Evidence.Label, 5, "",
			func(s *state) bool { return s.side == p }, lead},
		{"evidence,previous-evidence", []string{"v", "V"}, "", "", 0, say.Evidence.Help, nil, lead},
	}
}

// lead goes to the next event that shows a finding of the moment from which one went to the first.
func (p *summaryPane) lead(s *state, step int) {
	if len(p.proofs) == 0 || s.cursor.target != p.went {
		p.proofs, p.at = proofsOf(rules.Find(s.shown().model)), -1
		if step < 0 {
			p.at = 0
		}
	}
	if len(p.proofs) == 0 {
		s.notice = s.words.Screen.NoEvidence
		return
	}
	p.at = (p.at + step + len(p.proofs)) % len(p.proofs)
	p.follow(s)
}

// follow goes to the event.
func (p *summaryPane) follow(s *state) {
	shown := p.proofs[p.at]
	s.setCursor(shown.event)
	p.went = s.cursor.target
	if s.notice == "" {
		s.notice = s.words.Screen.Evidence(p.at+1, len(p.proofs), sentenceOf(s.words, shown.finding))
	}
}

// sentenceOf is the sentence of a finding.
func sentenceOf(l *words.Language, f *rules.Finding) string {
	named := words.Named{Tasks: f.Tasks, Names: f.Names}
	return words.FindingAbout(l, f.Path, f.Address, l.Finding(f.ID, f.Arguments, named))
}

// click goes to the first event that shows a finding.
func (p *summaryPane) click(s *state, _, y int) {
	if y < 0 || y >= p.h {
		return
	}
	i, found := slices.BinarySearch(p.first, p.textPane.first()+y)
	if !found {
		i--
	}
	findings := rules.Find(s.shown().model)
	if i < 0 || i >= len(findings) {
		return
	}
	p.proofs = proofsOf(findings)
	if p.at = slices.IndexFunc(p.proofs, func(e proof) bool { return e.finding == &findings[i] }); p.at >= 0 {
		p.follow(s)
	}
}

func proofsOf(findings []rules.Finding) (proofs []proof) {
	for i := range findings {
		for _, n := range findings[i].Evidence {
			proofs = append(proofs, proof{&findings[i], n})
		}
	}
	return proofs
}

func (p *summaryPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	p.head = s.words.Screen.Summary
	p.all, p.first = summaryLines(s.scene(), w)
}

// summaryLines are the lines, and which of them are the first of a finding, and behind the findings.
func summaryLines(v scene, width int) (lines []line, first []int) {
	say, f := &v.words.Screen, &fields{width: width}
	if root := v.model.Root(); root != nil && root.State != model.Alive {
		f.say(roleText, say.LaunchedEnded(v.words.StatusText(root.Status)))
		f.blank()
	}
	findings := rules.Find(v.model)
	if len(findings) == 0 {
		f.say(roleAlive, say.NothingUnusual)
	}
	for i := range findings {
		found := &findings[i]
		first = append(first, len(f.lines))
		r := [...]role{rules.Note: roleText, rules.Warning: roleWarn, rules.Incomplete: roleAlarm}[found.Severity]
		f.say(r, v.finding(found))
	}
	first = append(first, len(f.lines))
	f.blank()
	f.counters(v.model.Counters(), v.words)
	return f.lines, first
}

// counters lists the numbers, by the names of their JSON keys: the one set of names.
func (f *fields) counters(c model.Counters, language *words.Language) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name, ok := v.Type().Field(i).Tag.Lookup("json")
		if !ok {
			continue
		}
		value, zero := counterText(v.Field(i), language)
		r := roleStrong
		if zero {
			r = roleDim
		}
		var l line
		l.gap(1).add(roleDim, name).to(22)
		for k, part := range text.Wrap(value, f.width-24) {
			if k > 0 {
				l = line{}
				l.to(22)
			}
			f.lines = append(f.lines, *l.add(r, part))
		}
	}
}

func counterText(v reflect.Value, language *words.Language) (value string, zero bool) {
	switch v.Kind() {
	case reflect.Map:
		return mapText(v, language), v.Len() == 0
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', 3, 64), v.Float() == 0
	case reflect.Uint64:
		return text.Count(v.Uint()), v.Uint() == 0
	}
	return fmt.Sprint(v.Interface()), v.IsZero()
}

func compareNumbers(a, b reflect.Value) int {
	if a.CanFloat() {
		return cmp.Compare(a.Float(), b.Float())
	}
	return cmp.Compare(a.Uint(), b.Uint())
}

// mapText returns the largest counts of a map: "127.0.0.1:80: 12, [::1]:80: 3, and 4 more".
func mapText(v reflect.Value, language *words.Language) string {
	type entry struct {
		key   string
		value reflect.Value
	}
	var entries []entry
	for i := v.MapRange(); i.Next(); {
		entries = append(entries, entry{text.Escape(fmt.Sprint(i.Key().Interface())), i.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(compareNumbers(b.value, a.value), cmp.Compare(a.key, b.key))
	})
	const most = 8
	parts := make([]string, 0, most+1)
	for i, e := range entries {
		if i == most {
			parts = append(parts, language.Screen.More(uint64(len(entries)-most)))
			break
		}
		value, _ := counterText(e.value, language)
		parts = append(parts, language.Screen.Entry(e.key, value))
	}
	return strings.Join(parts, language.Punctuation.Comma)
}
