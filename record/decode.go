package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"tracer/event"
)

// decoder takes chunks apart, the inverse of encoder.
type decoder struct {
	prediction
	kinds    [256]*decodedKind // by id
	streams  []cursor
	strings  [64]bool // which streams have strings in them
	shapes   []shape
	ops      []op     // of all shapes
	texts    []string // of this chunk, by number
	interned [internSlots]string
	room     strings.Builder // in which new strings are made
	summary  summary
	left     uint64 // events of this chunk that are still to be decoded
	unpacker *zstd.Decoder
	buf      []byte
}

type decodedKind struct {
	*layout
	values
	template event.Event // the last event of this kind: what is the same need not be touched
	parts    event.Parts // of it, as they are set in place
	count    uint64
}

// shape is what to do for an event.
type shape struct {
	kind  *decodedKind
	ops   []op
	parts event.PartSet // that they set
}

// op sets one field, or reads over one that this version does not have.
type op struct {
	place  place
	in     *cursor
	last   *int64 // of the column
	cell   event.Cell
	text   bool
	coded  bool
	absent bool // there is no such field
}

const (
	// internSlots is how many strings are remembered across chunks: the same few names come in every one.
	internSlots = 1024
	// roomSize is how many bytes of strings are allocated together. One that is kept keeps its neighbours, so this is
	// small.
	roomSize = 1024
)

func newDecoder(all layouts) (*decoder, error) {
	unpacker, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxRaw), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, fmt.Errorf("prepare decompression: %w", err)
	}
	d := &decoder{streams: make([]cursor, all.streams), unpacker: unpacker}
	for id, l := range all.byID {
		if l != nil {
			d.kinds[id] = &decodedKind{layout: l}
			for _, c := range l.columns {
				d.strings[c.stream] = d.strings[c.stream] || c.predict == stringIndex
			}
		}
	}
	return d, nil
}

// known reports whether this version has the kind.
func (d *decoder) known(id uint8) bool { return d.kinds[id] != nil && d.kinds[id].kind != event.None }

// has reports whether the recording can have events of a kind.
func (d *decoder) has(k event.Kind) bool {
	return slices.ContainsFunc(d.kinds[:], func(one *decodedKind) bool { return one != nil && one.kind == k })
}

// begin takes a new chunk. What was left of the one before is forgotten.
func (d *decoder) begin(body []byte) error {
	d.left = 0
	c := cursor{b: body}
	d.summary.parse(&c)
	if c.bad {
		return errShort
	}
	total := d.summary.total(func(uint8) bool { return true })
	if total > maxEvents {
		return errShort
	}
	limit := func(stream int) uint64 {
		if total > 0 && d.strings[stream] {
			return maxRaw
		}
		return total * maxNumbers
	}
	var err error
	if d.buf, err = unpackStreams(&c, d.unpacker, d.streams, limit, d.buf); err != nil {
		return err
	}
	d.prediction = prediction{}
	for _, k := range d.kinds {
		if k != nil {
			*k = decodedKind{layout: k.layout, template: event.Event{Kind: k.kind}}
		}
	}
	clear(d.texts)
	d.shapes, d.ops, d.texts = d.shapes[:0], d.ops[:0], d.texts[:0]
	d.left = total
	return nil
}

// next decodes the next event of a kind that is known, nil when the chunk has no more of them. It is valid until the
// one after it is decoded. Those of other kinds are left out; skipped counts them.
func (d *decoder) next() (e *event.Event, skipped uint64, err error) {
	for e == nil && d.left > 0 {
		number := d.streams[streamShapes].uvarint()
		if number >= uint64(len(d.shapes)) {
			if err := d.define(number); err != nil {
				d.left = 0
				return nil, skipped, err
			}
		}
		s := &d.shapes[number]
		if !d.apply(s) {
			d.left = 0
			return nil, skipped, errShort
		}
		s.kind.count++
		if s.kind.kind == event.None {
			skipped++
		} else {
			e = &s.kind.template
		}
		if d.left--; d.left == 0 {
			err = d.end()
		}
	}
	return e, skipped, err
}

