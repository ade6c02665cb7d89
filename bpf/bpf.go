// Package bpf holds the kernel side: CO-RE programs in C, one file a probe family, and the Go bindings generated from
// them.
//
// The compiled objects are part of the repository, so building tracer needs no C compiler. After a change of the C
// files, "make generate" compiles them again (clang and libbpf's headers).
package bpf

//go:generate ./generate
