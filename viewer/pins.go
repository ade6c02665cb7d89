package viewer

import "slices"

// newRows is how many rows are left at least for what is followed, below those that stay.
const newRows = 3

// pinsOf returns the rows that stand at the top of the pane in the place of the first ones, in the order of the tree:
// the parent of the first one, if that has been scrolled away, and, while what is new is followed, the zombies that
// would be hidden. A row stays where it is when another one comes to stand there.
func pinsOf(t *treePane, pins []int) []int {
	pins = pins[:0]
	parent := t.pinned()
	if parent >= 0 {
		pins = append(pins, parent)
	}
	if !t.follow {
		return pins
	}
	for i := 0; i < min(t.top+len(pins), len(t.nodes)) && len(pins) < t.h-newRows; i++ {
		if i != parent && waits(t, i) {
			at, _ := slices.BinarySearch(pins, i)
			pins = slices.Insert(pins, at, i)
		}
	}
	return pins
}

// waits reports whether a row is that of a zombie, or of a group of them, that is not a part of a group.
func waits(t *treePane, i int) bool {
	n := &t.nodes[i]
	return isZombie(n.process) && !n.inner() && !n.dim && (n.parent < 0 || t.nodes[n.parent].group == 0)
}
