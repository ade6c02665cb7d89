/* PID namespaces, and pids that are used again. */
#include "truth.h"
#include <ctype.h>

/* A child that is the init of a PID namespace of its own. */
static pid_t start_namespace(void)
{
	pid_t init = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	if (init < 0 && errno == EPERM)
		skip("may not make a PID namespace");
	must(init >= 0);
	return init;
}

/* Catches: the end of a namespace. When its init ends, the kernel kills all others and reaps them, and the zombies as
 * well, without a wait by anybody. Those killed send no signal; they are handed to nobody. */
static void init_ends(void)
{
	need_root();
	int gate = gate_new();
	pid_t init = start_namespace();
	if (init == 0) {
		for (int i = 0; i < 2; i++)
			dead(dying_child(1));
		for (int i = 0; i < 3; i++)
			waiting_child(gate, 0);
		_exit(2);
	}
	must(WEXITSTATUS(reap(init)) == 2);
	tell((struct truth){ .processes_created = 6, .exit_codes = { [1] = 2, [2] = 1 },
		.exit_signals = { [SIGKILL] = 3 }, .zombies_peak = UNKNOWN, .reaped_by_parent = 1, .auto_reaped = 3,
		.zombies_dropped = 2, .sigchld_ignored = 3, .tree_depth = 2 });
}

/* Catches: a zombie that passes for one that never was, as its namespace took it along when it ended. How long it was
 * there, its init and the parent of that know. */
static void kept_by_init(void)
{
	enum { KEPT_MS = 50 };
	need_root();
	double *least = shared(sizeof *least), began = now_ms();
	pid_t init = start_namespace();
	if (init == 0) {
		dead(dying_child(1));
		double since = now_ms();
		while (now_ms() < since + KEPT_MS)
			sched_yield();
		*least = now_ms() - since;
		_exit(0);
	}
	dead(init);
	double most = now_ms() - began;
	reap(init);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1, [1] = 1 }, .zombies_peak = UNKNOWN,
		.zombie_ms_max = { *least, most }, .reaped_by_parent = 1, .zombies_dropped = 1, .sigchld_ignored = 2,
		.tree_depth = 2 });
}

/* Catches: pids of a namespace taken for global ones, in whom a wait asks for, in what it returns and in si_pid. Two
 * namespaces have a child 2 and a child 3 each; they are reaped in different orders, one of them never. */
static void local_pids(void)
{
	need_root();
	int gate = gate_new();
	pid_t init[2];
	for (int n = 0; n < 2; n++) {
		init[n] = start_namespace();
		if (init[n] == 0) {
			pid_t first = dying_child(1), second = dying_child(2);
			must(getpid() == 1 && first == 2 && second == 3);
			dead(first);
			dead(second);
			gate_pass(gate);
			int fd = syscall(SYS_pidfd_open, second, 0);
			must(fd >= 0 && waitid(P_PIDFD, fd, NULL, WEXITED | WNOWAIT) == 0);
			must(WEXITSTATUS(reap(n == 0 ? 3 : 2)) == (n == 0 ? 2 : 1));
			if (n == 0)
				must(WEXITSTATUS(reap(2)) == 1);
			_exit(0);
		}
	}
	gate_open(gate, 2);
	dead(init[0]);
	dead(init[1]);
	reap(init[0]);
	reap(init[1]);
	for (int n = 0; n < 2; n++) {
		expect_events(1, "\"kind\": \"wait\", \"pid\": %d, \"idtype\": \"pidfd\", \"id\": 3", init[n]);
		expect_events(1, "\"kind\": \"wait\", \"pid\": %d, \"idtype\": \"pid\", \"id\": %d, \"child\": %d, "
			"\"flags\": null", init[n], n == 0 ? 3 : 2, n == 0 ? 3 : 2);
	}
	tell((struct truth){ .processes_created = 6, .exit_codes = { [0] = 2, [1] = 2, [2] = 2 },
		.zombies_peak = UNKNOWN, .reaped_by_parent = 5, .zombies_dropped = 1, .sigchld_ignored = 6, .tree_depth = 2 });
}

/* Catches: an orphan inside a namespace, which goes to the namespace's own init; a namespace inside another. */
static void orphan_inside(void)
{
	need_root();
	pid_t outer = start_namespace();
	if (outer == 0) {
		pid_t inner = start_namespace();
		if (inner == 0) {
			int gate = gate_new();
			pid_t parent = start();
			if (parent == 0) {
				must(waiting_child(gate, 4) == 3);
				_exit(3);
			}
			must(WEXITSTATUS(reap(parent)) == 3);
			gate_open(gate, 1);
			must(waitpid(-1, NULL, 0) == 3);
			_exit(2);
		}
		must(inner == 2 && WEXITSTATUS(reap(inner)) == 2);
		_exit(1);
	}
	must(WEXITSTATUS(reap(outer)) == 1);
	/* Each is 1 in its own namespace, and so on; to its parent the inner one is 2. */
	expect_events(1, "\"kind\": \"fork\", \"child_pid\": %d, \"ns_pid\": %d, \"inner_pid\": 1", outer, outer);
	expect_events(1, "\"kind\": \"fork\", \"ns_pid\": 2, \"inner_pid\": 1");
	expect_events(1, "\"kind\": \"fork\", \"ns_pid\": 2, \"inner_pid\": 2");
	expect_events(1, "\"kind\": \"fork\", \"ns_pid\": 3, \"inner_pid\": 3");
	tell((struct truth){ .processes_created = 4, .exit_codes = { [1] = 1, [2] = 1, [3] = 1, [4] = 1 },
		.zombies_peak = 1, .reaped_by_parent = 3, .reaped_by_other = 1, .reparented = 1, .sigchld_ignored = 4,
		.tree_depth = 4 });
}

