/* Parents that end before their children: who inherits them, who is signalled, who reaps. */
#include "truth.h"
#include <poll.h>

/* A descriptor that becomes readable when this process is dead and its children have been handed on. */
static int own_life(void)
{
	int life = syscall(SYS_pidfd_open, getpid(), 0);
	must(life >= 0);
	return life;
}

static void outlive(int life)
{
	struct pollfd p = { .fd = life, .events = POLLIN };
	must(poll(&p, 1, PATIENCE_MS) == 1);
}

/* A child that makes a grandchild which waits at the gate and ends with 2, and then ends itself with 1. */
static pid_t short_lived_parent(int gate, pid_t *grandchild)
{
	pid_t middle = start();
	if (middle == 0) {
		*grandchild = waiting_child(gate, 2);
		_exit(1);
	}
	dead(middle);
	return middle;
}

#define TWO .processes_created = 2, .exit_codes = { [1] = 1, [2] = 1 }, .tree_depth = 2

/* Catches: a live orphan that a subreaper inherits, and reaps: it is no parent's reaping. */
static void live_child(void)
{
	int gate = gate_new();
	pid_t *grandchild = shared(sizeof *grandchild);
	be_subreaper();
	must(WEXITSTATUS(reap(short_lived_parent(gate, grandchild))) == 1);
	gate_open(gate, 1);
	must(WEXITSTATUS(reap(*grandchild)) == 2);
	expect_findings(0, "\"id\": \"reaped_adopted\"");
	tell((struct truth){ TWO, .zombies_peak = 1, .reaped_by_parent = 1, .reaped_by_other = 1, .reparented = 1,
		.sigchld_ignored = 2 });
}

/* Catches: the status of an orphan that who adopted it gets by a wait for any child, and can take for a child's. */
static void any_child(void)
{
	int gate = gate_new(), status;
	pid_t *grandchild = shared(sizeof *grandchild);
	be_subreaper();
	pid_t middle = short_lived_parent(gate, grandchild);
	must(wait(&status) == middle);
	gate_open(gate, 1);
	must(wait(&status) == *grandchild && WEXITSTATUS(status) == 2);
	expect_findings(1, "\"id\": \"reaped_adopted\"");
	expect_findings(1, "\"id\": \"reaped_adopted\", \"pid\": %d, \"processes\": 1, \"first\": %d, \"status\": %d, "
		"\"former\": %d, \"tasks\": [%d]", getpid(), *grandchild, 2 << 8, middle, *grandchild);
	tell((struct truth){ TWO, .zombies_peak = 1, .reaped_by_parent = 1, .reaped_by_other = 1, .reparented = 1,
		.sigchld_ignored = 2 });
}

/* Two generations of dead: the grandchild first, which nobody has waited for when its parent ends. */
static pid_t neglectful_parent(pid_t *grandchild)
{
	pid_t middle = start();
	if (middle == 0) {
		on_sigchld(SIG_DFL, 0);
		dead(*grandchild = dying_child(2));
		_exit(1);
	}
	return middle;
}

/* Catches: a zombie that changes hands. It signals twice, its parent at first, then the one who inherits it. */
static void dead_child(void)
{
	pid_t *grandchild = shared(sizeof *grandchild);
	be_subreaper();
	pid_t middle = neglectful_parent(grandchild);
	dead(middle);
	reap(*grandchild);
	reap(middle);
	tell((struct truth){ TWO, .zombies_peak = 2, .reaped_by_parent = 1, .reaped_by_other = 1, .reparented = 1,
		.sigchld_ignored = 3 });
}

/* Catches: a zombie inherited by one who ignores SIGCHLD: the kernel drops it at that moment. */
static void dead_child_ignored(void)
{
	pid_t *grandchild = shared(sizeof *grandchild);
	be_subreaper();
	on_sigchld(SIG_IGN, 0);
	pid_t middle = neglectful_parent(grandchild);
	vanished(middle);
	released(middle);
	released(*grandchild);
	tell((struct truth){ TWO, .zombies_peak = 1, .auto_reaped = 1, .zombies_dropped = 1, .reparented = 1,
		.sigchld_ignored = 1 });
}

