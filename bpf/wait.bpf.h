/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Waits and reapings. There is no tracepoint where a child is reaped. Where the kernel lets programs follow its
 * functions, two that it calls then tell by whom it was, and at which moment; the returns of the wait calls then only
 * tell of what is no reaping. Elsewhere those returns tell of both. Their arguments are still in the saved registers,
 * which spares a program at each entry.
 */

struct waited {
	__u64 start; /* of the child, 0 when not known */
	__s32 child;
	__s32 status;
	__u32 options;
	__u32 call;
	__u32 flags;
	__u32 idtype;
	__s32 id; /* as the caller's PID namespace counts */
};

/* The process of a pidfd. Linux 6.9 moved its pid from the file to the inode of pidfs. Another thread can have closed
 * the descriptor since: a pid is what is known in the initial namespace first. */
static __always_inline __s32 id_of_pidfd(struct task_struct *current, __s32 fd)
{
	struct file *file = file_of(current, fd);
	struct pid *pid = BPF_CORE_READ(file, f_inode, i_private);

	if (!pid)
		pid = BPF_CORE_READ(file, private_data);
	if (BPF_CORE_READ(pid, numbers[0].ns) != BPF_CORE_READ(current, thread_pid, numbers[0].ns))
		return 0;
	return id_at_level(pid, namespace_level(current));
}

/* Whom a call asks for, in the arguments of waitid. */
static __always_inline void asks_for(struct task_struct *current, struct waited *w, __u32 by, __s32 id)
{
	w->idtype = by + 1;
	w->id = by == P_PIDFD ? id_of_pidfd(current, id) : by ? id : 0;
}

/* What wait4 asks for in one argument. */
static __always_inline void asks_for_upid(struct waited *w, __s32 upid)
{
	w->idtype = upid == -1 ? TRACER_IDTYPE_ALL : upid > 0 ? TRACER_IDTYPE_PID : TRACER_IDTYPE_PGID;
	w->id = upid == -1 ? 0 : upid > 0 ? upid : -upid;
}

static __always_inline void wait4_asks(struct pt_regs *regs, struct waited *w)
{
	w->call = TRACER_CALL_WAIT4;
	w->options = ARGUMENT(regs, 3);
	asks_for_upid(w, ARGUMENT(regs, 1));
}

static __always_inline void waitid_asks(struct task_struct *current, struct pt_regs *regs, struct waited *w)
{
	w->call = TRACER_CALL_WAITID;
	w->options = ARGUMENT(regs, 4);
	asks_for(current, w, ARGUMENT(regs, 1), ARGUMENT(regs, 2));
}

/* The highest byte and the lowest of what a call was given. */
static __always_inline __u16 short_options(struct waited *w)
{
	return (w->options >> 16 & 0xff00) | (w->options & 0xff);
}

/* Whether a call can sleep on while a child of its process is dead: it does not ask for any child, or not for ends. */
static __always_inline int passes_over(struct waited *w)
{
	if (w->options & WNOHANG)
		return 0;
	return w->idtype != TRACER_IDTYPE_ALL || w->options & (__WCLONE | __WNOTHREAD) ||
	       (w->call == TRACER_CALL_WAITID && !(w->options & WEXITED));
}

/* Likewise of a call of 32 bits. That it returns no tracepoint tells (trace_get_syscall_nr in
 * kernel/trace/trace_syscalls.c). */
static __always_inline int waits_with_32_bits(struct task_struct *task, struct pt_regs *regs, long number,
	struct waited *w)
{
	if (number == NR_WAITID_OF_32_BITS) {
		w->call = TRACER_CALL_WAITID;
		w->options = ARGUMENT(regs, OF_32_BITS_4);
		asks_for(task, w, ARGUMENT(regs, OF_32_BITS_1), ARGUMENT(regs, OF_32_BITS_2));
		return 1;
	}
	if (number != NR_WAIT4_OF_32_BITS && number != NR_WAITPID_OF_32_BITS)
		return 0;
	w->call = TRACER_CALL_WAIT4;
	w->options = ARGUMENT(regs, OF_32_BITS_3);
	asks_for_upid(w, ARGUMENT(regs, OF_32_BITS_1));
	return 1;
}

/* Whether the registers of a task are those of a wait, and what that asks for. */
static __always_inline int waits(struct task_struct *task, struct pt_regs *regs, struct waited *w)
{
	long number = regs->SYSTEM_CALL;

	if (HAS_CALLS_OF_32_BITS(task))
		return waits_with_32_bits(task, regs, number, w);
	if (number == NR_WAIT4)
		wait4_asks(regs, w);
	else if (number == NR_WAITID)
		waitid_asks(task, regs, w);
	else
		return 0;
	return 1;
}

