/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What holds a task for long: calls, and turns of an event loop or of a coroutine in which it computes. It is attached
 * only when that is asked for: every switch of the machine passes here. A call is told by the registers that were saved
 * as it was entered; what blocks a task outside of one, such as a page that must be read, is a call of no number.
 */

/* How long, in ns, a task has to be blocked at once, or to have a CPU in a turn. 0: nothing of it is asked for. */
volatile const __u64 stall_limit = 0;

/* The call waits for any of several things to come: where an event loop rests. */
static __always_inline int is_rest(struct pt_regs *regs, __s32 number)
{
	switch (number) {
	case NR_EPOLL_WAIT:
	case NR_EPOLL_PWAIT:
	case NR_EPOLL_PWAIT2:
	case NR_IO_URING_ENTER:
		return 1;
	case NR_POLL:
	case NR_PPOLL:
		return (__u32)ARGUMENT(regs, 2) > 1;
	case NR_SELECT:
	case NR_PSELECT6:
		return (__s32)ARGUMENT(regs, 1) > 1; /* one more than the highest descriptor */
	}
	return 0;
}

static __always_inline void report_stall(struct task_struct *task, struct task_state *t, __u64 waited, __u64 cpu)
{
	struct stall_record *r = reserve(TRACER_STALL, sizeof(*r));

	if (!r)
		return;
	fill(&r->header, task, TRACER_STALL, (t->root ? TRACER_ROOT : 0) | (t->loops ? TRACER_LOOPS : 0));
	r->waited = waited;
	r->cpu = cpu;
	r->call = cpu ? NO_CALL : t->blocked_in;
	r->reserved = 0;
	submit(r);
}

/*
 * What no program saw is that the task was given a CPU again: some kernels do not tell of a switch from a task that
 * they hide, and a program can be skipped. It is found as the task leaves that CPU, or ends: it has had it since, all
 * the time.
 */
static __always_inline void went_on(struct task_struct *task, struct task_state *t, __u64 cpu)
{
	__u64 blocked, now;

	if (!t->blocked_since && !t->rests)
		return;
	now = bpf_ktime_get_boot_ns();
	if (t->rests) {
		t->rests = 0;
		t->turn = now - (cpu - t->turn_cpu);
		return;
	}
	blocked = now - (cpu - t->blocked_cpu) - t->blocked_since;
	t->blocked_since = 0;
	if ((__s64)blocked >= (__s64)stall_limit)
		report_stall(task, t, blocked, 0);
}

/* The running task ends. A function of its own for the verifier, which else goes through it for each path that leads to
 * it. */
__attribute__((noinline)) int end_held(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *t = traced(task);

	if (t)
		went_on(task, t, cpu_time(task, 1));
	return 0;
}

static __attribute__((noinline)) void begin_turn(struct task_struct *task, struct task_state *t)
{
	t->turn_cpu = cpu_time(task, 1);
	t->turn = bpf_ktime_get_boot_ns();
}

/* What has control of the running task gives it to another, or back to the loop. */
static __always_inline void next_turn(struct task_struct *current, struct task_state *t)
{
	__u64 began = t->turn, before = t->turn_cpu, took;

	if (!stall_limit)
		return;
	begin_turn(current, t);
	took = t->turn - began;
	if (began && took >= stall_limit && t->turn_cpu - before >= stall_limit)
		report_stall(current, t, took, t->turn_cpu - before);
}

/* A loop comes to where it rests, whether it will be blocked there or not. */
static __always_inline int comes_to_rest(struct syscall_enter *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);

	if (!t || !is_rest(saved_registers(current), ctx->number))
		return 0;
	t->loops = 1;
	next_turn(current, t);
	return 0;
}

SEC("tp/syscalls/sys_enter_epoll_wait") TELLS("stall")
int epoll_wait_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

SEC("tp/syscalls/sys_enter_epoll_pwait") TELLS("stall")
int epoll_pwait_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

SEC("tp/syscalls/sys_enter_epoll_pwait2") TELLS("stall")
int epoll_pwait2_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

SEC("tp/syscalls/sys_enter_io_uring_enter") TELLS("stall")
int io_uring_enter_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

SEC("tp/syscalls/sys_enter_poll") TELLS("stall")
int poll_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

SEC("tp/syscalls/sys_enter_ppoll") TELLS("stall")
int ppoll_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

SEC("tp/syscalls/sys_enter_select") TELLS("stall")
int select_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

SEC("tp/syscalls/sys_enter_pselect6") TELLS("stall")
int pselect6_enter(struct syscall_enter *ctx)
{
	return comes_to_rest(ctx);
}

/* In a process with several threads, one that is blocked elsewhere may have nothing to do: what it has had a CPU for by
 * then is not of the same turn as what it does later. */
static __always_inline void blocks(struct task_struct *task, struct task_state *t)
{
	struct pt_regs *regs = saved_registers(task);
	__s32 number = BPF_CORE_READ(regs, SYSTEM_CALL);

	if (HAS_CALLS_OF_32_BITS(task))
		number = NO_CALL;
	if (is_rest(regs, number)) {
		t->loops = t->rests = 1;
		return;
	}
	if (task->signal->nr_threads > 1)
		t->turn = 0;
	t->blocked_in = number;
	t->blocked_cpu = task->se.sum_exec_runtime;
	t->blocked_since = bpf_ktime_get_boot_ns();
}

static __always_inline void goes_on(struct task_struct *task, struct task_state *t)
{
	__u64 blocked = bpf_ktime_get_boot_ns() - t->blocked_since;

	if (t->rests) {
		t->rests = 0;
		begin_turn(task, t);
	}
	if (!t->blocked_since)
		return;
	t->blocked_since = 0;
	if (blocked >= stall_limit)
		report_stall(task, t, blocked, 0);
}

/* The scheduler's lock is held and interrupts are off, so the program is not preempted. A task that is stopped, or is
 * ending, is not held by a call. */
SEC("tp_btf/sched_switch") TELLS("stall")
int BPF_PROG(switched, bool preempt, struct task_struct *before, struct task_struct *next)
{
	struct task_state *t;

	if (!(before->flags & (PF_EXITING | PF_IO_WORKER | PF_KTHREAD))) {
		t = traced(before);
		if (t) {
			went_on(before, t, before->se.sum_exec_runtime);
			if (!preempt && before->__state & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE))
				blocks(before, t);
		}
	}
	if (next->flags & PF_KTHREAD)
		return 0;
	t = traced(next);
	if (t)
		goes_on(next, t);
	return 0;
}
