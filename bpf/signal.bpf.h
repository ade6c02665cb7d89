/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Signals: SIGCHLD generated with its fate and handed to a handler, what a process wants of it, and the signals that
 * end, stop or continue a process. */

static __always_inline __u32 disposition_of(struct k_sigaction *action)
{
	unsigned long handler = (unsigned long)BPF_CORE_READ(action, sa.sa_handler);

	return handler == 0 /* SIG_DFL */ ? TRACER_DEFAULT : handler == 1 /* SIG_IGN */ ? TRACER_IGNORE : TRACER_HANDLER;
}

static __always_inline struct k_sigaction *action_of(struct task_struct *task, int number)
{
	void *actions = (void *)BPF_CORE_READ(task, sighand) + bpf_core_field_offset(struct sighand_struct, action);

	/* An index would take the size from kernel.h */
	return actions + (number - 1) * bpf_core_type_size(struct k_sigaction);
}

/* What else decides the fate of a SIGCHLD. */
static __always_inline __u32 sigchld_flags(struct task_struct *task)
{
	__u32 flags = 0;

	if (BPF_CORE_READ(action_of(task, SIGCHLD), sa.sa_flags) & SA_NOCLDWAIT)
		flags |= TRACER_NOCLDWAIT;
	if (BPF_CORE_READ(task, blocked.sig[0]) & 1ul << (SIGCHLD - 1))
		flags |= TRACER_BLOCKED;
	return flags;
}

/* signal(7): whether the signal changes what a process does, when it has no handler of its own for it. */
static __always_inline int decides(struct task_struct *target, int number)
{
	if (number == SIGKILL || number == SIGSTOP || number == SIGCONT)
		return 1;
	if (number == SIGURG || number == SIGWINCH || number < 1 || number > 64)
		return 0;
	return disposition_of(action_of(target, number)) == TRACER_DEFAULT;
}

/* si_code; info can be a small number instead of a pointer (SEND_SIG_NOINFO, SEND_SIG_PRIV). */
static __always_inline __s32 code_of(struct kernel_siginfo *info)
{
	if ((unsigned long)info <= 1)
		return info ? SI_KERNEL : SI_USER;
	return BPF_CORE_READ(info, si_code);
}

/* A timer, a terminal: who ran just then has no part in it. A fault is the target's own doing. */
static __always_inline int sent_by_kernel(int number, __s32 code)
{
	int fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGTRAP ||
		number == SIGSYS;

	return (code > 0 && !fault) || (code <= SI_TIMER && code >= SI_SIGIO);
}

/* Whether what a task does now can close a descriptor: by one of these calls, or as it ends. */
static __always_inline int closes(struct task_struct *task)
{
	long number = BPF_CORE_READ(saved_registers(task), SYSTEM_CALL);

	return task->flags & PF_EXITING || number == NR_CLOSE || number == NR_CLOSE_RANGE || number == NR_DUP2 ||
		number == NR_DUP3 ||
	       number == NR_EXECVE || number == NR_EXECVEAT;
}

/* The end of a process that was created so that it is killed when its pidfd is closed (pidfs_file_release in
 * fs/pidfs.c). */
static __always_inline int killed_by_close(struct task_struct *current, struct task_struct *target, int number,
	__s32 code)
{
	struct task_state *t = traced(target);

	return t && t->autokill && number == SIGKILL && code == SI_KERNEL && closes(current);
}

/* Tracer is the parent of what it has launched. */
static __always_inline int launched_by(struct task_struct *task, struct task_struct *target)
{
	struct task_state *t = traced(target);

	return t && t->root && parent_of(target) == task->tgid;
}

