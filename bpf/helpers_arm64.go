package bpf

import _ "embed"

//go:embed helpers_arm64_bpfel.o
var helpersBytes []byte
