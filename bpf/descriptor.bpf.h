/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Descriptors of sockets: who closes one, and what an exec, and the end of a process, leave open. A socket is released
 * with the last reference to its one struct file, which forks, dup(2), SCM_RIGHTS and pidfd_getfd(2) share.
 *
 * Copies are not followed: that would cost each fork a look at all that its parent has open. What matters is told where
 * it shows: that a process which has read or written a connection has closed all that it had of it while others have it
 * still; what a program had open as it was executed; and, by looks at all files of all tasks, who holds what now.
 */

/* As many as a process can have, unless fs.nr_open was raised. */
#define MAX_DESCRIPTORS (1 << 20)

/* A walk along the open descriptors of a task, in the order of their numbers. */
struct descriptors {
	struct task_struct *task;
	struct task_state *state;
	struct file **files;
	unsigned long *open;
	unsigned long word; /* the bits of those of the next 64 that are open and still to come */
	__u32 base;	    /* the first of those 64 */
	__u32 end;
	__u32 last; /* the descriptor before */
	__u32 look;
	__u64 file; /* that of the descriptor before; or the one that is looked for */
};

/* Until Linux 6.7 the verifier looks at what bpf_loop calls for the first turn only, and takes away what cannot come to
 * pass in that: so what its context begins with must not be known. */
volatile __u32 no_descriptor = 0;
volatile __u64 no_file = 0;

/* The place of the lowest bit that is set. */
static __always_inline __u32 lowest(__u64 word)
{
	word = (word & -word) - 1; /* as many bits */
	word -= word >> 1 & 0x5555555555555555ull;
	word = (word & 0x3333333333333333ull) + (word >> 2 & 0x3333333333333333ull);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return word * 0x0101010101010101ull >> 56;
}

/* Begins a walk, and returns how many steps it has at most. What is closed is passed over 64 at a time. */
static __always_inline __u32 descriptors_of(struct task_struct *task, struct descriptors *d)
{
	struct fdtable *table = READ(task, files, fdt);
	__u32 n = READ(table, max_fds);

	if (n > MAX_DESCRIPTORS)
		n = MAX_DESCRIPTORS;
	d->task = task;
	d->files = READ(table, fd);
	d->open = READ(table, open_fds);
	d->base = no_descriptor;
	d->last = no_descriptor;
	d->end = n;
	bpf_probe_read_kernel(&d->word, sizeof(d->word), d->open);
	return n + n / 64;
}

/* Makes a step: returns the next open descriptor, or -1 where none was found yet. */
static __always_inline __s32 next_open(struct descriptors *d)
{
	unsigned long word = d->word;

	if (word) {
		d->word = word & (word - 1);
		return d->base + lowest(word);
	}
	d->base += 64;
	if (d->base < d->end)
		bpf_probe_read_kernel(&d->word, sizeof(d->word), d->open + d->base / 64);
	return -1;
}

/* Whether a walk is over, when a step has found nothing. */
static __always_inline long is_over(struct descriptors *d)
{
	return d->base >= d->end ? 1 : 0;
}

static __always_inline struct file *open_file(struct descriptors *d, __s32 fd)
{
	struct file *file = 0;

	bpf_probe_read_kernel(&file, sizeof(file), d->files + fd);
	return file;
}

/* Whether a file is another one than that of the descriptor beside it. A program that is given a socket by dup2(2) has
 * it as 0, 1 and 2. */
static __always_inline int is_another(struct descriptors *d, struct file *file, __u32 fd)
{
	int another = d->file != (__u64)file || d->last + 1 != fd;

	d->file = (__u64)file;
	d->last = fd;
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
	copy_comm(r->comm, task);
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
	struct let_go_record *r;

	c->left = 1;
	if (c->reading == task->tgid)
		c->reading = c->reader = 0;
	if (c->writing == task->tgid)
		c->writing = c->writer = 0;
	r = reserve(TRACER_LET_GO, sizeof(*r));
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

static long has_file(__u32 step, struct descriptors *d)
{
	__s32 fd = next_open(d);

	if (fd < 0)
		return is_over(d);
	if ((__u64)open_file(d, fd) != d->file)
		return 0;
	d->state->own = 1;
	return 1;
}

/* The file is released by task work, on the way back to user space, or at once by close(2) since Linux 6.6. */
static __always_inline int released(struct sock *sk, struct connection *c)
{
	return references((struct file *)c->file) == 0 || (__u64)READ(sk, sk_socket) != c->socket;
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
	if (c->family == AF_UNIX) {
		c->peer = peer_of_unix((struct sock *)key);
		t->closing = key;
	}
	if (uses(c, current->tgid))
		t->parting = key;
}

#if NR_DUP2 >= 0
#define AND_DUP2(where) " syscalls/sys_" where "_dup2"
#else
#define AND_DUP2(where) ""
#endif

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
		report_close(task, c->peer, key, c);
}

