/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Tasks: creation, exec, exit, release. */

/* When everything is a target, so is what somebody untraced creates: a kernel thread, or an init that no snapshot can
 * see. */
static __always_inline int adopts(struct task_struct *current, struct task_struct *child, __u64 clone_flags)
{
	return target_all && !(clone_flags & CLONE_THREAD) && !(child->flags & PF_KTHREAD) && current->tgid != tracer_pid;
}

/* In the parent, before the child can run: whoever is traced passes it on here, so no first event of a child is
 * missed. */
static __always_inline int created(struct task_struct *child, __u64 clone_flags)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_struct *leader = leader_of(current);
	struct task_state *t = bpf_task_storage_get(&tasks, current, 0, 0), *process = t;
	struct task_state fresh = {.made_by = TRACER_BY_FORK, .autokill = !!(clone_flags & CLONE_PIDFD_AUTOKILL)}, *made;
	struct fork_record *r;

	if (current->pid != current->tgid)
		process = bpf_task_storage_get(&tasks, leader, 0, 0);
	if (t && t->gated)
		t = 0;
	if (!t && !adopts(current, child, clone_flags))
		return 0;
	if (process && process->to_exit && clone_flags & CLONE_THREAD)
		__sync_fetch_and_add(&process->to_exit, 1);
	if (t)
		succeeds(t, TRACER_FORKING);
	if (t && !(clone_flags & CLONE_THREAD))
		fresh.coroutine = t->coroutine; /* it goes on in a copy of the same one */
	if (process && !(clone_flags & CLONE_THREAD))
		fresh.signalfd = process->signalfd;
	if (!(clone_flags & CLONE_THREAD))
		fresh.to_exit = 1;
	made = make_state(child, &fresh);
	if (!made) { /* no memory */
		__sync_fetch_and_add(&unfollowed, 1);
		return 0;
	}
	if (made->made_by != TRACER_BY_FORK) { /* a snapshot has met it already */
		if (made->made_by == TRACER_BY_RESYNC)
			count(TRACER_FORK, 1);
		return 0;
	}
	count_tasks(1);
	r = reserve(TRACER_FORK, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->header, current, TRACER_FORK, !t ? TRACER_UNTRACED : t->root ? TRACER_ROOT : 0);
	r->child_start = child->start_boottime;
	r->child_tid = child->pid;
	r->inner_pid = inner_id(child);
	r->parent = parent_of(child);
	r->ns_pid = id_of_task(child, namespace_level(READ(child, real_parent)));
	r->clone_flags = clone_flags;
	r->exit_signal = child->exit_signal;
	r->reserved = 0;
	submit(r);
	return 0;
}

SEC("tp_btf/task_newtask") TELLS("fork fail")
int BPF_PROG(task_newtask, struct task_struct *child, __u64 clone_flags)
{
	return created(child, clone_flags);
}

SEC("tp/task/task_newtask") TELLS("fork fail")
int task_newtask_unpreempted(struct trace_event_raw_task_newtask *ctx)
{
	struct task_struct *child;

	if (!target_all && !traced(bpf_get_current_task_btf()))
		return 0;
	child = bpf_task_from_pid(ctx->pid);
	if (!child) {
		__sync_fetch_and_add(&unfollowed, 1);
		return 0;
	}
	created(child, ctx->clone_flags);
	bpf_task_release(child);
	return 0;
}

/* A fork does not inherit the attribute (copy_signal in kernel/fork.c), an exec keeps it. */
static __always_inline __u32 subreaper_of(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	return BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper) ? TRACER_SET : TRACER_UNSET;
}

