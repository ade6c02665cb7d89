/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Coroutines: uprobes in the runtimes that schedule them. The kernel knows of no coroutine, so each runtime is asked
 * where it makes, switches and ends one. A uprobe is a matter of the file, whoever runs it; only tasks of the traced
 * set are reported.
 */

#define MOST_GO_PROGRAMS 16

/* What user space says of the Go programs that are probed. Each has a number, the cookie of its uprobe. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MOST_GO_PROGRAMS);
	__type(key, __u32);
	__type(value, struct goroutine_layout);
} goroutine_layouts SEC(".maps");

volatile __u32 report_carriers = 0; /* also each time that a thread takes up a goroutine, or lets go of one */

/* Goroutines of Go's runtime itself, by their function: runtime.NumGoroutine leaves them out, too. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, struct go_function);
	__type(value, __u8);
} runtime_functions SEC(".maps");

struct coroutine_fact {
	__u64 id;
	__u64 partner;
	__u64 object; /* what the runtime's own language has of it; 0: nothing that is read */
	__u8 kind;
	__u8 runtime;
	__u8 how;
};

/* CPython's struct _object and _typeobject (Include/object.h, Include/cpython/object.h), the same from 3.8 to 3.14
 * where the interpreter has its lock. Without it the type lies elsewhere, and what is at its place is no address. */
#define PYTHON_TYPE 8
#define PYTHON_TYPE_NAME 24

static __always_inline void read_class(char class[TRACER_CLASS], __u64 object)
{
	__u64 at = 0;

	class[0] = 0;
	if (!object || bpf_probe_read_user(&at, sizeof(at), (void *)object + PYTHON_TYPE) || !at)
		return;
	if (bpf_probe_read_user(&at, sizeof(at), (void *)at + PYTHON_TYPE_NAME) || !at)
		return;
	if (bpf_probe_read_user_str(class, TRACER_CLASS, (void *)at) < 0)
		class[0] = 0;
}

static __always_inline int report_spawn(struct task_struct *current, struct task_state *t, struct coroutine_fact *f)
{
	struct spawn_record *r = reserve(TRACER_SPAWN, sizeof(*r));

	if (!r)
		return 0;
	fill(&r->header, current, TRACER_SPAWN, t->root ? TRACER_ROOT : 0);
	r->header.runtime = f->runtime;
	r->id = f->id;
	r->creator = f->partner;
	read_class(r->class, f->object);
	submit(r);
	return 0;
}

static __always_inline int report_coroutine(struct task_struct *current, struct task_state *t, struct coroutine_fact *f)
{
	struct coroutine_record *r;

	if (f->kind == TRACER_SPAWN)
		return report_spawn(current, t, f);
	if (f->kind == TRACER_SWITCH && f->runtime != TRACER_GOROUTINE) /* its scheduler gives the others a thread */
		next_turn(current, t);
	r = reserve(f->kind, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->header, current, f->kind, t->root ? TRACER_ROOT : 0);
	r->header.runtime = f->runtime;
	r->header.how = f->how;
	r->id = f->id;
	r->partner = f->partner;
	submit(r);
	return 0;
}

/*
 * The bundled runtime: servers/coro says where its arguments are, on the stack above the return address.
 */
static __always_inline int bundled(struct pt_regs *ctx, __u8 kind)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct coroutine_fact f = {.kind = kind, .runtime = TRACER_CORO};
	__u64 argument[2];

	if (!t || bpf_probe_read_user(argument, sizeof(argument), (void *)STACK_POINTER(ctx) + sizeof(__u64)))
		return 0;
	f.id = argument[0];
	f.partner = argument[1];
	if (kind == TRACER_SWITCH) { /* from, to */
		f.id = argument[1];
		f.partner = argument[0];
	} else if (kind == TRACER_FINISH) { /* its own numbers of the ends begin with 0 */
		f.how = TRACER_RETURNED + (argument[1] & 3);
		f.partner = 0;
	}
	return report_coroutine(current, t, &f);
}

SEC("uprobe") TELLS("spawn")
int coro_spawn(struct pt_regs *ctx)
{
	return bundled(ctx, TRACER_SPAWN);
}

SEC("uprobe") TELLS("switch")
int coro_switch(struct pt_regs *ctx)
{
	return bundled(ctx, TRACER_SWITCH);
}

SEC("uprobe") TELLS("finish")
int coro_finish(struct pt_regs *ctx)
{
	return bundled(ctx, TRACER_FINISH);
}

/*
 * Python's greenlet: its identity is the address of the C++ object. Who has control is kept for each thread, because
 * neither a switch nor an end tells it.
 */

