package tracing

import (
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/value"
	"tracer/probes"
	"tracer/words"
)

// Add adds the flags of every trace.
func (o *Options) Add(f *pflag.FlagSet, say *words.FlagWords) {
	p := &o.Session.Probes
	p.Buffer = probes.DefaultBuffer
	f.Var((*value.Size)(&p.Buffer), "buffer", say.Buffer)
	f.Var((*value.Span)(&o.Session.Duration), "duration", say.Duration)
	f.Var(value.ChoiceOf(&p.Coroutines, probes.ParseCoroutines, "whose"), "coroutines", say.Coroutines)
	f.BoolVar(&p.HTTP, "http", false, say.HTTP)
	f.Var((*value.Span)(&p.Stalls), "stalls", say.Stalls)
	f.Var(value.ChoiceOf(&p.Hooks, probes.ParseHooks, "set"), "hooks", say.Hooks)
}

// AddLaunch adds those of a trace of what tracer launches itself, too.
func (o *Options) AddLaunch(f *pflag.FlagSet, say *words.FlagWords) {
	o.Add(f, say)
	f.BoolVar(&o.Session.Probes.EndWithRoot, "root", false, say.Root)
}
