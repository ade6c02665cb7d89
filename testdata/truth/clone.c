/* The ways to make a process other than a plain fork. */
#include "truth.h"
#include <poll.h>
#include <linux/sched.h>
#include <stdint.h>

#define ONE_CHILD(code) .processes_created = 1, .exit_codes = { [code] = 1 }, .zombies_peak = 1, .tree_depth = 1

/* clone(2) without a stack of its own: like fork, with flags; the low byte is the signal sent at the end. */
static pid_t raw_clone(unsigned long flags)
{
	pid_t child = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	must(child >= 0);
	return child;
}

static pid_t raw_clone3(struct clone_args args)
{
	pid_t child = syscall(SYS_clone3, &args, sizeof args);
	if (child < 0 && errno == ENOSYS)
		skip("no clone3 here");
	must(child >= 0);
	return child;
}

static void *fork_and_leave(void *argument)
{
	*(pid_t *)argument = waiting_child(((int *)argument)[1], 5);
	return NULL;
}

/* Catches: a child forked by a thread that ends before it: it stays a child of the same process, the leader reaps it,
 * and nothing was reparented. */
static void by_thread(void)
{
	int pid_and_gate[2] = { 0, gate_new() };
	must(pthread_join(thread(fork_and_leave, pid_and_gate), NULL) == 0);
	alone(); /* or the signal is for a thread that blocks all of them, as it is on its way out */
	gate_open(pid_and_gate[1], 1);
	must(WEXITSTATUS(reap(pid_and_gate[0])) == 5);
	tell((struct truth){ ONE_CHILD(5), .threads_created = 1, .threads_exited = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1 });
}

static void *fork_dead_and_leave(void *argument)
{
	dead(*(pid_t *)argument = dying_child(5));
	return NULL;
}

/* Catches: the same when the child is a zombie already: no second SIGCHLD, for the process stays the parent. */
static void by_thread_dead(void)
{
	pid_t child;
	must(pthread_join(thread(fork_dead_and_leave, &child), NULL) == 0);
	must(WEXITSTATUS(reap(child)) == 5);
	tell((struct truth){ ONE_CHILD(5), .threads_created = 1, .threads_exited = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1 });
}

/* Catches: the caller of clone taken for the parent. CLONE_PARENT makes a sibling: the root is its parent and is
 * signalled, though the child made it; and the tree is not deeper for it. */
static void sibling(void)
{
	pid_t root = getpid(), *made = shared(sizeof *made);
	pid_t child = start();
	if (child == 0) {
		pid_t sibling = raw_clone(CLONE_PARENT);
		if (sibling == 0)
			_exit(getppid() == root ? 6 : 1);
		must(waitpid(sibling, NULL, __WALL) == -1 && errno == ECHILD);
		*made = sibling;
		_exit(0);
	}
	dead(child);
	dead(*made);
	must(reap(child) == 0 && WEXITSTATUS(reap(*made)) == 6);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1, [6] = 1 }, .zombies_peak = 2,
		.reaped_by_parent = 2, .sigchld_ignored = 2, .tree_depth = 1 });
}

/* Catches: a child that sends another signal at its end, or none: no SIGCHLD is to be counted. Neither SIG_IGN nor
 * SA_NOCLDWAIT of SIGCHLD reaps such a child: it becomes a zombie. */
static void other_signal(void)
{
	signal(SIGUSR1, SIG_IGN);
	on_sigchld(SIG_IGN, 0);
	pid_t loud = raw_clone(SIGUSR1);
	if (loud == 0)
		_exit(1);
	pid_t silent = raw_clone(0);
	if (silent == 0)
		_exit(2);
	dead(loud);
	dead(silent);
	must(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD); /* only __WALL and __WCLONE find them */
	must(waitpid(silent, NULL, __WCLONE) == silent && waitpid(-1, NULL, __WALL) == loud);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [1] = 1, [2] = 1 }, .zombies_peak = 2,
		.reaped_by_parent = 2, .tree_depth = 1 });
}

/* Catches: the exit signal of birth kept for life. An exec sets it back to SIGCHLD. */
static void other_signal_exec(void)
{
	pid_t child = raw_clone(SIGUSR1);
	if (child == 0)
		exec_exit(3);
	must(WEXITSTATUS(reap(child)) == 3);
	tell((struct truth){ ONE_CHILD(3), .execs = 1, .reaped_by_parent = 1, .sigchld_ignored = 1 });
}

