package bpf

import _ "embed"

// Strings are not writable, so that this is not resident when it has been read (GiveBack in probes).
var (
	//go:embed tracer_arm64_bpfel.o
	tracerObject string
	//go:embed helpers_arm64_bpfel.o
	helpersObject string
)
