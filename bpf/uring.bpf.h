/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a process has an io_uring do for it that system calls would tell: accepts, waits, closes. A request is seen when
 * it is made and when it completes, in the process, which may be on a thread of io_uring's own. One can complete many
 * times, and then only the ring and the program's own number tell which one it is.
 */

/* The program can tell: the kernel has the tracepoints for it. */
volatile const __u32 rings_seen = 0;

struct ring_request {
	__u64 ring;
	__u64 user_data;
};

struct ring_accept {
	__u64 listener; /* its struct file */
	__u32 direct;	/* into a place of the ring's own table, not to a descriptor */
	__u32 reserved;
};

/* Accepts that were asked for. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct ring_request);
	__type(value, struct ring_accept);
} ring_accepts SEC(".maps");

static __always_inline int made_ring(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);

	if (t)
		report(current, TRACER_IO_URING, (t->root ? TRACER_ROOT : 0) | (rings_seen ? 0 : TRACER_UNKNOWN));
	return 0;
}

SEC("tp_btf/io_uring_create") TELLS("io_uring")
int BPF_PROG(io_uring_created)
{
	return made_ring();
}

SEC("tp/io_uring/io_uring_create") TELLS("io_uring")
int io_uring_created_unpreempted(void *ctx)
{
	return made_ring();
}

#define FILE_POINTER (~7ul) /* without the flags in its lowest bits (FFS_MASK in io_uring/filetable.h) */

/* The file in a place of a ring's own table. */
static __always_inline struct file *file_in_ring(struct io_ring_ctx *ring, __u32 place)
{
	struct io_ring_ctx___files *before = (void *)ring;
	struct io_rsrc_node **nodes, *node = 0;
	struct io_fixed_file *files;
	unsigned long file = 0;

	if (bpf_core_field_exists(ring->file_table.data)) {
		nodes = BPF_CORE_READ(ring, file_table.data.nodes);
		bpf_probe_read_kernel(&node, sizeof(node), nodes + place);
		file = BPF_CORE_READ(node, file_ptr);
	} else if (bpf_core_field_exists(before->file_table.files)) {
		files = BPF_CORE_READ(before, file_table.files);
		bpf_probe_read_kernel(&file, sizeof(file), (void *)files + place * bpf_core_type_size(struct io_fixed_file));
	}
	return (struct file *)(file & FILE_POINTER);
}

static __always_inline int names_place_in_ring(struct io_kiocb *request)
{
	__u64 flags = 0;

	bpf_probe_read_kernel(&flags, bpf_core_field_size(request->flags) == 8 ? 8 : 4, (void *)request +
		bpf_core_field_offset(request->flags));
	return flags & REQ_F_FIXED_FILE;
}

/* Its file is not looked up yet. */
static __always_inline struct file *file_of_request(struct task_struct *current, struct io_kiocb *request)
{
	__s32 fd = BPF_CORE_READ(request, cqe.fd);

	return names_place_in_ring(request) ? file_in_ring(BPF_CORE_READ(request, ctx), fd) : file_of(current, fd);
}

static __always_inline void asked_to_accept(struct task_struct *current, struct io_kiocb *request)
{
	struct ring_request key = {(__u64)BPF_CORE_READ(request, ctx), BPF_CORE_READ(request, cqe.user_data)};
	struct ring_accept accept = {(__u64)file_of_request(current, request),
		BPF_CORE_READ((struct io_accept *)request, file_slot)};

	bpf_map_update_elem(&ring_accepts, &key, &accept, BPF_ANY);
}

static __always_inline void asked_to_close(struct task_struct *current, struct task_state *t, struct io_kiocb *request)
{
	struct io_close *what = (void *)request;
	__u32 slot = BPF_CORE_READ(what, file_slot);

	if (!open_connections)
		return;
	begin_close(current, t, slot ? file_in_ring(BPF_CORE_READ(request, ctx), slot - 1) :
		file_of(current, BPF_CORE_READ(what, fd)));
}

static __always_inline int asked(struct io_kiocb *request)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced_process(current);
	__u8 operation;

	if (!t)
		return 0;
	operation = BPF_CORE_READ(request, opcode);
	if (operation == IORING_OP_ACCEPT)
		asked_to_accept(current, request);
	else if (operation == IORING_OP_CLOSE)
		asked_to_close(current, t, request);
	return 0;
}

SEC("tp_btf/io_uring_submit_req") TELLS("accept")
int BPF_PROG(ring_submitted, struct io_kiocb *request)
{
	return asked(request);
}

SEC("tp/io_uring/io_uring_submit_req") TELLS("accept")
int ring_submitted_unpreempted(struct trace_event_raw_io_uring_submit_req *ctx)
{
	return asked(ctx->req);
}

/* Before Linux 6.3. */
SEC("tp_btf/io_uring_submit_sqe") TELLS("accept")
int BPF_PROG(ring_submitted_before, struct io_kiocb *request)
{
	return asked(request);
}

/* The file that an accept has made. result: a descriptor, or a place in the ring's own table where the kernel chose it,
 * else 0. */
static __always_inline struct file *accepted_file(struct task_struct *current, struct io_ring_ctx *ring, __u32 direct,
	__s32 result)
{
	if (!direct)
		return file_of(current, result);
	return file_in_ring(ring, direct == IORING_FILE_INDEX_ALLOC ? result : direct - 1);
}

