package target

import (
	"strconv"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/usage"
	"tracer/event"
	"tracer/probes"
	"tracer/text"
)

// Attach has the flags that say what to attach to, beside process ids.
type Attach struct {
	ports  []uint
	comms  []string
	groups []string
	all    bool
}

// Add adds them to a set of flags.
func (v *Attach) Add(f *pflag.FlagSet) {
	f.UintSliceVar(&v.ports, "port", nil, "attach to whoever listens on this port (TCP, or UDP that is not connected)")
	f.StringArrayVar(&v.comms, "comm", nil, "attach to the processes of this command name")
	f.StringArrayVar(&v.groups, "cgroup", nil, "attach to the processes of this cgroup and of those below it: a path "+
		"below the mount of cgroup2, or a folder")
	f.BoolVar(&v.all, "all", false, "attach to everything but kernel threads and tracer itself")
}

func (v *Attach) given() bool { return len(v.ports)+len(v.comms)+len(v.groups) > 0 || v.all }

// targets are the flags and ids together.
func (v *Attach) targets(ids []string) (t probes.Targets, err error) {
	for _, id := range ids {
		n, err := strconv.ParseInt(id, 10, 32)
		if err != nil || n < 1 {
			return t, usage.Errorf("%q is no process id; for a command name write: tracer attach --comm %s", id,
				text.Arguments(id))
		}
		t.PIDs = append(t.PIDs, event.PID(n))
	}
	for _, port := range v.ports {
		if port < 1 || port > 65535 {
			return t, usage.Errorf("--port: %d is no port from 1 to 65535", port)
		}
		t.Ports = append(t.Ports, uint16(port))
	}
	for _, name := range append(v.comms[:len(v.comms):len(v.comms)], v.groups...) {
		if name == "" {
			return t, usage.Errorf("--comm and --cgroup want a name")
		}
	}
	t.Comms, t.Cgroups, t.All = v.comms, v.groups, v.all
	if t.All && len(t.PIDs)+len(t.Ports)+len(t.Comms)+len(t.Cgroups) > 0 {
		return t, usage.Errorf("--all has all others in it; leave them out")
	}
	return t, nil
}
