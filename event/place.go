package event

import "unsafe"

// place is where a field is in an event. It is an offset, as a recording goes through all fields of each event.
type place struct {
	offset uintptr // in the event, or in what it points to
	width  width
	part   uintptr      // of the pointer to what the field is in
	create func(*Event) // sets the pointer; nil: the field is in the event itself
}

// width is how wide a number is, and whether it has a sign.
type width uint8

const (
	_ width = iota // 64 bits, or no number
	width32
	widthU32
	width16
	widthU16
	widthU8
)

type integer interface {
	~int16 | ~int32 | ~uint32 | ~uint64 | ~uint8 | ~uint16
}

func widthOf[T integer]() width {
	signed := T(0)-1 < 0
	switch size := unsafe.Sizeof(T(0)); {
	case size == 4 && signed:
		return width32
	case size == 4:
		return widthU32
	case size == 2 && signed:
		return width16
	case size == 2:
		return widthU16
	case size == 1:
		return widthU8
	}
	return 0
}

// within is the place of what is in the event itself.
func within[T any](at func(*Event) *T, w width) place {
	return place{offset: offset(at), width: w}
}

// behind is the place of what is behind a pointer of an event: nil stands for all zero, until something else is
// written.
func behind[S, T any](part func(*Event) **S, at func(*S) *T, w width) place {
	return place{offset: offset(at), width: w, part: offset(part), create: func(e *Event) { *part(e) = new(S) }}
}

func offset[S, T any](at func(*S) *T) uintptr {
	var s S
	return uintptr(unsafe.Pointer(at(&s))) - uintptr(unsafe.Pointer(&s))
}

// in is where the field of e is; nil: nowhere, as it is zero.
func (w *place) in(e *Event) unsafe.Pointer {
	if w.create == nil {
		return unsafe.Add(unsafe.Pointer(e), w.offset)
	}
	part := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(e), w.part))
	if part == nil {
		return nil
	}
	return unsafe.Add(part, w.offset)
}

// A Cell is where a field is in one event, for whoever sets it again and again. It stays there while the event does.
type Cell struct {
	at    unsafe.Pointer
	width width
}

// Cell returns where the field is in e, where all is that it points to.
func (f *Field) Cell(e *Event) Cell { return Cell{f.in(e), f.width} }

// SetNumber sets the field, for every Type but String.
func (c *Cell) SetNumber(v int64) {
	switch c.width {
	case width32, widthU32:
		*(*int32)(c.at) = int32(v)
	case width16, widthU16:
		*(*int16)(c.at) = int16(v)
	case widthU8:
		*(*uint8)(c.at) = uint8(v)
	default:
		*(*int64)(c.at) = v
	}
}

// SetText sets the field, of the Type String.
func (c *Cell) SetText(v string) { *(*string)(c.at) = v }

// Parts are all that an event can have behind its pointers, to be set in place.
type Parts struct {
	Cost   Cost
	Socket Socket
	Rare   Rare

	costs []Cost // for the next events: each exit has one
}

// PartSet is which of them.
type PartSet uint8

const (
	costPart PartSet = 1 << iota
	socketPart
	rarePart
)

// costsAtOnce is how many costs are allocated together. One that is kept keeps its neighbours, so this is small.
const costsAtOnce = 16

// Part is the part that the field is in; none when it is in the event itself.
func (f *Field) Part() PartSet {
	switch {
	case !f.Shared:
		return 0
	case f.part == unsafe.Offsetof(Event{}.Cost):
		return costPart
	case f.part == unsafe.Offsetof(Event{}.Socket):
		return socketPart
	}
	return rarePart
}

// Event returns an event that has its pointers to the parts.
func (p *Parts) Event() *Event { return &Event{Cost: &p.Cost, Socket: &p.Socket, Rare: &p.Rare} }

// Take gives e copies of those parts that may have changed, where they differ from what it has: that, others can share
// by now.
func (e *Event) Take(p *Parts, changed PartSet) {
	if changed&costPart != 0 {
		e.Cost = p.cost()
	}
	if changed&socketPart != 0 {
		e.Socket = taken(e.Socket, &p.Socket)
	}
	if changed&rarePart != 0 {
		e.Rare = taken(e.Rare, &p.Rare)
	}
}

// cost returns a copy of the cost. Two tasks hardly cost the same.
func (p *Parts) cost() *Cost {
	if p.Cost == (Cost{}) {
		return nil
	}
	if len(p.costs) == 0 {
		p.costs = make([]Cost, costsAtOnce)
	}
	c := &p.costs[0]
	p.costs = p.costs[1:]
	*c = p.Cost
	return c
}

func taken[T comparable](has, part *T) *T {
	var zero T
	switch {
	case *part == zero:
		return nil
	case has != nil && *has == *part:
		return has
	}
	c := *part
	return &c
}

// toSet is likewise where the field of e is, and makes room for what is not zero.
func (w *place) toSet(e *Event, zero bool) unsafe.Pointer {
	p := w.in(e)
	if p == nil && !zero {
		w.create(e)
		p = w.in(e)
	}
	return p
}
