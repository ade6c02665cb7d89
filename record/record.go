// Package record keeps a trace in a file and gives it back.
//
// A recording is a header and then chunks, each written by one write call when it is full or flushed: a file that ends
// anywhere, because tracer was killed or the disk is full, can be read up to its last whole chunk. Every byte stands
// under a checksum, so what comes back is what was written or an error, never something else. docs/recording.md
// describes the file byte by byte.
//
// The fields of an event are not listed here: the table in package event drives the writer, and the header of each file
// carries the names of the kinds and fields it was written with, so that an older or a newer tracer finds its own
// fields by name and steps over the others.
//
// What makes a recording small is that a field is written only when it could not be predicted: from the previous event
// of its kind, or from what is known of the task that it belongs to. Writer and Reader share the prediction
// (predict.go). zstd then packs the rest.
//
// The text form (AppendText, ParseText) holds the same events one a line, for cases that people write by hand.
package record

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tracer/event"
	"tracer/words"
)

// The errors of reading, for errors.Is. Damage tells where.
var (
	// ErrTruncated: the recording ends without its end mark, because tracer was killed, the disk was full or the copy
	// is incomplete. All events before it are good: a warning rather than a failure.
	ErrTruncated = say(func(l *words.RecordingWords) string { return l.CutOff })
	// ErrCorrupt: bytes of the recording have changed. The events given before are good.
	ErrCorrupt = say(func(l *words.RecordingWords) string { return l.Damaged })
	// ErrFormat: not a recording, or one of a format that this version does not read.
	ErrFormat = say(func(l *words.RecordingWords) string { return l.NotReadable })
	// ErrNotSeekable: the recording comes through a pipe, in one direction only.
	ErrNotSeekable = say(func(l *words.RecordingWords) string { return l.ThroughPipe })
	// ErrClosed: use after Close.
	ErrClosed = say(func(l *words.RecordingWords) string { return l.Closed })
)

// say returns the error that a sentence is.
func say(sentence func(*words.RecordingWords) string) error {
	return words.Saying(func(l *words.Language) string { return sentence(&l.Recordings) })
}

// unreadable returns ErrFormat with what is wrong.
func unreadable(detail error) error {
	return &words.Error{Err: ErrFormat, Say: func(l *words.Language) string {
		return l.Error(ErrFormat) + l.Punctuation.Colon + l.Error(detail)
	}}
}

// Damage is an error at a place of the file. It is ErrTruncated or ErrCorrupt, which errors.Is tells.
type Damage struct {
	Offset int64 // of the block that cannot be read
	Err    error // ErrTruncated or ErrCorrupt
	Detail error
	head   bool // it is in the head, so that it is not known where the block ends
}

// Error says it in English.
func (d *Damage) Error() string { return d.In(words.English()) }

// In says it in a language.
func (d *Damage) In(l *words.Language) string {
	return l.Recordings.AtByte(l.Error(d.Err), words.Number(d.Offset), l.Error(d.Detail))
}

func (d *Damage) Unwrap() error { return d.Err }

// Meta says what was recorded, where and when. It is written before the first event. The JSON names are those of the
// text form's header lines.
type Meta struct {
	Tracer   string    `json:"tracer,omitempty"` // version of tracer
	Kernel   string    `json:"kernel,omitempty"` // release, as uname -r
	Hostname string    `json:"hostname,omitempty"`
	Arch     string    `json:"arch,omitempty"` // as uname -m
	Command  Arguments `json:"command,omitempty"`
	Target   string    `json:"target,omitempty"` // what is traced, in words
	Root     Root      `json:"root,omitzero"`
	// Wall is the wall clock when the boot-time clock stood at Boot: together they date every event.
	Wall time.Time  `json:"wall,omitzero"`
	Boot event.Time `json:"boot,omitempty"`

	CPUs       int               `json:"cpus,omitempty"`
	ClockTicks int               `json:"clock_ticks,omitempty"` // a second, as sysconf(_SC_CLK_TCK)
	Extra      map[string]string `json:"extra,omitempty"`
}

// The names in Extra of what was asked of the trace: where it was not, nothing can be said of it.
const (
	ExtraHTTP       = "http"       // "true" or "false"
	ExtraCoroutines = "coroutines" // whose, as --coroutines names it; "none": nobody's
)

// ExtraUntold is the name in Extra of kinds of which the trace does not tell, as its events were chosen among others.
const ExtraUntold = "untold"

// Root is the launched or attached root task.
type Root struct {
	PID   event.PID  `json:"pid"`
	TID   event.TID  `json:"tid"`
	Start event.Time `json:"start"`
}

// Task returns the root's identity.
func (r Root) Task() event.Task { return event.Task{TID: r.TID, Start: r.Start} }

// WallTime dates an event. It is exact as long as the wall clock was not set during the trace.
func (m *Meta) WallTime(t event.Time) time.Time {
	return m.Wall.Add(time.Duration(t - m.Boot))
}

// valid makes m fit to be written: times without their monotonic reading and zone, text as UTF-8.
func (m Meta) valid() Meta {
	if !m.Wall.IsZero() {
		m.Wall = m.Wall.Round(0).UTC()
	}
	for _, s := range []*string{&m.Tracer, &m.Kernel, &m.Hostname, &m.Arch, &m.Target} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	if len(m.Command) == 0 {
		m.Command = nil
	}
	m.Extra = validMap(m.Extra)
	return m
}

func validMap(in map[string]string) map[string]string {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]string, len(in))
	for _, k := range slices.Sorted(maps.Keys(in)) {
		out[strings.ToValidUTF8(k, "\uFFFD")] = strings.ToValidUTF8(in[k], "\uFFFD")
	}
	return out
}

// Trailer says how the recording ended. A recording whose tracer was killed has none.
type Trailer struct {
	Reason     string     `json:"reason,omitempty"`      // why the recording ended, in words
	ExitCode   *int       `json:"exit_code,omitempty"`   // of the root, if it exited by itself
	ExitSignal int        `json:"exit_signal,omitempty"` // that ended the root, if one did
	Wall       time.Time  `json:"wall,omitzero"`         // at the end
	Boot       event.Time `json:"boot,omitempty"`        // at the end
	// How many were recorded, by kind; the writer fills it in
	Events map[string]uint64 `json:"events,omitempty"`
	// How many the kernel side dropped, by kind; if nil the writer sums up the lost events
	Lost  map[string]uint64 `json:"lost,omitempty"`
	Extra map[string]string `json:"extra,omitempty"`
	// All that were set; the writer fills it in
	Marks []event.Mark `json:"marks,omitempty"`
}

func (t Trailer) valid() Trailer {
	if !t.Wall.IsZero() {
		t.Wall = t.Wall.Round(0).UTC()
	}
	t.Reason = strings.ToValidUTF8(t.Reason, "\uFFFD")
	t.Extra = validMap(t.Extra)
	return t
}