static void until_in_wait(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	char path[64], call[64];
	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	for (double end = now_ms() + PATIENCE_MS;; nanosleep(&pause, NULL)) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		must(fd >= 0 && now_ms() < end);
		ssize_t n = read(fd, call, sizeof call - 1);
		close(fd);
		must(n > 0);
		call[n] = 0;
		if (isdigit((unsigned char)*call) && atol(call) == SYS_wait4)
			return;
	}
}

/* Catches: a wait by which the kernel reaps what is left in a namespace, taken for another one of its init, which has
 * ended; and the init, which is gone by then, taken for one more process. */
static void init_killed_in_wait(void)
{
	need_root();
	int gate = gate_new();
	signal(SIGCHLD, SIG_IGN);
	pid_t init = start_namespace();
	if (init == 0) {
		signal(SIGCHLD, SIG_DFL);
		waiting_child(gate, 0);
		waitpid(0, NULL, 0);
		_exit(1);
	}
	until_in_wait(init);
	must(kill(init, SIGKILL) == 0);
	must(waitpid(init, NULL, 0) == -1 && errno == ECHILD);
	expect_events(1, "\"kind\": \"waiting\", \"pid\": %d", init);
	tell((struct truth){ .processes_created = 2, .exit_signals = { [SIGKILL] = 2 }, .auto_reaped = 2,
		.waits_no_child = 1, .tree_depth = 2 });
}

static void unshare_pids(void)
{
	if (unshare(CLONE_NEWPID) != 0) {
		must(errno == EPERM);
		skip("may not make a PID namespace");
	}
}

/* Catches: the id inside taken for the one that the parent sees. After unshare the parent stays outside, and to it both
 * children have their outer ids alone: the first is the init of the namespace, the next is 2 there. */
static void unshared(void)
{
	need_root();
	int gate = gate_new();
	unshare_pids();
	pid_t init = waiting_child(gate, 1), second = dying_child(2);
	must(init > 2 && second > 2);
	reap(second);
	gate_open(gate, 1);
	reap(init);
	expect_events(1, "\"kind\": \"fork\", \"child_pid\": %d, \"ns_pid\": %d, \"inner_pid\": 1", init, init);
	expect_events(1, "\"kind\": \"fork\", \"child_pid\": %d, \"ns_pid\": %d, \"inner_pid\": 2", second, second);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [1] = 1, [2] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 2, .sigchld_ignored = 2, .tree_depth = 1 });
}

/* Whether a wait would find that the child has ended. */
static int waitable(pid_t child)
{
	siginfo_t info = { 0 };
	must(waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT) == 0);
	return info.si_pid == child;
}

struct members { pid_t init, sibling; };

/* The init of a namespace that has ended, and a zombie there that is not its child: until that has been reaped, the
 * kernel has the init sleep (zap_pid_ns_processes in kernel/pid_namespace.c), and no wait finds it. */
static struct members init_that_waits(void)
{
	int gate = gate_new();
	unshare_pids();
	struct members m = { .init = waiting_child(gate, 3) };
	m.sibling = waiting_child(gate_new(), 0);
	gate_open(gate, 1);
	dead(m.sibling);
	must(!waitable(m.init) && state_of(m.init) != 'Z');
	return m;
}

/* Catches: the init taken for a zombie from its end on, and its parent blamed for the time in which it cannot wait for
 * it. */
static void init_waits(void)
{
	enum { KEPT_MS = 150 };
	need_root();
	double began = now_ms();
	struct members m = init_that_waits();
	double died = now_ms();
	while (now_ms() < died + KEPT_MS)
		sched_yield();
	must(!waitable(m.init));
	double reaps = now_ms();
	must(WTERMSIG(reap(m.sibling)) == SIGKILL);
	double reaped = now_ms();
	must(WEXITSTATUS(reap(m.init)) == 3);
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"flags\": [\"group_dead\", \"unwaitable\"]", m.init);
	expect_findings(1, "\"id\": \"reaped_late\", \"zombies\": 1, \"longest\": %d", m.sibling);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [3] = 1 }, .exit_signals = { [SIGKILL] = 1 },
		.zombies_peak = 1, .zombie_ms_total = { reaps - died, (reaped - began) + (now_ms() - reaps) },
		.reaped_by_parent = 2, .sigchld_ignored = 2, .waits_nothing = 2, .tree_depth = 1 });
}

