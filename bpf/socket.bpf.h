/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Sockets: what accept and accept4 returned, which task reads and writes it, and who closes it last. The socket is
 * found through the descriptor, so on loopback too it is the server's own.
 */

/* The accepted connections that are open, by their struct sock. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct connection);
} connections SEC(".maps");

/* When a connection came into the backlog. Of every listener: whose it is shows when it is accepted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u64);
} arrivals SEC(".maps");

/* The TCP sockets that listen: those that traced tasks had do so, and those at which they have accepted. Of Multipath
 * TCP the subflow. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct listener);
} listeners SEC(".maps");

/* Those of Unix sockets among the connections. They have no states that could be traced, so descriptors must be
 * watched, but only then. */
volatile __s64 unix_connections = 0;

/* All of them, and perhaps one that is just being added: while it is 0, none can be found. */
volatile __s64 open_connections = 0;

volatile __u64 connections_accepted = 0, unix_connections_accepted = 0;

static __always_inline struct file *file_of(struct task_struct *task, __s32 fd)
{
	struct file **fds = READ(task, files, fdt, fd), *file = 0;

	if (fd >= 0)
		file = (struct file *)POINTER_AT(fds + fd);
	return file;
}

static __always_inline struct sock *sock_of(struct file *file)
{
	struct socket *socket = (struct socket *)READ(file, private_data);

	return READ(socket, sk);
}

/* How many references a file has; 0 while it is being released. */
static __always_inline __s64 references(struct file *file)
{
	struct file___ref *counted = (void *)file;
	struct file___count *before = (void *)file;
	__s64 n;

	if (bpf_core_field_exists(counted->f_ref)) {
		n = READ(counted, f_ref.refcnt.counter);
		return n < 0 ? 0 : n + 1;
	}
	return READ(before, f_count.counter);
}

