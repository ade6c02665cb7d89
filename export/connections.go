package export

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"slices"

	"tracer/event"
	"tracer/model"
	"tracer/timeline"
)

// Connection is a line of Connections. Durations are nanoseconds and count from the accept, but for queued, which ended
// with it; what was not reached or is not known is left out.
type Connection struct {
	Number     uint64     `json:"connection"`
	Listener   rawText    `json:"listener"`
	Local      rawText    `json:"local"`
	Peer       rawText    `json:"peer"`
	AcceptedBy event.PID  `json:"accepted_by"`
	Accepted   event.Time `json:"accepted"` // since boot
	Queued     event.Time `json:"queued,omitempty"`
	Queue      uint32     `json:"queue"`
	Backlog    uint32     `json:"backlog"`
	ServedBy   event.PID  `json:"served_by,omitempty"`
	Thread     event.TID  `json:"served_by_thread,omitempty"`    // when it was not the leader
	Coroutine  uint64     `json:"served_by_coroutine,omitempty"` // when one had control of that thread
	Runtime    string     `json:"served_by_runtime,omitempty"`   // of it
	Handovers  int        `json:"handovers,omitempty"`
	Spawned    event.Time `json:"spawned,omitempty"`
	FirstRead  event.Time `json:"first_read,omitempty"`
	FirstReply event.Time `json:"first_reply,omitempty"`
	Closed     event.Time `json:"closed,omitempty"`
	ClosedBy   event.PID  `json:"closed_by,omitempty"`
	Guessed    bool       `json:"closed_guessed,omitempty"` // its close was lost
	LetGoBy    event.PID  `json:"let_go_by,omitempty"`      // the last to let go of it while others had it
	LetGo      event.Time `json:"let_go,omitempty"`
	Holders    []Holder   `json:"holders,omitempty"`       // who had it without having read or written it
	Ended      event.Time `json:"server_ended,omitempty"`  // a process that was made for it
	Reaped     event.Time `json:"server_reaped,omitempty"` // the same
	Read       uint64     `json:"bytes_read"`
	Written    uint64     `json:"bytes_written"`
	ServerCPU  event.Time `json:"server_cpu,omitempty"` // of such a process that served no other
	Requests   uint64     `json:"requests,omitempty"`
	Exchanges  []exchange `json:"exchanges,omitempty"`
}

// Holder is a process that had a connection without having read or written it.
type Holder struct {
	PID      event.PID  `json:"pid"`
	Comm     rawText    `json:"comm"`
	Executed bool       `json:"executed,omitempty"` // its program was executed with it
	Seen     event.Time `json:"seen,omitempty"`     // when a look found it, the last one
}

// exchange is an HTTP request and its answer.
type exchange struct {
	Request  rawText    `json:"request"`
	Cut      bool       `json:"request_cut,omitempty"`
	Asked    event.Time `json:"asked"`
	ReadBy   event.PID  `json:"read_by"`
	Status   int        `json:"status,omitempty"`
	Answered event.Time `json:"answered,omitempty"`
	Answerer event.PID  `json:"answered_by,omitempty"`
}

// rawText is text of another program, written as JSONL does.
type rawText event.Addr

func (t rawText) MarshalJSON() ([]byte, error) { return appendString(nil, string(t)), nil }

// Connections writes one connection a line, as an object, when it is over: closed, and the process that was made to
// serve it is reaped. Those that are not over at the end of the trace come last, in the order of their accepts.
func Connections(w io.Writer, s Source) error { return writeConnections(w, s, nil) }

// writeConnections writes some of them, by their numbers; nil: all.
func writeConnections(w io.Writer, s Source, keep map[uint64]bool) error {
	out := bufio.NewWriterSize(w, 1<<16)
	lines := json.NewEncoder(out)
	over := map[uint64]*model.Connection{} // and not written yet
	again := map[uint64]bool{}             // its end is told anew, and its line there already
	write := func() error {
		for _, number := range slices.Sorted(maps.Keys(over)) {
			if err := lines.Encode(ConnectionOf(over[number])); err != nil {
				return err
			}
		}
		clear(over)
		return nil
	}
	t := timeline.New(timeline.Options{Hold: -1, Span: func(s *timeline.Span) {
		switch c := s.Connection; {
		case s.Kind != timeline.Request, keep != nil && !keep[c.Number]:
		case s.Retracted:
			again[c.Number] = true
		case again[c.Number]:
			delete(again, c.Number)
		default:
			over[c.Number] = c
		}
	}})
	m := model.New(model.Options{Facts: t.Add})
	closed := 0
	err := Each(s, func(e *event.Event) error {
		m.Apply(e)
		if e.Kind == event.Close {
			closed++
		}
		if closed < BatchSize { // in order, as far as that needs little memory
			return nil
		}
		closed = 0
		return write()
	})
	if err == nil {
		t.Finish(m.Now())
		err = write()
	}
	return finish(out, "connections", err)
}

// ConnectionOf describes a connection.
func ConnectionOf(c *model.Connection) Connection {
	after := func(at event.Time) event.Time {
		if at <= c.Accepted {
			return 0
		}
		return at - c.Accepted
	}
	d := Connection{Number: c.Number, Listener: rawText(c.Listener), Local: rawText(c.Local), Peer: rawText(c.Peer),
		AcceptedBy: c.AcceptedBy, Accepted: c.Accepted, Queued: c.Queued, Queue: c.Queue, Backlog: c.Backlog,
		Handovers: c.Handovers,
		Spawned:   after(c.Spawned()),
		FirstRead: after(c.FirstRead), FirstReply: after(c.FirstReply), Closed: after(c.Closed), ClosedBy: c.ClosedBy,
		Guessed: c.Guessed, Read: c.BytesRead, Written: c.BytesWritten}
	d.Requests, d.ServerCPU = c.Requests, c.ServerCPU()
	for _, e := range c.Exchanges {
		d.Exchanges = append(d.Exchanges, exchange{rawText(e.Request), e.Cut, after(e.Asked), e.Reader, e.Status,
			after(e.Answered), e.Writer})
	}
	d.LetGoBy, _, d.LetGo = c.LastLetGo()
	d.LetGo = after(d.LetGo)
	for _, h := range c.Unused() {
		d.Holders = append(d.Holders, Holder{h.PID, rawText(h.Comm), h.Executed, after(h.Seen)})
	}
	if c.Server != nil {
		d.ServedBy = c.Server.PID
		if c.ServedBy != event.TID(c.Server.PID) {
			d.Thread = c.ServedBy
		}
		if c.Coroutine.ID != 0 {
			d.Coroutine, d.Runtime = c.Coroutine.ID, c.Coroutine.Runtime.String()
		}
	}
	if c.Spawned() != 0 {
		d.Ended, d.Reaped = after(c.Server.Ended), after(c.Server.GoneAt)
	}
	return d
}
