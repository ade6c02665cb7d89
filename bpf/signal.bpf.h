/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* SIGCHLD: generated with its fate, and handed to a handler. */

SEC("tp_btf/signal_generate")
int BPF_PROG(signal_generate, int number, struct kernel_siginfo *info, struct task_struct *target, int type, int result)
{
	struct signal_record *r;

	if (number != SIGCHLD || !traced(target))
		return 0;
	r = reserve(TRACER_SIGNAL, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->header, bpf_get_current_task_btf(), TRACER_SIGNAL, 0);
	r->target_tid = target->pid;
	r->target_pid = target->tgid;
	r->signal = number;
	r->result = result;
	r->reserved = 0;
	/* info can be a small number instead of a pointer (SEND_SIG_PRIV): the reads then fail and leave 0. */
	r->code = BPF_CORE_READ(info, si_code);
	r->si_pid = BPF_CORE_READ(info, _sifields._sigchld._pid);
	r->si_status = r->code > 0 ? BPF_CORE_READ(info, _sifields._sigchld._status) : 0;
	submit(r);
	return 0;
}

/* Also reached for the default action, when the signal was blocked as it came: only a real handler counts. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_deliver, int number, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct deliver_record *r;
	struct task_state *t;

	if (number != SIGCHLD || (unsigned long)action->sa.sa_handler <= 1)
		return 0;
	t = traced(current);
	if (!t)
		return 0;
	r = reserve(TRACER_DELIVER, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->header, current, TRACER_DELIVER, t->root ? TRACER_ROOT : 0);
	r->signal = number;
	r->reserved = 0;
	submit(r);
	return 0;
}