static __always_inline int executed(struct task_struct *p, int old_pid, const void *filename)
{
	struct task_state *t = bpf_task_storage_get(&tasks, p, 0, 0);
	__u32 flags = 0;
	struct exec_record *r;
	struct mm_struct *memory;
	unsigned long begin, size;
	long n;

	if (!t)
		return 0;
	succeeds(t, TRACER_EXECUTING);
	closed_some();
	t->coroutine = 0;
	t->loops = 0;
	t->turn = 0;
	t->to_exit = 1;
	t->signalfd = 0; /* most are closed by an exec */
	if (t->root)
		flags |= TRACER_ROOT;
	if (t->gated) {
		flags |= TRACER_LAUNCH;
		t->gated = 0;
		gate_opens(p);
	}
	r = reserve(TRACER_EXEC, sizeof(*r));
	if (!r) {
		keeps(p, t);
		return 0;
	}
	r->old_tid = old_pid;
	r->disposition = disposition_of(action_of(p, SIGCHLD));
	r->subreaper = subreaper_of(p);
	r->reserved = 0;
	flags |= sigchld_flags(p);
	copy_comm(r->comm, p);
	n = bpf_probe_read_kernel_str(r->path, sizeof(r->path), filename);
	r->path_size = n > 0 ? n : 0;
	if (r->path_size == sizeof(r->path))
		flags |= TRACER_PATH_TRUNCATED;
	memory = BPF_CORE_READ(p, mm);
	begin = BPF_CORE_READ(memory, arg_start);
	size = BPF_CORE_READ(memory, arg_end) - begin;
	asm volatile("" : "+r"(size)); /* or the compiler bounds a copy that the verifier does not know */
	if (size > sizeof(r->args)) {
		size = sizeof(r->args);
		flags |= TRACER_ARGS_TRUNCATED;
	}
	r->args_size = bpf_probe_read_user(r->args, size, (void *)begin) ? 0 : size;
	fill(&r->header, p, TRACER_EXEC, flags);
	submit(r);
	keeps(p, t);
	return 0;
}

SEC("tp_btf/sched_process_exec") TELLS("exec close fail hold let_go")
int BPF_PROG(process_exec, struct task_struct *p, int old_pid, struct linux_binprm *bprm)
{
	return executed(p, old_pid, bprm->filename);
}

SEC("tp/sched/sched_process_exec") TELLS("exec close fail hold let_go")
int process_exec_unpreempted(struct trace_event_raw_sched_process_exec *ctx)
{
	return executed(bpf_get_current_task_btf(), ctx->old_pid, (void *)ctx + (__u16)ctx->__data_loc_filename);
}

/* Whether a process has as many as RLIMIT_NPROC lets its user have (is_rlimit_overlimit in kernel/ucount.c). Nobody
 * asks that of root, and of who may go beyond. */
static __always_inline int has_all_processes(struct task_struct *task, __u64 *max)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);
	struct ucounts *counts = BPF_CORE_READ(cred, ucounts);
	__u32 capabilities = 0; /* the first 32, in whatever type: Linux 6.3 changed it */
	long has = 0;

	if (!bpf_core_field_exists(counts->rlimit) || !bpf_core_enum_value_exists(enum rlimit_type, UCOUNT_RLIMIT_NPROC) ||
	    BPF_CORE_READ(cred, user, uid.val) == 0)
		return 0;
	bpf_probe_read_kernel(&capabilities, sizeof(capabilities),
		(void *)cred + bpf_core_field_offset(struct cred, cap_effective));
	if (BPF_CORE_READ(cred, user_ns, level) == 0 &&
	    capabilities & (1u << CAP_SYS_ADMIN | 1u << CAP_SYS_RESOURCE))
		return 0;
	*max = BPF_CORE_READ(task, signal, rlim[RLIMIT_NPROC].rlim_cur);
	bpf_probe_read_kernel(&has, sizeof(has), (void *)counts + bpf_core_field_offset(struct ucounts, rlimit) +
		bpf_core_enum_value(enum rlimit_type, UCOUNT_RLIMIT_NPROC) * sizeof(has));
	return (__u64)has >= *max;
}

#define MAX_CGROUPS 32

