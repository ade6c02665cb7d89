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

// toSet is likewise, and makes room for what is not zero.
func (w *place) toSet(e *Event, zero bool) unsafe.Pointer {
	p := w.in(e)
	if p == nil && !zero {
		w.create(e)
		p = w.in(e)
	}
	return p
}
