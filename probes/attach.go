package probes

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"tracer/bpf"
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
		links, err := events.attachProgram(spec, p.collection.Programs[name])
		p.links = append(p.links, links...)
		if err != nil {
			return fmt.Errorf("attach %s: %w", name, explain(err))
		}
		p.skippable[name] = kinds[0]
	}
	return nil
}

func (t *tracefs) attachProgram(spec *ebpf.ProgramSpec, program *ebpf.Program) (links []link.Link, err error) {
	switch spec.Type {
	case ebpf.TracePoint:
		for _, tracepoint := range bpf.Tracepoints(spec) {
			l, err := t.attach(tracepoint, program)
			if err != nil {
				return links, err
			}
			links = append(links, l)
		}
		return links, nil
	case ebpf.Tracing:
		l, err := link.AttachTracing(link.TracingOptions{Program: program})
		if err != nil {
			return nil, err
		}
		return []link.Link{l}, nil
	}
	return nil, fmt.Errorf("nothing attaches programs of the section %s", spec.SectionName)
}