static __always_inline void fill_local(struct endpoint *local, __u32 family, struct sock *sk)
{
	local->port = READ(sk, __sk_common.skc_num);
	if (family == AF_INET)
		*(__be32 *)local->address = READ(sk, __sk_common.skc_rcv_saddr);
	else if (family == AF_INET6)
		BPF_CORE_READ_INTO(&local->address, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
}

static __always_inline void fill_inet(struct accept_record *r, struct sock *listener, struct sock *connection)
{
	r->listener.port = READ(listener, __sk_common.skc_num);
	r->local.port = READ(connection, __sk_common.skc_num);
	r->peer.port = bpf_ntohs(READ(connection, __sk_common.skc_dport));
	if (r->family == AF_INET) {
		__be32 *listening = (__be32 *)r->listener.address, *local = (__be32 *)r->local.address,
		       *peer = (__be32 *)r->peer.address;

		*listening = READ(listener, __sk_common.skc_rcv_saddr);
		*local = READ(connection, __sk_common.skc_rcv_saddr);
		*peer = READ(connection, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO(&r->listener.address, listener, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&r->local.address, connection, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&r->peer.address, connection, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
	}
}

/* The path of a Unix socket, with the NUL that begins an abstract one. Returns how much of the room it takes. */
static __always_inline __u16 fill_unix(char *path, struct sock *socket)
{
	struct unix_address *address = READ((struct unix_sock *)socket, addr);
	__u64 size = READ(address, len) - sizeof(__u16); /* without the family */

	if (!address)
		return 0;
	asm volatile("" : "+r"(size)); /* or the compiler bounds a copy that the verifier does not know */
	if (size > TRACER_UNIX_PATH)
		size = TRACER_UNIX_PATH;
	return bpf_probe_read_kernel(path, size, (void *)address + bpf_core_field_offset(struct unix_address, name) +
		sizeof(__u16)) ? 0 : size;
}

/* The accepted connection of a socket, if it has one. */
static __always_inline struct connection *connection_of(const struct sock *sk)
{
	__u64 key = (__u64)sk;

	return open_connections ? bpf_map_lookup_elem(&connections, &key) : 0;
}

/* What the peer of a TCP connection had done before the state that it is in was left: a flag. */
static __always_inline __u32 peer_of_tcp(int state)
{
	switch (state) {
	case TCP_CLOSE:
		return TRACER_PEER_GONE;
	case TCP_CLOSE_WAIT:
	case TCP_LAST_ACK:
	case TCP_CLOSING:
	case TCP_TIME_WAIT:
		return TRACER_PEER_FINISHED;
	}
	return TRACER_PEER_OPEN;
}

/* Likewise of a Unix connection that is open: a peer that is closed has no socket any more (unix_release_sock in
 * net/unix/af_unix.c). */
static __always_inline __u32 peer_of_unix(struct sock *sk)
{
	struct sock *peer = READ((struct unix_sock *)sk, peer);

	if (!peer)
		return 0;
	if (!READ(peer, sk_socket))
		return TRACER_PEER_GONE;
	return READ(sk, sk_shutdown) & RCV_SHUTDOWN ? TRACER_PEER_FINISHED : TRACER_PEER_OPEN;
}

/* The last descriptor of a connection was closed, by a task if one is known. flags: TRACER_UNTRACED, and one of those
 * of the peer, where that is known. */
static __always_inline void report_close(struct task_struct *by, __u32 flags, __u64 key, struct connection *c)
{
	struct close_record *r;
	__u64 number = c->number, bytes_read = c->bytes_read, bytes_written = c->bytes_written;
	__u32 family = c->family;

	if (bpf_map_delete_elem(&connections, &key)) /* somebody else has told it */
		return;
	__sync_fetch_and_add(&open_connections, -1);
	if (family == AF_UNIX)
		__sync_fetch_and_add(&unix_connections, -1);
	r = reserve(TRACER_CLOSE, sizeof(*r));
	if (!r)
		return;
	if (by) {
		fill(&r->header, by, TRACER_CLOSE, flags);
	} else {
		fill(&r->header, bpf_get_current_task_btf(), TRACER_CLOSE, flags | TRACER_UNKNOWN);
		r->header.start = r->header.tid = r->header.pid = 0;
	}
	r->connection = number;
	r->bytes_read = bytes_read;
	r->bytes_written = bytes_written;
	submit(r);
}

/* From now on it is known as a connection of the traced set, by its number. Without room its close is lost, and counted
 * so. */
static __always_inline __u64 remember(struct file *file, struct sock *connection, __u32 family)
{
	__u64 key = (__u64)connection;
	struct connection *before = bpf_map_lookup_elem(&connections, &key),
		c = {.number = __sync_fetch_and_add(&connections_accepted, 1) + 1, .family = family};

	if (before) /* its memory is used again: it was closed unseen */
		report_close(0, 0, key, before);
	c.file = (__u64)file;
	c.socket = (__u64)READ(connection, sk_socket);
	__sync_fetch_and_add(&open_connections, 1);
	if (bpf_map_update_elem(&connections, &key, &c, BPF_ANY)) {
		__sync_fetch_and_add(&open_connections, -1);
		count(TRACER_CLOSE, 1);
	} else if (family == AF_UNIX) {
		__sync_fetch_and_add(&unix_connections, 1);
		__sync_fetch_and_add(&unix_connections_accepted, 1);
	}
	return c.number;
}

/* How long the connection was in the backlog. */
static __always_inline __u64 queued(struct sock *connection)
{
	__u64 key = (__u64)connection, *since = bpf_map_lookup_elem(&arrivals, &key), time = 0;

	if (since) {
		time = bpf_ktime_get_boot_ns() - *since;
		bpf_map_delete_elem(&arrivals, &key);
	}
	return time;
}

/* The socket that has the queue of what a listener is to accept. */
static __always_inline struct sock *queueing(struct sock *listener)
{
	struct mptcp_sock *multipath = (void *)listener;

	if (bpf_core_field_exists(multipath->first) && READ(listener, sk_protocol) == IPPROTO_MPTCP)
		return READ(multipath, first);
	return listener;
}

static __always_inline __u32 waiting_at(struct sock *listener)
{
	if (READ(listener, __sk_common.skc_family) == AF_UNIX)
		return READ(listener, sk_receive_queue.qlen);
	return READ(listener, sk_ack_backlog);
}

/* By nobody when by is 0, as the trace ends, which also tells of connections that wait there; else by a task with these
 * flags. The kernel counts in sk_drops what it drops of a listener
 * (tcp_listendrop in include/net/tcp.h); here two tasks can come by at once. */
static __always_inline void report_dropped(struct task_struct *by, __u32 flags, struct sock *sk, struct listener *l)
{
	__u64 told = l->told;
	__s32 more = (__u32)READ(sk, sk_drops.counter) - (__u32)told;
	struct listen_drop_record *r;

	if (more <= 0 && (by || !waiting_at(sk)))
		return;
	if (__sync_fetch_and_add(&l->told, more) != told) {
		__sync_fetch_and_add(&l->told, -(__s64)more);
		return;
	}
	r = reserve(TRACER_LISTEN_DROP, sizeof(*r));
	if (!r)
		return;
	__builtin_memset(r, 0, sizeof(*r));
	r->dropped = more;
	r->queue = waiting_at(sk);
	r->backlog = READ(sk, sk_max_ack_backlog);
	r->family = READ(sk, __sk_common.skc_family);
	fill_local(&r->listener, r->family, sk);
	if (!r->listener.port) /* while it is closed, the port is given back before (__inet_put_port) */
		r->listener.port = bpf_ntohs(READ((struct inet_sock *)sk, inet_sport));
	if (by) {
		fill(&r->header, by, TRACER_LISTEN_DROP, flags);
	} else {
		r->header.kind = TRACER_LISTEN_DROP;
		r->header.time = bpf_ktime_get_boot_ns();
	}
	submit(r);
}

static long tell_dropped(void *map, __u64 *key, struct listener *l, void *unused)
{
	report_dropped(0, 0, (struct sock *)*key, l);
	return 0;
}

/* Run by user space, when the trace is to end and tasks go on. */
SEC("syscall") TELLS("listen_drop")
int tell_all_dropped(void *unused)
{
	bpf_for_each_map_elem(&listeners, tell_dropped, 0, 0);
	return 0;
}

/* What it has dropped before is not of the trace. */
static __always_inline void look_after(struct sock *sk, __s32 pid)
{
	struct listener l = {.told = (__u32)READ(sk, sk_drops.counter), .pid = pid};
	__u64 key = (__u64)sk;

	bpf_map_update_elem(&listeners, &key, &l, BPF_ANY);
}

static __always_inline void accepts_at(struct task_struct *current, struct task_state *t, struct sock *sk, __u32 family)
{
	__u64 key = (__u64)sk;
	struct listener *l;

	if (family != AF_INET && family != AF_INET6)
		return;
	l = bpf_map_lookup_elem(&listeners, &key);
	if (l)
		report_dropped(current, t->root ? TRACER_ROOT : 0, sk, l);
	else
		look_after(sk, 0);
}

/* fd is -1 of one that has no descriptor, but a place in the table of an io_uring. */
static __always_inline void report_accept(struct task_struct *current, struct task_state *t, struct sock *listener,
	struct file *file, __s32 fd,
					  __u32 call)
{
	__u32 family = READ(listener, __sk_common.skc_family);
	struct sock *connection = sock_of(file), *queue = queueing(listener);
	__u64 number = remember(file, connection, family);
	struct accept_record *r;

	accepts_at(current, t, queue, family);
	r = reserve(TRACER_ACCEPT, sizeof(*r));
	if (!r)
		return;
	__builtin_memset(r, 0, sizeof(*r));
	r->queued = queued(connection);
	r->connection = number;
	r->fd = fd;
	r->call = call;
	r->queue = waiting_at(queue);
	r->backlog = READ(queue, sk_max_ack_backlog);
	r->family = family;
	if (r->family == AF_UNIX)
		r->path_size = fill_unix(r->path, listener);
	else if (r->family == AF_INET || r->family == AF_INET6)
		fill_inet(r, listener, connection);
	fill(&r->header, current, TRACER_ACCEPT, t->root ? TRACER_ROOT : 0);
	submit(r);
}

static __always_inline void describe_socket(struct run *run, struct sock *socket)
{
	struct fail_record *r = &run->record;

	r->family = READ(socket, __sk_common.skc_family);
	if (r->family == AF_UNIX) {
		r->path_size = fill_unix(r->path, socket);
		return;
	}
	fill_local(&r->local, r->family, socket);
}

static __always_inline int is_socket(struct file *file)
{
	return file && (READ(file, f_inode, i_mode) & S_IFMT) == S_IFSOCK;
}

static __always_inline void accept_failed(struct task_struct *current, struct task_state *t, __u32 call, long result)
{
	struct file *file = file_of(current, ARGUMENT(saved_registers(current), 1));
	struct sock *listener = is_socket(file) ? sock_of(file) : 0;
	struct run run = {};

	if (!fails(current, t, TRACER_ACCEPTING, call, result, (__u64)listener, &run))
		return;
	if (listener && run.object)
		describe_socket(&run, listener);
	if (result == -EMFILE) { /* alloc_fd in fs/file.c */
		run.record.limit = TRACER_LIMIT_RLIMIT_NOFILE;
		run.record.max = READ(current, signal, rlim[RLIMIT_NOFILE].rlim_cur);
	}
	begin_run(current, t, TRACER_ACCEPTING, &run);
}

SEC("tp/syscalls/sys_exit_accept") ALSO_AT("syscalls/sys_exit_accept4") TELLS("accept fail listen_drop")
int accept_exit(struct syscall_exit *ctx)
{
	__u32 call = ctx->number == NR_ACCEPT4 ? TRACER_CALL_ACCEPT4 : TRACER_CALL_ACCEPT;
	struct task_struct *current;
	struct task_state *t;

	if (ctx->result == -EAGAIN) /* nobody is there */
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (!t)
		return 0;
	if (ctx->result < 0) {
		accept_failed(current, t, call, ctx->result);
		return 0;
	}
	succeeds(t, TRACER_ACCEPTING);
	report_accept(current, t, sock_of(file_of(current, ARGUMENT(saved_registers(current), 1))),
		file_of(current, ctx->result), ctx->result, call);
	return 0;
}

/* Who had a socket listen at an address that is in use. */
struct holder {
	const struct endpoint *local;
	struct sock *sk; /* that is to have it */
	__s32 pid;
	__u16 family;
	__u16 any;
};

static __always_inline int is_any(const struct endpoint *e)
{
	const __u64 *words = (const __u64 *)e->address;

	return !(words[0] | words[1]);
}

static __always_inline int takes_v4(struct sock *sk)
{
	return !BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_ipv6only);
}

/* IPv4 addresses in the form of IPv6 are not looked at. */
static __always_inline int overlap(struct holder *h, struct sock *other, struct endpoint *local, __u32 family)
{
	const __u64 *a = (const __u64 *)h->local->address, *b = (const __u64 *)local->address;

	if (h->family == family)
		return h->any || is_any(local) || (a[0] == b[0] && a[1] == b[1]);
	return family == AF_INET6 ? is_any(local) && takes_v4(other) : h->any && takes_v4(h->sk);
}

static long holds(void *map, __u64 *key, struct listener *l, struct holder *h)
{
	struct sock *sk = (struct sock *)*key, *of = h->sk;
	__u32 family = READ(sk, __sk_common.skc_family);
	struct endpoint local __attribute__((aligned(8))) = {};

	if (!l->pid || READ(sk, __sk_common.skc_net.net) != READ(of, __sk_common.skc_net.net))
		return 0;
	fill_local(&local, family, sk);
	if (local.port != h->local->port || !overlap(h, sk, &local, family))
		return 0;
	h->pid = l->pid;
	return 1;
}

/* Of the socket that the current call is about. Global, so that the kernel verifies it once. */
__attribute__((noinline)) int find_holder(struct run *run)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct file *file = file_of(current, ARGUMENT(saved_registers(current), 1));
	struct sock *sk = is_socket(file) ? sock_of(file) : 0;
	struct holder h = {.sk = sk};
	struct fail_record *r;

	if (!run || !sk)
		return 0;
	r = &run->record;
	h.local = &r->local;
	h.family = r->family;
	if (r->error != EADDRINUSE || READ(sk, sk_type) != SOCK_STREAM || !r->local.port ||
	    (h.family != AF_INET && h.family != AF_INET6))
		return 0;
	h.any = is_any(&r->local);
	bpf_for_each_map_elem(&listeners, holds, &h, 0);
	r->holder = h.pid;
	return 0;
}

/* The address that a socket was to have: struct sockaddr as user space gave it, which is in the path. */
static __always_inline void describe_address(struct run *run, const void *given, __u64 size)
{
	struct fail_record *r = &run->record;

	if (size < sizeof(__u16))
		return;
	r->family = *(const __u16 *)r->path;
	r->local.port = bpf_ntohs(*(const __be16 *)(r->path + 2));
	if (r->family == AF_INET) {
		__builtin_memcpy(r->local.address, r->path + 4, 4);
	} else if (r->family == AF_INET6) {
		__builtin_memcpy(r->local.address, r->path + 8, 16);
	} else if (r->family == AF_UNIX) {
		size -= sizeof(__u16);
		if (size <= TRACER_UNIX_PATH && !bpf_probe_read_user(r->path, size, given + sizeof(__u16)))
			r->path_size = size;
	}
}

SEC("tp/syscalls/sys_exit_bind") TELLS("fail")
int bind_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct run run = {};
	struct pt_regs *regs;
	void *given;
	__u64 size;

	if (!t)
		return 0;
	if (ctx->result >= 0) {
		succeeds(t, TRACER_BINDING);
		return 0;
	}
	regs = saved_registers(current);
	given = (void *)ARGUMENT(regs, 2);
	size = ARGUMENT(regs, 3);
	asm volatile("" : "+r"(size)); /* or the compiler bounds a copy that the verifier does not know */
	if (size > sizeof(run.record.path))
		size = sizeof(run.record.path);
	if (bpf_probe_read_user(run.record.path, size, given))
		size = 0;
	if (!fails(current, t, TRACER_BINDING, TRACER_CALL_BIND, ctx->result, number_of(run.record.path), &run))
		return 0;
	if (run.object != ANY_OBJECT)
		describe_address(&run, given, size);
	find_holder(&run);
	begin_run(current, t, TRACER_BINDING, &run);
	return 0;
}

