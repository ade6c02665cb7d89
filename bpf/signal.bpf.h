/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Signals: SIGCHLD, those that end, stop or continue a process, and those by which processes ask each other for
 * something: who sent them, why the kernel did, and what became of them; what a process wants of SIGCHLD. */

/* Those that are told of whatever their receiver does about them. */
#define ASKING (1u << SIGHUP | 1u << SIGINT | 1u << SIGQUIT | 1u << SIGUSR1 | 1u << SIGUSR2 | 1u << SIGPIPE | \
	1u << SIGALRM | 1u << SIGTERM)

static __always_inline int asks(int number)
{
	return number > 0 && number < 32 && ASKING >> number & 1;
}

static __always_inline __u32 disposition_of(struct k_sigaction *action)
{
	unsigned long handler = (unsigned long)READ(action, sa.sa_handler);

	return handler == 0 /* SIG_DFL */ ? TRACER_DEFAULT : handler == 1 /* SIG_IGN */ ? TRACER_IGNORE : TRACER_HANDLER;
}

static __always_inline struct k_sigaction *action_of(struct task_struct *task, int number)
{
	void *actions = (void *)READ(task, sighand) + bpf_core_field_offset(struct sighand_struct, action);

	/* An index would take the size from kernel.h */
	return actions + (number - 1) * bpf_core_type_size(struct k_sigaction);
}

/* What else decides the fate of a SIGCHLD. */
static __always_inline __u32 sigchld_flags(struct task_struct *task)
{
	__u32 flags = 0;

	if (READ(action_of(task, SIGCHLD), sa.sa_flags) & SA_NOCLDWAIT)
		flags |= TRACER_NOCLDWAIT;
	if (READ(task, blocked.sig[0]) & 1ul << (SIGCHLD - 1))
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

/* Of a signal to a whole process, any thread that does not block it can take it. */
#define MAX_THREADS 256
#define MAX_PROCESSES (1 << 22) /* PID_MAX_LIMIT in include/linux/threads.h */

struct thread_search {
	__u64 head, entry; /* in the list of the threads */
	int number;
	int free; /* one was found that does not block it */
};

static long thread_blocks(__u32 i, struct thread_search *s)
{
	struct task_struct *thread = (void *)(s->entry - bpf_core_field_offset(struct task_struct, thread_node));

	if (s->entry == s->head)
		return 1;
	s->entry = (__u64)BPF_CORE_READ(thread, thread_node.next);
	if (BPF_CORE_READ(thread, blocked.sig[0]) >> (s->number - 1) & 1)
		return 0;
	s->free = 1;
	return 1;
}

/* Whether nobody who could take a signal wants it now. */
static __always_inline __u32 blocked_flag(struct task_struct *target, int number, int group)
{
	struct signal_struct *signal = READ(target, signal);
	struct thread_search s = {.number = number};

	if (number < 1 || number > 64 || !(READ(target, blocked.sig[0]) >> (number - 1) & 1))
		return 0;
	if (!group || READ(signal, nr_threads) == 1)
		return TRACER_BLOCKED;
	s.head = (__u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	s.entry = (__u64)READ(signal, thread_head.next);
	bpf_loop(MAX_THREADS, thread_blocks, &s, 0);
	return s.entry == s.head && !s.free ? TRACER_BLOCKED : 0;
}

/*
 * What signal_generate has in place of a siginfo: 0, where the task that runs is the cause (SEND_SIG_NOINFO), 1, where
 * the kernel itself is (SEND_SIG_PRIV), or its address. It is read as a number: of an argument that is a pointer the
 * verifier takes for granted that it is not 0.
 */
#define NO_INFO 0
#define BY_KERNEL 1

static __always_inline unsigned long info_of(unsigned long long *ctx)
{
	unsigned long info = BY_KERNEL;

	bpf_probe_read_kernel(&info, sizeof(info), ctx + 1);
	return info;
}

static __always_inline __s32 code_of(unsigned long info)
{
	if (info <= BY_KERNEL)
		return info ? SI_KERNEL : SI_USER;
	return READ((struct kernel_siginfo *)info, si_code);
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
	long number = saved_registers(task)->SYSTEM_CALL;

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

/* Whether the process of a leader has made a signalfd for a signal, or inherited one by a fork. */
static __always_inline int signalfd_wanted(struct task_struct *leader, int number)
{
	struct task_state *process = bpf_task_storage_get(&tasks, leader, 0, 0);

	return process && number > 0 && number <= 64 && process->signalfd >> (number - 1) & 1;
}

/* Tracer is the parent of what it has launched. */
static __always_inline int launched_by(struct task_struct *task, struct task_struct *target)
{
	struct task_state *t = traced(target);

	return t && t->root && parent_of(target) == task->tgid;
}

/* A call that sends signals (kill, tgkill, sigqueue, pidfd_send_signal), and not something that the kernel does while
 * this task happens to run. */
static __always_inline int sent_by_call(unsigned long info, int number, __s32 code)
{
	return info > BY_KERNEL && code <= 0 && !sent_by_kernel(number, code);
}

static __always_inline struct pid *group_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]);
}