/* A wait that begins is told when there can be a zombie that it passes over, which spares most programs the event: the
 * only thread of a process waits for its only child, and nobody hands it another. pid: whom the call waits for. */
static __always_inline int can_have_others(struct task_struct *current, __s32 pid)
{
	struct signal_struct *signal = READ(current, signal);
	void *first = READ(current, children.next);
	struct task_struct *child = first - bpf_core_field_offset(struct task_struct, sibling);

	if (READ(signal, nr_threads) > 1 || READ(signal, flags) & SIGNAL_UNKILLABLE || /* the init of a PID namespace */
	    BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper))
		return 1;
	if (first != READ(current, children.prev))
		return 1;
	return has_children_of_its_own(current) && READ(child, pid) != pid;
}

static __always_inline void tell_waiting(struct waiting_record *r, struct waited *w, __u64 waited)
{
	r->options = short_options(w);
	r->call = w->call;
	r->idtype = w->idtype;
	r->id = w->id;
	r->waited = waited;
}

static __always_inline int wait_begins(__s32 pid)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct waiting_record *r;
	struct waited w = {};
	__u32 unseen;

	/* As the init of a PID namespace ends, it waits in the kernel for all that is left there; its saved registers are
	 * those of another call (zap_pid_ns_processes in kernel/pid_namespace.c) */
	if (!t || current->flags & PF_EXITING)
		return 0;
	t->wait_began = bpf_ktime_get_boot_ns();
	unseen = HAS_CALLS_OF_32_BITS(current) ? TRACER_UNKNOWN : 0;
	if ((!unseen && !can_have_others(current, pid)) || !waits(current, saved_registers(current), &w) ||
	    (!unseen && !passes_over(&w)))
		return 0;
	t->waiting = unseen ? TRACER_UNTOLD : TRACER_WAIT_TOLD;
	r = reserve(TRACER_WAITING, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->header, current, TRACER_WAITING, (t->root ? TRACER_ROOT : 0) | unseen);
	tell_waiting(r, &w, 0);
	submit(r);
	return 0;
}

/* Without it the time that a call took is not known either. */
SEC("tp_btf/sched_process_wait") TELLS("wait waiting")
int BPF_PROG(wait_began, struct pid *pid)
{
	return wait_begins(READ(pid, numbers[0].nr));
}

SEC("tp/sched/sched_process_wait") TELLS("wait waiting")
int wait_began_unpreempted(struct trace_event_raw_sched_process_wait *ctx)
{
	return wait_begins(ctx->pid);
}

static __always_inline void submit_wait(struct task_struct *current, struct task_state *t, struct waited *w)
{
	struct wait_record *r;

	if (t && w->call != TRACER_CALL_IO_URING)
		t->waiting = TRACER_UNTOLD;
	r = reserve(TRACER_WAIT, sizeof(*r));
	if (!r)
		return;
	fill(&r->header, current, TRACER_WAIT, w->flags | (!t ? TRACER_UNTRACED : t->root ? TRACER_ROOT : 0));
	r->child_start = w->start;
	r->child = w->child;
	r->status = w->status;
	r->options = short_options(w);
	r->call = w->call;
	r->idtype = w->idtype;
	r->id = w->id;
	/* A call can have begun before the trace */
	r->waited = t && t->wait_began && w->call && w->call != TRACER_CALL_IO_URING ? r->header.time - t->wait_began : 0;
	submit(r);
}

/* A wait has named a process that is dead. One by its debugger only looks; but then its parent is told of the end, and
 * when it does not want to know, the kernel reaps (wait_task_zombie in kernel/exit.c). */
static __always_inline void named(struct task_struct *current, struct death *d, __s32 pid)
{
	struct task_struct *leader = (struct task_struct *)d->task;

	if (d->parent != current->tgid) {
		if (!is_reaped(d))
			return;
		if (parent_of(leader) != current->tgid && is_unwanted(leader))
			report_reaped(d, pid, TRACER_AUTO_REAP);
	}
	unlist_dead(pid);
}

/* Reports one return of a wait call. A caller that is not traced, without a state, matters only when it got one of
 * ours. */
