package record

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"

	"tracer/event"
)

// encoder makes one chunk after the other.
type encoder struct {
	prediction
	kinds   [256]*encodedKind // by event.Kind, which is also the id
	streams [streamCount][]byte
	shapes  uint64 // how many are defined in this chunk
	strings uint64 // how many were written in this chunk
	recent  [recentSlots]writtenString
	ending  [endingSize]byte
	events  uint64 // in this chunk
	next    uint64 // ordinal of the chunk's first event
	first   event.Time
	last    event.Time
	packer  *zstd.Encoder
}

// recentSlots is how many strings of the chunk are found again. One that is not is written a second time, which does no
// harm.
const recentSlots = 1024

type writtenString struct {
	text   string
	number uint64
	valid  bool
}

type encodedKind struct {
	*layout
	values
	places  [maxColumns]place
	strings []*column // those of its columns that are text
	texts   [maxColumns]string
	count   uint64
	shapes  map[uint64]uint64 // codes -> number
	// The shape that was used last, to spare the map.
	codes, shape uint64
}

func newEncoder(all layouts) (*encoder, error) {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<18), zstd.WithLowerEncoderMem(true),
		zstd.WithSingleSegment(true))
	if err != nil {
		return nil, fmt.Errorf("prepare compression: %w", err)
	}
	e := &encoder{packer: packer}
	for id, l := range all.byID {
		if l != nil {
			e.kinds[id] = e.newKind(l)
		}
	}
	e.reset()
	return e, nil
}

func (e *encoder) newKind(l *layout) *encodedKind {
	k := &encodedKind{layout: l, shapes: map[uint64]uint64{}}
	for i := range l.columns {
		k.places[i] = e.place(&k.values, &l.columns[i])
		if l.columns[i].predict == stringIndex {
			k.strings = append(k.strings, &l.columns[i])
		}
	}
	return k
}

// reset begins a chunk.
func (e *encoder) reset() {
	e.prediction = prediction{}
	for _, k := range e.kinds {
		if k != nil && k.count > 0 {
			clear(k.shapes)
			*k = encodedKind{layout: k.layout, strings: k.strings, shapes: k.shapes, places: k.places}
		}
	}
	for i := range e.streams {
		e.streams[i] = e.streams[i][:0]
	}
	if e.strings > 0 {
		e.recent = [recentSlots]writtenString{}
		e.strings = 0
	}
	e.next += e.events
	e.shapes, e.events = 0, 0
	e.first, e.last = ^event.Time(0), 0
}

// check refuses an event that add could not take.
func (e *encoder) check(ev *event.Event) error {
	k := e.kinds[ev.Kind]
	if k == nil {
		return fmt.Errorf("event of unknown kind %d", uint8(ev.Kind))
	}
	for _, c := range k.strings {
		if n := len(c.field.Text(ev)); n > MaxText {
			return fmt.Errorf("%s of %v has %d bytes, more than %d", c.field.Name, ev.Kind, n, MaxText)
		}
	}
	return nil
}

// add codes one event, which check has accepted.
func (e *encoder) add(ev *event.Event) {
	k := e.kinds[ev.Kind]
	var codes uint64
	for i := range k.columns {
		c := &k.columns[i]
		if c.predict == stringIndex {
			if s := c.field.Text(ev); s != k.texts[i] {
				k.texts[i] = s
				codes |= coded << (2 * i)
				e.addText(s)
			}
			continue
		}
		v := c.field.Number(ev)
		if v == k.last[i] {
			continue
		}
		cell, origin := e.at(&k.places[i]), *k.places[i].origin
		if residual := v - origin - *cell; residual == 0 {
			codes |= predicted << (2 * i)
		} else {
			*cell += residual
			codes |= coded << (2 * i)
			e.streams[c.stream] = binary.AppendUvarint(e.streams[c.stream], zigzag(residual))
		}
		k.last[i] = v
	}
	e.addShape(k, codes)
	k.count++
	e.events++
	e.first, e.last = min(e.first, ev.Time), max(e.last, ev.Time)
}

// addShape writes the number of the shape, and when it is new the shape itself.
func (e *encoder) addShape(k *encodedKind, codes uint64) {
	if codes == k.codes && k.count > 0 {
		e.streams[streamShapes] = binary.AppendUvarint(e.streams[streamShapes], k.shape)
		return
	}
	number, known := k.shapes[codes]
	if !known {
		number = e.shapes
		k.shapes[codes] = number
		e.shapes++
	}
	k.codes, k.shape = codes, number
	b := binary.AppendUvarint(e.streams[streamShapes], number)
	if !known {
		b = append(b, k.id)
		b = binary.AppendUvarint(b, codes)
	}
	e.streams[streamShapes] = b
}

// addText writes the number of a string, and when it is new the string itself.
func (e *encoder) addText(s string) {
	n := copy(e.ending[:], s[max(0, len(s)-endingSize):])
	slot := &e.recent[crc(e.ending[:n])%recentSlots]
	known := slot.valid && slot.text == s
	if !known {
		*slot = writtenString{s, e.strings, true}
		e.strings++
	}
	b := binary.AppendUvarint(e.streams[streamText], slot.number)
	if !known {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	e.streams[streamText] = b
}

func (e *encoder) full() bool {
	n := 0
	for _, s := range e.streams {
		n += len(s)
	}
	return e.events >= maxEvents || n >= fullRaw
}

// finish appends the chunk's body to b and begins the next one.
func (e *encoder) finish(b []byte) ([]byte, summary) {
	s := summary{ordinal: e.next, first: e.first, last: e.last}
	for _, k := range e.kinds {
		if k != nil && k.count > 0 {
			s.kinds = append(s.kinds, kindCount{k.id, k.count})
		}
	}
	b = appendStreams(s.append(b), e.packer, slices.Clone(e.streams[:]))
	e.reset()
	return b, s
}
