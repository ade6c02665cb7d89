package record

import (
	"os"

	"tracer/event"
	"tracer/words"
)

// Growing reads the events of a recording while it is written, as far as they are in the file. It is for one goroutine,
// which need not be that of the writer.
type Growing struct {
	file   *os.File
	reader *Reader // nil before something was asked for
}

// ReadBack returns the events that a writer writes into the file, once it has begun to. ok is false where they cannot
// be read back, as from a pipe. They are read by the descriptor that they are written by, because the file must not be
// opened a second time.
func (o *Output) ReadBack() (g *Growing, ok bool) {
	info, err := o.Stat()
	if o.path == "" || err != nil || !info.Mode().IsRegular() {
		return nil, false
	}
	return &Growing{file: o.File}, true
}

// Len returns how many events there are in the file by now, 0 when it cannot be read.
func (g *Growing) Len() uint64 {
	if err := g.look(); err != nil {
		return 0
	}
	return g.reader.index.events
}

// At copies events into buf, from that of a number on, and returns how many: as many as there are by now.
func (g *Growing) At(from uint64, buf []event.Event) (n int, err error) {
	if err := g.look(); err != nil {
		return 0, err
	}
	r := g.reader
	end := r.index.events
	if from >= end {
		return 0, nil
	}
	if r.Ordinal() != from || r.err != nil {
		if err := r.Seek(from); err != nil {
			return 0, err
		}
	}
	for buf = buf[:min(uint64(len(buf)), end-from)]; n < len(buf); {
		k, err := r.Next(buf[n:])
		if err != nil {
			return n, words.About(err, func(l *words.Language, reason string) string {
				return l.Recordings.ReadBack(reason)
			})
		}
		n += k
	}
	return n, nil
}

// look finds what was written since.
func (g *Growing) look() error {
	info, err := g.file.Stat()
	if err != nil {
		return reason(err)
	}
	if g.reader == nil {
		if g.reader, err = NewReader(g.file, info.Size()); err != nil {
			return err
		}
		_, err := g.reader.seekable()
		return err
	}
	g.reader.source.size = info.Size()
	return g.reader.scan(g.reader.index)
}
