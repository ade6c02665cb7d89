package model

import (
	"strconv"
	"strings"

	"tracer/event"
)

// An Exchange is an HTTP request on a connection, with its answer.
type Exchange struct {
	Request  string // first line, raw: cut where Cut is set
	Cut      bool
	Asked    event.Time
	Reader   event.PID
	Status   int        // 0: not answered yet
	Answered event.Time // when the first line of the answer was written
	Writer   event.PID
}

// maxExchanges bounds how many a connection keeps; the oldest go first. All are counted.
const maxExchanges = 64

func (s *sockets) request(e *event.Event) {
	c := s.open[e.Connection]
	s.m.tell(Fact{Kind: Requested, Process: s.m.forest.process(e.PID), Connection: c, Task: e.Task})
	if c == nil { // its accept was lost
		return
	}
	c.Requests++
	if len(c.Exchanges) == maxExchanges {
		c.Exchanges = c.Exchanges[1:]
	}
	c.Exchanges = append(c.Exchanges, Exchange{Request: e.Line, Cut: e.Flags.Has(event.PathTruncated), Asked: e.Time,
		Reader: e.PID})
}

// response answers the oldest request that has no answer. An interim one (100 to 199) does not.
func (s *sockets) response(e *event.Event) {
	status := StatusOf(e.Line)
	if status >= 100 && status < 200 && status != switchingProtocols {
		return
	}
	c := s.open[e.Connection]
	s.m.tell(Fact{Kind: Responded, Process: s.m.forest.process(e.PID), Connection: c, Task: e.Task})
	if c == nil {
		return
	}
	for i := range c.Exchanges {
		if x := &c.Exchanges[i]; x.Answered == 0 {
			x.Status, x.Answered, x.Writer = status, e.Time, e.PID
			return
		}
	}
}

// switchingProtocols ends the exchange, though it is below 200 (RFC 9110, 15.2.2).
const switchingProtocols = 101

// StatusOf reads the code of a status line, 0 when there is none.
func StatusOf(line string) int {
	_, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(code)
	if err != nil || n < 100 || n > 999 {
		return 0
	}
	return n
}
