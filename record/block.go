package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

// magic begins every recording. As in PNG, the high bit and the two kinds of line end tell a transfer that mangled
// bytes. The last byte is the version of the format.
const magic = "\x89TRC\r\n\x1a\x01"

// The kinds of block. A reader steps over one that it does not know.
const (
	blockMeta   = "META" // JSON: Meta and the schema
	blockEvents = "EVTS" // a chunk of events
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
	damage := func(err error, format string, args ...any) error {
		return &Damage{Offset: begin, Err: err, Detail: fmt.Sprintf(format, args...)}
	}
	badHead := func(format string, args ...any) error {
		return &Damage{Offset: begin, Err: ErrCorrupt, Detail: fmt.Sprintf(format, args...), head: true}
	}
	var head [headSize]byte
	n, err := s.full(head[:])
	switch {
	case n == 0 && isEnd(err):
		return "", body, io.EOF
	case isEnd(err):
		return "", body, damage(ErrTruncated, "%d bytes of a block are left", n)
	case err != nil:
		return "", body, fmt.Errorf("read recording: %w", err)
	case crc(head[:12]) != binary.LittleEndian.Uint32(head[12:]):
		if head == [headSize]byte{} && s.zeros(body) {
			return "", body, damage(ErrTruncated, "nothing but zeros from here, as a crash of the machine leaves them")
		}
		return "", body, badHead("checksum of a block's head differs")
	}
	size := int64(binary.LittleEndian.Uint32(head[4:]))
	if size > maxBlock {
		return "", body, badHead("a block of %d bytes is larger than any can be", size)
	}
	body, err = s.body(body[:0], int(size))
	switch {
	case isEnd(err):
		return "", body, damage(ErrTruncated, "a block of %d bytes is not complete", size)
	case err != nil:
		return "", body, fmt.Errorf("read recording: %w", err)
	case crc(body) != binary.LittleEndian.Uint32(head[8:]):
		return "", body, damage(ErrCorrupt, "checksum of a block differs")
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
		return fmt.Errorf("read recording: %w", err)
	}
	last := len(magic) - 1
	switch {
	case n > 0 && string(b[:min(n, last)]) != magic[:min(n, last)]:
		return fmt.Errorf("%w: it does not begin as a recording does", ErrFormat)
	case n == 0 || n < len(magic):
		return &Damage{Offset: 0, Err: ErrTruncated, Detail: "not even the header is complete"}
	case b[last] != magic[last]:
		return fmt.Errorf("%w: its format is version %d, this one reads version %d", ErrFormat, b[last], magic[last])
	}
	return nil
}

// errShort: a body ends too early, goes on too long or contradicts itself.
var errShort = errors.New("a chunk does not hold what it should")
