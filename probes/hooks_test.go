package probes

import (
	"testing"

	"tracer/bpf"
)

// TestSpareSearch: no program calls what this kernel may lack.
func TestSpareSearch(t *testing.T) {
	spec, err := bpf.LoadTracer()
	if err != nil {
		t.Fatal(err)
	}
	calls := func() (n int) {
		for _, p := range spec.Programs {
			for i := range p.Instructions {
				if ins := &p.Instructions[i]; ins.IsKfuncCall() && ins.Reference() == rdonlyCast {
					n++
				}
			}
		}
		return n
	}
	before := calls()
	spareSearch(spec)
	if before == 0 || calls() != 0 {
		t.Errorf("%d calls before, %d after", before, calls())
	}
}