/* The search for a cgroup with all the tasks that it may have. */
struct cgroup_search {
	struct cgroup_subsys_state *at;
	__u64 max;
};

static long full_cgroup(__u32 i, struct cgroup_search *s)
{
	struct cgroup_subsys_state *at = s->at;
	struct pids_cgroup *group = (void *)at - bpf_core_field_offset(struct pids_cgroup, css);

	if (!at || !BPF_CORE_READ(at, parent)) /* the root has no limit */
		return 1;
	if (BPF_CORE_READ(group, counter.counter) >= BPF_CORE_READ(group, limit.counter)) {
		s->max = BPF_CORE_READ(group, limit.counter);
		return 1;
	}
	s->at = BPF_CORE_READ(at, parent);
	return 0;
}

static __always_inline int in_full_cgroup(struct task_struct *task, __u64 *max)
{
	struct cgroup_search s = {};

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		return 0;
	s.at = BPF_CORE_READ(task, cgroups, subsys[bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id)]);
	bpf_loop(MAX_CGROUPS, full_cgroup, &s, 0);
	*max = s.max;
	return s.at && s.max;
}

/* In the order in which copy_process in kernel/fork.c asks. threads-max, which it asks for between the two, cannot be
 * seen; so of a cgroup only that it is full is known. */
static __always_inline void find_limit(struct task_struct *current, struct run *run)
{
	struct fail_record *r = &run->record;
	__u64 flags = 0;

	if (has_all_processes(current, &r->max)) {
		r->limit = TRACER_LIMIT_RLIMIT_NPROC;
		return;
	}
	r->max = 0;
	if (r->call == TRACER_CALL_CLONE3)
		bpf_probe_read_user(&flags, sizeof(flags), (void *)ARGUMENT(saved_registers(current), 1));
	if (!(flags & CLONE_INTO_CGROUP) && in_full_cgroup(current, &r->max))
		r->limit = TRACER_LIMIT_PIDS_CGROUP;
}

static __always_inline __u32 way_to_fork(long number)
{
	switch (number) {
	case NR_FORK:
		return TRACER_CALL_FORK;
	case NR_VFORK:
		return TRACER_CALL_VFORK;
	case NR_CLONE3:
		return TRACER_CALL_CLONE3;
	}
	return TRACER_CALL_CLONE;
}

#if NR_FORK >= 0
#define AND_FORKS " syscalls/sys_exit_fork syscalls/sys_exit_vfork"
#else
#define AND_FORKS ""
#endif

/* Of those that succeed, the creation itself tells. In the child the result is 0. */
SEC("tp/syscalls/sys_exit_clone") ALSO_AT("syscalls/sys_exit_clone3" AND_FORKS) TELLS("fail")
int fork_failed(struct syscall_exit *ctx)
{
	__u32 call = way_to_fork(ctx->number);
	struct task_struct *current;
	struct task_state *t;
	struct run run = {};

	if (ctx->result >= 0)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (!t || !fails(current, t, TRACER_FORKING, call, ctx->result, 0, &run))
		return 0;
	if (ctx->result == -EAGAIN)
		find_limit(current, &run);
	begin_run(current, t, TRACER_FORKING, &run);
	return 0;
}

/* An exec that failed has left the registers and the memory of its caller. */
SEC("tp/syscalls/sys_exit_execve") ALSO_AT("syscalls/sys_exit_execveat") TELLS("fail")
int exec_failed(struct syscall_exit *ctx)
{
	__u32 call = ctx->number == NR_EXECVEAT ? TRACER_CALL_EXECVEAT : TRACER_CALL_EXECVE;
	struct task_struct *current;
	struct pt_regs *regs;
	struct task_state *t;
	struct run run = {};
	long size;

	if (ctx->result >= 0)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (!t)
		return 0;
	regs = saved_registers(current);
	size = bpf_probe_read_user_str(run.record.path, sizeof(run.record.path),
		(void *)(call == TRACER_CALL_EXECVE ? ARGUMENT(regs, 1) : ARGUMENT(regs, 2)));
	if (!fails(current, t, TRACER_EXECUTING, call, ctx->result, number_of(run.record.path), &run))
		return 0;
	if (run.object != ANY_OBJECT && size > 0) {
		run.record.path_size = size;
		if (size == sizeof(run.record.path))
			run.record.header.flags |= TRACER_PATH_TRUNCATED;
	} else {
		__builtin_memset(run.record.path, 0, sizeof(run.record.path));
	}
	begin_run(current, t, TRACER_EXECUTING, &run);
	return 0;
}

