package model

import (
	"fmt"
	"testing"

	"tracer/event"
)

func TestExchanges(t *testing.T) {
	m := New(Options{})
	at := event.Time(0)
	apply := func(e event.Event) {
		at += 10
		e.Time, e.PID, e.Task, e.Connection = at, 7, event.Task{TID: 7, Start: 1}, 1
		m.Apply(&e)
	}
	apply(event.Event{Kind: event.Accept})
	for _, line := range []string{"GET /1 HTTP/1.1", "GET /2 HTTP/1.1"} { // both before the first answer
		apply(event.Event{Kind: event.Request, Line: line})
	}
	for _, line := range []string{"HTTP/1.1 100 Continue", "HTTP/1.1 200 OK", "HTTP/1.1 101 Switching Protocols",
		"HTTP/1.1 503", "HTTP/1.1"} {
		apply(event.Event{Kind: event.Response, Line: line})
	}
	c := m.Connection(1)
	got := fmt.Sprintf("%d %+v", c.Requests, c.Exchanges)
	want := "2 [{Request:GET /1 HTTP/1.1 Cut:false Asked:0.000000020 Reader:7 Status:200 Answered:0.000000050 " +
		"Writer:7} " +
		"{Request:GET /2 HTTP/1.1 Cut:false Asked:0.000000030 Reader:7 Status:101 Answered:0.000000060 Writer:7}]"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := fmt.Sprint(m.Counters().HTTPRequests, m.Counters().HTTPStatuses),
		"2 map[0:1 101:1 200:1 503:1]"; got != want {
		t.Errorf("counters %s, want %s", got, want)
	}
	for i := range 2 * maxExchanges {
		apply(event.Event{Kind: event.Request, Line: fmt.Sprint(i)})
	}
	if len(c.Exchanges) != maxExchanges || c.Exchanges[maxExchanges-1].Request != fmt.Sprint(2*maxExchanges-1) ||
		c.Requests != 2+2*maxExchanges {
		t.Errorf("%d exchanges of %d are kept, the last is %+v", len(c.Exchanges), c.Requests,
			c.Exchanges[len(c.Exchanges)-1])
	}
}
