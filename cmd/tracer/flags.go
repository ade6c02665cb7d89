package main

import (
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/value"
	"tracer/probes"
)

// The groups of flags that several commands have.
const (
	viewGroup   = "of the screen and the summary"
	serverGroup = "of a bundled server"
	attachGroup = "to attach to what runs already"
)

// addTraceFlags are those of every trace.
func addTraceFlags(f *pflag.FlagSet, o *traceOptions) {
	f.Var((*value.Size)(&o.buffer), "buffer", "size of the ring buffer between kernel and tracer")
	f.Var((*value.Span)(&o.duration), "duration", "end the trace after this time")
	f.Var(value.ChoiceOf(&o.coroutines, probes.ParseCoroutines, "whose"), "coroutines",
		"whose coroutines to trace: auto (of bundled servers, and of Python's greenlet), none, goroutines (also "+
			"those of a Go program), carriers (also the threads that run them)")
	f.BoolVar(&o.http, "http", false, "show the first line of HTTP requests and answers, which can hold secrets")
	f.Var(value.ChoiceOf(&o.hooks, probes.ParseHooks, "set"), "hooks",
		"how reapings are seen: auto, functions (fentry), tracepoints")
}

// addLaunchFlags are those of a trace of what tracer launches itself.
func addLaunchFlags(f *pflag.FlagSet, o *traceOptions) {
	addTraceFlags(f, o)
	f.BoolVar(&o.rootOnly, "root", false, "end the trace when the launched program ends, though its children still run")
}

func newTraceOptions() traceOptions { return traceOptions{buffer: probes.DefaultBuffer} }