SEC("tp/syscalls/sys_exit_listen") TELLS("fail")
int listen_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct run run = {};
	struct sock *sk;
	struct file *file;

	if (!t)
		return 0;
	if (ctx->result >= 0) {
		succeeds(t, TRACER_LISTENING);
		return 0;
	}
	file = file_of(current, ARGUMENT(saved_registers(current), 1));
	sk = is_socket(file) ? sock_of(file) : 0;
	if (!fails(current, t, TRACER_LISTENING, TRACER_CALL_LISTEN, ctx->result, (__u64)sk, &run))
		return 0;
	if (sk && run.object != ANY_OBJECT) {
		describe_socket(&run, sk);
		find_holder(&run);
	}
	begin_run(current, t, TRACER_LISTENING, &run);
	return 0;
}

static __always_inline void report_service(struct task_struct *current, struct task_state *t, __u64 connection,
	__u32 direction, int size)
{
	struct serve_record *r = reserve(TRACER_SERVE, sizeof(*r));

	if (!r)
		return;
	fill(&r->header, current, TRACER_SERVE, t->root ? TRACER_ROOT : 0);
	r->connection = connection;
	r->direction = direction;
	r->size = size;
	submit(r);
}

static __always_inline void report_datagram(struct task_struct *current, struct task_state *t, struct sock *sk,
	int size)
{
	struct datagram_record *r = reserve(TRACER_DATAGRAM, sizeof(*r));

	if (!r)
		return;
	fill(&r->header, current, TRACER_DATAGRAM, t->root ? TRACER_ROOT : 0);
	r->size = size;
	r->family = sk->__sk_common.skc_family;
	r->port = r->family == AF_UNIX ? 0 : sk->__sk_common.skc_num;
	__builtin_memset(r->address, 0, sizeof(r->address));
	if (r->family == AF_INET)
		*(__be32 *)r->address = sk->__sk_common.skc_rcv_saddr;
	else if (r->family == AF_INET6)
		BPF_CORE_READ_INTO(&r->address, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
	submit(r);
}

/* Bytes that went through a socket, if it is that of a connection. */
static __always_inline void count_bytes(struct task_struct *current, struct task_state *t, struct sock *sk,
	__u32 direction, int size)
{
	struct connection *c = size > 0 ? connection_of(sk) : 0;
	struct task_state *process;
	__s32 *last;

	if (!c)
		return;
	__sync_fetch_and_add(direction == TRACER_READ ? &c->bytes_read : &c->bytes_written, size);
	last = direction == TRACER_READ ? &c->reader : &c->writer;
	if (*last != current->pid) {
		*last = current->pid;
		*(direction == TRACER_READ ? &c->reading : &c->writing) = current->tgid;
		process = state_of_process(current, t);
		if (process)
			process->serves = 1;
		report_service(current, t, c->number, direction, size);
	}
	if (http_wanted)
		look_for_line(current, t, c->number, direction, size);
}

static __always_inline int was_received(struct sock *sk, int size, int flags)
{
	struct task_struct *current;
	struct task_state *t;
	__u16 family;

	if (size < 0 || flags & (MSG_PEEK | MSG_ERRQUEUE) || (!open_connections && sk->sk_type != SOCK_DGRAM))
		return 0;
	current = bpf_get_current_task_btf();
	t = traced_process(current);
	if (!t)
		return 0;
	if (sk->sk_type == SOCK_DGRAM) {
		family = sk->__sk_common.skc_family;
		if (family == AF_INET || family == AF_INET6 || family == AF_UNIX)
			report_datagram(current, t, sk, size);
		return 0;
	}
	count_bytes(current, t, sk, TRACER_READ, size);
	return 0;
}

static __always_inline int was_sent(struct sock *sk, int size)
{
	struct task_struct *current;
	struct task_state *t;

	if (!open_connections || sk->sk_type == SOCK_DGRAM)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced_process(current);
	if (t)
		count_bytes(current, t, sk, TRACER_WRITE, size);
	return 0;
}

/* In the task that does it: listen, shutdown, or the end of the last descriptor. */
static __always_inline int listening_changed(struct sock *sk, int after)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced_process(current);
	__u64 key = (__u64)sk;
	struct listener *l;

	if (after == TCP_LISTEN) {
		if (t)
			look_after(sk, current->tgid);
		return 0;
	}
	l = bpf_map_lookup_elem(&listeners, &key);
	if (!l)
		return 0;
	report_dropped(current, !t ? TRACER_UNTRACED : t->root ? TRACER_ROOT : 0, sk, l);
	bpf_map_delete_elem(&listeners, &key);
	return 0;
}