/* Catches: the init taken for a zombie as its parent ends before it is one; who adopts it finds it later. */
static void init_adopted(void)
{
	need_root();
	be_subreaper();
	struct members *m = shared(sizeof *m);
	pid_t parent = start();
	if (parent == 0) {
		*m = init_that_waits();
		_exit(1);
	}
	must(WEXITSTATUS(reap(parent)) == 1);
	must(!waitable(m->init) && waitable(m->sibling));
	reap(m->sibling);
	must(WEXITSTATUS(reap(m->init)) == 3);
	tell((struct truth){ .processes_created = 3, .exit_codes = { [1] = 1, [3] = 1 },
		.exit_signals = { [SIGKILL] = 1 }, .zombies_peak = 2, .reaped_by_parent = 1, .reaped_by_other = 2,
		.reparented = 2, .sigchld_ignored = 4, .waits_nothing = 2, .tree_depth = 2 });
}

static void set_last_pid(pid_t pid)
{
	char text[16];
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		skip("no ns_last_pid here");
	int n = snprintf(text, sizeof text, "%d", pid);
	must(write(fd, text, n) == n && close(fd) == 0);
}

enum { TRIES = 1000 };

/* Makes a child that is to get this pid, which must be free, and reaps it. Somebody else on the machine may be faster,
 * and then it gets another. Returns its pid; it ended with 1 if that is the one, with 0 if not. */
static pid_t reuse(pid_t pid)
{
	set_last_pid(pid - 1);
	pid_t child = start();
	if (child == 0)
		_exit(getpid() == pid);
	must(WEXITSTATUS(reap(child)) == (child == pid));
	return child;
}

/* Catches: processes told apart by their pid alone: five times the next one has the pid of the one before. */
static void reused(void)
{
	need_root();
	int made = 1, same = 0;
	pid_t pid = dying_child(0);
	reap(pid);
	for (; same < 5 && made < TRIES; made++) {
		pid_t child = reuse(pid);
		same += child == pid;
		pid = child;
	}
	must(same == 5);
	tell((struct truth){ .processes_created = made, .exit_codes = { [0] = made - same, [1] = same },
		.zombies_peak = 1, .reaped_by_parent = made, .sigchld_ignored = made, .tree_depth = 1 });
}

static void *note_tid(void *tid)
{
	*(pid_t *)tid = syscall(SYS_gettid);
	return NULL;
}

/* The id that a thread had, free again. */
static pid_t tid_of_dead_thread(void)
{
	pid_t tid;
	must(pthread_join(thread(note_tid, &tid), NULL) == 0);
	while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
		sched_yield();
	must(errno == ESRCH);
	return tid;
}

/* Catches: a process that gets the id of a thread that has ended. */
static void reused_from_thread(void)
{
	need_root();
	int made = 0, same = 0;
	for (; !same && made < TRIES; made++) {
		pid_t tid = tid_of_dead_thread();
		same = reuse(tid) == tid;
	}
	must(same);
	tell((struct truth){ .processes_created = made, .threads_created = made, .threads_exited = made,
		.exit_codes = { [0] = made - 1, [1] = 1 }, .zombies_peak = 1, .reaped_by_parent = made,
		.sigchld_ignored = made, .tree_depth = 1 });
}

static pid_t read_pid_max(void)
{
	pid_t max;
	FILE *file = fopen("/proc/sys/kernel/pid_max", "re");
	must(file && fscanf(file, "%d", &max) == 1);
	fclose(file);
	return max;
}

/* Catches: an order of birth taken from the pid: the counter wraps, and children are younger than their numbers say.
 * Somebody else may move the counter meanwhile; then it is wound up again. */
static void wrapped(void)
{
	need_root();
	enum { LEAP = 50 };
	int made = 0, smaller = 0, after = 0;
	pid_t previous = 0;
	for (; after < LEAP && made < TRIES; made++) {
		if (made % (2 * LEAP) == 0)
			set_last_pid(read_pid_max() - LEAP);
		pid_t child = dying_child(0);
		reap(child);
		smaller |= child < previous;
		after += smaller;
		previous = child;
	}
	must(smaller);
	tell((struct truth){ .processes_created = made, .exit_codes = { [0] = made }, .zombies_peak = 1,
		.reaped_by_parent = made, .sigchld_ignored = made, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "init-ends", init_ends }, { "kept-by-init", kept_by_init },
			{ "local-pids", local_pids }, { "orphan-inside", orphan_inside },
			{ "unshared", unshared }, { "init-killed-in-wait", init_killed_in_wait },
			{ "init-waits", init_waits }, { "init-adopted", init_adopted },
		{ "reused", reused }, { "reused-from-thread", reused_from_thread }, { "wrapped", wrapped },
		{ NULL, NULL },
	};
	return run_case("pidns", cases, argc, argv);
}
