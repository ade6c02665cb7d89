package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"

	"tracer/cmd/tracer/internal/tracing"
	"tracer/session"
)

// version is set when a release is linked.
var version = "devel"

// collectAt has garbage collected when there is so much more, in percent, unless the user says how: 50 where tracer is
// to leave the memory to what it traces, or keeps all of a recording; and 300 where one is read through, of which that
// is a good part.
func collectAt(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// stayBelow has garbage collected more often as memory comes near to so many bytes, unless the user says how. Where more
// is needed than that, it takes half of the CPU at most.
func stayBelow(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
}

// useOneThread lets Go code run on one thread at a time, unless the user says how many. The stages of a recording have
// little to do each time; waking a thread for every hand-over costs more than the work.
func useOneThread() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}

// begin starts a trace that leaves the machine to what it traces.
func (s *streams) begin(ctx context.Context, t session.Target, o tracing.Options) (*tracing.Trace, error) {
	trace, err := tracing.Begin(ctx, &s.Streams, t, o, version)
	collectAt(50) // not before: what the start needs would be looked through again and again
	return trace, err
}