static __always_inline void closed_by_current(__u32 peer, __u64 key, struct connection *c)
{
	struct task_struct *current = bpf_get_current_task_btf();

	report_close(current, peer | (traced_process(current) ? 0 : TRACER_UNTRACED), key, c);
}

/*
 * tcp_close runs in the task whose descriptor was the last one, while the file is being released; so a transition then
 * is a close, and any other is a shutdown or the peer's doing. After a shutdown there may be none until the socket,
 * without a file by then, leaves FIN_WAIT2, in that task too (__tcp_close in net/ipv4/tcp.c), or the peer answers, in
 * nobody's.
 */
static __always_inline int state_changed(struct sock *sk, int before, int after)
{
	__u64 key = (__u64)sk, now;
	struct connection *c;
	struct socket *socket;

	if (before == TCP_LISTEN || after == TCP_LISTEN)
		return listening_changed(sk, after);

	if (before == TCP_SYN_RECV && after == TCP_ESTABLISHED) {
		now = bpf_ktime_get_boot_ns();
		bpf_map_update_elem(&arrivals, &key, &now, BPF_ANY);
		return 0;
	}
	c = connection_of(sk);
	if (!c)
		return 0;
	socket = READ(sk, sk_socket);
	if (socket ? references(READ(socket, file)) == 0 : before == TCP_FIN_WAIT2)
		closed_by_current(peer_of_tcp(before), key, c);
	else if (!socket)
		report_close(0, peer_of_tcp(before), key, c);
	return 0;
}