/* By the task itself (prctl) or by another one of its process (/proc/PID/task/TID/comm). The event of an exec tells the
 * name that comes with it. */
static __always_inline int renamed(struct task_struct *task, const void *comm)
{
	struct task_state *t = traced(task);
	struct rename_record *r;
	long number;

	if (!t)
		return 0;
	number = saved_registers(bpf_get_current_task_btf())->SYSTEM_CALL;
	if (number == NR_EXECVE || number == NR_EXECVEAT)
		return 0;
	r = reserve(TRACER_RENAME, sizeof(*r));
	if (!r)
		return 0;
	__builtin_memset(r->comm, 0, sizeof(r->comm));
	bpf_probe_read_kernel_str(r->comm, sizeof(r->comm), comm);
	fill(&r->header, task, TRACER_RENAME, t->root ? TRACER_ROOT : 0);
	submit(r);
	return 0;
}

SEC("tp_btf/task_rename") TELLS("rename")
int BPF_PROG(task_renamed, struct task_struct *task, const char *comm)
{
	return renamed(task, comm);
}

SEC("tp/task/task_rename") TELLS("rename")
int task_renamed_unpreempted(struct trace_event_raw_task_rename *ctx)
{
	struct task_struct *task = bpf_task_from_pid(ctx->pid);

	if (!task)
		return 0;
	renamed(task, ctx->newcomm);
	bpf_task_release(task);
	return 0;
}

/* The attribute is read when the record has its place: when threads set and unset it at once, the last record has what
 * holds from then on. */
SEC("tp/syscalls/sys_exit_prctl") TELLS("subreaper")
int prctl_exit(struct syscall_exit *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct subreaper_record *r;
	struct task_state *t;

	if (ctx->result || ARGUMENT(saved_registers(current), 1) != PR_SET_CHILD_SUBREAPER)
		return 0;
	t = traced(current);
	if (!t)
		return 0;
	r = reserve(TRACER_SUBREAPER, sizeof(*r));
	if (!r)
		return 0;
	r->subreaper = subreaper_of(current);
	r->reserved = 0;
	fill(&r->header, current, TRACER_SUBREAPER, t->root ? TRACER_ROOT : 0);
	submit(r);
	return 0;
}

/* do_notify_parent in kernel/signal.c: a child that sends SIGCHLD and whose parent does not want it leaves no
 * zombie. */
static __always_inline int ignores_children(struct task_struct *parent)
{
	struct k_sigaction *action = action_of(parent, SIGCHLD);

	return disposition_of(action) == TRACER_IGNORE || READ(action, sa.sa_flags) & SA_NOCLDWAIT;
}

/* Whether the kernel is to reap it whoever is its parent, since it was created so (CLONE_AUTOREAP, Linux 7.1). */
static __always_inline int reaps_itself(struct task_struct *leader)
{
	struct signal_struct *signal = READ(leader, signal);

	return bpf_core_field_exists(signal->autoreap) && BPF_CORE_READ_BITFIELD_PROBED(signal, autoreap);
}

/* do_notify_parent: whatever it was created to send, a parent that has executed a program since gets SIGCHLD. */
static __always_inline int sends_sigchld(struct task_struct *leader, struct task_struct *parent)
{
	return READ(leader, exit_signal) == SIGCHLD ||
	       READ(leader, parent_exec_id) != READ(parent, self_exec_id);
}

