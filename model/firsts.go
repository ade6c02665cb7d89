package model

import (
	"maps"
	"slices"
)

// firsts keeps a value for each of the first keys that come, in the order in which they came.
type firsts[K comparable, V any] struct {
	list  []V
	known map[K]int
}

// place returns where in the list the value of a key is, and whether it is new, and zero. When the key is not known and
// there are the most that may be, it is -1.
func (f *firsts[K, V]) place(key K, most int) (i int, added bool) {
	if i, ok := f.known[key]; ok {
		return i, false
	}
	if len(f.list) >= most {
		return -1, false
	}
	if f.known == nil {
		f.known = map[K]int{}
	}
	i = len(f.list)
	var zero V
	f.known[key], f.list = i, append(f.list, zero)
	return i, true
}

// clone returns a copy; what its values refer to, both share.
func (f *firsts[K, V]) clone() firsts[K, V] {
	return firsts[K, V]{slices.Clone(f.list), maps.Clone(f.known)}
}
