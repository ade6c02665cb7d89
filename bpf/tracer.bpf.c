//go:build ignore

/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The kernel side of tracer: one object, one file a probe family. Each program filters, reserves, fills and submits;
 * what cannot be reserved is counted, and nowhere else.
 */
#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#include "wire.h"

#include "common.bpf.h"
#include "fail.bpf.h"
#include "http.bpf.h"
#include "socket.bpf.h"
#include "descriptor.bpf.h"
#include "signal.bpf.h"
#include "usage.bpf.h"
#include "stall.bpf.h"
#include "task.bpf.h"
#include "wait.bpf.h"
#include "uring.bpf.h"
#include "snapshot.bpf.h"
#include "coroutine.bpf.h"
#include "control.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
