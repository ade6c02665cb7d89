package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/words"
)

// Reader reads a recording. It is for one goroutine and starts none. What it holds in memory is one chunk, and the
// index once that is asked for.
type Reader struct {
	source source
	file   *os.File // to close
	meta   Meta
	// identity tells the recording from others
	identity string
	decoder  *decoder
	body     []byte
	chunk    int64 // offset of the current chunk, or of the block before
	begin    int64 // offset of the first block after the header
	// ordinal of the next chunk's first event, as the writer counts: with the kinds that are unknown here
	next    uint64
	written uint64 // ordinal of the next event, as the writer counts
	events  uint64 // given so far, or passed over by Seek
	skipped uint64
	trailer *Trailer
	marks   []event.Mark // of the last block of them that was met
	atEnd   bool         // Next has come to the trailer
	err     error        // what Next returns when nothing is left: io.EOF or worse
	closed  bool
	index   *index
	scratch []event.Event
}

// Open opens the recording in a file, or one that comes through a named pipe.
func Open(path string) (*Reader, error) { return openFile(path, NewFile) }

// openFile opens a file by its name. What read makes of it closes it in the end.
func openFile(path string, read func(*os.File) (*Reader, error)) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unopened(path, reason(err))
	}
	r, err := read(f)
	if err != nil {
		f.Close()
		return nil, unopened(path, err)
	}
	return r, nil
}

func unopened(path string, err error) error {
	return words.About(err, func(l *words.Language, reason string) string { return l.Recordings.Open(path, reason) })
}

// NewFile reads the recording in an open file, which it closes in the end, from its beginning, or one that comes
// through a pipe.
func NewFile(f *os.File) (*Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, reason(err)
	}
	var r *Reader
	if info.Mode().IsRegular() {
		r, err = NewReader(f, info.Size())
	} else {
		r, err = NewStream(f)
	}
	if err != nil {
		return nil, err
	}
	r.file = f
	return r, nil
}

// NewReader reads a recording of size bytes, from any place.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	return newReader(source{at: r, size: size})
}

// NewStream reads a recording from a pipe: forward only, and what comes at the end is known only there.
func NewStream(r io.Reader) (*Reader, error) {
	return newReader(source{stream: r})
}

func newReader(s source) (*Reader, error) {
	r := &Reader{source: s}
	if err := r.source.begin(); err != nil {
		return nil, err
	}
	at := r.source.offset
	kind, body, err := r.source.block(nil)
	switch {
	case err == io.EOF:
		return nil, &Damage{Offset: at, Err: ErrTruncated,
			Detail: say(func(l *words.RecordingWords) string { return l.HeaderMissing })}
	case err != nil:
		return nil, err
	case kind != blockMeta:
		return nil, &Damage{Offset: at, Err: ErrCorrupt, Detail: say(func(l *words.RecordingWords) string {
			return l.HeaderElsewhere(strconv.Quote(kind))
		})}
	}
	var all layouts
	if r.meta, all, err = readHeader(body); err != nil {
		return nil, err
	}
	if r.decoder, err = newDecoder(all); err != nil {
		return nil, err
	}
	r.begin, r.identity = r.source.offset, identify(body)
	return r, nil
}

// Meta says what was recorded.
func (r *Reader) Meta() Meta { return r.meta }

// Untold are the kinds of which the recording does not tell: an older tracer did not know them, or it says so itself.
func (r *Reader) Untold() (all []event.Kind) {
	missing := strings.Fields(r.meta.Extra[ExtraUntold])
	for _, k := range event.Kinds() {
		if !r.decoder.has(k) || slices.Contains(missing, k.String()) {
			all = append(all, k)
		}
	}
	return all
}

// Next fills events with the next ones, with one at least, and returns how many. At the end the error is io.EOF, or
// ErrTruncated when the recording was cut off, or ErrCorrupt; after one of them it stays until a Seek. A place in
// events that it fills is overwritten whole.
func (r *Reader) Next(events []event.Event) (int, error) {
	if r.closed {
		return 0, ErrClosed
	}
	if len(events) == 0 {
		return 0, nil
	}
	e, err := r.One()
	if err != nil {
		return 0, err
	}
	events[0] = *e
	for n := 1; n < len(events); n++ {
		if e = r.another(); e == nil {
			return n, nil
		}
		events[n] = *e
	}
	return len(events), nil
}

// One returns the next event, or an error as Next does. It is the reader's own and not to be changed, and valid until
// the one after it is asked for; what it points to, for longer.
func (r *Reader) One() (*event.Event, error) {
	if r.closed {
		return nil, ErrClosed
	}
	for r.err == nil {
		if r.decoder.left == 0 {
			r.err = r.load()
		} else if e := r.another(); e != nil {
			return e, nil
		}
	}
	return nil, r.err
}

// another returns the next event of the current chunk, nil at its end.
func (r *Reader) another() *event.Event {
	e, skipped, err := r.decoder.next()
	r.written += skipped
	r.skipped += skipped
	if e != nil {
		r.events++
		r.written++
	}
	if err != nil {
		r.err = r.corrupt(err)
	}
	return e
}

func (r *Reader) corrupt(err error) error {
	return &Damage{Offset: r.chunk, Err: ErrCorrupt, Detail: err}
}

