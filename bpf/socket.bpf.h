/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Sockets: what accept and accept4 returned. The socket is found through the descriptor, so on loopback too it is the server's own. */

static __always_inline struct sock *socket_of(struct task_struct *task, __s32 fd)
{
	struct file **fds = BPF_CORE_READ(task, files, fdt, fd), *file = 0;
	struct socket *socket;

	if (fd < 0)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), fds + fd);
	socket = (struct socket *)BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline void fill_inet(struct accept_record *r, struct sock *listener, struct sock *connection)
{
	r->listener.port = BPF_CORE_READ(listener, __sk_common.skc_num);
	r->local.port = BPF_CORE_READ(connection, __sk_common.skc_num);
	r->peer.port = bpf_ntohs(BPF_CORE_READ(connection, __sk_common.skc_dport));
	if (r->family == AF_INET) {
		__be32 *listening = (__be32 *)r->listener.address, *local = (__be32 *)r->local.address,
		       *peer = (__be32 *)r->peer.address;

		*listening = BPF_CORE_READ(listener, __sk_common.skc_rcv_saddr);
		*local = BPF_CORE_READ(connection, __sk_common.skc_rcv_saddr);
		*peer = BPF_CORE_READ(connection, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO(&r->listener.address, listener, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&r->local.address, connection, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&r->peer.address, connection, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
	}
}

static __always_inline void fill_unix(struct accept_record *r, struct sock *listener)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)listener, addr);
	__u64 size = BPF_CORE_READ(address, len) - sizeof(__u16); /* without the family */

	if (!address)
		return;
	asm volatile("" : "+r"(size)); /* or the compiler bounds a copy that the verifier does not know */
	if (size > sizeof(r->path))
		size = sizeof(r->path);
	if (!bpf_probe_read_kernel(r->path, size,
				   (void *)address + bpf_core_field_offset(struct unix_address, name) + sizeof(__u16)))
		r->path_size = size;
}

static __always_inline int accepted(struct syscall_exit *ctx, __u32 call)
{
	struct task_struct *current;
	struct sock *listener, *connection;
	struct accept_record *r;
	struct task_state *t;

	if (ctx->result < 0)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (!t)
		return 0;
	r = reserve(TRACER_ACCEPT, sizeof(*r));
	if (!r)
		return 0;
	__builtin_memset(r, 0, sizeof(*r));
	listener = socket_of(current, ARGUMENT(saved_registers(current), 1));
	connection = socket_of(current, ctx->result);
	r->socket = (__u64)connection;
	r->fd = ctx->result;
	r->call = call;
	r->queue = BPF_CORE_READ(listener, sk_ack_backlog);
	r->backlog = BPF_CORE_READ(listener, sk_max_ack_backlog);
	r->family = BPF_CORE_READ(listener, __sk_common.skc_family);
	if (r->family == AF_UNIX)
		fill_unix(r, listener);
	else if (r->family == AF_INET || r->family == AF_INET6)
		fill_inet(r, listener, connection);
	fill(&r->header, current, TRACER_ACCEPT, t->root ? TRACER_ROOT : 0);
	submit(r);
	return 0;
}

SEC("tp/syscalls/sys_exit_accept")
int accept_exit(struct syscall_exit *ctx)
{
	return accepted(ctx, TRACER_ACCEPT_PLAIN);
}

SEC("tp/syscalls/sys_exit_accept4")
int accept4_exit(struct syscall_exit *ctx)
{
	return accepted(ctx, TRACER_ACCEPT4);
}