static __always_inline void accepted_by_ring(struct task_struct *current, struct task_state *t,
	struct io_ring_ctx *ring,
					     struct io_kiocb *request, __s32 result)
{
	__u32 direct = BPF_CORE_READ((struct io_accept *)request, file_slot);
	struct file *file = accepted_file(current, ring, direct, result);

	if (sock_of(file))
		report_accept(current, t, sock_of(BPF_CORE_READ(request, file)), file, direct ? -1 : result,
			TRACER_CALL_IO_URING);
	else
		count(TRACER_ACCEPT, 1);
}

/* Programs can give the same number to requests of another kind, too: it is an accept when it has made a connection of
 * that listener's. */
static __always_inline void accepted_again_by_ring(struct task_struct *current, struct task_state *t,
	struct io_ring_ctx *ring,
						   struct ring_accept *accept, __s32 result)
{
	struct file *file = accepted_file(current, ring, accept->direct, result);
	struct sock *connection = sock_of(file), *listener = sock_of((struct file *)accept->listener);
	__u64 key = (__u64)connection;

	if (connection && BPF_CORE_READ(connection, sk_type) == BPF_CORE_READ(listener, sk_type) &&
	    BPF_CORE_READ(connection, __sk_common.skc_family) == BPF_CORE_READ(listener, __sk_common.skc_family) &&
	    BPF_CORE_READ(connection, __sk_common.skc_num) == BPF_CORE_READ(listener, __sk_common.skc_num) &&
	    connection != listener && !bpf_map_lookup_elem(&connections, &key))
		report_accept(current, t, listener, file, accept->direct ? -1 : result, TRACER_CALL_IO_URING);
}

/* siginfo need not be asked for, as the request has what would be in it. */
static __always_inline void waited_by_ring(struct task_struct *current, struct task_state *t, struct io_kiocb *request,
	__s32 result)
{
	struct io_waitid *what = (void *)request;
	struct waited w = {.call = TRACER_CALL_IO_URING, .options = BPF_CORE_READ(what, options)};
	__s32 pid = BPF_CORE_READ(what, info.pid);

	asks_for(current, &w, BPF_CORE_READ(what, which), BPF_CORE_READ(what, upid));
	if (result || !pid) {
		report_no_child(current, t, &w, result);
		return;
	}
	if (w.options & WNOWAIT)
		w.flags |= TRACER_PEEK;
	told_by_siginfo(&w, pid, BPF_CORE_READ(what, info.cause), BPF_CORE_READ(what, info.status));
	report_wait(current, t, &w);
}

/* request is 0 when it goes on, or found no room for the completion. */
static __always_inline int completed(struct io_ring_ctx *ring, struct io_kiocb *request, __u64 user_data, __s32 result,
	__u32 flags)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced_process(current);
	struct ring_request key = {(__u64)ring, user_data};
	struct ring_accept *accept;
	__u8 operation;

	if (!t)
		return 0;
	operation = request ? BPF_CORE_READ(request, opcode) : IORING_OP_ACCEPT;
	if (operation == IORING_OP_WAITID && bpf_core_type_exists(struct io_waitid)) /* Linux 6.7 */
		waited_by_ring(current, t, request, result);
	else if (operation == IORING_OP_CLOSE)
		end_close(current, t);
	if (operation != IORING_OP_ACCEPT)
		return 0;
	accept = bpf_map_lookup_elem(&ring_accepts, &key);
	if (request && result >= 0)
		accepted_by_ring(current, t, ring, request, result);
	else if (accept && result >= 0)
		accepted_again_by_ring(current, t, ring, accept, result);
	if (accept && !(flags & IORING_CQE_F_MORE))
		bpf_map_delete_elem(&ring_accepts, &key);
	return 0;
}

SEC("tp_btf/io_uring_complete") TELLS("accept close wait listen_drop let_go")
int BPF_PROG(ring_completed, struct io_ring_ctx *ring, void *request, struct io_uring_cqe *cqe)
{
	return completed(ring, request, BPF_CORE_READ(cqe, user_data), BPF_CORE_READ(cqe, res), BPF_CORE_READ(cqe, flags));
}

SEC("tp/io_uring/io_uring_complete") TELLS("accept close wait listen_drop let_go")
int ring_completed_unpreempted(struct trace_event_raw_io_uring_complete *ctx)
{
	return completed(ctx->ctx, ctx->req, ctx->user_data, ctx->res, ctx->cflags);
}

/* Before Linux 6.12. */
SEC("tp_btf/io_uring_complete") TELLS("accept close wait listen_drop let_go")
int BPF_PROG(ring_completed_before, struct io_ring_ctx *ring, void *request, __u64 user_data, int result,
	unsigned int flags)
{
	return completed(ring, request, user_data, result, flags);
}

/* There was no room for the completion: the program finds it later, and no other tracepoint tells. */
SEC("tp_btf/io_uring_cqe_overflow") TELLS("accept close wait listen_drop let_go")
int BPF_PROG(ring_overflowed, void *ring, unsigned long long user_data, int result, unsigned int flags)
{
	return completed(ring, 0, user_data, result, flags);
}
