/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What already runs, by iterators that user space drives: the tasks, and who holds the socket of a port.
 *
 * A snapshot begins after the tracepoints are attached. A task's record is reserved first, then it becomes traced, then
 * its state is read: so what happens to it from that moment on has its records behind this one, and what happened
 * before is in the state.
 */

/* Processes to trace with all that descends from them, as the reader's PID namespace counts. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __s32);
	__type(value, __u32);
} targets SEC(".maps");

volatile __u32 report_known = 0; /* report those that are traced already, and no others */
volatile __u32 resync = 0;	 /* events were lost: perhaps the exit of a task that is ending now */
volatile __u32 wanted_port = 0;

static __always_inline __s32 id_for(struct task_struct *reader, struct task_struct *task)
{
	return id_at_level(BPF_CORE_READ(task, thread_pid), namespace_level(reader));
}

/* Whether a task that is not traced is to be: a thread when its leader is, so that the process is always known before
 * it. */
static __always_inline int wanted(struct task_struct *task)
{
	struct task_struct *reader = bpf_get_current_task_btf(), *over = task->real_parent->group_leader;
	__s32 id;

	asm volatile("" : "+r"(over)); /* or the compiler loads it on each path that leads to where it is needed */
	if (task->pid != task->tgid)
		return !task->exit_state && traced(task->group_leader);
	if (task->flags & PF_KTHREAD || task->tgid == reader->tgid || task->exit_state == EXIT_DEAD)
		return 0;
	if (target_all) {
		tracer_pid = reader->tgid;
		return 1;
	}
	id = id_for(reader, task);
	return bpf_map_lookup_elem(&targets, &id) || traced(over);
}

static __always_inline struct task_state *trace(struct task_struct *task)
{
	struct task_state fresh = {.made_by = resync ? TRACER_BY_RESYNC : TRACER_BY_SNAPSHOT}, *t;

	count_tasks(1);
	t = make_state(task, &fresh);
	if (!t || t->made_by == TRACER_BY_FORK) /* its creation is reported just now */
		count_tasks(-1);
	return t;
}

#define NOT_THERE (-1)

static __always_inline int state_of(struct task_struct *task, struct task_state *t, int fresh)
{
	if (fresh && t->ended) /* since it is traced: its exit stands behind this record */
		return TRACER_ALIVE;
	if (task->pid != task->tgid)
		return t->ended || task->exit_state ? NOT_THERE : TRACER_ALIVE;
	if (task->exit_state == EXIT_DEAD)
		return NOT_THERE;
	if (t->ended & TRACER_GROUP_ENDED || (task->exit_state && BPF_CORE_READ(task, signal, live.counter) <= 0))
		return TRACER_ZOMBIE;
	return t->ended || task->exit_state ? TRACER_LEADER_ENDED : TRACER_ALIVE;
}

/* An end that came before the task was traced is not reported by the exit. */
static __always_inline void note_end(struct task_struct *task, struct task_state *t, int state)
{
	if (state == TRACER_ALIVE)
		return;
	if (!t->ended)
		count_tasks(-1);
	t->ended |= TRACER_TASK_ENDED;
	if (state == TRACER_ZOMBIE && !(t->ended & TRACER_GROUP_ENDED)) {
		t->ended |= TRACER_GROUP_ENDED;
		list_dead(task, t, 0);
	}
}

/* The signal that has stopped the whole process. Its parent's wait takes it out of group_exit_code; jobctl keeps it. */
static __always_inline __u32 stop_signal_of(struct task_struct *leader)
{
	if (!(BPF_CORE_READ(leader, signal, flags) & SIGNAL_STOP_STOPPED))
		return 0;
	return BPF_CORE_READ(leader, jobctl) & JOBCTL_STOP_SIGMASK;
}

/* SIGCHLD for the process, and for no thread of it alone: so the kernel sends it. */
static __always_inline __u32 pending_flag(struct task_struct *leader)
{
	return BPF_CORE_READ(leader, signal, shared_pending.signal.sig[0]) & 1ul << (SIGCHLD - 1) ? TRACER_PENDING : 0;
}

#define MAX_WAITERS 256 /* of a process, that a task is looked for among */

/* The search for a task among those of its process that are in a wait. */
struct waiter_search {
	__u64 head, entry; /* addresses: of the queue, of the next entry in it */
	__u64 task;
	int found;
};

