package record

import (
	"encoding/binary"
	"math/bits"

	"github.com/klauspost/compress/zstd"

	"tracer/event"
	"tracer/words"
)

const (
	// maxEvents is how many events a chunk can have: enough that the start of a chunk costs little, few enough to seek
	// in.
	maxEvents = 1 << 14
	// maxRaw is how many bytes of a chunk, before compression, a reader accepts; a writer ends a chunk at fullRaw. The
	// event that fills it can have some strings.
	maxRaw  = 6 << 20
	fullRaw = 1 << 20
	// maxNumbers is how many bytes an event can have in a stream without strings.
	maxNumbers = (maxColumns + 2) * binary.MaxVarintLen64
	// MaxText is the length of the longest string in an event that can be recorded.
	MaxText = 1 << 20
)

// summary is the beginning of a chunk's body. The index repeats it.
type summary struct {
	ordinal     uint64     // of the chunk's first event, counting all kinds
	first, last event.Time // the least and the greatest time in it
	kinds       []kindCount
}

type kindCount struct {
	id    uint8
	count uint64
}

// total counts the events, of the kinds that pass.
func (s *summary) total(pass func(id uint8) bool) (n uint64) {
	for _, k := range s.kinds {
		if pass(k.id) {
			n += k.count
		}
	}
	return n
}

func (s *summary) append(b []byte) []byte {
	b = binary.AppendUvarint(b, s.ordinal)
	b = binary.AppendUvarint(b, uint64(s.first))
	b = binary.AppendUvarint(b, uint64(s.last-s.first))
	b = binary.AppendUvarint(b, uint64(len(s.kinds)))
	for _, k := range s.kinds {
		b = binary.AppendUvarint(b, uint64(k.id))
		b = binary.AppendUvarint(b, k.count)
	}
	return b
}

// parse is the inverse of append. It leaves the cursor behind the summary; cursor.bad tells a failure.
func (s *summary) parse(c *cursor) {
	s.ordinal = c.uvarint()
	s.first = event.Time(c.uvarint())
	s.last = s.first + event.Time(c.uvarint())
	n := c.uvarint()
	if n > 256 {
		c.bad = true
		return
	}
	s.kinds = s.kinds[:0]
	for ; n > 0 && !c.bad; n-- {
		id, count := c.uvarint(), c.uvarint()
		if id > 255 || count > 1<<62/256 {
			c.bad = true
			return
		}
		s.kinds = append(s.kinds, kindCount{uint8(id), count})
	}
}

// cursor reads a stream. Past the end, or at a number that is none, it gives zeros and bad is set for good.
type cursor struct {
	b   []byte
	at  int
	bad bool
}

// uvarint reads a number.
func (c *cursor) uvarint() uint64 {
	if c.at < len(c.b) && c.b[c.at] < 0x80 {
		c.at++
		return uint64(c.b[c.at-1])
	}
	return c.long()
}

// The bits of eight bytes: those that say that a number goes on, and its own.
const (
	moreBits  = 0x8080808080808080
	valueBits = 0x7f7f7f7f7f7f7f7f
)

// long reads a number of more than one byte. Such lengths come in no order that a processor could predict, so it looks
// at eight bytes at once and branches on none of them.
func (c *cursor) long() uint64 {
	if c.at+8 > len(c.b) {
		return c.slow()
	}
	v := binary.LittleEndian.Uint64(c.b[c.at:])
	end := ^v & moreBits // its lowest bit is that of the last byte
	if end == 0 {
		return c.slow()
	}
	c.at += bits.TrailingZeros64(end)/8 + 1
	v &= (end ^ (end - 1)) & valueBits
	// Two by two, the sevens become fourteens, these 28 bits, and these the number
	v = v&0x007f007f007f007f | v>>1&0x3f803f803f803f80
	v = v&0x00003fff00003fff | v>>2&0x0fffc0000fffc000
	return v&0x000000000fffffff | v>>4&0x00fffffff0000000
}

// slow reads a number near the end, or a long one.
func (c *cursor) slow() uint64 {
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.at += n
	return v
}

// take returns the next n bytes.
func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)-c.at) {
		c.bad = true
		return nil
	}
	c.at += int(n)
	return c.b[c.at-int(n) : c.at]
}

// appendStreams appends each stream, packed where that makes it smaller.
func appendStreams(b []byte, packer *zstd.Encoder, streams [][]byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(streams)))
	var packed []byte
	for _, raw := range streams {
		packed = packer.EncodeAll(raw, packed[:0])
		if len(packed) >= len(raw) {
			packed = append(packed[:0], raw...)
		}
		b = binary.AppendUvarint(b, uint64(len(raw)))
		b = binary.AppendUvarint(b, uint64(len(packed)))
		b = append(b, packed...)
	}
	return b
}

// unpackStreams is the inverse of appendStreams: it sets the streams, whose number must be as given, in buf, which it
// grows and returns. It unpacks no stream with more than its limit.
func unpackStreams(c *cursor, unpacker *zstd.Decoder, streams []cursor, limit func(stream int) uint64,
	buf []byte) ([]byte, error) {
	if n := c.uvarint(); n != uint64(len(streams)) {
		return buf, say(func(l *words.RecordingWords) string {
			return l.Streams(words.Number(n), words.Number(len(streams)))
		})
	}
	type extent struct {
		raw    uint64
		stored []byte
	}
	var total uint64
	var extents [64]extent
	for i := range streams {
		raw, stored := c.uvarint(), c.uvarint()
		extents[i] = extent{raw, c.take(stored)}
		if total += raw; c.bad || raw > limit(i) || total > maxRaw || stored > raw {
			return buf, errShort
		}
	}
	if c.at != len(c.b) {
		return buf, errShort
	}
	if uint64(cap(buf)) < total {
		buf = make([]byte, total)
	}
	buf = buf[:total]
	rest := buf
	for i := range streams {
		e := &extents[i]
		raw := rest[:e.raw:e.raw]
		rest = rest[e.raw:]
		if uint64(len(e.stored)) == e.raw {
			copy(raw, e.stored)
		} else if got, err := unpacker.DecodeAll(e.stored, raw[:0]); err != nil || uint64(len(got)) != e.raw {
			return buf, words.About(orShort(err), func(l *words.Language, reason string) string {
				return l.Recordings.Unpacked(reason)
			})
		}
		streams[i] = cursor{b: raw}
	}
	return buf, nil
}

func orShort(err error) error {
	if err == nil {
		return errShort
	}
	return err
}
