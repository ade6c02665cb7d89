/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What all families share: the maps, who is traced, and how a record is made. */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20); /* user space sets it */
} events SEC(".maps");

/* The kinds of the events that a program reports, by their names in the table of package event. The first is of what is
 * lost when the kernel skips the program: of an event that another one reports, but not without it. */
#define TELLS(kinds) __attribute__((btf_decl_tag("tells " kinds)))

/* Further tracepoints of system calls that perf's handlers run a program at. The kernel verifies it once for all. */
#define ALSO_AT(tracepoints) __attribute__((btf_decl_tag("also at " tracepoints)))

/* The traced set. It follows the task, not its id, and goes with the task, so a reused id is never mistaken for the old
 * one. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} tasks SEC(".maps");

/* A process that is dead, and who had to reap it when it died. */
struct death {
	__u64 start;
	__u64 task; /* the address of its leader, which is there until sched_process_free */
	__s32 parent;
	__u16 unwanted; /* the kernel is about to reap it */
	__u16 missed;	/* it was found reaped, and no wait has named it yet */
};

/* Traced processes that are dead and that no wait of their parent has named yet, by id. Through it a wait by a process
 * outside the traced set (init, a subreaper) is known to be about one of ours. When it is full, the release tells of
 * the reaping, without the caller. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __s32);
	__type(value, struct death);
} dead SEC(".maps");

/* How many are in it, or a few more: while it is 0, there is nobody to look for. */
volatile __s64 listed = 0;

/* By CPU. It is mapped into the reader's memory: a system call that looks into a map has perf's handlers skip their
 * programs on its CPU meanwhile (bpf_disable_instrumentation in include/linux/bpf.h), and it can be preempted. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space sets it */
	__type(key, __u32);
	__type(value, struct event_counts);
} counts SEC(".maps");

/* Set by the reader before it blocks: the next record must wake it. While it polls, no record does, which is several
 * times cheaper. */
volatile __u32 reader_sleeps = 0;

/* Traced tasks that have not ended, and those of them that have not begun to. */
volatile __s64 live = 0;
volatile __s64 staying = 0;

/* Tasks whose creation was seen and that could not be made traced. What they do is not seen until a snapshot meets
 * them. */
volatile __u64 unfollowed = 0;

/* The kernel lets programs follow its functions, so a reaping is seen where it happens; else the return of a wait has
 * to tell of it. */
volatile const __u32 reaping_seen = 0;

/* group_looked_at runs, and nothing comes in its way. */
volatile const __u32 group_look_seen = 0;

/* Every process is a target, but kernel threads and tracer itself. */
volatile __u32 target_all = 0;
volatile __s32 tracer_pid = 0;

/*
 * Where a program on a BTF tracepoint or on a function can be preempted, the next task that comes by there on that CPU
 * is not seen: the kernel takes it for a recursion, skips the program and counts that (__bpf_trace_run in
 * kernel/trace/bpf_trace.c, Linux 7.0 and later; __bpf_prog_enter_recur in kernel/bpf/trampoline.c). So there each
 * program that runs in a task, with interrupts on, has a twin that perf's handler of the same tracepoint runs: it keeps
 * preemption off. User space loads the one or the other.
 */
extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;
/*
 * READ(p, a, b) is p->a->b, and 0 where nothing can be read, as BPF_CORE_READ(p, a, b) is. But where the kernel has
 * bpf_rdonly_cast (Linux 6.2), it is a load for each arrow instead of the call of a helper, which takes many times as
 * long. The verifier replaces that call by nothing, and searches no types for what is loaded so (see parent_of). What
 * runs for each task that comes and goes, and for each connection, reads so; elsewhere the smaller BPF_CORE_READ does,
 * and for bit fields, as the verifier lets none be loaded with what is beside them.
 *
 * Each way has an object of its own, of which user space reads one: a start would parse, relocate and verify the other
 * way in vain.
 */
#ifdef LOADS_DIRECTLY
#define DIRECT(p) ((typeof(p))bpf_rdonly_cast(p, bpf_core_type_id_kernel(typeof(*(p)))))
#define READ(p, a, ...) ((typeof(___arrow((p), a, ##__VA_ARGS__)))___arrow(DIRECT(p), a, ##__VA_ARGS__))
#else
#define READ(p, a, ...) BPF_CORE_READ(p, a, ##__VA_ARGS__)
#endif