// apply makes the shape's template the next event.
func (d *decoder) apply(s *shape) bool {
	ok := true
	for i := range s.ops {
		o := &s.ops[i]
		if o.text {
			ok = d.text(o) && ok
			continue
		}
		cell := o.place.cell
		if cell == nil {
			cell = d.at(&o.place)
		}
		if o.coded {
			u, in := uint64(0), o.in
			if in.at < len(in.b) && in.b[in.at] < 0x80 {
				u = uint64(in.b[in.at])
				in.at++
			} else {
				u = in.long()
				ok = ok && !in.bad
			}
			*cell += unzigzag(u)
		}
		v := *o.place.origin + *cell
		*o.last = v
		if !o.absent {
			o.cell.SetNumber(v)
		}
	}
	if s.parts != 0 {
		s.kind.template.Take(&s.kind.parts, s.parts)
	}
	return ok
}

// define reads a new shape.
func (d *decoder) define(number uint64) error {
	in := &d.streams[streamShapes]
	id, codes := in.take(1), in.uvarint()
	if in.bad || number != uint64(len(d.shapes)) || d.kinds[id[0]] == nil {
		return errShort
	}
	k := d.kinds[id[0]]
	begin, parts := len(d.ops), event.PartSet(0)
	for i := range k.columns {
		c := &k.columns[i]
		switch code := codes >> (2 * i) & 3; {
		case code == same:
		case code > coded || code == predicted && c.predict == stringIndex:
			return errShort
		default:
			o := op{place: d.place(&k.values, c), in: &d.streams[c.stream], last: &k.last[c.index],
				text: c.predict == stringIndex, coded: code == coded, absent: c.field == nil}
			if !o.absent {
				o.cell = k.cell(c.field)
				parts |= c.field.Part()
			}
			d.ops = append(d.ops, o)
		}
	}
	if codes>>(2*len(k.columns)) != 0 {
		return errShort
	}
	d.shapes = append(d.shapes, shape{k, d.ops[begin:len(d.ops):len(d.ops)], parts})
	return nil
}

// cell is where a field is set.
func (k *decodedKind) cell(f *event.Field) event.Cell {
	if f.Shared {
		return f.Cell(k.parts.Event())
	}
	return f.Cell(&k.template)
}

// text sets a string field.
func (d *decoder) text(o *op) bool {
	in := o.in
	number := in.uvarint()
	if number > uint64(len(d.texts)) {
		return false
	}
	if number == uint64(len(d.texts)) {
		n := in.uvarint()
		b := in.take(n)
		if in.bad || n > MaxText {
			return false
		}
		d.texts = append(d.texts, d.intern(b))
	}
	if !o.absent {
		o.cell.SetText(d.texts[number])
	}
	return !in.bad
}

// intern makes a string of b, or finds the one that was made before.
func (d *decoder) intern(b []byte) string {
	if len(b) > roomSize/4 {
		return string(b)
	}
	slot := &d.interned[crc(b[max(0, len(b)-endingSize):])%internSlots]
	if *slot == string(b) {
		return *slot
	}
	if d.room.Cap()-d.room.Len() < len(b) {
		d.room = strings.Builder{}
		d.room.Grow(roomSize)
	}
	at := d.room.Len()
	d.room.Write(b)
	*slot = d.room.String()[at:]
	return *slot
}

// end checks that the chunk held exactly what it said.
func (d *decoder) end() error {
	for i := range d.streams {
		if s := &d.streams[i]; s.bad || s.at != len(s.b) {
			return errShort
		}
	}
	for _, k := range d.summary.kinds {
		if d.kinds[k.id] == nil || d.kinds[k.id].count != k.count {
			return errShort
		}
	}
	return nil
}
