// Package bpf holds the kernel side: CO-RE programs in C, one file a probe family, and the Go bindings generated from
// them.
//
// The compiled objects are part of the repository, so building tracer needs no C compiler. After a change of the C
// files, "make generate" compiles them again (clang and libbpf's headers).
package bpf

//go:generate go tool bpf2go -go-package bpf -target amd64,arm64 -type record_header -type seen_record -type tracer_met -type fork_record -type exec_record -type rename_record -type subreaper_record -type exit_record -type signal_record -type deliver_record -type wait_record -type release_record -type accept_record -type disposition_record -type serve_record -type close_record -type datagram_record -type http_record -type connection -type coroutine_record -type go_function -type task_state -type event_counts Tracer tracer.bpf.c -- -Wall -Werror -O2