static __always_inline struct pid *session_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]);
}

/* The init of a PID namespace, which takes all in it with it (zap_pid_ns_processes in kernel/pid_namespace.c). */
static __always_inline int ends_namespace(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	__u32 level = task->flags & PF_EXITING ? namespace_level(leader) : 0;

	return level && id_at_level(BPF_CORE_READ(leader, thread_pid), level) == 1;
}

/* A process that ends slowly tells its parent, or its debugger, that it can be waited for, whoever that is. */
static __always_inline int tells_of_its_end(struct task_struct *current, struct task_struct *leader,
	struct task_struct *target, int number, unsigned long info)
{
	struct task_state *process = bpf_task_storage_get(&tasks, leader, 0, 0);

	return process && process->ended & TRACER_ENDS_SLOWLY && number == SIGCHLD && info > BY_KERNEL &&
	       READ((struct kernel_siginfo *)info, _sifields._sigchld._pid) ==
		       id_at_level(READ(current, group_leader, thread_pid), namespace_level(target));
}

/* Why the kernel hangs up: a terminal is gone (tty_signal_session_leader in drivers/tty/tty_io.c), or with the end of a
 * process of the same session its terminal is given up (disassociate_ctty) or a stopped group has nobody left who could
 * let it go on (kill_orphaned_pgrp in kernel/exit.c). */
static __always_inline __u32 hangup_reason(struct task_struct *current, struct task_struct *target)
{
	if (!(current->flags & PF_EXITING) || session_of(current) != session_of(target))
		return TRACER_HANGUP;
	return BPF_CORE_READ(current, signal, leader) ? TRACER_SESSION_ENDS : TRACER_GROUP_ORPHANED;
}

/* What the kernel says of why it sends a signal. */
static __always_inline __u32 reason_of(struct task_struct *current, struct task_struct *target, int number,
	unsigned long info, __s32 code)
{
	if (info == NO_INFO && current->flags & PF_EXITING && BPF_CORE_READ(target, pdeath_signal) == number)
		return TRACER_PARENT_DEATH; /* forget_original_parent in kernel/exit.c */
	if (info == NO_INFO && number == SIGPIPE && current == target)
		return TRACER_BROKEN_PIPE;
	if (info != BY_KERNEL)
		return code == SI_TIMER ? TRACER_TIMER : 0;
	if (number == SIGALRM || number == SIGVTALRM || number == SIGPROF)
		return TRACER_TIMER; /* alarm, setitimer: it_real_fn in kernel/time/itimer.c */
	if (number == SIGINT || number == SIGQUIT || number == SIGTSTP)
		return TRACER_TERMINAL; /* isig in drivers/tty/n_tty.c */
	if (number == SIGHUP || number == SIGCONT)
		return hangup_reason(current, target);
	return number == SIGKILL && ends_namespace(current) ? TRACER_NAMESPACE_ENDS : 0;
}

/* What became of it, more closely than the kernel says it (prepare_signal, sig_task_ignored in kernel/signal.c). */
static __always_inline __u32 result_of(struct task_struct *target, int result, __u32 disposition)
{
	__u32 flags = BPF_CORE_READ(target, signal, flags);

	if (result != TRACER_RESULT_IGNORED)
		return result;
	if (flags & SIGNAL_GROUP_EXIT)
		return TRACER_RESULT_ENDING;
	return flags & SIGNAL_UNKILLABLE && disposition == TRACER_DEFAULT ? TRACER_RESULT_PROTECTED : result;
}

static __always_inline void fill_signal(struct signal_record *r, struct task_struct *target, int number, int result,
	unsigned long info)
{
	r->target_tid = target->pid;
	r->target_pid = target->tgid;
	r->signal = number;
	r->code = code_of(info);
	r->si_pid = r->si_status = 0;
	r->result = result;
	r->disposition = disposition_of(action_of(target, number));
	r->reason = 0;
	r->reserved = 0;
}

