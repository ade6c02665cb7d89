/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * System calls that fail. A program that asks again at once fails a million times a second, so what is told are runs:
 * calls of one task that do the same and fail in the same way, without one between that succeeds or fails in another.
 * The first is told, and how many there were when that is over: with the next call that is otherwise, with the end of
 * the task, or of the trace.
 */

/* The runs that are not over. One for which there is no room is told call by call. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct run_key);
	__type(value, struct run);
} runs SEC(".maps");

/* Who asks for one thing after another, as execvp does along PATH, begins a run with each. Of who does not stop at this
 * number the next run is of whatever they are. */
#define MAX_CHANGES 64
#define ANY_OBJECT 0

/* Global, so that the kernel verifies it once (do_check_subprogs in kernel/bpf/verifier.c), not on each path that leads
 * to it. */
__attribute__((noinline)) int report_run(struct run *run, __u64 time)
{
	struct fail_record *r;

	if (!run)
		return 0;
	r = reserve(TRACER_FAIL, sizeof(*r));
	if (!r)
		return 0;
	__builtin_memcpy(r, &run->record, sizeof(*r));
	r->header.time = time;
	submit(r);
	return 0;
}

/* Tells how many calls a run had. Of a single one all is told. */
static __always_inline void end_run(struct run *run)
{
	if (run->record.count > 1)
		report_run(run, bpf_ktime_get_boot_ns());
}

/* Whether a call that returned this has failed and user space sees it, and how is not told yet: then fresh is what to
 * tell of it, but for what it was about. */
static __always_inline int fails(struct task_struct *current, struct task_state *t, __u32 doing, __u32 call,
	long result, __u64 object, struct run *fresh)
{
	struct run_key key = {(__u64)current, doing};
	struct run *before = 0;

	if (result == -EINTR || (result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK))
		return 0;
	if (t->failing & 1 << doing)
		before = bpf_map_lookup_elem(&runs, &key);
	if (before && before->record.call == call && before->record.error == -result &&
	    (before->object == object || before->changes >= MAX_CHANGES)) {
		before->record.count++;
		return 0;
	}
	fresh->object = object;
	if (before) {
		end_run(before);
		fresh->changes = before->changes + 1;
		if (fresh->changes >= MAX_CHANGES)
			fresh->object = ANY_OBJECT;
	}
	fill(&fresh->record.header, current, TRACER_FAIL, t->root ? TRACER_ROOT : 0);
	fresh->record.count = 1;
	fresh->record.call = call;
	fresh->record.error = -result;
	return 1;
}

static __always_inline void begin_run(struct task_struct *current, struct task_state *t, __u32 doing, struct run *run)
{
	struct run_key key = {(__u64)current, doing};

	if (!bpf_map_update_elem(&runs, &key, run, BPF_ANY))
		t->failing |= 1 << doing;
	report_run(run, run->record.header.time);
}

/* Of the current task. Global, likewise. */
__attribute__((noinline)) int end_run_of(__u32 doing)
{
	struct run_key key = {bpf_get_current_task(), doing};
	struct run *run = bpf_map_lookup_elem(&runs, &key);

	if (run)
		end_run(run);
	bpf_map_delete_elem(&runs, &key);
	return 0;
}

/* Such a call of the current task, whose state is t, has succeeded. */
static __always_inline void succeeds(struct task_state *t, __u32 doing)
{
	if (!(t->failing & 1 << doing))
		return;
	t->failing &= ~(1 << doing);
	end_run_of(doing);
}

/* The current task ends. */
static __always_inline void end_runs(struct task_state *t)
{
#pragma unroll /* Linux 6.1 takes some loops for endless */
	for (int doing = 0; doing < TRACER_DOINGS; doing++)
		succeeds(t, doing);
}

/* A number for a path or an address, by which it is told from others. */
static __always_inline __u64 number_of(const char *path)
{
	const __u64 *words = (const __u64 *)path;
	__u64 number = 0xcbf29ce484222325;

#pragma unroll
	for (int i = 0; i < TRACER_PATH / 8; i++)
		number = (number ^ words[i]) * 0x100000001b3;
	return number | 1;
}

static long tell_run(void *map, struct run_key *key, struct run *run, void *unused)
{
	end_run(run);
	bpf_map_delete_elem(map, key);
	return 0;
}

/* Run by user space, when the trace is to end and tasks go on. */
SEC("syscall") TELLS("fail")
int end_all_runs(void *unused)
{
	bpf_for_each_map_elem(&runs, tell_run, 0, 0);
	return 0;
}