/* Catches: children in plenty that change hands at once: live ones and dead ones, of three kinds of exit signal. What
 * a child was born with no longer counts, its new parent is sent SIGCHLD. */
static void many_children(void)
{
	int gate = gate_new();
	be_subreaper();
	pid_t middle = start();
	if (middle == 0) {
		for (int i = 0; i < 5; i++)
			dead(dying_child(0));
		for (int i = 0; i < 4; i++)
			waiting_child(gate, 0);
		for (int i = 0; i < 2; i++)
			if (syscall(SYS_clone, i == 0 ? 0 : SIGUSR1, NULL, NULL, NULL, NULL) == 0) {
				gate_pass(gate);
				_exit(0);
			}
		_exit(1);
	}
	dead(middle); /* 5 ignored by the middle, 5 again by the root, 1 for the middle itself */
	gate_open(gate, 6);
	for (int i = 0; i < 12; i++) /* all are found without __WALL: their exit signal is SIGCHLD now */
		must(wait(NULL) > 0);
	tell((struct truth){ .processes_created = 12, .exit_codes = { [0] = 11, [1] = 1 }, .zombies_peak = UNKNOWN,
		.reaped_by_parent = 1, .reaped_by_other = 11, .reparented = 11, .sigchld_ignored = 17, .tree_depth = 2 });
}

/* Catches: an orphan that init reaps, outside of the traced set, in its own time. */
static void double_fork(void)
{
	int gate = gate_new();
	pid_t *grandchild = shared(sizeof *grandchild);
	reap(short_lived_parent(gate, grandchild));
	gate_open(gate, 1);
	released(*grandchild);
	tell((struct truth){ TWO, .zombies_peak = 1, .reaped_by_parent = 1, .reaped_by_other = 1, .reparented = 1,
		.sigchld_ignored = 1 });
}

/* Catches: orphans that init has reaped by the end of the trace, and that pass for zombies. No program may have seen
 * it: init's waits are hidden in some sandboxes, and so is the end of a task that is freed in a thread of init's. */
static void many_to_init(void)
{
	enum { ORPHANS = 100 };
	int gate = gate_new();
	pid_t *grandchild = shared(ORPHANS * sizeof *grandchild);
	for (int i = 0; i < ORPHANS; i++)
		reap(short_lived_parent(gate, &grandchild[i]));
	gate_open(gate, ORPHANS);
	for (int i = 0; i < ORPHANS; i++)
		released(grandchild[i]);
	tell((struct truth){ .processes_created = 2 * ORPHANS, .exit_codes = { [1] = ORPHANS, [2] = ORPHANS },
		.zombies_peak = UNKNOWN,
		.reaped_by_parent = ORPHANS, .reaped_by_other = ORPHANS, .reparented = ORPHANS, .sigchld_ignored = ORPHANS,
			.tree_depth = 2 });
}

/* Catches: the daemon's double fork: the grandchild outlives everyone, and nobody is left to see it reaped. */
static void daemon_left(void)
{
	int life = own_life();
	pid_t middle = start();
	if (middle == 0) {
		if (start() == 0) {
			outlive(life);
			_exit(2);
		}
		_exit(1);
	}
	reap(middle);
	tell((struct truth){ TWO, .zombies_peak = 1, .zombies_left = 1, .reaped_by_parent = 1, .reparented = 1,
		.sigchld_ignored = 1 });
}