SEC("tp_btf/inet_sock_set_state") TELLS("close listen_drop")
int BPF_PROG(socket_state, struct sock *sk, const int before, const int after)
{
	return state_changed(sk, before, after);
}

SEC("tp/sock/inet_sock_set_state") TELLS("close listen_drop")
int socket_state_unpreempted(struct trace_event_raw_inet_sock_set_state *ctx)
{
	return state_changed((struct sock *)ctx->skaddr, ctx->oldstate, ctx->newstate);
}

/* The close of a connection that the peer had reset before has no transition. */
static __always_inline int destroyed(const void *sk)
{
	__u64 key = (__u64)sk;
	struct connection *c = connection_of(sk);

	if (bpf_map_lookup_elem(&arrivals, &key)) /* never accepted; most are not there, which a lookup finds sooner */
		bpf_map_delete_elem(&arrivals, &key);
	if (c)
		closed_by_current(TRACER_PEER_GONE, key, c);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock") TELLS("close")
int BPF_PROG(socket_destroyed, struct sock *sk)
{
	return destroyed(sk);
}

SEC("tp/tcp/tcp_destroy_sock") TELLS("close")
int socket_destroyed_unpreempted(struct trace_event_raw_tcp_event_sk *ctx)
{
	return destroyed(ctx->skaddr);
}

/* In the task that read or wrote, after each call that did, whichever it was. The tracepoints are of Linux 6.3; before,
 * what the families of sockets do to read and write can be traced, where the kernel offers that. */
SEC("tp_btf/sock_recv_length") TELLS("serve datagram request response")
int BPF_PROG(received, struct sock *sk, int size, int flags)
{
	return was_received(sk, size, flags);
}

SEC("tp_btf/sock_send_length") TELLS("serve request response")
int BPF_PROG(sent, struct sock *sk, int size, int flags)
{
	return was_sent(sk, size);
}

static __always_inline struct sock *recorded_socket(struct trace_event_raw_sock_msg_length *record)
{
	return bpf_rdonly_cast(record->sk, bpf_core_type_id_kernel(struct sock));
}

SEC("tp/sock/sock_recv_length") TELLS("serve datagram request response")
int received_unpreempted(struct trace_event_raw_sock_msg_length *ctx)
{
	return was_received(recorded_socket(ctx), ctx->ret, ctx->flags);
}

SEC("tp/sock/sock_send_length") TELLS("serve request response")
int sent_unpreempted(struct trace_event_raw_sock_msg_length *ctx)
{
	return was_sent(recorded_socket(ctx), ctx->ret);
}

#define READS(function)																							\
	SEC("fexit/" #function) TELLS("serve datagram request response")											\
	int BPF_PROG(function##_returned, struct socket *socket, void *message, __u64 room, int flags, int size)	\
	{																											\
		return was_received(socket->sk, size, flags);															\
	}

#define WRITES(function)																			\
	SEC("fexit/" #function) TELLS("serve request response")											\
	int BPF_PROG(function##_returned, struct socket *socket, void *message, __u64 length, int size)	\
	{																								\
		return was_sent(socket->sk, size);															\
	}

READS(inet_recvmsg)
READS(inet6_recvmsg)
READS(unix_stream_recvmsg)
READS(unix_dgram_recvmsg)
WRITES(inet_sendmsg)
WRITES(inet6_sendmsg)
WRITES(unix_stream_sendmsg)

/* sendfile(2) and splice(2), until Linux 6.5. */
#define WRITES_PAGE(function)																					\
	SEC("fexit/" #function) TELLS("serve request response")														\
	int BPF_PROG(function##_returned, struct socket *socket, void *page, int offset, __u64 length, int flags,	\
		long size)																								\
	{																											\
		return was_sent(socket->sk, size);																		\
	}

WRITES_PAGE(inet_sendpage)
WRITES_PAGE(unix_stream_sendpage)

/* What splice(2) takes out of a socket does not go through the functions that read; what it puts into one goes through
 * those that write. */
SEC("tp/syscalls/sys_exit_splice") TELLS("serve request response")
int splice_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = ctx->result > 0 ? traced(current) : 0;

	if (t)
		count_bytes(current, t, sock_of(file_of(current, ARGUMENT(saved_registers(current), 1))), TRACER_READ,
			ctx->result);
	return 0;
}
