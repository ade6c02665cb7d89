package model

// The depth of a process is found when it is asked for and kept until the next move of one with children: to renew the
// depth of all below at each move would make the end of a long chain quadratic.

// depth is how many parents p has in the traced set; -1 for the top.
func (f *forest) depth(p *Process) int {
	steps, q := 0, p
	for ; q != &f.top && q.levelAt != f.moves; q = q.parent {
		steps++
	}
	level := -1
	if q != &f.top {
		level = int(q.level)
	}
	level += steps
	for q, l := p, level; steps > 0; q, l, steps = q.parent, l-1, steps-1 {
		q.level, q.levelAt = int32(l), f.moves
	}
	return level
}

// moved notes that p has another parent.
func (f *forest) moved(p *Process) {
	p.levelAt = 0
	if p.children.first != nil {
		f.moves++
	}
}

// measure takes p and all below it into the depth of the tree, after a move that may have made it deeper.
func (f *forest) measure(p *Process) {
	depth := f.depth(p)
	f.depthMax = max(f.depthMax, depth)
	p.walk(func(c *Process, below int) bool {
		if c.State != Gone {
			f.depthMax = max(f.depthMax, depth+1+below)
		}
		return true
	})
}
