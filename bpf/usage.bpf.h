/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What tasks and processes have used, by the kernel's own accounts. */

/* How far CLOCK_MONOTONIC is ahead of the scheduler's clock, and when that was found out, by the former. */
volatile __s64 clocks_apart = 0;
volatile __u64 clocks_compared = 0;

#define ONE_ROUND 10000000ull	 /* ns: later, the clocks are compared anew */
#define COMPARED_FOR 5000000000ull /* ns: how long that can be relied on */

static __always_inline struct rq *run_queue_of(struct task_struct *task)
{
	return bpf_core_field_exists(task->se.cfs_rq) ? READ(task, se.cfs_rq, rq) : 0;
}

/*
 * Run by user space, now and then, a few times in a row and each time right after a call that brings the scheduler's
 * clock up to date. The smallest distance is the truest: the clock may have been read a while ago, never in the future.
 * The two drift apart as NTP corrects the one of them, by some microseconds a second.
 */
SEC("syscall")
int compare_clocks(void *unused)
{
	struct rq *rq = run_queue_of(bpf_get_current_task_btf());
	__s64 apart = READ(rq, clock);
	__u64 now = bpf_ktime_get_ns();

	if (!rq)
		return 0;
	apart = now - apart;
	if (now - clocks_compared > ONE_ROUND || apart < clocks_apart)
		clocks_apart = apart;
	clocks_compared = now;
	return 0;
}

#define TRIES 8 /* of reads that a timer interrupt, or another task that ends, can come between */

/* A field of a task: loaded on every kernel where the verifier knows the task, the current one. known is a constant of
 * who calls. */
#define LOAD(task, field) (known ? *(const volatile typeof((task)->field) *)&(task)->field : READ(task, field))

/*
 * For how long a task has been on a CPU, as task_sched_runtime in kernel/sched/core.c has it. The scheduler brings its
 * account of a running task up to date at a timer interrupt and when another task takes over, so that a short task can
 * have run for all its life since: what is missing is added. Where that is not known, it is left out.
 */
static __always_inline __u64 cpu_time(struct task_struct *task, int known)
{
	/* Who is known is the current task; the field has another size since Linux 7 */
	struct rq *rq = known || BPF_CORE_READ_BITFIELD_PROBED(task, on_cpu) ? run_queue_of(task) : 0;
	__u64 start, sum, clock, stolen, now;
	int i;

#pragma clang loop unroll(full) /* Linux 6.1 takes some loops for endless */
	for (i = 0; i < TRIES; i++) {
		start = LOAD(task, se.exec_start);
		sum = LOAD(task, se.sum_exec_runtime);
		if (!rq)
			return sum;
		clock = READ(rq, clock);
		stolen = clock - READ(rq, clock_task);
		if (clock != READ(rq, clock) || start != LOAD(task, se.exec_start))
			continue;
		now = bpf_ktime_get_ns();
		if (now - clocks_compared > COMPARED_FOR)
			return sum;
		now -= clocks_apart + stolen;
		return (__s64)(now - start) > 0 ? sum + now - start : sum;
	}
	return sum;
}

static __always_inline __u64 run_delay(struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ? task->sched_info.run_delay : 0;
}

static __always_inline void add_task(struct usage *u, struct task_struct *task, int known)
{
	u->cpu += cpu_time(task, known);
	u->user += LOAD(task, utime);
	u->system += LOAD(task, stime);
	u->nvcsw += LOAD(task, nvcsw);
	u->nivcsw += LOAD(task, nivcsw);
	u->minflt += LOAD(task, min_flt);
	u->majflt += LOAD(task, maj_flt);
}

/* A function of its own for the verifier, which else goes through it for each path that leads to it. */
__attribute__((noinline)) int add_current_task(struct usage *u)
{
	if (u)
		add_task(u, bpf_get_current_task_btf(), 1);
	return 0;
}

/* An account of a process, while it is made of those of its tasks. */
struct account {
	struct usage sum;
	__u64 head, entry; /* addresses: of the list of tasks that have not been released, of the next thread_node */
};

