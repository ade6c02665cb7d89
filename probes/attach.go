package probes

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// attach attaches each program where it says itself, but for those that user space runs. Those in the runtimes of
// coroutines are not among them: they are attached to the files that have such a place.
func (p *Probes) attach(programs map[string]*ebpf.ProgramSpec) error {
	events, err := openTracefs()
	if err != nil {
		return err
	}
	defer events.close()
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		spec := programs[name]
		if spec.AttachType == ebpf.AttachTraceIter || spec.Type == ebpf.Syscall {
			continue
		}
		kinds, err := told(spec)
		if err != nil {
			return err
		}
		l, err := events.attachProgram(spec, p.collection.Programs[name])
		if err != nil {
			return fmt.Errorf("attach %s: %w", name, explain(err))
		}
		p.links = append(p.links, l)
		p.skippable[name] = kinds[0]
	}
	return nil
}

func (t *tracefs) attachProgram(spec *ebpf.ProgramSpec, program *ebpf.Program) (link.Link, error) {
	switch spec.Type {
	case ebpf.TracePoint:
		return t.attach(spec.AttachTo, program)
	case ebpf.Tracing:
		return link.AttachTracing(link.TracingOptions{Program: program})
	}
	return nil, fmt.Errorf("nothing attaches programs of the section %s", spec.SectionName)
}
