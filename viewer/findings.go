package viewer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tracer/docs"
	"tracer/event"
	"tracer/rules"
	"tracer/text"
	"tracer/words"
)

// findingsPane says, below the other panes, what is likely to be wrong, while there is something to say: notes are left
// to the summary.
type findingsPane struct {
	found []rules.Finding
	at    int // of the one that is shown

	looked event.Time // when, as the trace has it, and at which event
	pos    uint64
	young  map[findingKey]bool // found at the last look for the first time
	w, h   int
}

// findingKey tells findings apart from one look to the next.
type findingKey struct {
	id, path string
	pid      event.PID
	address  event.Addr
}

func keyOf(f *rules.Finding) findingKey { return findingKey{f.ID, f.Path, f.PID, f.Address} }

// betweenLooks is how much of a trace under way passes between two looks at it. What comes and goes within that is no
// finding yet: a parent needs some time to reap.
const betweenLooks = event.Time(500e6)

// look brings the findings in line with the trace.
func (p *findingsPane) look(s *state) {
	t := s.shown()
	live := s.cursor.follows && s.cursor.log.grows
	wait := event.Time(0)
	switch {
	case live:
		wait = betweenLooks
	case s.cursor.playing:
		wait = event.Time(float64(betweenLooks) * speeds[s.cursor.speed])
	case p.pos == s.cursor.pos:
		return
	}
	if s.cursor.busy() || t.now >= p.looked && t.now-p.looked < wait {
		return
	}
	p.looked, p.pos = t.now, s.cursor.pos
	var shown findingKey
	if p.at < len(p.found) {
		shown = keyOf(&p.found[p.at])
	}
	old, before := p.young, p.found
	p.young, p.found, p.at = map[findingKey]bool{}, nil, 0
	for _, f := range rules.Find(t.model) {
		key := keyOf(&f)
		known := old[key] || slices.ContainsFunc(before, func(o rules.Finding) bool { return keyOf(&o) == key })
		switch {
		case f.Severity == rules.Note:
		case live && !known:
			p.young[key] = true
		default:
			if key == shown {
				p.at = len(p.found)
			}
			p.found = append(p.found, f)
		}
	}
}

// height is how many lines it needs of so many.
func (p *findingsPane) height(room int) int {
	switch {
	case len(p.found) == 0 || room < 8:
		return 0
	case room < 24:
		return 2
	}
	return 3
}

func (p *findingsPane) settle(w, h int) { p.w, p.h = w, h }

// lines are the finding, as a whole sentence, as far as there is room; keys lead to the rest.
func (p *findingsPane) lines(s *state) []line {
	if p.at >= len(p.found) || p.h == 0 {
		return nil
	}
	f := &p.found[p.at]
	r := roleWarn
	if f.Severity == rules.Incomplete {
		r = roleAlarm
	}
	front := ""
	if n := len(p.found); n > 1 {
		front = s.words.Screen.FindingNumber(p.at+1, n) + " "
	}
	parts := text.Wrap(front+s.scene().finding(f), p.w-3)
	if len(parts) > p.h {
		parts = parts[:p.h]
		parts[p.h-1] = text.Cut(parts[p.h-1]+s.glyphs.ellipsis, p.w-3, s.glyphs.ellipsis)
	}
	lines := make([]line, 0, p.h)
	for i, part := range parts {
		l := line{mark: markBar}
		if i == 0 {
			l.add(r, s.glyphs.warning+" ")
		}
		lines = append(lines, *l.to(2).add(r, part))
	}
	for len(lines) < p.h {
		lines = append(lines, line{mark: markBar})
	}
	return lines
}

// finding is the sentence of a finding, with its severity and its process before it.
func (v scene) finding(f *rules.Finding) string {
	severity, sentence := v.words.Severity(f.Severity.String()), v.glyphs.plain(sentenceOf(v.words, f))
	if f.PID != 0 {
		return v.words.Screen.FindingOf(severity, v.whoThen(f.PID, f.Names[f.PID]), sentence)
	}
	return v.words.Screen.Finding(severity, sentence)
}

// explainPane is the page of the documentation about the finding that is shown.
type explainPane struct {
	textPane
	of *findingsPane
}

func (p *explainPane) opening(say *words.KeyWords) []binding {
	return []binding{
		{[]string{"!"}, "!", say.Explain.Label, 3, "",
			func(s *state) bool { return len(p.of.found) > 0 && s.side != p }, func(s *state, _ string) { s.open(p) }},
		{[]string{"!"}, "!", say.NextFinding, 3, "", func(s *state) bool { return len(p.of.found) > 1 },
			func(*state, string) { p.of.at, p.top = (p.of.at+1)%len(p.of.found), 0 }},
		{[]string{"!"}, "", "", 0, say.Explain.Help, nil, func(s *state, _ string) {
			if len(p.of.found) == 0 {
				s.notice = s.words.Screen.NothingUnusual
			}
		}},
	}
}

func (p *explainPane) settle(s *state, w, h int) {
	p.w, p.h, p.head, p.all = w, h, s.words.Screen.Explained, nil
	if p.of.at >= len(p.of.found) {
		return
	}
	f := &fields{width: w}
	found := &p.of.found[p.of.at]
	f.say(roleWarn, s.scene().finding(found))
	f.blank()
	for _, part := range docs.Finding(s.words.Name, found.ID) {
		f.document(part)
	}
	p.all = f.lines
}

// emphasis is what marks words in Markdown.
var emphasis = regexp.MustCompile("(\\*\\*|\\*|`)([^*` ][^*`]*)(\\*\\*|\\*|`)")

// continued puts the lines of a paragraph together. Chinese has no blanks within, and none beside its punctuation.
func continued(paragraph, l string) string {
	last, _ := utf8.DecodeLastRuneInString(paragraph)
	first, _ := utf8.DecodeRuneInString(l)
	wide := func(r rune) bool { return text.Width(string(r)) > 1 }
	mark := func(r rune) bool { return wide(r) && unicode.IsPunct(r) }
	if paragraph == "" || wide(last) && wide(first) || mark(last) || mark(first) {
		return paragraph + l
	}
	return paragraph + " " + l
}

// document adds lines of Markdown: its paragraphs, and its code, a line each.
func (f *fields) document(lines []string) {
	paragraph := ""
	end := func() {
		if paragraph != "" {
			f.say(roleText, emphasis.ReplaceAllString(paragraph, "$2"))
		}
		paragraph = ""
	}
	for _, l := range lines {
		code, isCode := strings.CutPrefix(l, "    ")
		switch {
		case l == "":
			end()
			f.blank()
		case isCode && paragraph == "":
			for _, part := range text.Wrap(code, f.width-4) {
				f.lines = append(f.lines, textLine(roleStrong, "   "+part))
			}
		case strings.HasPrefix(l, "* "):
			end()
			paragraph = l
		default:
			paragraph = continued(paragraph, strings.TrimSpace(l))
		}
	}
	end()
	if n := len(f.lines); n > 0 && f.lines[n-1].width > 0 {
		f.blank()
	}
}
