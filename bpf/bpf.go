// Package bpf holds the kernel side: CO-RE programs in C, one file a probe family, and the Go bindings generated from
// them.
//
// The compiled objects are part of the repository, so building tracer needs no C compiler. After a change of the C
// files, "make generate" compiles them again (clang and libbpf's headers).
package bpf

import (
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

//go:generate ./generate

// Load reads the programs: those that load what they read of the kernel, or those that call a helper for each pointer
// on the way (READ in common.bpf.h). The programs, maps and variables have the same names in both.
func Load(directly bool) (*ebpf.CollectionSpec, error) {
	object := helpersObject
	if directly {
		object = tracerObject
	}
	return ebpf.LoadCollectionSpecFromReader(strings.NewReader(object))
}

// Tracepoints are those that perf's handlers run a program at: that of its section and, as it says itself (ALSO_AT in
// common.bpf.h), others. A program of another kind has none.
func Tracepoints(program *ebpf.ProgramSpec) []string {
	if program.Type != ebpf.TracePoint {
		return nil
	}
	all := []string{program.AttachTo}
	if f := btf.FuncMetadata(&program.Instructions[0]); f != nil {
		for _, tag := range f.Tags {
			if more, ok := strings.CutPrefix(tag, "also at "); ok {
				all = append(all, strings.Fields(more)...)
			}
		}
	}
	return all
}
