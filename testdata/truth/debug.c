/* Debuggers: whoever traces a process with ptrace(2) is told of its end before its parent is, and reaps nothing. */
#include "truth.h"
#include <sys/ptrace.h>

/* A child that ends with the code when the gate lets it pass, and that anybody may debug. */
static pid_t patient(int gate, int code)
{
	pid_t child = start();
	if (child == 0) {
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* where Yama is strict; elsewhere it fails */
		gate_pass(gate);
		_exit(code);
	}
	return child;
}

static void seize(pid_t patient, int gate)
{
	if (ptrace(PTRACE_SEIZE, patient, 0, 0) == -1)
		skip("this user may not debug");
	gate_open(gate, 1);
}

/* A child that debugs the patient, lets it go on, and waits for its end. */
static pid_t debugger(pid_t patient, int gate, int code)
{
	pid_t child = start();
	if (child == 0) {
		int status;
		on_sigchld(SIG_DFL, 0);
		seize(patient, gate);
		must(waitpid(patient, &status, __WALL) == patient && WEXITSTATUS(status) == code);
		must(waitpid(patient, NULL, __WALL) == -1 && errno == ECHILD);
		_exit(0);
	}
	return child;
}

/* Blocks until a debugged child is dead: nothing tells its parent, but its state does. */
static void dead_unnoticed(pid_t child)
{
	for (double end = now_ms() + PATIENCE_MS;;) {
		char path[64], state = 0;
		snprintf(path, sizeof path, "/proc/%d/stat", child);
		FILE *f = fopen(path, "r");
		must(f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && fclose(f) == 0);
		must(now_ms() < end);
		if (state == 'Z')
			return;
		sched_yield();
	}
}

/* Catches: the wait of a debugger taken for the reaping. Its parent can still wait for the dead. */
static void debugger_waits_first(void)
{
	int gate = gate_new();
	pid_t child = patient(gate, 5), other = debugger(child, gate, 5);
	dead(other);
	dead(child);
	must(WEXITSTATUS(reap(child)) == 5 && WEXITSTATUS(reap(other)) == 0);
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"debugger\": %d, \"flags\": [\"group_dead\", \"debugged\"]",
		child, other);
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"debugger\": null", other);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1, [5] = 1 }, .zombies_peak = 2,
		.reaped_by_parent = 2,
		.sigchld_ignored = 3 /* the debugger is told of the patient, too */, .waits_no_child = 1, .tree_depth = 1 });
}

/* Catches: a zombie for ever, or none at all. The parent does not want to know, so the kernel reaps when the debugger
 * has seen. */
static void debugged_and_ignored(void)
{
	on_sigchld(SIG_IGN, 0);
	int gate = gate_new();
	pid_t child = patient(gate, 5), other = debugger(child, gate, 5);
	vanished(other);
	vanished(child);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1, [5] = 1 }, .zombies_peak = UNKNOWN,
		.auto_reaped = 1, .zombies_dropped = 1,
		.sigchld_ignored = 1, .waits_no_child = UNKNOWN, .tree_depth = 1 });
}

/* Catches: the same when the debugger ends without a wait. */
static void debugger_ends(void)
{
	on_sigchld(SIG_IGN, 0);
	int gate = gate_new(), leave = gate_new();
	pid_t child = patient(gate, 5), other = start();
	if (other == 0) {
		seize(child, gate);
		gate_pass(leave);
		_exit(0);
	}
	dead_unnoticed(child);
	gate_open(leave, 1);
	vanished(other);
	vanished(child);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1, [5] = 1 }, .zombies_peak = UNKNOWN,
		.auto_reaped = 1, .zombies_dropped = 1,
		.sigchld_ignored = 1, .waits_no_child = UNKNOWN, .tree_depth = 1 });
}

/* Catches: what the parent wanted to know when its child ended taken for what it wants when it is told. */
static void ignored_later(void)
{
	int status, gate = gate_new(), look = gate_new();
	pid_t child = patient(gate, 5), other = start();
	if (other == 0) {
		seize(child, gate);
		gate_pass(look);
		must(waitpid(child, &status, __WALL) == child && WEXITSTATUS(status) == 5);
		_exit(0);
	}
	dead_unnoticed(child);
	on_sigchld(SIG_IGN, 0);
	gate_open(look, 1);
	vanished(other);
	vanished(child);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1, [5] = 1 }, .zombies_peak = 1,
		.auto_reaped = 1, .zombies_dropped = 1,
		.sigchld_ignored = 1, .waits_no_child = UNKNOWN, .tree_depth = 1 });
}

/* Catches: a zombie whose parent ends, and whose adopter does not want to know, taken for gone while its debugger still
 * has it. */
static void parent_ends_first(void)
{
	enum { HELD_MS = 20 };
	on_sigchld(SIG_IGN, 0);
	be_subreaper();
	pid_t *child = shared(sizeof *child);
	int gate = gate_new(), made = gate_new(), look = gate_new(), leave = gate_new();
	pid_t parent = start();
	if (parent == 0) {
		*child = patient(gate, 5);
		gate_open(made, 1);
		gate_pass(leave);
		_exit(0);
	}
	gate_pass(made);
	double before = now_ms();
	pid_t other = start();
	if (other == 0) {
		int status;
		seize(*child, gate);
		gate_pass(look);
		must(waitpid(*child, &status, __WALL) == *child && WEXITSTATUS(status) == 5);
		_exit(0);
	}
	dead_unnoticed(*child);
	gate_open(leave, 1);
	vanished(parent);
	for (double end = now_ms() + HELD_MS; now_ms() < end;)
		sched_yield();
	gate_open(look, 1);
	vanished(other);
	vanished(*child);
	double most = now_ms() - before;
	tell((struct truth){ .processes_created = 3, .exit_codes = { [0] = 2, [5] = 1 }, .zombies_peak = 1,
		.zombie_ms_total = { HELD_MS, most }, .zombie_ms_max = { HELD_MS, most },
		.auto_reaped = 2, .zombies_dropped = 1, .reparented = 1,
		.sigchld_ignored = 1, .waits_no_child = UNKNOWN, .tree_depth = 2 });
}

/* Catches: the stop of a debugged child taken for its end: its parent debugs it, and its waits do not ask for stops. */
static void parent_debugs(void)
{
	int status;
	pid_t child = start();
	if (child == 0) {
		must(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
		raise(SIGSTOP);
		_exit(4);
	}
	must(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	must(ptrace(PTRACE_CONT, child, 0, 0) == 0);
	dead(child);
	must(WEXITSTATUS(reap(child)) == 4);
	expect_events(1, "\"kind\": \"wait\", \"child\": %d, \"flags\": [\"root\", \"stopped\"]", child);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [4] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 2, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "debugger-waits-first", debugger_waits_first }, { "debugged-and-ignored", debugged_and_ignored },
		{ "debugger-ends", debugger_ends }, { "ignored-later", ignored_later },
		{ "parent-ends-first", parent_ends_first }, { "parent-debugs", parent_debugs }, { 0 },
	};
	return run_case("debug", cases, argc, argv);
}