static long look_for_waiter(__u32 i, struct waiter_search *s)
{
	struct wait_queue_entry *waiter = (void *)(s->entry - bpf_core_field_offset(struct wait_queue_entry, entry));

	if (!s->entry || s->entry == s->head)
		return 1;
	s->entry = (__u64)BPF_CORE_READ(waiter, entry.next);
	s->found = (__u64)BPF_CORE_READ(waiter, private) == s->task;
	return s->found;
}

/* Whether a task is in a wait: the registers can be those of a call that has returned, but do_wait in kernel/exit.c
 * puts the task into a queue. So does the init of a PID namespace that ends, by no call. */
static __always_inline int is_waiting(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct waiter_search s = {.task = (__u64)task,
		.head = (__u64)signal + bpf_core_field_offset(struct signal_struct, wait_chldexit.head)};

	if (task->flags & PF_EXITING)
		return 0;
	s.entry = (__u64)BPF_CORE_READ(signal, wait_chldexit.head.next);
	bpf_loop(MAX_WAITERS, look_for_waiter, &s, 0);
	return s.found;
}

static __always_inline __u64 waited_for(struct task_state *t)
{
	return t->wait_began ? bpf_ktime_get_boot_ns() - t->wait_began : 0;
}

/* The wait that a task is in, but of 32 bits. That its return is to be told is noted before it is looked for. */
static __always_inline void find_wait(struct task_struct *task, struct task_state *t, struct seen_record *r)
{
	struct waited w = {};

	if (HAS_CALLS_OF_32_BITS(task) || !waits(task, saved_registers(task), &w) || w.options & WNOHANG)
		return;
	t->waiting = TRACER_WAIT_TOLD;
	if (!is_waiting(task)) {
		t->waiting = TRACER_WAIT_LOOKED_FOR;
		return;
	}
	r->options = short_options(&w);
	r->call = w.call;
	r->idtype = w.idtype;
	r->id = w.id;
	r->waited = waited_for(t);
}

/* Of a look at waits: those that are under way for so long, in ns; and of 32 bits, too, whose end is not told. */
volatile __u64 waited_least = 0;
volatile __u32 look_at_32_bits = 0;

/* Tells the waits under way that were not told as they began. The record is reserved before the task is looked at, so
 * what tells that the call has returned comes after it. */
SEC("iter/task") TELLS("waiting")
int waits_met(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct waiting_record *r;
	struct task_state *t;
	struct waited w = {};
	__u8 met = 1;

	if (!task)
		return 0;
	t = traced(task);
	if (!t || t->ended || t->waiting == TRACER_WAIT_TOLD || !t->wait_began || waited_for(t) < waited_least)
		return 0;
	if ((HAS_CALLS_OF_32_BITS(task) && !look_at_32_bits) || !is_waiting(task))
		return 0;
	r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	if (!r) /* the next look will tell */
		return 0;
	t->waiting = TRACER_WAIT_TOLD;
	if (!waits(task, saved_registers(task), &w) || w.options & WNOHANG || !is_waiting(task)) {
		t->waiting = TRACER_WAIT_LOOKED_FOR;
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return 0;
	}
	fill(&r->header, task, TRACER_WAITING, t->root ? TRACER_ROOT : 0);
	tell_waiting(r, &w, waited_for(t));
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	bpf_seq_write(ctx->meta->seq, &met, sizeof(met));
	return 0;
}

static __always_inline void fill_seen(struct seen_record *r, struct task_struct *task, struct task_state *t, int state)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	/* sighand goes with the last trace of a task; then 0 would be read, the default action */
	int lives = task == leader && state != TRACER_ZOMBIE;

	fill(&r->header, task, TRACER_SEEN,
	     (t->root ? TRACER_ROOT : 0) | (lives ? sigchld_flags(task) | pending_flag(task) : 0));
	r->parent = parent_of(leader);
	r->ns_pid = id_at_level(BPF_CORE_READ(task, thread_pid), namespace_level(BPF_CORE_READ(leader, real_parent)));
	r->inner_pid = inner_id(task);
	r->subreaper = lives ? subreaper_of(task) : 0;
	r->stop_signal = lives ? stop_signal_of(task) : 0;
	r->call = r->idtype = r->reserved = 0;
	r->id = r->waited = r->options = 0;
	__builtin_memset(r->reserved2, 0, sizeof(r->reserved2));
	if (state == TRACER_ALIVE)
		find_wait(task, t, r);
	r->exit_signal = task->exit_signal;
	r->status = state == TRACER_ZOMBIE ? group_status(leader) : state == TRACER_LEADER_ENDED ? task->exit_code : 0;
	r->state = state;
	r->disposition = lives ? disposition_of(action_of(task, SIGCHLD)) : 0;
	copy_comm(r->comm, task);
}