/* SIGCHLD, of a child or sent by hand. */
static __always_inline void report_sigchld(struct task_struct *current, struct task_struct *target, int result,
	unsigned long info, int group)
{
	__u32 flags = READ(action_of(target, SIGCHLD), sa.sa_flags) & SA_NOCLDWAIT ? TRACER_NOCLDWAIT : 0;
	struct signal_record *r;

	flags |= blocked_flag(target, SIGCHLD, group);
	r = reserve(TRACER_SIGNAL, sizeof(*r));
	if (!r)
		return;
	fill_signal(r, target, SIGCHLD, result, info);
	r->si_pid = READ((struct kernel_siginfo *)info, _sifields._sigchld._pid);
	if (r->code > 0)
		r->si_status = READ((struct kernel_siginfo *)info, _sifields._sigchld._status);
	if (r->code <= 0 && !traced(current))
		flags |= TRACER_UNTRACED;
	fill(&r->header, current, TRACER_SIGNAL, flags);
	submit(r);
}

/* Any other signal. */
static __always_inline void report_kill(struct task_struct *current, struct task_struct *target,
	struct task_struct *leader, int number, int result, unsigned long info, int group)
{
	__u32 flags = blocked_flag(target, number, group);
	struct kill_record *r = reserve(TRACER_KILL, sizeof(*r));

	if (!r)
		return;
	fill_signal(&r->sent, target, number, result, info);
	r->sent.result = result_of(target, result, r->sent.disposition);
	r->sent.reason = reason_of(current, target, number, info, r->sent.code);
	__builtin_memset(r->comm, 0, sizeof(r->comm));
	if (signalfd_wanted(leader, number))
		flags |= TRACER_SIGNALFD;
	if (killed_by_close(current, target, number, r->sent.code)) {
		flags |= TRACER_PIDFD_CLOSED;
	} else if (sent_by_kernel(number, r->sent.code)) {
		fill(&r->sent.header, current, TRACER_KILL, flags);
		r->sent.header.start = r->sent.header.tid = r->sent.header.pid = 0;
		submit(r);
		return;
	}
	if (!traced(current))
		flags |= TRACER_UNTRACED | (launched_by(current, target) ? TRACER_ROOT : 0);
	copy_comm(r->comm, current);
	fill(&r->sent.header, current, TRACER_KILL, flags);
	submit(r);
}

SEC("tp_btf/signal_generate") TELLS("signal kill close")
int BPF_PROG(signal_generate, int number, void *siginfo, struct task_struct *target, int group, int result)
{
	struct task_struct *current = bpf_get_current_task_btf(), *leader = leader_of(current),
		*of_target = leader_of(target);
	struct task_state *t = traced(current);
	unsigned long info;

	/* A process tells its parent of its end when its descriptors are closed */
	if (t && t->closing && current->flags & PF_EXITING)
		report_unix_close(current, t);
	if (!t && !traced(target))
		return 0;
	info = info_of(ctx);
	if (!traced(target) && !sent_by_call(info, number, code_of(info)) &&
	    !tells_of_its_end(current, leader, target, number, info))
		return 0;
	if (number == SIGCHLD)
		report_sigchld(current, target, result, info, group);
	else if (asks(number) || decides(target, number))
		report_kill(current, target, of_target, number, result, info, group);
	return 0;
}

static __always_inline void report_taken(struct task_struct *current, int number, __u32 call, __u32 disposition,
	__u32 result)
{
	struct task_state *t = traced(current);
	struct deliver_record *r;

	if (!t)
		return;
	r = reserve(TRACER_DELIVER, sizeof(*r));
	if (!r)
		return;
	fill(&r->header, current, TRACER_DELIVER, t->root ? TRACER_ROOT : 0);
	r->signal = number;
	r->call = call;
	r->disposition = disposition;
	r->result = result;
	submit(r);
}

/* The record is reserved first: so a SIGCONT that is not seen yet has its own behind it, and one that is spares the
 * process the stop (do_signal_stop in kernel/signal.c). */
static __always_inline void report_stop(struct task_struct *current, struct task_state *t, int number)
{
	struct deliver_record *r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);

	if (r && !(current->jobctl & JOBCTL_STOP_DEQUEUED)) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return;
	}
	count(TRACER_STOP, !r);
	if (!r)
		return;
	fill(&r->header, current, TRACER_STOP, t->root ? TRACER_ROOT : 0);
	r->signal = number;
	r->call = r->disposition = r->result = 0;
	submit(r);
}

struct group_search {
	struct pid *group;
	struct hlist_node *entry; /* in the list of its processes */
	int connected;
};

