package tracing

import (
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/value"
	"tracer/probes"
)

// Add adds the flags of every trace.
func (o *Options) Add(f *pflag.FlagSet) {
	p := &o.Session.Probes
	p.Buffer = probes.DefaultBuffer
	f.Var((*value.Size)(&p.Buffer), "buffer", "size of the ring buffer between kernel and tracer")
	f.Var((*value.Span)(&o.Session.Duration), "duration", "end the trace after this time")
	f.Var(value.ChoiceOf(&p.Coroutines, probes.ParseCoroutines, "whose"), "coroutines",
		"whose coroutines to trace: auto (of bundled servers, and of Python's greenlet), none, goroutines (also "+
			"those of a Go program), carriers (also the threads that run them)")
	f.BoolVar(&p.HTTP, "http", false, "show the first line of HTTP requests and answers, which can hold secrets")
	f.Var(value.ChoiceOf(&p.Hooks, probes.ParseHooks, "set"), "hooks",
		"how reapings are seen: auto, functions (fentry), tracepoints")
}

// AddLaunch adds those of a trace of what tracer launches itself, too.
func (o *Options) AddLaunch(f *pflag.FlagSet) {
	o.Add(f)
	f.BoolVar(&o.Session.Probes.EndWithRoot, "root", false,
		"end the trace when the launched program ends, though its children still run")
}
