/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Calls that hold a task for long. It is attached only when that is asked for: every switch of the machine passes here.
 * A call is told by the registers that were saved as it was entered; what blocks a task outside of one, such as a page
 * that must be read, is a call of no number.
 */

/* How long, in ns, a task has to be blocked at once. */
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

static __always_inline void blocks(struct task_struct *task, struct task_state *t)
{
	struct pt_regs *regs = saved_registers(task);
	__s32 number = BPF_CORE_READ(regs, SYSTEM_CALL);

	if (HAS_CALLS_OF_32_BITS(task))
		number = NO_CALL;
	if (is_rest(regs, number)) {
		t->rests = 1;
		return;
	}
	t->blocked_in = number;
	t->blocked_since = bpf_ktime_get_boot_ns();
}

static __always_inline void goes_on(struct task_struct *task, struct task_state *t)
{
	__u64 blocked = bpf_ktime_get_boot_ns() - t->blocked_since;
	struct stall_record *r;

	t->blocked_since = 0;
	if (blocked < stall_limit)
		return;
	r = reserve(TRACER_STALL, sizeof(*r));
	if (!r)
		return;
	fill(&r->header, task, TRACER_STALL, (t->root ? TRACER_ROOT : 0) | (t->rests ? TRACER_LOOPS : 0));
	r->blocked = blocked;
	r->call = t->blocked_in;
	r->reserved = 0;
	submit(r);
}

/* The scheduler's lock is held and interrupts are off, so the program is not preempted. A task that is stopped, or is
 * ending, is not held by a call. */
SEC("tp_btf/sched_switch") TELLS("stall")
int BPF_PROG(switched, bool preempt, struct task_struct *before, struct task_struct *next)
{
	struct task_state *t;

	if (!preempt && !(before->flags & (PF_EXITING | PF_IO_WORKER | PF_KTHREAD)) &&
	    (before->__state & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE))) {
		t = traced(before);
		if (t)
			blocks(before, t);
	}
	if (next->flags & PF_KTHREAD)
		return 0;
	t = traced(next);
	if (t && t->blocked_since)
		goes_on(next, t);
	return 0;
}
