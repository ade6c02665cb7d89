package rules

import (
	"cmp"
	"slices"

	"tracer/model"
)

// reapedLate: zombies were reaped at last, and had waited for long. Those of whom one waited longest come first.
var reapedLate = Rule{"reaped_late", Note, func(m *model.Model, found func(Finding)) {
	if !tellsOfTheDead(m) {
		return
	}
	late := slices.DeleteFunc(slices.Clone(m.Fates()), func(g *model.Fate) bool { return g.Reaping != model.ByParent })
	slices.SortStableFunc(late, func(a, b *model.Fate) int { return cmp.Compare(b.Some[0].For, a.Some[0].For) })
	for _, g := range late {
		found(ofFate(g))
	}
}}
