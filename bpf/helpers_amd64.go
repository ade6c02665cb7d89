package bpf

import _ "embed"

//go:embed helpers_x86_bpfel.o
var helpersBytes []byte
