// Package assistant serves a recording to an assistant, by the Model Context Protocol over standard input and output.
//
// What programs gave themselves as names and arguments reaches it as JSON, in which nothing stands that cannot be seen.
package assistant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"tracer/cmd/tracer/internal/asking"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/query"
	"tracer/record"
	"tracer/text"
	"tracer/words"
)

const (
	mostEvents = 1000    // at once
	mostBytes  = 1 << 20 // of an answer
	someEvents = 100     // unless more are asked for
)

// Server answers about one recording, one question at a time.
type Server struct {
	mutex     sync.Mutex
	recording *record.Recording // which can be read more than once
	trace     *query.Trace
	summary   export.Summary
}

// Serve serves a recording by its name, and returns what is wrong with that.
func Serve(ctx context.Context, s *output.Streams, version, path string) ([]words.Message, error) {
	if path == output.Standard {
		return nil, usage.New(s.Words.Usage.InputInUse)
	}
	r, err := asking.OpenToReread(s, path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	server, err := Read(r)
	if err != nil {
		return nil, err
	}
	warnings := server.trace.Warnings()
	s.Warn(path, warnings)
	return warnings, server.Serve(ctx, version, s.In, s.Out)
}

// Read reads a recording for its questions.
func Read(r *record.Recording) (*Server, error) {
	m, s, err := export.Read(r, query.Everything())
	if err != nil {
		return nil, err
	}
	t, err := query.TraceOf(r, m, &s)
	return &Server{recording: r, trace: t, summary: s}, err
}

// Serve answers until the other side closes, or the context ends.
func (s *Server) Serve(ctx context.Context, version string, in io.ReadCloser, out io.Writer) error {
	server := mcp.NewServer(&mcp.Implementation{Name: "tracer", Version: version},
		&mcp.ServerOptions{Instructions: words.ForAssistants().Instructions})
	say := words.ForAssistants()
	add(server, s, "summary", say.Summary, s.Summary)
	add(server, s, "findings", say.Findings, s.Findings)
	add(server, s, "query", say.Query, s.Query)
	add(server, s, "tree", say.Tree, s.Tree)
	add(server, s, "events", say.Events, s.Events)
	return server.Run(ctx, &mcp.IOTransport{Reader: in, Writer: nopCloser{out}})
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// add adds a tool, which has the recording to itself while it answers.
func add[In any](server *mcp.Server, s *Server, name, description string, answer func(In) (any, error)) {
	closed := false
	mcp.AddTool(server, &mcp.Tool{Name: name, Description: description,
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed}},
		func(_ context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			s.mutex.Lock()
			defer s.mutex.Unlock()
			value, err := answer(in)
			if err != nil { // of the question: the assistant is to see it
				return nil, nil, errors.New(text.Line(words.English().Error(err)))
			}
			document, err := json.Marshal(value)
			if err != nil {
				return nil, nil, err
			}
			if document = text.JSON(document); len(document) > mostBytes {
				return nil, nil, errors.New(words.English().Queries.AnswerTooLong(uint64(len(document)), mostBytes))
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(document)}}}, nil, nil
		})
}

// Nothing is asked of a tool that has one answer.
type Nothing struct{}

// Summary returns the counters.
func (s *Server) Summary(Nothing) (any, error) { return &s.summary, nil }

// Findings returns what the recording shows.
func (s *Server) Findings(Nothing) (any, error) { return s.summary.Findings, nil }

// Expression is asked of the recording.
type Expression struct {
	Expression string `json:"expression" jsonschema:"the expression, for example filter(processes, .state == \"zombie\")"`
}

// Query returns what an expression finds.
func (s *Server) Query(in Expression) (any, error) {
	q, err := query.Parse(in.Expression)
	if err != nil {
		return nil, err
	}
	return q.Find(s.trace)
}

// Moment is right after an event.
type Moment struct {
	Event uint64 `json:"event" jsonschema:"the number of the event, from 0"`
}

// forest is who was there.
type forest struct {
	Event  uint64  `json:"event"`
	Ms     float64 `json:"ms"`
	Forest string  `json:"forest"`
}

// Tree returns the forest at a moment.
func (s *Server) Tree(in Moment) (any, error) {
	m, found := model.New(model.Options{}), (*forest)(nil)
	err := s.each(func(ordinal uint64, e *event.Event) bool {
		m.Apply(e)
		if ordinal+model.Places(e) <= in.Event {
			return true
		}
		var b strings.Builder
		export.WriteForest(&b, m, words.English())
		found = &forest{ordinal, float64(e.Time-m.Start()) / 1e6, b.String()}
		return false
	})
	if err == nil && found == nil {
		err = &words.Error{Say: func(l *words.Language) string { return l.Report.NoEvent(in.Event, s.summary.Events) }}
	}
	return found, err
}

// Task is a process or a thread, and which of its events are asked for.
type Task struct {
	ID    int32  `json:"id" jsonschema:"the id of a process, or of a thread"`
	From  uint64 `json:"from,omitempty" jsonschema:"the number of the first event, from 0"`
	Limit int    `json:"limit,omitempty" jsonschema:"how many at most; 100 unless it is given, never more than 1000"`
}

// events are some of a task.
type events struct {
	Events []numbered `json:"events"`
	Next   *uint64    `json:"next,omitempty"` // from which on there are more
}

type numbered struct {
	Number uint64          `json:"number"`
	Event  json.RawMessage `json:"event"`
}

// Events returns those of a task, with what was done to it.
func (s *Server) Events(in Task) (any, error) {
	limit := in.Limit
	if limit <= 0 {
		limit = someEvents
	}
	found := events{Events: []numbered{}}
	if in.ID <= 0 {
		return nil, &words.Error{Say: func(l *words.Language) string {
			return l.Usage.NotPositive(strconv.Itoa(int(in.ID)))
		}}
	}
	err := s.each(func(ordinal uint64, e *event.Event) bool {
		if ordinal < in.From || !about(e, in.ID) {
			return true
		}
		if len(found.Events) == min(limit, mostEvents) {
			found.Next = &ordinal
			return false
		}
		found.Events = append(found.Events, numbered{ordinal, bytes.Clone(export.AppendJSON(nil, e))})
		return true
	})
	return found, err
}

// about reports whether an event is of a process or thread, or done to it.
func about(e *event.Event, id int32) bool {
	for _, of := range []int32{int32(e.PID), int32(e.Task.TID), int32(e.Child.TID), int32(e.ChildPID),
		int32(e.TargetPID), int32(e.Target)} {
		if of == id {
			return true
		}
	}
	return false
}

var errEnough = errors.New("enough")

// each reads the recording again, with the number of each event, until visit says that it is enough.
func (s *Server) each(visit func(ordinal uint64, e *event.Event) bool) error {
	if err := s.recording.Rewind(); err != nil {
		return err
	}
	next := uint64(0)
	err := export.Each(s.recording, func(e *event.Event) error {
		ordinal := next
		next += model.Places(e)
		if !visit(ordinal, e) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
