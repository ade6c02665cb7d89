/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Descriptors of sockets: who closes one, and what an exec, and the end of a process, leave open. A socket is released
 * with the last reference to its one struct file, which forks, dup(2), SCM_RIGHTS and pidfd_getfd(2) share.
 *
 * Copies are not followed: that would cost each fork a look at all that its parent has open. What matters is told where
 * it shows: that a process which has read or written a connection has closed all that it had of it while others have it
 * still; what a program had open as it was executed; and, by looks at all files of all tasks, who holds what now.
 */

#define MAX_DESCRIPTORS 4096

/* A walk along the open descriptors of a task. */
struct descriptors {
	struct task_struct *task;
	struct task_state *state;
	struct file **files;
	unsigned long *open;
	unsigned long first; /* the first 64 bits of that */
	__u64 file; /* that of the descriptor before; or the one that is looked for */
};

/* Until Linux 6.7 the verifier looks at what bpf_loop calls for the first turn only, and takes away what cannot come to
 * pass in that: so what its context begins with must not be known. */
volatile __u64 no_file = 0;

/* One more than the place of the highest bit that is set. */
static __always_inline __u32 width(__u64 word)
{
	word |= word >> 1;
	word |= word >> 2;
	word |= word >> 4;
	word |= word >> 8;
	word |= word >> 16;
	word |= word >> 32;
	word -= word >> 1 & 0x5555555555555555ull;
	word = (word & 0x3333333333333333ull) + (word >> 2 & 0x3333333333333333ull);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return word * 0x0101010101010101ull >> 56;
}

/* Begins a walk, and returns how many descriptors it has to look at. Those beyond the first 4096 are not seen. */
static __always_inline __u32 descriptors_of(struct task_struct *task, struct descriptors *d)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	__u32 n = BPF_CORE_READ(table, max_fds);

	d->task = task;
	d->files = BPF_CORE_READ(table, fd);
	d->open = BPF_CORE_READ(table, open_fds);
	bpf_probe_read_kernel(&d->first, sizeof(d->first), d->open);
	if (n > 64)
		return n < MAX_DESCRIPTORS ? n : MAX_DESCRIPTORS;
	return width(d->first);
}

/* The file behind a descriptor of a walk, 0 when that is closed. */
static __always_inline struct file *open_file(struct descriptors *d, __u32 fd)
{
	unsigned long word = d->first;
	struct file *file = 0;

	if (fd >= 64)
		bpf_probe_read_kernel(&word, sizeof(word), d->open + fd / 64);
	if (word & 1ul << fd % 64)
		bpf_probe_read_kernel(&file, sizeof(file), d->files + fd);
	return file;
}

/* Whether a file is another one than that of the descriptor before. A program that is given a socket by dup2(2) has it
 * as 0, 1 and 2. */
static __always_inline int is_another(struct descriptors *d, struct file *file)
{
	int another = d->file != (__u64)file;

	d->file = (__u64)file;
	return another;
}

static __always_inline int is_listener(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return (family == AF_INET || family == AF_INET6 || family == AF_UNIX) &&
	       BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN;
}

/* That a task holds a descriptor: of a connection by its number, or, when that is 0, of a socket that listens. */
static __always_inline void report_hold(struct task_struct *task, __u32 flags, __u32 occasion, __u32 fd,
	struct sock *sk, __u64 connection)
{
	__u64 key = (__u64)queueing(sk);
	struct hold_record *r = reserve(TRACER_HOLD, sizeof(*r));
	struct listener *l;

	if (!r)
		return;
	__builtin_memset(r, 0, sizeof(*r));
	r->connection = connection;
	r->occasion = occasion;
	r->fd = fd;
	bpf_probe_read_kernel(r->comm, sizeof(r->comm), task->comm);
	if (!connection) {
		r->family = BPF_CORE_READ(sk, __sk_common.skc_family);
		if (r->family == AF_UNIX)
			r->path_size = fill_unix(r->path, sk);
		else
			fill_local(&r->listener, r->family, sk);
		l = bpf_map_lookup_elem(&listeners, &key);
		r->holder = l ? l->pid : 0;
	}
	fill(&r->header, task, TRACER_HOLD, flags);
	submit(r);
}