/* Tells that a process has nothing more of a connection, and others have, if it is so. */
static __always_inline void find_own(struct task_struct *current, struct task_state *t, struct connection *c,
	__u32 occasion)
{
	struct descriptors d = {.state = t};
	__u32 n;

	d.file = c->file;
	t->own = 0;
	n = descriptors_of(current, &d);
	bpf_loop(n, has_file, &d, 0);
	if (!t->own)
		report_let_go(current, t, c, occasion);
}

/* Whether a process has closed the last that it had of a connection, and others have it still. */
static __always_inline void parted(struct task_struct *current, struct task_state *t)
{
	__u64 key = t->parting;
	struct connection *c = bpf_map_lookup_elem(&connections, &key);

	t->parting = 0;
	if (c && !released((struct sock *)key, c))
		find_own(current, t, c, TRACER_OCCASION_CLOSE);
}

static long own_one(__u32 step, struct descriptors *d)
{
	__s32 fd = next_open(d);
	struct connection *c;
	struct file *file;
	__u64 key;

	if (fd < 0)
		return is_over(d);
	file = open_file(d, fd);
	if (!is_socket(file))
		return 0;
	key = (__u64)sock_of(file);
	c = bpf_map_lookup_elem(&connections, &key);
	if (c)
		c->owned = d->look;
	return 0;
}

/* What several descriptors were closed by at once. */
struct closing {
	struct task_state *state;
	__u32 look;
	__u32 occasion;
};

/* Another process can have overwritten what was found of the connection, so it is looked for once more. */
static long let_go_one(void *map, __u64 *key, struct connection *c, struct closing *closing)
{
	struct task_struct *current = bpf_get_current_task_btf();
	__u64 socket = *key;

	if (uses(c, current->tgid) && c->owned != closing->look && !released((struct sock *)socket, c))
		find_own(current, closing->state, c, closing->occasion);
	return 0;
}

/* Which connections a process has let go of, after it has closed any number of descriptors. */
static __always_inline void parted_from_some(struct task_struct *current, struct task_state *t, __u32 occasion)
{
	struct closing closing = {.state = t, .look = bpf_ktime_get_ns(), .occasion = occasion};
	struct descriptors d = {.state = t, .look = closing.look};
	__u32 n;

	n = descriptors_of(current, &d);
	bpf_loop(n, own_one, &d, 0);
	bpf_for_each_map_elem(&connections, let_go_one, &closing, 0);
}

/* A close has returned. */
static __always_inline void end_close(struct task_struct *current, struct task_state *t)
{
	if (t->closing)
		report_unix_close(current, t);
	if (t->parting)
		parted(current, t);
}

SEC("tp/syscalls/sys_exit_close") ALSO_AT("syscalls/sys_exit_dup3" AND_DUP2("exit")) TELLS("close let_go")
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

static long closed_by_exit_one(__u32 step, struct descriptors *d)
{
	__s32 fd = next_open(d);
	struct file *file;
	struct connection *c;
	__u64 key;

	if (fd < 0)
		return is_over(d);
	file = open_file(d, fd);
	if (!file)
		return 0;
	key = (__u64)sock_of(file);
	c = bpf_map_lookup_elem(&connections, &key);
	if (!c || c->family != AF_UNIX)
		return 0;
	c->peer = peer_of_unix((struct sock *)key);
	if (references(file) == 1)
		report_close(d->task, c->peer, key, c);
	else /* another one may be ending just now, too: look again when this one has closed it */
		d->state->closing = key;
	return 0;
}

/* Whether what a process has open goes with its end: another one can share its table (CLONE_FILES). */
static __always_inline int closes_all(struct task_struct *p)
{
	return READ(p, files, count.counter) == 1;
}

/* The walks of the running task, each in a function of its own for the verifier, which else goes through it for each
 * path that leads to it. */
__attribute__((noinline)) int close_all(void)
{
	struct task_struct *p = bpf_get_current_task_btf();
	struct descriptors d = {.state = bpf_task_storage_get(&tasks, p, 0, 0)};
	__u32 n;

	if (!d.state)
		return 0;
	n = descriptors_of(p, &d);
	bpf_loop(n, closed_by_exit_one, &d, 0);
	return 0;
}

/* A process that ends closes all that it has. */
static __always_inline void closed_by_exit(struct task_struct *p)
{
	if (unix_connections && closes_all(p))
		close_all();
}

/* That the current task holds one: in a function of its own, likewise. Its table of descriptors is nobody else's. */
__attribute__((noinline)) int report_own_hold(__u32 flags, __u32 occasion, __s32 fd, __u64 connection)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct file *file = file_of(current, fd);

	if (is_socket(file))
		report_hold(current, flags, occasion, fd, sock_of(file), connection);
	return 0;
}