/* Whether nobody is to wait for a process that ends: by its own creation, or as its parent does not want to know. */
static __always_inline int is_unwanted(struct task_struct *leader)
{
	struct task_struct *parent = READ(leader, real_parent);

	return reaps_itself(leader) || (sends_sigchld(leader, parent) && ignores_children(parent));
}

/* Reports the end of a process that is known by its death alone. */
static __always_inline void report_reaped(struct death *d, __s32 pid, __u32 flags)
{
	struct release_record *r = reserve(TRACER_RELEASE, sizeof(*r));

	if (!r)
		return;
	fill(&r->header, bpf_get_current_task_btf(), TRACER_RELEASE, flags);
	r->header.start = d->start;
	r->header.tid = r->header.pid = pid;
	submit(r);
}

#define MAX_ANCESTORS 512

/* The search for who inherits the children of a process. */
struct search {
	struct task_struct *ancestor, *init, *reaper;
	__u32 level;
};

static long search_one(__u32 i, struct search *s)
{
	struct task_struct *ancestor = s->ancestor;
	struct signal_struct *signal;

	s->ancestor = ancestor = READ(ancestor, real_parent);
	if (!ancestor || ancestor == s->init || namespace_level(ancestor) != s->level)
		return 1;
	signal = READ(ancestor, signal);
	if (!BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper) || READ(signal, live.counter) <= 0)
		return 0;
	s->reaper = ancestor;
	return 1;
}

/* find_new_reaper in kernel/exit.c: the nearest living subreaper above, else the init of the PID namespace. 0 when p is
 * that init. */
static __always_inline struct task_struct *reaper_of(struct task_struct *p, struct signal_struct *signal)
{
	struct pid *pid = READ(p, thread_pid);
	__u32 level = READ(pid, level);
	struct pid_namespace *ns = 0;
	struct task_struct *init;
	struct search s = {.ancestor = p, .level = level};

	if (level)
		bpf_probe_read_kernel(&ns, sizeof(ns), upid_at_level(pid, level) + bpf_core_field_offset(struct upid, ns));
	else
		ns = READ(pid, numbers[0].ns);
	s.reaper = s.init = init = READ(ns, child_reaper);
	if (READ(init, tgid) == p->tgid)
		return 0;
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper))
		bpf_loop(MAX_ANCESTORS, search_one, &s, 0);
	return s.reaper;
}

/* A search for children in the tasks of a process. */
struct children_search {
	__u64 head, entry; /* addresses: of the list of tasks that have not been released, of the next thread_node */
	int found;
};

static long look_for_children(__u32 i, struct children_search *s)
{
	struct task_struct *task = (void *)(s->entry - bpf_core_field_offset(struct task_struct, thread_node));

	if (!s->entry || s->entry == s->head)
		return 1;
	s->entry = (__u64)READ(task, thread_node.next);
	s->found = has_children_of_its_own(task);
	return s->found;
}

/* Whether the process of p, its last task that ends, has children. Each task has those that it made, or was handed by
 * one that had ended before, and other tasks of the process may be about to hand on theirs (forget_original_parent). */
static __always_inline int has_children(struct task_struct *p, struct signal_struct *signal)
{
	struct children_search s = {.head = (__u64)signal + bpf_core_field_offset(struct signal_struct, thread_head)};

	if (READ(signal, nr_threads) == 1) /* p alone is in the list */
		return has_children_of_its_own(p);
	s.entry = (__u64)READ(signal, thread_head.next);
	bpf_loop(MAX_TASKS, look_for_children, &s, 0);
	return s.found;
}

/* The part of an exit that only the last task of a process has. */
static __always_inline __u32 end_of_process(struct exit_record *r, struct task_struct *reaper,
	struct task_struct *leader)
{
	r->status = group_status(leader);
	if (!reaper)
		return 0;
	r->reaper = READ(reaper, tgid);
	return ignores_children(reaper) ? TRACER_REAPER_IGNORES : 0;
}

