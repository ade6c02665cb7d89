package record

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"

	"tracer/words"
)

// magic begins every recording. As in PNG, the high bit and the two kinds of line end tell a transfer that mangled
// bytes. The last byte is the version of the format.
const magic = "\x89TRC\r\n\x1a\x01"

// The kinds of block. A reader steps over one that it does not know.
const (
	blockMeta   = "META" // JSON: Meta and the schema
	blockEvents = "EVTS" // a chunk of events
	blockMarks  = "MARK" // JSON: all marks up to there
	blockDone   = "DONE" // JSON: Trailer
	blockIndex  = "INDX" // where the chunks are
	blockTail   = "TAIL" // where the DONE block is; always the last of the file
)

const (
	headSize = 16
	tailSize = headSize + 8
	// maxBlock bounds what a reader must be ready to hold of one block; a writer never makes a larger one.
	maxBlock = 64 << 20
	readStep = 64 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func crc(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// appendBlock appends a block's head and body. The head's own checksum comes last, so that a length can be trusted
// before it is used.
func appendBlock(b []byte, kind string, body []byte) []byte {
	at := len(b)
	b = append(b, kind...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = binary.LittleEndian.AppendUint32(b, crc(body))
	b = binary.LittleEndian.AppendUint32(b, crc(b[at:]))
	return append(b, body...)
}

// source reads a recording from one end to the other, from a place that can be chosen when at is set.
type source struct {
	at     io.ReaderAt // or
	stream io.Reader
	size   int64 // of at
	offset int64
}

// full fills b. It returns how much it got, and an error if that is not all.
func (s *source) full(b []byte) (n int, err error) {
	if s.at == nil {
		n, err = io.ReadFull(s.stream, b)
	} else if n, err = s.at.ReadAt(b, s.offset); n == len(b) {
		err = nil
	}
	s.offset += int64(n)
	return n, err
}

func isEnd(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// block reads the next block into body, which it grows as needed and returns. Its error is io.EOF where the file ends
// between two blocks, a *Damage, or the error of the reader below.
func (s *source) block(body []byte) (kind string, _ []byte, err error) {
	begin := s.offset
	damage := func(err error, detail func(*words.RecordingWords) string) error {
		return &Damage{Offset: begin, Err: err, Detail: say(detail)}
	}
	badHead := func(detail func(*words.RecordingWords) string) error {
		return &Damage{Offset: begin, Err: ErrCorrupt, Detail: say(detail), head: true}
	}
	var head [headSize]byte
	n, err := s.full(head[:])
	switch {
	case n == 0 && isEnd(err):
		return "", body, io.EOF
	case isEnd(err):
		return "", body, damage(ErrTruncated, func(l *words.RecordingWords) string { return l.BlockBroken(uint64(n)) })
	case err != nil:
		return "", body, reason(err)
	case crc(head[:12]) != binary.LittleEndian.Uint32(head[12:]):
		if head == [headSize]byte{} && s.zeros(body) {
			return "", body, damage(ErrTruncated, func(l *words.RecordingWords) string { return l.OnlyZeros })
		}
		return "", body, badHead(func(l *words.RecordingWords) string { return l.HeadChanged })
	}
	size := int64(binary.LittleEndian.Uint32(head[4:]))
	if size > maxBlock {
		return "", body, badHead(func(l *words.RecordingWords) string { return l.BlockTooLarge(uint64(size)) })
	}
	body, err = s.body(body[:0], int(size))
	switch {
	case isEnd(err):
		return "", body, damage(ErrTruncated, func(l *words.RecordingWords) string {
			return l.BlockIncomplete(uint64(size))
		})
	case err != nil:
		return "", body, reason(err)
	case crc(body) != binary.LittleEndian.Uint32(head[8:]):
		return "", body, damage(ErrCorrupt, func(l *words.RecordingWords) string { return l.BlockChanged })
	}
	return string(head[:4]), body, nil
}

// body reads size bytes in steps, so that a length alone never makes it allocate much more than there is to read.
func (s *source) body(b []byte, size int) ([]byte, error) {
	if s.at != nil && int64(size) > s.size-s.offset {
		return b, io.ErrUnexpectedEOF
	}
	for len(b) < size {
		at := len(b)
		step := min(size-at, max(readStep, at))
		b = slices.Grow(b, step)[:at+step]
		if n, err := s.full(b[at:]); err != nil {
			return b[:at+n], err
		}
	}
	return b, nil
}

// zeros reports whether all that is left is zero bytes. It uses buf and moves the offset.
func (s *source) zeros(buf []byte) bool {
	buf = slices.Grow(buf[:0], 4096)[:4096]
	for {
		n, err := s.full(buf)
		if len(bytes.Trim(buf[:n], "\x00")) > 0 {
			return false
		}
		if err != nil {
			return isEnd(err)
		}
	}
}

// begin reads the magic.
func (s *source) begin() error {
	var b [len(magic)]byte
	n, err := s.full(b[:])
	if err != nil && !isEnd(err) {
		return reason(err)
	}
	last := len(magic) - 1
	switch {
	case n > 0 && string(b[:min(n, last)]) != magic[:min(n, last)]:
		return unreadable(say(func(l *words.RecordingWords) string { return l.OtherBeginning }))
	case n == 0 || n < len(magic):
		return &Damage{Offset: 0, Err: ErrTruncated,
			Detail: say(func(l *words.RecordingWords) string { return l.HeaderIncomplete })}
	case b[last] != magic[last]:
		return unreadable(say(func(l *words.RecordingWords) string {
			return l.OtherVersion(words.Number(b[last]), words.Number(magic[last]))
		}))
	}
	return nil
}

// errShort: a body ends too early, goes on too long or contradicts itself.
var errShort = say(func(l *words.RecordingWords) string { return l.Contradiction })
