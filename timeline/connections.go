package timeline

import "tracer/model"

// sockets are the connections that are open.
type sockets struct {
	*sink
	tasks       *tasks
	connections map[uint64]*connection // by number
}

// connection is what is open of a connection.
type connection struct {
	of                            *model.Connection
	request, span, phase, serving *Span
	exchanges                     []*Span // without an answer
	over                          *held   // the request, once it has ended
}

// maxExchanges bounds how many requests of a connection wait for their answers; the oldest are given up first.
const maxExchanges = 64

func (t *sockets) accepted(f *model.Fact) {
	by, at, c := t.tasks.taskID(f.Connection.AcceptedBy, f.Task, f), moment(f), f.Connection
	span := func(k Kind, begin Moment) *Span { return &Span{Kind: k, Of: by, Begin: begin, Connection: c} }
	arrived := at
	if c.Queued > 0 {
		arrived.At -= min(c.Queued, at.At)
		t.end(span(Queued, arrived), at)
	}
	t.connections[c.Number] = &connection{of: c, request: t.begin(span(Request, arrived)),
		span: t.begin(span(Connection, at)), phase: t.begin(span(Accepted, at))}
}

func (t *sockets) served(f *model.Fact) {
	c := t.connections[f.Connection.Number]
	if c == nil {
		return
	}
	at, wrote := moment(f), f.Event.BytesWritten > 0
	switch {
	case wrote && c.phase.Kind != Replied:
		t.nextPhase(c, Replied, at)
	case c.phase.Kind == Accepted:
		t.nextPhase(c, Served, at)
	}
	last := c.serving
	if last != nil && last.Of.Task.TID == f.Task.TID {
		return
	}
	t.end(last, at)
	c.serving = &Span{Kind: Serving, Of: t.tasks.taskID(f.Event.PID, f.Task, f), Begin: at, Process: f.Process,
		Thread: f.Thread, Coroutine: f.Coroutine, Connection: c.of}
	if f.Coroutine != nil {
		c.serving.Of.Coroutine = model.CoroutineID{Runtime: f.Coroutine.Runtime, ID: f.Coroutine.ID}
	}
	t.begin(c.serving)
	if f.Flags.Has(model.First) {
		t.edge(&Edge{Kind: Dispatch, From: c.span.Of, To: c.serving.Of, Begin: c.span.Begin, End: at, Connection: c.of})
	}
	if f.Flags.Has(model.HandedOver) && last != nil {
		t.edge(&Edge{Kind: Handover, From: last.Of, To: c.serving.Of, Begin: last.Begin, End: at, Connection: c.of})
	}
}

func (t *sockets) nextPhase(c *connection, k Kind, at Moment) {
	next := &Span{Kind: k, Of: c.phase.Of, Begin: at, Connection: c.of}
	t.end(c.phase, at)
	c.phase = t.begin(next)
}

func (t *sockets) closed(f *model.Fact) {
	c := t.connections[f.Connection.Number]
	if c == nil {
		return
	}
	delete(t.connections, c.of.Number)
	at := moment(f)
	for _, s := range c.exchanges {
		t.end(s, at)
	}
	t.end(c.serving, at)
	t.end(c.phase, at)
	t.end(c.span, at)
	c.serving, c.phase, c.exchanges = nil, nil, nil
	server := t.serverOf(c.of)
	if server == nil || server.zombie == nil && server.life == nil {
		t.requestOver(c, at)
	}
	if server != nil {
		server.requests = append(server.requests, c)
	}
}

// serverOf returns the process that was made to serve c, nil when none was.
func (t *sockets) serverOf(c *model.Connection) *process {
	if c.Spawned() == 0 {
		return nil
	}
	return t.tasks.processes[c.Server.Number]
}

// requestOver ends the request of a connection that is closed, whose server is reaped.
func (s *sink) requestOver(c *connection, at Moment) {
	if c.request == nil {
		return
	}
	if at.At < c.span.End.At {
		at = c.span.End
	}
	c.over, c.request = s.end(c.request, at), nil
}

// requestAgain takes back that a request is over.
func (s *sink) requestAgain(c *connection) {
	if c.over == nil {
		return
	}
	request := *c.over.span
	s.takeBack(c.over)
	request.Given = Given{}
	c.over, c.request = nil, s.begin(&request)
}

func (t *sockets) requested(f *model.Fact) {
	if f.Connection == nil || t.connections[f.Connection.Number] == nil {
		t.mark(f)
		return
	}
	c := t.connections[f.Connection.Number]
	if len(c.exchanges) == maxExchanges {
		t.end(c.exchanges[0], moment(f))
		c.exchanges = c.exchanges[1:]
	}
	c.exchanges = append(c.exchanges, t.begin(&Span{Kind: Exchange, Of: t.tasks.taskID(f.Event.PID, f.Task, f),
		Begin: moment(f), Line: f.Event.Line, Connection: c.of}))
}

// responded ends the oldest exchange, as the model has it.
func (t *sockets) responded(f *model.Fact) {
	var c *connection
	if f.Connection != nil {
		c = t.connections[f.Connection.Number]
	}
	if c == nil || len(c.exchanges) == 0 {
		t.mark(f)
		return
	}
	c.exchanges[0].Status = model.StatusOf(f.Event.Line)
	t.end(c.exchanges[0], moment(f))
	c.exchanges = c.exchanges[1:]
}