static __always_inline int report_wait(struct task_struct *current, struct task_state *t, struct waited *w)
{
	int reaped = !(w->flags & (TRACER_PEEK | TRACER_STOPPED | TRACER_UNKNOWN | TRACER_NO_CHILD | TRACER_NOTHING));
	struct death *found = 0;

	if ((t && t->gated) || (reaping_seen && reaped))
		return 0;
	if (!reaping_seen && w->child && namespace_level(current) == 0)
		found = bpf_map_lookup_elem(&dead, &w->child);
	if (!t && !found)
		return 0;
	if (found) {
		w->start = found->start;
		if (reaped)
			named(current, found, w->child);
	}
	submit_wait(current, t, w);
	return 0;
}

struct reaped_search {
	__s32 waiter;
	__s32 child;
};

static long reaped_one(void *map, __s32 *pid, struct death *d, struct reaped_search *s)
{
	struct task_struct *task = (struct task_struct *)d->task;

	if (d->unwanted || !is_reaped(d) || BPF_CORE_READ(task, real_parent, tgid) != s->waiter)
		return 0;
	s->child = *pid;
	return 1;
}

/* Finds whom a call reaped that tells nobody: the one that is reaped and that no call has named. */
static __always_inline void find_reaped(struct task_struct *current, struct waited *w)
{
	struct reaped_search s = {.waiter = current->tgid};
	int known = !reaping_seen && namespace_level(current) == 0 && !(w->flags & TRACER_PEEK);

	if (known)
		bpf_for_each_map_elem(&dead, reaped_one, &s, 0);
	w->child = s.child;
	if (s.child)
		return;
	w->flags |= known && w->options & WNOHANG ? TRACER_NOTHING : TRACER_UNKNOWN;
}

/* wait4 reaps before it finds that it cannot write the status. */
static __always_inline int report_wait_without_room(struct task_struct *current, struct task_state *t,
	struct waited *w)
{
	if (w->idtype == TRACER_IDTYPE_PID)
		w->child = w->id;
	else
		find_reaped(current, w);
	return report_wait(current, t, w);
}

/* A call that found no child to wait for, or under WNOHANG none that has ended. */
static __always_inline int report_no_child(struct task_struct *current, struct task_state *t, struct waited *w,
	long result)
{
	if (result != 0 && result != -ECHILD)
		return 0;
	w->child = 0;
	w->flags |= result ? TRACER_NO_CHILD : TRACER_NOTHING;
	return report_wait(current, t, w);
}

/* The return of a call of which it was told that it waits, where nothing else tells of it: a signal ends the call, or
 * has it begin again, or a child has stopped or gone on. */
static __always_inline int wait_is_over(struct task_struct *current, struct task_state *t, struct waited *w,
	long result)
{
	if (!t || !t->waiting)
		return 0;
	if (result == -ERESTARTSYS)
		w->flags = TRACER_INTERRUPTED;
	else if (result == 0)
		w->flags = TRACER_STOPPED;
	submit_wait(current, t, w);
	return 0;
}

static __always_inline int wait4_returns(struct task_struct *current, struct task_state *t, struct pt_regs *regs,
	struct waited *w, long result)
{
	void *status;

	if (result == -EFAULT)
		return reaping_seen ? 0 : report_wait_without_room(current, t, w);
	if (result <= 0)
		return report_no_child(current, t, w, result);
	w->child = result;
	status = (void *)ARGUMENT(regs, 2);
	if (status) /* to read from nowhere would cost a fault, which is dearer than all the rest */
		bpf_probe_read_user(&w->status, sizeof(w->status), status);
	if ((w->status & 0x7f) == 0x7f) /* WIFSTOPPED, WIFCONTINUED; a debugger need not ask for them */
		w->flags |= TRACER_STOPPED;
	return report_wait(current, t, w);
}

SEC("tp/syscalls/sys_exit_wait4") TELLS("wait release")
int wait4_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = bpf_task_storage_get(&tasks, current, 0, 0);
	struct pt_regs *regs = saved_registers(current);
	struct waited w = {};

	wait4_asks(regs, &w);
	wait4_returns(current, t, regs, &w, ctx->result);
	return wait_is_over(current, t, &w, ctx->result);
}

/* The siginfo that waitid fills in, as 64-bit programs see it. */
struct user_siginfo {
	__s32 signo, error, code, padding;
	__s32 pid, uid, status;
};

/* Without siginfo it is known whether the call has reaped, where that is seen. */
static __always_inline int report_waitid_without_siginfo(struct task_struct *current, struct task_state *t,
	struct waited *w)
{
	if (!t || t->reaped >= t->wait_began || !(w->options & WNOHANG))
		return 0;
	return report_no_child(current, t, w, 0);
}

/* Without siginfo the call may still tell its child by its arguments, but under WNOHANG not whether it was reaped. */
static __always_inline void waited_without_siginfo(struct task_struct *current, struct waited *w)
{
	if ((w->idtype == TRACER_IDTYPE_PID || w->idtype == TRACER_IDTYPE_PIDFD) && !(w->options & WNOHANG))
		w->child = w->id;
	if (!w->child)
		find_reaped(current, w);
}