// load reads the next block.
func (r *Reader) load() error {
	r.chunk = r.source.offset
	kind, body, err := r.source.block(r.body)
	r.body = body
	switch {
	case err == io.EOF:
		return &Damage{Offset: r.chunk, Err: ErrTruncated,
			Detail: say(func(l *words.RecordingWords) string { return l.EndMissing })}
	case err != nil:
		return err
	case kind == blockEvents:
		return r.loadChunk(body)
	case kind == blockMarks:
		r.marks = parseMarks(body)
	case kind == blockDone:
		return r.loadTrailer(body)
	}
	return nil
}

func (r *Reader) loadChunk(body []byte) error {
	if err := r.decoder.begin(body); err != nil {
		return r.corrupt(err)
	}
	if got, next := r.decoder.summary.ordinal, r.next; got != next {
		if got < next { // else Recover can go on with it
			r.decoder.left = 0
		}
		return r.corrupt(say(func(l *words.RecordingWords) string {
			return l.GapBefore(words.Number(got), words.Number(next))
		}))
	}
	r.next += r.decoder.left
	return nil
}

// loadTrailer ends the recording.
func (r *Reader) loadTrailer(body []byte) error {
	t, err := parseTrailer(body)
	if err != nil {
		return r.corrupt(err)
	}
	r.trailer, r.atEnd = t, true
	if r.source.at == nil { // whoever writes into the pipe may still be at the index
		_, _ = io.CopyN(io.Discard, r.source.stream, maxBlock+headSize+tailSize)
	}
	if recorded, read := t.recorded(), r.written; recorded > read {
		return r.corrupt(say(func(l *words.RecordingWords) string { return l.EventsMissed(recorded, read) }))
	}
	return io.EOF
}

func parseTrailer(body []byte) (*Trailer, error) {
	var t Trailer
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, fmt.Errorf("trailer: %w", err)
	}
	return &t, nil
}

// Ordinal is the number of the event that Next gives next. The first one is 0. Events of kinds that this version does
// not know have none.
func (r *Reader) Ordinal() uint64 { return r.events }

// Skipped counts the events that Next left out since the beginning or the last Seek, because a newer tracer wrote them
// and their kind is not known here.
func (r *Reader) Skipped() uint64 { return r.skipped }

// Trailer says how the recording ended. Without one ok is false: tracer was killed, or the recording comes through a
// pipe and has not been read to its end.
func (r *Reader) Trailer() (t Trailer, ok bool) {
	if r.trailer == nil && r.source.at != nil {
		if x, err := r.indexed(); err == nil {
			r.trailer = x.trailer
		}
	}
	if r.trailer == nil {
		return Trailer{}, false
	}
	return *r.trailer, true
}

// Len returns how many events there are. In a pipe it is how many came so far, and exact is false before the end.
func (r *Reader) Len() (events uint64, exact bool) {
	if r.source.at == nil {
		return r.events, r.err == io.EOF
	}
	x, err := r.indexed()
	if err != nil {
		return r.events, false
	}
	return x.events, true
}

// Seek makes the event of that number the next one; from the last one on it is the end. It is a way to go on after
// damage in the middle, too.
func (r *Reader) Seek(ordinal uint64) error {
	x, err := r.seekable()
	if err != nil {
		return err
	}
	r.jump(x, x.find(ordinal))
	for r.events < ordinal {
		n, err := r.Next(r.scratch[:min(uint64(len(r.scratch)), ordinal-r.events)])
		if n == 0 { // the end, or damage: Next tells again
			return ioError(err)
		}
	}
	return nil
}

// ioError leaves out what Next will tell in its place.
func ioError(err error) error {
	if err == io.EOF || errors.Is(err, ErrTruncated) || errors.Is(err, ErrCorrupt) {
		return nil
	}
	return err
}

// SeekTime makes the first event at or after t the next one.
func (r *Reader) SeekTime(t event.Time) error {
	x, err := r.seekable()
	if err != nil {
		return err
	}
	r.jump(x, x.findTime(t))
	for {
		begin := r.events
		n, err := r.Next(r.scratch)
		if n == 0 {
			return ioError(err)
		}
		for i := range n {
			if r.scratch[i].Time >= t {
				return r.Seek(begin + uint64(i))
			}
		}
	}
}

func (r *Reader) seekable() (*index, error) {
	if r.closed {
		return nil, ErrClosed
	}
	if r.source.at == nil {
		return nil, ErrNotSeekable
	}
	if r.scratch == nil {
		r.scratch = make([]event.Event, 64)
	}
	return r.indexed()
}

// jump goes to the beginning of a chunk, with i == len(x.chunks) behind the last, and with -1 to the beginning of all.
func (r *Reader) jump(x *index, i int) {
	r.decoder.left, r.err, r.skipped, r.atEnd = 0, nil, 0, false
	r.source.offset, r.next, r.events = r.begin, 0, 0
	switch {
	case i < 0:
	case i < len(x.chunks):
		c := &x.chunks[i]
		r.source.offset, r.next, r.events = c.Offset, c.written, c.Ordinal
	case x.written > 0:
		r.source.offset, r.next, r.events = x.end, x.written, x.events
	}
	r.written = r.next
}

// Close closes the file, if Open opened it. A second Close does nothing.
func (r *Reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.decoder.unpacker.Close()
	if r.file == nil {
		return nil
	}
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("close recording: %w", err)
	}
	return nil
}