/* The pointer that is at an address, of whatever type. */
#define POINTER_AT(address) ((void *)READ((struct hlist_head *)(address), first))

/* Whether that is so here: then migration is off instead, and counted in the task. */
volatile __u32 preemptible = 0;

SEC("tp_btf/task_rename")
int BPF_PROG(preemption)
{
	struct task_struct *current = bpf_get_current_task_btf();

	if (bpf_core_field_exists(current->migration_disabled) && current->migration_disabled)
		preemptible = 1;
	return 0;
}

/* All that wire.h declares, as bpf/generate lists it: the compiler describes no type that only functions have. */
struct wire {
	WIRE_TYPES
};
const struct wire *wire __attribute__((unused));

static __always_inline struct task_state *traced(struct task_struct *task)
{
	struct task_state *t = bpf_task_storage_get(&tasks, task, 0, 0);

	return t && !t->gated ? t : 0;
}

/* Likewise, and a thread of io_uring's own acts for its process in any case: that it was created is not told by every
 * kernel. */
static __always_inline struct task_state *traced_process(struct task_struct *task)
{
	struct task_state *t = bpf_task_storage_get(&tasks, task, 0, 0);

	if (!t && task->flags & PF_IO_WORKER)
		t = bpf_task_storage_get(&tasks, task->group_leader, 0, 0);
	return t && !t->gated ? t : 0;
}

/* The leader of a task's process, for what many paths lead to: it is loaded once, before they part (see parent_of). */
static __always_inline struct task_struct *leader_of(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	asm volatile("" : "+r"(leader)); /* or the compiler loads it on each path that leads to where it is needed */
	return leader;
}

/* The state of the process of a task that has this one. */
static __always_inline struct task_state *state_of_process(struct task_struct *task, struct task_state *t)
{
	return task->pid == task->tgid ? t : bpf_task_storage_get(&tasks, task->group_leader, 0, 0);
}

/*
 * The state of a task, made if there is none. When a fork and a snapshot make the first one of a task at once, one of
 * them gets nothing (-EAGAIN in bpf_local_storage_alloc, kernel/bpf/bpf_local_storage.c), and finds what the other made
 * when it asks again.
 */
