package main

import (
	"context"

	"tracer/cmd/tracer/internal/runtimes"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/session"
)

// version is set when a release is linked.
var version = "devel"

// begin starts a trace that leaves the machine to what it traces.
func (s *streams) begin(ctx context.Context, t session.Target, o tracing.Options) (*tracing.Trace, error) {
	runtimes.CollectAt(200) // it is collected between the steps of the start
	runtimes.GiveBack()     // most of what comes before main is for other commands
	o.Session.Probes.GiveBack = runtimes.GiveBack
	trace, err := tracing.Begin(ctx, &s.Streams, t, o, version)
	runtimes.CollectAt(50)
	if !t.Attach.Empty() {
		runtimes.GiveBack() // what it took to meet all that runs
	}
	return trace, err
}
