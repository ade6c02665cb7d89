package docs

import (
	"strings"
	"testing"

	"tracer/rules"
)

// Each rule has a section that says what is seen, why, and what mends it.
func TestEachRuleIsExplained(t *testing.T) {
	for _, r := range rules.All {
		parts := Finding(r.ID)
		if len(parts) < 3 {
			t.Errorf("docs/findings.md has %d parts of %s", len(parts), r.ID)
			continue
		}
		for i, begin := range []string{mends, why, "**What is seen.**"} {
			if first := parts[i][0]; !strings.HasPrefix(first, begin) {
				t.Errorf("part %d of %s begins with %q, not %q", i, r.ID, first, begin)
			}
		}
		for _, part := range parts {
			for _, line := range part {
				if strings.HasPrefix(line, "#") {
					t.Errorf("%s: a heading within: %q", r.ID, line)
				}
			}
		}
	}
}

func TestOtherNamesHaveNoSection(t *testing.T) {
	for _, name := range []string{"", "out_of", "of_memory", "no_such_rule"} {
		if parts := Finding(name); parts != nil {
			t.Errorf("%q has %q", name, parts)
		}
	}
}