#define MANY_PAGES 4096 /* which take the kernel milliseconds to release */

/* Whether a process that ends may become a zombie only well after, of which a SIGCHLD will tell. The init of a PID
 * namespace first waits until all others there have been reaped (zap_pid_ns_processes in kernel/pid_namespace.c). And
 * since Linux 6.17 the memory is still there. One for which nobody will wait is taken for gone at once: nothing tells
 * of it before its task is freed. */
static __always_inline int ends_slowly(struct task_struct *current, struct task_struct *leader, __u32 flags)
{
	if (flags & TRACER_AUTO_REAP || !sends_sigchld(leader, READ(leader, real_parent)))
		return 0;
	return ends_namespace(current) || (READ(current, mm) && READ(leader, signal, maxrss) >= MANY_PAGES);
}

/* What becomes of the process of the current task, its last: flags of its exit. A debugger that exits lets go of it.
 * Global, so that the kernel verifies it once (do_check_subprogs), and what comes after it not for each path. */
__attribute__((noinline)) __u32 fate(void)
{
	struct task_struct *current = bpf_get_current_task_btf(), *leader = READ(current, group_leader);
	/* mark_oom_victim in mm/oom_kill.c, when the SIGKILL has been sent */
	__u32 flags = TRACER_GROUP_DEAD | (READ(leader, signal, oom_mm) ? TRACER_OUT_OF_MEMORY : 0);
	int debugged = READ(leader, ptrace) && !(READ(leader, parent, flags) & PF_EXITING);

	if (debugged && READ(leader, parent, tgid) != parent_of(leader))
		flags |= TRACER_DEBUGGED;
	if ((!debugged || flags & TRACER_DEBUGGED) && is_unwanted(leader))
		flags |= TRACER_AUTO_REAP | (reaps_itself(leader) ? TRACER_ASKED : 0);
	return ends_slowly(current, leader, flags) ? flags | TRACER_UNWAITABLE : flags;
}

/* Reports the exit of the current task. ended: how many of the traced tasks that were counted ended so. The count falls
 * when the record has its place, and before it can be read. Global, likewise. */
__attribute__((noinline)) int report_exit(__u32 flags, int ended)
{
	struct task_struct *p = bpf_get_current_task_btf(), *leader = READ(p, group_leader);
	struct signal_struct *signal = READ(p, signal);
	int group_dead = flags & TRACER_GROUP_DEAD, others = group_dead && had_others(signal);
	struct task_struct *reaper = group_dead ? reaper_of(p, signal) : 0;
	struct process_exit_record *whole;
	struct handing_exit_record *handing;
	struct exit_record *r;

	if (group_dead && has_children(p, signal)) {
		flags |= TRACER_HAS_CHILDREN;
		handing = reserve(TRACER_EXIT, sizeof(*handing));
		if (handing) {
			__builtin_memset(handing->reaper_comm, 0, sizeof(handing->reaper_comm));
			BPF_CORE_READ_STR_INTO(&handing->reaper_comm, reaper, group_leader, comm);
			__builtin_memset(&handing->whole.process, 0, sizeof(handing->whole.process));
			if (others)
				fill_process_cost(&handing->whole, signal);
		}
		r = handing ? &handing->whole.exit : 0;
	} else if (others) {
		whole = reserve(TRACER_EXIT, sizeof(*whole));
		if (whole)
			fill_process_cost(whole, signal);
		r = whole ? &whole->exit : 0;
	} else {
		r = reserve(TRACER_EXIT, sizeof(*r));
	}
	__sync_fetch_and_add(&live, -ended);
	if (!r)
		return 0;
	fill_cost(r, p, signal, group_dead);
	r->status = p->exit_code;
	r->reaper = 0;
	r->debugger = flags & TRACER_DEBUGGED ? READ(leader, parent, tgid) : 0;
	r->parent = parent_of(leader);
	copy_comm(r->comm, p);
	if (group_dead)
		flags |= end_of_process(r, reaper, leader);
	fill(&r->header, p, TRACER_EXIT, flags);
	submit(r);
	return 0;
}