/* That a process has nothing more of a connection that it has read or written, while others have. */
static __always_inline void report_let_go(struct task_struct *task, struct task_state *t, struct connection *c,
	__u32 occasion)
{
	struct let_go_record *r = reserve(TRACER_LET_GO, sizeof(*r));

	c->left = 1;
	if (!r)
		return;
	r->connection = c->number;
	r->occasion = occasion;
	r->reserved = 0;
	fill(&r->header, task, TRACER_LET_GO, t->root ? TRACER_ROOT : 0);
	submit(r);
}

/* Whether a process was the last one to read or to write a connection. */
static __always_inline int uses(struct connection *c, __s32 pid)
{
	return c->reading == pid || c->writing == pid;
}

static long has_file(__u32 fd, struct descriptors *d)
{
	if ((__u64)open_file(d, fd) != d->file)
		return 0;
	d->state->own = 1;
	return 1;
}

/* The file is released by task work, on the way back to user space, or at once by close(2) since Linux 6.6. */
static __always_inline int released(struct sock *sk, struct connection *c)
{
	return references((struct file *)c->file) == 0 || (__u64)BPF_CORE_READ(sk, sk_socket) != c->socket;
}

/* Whether it matters what a task closes: what is closed last of a TCP connection has its transition. */
static __always_inline int is_close_of_interest(struct task_struct *current, struct task_state *t)
{
	struct task_state *process = unix_connections ? 0 : state_of_process(current, t);

	return unix_connections || (process && process->serves);
}

/* A task is about to close a descriptor. */
static __always_inline void begin_close(struct task_struct *current, struct task_state *t, struct file *file)
{
	struct connection *c;
	__u64 key;

	if (!is_socket(file))
		return;
	key = (__u64)sock_of(file);
	c = bpf_map_lookup_elem(&connections, &key);
	if (!c)
		return;
	if (c->family == AF_UNIX)
		t->closing = key;
	if (uses(c, current->tgid))
		t->parting = key;
}

SEC("tp/syscalls/sys_enter_close") TELLS("close let_go")
int close_enter(struct syscall_enter *ctx)
{
	struct task_struct *current;
	struct task_state *t;

	if (!open_connections)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (t && is_close_of_interest(current, t))
		begin_close(current, t, file_of(current, ctx->args[0]));
	return 0;
}

/* Whether the connection of which task has closed a descriptor was released by that. */
static __always_inline void report_unix_close(struct task_struct *task, struct task_state *t)
{
	__u64 key = t->closing;
	struct connection *c = bpf_map_lookup_elem(&connections, &key);
	struct sock *sk = (struct sock *)key;

	t->closing = 0;
	if (c && released(sk, c))
		report_close(task, 0, key, c);
}

/* Whether a process has closed the last that it had of a connection, and others have it still. */
static __always_inline void parted(struct task_struct *current, struct task_state *t)
{
	__u64 key = t->parting;
	struct connection *c = bpf_map_lookup_elem(&connections, &key);
	struct descriptors d = {.state = t};
	__u32 n;

	t->parting = 0;
	if (!c || released((struct sock *)key, c))
		return;
	d.file = c->file;
	t->own = 0;
	n = descriptors_of(current, &d);
	bpf_loop(n, has_file, &d, 0);
	if (!t->own)
		report_let_go(current, t, c, TRACER_OCCASION_CLOSE);
}

/* A close has returned. */
static __always_inline void end_close(struct task_struct *current, struct task_state *t)
{
	if (t->closing)
		report_unix_close(current, t);
	if (t->parting)
		parted(current, t);
}

SEC("tp/syscalls/sys_exit_close") TELLS("close let_go")
int close_exit(struct syscall_exit *ctx)
{
	struct task_struct *current;
	struct task_state *t;

	if (!open_connections)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (t)
		end_close(current, t);
	return 0;
}

static long closed_by_exit_one(__u32 fd, struct descriptors *d)
{
	struct file *file = open_file(d, fd);
	struct connection *c;
	__u64 key;

	if (!file)
		return 0;
	key = (__u64)sock_of(file);
	c = bpf_map_lookup_elem(&connections, &key);
	if (!c || c->family != AF_UNIX)
		return 0;
	if (references(file) == 1)
		report_close(d->task, 0, key, c);
	else /* another one may be ending just now, too: look again when this one has closed it */
		d->state->closing = key;
	return 0;
}