static __always_inline void told_by_siginfo(struct waited *w, __s32 pid, __s32 code, __s32 status)
{
	w->child = pid;
	if (code > CLD_DUMPED)
		w->flags |= TRACER_STOPPED;
	w->status = code == CLD_EXITED ? status << 8 : status | (code == CLD_DUMPED ? 0x80 : 0);
}

static __always_inline int waitid_returns(struct task_struct *current, struct task_state *t, struct pt_regs *regs,
	struct waited *w, long result)
{
	struct user_siginfo info = {}, *infop;

	if (result != 0 && result != -EFAULT) /* it has reaped before it finds that it cannot write siginfo */
		return report_no_child(current, t, w, result);
	if (w->options & WNOWAIT)
		w->flags |= TRACER_PEEK;
	infop = (void *)ARGUMENT(regs, 3);
	if (infop && result == 0) {
		bpf_probe_read_user(&info, sizeof(info), infop);
		if (!info.pid)
			return report_no_child(current, t, w, 0);
		told_by_siginfo(w, info.pid, info.code, info.status);
	} else if (reaping_seen && !(w->flags & TRACER_PEEK)) {
		return result ? 0 : report_waitid_without_siginfo(current, t, w);
	} else if (w->options & WEXITED) {
		waited_without_siginfo(current, w);
	} else {
		return 0;
	}
	return report_wait(current, t, w);
}

SEC("tp/syscalls/sys_exit_waitid") TELLS("wait release")
int waitid_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = bpf_task_storage_get(&tasks, current, 0, 0);
	struct pt_regs *regs = saved_registers(current);
	struct waited w = {};

	waitid_asks(current, regs, &w);
	waitid_returns(current, t, regs, &w, ctx->result);
	return wait_is_over(current, t, &w, ctx->result);
}

/* Whoever called is the reaper: a wait4, a waitid, or something that is neither (io_uring, a kernel thread). */
static __always_inline void report_reaping(struct task_struct *current, struct task_struct *child)
{
	struct task_state *t = bpf_task_storage_get(&tasks, current, 0, 0);
	struct pt_regs *regs = saved_registers(current);
	struct waited w = {.child = id_at_level(child->thread_pid, namespace_level(current)),
		.start = child->start_boottime};

	w.status = group_status(child);
	if (current->flags & PF_IO_WORKER)
		w.call = TRACER_CALL_IO_URING;
	else if (!(current->flags & PF_KTHREAD) && !waits(current, regs, &w) &&
		 regs->SYSTEM_CALL == NR_IO_URING_ENTER)
		w.call = TRACER_CALL_IO_URING; /* of which request is not known */
	if (t)
		t->reaped = bpf_ktime_get_boot_ns();
	submit_wait(current, t, &w);
}

/* Whether p is a process of ours, and who reaped it has not been told. From now on it has. */
static __always_inline int first_report(struct task_struct *p)
{
	struct task_state *t = p->pid == p->tgid ? bpf_task_storage_get(&tasks, p, 0, 0) : 0;

	if (!t || t->ended & TRACER_RELEASED)
		return 0;
	t->ended |= TRACER_RELEASED;
	return 1;
}

/*
 * In whoever reaps, when the leader of the dead process is released, before its ids are taken from it (__exit_signal in
 * kernel/exit.c). A task that is exiting reaps by no wait: it is the init of a PID namespace that ends, or the last
 * thread of a process of which do_notify_parent has told. Both functions are called with interrupts off, so these
 * programs are never preempted.
 */
SEC("fentry/posix_cpu_timers_exit_group") TELLS("wait release")
int BPF_PROG(process_released, struct task_struct *p)
{
	struct task_struct *current = bpf_get_current_task_btf();

	if (!first_report(p))
		return 0;
	if (current->flags & PF_EXITING)
		report(p, TRACER_RELEASE, TRACER_AUTO_REAP);
	else
		report_reaping(current, p);
	return 0;
}

/* It returns whether the parent wants to know nothing of its child: then the kernel reaps it. */
SEC("fexit/do_notify_parent") TELLS("release close")
int BPF_PROG(parent_notified, struct task_struct *p, int number, bool ignored)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);

	if (t && t->closing && current->flags & PF_EXITING)
		report_unix_close(current, t);
	if (ignored && first_report(p))
		report(p, TRACER_RELEASE, TRACER_AUTO_REAP);
	return 0;
}
