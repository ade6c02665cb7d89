package model

// valueOf returns what is at p, of nil the zero value.
func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// made returns what is at p, and makes it when that is nil.
func made[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

// copied returns a copy of what is at p, nil of nil.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// list is a doubly linked list through its elements, which embed their links, so that one leaves it in constant time
// and none needs memory of its own. An element is in one list at most.
type list[T any, E element[T]] struct{ first, last *T }

// element is a pointer to what embeds links.
type element[T any] interface {
	*T
	linked() *links[T]
}

// links join an element of a list to those beside it.
type links[T any] struct{ next, prev *T }

// Next returns the one after it in its list, the next younger; nil when there is none.
func (l *links[T]) Next() *T { return l.next }

func (l *links[T]) linked() *links[T] { return l }

// add appends one that is in no list.
func (l *list[T, E]) add(v *T) {
	E(v).linked().prev = l.last
	if l.last != nil {
		E(l.last).linked().next = v
	} else {
		l.first = v
	}
	l.last = v
}

func (l *list[T, E]) remove(v *T) {
	links := E(v).linked()
	if links.prev != nil {
		E(links.prev).linked().next = links.next
	} else {
		l.first = links.next
	}
	if links.next != nil {
		E(links.next).linked().prev = links.prev
	} else {
		l.last = links.prev
	}
	links.next, links.prev = nil, nil
}

// copied returns the list of the copies of its elements, whose own links are still to be turned.
func (l list[T, E]) copied(of func(*T) *T) list[T, E] { return list[T, E]{of(l.first), of(l.last)} }

func (l *links[T]) turn(of func(*T) *T) { l.next, l.prev = of(l.next), of(l.prev) }
