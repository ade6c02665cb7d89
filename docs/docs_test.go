package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tracer/rules"
	"tracer/words"
)

// Each rule has a section that says what is seen, why, and what mends it, in each language.
func TestEachRuleIsExplained(t *testing.T) {
	for _, l := range words.Languages() {
		language := l.Name
		d, ok := documents[language]
		if !ok {
			t.Errorf("nothing is explained in %s", language)
			continue
		}
		for _, r := range rules.All {
			parts := Finding(language, r.ID)
			if len(parts) < 3 {
				t.Errorf("%s: %d parts of %s", language, len(parts), r.ID)
				continue
			}
			for i, begin := range []string{d.mends, d.why, d.seen} {
				if first := parts[i][0]; !strings.HasPrefix(first, begin+" ") { // without a blank it is not bold
					t.Errorf("%s: part %d of %s begins with %q, not %q", language, i, r.ID, first, begin)
				}
			}
			for _, line := range slices.Concat(parts...) {
				if strings.HasPrefix(line, "#") {
					t.Errorf("%s: %s: a heading within: %q", language, r.ID, line)
				}
			}
		}
	}
}

// The languages say the same: as many parts of each rule, as many remarks in a list, and the same code, whose comments
// are translated.
func TestLanguagesExplainTheSame(t *testing.T) {
	for language := range documents {
		for _, r := range rules.All {
			english, other := Finding("en", r.ID), Finding(language, r.ID)
			if len(english) != len(other) {
				t.Errorf("%s has %d parts in English, %d in %s", r.ID, len(english), len(other), language)
				continue
			}
			for i := range english {
				if want, got := code(english[i]), code(other[i]); !slices.Equal(want, got) {
					t.Errorf("%s, part %d, has other code in %s:\n%q\n%q", r.ID, i, language, want, got)
				}
				if want, got := items(english[i]), items(other[i]); want != got {
					t.Errorf("%s, part %d, has %d items in English, %d in %s", r.ID, i, want, got, language)
				}
			}
		}
		if want, got := rows(documents["en"].text), rows(documents[language].text); want != got {
			t.Errorf("the table has %d rows in English, %d in %s", want, got, language)
		}
	}
}

// comment is one of C, or of Python to the end of the line.
var comment = regexp.MustCompile(`/\*.*?\*/|# .*$`)

func code(lines []string) (list []string) {
	for _, line := range lines {
		if strings.HasPrefix(line, "    ") {
			list = append(list, strings.TrimRight(comment.ReplaceAllString(line, ""), " "))
		}
	}
	return list
}

func items(lines []string) (n int) {
	for _, line := range lines {
		if strings.HasPrefix(line, "* ") {
			n++
		}
	}
	return n
}

func rows(document string) int { return strings.Count(document, "\n| ") }

func TestCodeIsComparedWithoutItsComments(t *testing.T) {
	got := code([]string{"text", "    f();   /* C */", "    g()    # Python", "    h(/* in */ 1);", "* item"})
	if want := []string{"    f();", "    g()", "    h( 1);"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestUnknownLanguagesGetEnglish(t *testing.T) {
	for _, r := range rules.All {
		english := slices.Concat(Finding("en", r.ID)...)
		if got := slices.Concat(Finding("xx", r.ID)...); !slices.Equal(got, english) {
			t.Errorf("%s: %q", r.ID, got)
		}
		if slices.Equal(slices.Concat(Finding("zh", r.ID)...), english) {
			t.Errorf("%s is in English in Chinese", r.ID)
		}
	}
}

func TestOtherNamesHaveNoSection(t *testing.T) {
	for language := range documents {
		for _, name := range []string{"", "out_of", "of_memory", "no_such_rule"} {
			if parts := Finding(language, name); parts != nil {
				t.Errorf("%s: %q has %q", language, name, parts)
			}
		}
	}
}