static long add_next_task(__u32 i, struct account *a)
{
	struct task_struct *task = (void *)(a->entry - bpf_core_field_offset(struct task_struct, thread_node));

	if (!a->entry || a->entry == a->head)
		return 1;
	add_task(&a->sum, task, 0);
	a->entry = (__u64)READ(task, thread_node.next);
	return 0;
}

static __always_inline __u32 changes_of(struct signal_struct *signal)
{
	return READ(signal, stats_lock.seqcount.seqcount.sequence);
}

/* Whether a process has had another task than this one, its last. */
static __always_inline int had_others(struct signal_struct *signal)
{
	return READ(signal, nr_threads) > 1 || READ(signal, sum_sched_runtime);
}

#define MAX_TASKS 65536

/* Writes to u what the current process has used, and returns whether no task was released meanwhile. A function of its
 * own for the verifier, likewise. */
__attribute__((noinline)) int process_usage_once(struct usage *u)
{
	struct signal_struct *signal = READ(bpf_get_current_task_btf(), signal);
	__u32 changes = changes_of(signal);
	struct account a;

	if (!u)
		return 0;
	a.sum.cpu = READ(signal, sum_sched_runtime);
	a.sum.user = READ(signal, utime);
	a.sum.system = READ(signal, stime);
	a.sum.nvcsw = READ(signal, nvcsw);
	a.sum.nivcsw = READ(signal, nivcsw);
	a.sum.minflt = READ(signal, min_flt);
	a.sum.majflt = READ(signal, maj_flt);
	a.head = (__u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	a.entry = (__u64)READ(signal, thread_head.next);
	bpf_loop(MAX_TASKS, add_next_task, &a, 0);
	*u = a.sum;
	return !(changes & 1) && changes == changes_of(signal);
}

/*
 * What the current process has used: thread_group_cputime in kernel/sched/cputime.c, and getrusage. Its signal_struct
 * has that of the tasks that have been released; a task is released from the one account into the other under a lock.
 * When tasks go on being released for all tries, what the last of them had can be missing. It is no loop: Linux 6.1
 * would take it for one without an end.
 */
static __always_inline void process_usage(struct usage *u)
{
	if (process_usage_once(u) || process_usage_once(u) || process_usage_once(u) || process_usage_once(u) ||
	    process_usage_once(u) || process_usage_once(u))
		return;
	process_usage_once(u);
}

/* What the gate had used as it became the launched program: that is tracer's, not the program's. */
struct {
	__u64 task, signal; /* addresses, while they are those of the program */
	struct usage of_task, of_process;
	__u64 run_delay, maxrss;
} gate = {};

static __always_inline void gate_opens(struct task_struct *task)
{
	struct signal_struct *signal = READ(task, signal);
	struct usage u = {};

	gate.signal = (__u64)signal;
	gate.task = (__u64)task;
	gate.maxrss = READ(signal, maxrss);
	gate.run_delay = run_delay(task);
	add_current_task(&u);
	gate.of_task = u;
	process_usage(&u);
	gate.of_process = u;
}

static __always_inline void take_off(struct usage *u, struct usage *before)
{
	u->cpu -= before->cpu;
	u->user -= before->user;
	u->system -= before->system;
	u->nvcsw -= before->nvcsw;
	u->nivcsw -= before->nivcsw;
	u->minflt -= before->minflt;
	u->majflt -= before->majflt;
}

static __always_inline void fill_cost(struct exit_record *r, struct task_struct *task,
	struct signal_struct *signal, int group_dead)
{
	struct usage u = {};

	add_current_task(&u);
	r->run_delay = run_delay(task);
	r->maxrss = group_dead ? READ(signal, maxrss) : 0;
	if (gate.task == (__u64)task) {
		take_off(&u, &gate.of_task);
		r->run_delay -= gate.run_delay;
		gate.task = 0;
	}
	/* A peak of the program's own shows only above that of the gate */
	if (gate.signal == (__u64)signal && r->maxrss <= gate.maxrss)
		r->maxrss = 0;
	if (gate.signal == (__u64)signal && group_dead)
		gate.signal = 0;
	r->task = u;
}

static __always_inline void fill_process_cost(struct process_exit_record *r, struct signal_struct *signal)
{
	struct usage u = {};

	process_usage(&u);
	if (gate.signal == (__u64)signal)
		take_off(&u, &gate.of_process);
	r->process = u;
}