/* Catches: the same on the other side. A parent that has become another program since is sent SIGCHLD. */
static void child_and_exec(const char *step)
{
	char gate_text[16];
	int gate = gate_new();
	pid_t child = raw_clone(SIGUSR1);
	if (child == 0) {
		gate_pass(gate);
		_exit(3);
	}
	snprintf(gate_text, sizeof gate_text, "%d", gate);
	must(setenv("TRUTH_GATE", gate_text, 1) == 0);
	exec_case(step);
}

static void other_signal_parent_exec(void)
{
	child_and_exec("+other-signal-parent-exec");
}

static void then_child_ends(void)
{
	gate_open(atoi(getenv("TRUTH_GATE")), 1);
	must(waitpid(-1, NULL, __WALL) > 0);
	tell((struct truth){ ONE_CHILD(3), .execs = 1, .reaped_by_parent = 1, .sigchld_ignored = 1 });
}

/* Catches: a zombie where there is none, as such a parent ignores SIGCHLD, and so the kernel reaps. */
static void other_signal_ignored(void)
{
	on_sigchld(SIG_IGN, 0);
	child_and_exec("+other-signal-ignored");
}

static void then_child_vanishes(void)
{
	gate_open(atoi(getenv("TRUTH_GATE")), 1);
	vanished(-1);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [3] = 1 }, .execs = 1, .auto_reaped = 1,
		.waits_no_child = 1, .tree_depth = 1 });
}

/* Catches: clone3(2), whose exit signal is no part of the flags; CLONE_PIDFD, and a wait by that descriptor. */
static void by_clone3(void)
{
	int pidfd = -1;
	pid_t child = raw_clone3((struct clone_args){ .exit_signal = SIGCHLD });
	if (child == 0)
		_exit(0);
	pid_t other = raw_clone3((struct clone_args){ .exit_signal = SIGUSR2, .flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd });
	if (other == 0) {
		pause();
		_exit(1);
	}
	dead(child);
	signal(SIGUSR2, SIG_IGN);
	must(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0);
	dead(other);
	must(waitid(P_PIDFD, pidfd, NULL, WEXITED | __WALL) == 0);
	must(reap(child) == 0);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1 }, .exit_signals = { [SIGKILL] = 1 },
		.zombies_peak = 2, .reaped_by_parent = 2, .sigchld_ignored = 1, .tree_depth = 1 });
}

static volatile int seen;

static int set_seen(void *unused)
{
	(void)unused;
	return seen = 7;
}

/* Catches: a process taken for a thread because it shares its parent's memory, signal handlers and files. */
static void shares_memory(void)
{
	static char stack[64 << 10] __attribute__((aligned(16)));
	pid_t child = clone(set_seen, stack + sizeof stack, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD,
		NULL);
	must(child > 0);
	must(WEXITSTATUS(reap(child)) == 7 && seen == 7);
	tell((struct truth){ ONE_CHILD(7), .reaped_by_parent = 1, .sigchld_ignored = 1 });
}

/* Catches: vfork(2), where the parent is held until the child ends. */
static void vfork_exit(void)
{
	pid_t child = vfork();
	if (child == 0)
		_exit(8);
	must(WEXITSTATUS(reap(child)) == 8);
	tell((struct truth){ ONE_CHILD(8), .reaped_by_parent = 1, .sigchld_ignored = 1 });
}

/* Catches: vfork(2), where the parent is held until the exec of the child. */
static void vfork_exec(void)
{
	pid_t child = vfork();
	if (child == 0)
		exec_exit(9);
	must(child > 0 && WEXITSTATUS(reap(child)) == 9);
	tell((struct truth){ ONE_CHILD(9), .execs = 1, .reaped_by_parent = 1, .sigchld_ignored = 1 });
}

/* Newer than some headers. */
#define OWN_AUTOREAP (1ull << 34)
#define OWN_NNP (1ull << 35)
#define OWN_AUTOKILL (1ull << 36)