SEC("tp_btf/signal_generate") TELLS("signal kill close")
int BPF_PROG(signal_generate, int number, struct kernel_siginfo *info, struct task_struct *target, int type, int result)
{
	struct task_struct *current = bpf_get_current_task_btf();
	__u32 kind = number == SIGCHLD ? TRACER_SIGNAL : TRACER_KILL, flags = 0;
	struct task_state *t = traced(current);
	struct signal_record *r;

	/* A process tells its parent of its end when its descriptors are closed */
	if (t && t->closing && current->flags & PF_EXITING)
		report_unix_close(current, t);
	if (!traced(target) || (kind == TRACER_KILL && !decides(target, number)))
		return 0;
	r = reserve(kind, sizeof(*r));
	if (!r)
		return 0;
	r->target_tid = target->pid;
	r->target_pid = target->tgid;
	r->signal = number;
	r->result = result;
	r->code = code_of(info);
	r->si_pid = BPF_CORE_READ(info, _sifields._sigchld._pid);
	r->si_status = kind == TRACER_SIGNAL && r->code > 0 ? BPF_CORE_READ(info, _sifields._sigchld._status) : 0;
	r->disposition = disposition_of(action_of(target, number));
	if (kind == TRACER_SIGNAL)
		flags = sigchld_flags(target);
	else if (!t)
		flags = TRACER_UNTRACED | (launched_by(current, target) ? TRACER_ROOT : 0);
	if (killed_by_close(current, target, number, r->code))
		flags |= TRACER_PIDFD_CLOSED;
	fill(&r->header, current, kind, flags);
	if (kind == TRACER_KILL && !(flags & TRACER_PIDFD_CLOSED) && sent_by_kernel(number, r->code))
		r->header.start = r->header.tid = r->header.pid = 0;
	submit(r);
	return 0;
}

static __always_inline void report_delivery(struct task_struct *current, struct task_state *t, __u32 kind, int number)
{
	struct deliver_record *r = reserve(kind, sizeof(*r));

	if (!r)
		return;
	fill(&r->header, current, kind, t->root ? TRACER_ROOT : 0);
	r->signal = number;
	r->reserved = 0;
	submit(r);
}

/* Also reached for the default action, when the signal was blocked as it came: only a real handler counts as a delivery
 * of SIGCHLD, and only the default action stops. */
SEC("tp_btf/signal_deliver") TELLS("deliver stop")
int BPF_PROG(signal_deliver, int number, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct task_struct *current = bpf_get_current_task_btf();
	unsigned long handler = (unsigned long)action->sa.sa_handler;
	struct task_state *t;
	__u32 kind;

	if (number == SIGCHLD && handler > 1)
		kind = TRACER_DELIVER;
	else if (number >= SIGSTOP && number <= SIGTTOU && !handler)
		kind = TRACER_STOP;
	else
		return 0;
	t = traced(current);
	if (t)
		report_delivery(current, t, kind, number);
	return 0;
}

static __always_inline int report_disposition(struct task_struct *current, __u32 flags)
{
	struct task_state *t = traced(current);
	struct disposition_record *r;

	if (!t)
		return 0;
	r = reserve(TRACER_DISPOSITION, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->header, current, TRACER_DISPOSITION, (t->root ? TRACER_ROOT : 0) | sigchld_flags(current) | flags);
	r->signal = SIGCHLD;
	r->disposition = disposition_of(action_of(current, SIGCHLD));
	submit(r);
	return 0;
}

SEC("tp/syscalls/sys_exit_rt_sigaction") TELLS("disposition")
int sigaction_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pt_regs *regs = saved_registers(current);

	if (ctx->result || ARGUMENT(regs, 1) != SIGCHLD || !ARGUMENT(regs, 2))
		return 0;
	return report_disposition(current, 0);
}

/* signalfd4(descriptor or -1, mask, its size, flags): when it has SIGCHLD, whoever reads the descriptor takes that. */
SEC("tp/syscalls/sys_exit_signalfd4") TELLS("disposition")
int signalfd_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pt_regs *regs = saved_registers(current);
	__u64 mask = 0;

	if (ctx->result < 0 || !traced(current))
		return 0;
	if (bpf_probe_read_user(&mask, sizeof(mask), (void *)ARGUMENT(regs, 2)) || !(mask & 1ul << (SIGCHLD - 1)))
		return 0;
	return report_disposition(current, TRACER_SIGNALFD);
}
