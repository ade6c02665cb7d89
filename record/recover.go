package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// Recover goes on after ErrCorrupt with the next chunk that can be read, or with the end, and returns how many events
// are missing before it. found is false when there is neither, and Next goes on to tell of the damage. From a pipe,
// what comes behind a length that cannot be trusted is not looked for.
func (r *Reader) Recover() (missing uint64, found bool) {
	var damage *Damage
	if r.closed || !errors.As(r.err, &damage) || damage.Err != ErrCorrupt {
		return 0, false
	}
	if r.atEnd {
		return r.resume(r.chunk, r.trailer.recorded()), true
	}
	if r.decoder.left > 0 { // a whole chunk, but there is a gap before it
		return r.resume(r.chunk, r.decoder.summary.ordinal), true
	}
	for next := damage.head; ; {
		if next && !r.source.find(damage.Offset+1) {
			return 0, false
		}
		at := r.source.offset
		kind, body, err := r.source.block(r.body)
		r.body = body
		switch {
		case errors.As(err, &damage) && damage.Err == ErrCorrupt:
			next = damage.head
			continue
		case err != nil:
			return 0, false
		}
		next = false
		switch kind {
		case blockEvents:
			if r.decoder.begin(body) == nil && r.decoder.summary.ordinal >= r.written {
				return r.resume(at, r.decoder.summary.ordinal), true
			}
			r.decoder.left = 0
		case blockDone:
			if _ = r.loadTrailer(body); !r.atEnd {
				return 0, false
			}
			return r.resume(at, max(r.written, r.trailer.recorded())), true
		}
	}
}

// resume goes on at a block that begins with the event of that number, as the writer counts, and returns how many were
// passed over.
func (r *Reader) resume(chunk int64, ordinal uint64) (missing uint64) {
	missing = ordinal - r.written
	r.chunk, r.written, r.next = chunk, ordinal, ordinal+r.decoder.left
	r.events += missing
	r.err = nil
	if r.atEnd {
		r.err = io.EOF
	}
	return missing
}

// recorded is how many events there were in all.
func (t *Trailer) recorded() (n uint64) {
	for _, count := range t.Events {
		n += count
	}
	return n
}

// find goes to the next block that holds events or the end, from an offset on. It reports whether there is one: whether
// the checksum of its head is right.
func (s *source) find(from int64) bool {
	if s.at == nil {
		return false
	}
	window := make([]byte, readStep+headSize)
	for s.offset = from; ; s.offset = from {
		n, err := s.full(window)
		for i := 0; i+headSize <= n; i++ {
			if next := bytes.IndexAny(window[i:n], "ED"); next < 0 {
				break
			} else if i += next; i+headSize > n {
				break
			}
			head := window[i : i+headSize]
			kind := string(head[:4])
			if (kind == blockEvents || kind == blockDone) && crc(head[:12]) == binary.LittleEndian.Uint32(head[12:]) {
				s.offset = from + int64(i)
				return true
			}
		}
		if err != nil {
			return false
		}
		from += readStep
	}
}
