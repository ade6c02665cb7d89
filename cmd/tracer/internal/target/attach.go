package target

import (
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/event"
	"tracer/probes"
	"tracer/text"
	"tracer/words"
)

// Attach has the flags that say what to attach to, beside process ids.
type Attach struct {
	ports  value.Ports
	comms  []string
	groups []string
	all    bool
}

// Add adds them to a set of flags.
func (v *Attach) Add(f *pflag.FlagSet, say *words.FlagWords) {
	f.Var(&v.ports, "port", say.Port)
	f.StringArrayVar(&v.comms, "comm", nil, say.Comm)
	f.StringArrayVar(&v.groups, "cgroup", nil, say.Cgroup)
	f.BoolVar(&v.all, "all", false, say.All)
}

func (v *Attach) given() bool { return len(v.ports)+len(v.comms)+len(v.groups) > 0 || v.all }

// targets are the flags and ids together.
func (v *Attach) targets(ids []string, say *words.UsageWords) (t probes.Targets, err error) {
	for _, id := range ids {
		n, err := strconv.ParseInt(id, 10, 32)
		if err != nil || n < 1 {
			return t, usage.New(say.NotAProcessID(id, text.Arguments(id)))
		}
		t.PIDs = append(t.PIDs, event.PID(n))
	}
	if slices.Contains(slices.Concat(v.comms, v.groups), "") {
		return t, usage.New(say.NameWanted)
	}
	t.Ports, t.Comms, t.Cgroups, t.All = v.ports, v.comms, v.groups, v.all
	if t.All && len(t.PIDs)+len(t.Ports)+len(t.Comms)+len(t.Cgroups) > 0 {
		return t, usage.New(say.AllAlone)
	}
	return t, nil
}