/* Whether what a process has open goes with its end: another one can share its table (CLONE_FILES). */
static __always_inline int closes_all(struct task_struct *p)
{
	return BPF_CORE_READ(p, files, count.counter) == 1;
}

/* A process that ends closes all that it has. */
static __always_inline void closed_by_exit(struct task_struct *p, struct task_state *t)
{
	struct descriptors d = {.state = t};
	__u32 n;

	if (!unix_connections || !closes_all(p))
		return;
	n = descriptors_of(p, &d);
	bpf_loop(n, closed_by_exit_one, &d, 0);
}

/* What a process holds as it ends. Of each connection it is counted how often: only others' references let it go on. */
static long held_at_exit(__u32 fd, struct descriptors *d)
{
	struct file *file = open_file(d, fd);
	struct connection *c;
	int another = is_another(d, file);
	struct sock *sk;
	__u64 key;

	if (!is_socket(file))
		return 0;
	sk = sock_of(file);
	key = (__u64)sk;
	c = bpf_map_lookup_elem(&connections, &key);
	if (c && uses(c, d->task->tgid)) {
		c->own++;
		d->state->own++;
	} else if (!c && another && d->state->holds && is_listener(sk)) {
		report_hold(d->task, d->state->root ? TRACER_ROOT : 0, TRACER_OCCASION_EXIT, fd, sk, 0);
	}
	return 0;
}

static long let_go_by_exit(__u32 fd, struct descriptors *d)
{
	struct file *file = open_file(d, fd);
	struct connection *c;
	__u32 own;
	__u64 key;

	if (!is_socket(file))
		return 0;
	key = (__u64)sock_of(file);
	c = bpf_map_lookup_elem(&connections, &key);
	if (!c || !c->own)
		return 0;
	own = c->own;
	c->own = 0; /* told once */
	if (references(file) > own)
		report_let_go(d->task, d->state, c, TRACER_OCCASION_EXIT);
	return 0;
}

/* The last task of a process ends, t is the state of the process. */
static __always_inline void leaves(struct task_struct *p, struct task_state *t)
{
	struct descriptors d = {.state = t};
	__u32 n;

	if ((!(open_connections && t->serves) && !t->holds) || !closes_all(p))
		return;
	d.file = no_file;
	t->own = 0;
	n = descriptors_of(p, &d);
	bpf_loop(n, held_at_exit, &d, 0);
	if (t->own)
		bpf_loop(n, let_go_by_exit, &d, 0);
}

static long closed_by_exec_one(void *map, __u64 *key, struct connection *c, void *unused)
{
	__u64 socket = *key;

	if (c->family == AF_UNIX && released((struct sock *)socket, c))
		report_close(bpf_get_current_task_btf(), 0, socket, c);
	return 0;
}

/* An exec closes what is marked FD_CLOEXEC. */
static __always_inline void closed_by_exec(void)
{
	if (unix_connections)
		bpf_for_each_map_elem(&connections, closed_by_exec_one, 0, 0);
}

static long kept_by_exec(__u32 fd, struct descriptors *d)
{
	struct file *file = open_file(d, fd);
	struct connection *c;
	struct sock *sk;
	__u64 key;

	if (!is_another(d, file) || !is_socket(file))
		return 0;
	sk = sock_of(file);
	key = (__u64)sk;
	c = bpf_map_lookup_elem(&connections, &key);
	if (!c && !is_listener(sk))
		return 0;
	if (!c)
		d->state->holds = 1;
	report_hold(d->task, d->state->root ? TRACER_ROOT : 0, TRACER_OCCASION_EXEC, fd, sk, c ? c->number : 0);
	return 0;
}

/* What a program has of sockets as it is executed. Its table is its own by then (unshare_files in begin_new_exec,
 * fs/exec.c). */
static __always_inline void keeps(struct task_struct *p, struct task_state *t)
{
	struct descriptors d = {.state = t};
	__u32 n;

	t->holds = 0;
	d.file = no_file;
	n = descriptors_of(p, &d);
	bpf_loop(n, kept_by_exec, &d, 0);
}
