package probes

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// attach attaches each program where it says itself, but for those that user space drives and those in the runtimes of
// coroutines.
func (p *Probes) attach(programs map[string]*ebpf.ProgramSpec) error {
	events, err := openTracefs()
	if err != nil {
		return err
	}
	defer events.close()
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		l, err := events.attachProgram(programs[name], p.collection.Programs[name])
		if err != nil {
			return fmt.Errorf("attach %s: %w", name, explain(err))
		}
		if l != nil {
			p.links = append(p.links, l)
		}
	}
	return nil
}

func (t *tracefs) attachProgram(spec *ebpf.ProgramSpec, program *ebpf.Program) (link.Link, error) {
	switch {
	case spec.Type == ebpf.TracePoint:
		return t.attach(spec.AttachTo, program)
	case spec.Type == ebpf.Tracing && spec.AttachType != ebpf.AttachTraceIter:
		return link.AttachTracing(link.TracingOptions{Program: program})
	}
	return nil, nil
}
