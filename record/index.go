package record

import (
	"encoding/binary"
	"errors"
	"sort"

	"tracer/event"
)

// Chunk says where some events are and what they are. The chunks of a recording make an overview of it without reading
// it.
type Chunk struct {
	Offset      int64  // in the file
	Ordinal     uint64 // of its first event
	Events      uint64
	First, Last event.Time // the least and the greatest time in it
	Counts      []uint64   // by event.Kind; as long as the greatest kind in it asks for

	written uint64 // ordinal of the first event as the writer counts: with the kinds that are unknown here
}

// mostEvents is more than anybody has written. What tells of more is no recording of a tracer.
const mostEvents = 1 << 62

// index is where everything is.
type index struct {
	chunks  []Chunk
	events  uint64
	written uint64
	end     int64 // offset behind the last chunk
	trailer *Trailer
	marks   []event.Mark // as far as there is no trailer
}

// Chunks lists the chunks of the recording.
func (r *Reader) Chunks() ([]Chunk, error) {
	x, err := r.seekable()
	if err != nil {
		return nil, err
	}
	return x.chunks, nil
}

// indexed returns the index, which it finds at the end of the file or else makes by going through all of it.
func (r *Reader) indexed() (*index, error) {
	if r.index != nil {
		return r.index, nil
	}
	if r.closed {
		return nil, ErrClosed
	}
	if x := r.readIndex(); x != nil {
		r.index = x
		return x, nil
	}
	x := &index{end: r.begin}
	if err := r.scan(x); err != nil {
		return nil, err
	}
	r.index = x
	return x, nil
}

// readIndex reads the index at the end of the file. It returns nil if that is not there and whole.
func (r *Reader) readIndex() *index {
	s := source{at: r.source.at, size: r.source.size, offset: r.source.size - tailSize}
	if s.offset < r.begin {
		return nil
	}
	kind, body, err := s.block(nil)
	if err != nil || kind != blockTail || len(body) != tailSize-headSize {
		return nil
	}
	done := binary.LittleEndian.Uint64(body)
	if done < uint64(r.begin) || done > uint64(r.source.size-tailSize) {
		return nil
	}
	s.offset = int64(done)
	if kind, body, err = s.block(body); err != nil || kind != blockDone {
		return nil
	}
	t, err := parseTrailer(body)
	if err != nil {
		return nil
	}
	if kind, body, err = s.block(body); err != nil || kind != blockIndex {
		return nil
	}
	x := &index{end: int64(done), trailer: t}
	c := cursor{b: body}
	var sum summary
	var offset uint64
	for n := c.uvarint(); n > 0; n-- {
		offset += c.uvarint()
		sum.parse(&c)
		if c.bad || offset < uint64(r.begin) || offset >= done || sum.ordinal != x.written {
			return nil
		}
		x.add(r.decoder, int64(offset), &sum)
	}
	if c.bad || c.at != len(c.b) {
		return nil
	}
	return x
}

// scan makes the index of a recording without one, from where x ends. It goes on behind damage as Recover does, and
// ends where that would find nothing more: Next tells of either when it comes there.
func (r *Reader) scan(x *index) error {
	s := source{at: r.source.at, size: r.source.size, offset: x.end}
	var body []byte
	var sum summary
	for {
		offset := s.offset
		var kind string
		var err error
		kind, body, err = s.block(body)
		var damage *Damage
		switch {
		case errors.As(err, &damage) && damage.Err == ErrCorrupt:
			if damage.head && !s.find(damage.Offset+1) {
				return nil
			}
			continue
		case err != nil:
			return ioError(err)
		}
		switch kind {
		case blockEvents:
			c := cursor{b: body}
			if sum.parse(&c); !c.bad && sum.ordinal >= x.written && sum.ordinal < mostEvents {
				x.pass(sum.ordinal)
				x.add(r.decoder, offset, &sum)
				x.end = s.offset
			}
		case blockMarks:
			x.marks = parseMarks(body)
		case blockDone:
			if t, err := parseTrailer(body); err == nil {
				x.trailer, x.end = t, offset
				if n := t.recorded(); n > x.written && n < mostEvents {
					x.pass(n)
				}
			}
			return nil
		}
	}
}

// pass leaves room for the events that are missing before the one of that number, as the writer counts.
func (x *index) pass(ordinal uint64) {
	x.events += ordinal - x.written
	x.written = ordinal
}

func (x *index) add(d *decoder, offset int64, s *summary) {
	c := Chunk{Offset: offset, Ordinal: x.events, First: s.first, Last: s.last, written: s.ordinal,
		Events: s.total(d.known)}
	for _, k := range s.kinds {
		if !d.known(k.id) {
			continue
		}
		kind := d.kinds[k.id].kind
		for len(c.Counts) <= int(kind) {
			c.Counts = append(c.Counts, 0)
		}
		c.Counts[kind] += k.count
	}
	x.chunks = append(x.chunks, c)
	x.events += c.Events
	x.written += s.total(func(uint8) bool { return true })
}

// find returns the chunk with the event of that number, or the number of chunks for what is behind the last. For an
// event that is missing it returns the chunk before, from which Next comes to the damage; -1 where there is none.
func (x *index) find(ordinal uint64) int {
	i := sort.Search(len(x.chunks), func(i int) bool {
		return x.chunks[i].Ordinal+x.chunks[i].Events > ordinal
	})
	begin := x.events
	if i < len(x.chunks) {
		begin = x.chunks[i].Ordinal
	}
	if ordinal < begin {
		i--
	}
	return i
}

// findTime returns the first chunk that goes up to t, or the number of chunks. Times need not be in order.
func (x *index) findTime(t event.Time) int {
	for i := range x.chunks {
		if x.chunks[i].Last >= t {
			return i
		}
	}
	return len(x.chunks)
}