/* One task. What finds no room is not counted as lost: the reader is told, and comes again. */
static __always_inline int meet(struct task_struct *task, struct task_state *t)
{
	struct seen_record *r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	int state, fresh = !t;

	if (!r)
		return TRACER_MISSED;
	if (fresh)
		t = trace(task);
	if (!t || (fresh && t->made_by == TRACER_BY_FORK)) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return t ? TRACER_MET : TRACER_MISSED;
	}
	state = state_of(task, t, fresh);
	note_end(task, t, state);
	if (state == NOT_THERE) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return TRACER_MET;
	}
	fill_seen(r, task, t, state);
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	if ((fresh || resync) && task->flags & PF_EXITING)
		t->doubtful = 1;
	if (state != TRACER_ALIVE || t->ended)
		return TRACER_MET;
	return t->doubtful ? TRACER_MET_ENDING : TRACER_MET_ALIVE;
}

SEC("iter/task") TELLS("seen")
int snapshot(struct bpf_iter__task *ctx)
{
	struct seq_file *answer = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct task_state *t;
	__u8 met;

	if (!task)
		return 0;
	t = bpf_task_storage_get(&tasks, task, 0, 0);
	if (t ? t->gated || !report_known : report_known || !wanted(task))
		return 0;
	met = meet(task, t);
	bpf_seq_write(answer, &met, sizeof(met));
	return 0;
}

/* What a look at the files of all tasks is for. */
volatile __u32 look_at_ports = 0;   /* sockets that listen on the wanted port, whoever holds them */
volatile __u32 look_at_all = 0;	    /* that listen, of traced processes */
volatile __u32 look_at_kept = 0;    /* likewise, if their program was executed with one */
volatile __u32 look_at_left = 0; /* connections that were let go of, whoever holds them: enum tracer_look, else the
				     * number of the look, which tells of those that none has told of before */

/* TCP, or UDP that is not connected. */
static __always_inline int is_at_port(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if ((family != AF_INET && family != AF_INET6) || BPF_CORE_READ(sk, __sk_common.skc_num) != wanted_port)
		return 0;
	return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN ||
	       (BPF_CORE_READ(sk, sk_protocol) == IPPROTO_UDP && !BPF_CORE_READ(sk, __sk_common.skc_dport));
}

/* Writes the id of each process that holds a socket which listens on the wanted port. */
SEC("iter/task_file")
int holders(struct bpf_iter__task_file *ctx)
{
	struct seq_file *answer = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	__s32 id;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket || !is_at_port(socket->sk))
		return 0;
	id = id_for(bpf_get_current_task_btf(), BPF_CORE_READ(task, group_leader));
	bpf_seq_write(answer, &id, sizeof(id));
	return 0;
}

/* Whether to tell that a task holds a socket that listens. */
static __always_inline int is_wanted_listener(struct task_struct *task, struct task_state *t, struct sock *sk)
{
	struct task_state *process;

	if (!is_listener(sk))
		return 0;
	if (look_at_ports && is_at_port(sk))
		return 1;
	if (!t || look_at_all || !look_at_kept)
		return t && look_at_all;
	process = state_of_process(task, t);
	return process && process->holds;
}

static __always_inline int is_wanted_connection(struct connection *c)
{
	__u32 look = look_at_left;

	if (!c->left || look == TRACER_LOOK_AT_NONE)
		return 0;
	if (look == TRACER_LOOK_AT_EACH)
		return 1;
	if (!c->told)
		c->told = look;
	return c->told == look;
}

/* Tells who holds what, and writes a byte for each. A leader that has ended has no files: its threads stand for it. */
SEC("iter/task_file") TELLS("hold")
int files_met(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct connection *c;
	struct socket *socket;
	struct task_state *t;
	__u8 met = 1;
	__u64 key;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket || task->tgid == bpf_get_current_task_btf()->tgid)
		return 0;
	t = traced(task);
	key = (__u64)socket->sk;
	c = bpf_map_lookup_elem(&connections, &key);
	if (c ? !is_wanted_connection(c) : !is_wanted_listener(task, t, socket->sk))
		return 0;
	report_hold(task, !t ? TRACER_UNTRACED : t->root ? TRACER_ROOT : 0, TRACER_OCCASION_LOOK, ctx->fd, socket->sk,
		c ? c->number : 0);
	bpf_seq_write(ctx->meta->seq, &met, sizeof(met));
	return 0;
}
