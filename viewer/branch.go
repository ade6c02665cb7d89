package viewer

// branches draws the lines of the tree left of its rows. Of a very deep row only the last levels are drawn.
type branches struct {
	nodes  []node
	most   int // levels
	glyphs *glyphs
}

func (t *treePane) branches(g *glyphs) branches {
	return branches{t.nodes, max((t.cols.facts-t.cols.tree)/4, 3), g}
}

// of is what stands left of row i.
func (b branches) of(i int) line {
	if b.nodes[i].last {
		return b.levels(i, b.glyphs.corner)
	}
	return b.levels(i, b.glyphs.tee)
}

// above is what leads to that from the row before.
func (b branches) above(i int) line { return b.levels(i, b.glyphs.pipe) }

// levels are those left of row i, of which the last one is given.
func (b branches) levels(i int, glyph string) line {
	n := &b.nodes[i]
	if n.depth == 0 {
		return line{}
	}
	levels := append(make([]string, 0, b.most), glyph)
	for up := n.parent; b.nodes[up].depth > 0 && len(levels) < b.most; up = b.nodes[up].parent {
		glyph = b.glyphs.pipe
		if b.nodes[up].last {
			glyph = b.glyphs.blank
		}
		levels = append(levels, glyph)
	}
	if int(n.depth) > b.most {
		levels[b.most-1] = b.glyphs.deeper
	}
	var l line
	for k := len(levels) - 1; k >= 0; k-- {
		l.add(roleTree, levels[k])
	}
	return l
}