/* Catches: an orphan handed to the wrong ancestor. The nearest subreaper inherits; when that one ends, the next. */
static void nested_subreapers(void)
{
	int gate = gate_new(), root = getpid();
	pid_t *orphan = shared(sizeof *orphan);
	be_subreaper();
	pid_t inner = start();
	if (inner == 0) {
		be_subreaper();
		pid_t parent = start();
		if (parent == 0) {
			pid_t child = start();
			if (child == 0) {
				gate_pass(gate);
				_exit(getppid() == root ? 3 : 99);
			}
			*orphan = child;
			_exit(2);
		}
		reap(parent);
		must(waitpid(*orphan, NULL, WNOHANG) == 0); /* a child of mine now */
		_exit(1);
	}
	reap(inner);
	gate_open(gate, 1);
	must(WEXITSTATUS(reap(*orphan)) == 3);
	tell((struct truth){ .processes_created = 3, .exit_codes = { [1] = 1, [2] = 1, [3] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 2, .reaped_by_other = 1, .reparented = 2, .sigchld_ignored = 3, .tree_depth = 3 });
}

/* Catches: a trace that ends with the root, or forgets what the root leaves. Two dead children and a live one survive
 * it; init reaps the dead, then the live one ends, and is left. */
static void root_first(void)
{
	int life = own_life();
	pid_t zombie[2];
	for (int i = 0; i < 2; i++)
		dead(zombie[i] = dying_child(0));
	if (start() == 0) {
		outlive(life);
		released(zombie[0]);
		released(zombie[1]);
		_exit(3);
	}
	tell((struct truth){ .processes_created = 3, .exit_codes = { [0] = 2, [3] = 1 }, .zombies_peak = 2,
		.zombies_left = 1, .reaped_by_other = 2, .reparented = 3, .sigchld_ignored = 2, .tree_depth = 1 });
}

/* A line of descendants, each of which ends when its parent has. The last one opens the gate: all are there. */
static void descend(int generations, int all_there)
{
	int life = own_life();
	if (generations == 0)
		gate_open(all_there, 1);
	else if (start() == 0) {
		descend(generations - 1, all_there);
		outlive(life);
		_exit(0);
	}
}

/* Catches: the same with generations: all are there, then each ends before its child, from the root down. */
static void each_before_its_child(void)
{
	int all_there = gate_new();
	descend(5, all_there);
	gate_pass(all_there);
	tell((struct truth){ .processes_created = 5, .exit_codes = { [0] = 5 }, .zombies_peak = UNKNOWN,
		.zombies_left = UNKNOWN, .reaped_by_other = UNKNOWN, .reparented = 5, .tree_depth = 5 });
}

static void die_with_parent(int ready, int signal)
{
	must(prctl(PR_SET_PDEATHSIG, signal) == 0);
	gate_open(ready, 1);
	pause();
}

/* Catches: a child that the death of its parent kills (PR_SET_PDEATHSIG). */
static void death_signal(void)
{
	int ready = gate_new();
	pid_t *grandchild = shared(sizeof *grandchild);
	be_subreaper();
	pid_t middle = start();
	if (middle == 0) {
		pid_t child = start();
		if (child == 0)
			die_with_parent(ready, SIGTERM);
		*grandchild = child;
		gate_pass(ready);
		_exit(1);
	}
	dead(middle);
	dead(*grandchild);
	reap(middle);
	must(WTERMSIG(reap(*grandchild)) == SIGTERM);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [1] = 1 }, .exit_signals = { [SIGTERM] = 1 },
		.zombies_peak = 2, .reaped_by_parent = 1, .reaped_by_other = 1, .reparented = 1, .sigchld_ignored = 2,
		.tree_depth = 2 });
}

/* Catches: the same when the parent is the root. */
static void death_signal_of_root(void)
{
	int ready = gate_new();
	if (start() == 0)
		die_with_parent(ready, SIGKILL);
	gate_pass(ready);
	tell((struct truth){ .processes_created = 1, .exit_signals = { [SIGKILL] = 1 }, .zombies_peak = 1,
		.zombies_left = 1, .reparented = 1, .tree_depth = 1 });
}

static int is_subreaper(void)
{
	int attribute = -1;
	must(prctl(PR_GET_CHILD_SUBREAPER, &attribute) == 0);
	return attribute;
}