/* What a process holds as it ends. Of each connection it is counted how often: only others' references let it go on. */
static long held_at_exit(__u32 step, struct descriptors *d)
{
	__s32 fd = next_open(d);
	struct file *file;
	struct connection *c;
	struct sock *sk;
	int another;
	__u64 key;

	if (fd < 0)
		return is_over(d);
	file = open_file(d, fd);
	another = is_another(d, file, fd);
	if (!is_socket(file))
		return 0;
	sk = sock_of(file);
	key = (__u64)sk;
	c = bpf_map_lookup_elem(&connections, &key);
	if (c && uses(c, d->task->tgid)) {
		c->own++;
		d->state->own++;
	} else if (!c && another && d->state->holds && is_listener(sk)) {
		report_own_hold(d->state->root ? TRACER_ROOT : 0, TRACER_OCCASION_EXIT, fd, 0);
	}
	return 0;
}

static long let_go_by_exit(__u32 step, struct descriptors *d)
{
	__s32 fd = next_open(d);
	struct file *file;
	struct connection *c;
	__u32 own;
	__u64 key;

	if (fd < 0)
		return is_over(d);
	file = open_file(d, fd);
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

__attribute__((noinline)) int leave_all(void)
{
	struct task_struct *p = bpf_get_current_task_btf();
	struct task_state *t = bpf_task_storage_get(&tasks, p->group_leader, 0, 0);
	struct descriptors d = {.state = t};
	__u32 n;

	if (!t)
		return 0;
	d.file = no_file;
	t->own = 0;
	n = descriptors_of(p, &d);
	bpf_loop(n, held_at_exit, &d, 0);
	if (!t->own)
		return 0;
	n = descriptors_of(p, &d);
	bpf_loop(n, let_go_by_exit, &d, 0);
	return 0;
}

/* The last task of a process ends, t is the state of the process. */
static __always_inline void leaves(struct task_struct *p, struct task_state *t)
{
	if (((open_connections && t->serves) || t->holds) && closes_all(p))
		leave_all();
}

static long closed_one(void *map, __u64 *key, struct connection *c, void *unused)
{
	__u64 socket = *key;

	if (c->family == AF_UNIX && released((struct sock *)socket, c))
		report_close(bpf_get_current_task_btf(), 0, socket, c);
	return 0;
}

/* Which Unix connections are closed, after any number of descriptors were: by close_range(2), or by an exec those that
 * are marked FD_CLOEXEC. */
static __always_inline void closed_some(void)
{
	if (unix_connections)
		bpf_for_each_map_elem(&connections, closed_one, 0, 0);
}

/* dup2(2) and dup3(2) close the descriptor that they are to return. */
SEC("tp/syscalls/sys_enter_dup3") ALSO_AT(AND_DUP2("enter")) TELLS("close let_go")
int dup_enter(struct syscall_enter *ctx)
{
	struct task_struct *current;
	struct task_state *t;

	if (!open_connections || ctx->args[0] == ctx->args[1])
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (t && is_close_of_interest(current, t))
		begin_close(current, t, file_of(current, ctx->args[1]));
	return 0;
}

SEC("tp/syscalls/sys_exit_close_range") TELLS("close let_go")
int close_range_exit(struct syscall_exit *ctx)
{
	struct task_struct *current;
	struct task_state *t, *process;

	if (!open_connections || ctx->result < 0)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (!t || ARGUMENT(saved_registers(current), 3) & CLOSE_RANGE_CLOEXEC)
		return 0;
	closed_some();
	process = state_of_process(current, t);
	if (process && process->serves)
		parted_from_some(current, t, TRACER_OCCASION_CLOSE);
	return 0;
}

static long kept_by_exec(__u32 step, struct descriptors *d)
{
	__s32 fd = next_open(d);
	struct file *file;
	struct connection *c;
	struct sock *sk;
	__u64 key;

	if (fd < 0)
		return is_over(d);
	file = open_file(d, fd);
	if (!is_another(d, file, fd) || !is_socket(file))
		return 0;
	sk = sock_of(file);
	key = (__u64)sk;
	c = bpf_map_lookup_elem(&connections, &key);
	if (!c && !is_listener(sk))
		return 0;
	if (!c)
		d->state->holds = 1;
	report_own_hold(d->state->root ? TRACER_ROOT : 0, TRACER_OCCASION_EXEC, fd, c ? c->number : 0);
	return 0;
}

/* What a program has of sockets as it is executed, and what the one before has let go of. Its table is its own by then
 * (unshare_files in begin_new_exec, fs/exec.c). */
static __always_inline void keeps(struct task_struct *p, struct task_state *t)
{
	struct descriptors d = {.state = t};
	__u32 n;

	t->holds = 0;
	d.file = no_file;
	n = descriptors_of(p, &d);
	bpf_loop(n, kept_by_exec, &d, 0);
	if (open_connections && t->serves)
		parted_from_some(p, t, TRACER_OCCASION_EXEC);
}
