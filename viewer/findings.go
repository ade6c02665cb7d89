package viewer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tracer/docs"
	"tracer/event"
	"tracer/model"
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
	newest findingKey
	since  event.Time // when that was found
	change string     // what came of another way to reap, while that is new
	w, h   int
	whole  int // how many lines a sentence has that is to be whole; 0: as many as there is room for

	proof int    // of the events that show the finding, the one that was led to
	went  uint64 // where that is: while the cursor is there, what was found before stays
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

// changeStays is how long it is said what came of another way to reap, where the control panel does not say so.
const changeStays = event.Time(30e9)

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
	if s.cursor.busy() {
		return
	}
	c, changed := model.ChangeIn(t.model)
	fresh := changed && t.now-min(c.At, t.now) < changeStays && s.side != s.control &&
		s.focus != focusFound
	if fresh && t.now-min(c.At, t.now) < betweenLooks || fresh != (p.change != "") {
		p.change = "" // at once
		if fresh {
			p.change = changeIn(s)
		}
	}
	if t.now >= p.looked && t.now-p.looked < wait || p.leads(s) {
		return
	}
	if fresh {
		p.change = changeIn(s)
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
		told := slices.ContainsFunc(before, func(o rules.Finding) bool { return keyOf(&o) == key })
		switch {
		case f.Severity == rules.Note:
		case live && !told && !old[key]:
			p.young[key] = true
		default:
			if key == shown {
				p.at = len(p.found)
			}
			p.found = append(p.found, f)
			if (live || s.cursor.playing) && !told {
				p.newest, p.since = key, t.now
			}
		}
	}
	if p.since == t.now && t.now != 0 && s.focus != focusFound && !sideOpen(s) { // nobody reads another one
		p.at = max(slices.IndexFunc(p.found, func(o rules.Finding) bool { return keyOf(&o) == p.newest }), 0)
	}
}

// leads reports whether the cursor is on an event that shows a finding, as Enter asked for.
func (p *findingsPane) leads(s *state) bool {
	return p.went != 0 && s.cursor.target == p.went && !s.cursor.follows && p.at < len(p.found)
}

// newFor is how long a finding stands out as new.
const newFor = event.Time(5e9)

func (p *findingsPane) keys(say *words.KeyWords) section {
	has := func(s *state) bool {
		return s.focus == focusFound || len(p.found) > 0 && sideOpen(s) && isExplained(s)
	}
	return section{title: say.Findings, when: has, inFooter: has, bindings: []binding{
		{"open", []string{"Enter"}, "Enter", say.Evidence.Label, 2, say.FindingEvidence, nil,
			func(s *state, _ string) { p.lead(s) }},
	}}
}

func isExplained(s *state) bool {
	_, is := s.side.(*explainPane)
	return is
}

// lead goes to the next event that shows the finding, and to the process that it is about.
func (p *findingsPane) lead(s *state) {
	if p.at >= len(p.found) {
		return
	}
	f := &p.found[p.at]
	if len(f.Evidence) == 0 {
		s.notice = s.words.Screen.NoEvidence
		return
	}
	if again := p.leads(s); again {
		p.proof = (p.proof + 1) % len(f.Evidence)
	} else {
		leave(s)
		p.proof = 0
	}
	number := uint64(0)
	if who := s.shown().model.Find(f.PID); who != nil {
		number = who.Number
	}
	s.setCursor(f.Evidence[p.proof])
	p.went = s.cursor.target
	if number != 0 {
		s.tree.wanted = number
	}
	if s.focus, s.side = focusFound, s.events; s.notice == "" {
		s.notice = s.words.Screen.Evidence(p.proof+1, len(f.Evidence), sentenceOf(s.words, f))
	}
}

// move goes to another finding.
func (p *findingsPane) move(key string) {
	p.at, p.went = max(0, min(p.at+rows(key, 1), len(p.found)-1)), 0
}

// measure takes how many lines a whole sentence needs on a projector: while there is one no fewer than before, since
// what is above it is not to jump for a word.
func (p *findingsPane) measure(s *state) {
	if !s.projector || s.w != p.w || !p.says() {
		p.whole = 0
	}
	if s.projector && p.says() {
		_, _, sentence := p.shown(s)
		p.whole = max(p.whole, len(text.Wrap(sentence, s.w-3)))
	}
}

// says reports whether there is something to say.
func (p *findingsPane) says() bool { return len(p.found) > 0 || p.change != "" }

// height is how many lines it needs of so many.
func (p *findingsPane) height(room int) int {
	switch {
	case !p.says() || room < 8:
		return 0
	case p.whole > 0:
		return min(p.whole, room/2)
	case p.change != "":
		return min(4, room/6)
	case room < 24:
		return 2
	}
	return 3
}

func (p *findingsPane) settle(w, h int) { p.w, p.h = w, h }

// lines are the finding, as a whole sentence, as far as there is room; keys lead to the rest.
func (p *findingsPane) lines(s *state) []line {
	if p.h == 0 {
		return nil
	}
	r, look, sentence := p.shown(s)
	return p.box(s, r, look, sentence)
}

// sentence is the one that is shown.
func (p *findingsPane) sentence(s *state) string {
	if p.change != "" || p.at >= len(p.found) {
		return p.change
	}
	return s.scene().finding(&p.found[p.at])
}

// shown is the sentence that is shown, with its number, and how.
func (p *findingsPane) shown(s *state) (r role, look mark, sentence string) {
	sentence = p.sentence(s)
	if p.change != "" || p.at >= len(p.found) {
		return roleStrong, markBar, sentence
	}
	f := &p.found[p.at]
	r, look = roleWarn, markBar
	if f.Severity == rules.Incomplete {
		r = roleAlarm
	}
	front := ""
	if n := len(p.found); n > 1 {
		front = s.words.Screen.FindingNumber(p.at+1, n) + " "
	}
	switch now := s.shown().now; {
	case s.focus == focusFound:
		look = markSelected
	case keyOf(f) == p.newest && now >= p.since && now-p.since < newFor:
		front = s.words.Screen.NewFinding + " " + front
		r = roleAlarm
	}
	return r, look, front + sentence
}

// box is a sentence, as far as there is room.
func (p *findingsPane) box(s *state, r role, look mark, sentence string) []line {
	parts := text.Wrap(sentence, p.w-3)
	if len(parts) > p.h {
		parts = parts[:p.h]
		parts[p.h-1] = text.Cut(parts[p.h-1]+s.glyphs.ellipsis, p.w-3, s.glyphs.ellipsis)
	}
	lines := make([]line, 0, p.h)
	for i, part := range parts {
		l := line{mark: look}
		if i == 0 {
			l.add(r, s.glyphs.warning+" ")
		}
		lines = append(lines, *l.to(2).add(r, part))
	}
	for len(lines) < p.h {
		lines = append(lines, line{mark: look})
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
		{"explain", []string{"!"}, "!", say.Explain.Label, 3, "",
			func(s *state) bool { return len(p.of.found) > 0 && s.side != p }, func(s *state, _ string) { s.open(p) }},
		{"explain", []string{"!"}, "!", say.NextFinding, 3, "", func(s *state) bool { return len(p.of.found) > 1 },
			func(*state, string) { p.of.at, p.top = (p.of.at+1)%len(p.of.found), 0 }},
		{"explain", []string{"!"}, "", "", 0, say.Explain.Help, nil, func(s *state, _ string) {
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