/* UserGreenlet::UserGreenlet(PyGreenlet *self, BorrowedGreenlet parent) */
SEC("uprobe") TELLS("spawn")
int greenlet_spawn(struct pt_regs *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct coroutine_fact f = {.kind = TRACER_SPAWN, .runtime = TRACER_GREENLET};

	if (!t)
		return 0;
	f.id = C_ARGUMENT_1(ctx);
	f.object = C_ARGUMENT_2(ctx);
	f.partner = t->coroutine;
	return report_coroutine(current, t, &f);
}

/* switchstack_result_t Greenlet::g_switchstack(): the object is the target. The result goes through a hidden first
 * argument. */
SEC("uprobe") TELLS("switch")
int greenlet_switch(struct pt_regs *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct coroutine_fact f = {.kind = TRACER_SWITCH, .runtime = TRACER_GREENLET};

	if (!t)
		return 0;
	f.id = C_THIS_OF_STRUCT(ctx);
	f.partner = t->coroutine;
	t->coroutine = f.id;
	return report_coroutine(current, t, &f);
}

/* PythonState::did_finish(PyThreadState *): with a thread state by the greenlet that ends, which is the one that has
 * control; with none by a destructor. */
SEC("uprobe") TELLS("finish")
int greenlet_finish(struct pt_regs *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct coroutine_fact f = {.kind = TRACER_FINISH, .runtime = TRACER_GREENLET};

	if (!t || !C_ARGUMENT_2(ctx))
		return 0;
	f.id = t->coroutine;
	return report_coroutine(current, t, &f);
}

/* UserGreenlet::~UserGreenlet(), the one that also frees it: whoever has ended before is not told twice, user space
 * knows. */
SEC("uprobe") TELLS("finish")
int greenlet_drop(struct pt_regs *ctx)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct task_state *t = traced(current);
	struct coroutine_fact f = {.kind = TRACER_FINISH, .runtime = TRACER_GREENLET, .how = TRACER_DROPPED};

	if (!t)
		return 0;
	f.id = C_ARGUMENT_1(ctx);
	return report_coroutine(current, t, &f);
}

/*
 * Go: each change of a goroutine's status goes through runtime.casgstatus(gp *g, old, new uint32).
 */
#define GO_RUNNABLE 1
#define GO_RUNNING 2
#define GO_WAITING 4
#define GO_DEAD 6

static __always_inline __u64 goroutine_field(__u64 g, __u32 offset)
{
	__u64 value = 0;

	if (offset)
		bpf_probe_read_user(&value, sizeof(value), (void *)g + offset);
	return value;
}

/* The kind of what a change of status means, 0 when it is nothing that is reported. */
static __always_inline __u8 goroutine_change(__u32 old, __u32 new)
{
	if (old == GO_DEAD && (new == GO_RUNNABLE || new == GO_WAITING))
		return TRACER_SPAWN;
	if (old == GO_RUNNING && new == GO_DEAD)
		return TRACER_FINISH;
	if (!report_carriers)
		return 0;
	if (old == GO_RUNNABLE && new == GO_RUNNING)
		return TRACER_SWITCH;
	return old == GO_RUNNING && (new == GO_RUNNABLE || new == GO_WAITING) ? TRACER_SWITCH : 0;
}

SEC("uprobe") TELLS("spawn switch finish")
int goroutine_status(struct pt_regs *ctx)
{
	__u8 kind = goroutine_change(GO_ARGUMENT_2(ctx), GO_ARGUMENT_3(ctx));
	struct coroutine_fact f = {.kind = kind, .runtime = TRACER_GOROUTINE};
	struct goroutine_layout *layout;
	struct go_function function;
	struct task_struct *current;
	struct task_state *t;
	__u32 program;
	__u64 g;

	if (!kind)
		return 0;
	current = bpf_get_current_task_btf();
	t = traced(current);
	if (!t)
		return 0;
	program = bpf_get_attach_cookie(ctx);
	layout = bpf_map_lookup_elem(&goroutine_layouts, &program);
	if (!layout)
		return 0;
	g = GO_ARGUMENT_1(ctx);
	/* The executable may lie elsewhere than its file says: by as much as this very function does. */
	function.address = goroutine_field(g, layout->startpc) - (INSTRUCTION_POINTER(ctx) - layout->casgstatus);
	function.program = program;
	if (bpf_map_lookup_elem(&runtime_functions, &function))
		return 0;
	f.id = layout->goid ? goroutine_field(g, layout->goid) : g;
	if (kind == TRACER_SPAWN) {
		f.partner = goroutine_field(g, layout->parent_goid);
	} else if (kind == TRACER_SWITCH) {
		f.partner = t->coroutine;
		if (GO_ARGUMENT_2(ctx) == GO_RUNNING) /* the scheduler takes over */
			f.id = 0;
		t->coroutine = f.id;
	}
	return report_coroutine(current, t, &f);
}