#define SUBREAPER "\"kind\": \"subreaper\", \"subreaper\": "

static void *set_subreaper(void *tid)
{
	be_subreaper();
	*(pid_t *)tid = gettid();
	return NULL;
}

/* Catches: an attribute that is not told when it is unset, or when another thread than the leader sets it; one that is
 * told for other calls of prctl. */
static void subreaper_set(void)
{
	pid_t other;
	be_subreaper();
	must(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0 && !is_subreaper());
	must(prctl(PR_SET_DUMPABLE, 1) == 0 && prctl(PR_SET_CHILD_SUBREAPER + 1000, 1) != 0);
	must(pthread_join(thread(set_subreaper, &other), NULL) == 0 && is_subreaper());
	expect_events(1, SUBREAPER "\"set\", \"pid\": %d, \"tid\": %d", getpid(), getpid());
	expect_events(1, SUBREAPER "\"unset\", \"pid\": %d, \"tid\": %d", getpid(), getpid());
	expect_events(1, SUBREAPER "\"set\", \"pid\": %d, \"tid\": %d", getpid(), other);
	expect_events(3, "\"kind\": \"subreaper\"");
	tell((struct truth){ .threads_created = 1, .threads_exited = 1 });
}

/* Catches: a child of a subreaper that passes for one. */
static void subreaper_not_inherited(void)
{
	be_subreaper();
	pid_t child = start();
	if (child == 0) {
		must(!is_subreaper());
		exec_exit(0);
	}
	must(reap(child) == 0);
	expect_events(1, SUBREAPER "\"set\", \"pid\": %d", getpid());
	expect_events(1, "\"kind\": \"exec\", \"subreaper\": \"unset\", \"pid\": %d", child);
	expect_events(1, "\"kind\": \"subreaper\"");
	tell((struct truth){ .processes_created = 1, .execs = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

/* Catches: a subreaper that is none any more after an exec, which the kernel does not see so. */
static void subreaper_over_exec(void)
{
	be_subreaper();
	exec_case("+subreaper-over-exec");
}

static void subreaper_after_exec(void)
{
	int gate = gate_new();
	pid_t *grandchild = shared(sizeof *grandchild), middle;
	char name[16];
	must(is_subreaper() && prctl(PR_GET_NAME, name) == 0);
	must(WEXITSTATUS(reap(middle = short_lived_parent(gate, grandchild))) == 1);
	gate_open(gate, 1);
	must(WEXITSTATUS(reap(*grandchild)) == 2);
	expect_events(1, "\"kind\": \"exec\", \"subreaper\": \"set\", \"pid\": %d", getpid());
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"reaper\": %d, \"reaper_comm\": \"%s\", \"flags\": "
		"[\"group_dead\", \"has_children\"]", middle, getpid(), name);
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"flags\": [\"group_dead\"]", *grandchild);
	tell((struct truth){ TWO, .execs = 1, .zombies_peak = 1, .reaped_by_parent = 1, .reaped_by_other = 1,
		.reparented = 1, .sigchld_ignored = 2 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "live-child", live_child }, { "any-child", any_child }, { "dead-child", dead_child },
		{ "dead-child-ignored", dead_child_ignored },
		{ "many-children", many_children }, { "double-fork", double_fork }, { "many-to-init", many_to_init },
		{ "daemon-left", daemon_left },
		{ "nested-subreapers", nested_subreapers }, { "root-first", root_first },
		{ "each-before-its-child", each_before_its_child }, { "death-signal", death_signal },
		{ "death-signal-of-root", death_signal_of_root },
		{ "subreaper-set", subreaper_set }, { "subreaper-not-inherited", subreaper_not_inherited },
		{ "subreaper-over-exec", subreaper_over_exec }, { "+subreaper-over-exec", subreaper_after_exec },
		{ NULL, NULL },
	};
	return run_case("orphan", cases, argc, argv);
}