#define MAX_DEBUGGED 65536

/* The processes that a task debugs. */
struct debugged_search {
	__u64 head, entry; /* addresses: of the list, of the next ptrace_entry */
};

static long leave_debugger(__u32 i, struct debugged_search *s)
{
	struct task_struct *leader = (void *)(s->entry - bpf_core_field_offset(struct task_struct, ptrace_entry));
	__s32 pid = BPF_CORE_READ(leader, tgid);
	struct death *d = bpf_map_lookup_elem(&dead, &pid);

	if (s->entry == s->head)
		return 1;
	s->entry = (__u64)BPF_CORE_READ(leader, ptrace_entry.next);
	if (!d || d->task != (__u64)leader || !is_unwanted(leader))
		return 0;
	report_reaped(d, pid, TRACER_AUTO_REAP);
	unlist_dead(pid);
	return 0;
}

/* A debugger that ends has the parents of the dead told of their end, and who does not want to know leaves no zombie
 * (__ptrace_detach in kernel/ptrace.c). It is told before the exit of the debugger, which may be the last event. */
static __always_inline void leave_debuggers(struct task_struct *p)
{
	struct debugged_search s = {.head = (__u64)p + bpf_core_field_offset(struct task_struct, ptraced)};

	if (reaping_seen)
		return;
	s.entry = (__u64)READ(p, ptraced.next);
	if (s.entry != s.head)
		bpf_loop(MAX_DEBUGGED, leave_debugger, &s, 0);
}

/* A sweep over the dead: those that were reaped by what the programs do not see. */
struct sweep {
	int at_once; /* do not give a wait that has reaped just now the time to return */
};

static long sweep_one(void *map, __s32 *pid, struct death *d, struct sweep *s)
{
	if (d->unwanted || !is_gone(d))
		return 0;
	if (d->missed || s->at_once)
		report_reaped(d, *pid, TRACER_UNKNOWN);
	if (d->missed && !s->at_once)
		unlist_dead(*pid);
	else
		d->missed = 1;
	return 0;
}

/* Run by user space, now and then: a process that was reaped unseen is told of at the second time. Its release can go
 * unseen, too. */
SEC("syscall") TELLS("release")
int sweep_dead(void *unused)
{
	struct sweep s = {};

	if (listed)
		bpf_for_each_map_elem(&dead, sweep_one, &s, 0);
	return 0;
}

/* Before the last exit, so that it is part of the trace which zombies are left, and what listeners have dropped: the
 * task closes them after its exit. */
static __always_inline void sweep_at_the_end(void)
{
	struct sweep s = {.at_once = 1};
	__s64 before = __sync_fetch_and_add(&staying, -1);

	if (before != 1)
		return;
	bpf_for_each_map_elem(&listeners, tell_dropped, 0, 0);
	if (listed)
		bpf_for_each_map_elem(&dead, sweep_one, &s, 0);
}

/* Whether nobody of a process comes here after p, of which the kernel says so. It counts a task out well before
 * (do_exit in kernel/exit.c), and who is counted out last need not come last: of a process with a count of our own,
 * that decides; of another, which a snapshot has met, the first of whom it is said. */
static __always_inline int is_last_to_exit(struct task_struct *p, struct task_state *process, int said)
{
	if (process && process->to_exit)
		return __sync_fetch_and_add(&process->to_exit, -1) == 1 && READ(p, signal, live.counter) == 0;
	return said && !(process && process->ended & TRACER_GROUP_ENDED);
}