/* A child that is not to be waited for. */
static pid_t own_clone3(unsigned long long flags, int *pidfd)
{
	struct clone_args args = { .flags = flags | CLONE_PIDFD, .pidfd = (uintptr_t)pidfd };
	pid_t child = syscall(SYS_clone3, &args, sizeof args);
	if (child < 0 && (errno == EINVAL || errno == ENOSYS))
		skip_before("7.1");
	must(child >= 0);
	return child;
}

static void ended(int pidfd)
{
	must(poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, PATIENCE_MS) == 1);
}

/* Catches: flags beyond the first 32, which are cut off. */
static void long_flags(void)
{
	on_sigchld(SIG_DFL, 0);
	const unsigned long long clear_sighand = 1ull << 32; /* CLONE_CLEAR_SIGHAND */
	pid_t child = raw_clone3((struct clone_args){ .exit_signal = SIGCHLD, .flags = clear_sighand });
	if (child == 0)
		_exit(3);
	must(WEXITSTATUS(reap(child)) == 3);
	expect_events(1, "\"kind\": \"fork\", \"clone_flags\": 4294967296");
	tell((struct truth){ ONE_CHILD(3), .reaped_by_parent = 1, .sigchld_ignored = 1 });
}

/* Catches: a child that the kernel reaps because it was created so, and passes for a zombie, or its parent for one that
 * ignores SIGCHLD. Its own child is reaped as all are. */
static void autoreap(void)
{
	int pidfd = -1;
	pid_t child = own_clone3(OWN_AUTOREAP | OWN_NNP, &pidfd);
	if (child == 0) {
		must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
		must(WEXITSTATUS(reap(dying_child(4))) == 4);
		_exit(5);
	}
	ended(pidfd);
	must(waitpid(child, NULL, __WALL) == -1 && errno == ECHILD);
	expect_events(1, "\"kind\": \"fork\", \"clone_flags\": %llu", OWN_AUTOREAP | OWN_NNP | CLONE_PIDFD);
	expect_events(1, "\"kind\": \"exit\", \"flags\": [\"group_dead\", \"auto_reap\", \"asked\"], \"status\": %d",
		5 << 8);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [4] = 1, [5] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1,
		.auto_reaped = 1, .sigchld_ignored = 1, .waits_no_child = 1, .tree_depth = 2 });
}

/* Catches: a child that is killed as its pidfd is closed, by nobody as it seems. */
static void autokill(void)
{
	int pidfd = -1, other;
	pid_t child = own_clone3(OWN_AUTOREAP | OWN_NNP | OWN_AUTOKILL, &pidfd);
	if (child == 0) {
		pause();
		_exit(1);
	}
	must((other = syscall(SYS_pidfd_open, child, 0)) >= 0 && close(pidfd) == 0);
	ended(other);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"flags\": [\"pidfd_closed\"], \"target_pid\": %d, "
		"\"signal\": 9", getpid(), child);
	tell((struct truth){ .processes_created = 1, .exit_signals = { [SIGKILL] = 1 }, .auto_reaped = 1,
		.tree_depth = 1 });
}

/* Catches: clones that fail, which make nobody. */
static void fails(void)
{
	must(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, NULL, NULL, NULL, NULL) == -1 && errno == EINVAL);
	must(syscall(SYS_clone, CLONE_THREAD | CLONE_VM, NULL, NULL, NULL, NULL) == -1 && errno == EINVAL);
	must(syscall(SYS_clone3, &(struct clone_args){ .exit_signal = 200 }, sizeof(struct clone_args)) == -1);
	tell((struct truth){ .tree_depth = 0 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "by-thread", by_thread }, { "by-thread-dead", by_thread_dead }, { "sibling", sibling },
		{ "other-signal", other_signal }, { "other-signal-exec", other_signal_exec },
		{ "other-signal-parent-exec", other_signal_parent_exec },
		{ "+other-signal-parent-exec", then_child_ends }, { "clone3", by_clone3 },
		{ "other-signal-ignored", other_signal_ignored }, { "+other-signal-ignored", then_child_vanishes },
		{ "shares-memory", shares_memory }, { "vfork-exit", vfork_exit }, { "vfork-exec", vfork_exec },
		{ "fails", fails }, { "long-flags", long_flags }, { "autoreap", autoreap }, { "autokill", autokill },
			{ NULL, NULL },
	};
	return run_case("clone", cases, argc, argv);
}