/* Whether this process has a parent in another group of its session, who could let the group go on. */
static long connects(__u32 i, struct group_search *s)
{
	struct hlist_node *entry = s->entry;
	struct task_struct *member, *parent;

	if (!entry)
		return 1;
	s->entry = BPF_CORE_READ(entry, next);
	member = (void *)entry - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_PGID]);
	parent = BPF_CORE_READ(member, real_parent);
	if ((BPF_CORE_READ(member, exit_state) && BPF_CORE_READ(member, signal, nr_threads) == 1) ||
	    BPF_CORE_READ(parent, tgid) == 1)
		return 0;
	s->connected = group_of(parent) != s->group && session_of(parent) == session_of(member);
	return s->connected;
}

/* As the kernel finds it (will_become_orphaned_pgrp in kernel/exit.c), without its lock: right unless a parent of one
 * in the group ends, or the group changes, just now. */
static __always_inline int group_is_orphaned(struct task_struct *task)
{
	struct pid *group = group_of(task);
	struct group_search s = {.group = group, .entry = BPF_CORE_READ(group, tasks[PIDTYPE_PGID].first)};

	bpf_loop(MAX_PROCESSES, connects, &s, 0);
	return !s.connected;
}

/* A signal whose default action is a stop. In an orphaned process group that is not done, but for SIGSTOP; the kernel
 * looks after it has told that it delivers the signal (get_signal in kernel/signal.c). */
static __always_inline void stops(struct task_struct *current, int number)
{
	struct task_state *t = traced(current);

	if (!t)
		return;
	if (number != SIGSTOP && group_look_seen)
		t->stopping = number; /* group_looked_at tells */
	else if (number != SIGSTOP && group_is_orphaned(current))
		report_taken(current, number, 0, TRACER_DEFAULT, TRACER_RESULT_ORPHANED);
	else
		report_stop(current, t, number);
}

/* Terminals ask, too, in a call that reads or writes them. */
SEC("fexit/is_current_pgrp_orphaned") TELLS("stop deliver")
int BPF_PROG(group_looked_at, int orphaned)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	int number = t ? t->stopping : 0;

	if (!number)
		return 0;
	t->stopping = 0;
	if (orphaned)
		report_taken(current, number, 0, TRACER_DEFAULT, TRACER_RESULT_ORPHANED);
	else
		report_stop(current, t, number);
	return 0;
}

/* Under the default action, of which here only a stop is told, and what an init is spared. */
static __always_inline void default_action(struct task_struct *current, int number)
{
	int stop = number >= SIGSTOP && number <= SIGTTOU;

	if (number != SIGSTOP && (stop || asks(number)) && BPF_CORE_READ(current, signal, flags) & SIGNAL_UNKILLABLE)
		report_taken(current, number, 0, TRACER_DEFAULT, TRACER_RESULT_PROTECTED);
	else if (stop)
		stops(current, number);
}

/* Also reached when the signal was blocked as it came, under the default action and under SIG_IGN, which discards it
 * now. */
SEC("tp_btf/signal_deliver") TELLS("deliver stop")
int BPF_PROG(signal_deliver, int number, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct task_struct *current = bpf_get_current_task_btf();
	unsigned long handler = (unsigned long)action->sa.sa_handler;

	if (!handler)
		default_action(current, number);
	else if ((number == SIGCHLD || asks(number)) && handler > 1)
		report_taken(current, number, 0, TRACER_HANDLER, 0);
	else if (asks(number))
		report_taken(current, number, 0, TRACER_IGNORE, 0);
	return 0;
}

/* sigwait, sigwaitinfo and sigtimedwait: what they take, no handler gets. */
SEC("tp/syscalls/sys_exit_rt_sigtimedwait") TELLS("deliver")
int sigtimedwait_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	long number = ctx->result;

	if (number == SIGCHLD || asks(number) || decides(current, number))
		report_taken(current, number, TRACER_CALL_RT_SIGTIMEDWAIT, 0, 0);
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

/* signalfd4(descriptor or -1, mask, its size, flags): whoever reads the descriptor takes those in the mask. */
SEC("tp/syscalls/sys_exit_signalfd4") TELLS("disposition")
int signalfd_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pt_regs *regs = saved_registers(current);
	struct task_state *process = bpf_task_storage_get(&tasks, current->group_leader, 0, 0);
	__u64 mask = 0;

	if (ctx->result < 0 || !traced(current))
		return 0;
	if (bpf_probe_read_user(&mask, sizeof(mask), (void *)ARGUMENT(regs, 2)))
		return 0;
	if (process)
		process->signalfd |= mask;
	if (!(mask & 1ul << (SIGCHLD - 1)))
		return 0;
	return report_disposition(current, TRACER_SIGNALFD);
}
