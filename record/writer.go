package record

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"tracer/event"
)

// Writer writes a recording. It is for one goroutine and starts none. After an error of the file below it writes
// nothing more, because what came after half a chunk could not be found: all further calls return that error.
type Writer struct {
	w       io.Writer
	encoder *encoder
	offset  int64 // where the next block begins
	indexed int64 // where the last chunk in the index begins
	chunks  uint64
	index   []byte
	room    int // for the index
	events  [256]uint64
	lost    [256]uint64
	marks   []event.Mark
	buf     []byte
	body    []byte
	err     error
	closed  bool
}

// header is the beginning of the META block's body; the schema follows.
type header struct {
	Meta Meta `json:"meta"`
}

// NewWriter begins a recording: it writes the header at once.
func NewWriter(w io.Writer, meta Meta) (*Writer, error) {
	body, err := headerOf(meta)
	if err != nil {
		return nil, fmt.Errorf("write header of recording: %w", err)
	}
	if len(body) > maxBlock {
		return nil, fmt.Errorf("write header of recording: it has %d bytes", len(body))
	}
	o, err := own()
	if err != nil {
		return nil, err
	}
	e, err := newEncoder(o.layouts)
	if err != nil {
		return nil, err
	}
	out := &Writer{w: w, encoder: e, room: maxBlock}
	return out, out.write(appendBlock([]byte(magic), blockMeta, body))
}

// write is the only place that writes.
func (w *Writer) write(b []byte) error {
	n, err := w.w.Write(b)
	w.offset += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = reason(err)
	}
	return w.err
}

// Write records events, in their order. They reach the file when a chunk is full or with Flush. An event of unknown
// kind, or with a string longer than MaxText, is an error; those before it in the batch are recorded.
func (w *Writer) Write(events []event.Event) error {
	if err := w.usable(); err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		if err := w.encoder.check(e); err != nil {
			return err
		}
		w.encoder.add(e)
		if e.Kind == event.Lost {
			w.lost[e.Lost] += e.Count
		}
		if w.encoder.full() {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Writer) usable() error {
	if w.err == nil && w.closed {
		return ErrClosed
	}
	return w.err
}

// Flush ends the chunk and writes it with one call. Without new events it does nothing.
func (w *Writer) Flush() error {
	if err := w.usable(); err != nil || w.encoder.events == 0 {
		return err
	}
	var s summary
	w.body, s = w.encoder.finish(w.body[:0])
	for _, k := range s.kinds {
		w.events[k.id] += k.count
	}
	w.chunks++
	w.index = binary.AppendUvarint(w.index, uint64(w.offset-w.indexed))
	w.index = s.append(w.index)
	w.indexed = w.offset
	w.buf = appendBlock(w.buf[:0], blockEvents, w.body)
	return w.write(w.buf)
}

// Events returns how many events were written.
func (w *Writer) Events() uint64 { return w.encoder.next + w.encoder.events }

// Size returns how many bytes were written, without what the next Flush adds.
func (w *Writer) Size() int64 { return w.offset }

// Close flushes and writes the trailer and the index. It fills in the trailer's Events and Marks, and its Lost if that
// is nil. It does not close the writer below. A second Close does nothing.
func (w *Writer) Close(t Trailer) error {
	if w.closed {
		return w.err
	}
	err := w.Flush()
	w.closed = true
	w.encoder.packer.Close()
	if err != nil {
		return err
	}
	t = t.valid()
	t.Events, t.Marks = byName(&w.events), w.marks
	if t.Lost == nil {
		t.Lost = byName(&w.lost)
	}
	body, err := json.Marshal(t)
	if err != nil {
		w.err = fmt.Errorf("write trailer of recording: %w", err)
		return w.err
	}
	done := w.offset
	b := appendBlock(nil, blockDone, body)
	if len(w.index)+binary.MaxVarintLen64 <= w.room { // a reader can do without
		b = appendBlock(b, blockIndex, append(binary.AppendUvarint(nil, w.chunks), w.index...))
		b = appendBlock(b, blockTail, binary.LittleEndian.AppendUint64(nil, uint64(done)))
	}
	return w.write(b)
}

// byName returns the counts that are not zero by the names of their kinds.
func byName(counts *[256]uint64) map[string]uint64 {
	out := map[string]uint64{}
	for id, n := range counts {
		if n > 0 {
			out[event.Kind(id).String()] = n
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