static __always_inline int exited(struct task_struct *p, int said_to_be_last)
{
	struct task_struct *leader = leader_of(p);
	struct task_state *t = bpf_task_storage_get(&tasks, p, 0, 0), *of_leader = t, *process;
	int group_dead;
	__u32 flags;

	leave_debuggers(p);
	if (stall_limit)
		end_held();
	if (t && t->failing)
		end_runs(t);
	if (t)
		sweep_at_the_end();
	if (p != leader)
		of_leader = bpf_task_storage_get(&tasks, leader, 0, 0);
	group_dead = is_last_to_exit(p, of_leader, said_to_be_last);
	/* Told of as part of its process's end */
	if (t && !group_dead && of_leader && of_leader->ended & TRACER_GROUP_ENDED) {
		t->ended |= TRACER_TASK_ENDED;
		__sync_fetch_and_add(&live, -1);
		return 0;
	}
	process = of_leader && group_dead ? of_leader : t;
	if (!process)
		return 0;
	flags = group_dead ? fate() : 0;
	if (group_dead) {
		leaves(p, process);
		process->ended |= TRACER_GROUP_ENDED;
		if (!of_leader || of_leader->root) /* tracer reaps that */
			flags &= ~TRACER_UNWAITABLE;
		else if (flags & TRACER_UNWAITABLE)
			of_leader->ended |= TRACER_ENDS_SLOWLY;
		list_dead(leader, of_leader, flags & TRACER_AUTO_REAP);
	}
	if (t)
		t->ended |= TRACER_TASK_ENDED;
	/* Else a snapshot knows its process and has not met this task yet */
	report_exit(flags | ((t ? t : process)->root ? TRACER_ROOT : 0), !!t);
	if (group_dead && t)
		closed_by_exit(p);
	return 0;
}

SEC("tp_btf/sched_process_exit") TELLS("exit release close fail listen_drop hold let_go")
int BPF_PROG(process_exit, struct task_struct *p, bool group_dead)
{
	return exited(p, group_dead);
}

SEC("tp/sched/sched_process_exit") TELLS("exit release close fail listen_drop hold let_go")
int process_exit_unpreempted(struct trace_event_raw_sched_process_exit *ctx)
{
	return exited(bpf_get_current_task_btf(), ctx->group_dead);
}

/* For kernels before 6.17, whose tracepoint does not say whether the group is dead. */
SEC("tp_btf/sched_process_exit") TELLS("exit release close fail listen_drop hold let_go")
int BPF_PROG(process_exit_by_count, struct task_struct *p)
{
	return exited(p, p->signal->live.counter == 0);
}

/* Reports the release of a process, unless a wait named it or the reaping itself was reported. */
static __always_inline void report_release(struct task_struct *leader, struct task_state *t)
{
	__s32 pid = leader->pid;
	struct death *found;

	if (reaping_seen) {
		if (!(t->ended & TRACER_RELEASED))
			report(leader, TRACER_RELEASE, 0);
		return;
	}
	found = bpf_map_lookup_elem(&dead, &pid);
	if (found && found->start == leader->start_boottime) {
		report(leader, TRACER_RELEASE, found->unwanted ? TRACER_AUTO_REAP : 0);
		unlist_dead(pid);
	} else if (t->unlisted) {
		report(leader, TRACER_RELEASE, 0);
	}
}

/* After an RCU grace period, on any CPU. Reported only when nothing has told who reaped this process: the kernel did,
 * or a call that cannot be seen. And when not even its exit was: it began before a snapshot met the task. */
SEC("tp_btf/sched_process_free") TELLS("release close")
int BPF_PROG(process_free, struct task_struct *p)
{
	struct task_state *t = bpf_task_storage_get(&tasks, p, 0, 0);

	if (!t)
		return 0;
	if (t->closing)
		report_unix_close(p, t);
	if (!(t->ended & TRACER_TASK_ENDED))
		count_tasks(-1);
	if (!t->ended)
		report(p, TRACER_RELEASE, 0);
	else if (p->pid == p->tgid)
		report_release(p, t);
	return 0;
}