static __always_inline struct task_state *make_state(struct task_struct *task, struct task_state *fresh)
{
	struct task_state *t = bpf_task_storage_get(&tasks, task, fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return t ? t : bpf_task_storage_get(&tasks, task, fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Where every event is counted, and every loss. */
static __always_inline void count(__u32 kind, int lost)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct event_counts *c = bpf_map_lookup_elem(&counts, &cpu);

	if (!c || kind >= TRACER_KINDS)
		return;
	__sync_fetch_and_add(&c->seen[kind], 1);
	if (lost)
		__sync_fetch_and_add(&c->dropped[kind], 1);
}

/* Where every record begins. */
static __always_inline void *reserve(__u32 kind, __u64 size)
{
	void *record = bpf_ringbuf_reserve(&events, size, 0);

	count(kind, !record);
	return record;
}

static __always_inline void fill(struct record_header *h, struct task_struct *task, __u32 kind, __u32 flags)
{
	h->time = bpf_ktime_get_boot_ns();
	h->start = task->start_boottime;
	h->tid = task->pid;
	h->pid = task->tgid;
	h->kind = kind;
	h->flags = flags;
	h->runtime = 0;
	h->how = 0;
}

static __always_inline void submit(void *record)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (reader_sleeps) {
		reader_sleeps = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(record, flags);
}

/* An event that is told by its header alone. */
static __always_inline void report(struct task_struct *task, __u32 kind, __u32 flags)
{
	struct release_record *r = reserve(kind, sizeof(*r));

	if (!r)
		return;
	fill(&r->header, task, kind, flags);
	submit(r);
}

/* So many more traced tasks. */
static __always_inline void count_tasks(__s64 more)
{
	__sync_fetch_and_add(&staying, more);
	__sync_fetch_and_add(&live, more);
}

/* What a pid is in the PID namespace at a level. */
static __always_inline void *upid_at_level(struct pid *pid, __u32 level)
{
	return (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
}

/* The id that a pid is in the PID namespace at a level, 0 if it is not in it. */
static __always_inline __s32 id_at_level(struct pid *pid, __u32 level)
{
	__s32 id = 0;

	if (!pid || level > READ(pid, level))
		return 0;
	bpf_probe_read_kernel(&id, sizeof(id), upid_at_level(pid, level) + bpf_core_field_offset(struct upid, nr));
	return id;
}

/*
 * Who has to wait for a process. A pointer in a task that is only looked through is read by READ or by a helper, here
 * and elsewhere: for each plain read of one, as often as it comes by there, the verifier searches all types of the
 * kernel (btf_nested_type_is_trusted in kernel/bpf/btf.c), which takes half a millisecond.
 */
static __always_inline __s32 parent_of(struct task_struct *leader)
{
	return READ(leader, real_parent, tgid);
}

static __always_inline __u32 namespace_level(struct task_struct *task)
{
	return READ(task, thread_pid, level);
}

/* The id of a task in the PID namespace at a level, 0 if it is not in it. */
static __always_inline __s32 id_of_task(struct task_struct *task, __u32 level)
{
	return level ? id_at_level(READ(task, thread_pid), level) : task->pid;
}

/* The id of a task in its own PID namespace. */
static __always_inline __s32 inner_id(struct task_struct *task)
{
	return id_of_task(task, namespace_level(task));
}

/* Whether a task, of its process, has made children that live or are zombies, or was handed some. */
static __always_inline int has_children_of_its_own(struct task_struct *task)
{
	return (__u64)READ(task, children.next) != (__u64)task + bpf_core_field_offset(struct task_struct, children);
}

/* The name of a task that the verifier knows. */
static __always_inline void copy_comm(char *comm, struct task_struct *task)
{
	const __u64 *from = (const __u64 *)task->comm;

	((__u64 *)comm)[0] = from[0];
	((__u64 *)comm)[1] = from[1];
}

/* From now on a wait by anybody that names this process is a reaping of ours. t: its leader's state, if there is
 * one. */
static __always_inline void list_dead(struct task_struct *leader, struct task_state *t, int unwanted)
{
	struct death death = {};
	__s32 pid = leader->tgid;

	if (reaping_seen)
		return;
	death.start = leader->start_boottime;
	death.task = (__u64)leader;
	death.parent = parent_of(leader);
	death.unwanted = unwanted;
	__sync_fetch_and_add(&listed, 1);
	if (!bpf_map_update_elem(&dead, &pid, &death, BPF_ANY))
		return;
	__sync_fetch_and_add(&listed, -1);
	if (t)
		t->unlisted = 1;
}

static __always_inline void unlist_dead(__s32 pid)
{
	if (!bpf_map_delete_elem(&dead, &pid))
		__sync_fetch_and_add(&listed, -1);
}

/* A process that a wait has reaped is EXIT_DEAD (wait_task_zombie in kernel/exit.c), until its task is freed. */
static __always_inline int is_reaped(struct death *d)
{
	struct task_struct *task = (struct task_struct *)d->task;

	return BPF_CORE_READ(task, start_boottime) == d->start && BPF_CORE_READ(task, exit_state) == EXIT_DEAD;
}

/* Likewise, or its task has been freed. */
static __always_inline int is_gone(struct death *d)
{
	struct task_struct *task = (struct task_struct *)d->task;

	return BPF_CORE_READ(task, start_boottime) != d->start || BPF_CORE_READ(task, exit_state) == EXIT_DEAD;
}

/* The wait status of a process whose last task has ended. */
static __always_inline __s32 group_status(struct task_struct *leader)
{
	struct signal_struct *signal = READ(leader, signal);

	return READ(signal, flags) & SIGNAL_GROUP_EXIT ? READ(signal, group_exit_code) : READ(leader, exit_code);
}

static __always_inline struct pt_regs *saved_registers(struct task_struct *task)
{
	return (struct pt_regs *)bpf_task_pt_regs(task);
}
