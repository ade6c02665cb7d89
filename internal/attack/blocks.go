package main

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// block is a part of a recording (docs/recording.md): four letters, the length and two checksums, then the body.
type block struct {
	kind string
	body []byte
}

const (
	fileHead  = 8
	blockHead = 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// parseBlocks takes a whole recording apart.
func parseBlocks(file []byte) (blocks []block, err error) {
	for rest := file[fileHead:]; len(rest) > 0; {
		if len(rest) < blockHead {
			return nil, errors.New("a recording with a rest that is no block")
		}
		length := binary.LittleEndian.Uint32(rest[4:])
		if uint64(blockHead)+uint64(length) > uint64(len(rest)) {
			return nil, errors.New("a recording with a block that is not whole")
		}
		blocks = append(blocks, block{string(rest[:4]), rest[blockHead : blockHead+length]})
		rest = rest[blockHead+length:]
	}
	return blocks, nil
}

// seal puts blocks together to a recording, with checksums that are right whatever the bodies are.
func seal(head []byte, blocks []block) []byte {
	file := append([]byte(nil), head[:fileHead]...)
	for _, b := range blocks {
		file = append(file, b.kind...)
		file = binary.LittleEndian.AppendUint32(file, uint32(len(b.body)))
		file = binary.LittleEndian.AppendUint32(file, crc32.Checksum(b.body, castagnoli))
		file = binary.LittleEndian.AppendUint32(file, crc32.Checksum(file[len(file)-12:], castagnoli))
		file = append(file, b.body...)
	}
	return file
}

// zeros is a zstd frame (RFC 8878) that unpacks to so many zeros from hardly any bytes: blocks that repeat one byte.
func zeros(size int) []byte {
	const most = 128 << 10
	const oneSegmentAndLongSize = 0xa0
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, oneSegmentAndLongSize}
	frame = binary.LittleEndian.AppendUint32(frame, uint32(size))
	for size > 0 {
		n := min(size, most)
		size -= n
		header := uint32(n)<<3 | 1<<1 // a run
		if size == 0 {
			header |= 1 // the last block
		}
		frame = append(frame, byte(header), byte(header>>8), byte(header>>16), 0)
	}
	return frame
}

// events is how many a block says it has: its body begins with an ordinal, two times, and how many there are of each of
// its kinds.
func (b block) events() (n int) {
	if b.kind != "EVTS" {
		return 0
	}
	rest := b.body
	next := func() int {
		v, size := binary.Uvarint(rest)
		rest = rest[max(size, 0):]
		return int(v)
	}
	next()
	next()
	next()
	for kinds := next(); kinds > 0; kinds-- {
		next() // which
		n += next()
	}
	return n
}

// chunk is the body of an EVTS block with so many events of a kind, from an ordinal on, whose streams unpack to so many
// zeros each.
func chunk(ordinal, kind, events int, streams []int) []byte {
	var body []byte
	for _, n := range []int{ordinal, 0, 0, 1, kind, events, len(streams)} {
		body = binary.AppendUvarint(body, uint64(n))
	}
	for _, size := range streams {
		packed := zeros(size)
		body = binary.AppendUvarint(body, uint64(size))
		body = binary.AppendUvarint(body, uint64(len(packed)))
		body = append(body, packed...)
	}
	return body
}
