/* How processes end, and what looks like an end and is none. */
#include "truth.h"
#include <dirent.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>

static void limit_core(rlim_t size)
{
	struct rlimit limit;
	must(getrlimit(RLIMIT_CORE, &limit) == 0);
	limit.rlim_cur = size;
	if (limit.rlim_max < size && geteuid() == 0)
		limit.rlim_max = size;
	if (setrlimit(RLIMIT_CORE, &limit) != 0)
		skip("may not raise the limit of core files");
}

/* A child that waits to be killed. */
static pid_t victim(void)
{
	return waiting_child(gate_new(), 0);
}

static int killed_by(int signal)
{
	pid_t child = victim();
	must(kill(child, signal) == 0);
	int status = reap(child);
	must(WIFSIGNALED(status) && WTERMSIG(status) == signal);
	return status;
}

/* Catches: an exit code mistaken for another: of the argument of _exit only the low 8 bits count, and 127 and 255 are
 * codes like any other. */
static void codes(void)
{
	const int code[] = { 0, 1, 127, 255, 1, 256 + 3, -1, 128 + SIGTERM };
	for (int i = 0; i < 8; i++)
		reap(dying_child(code[i]));
	tell((struct truth){ .processes_created = 8,
		.exit_codes = { [0] = 1, [1] = 2, [3] = 1, [127] = 1, [143] = 1, [255] = 2 },
		.zombies_peak = 1, .reaped_by_parent = 8, .sigchld_ignored = 8, .tree_depth = 1 });
}

/* Catches: death by signal taken for an exit code; real-time signals, of which the last one is 64. */
static void signals(void)
{
	const int signal[] = { SIGTERM, SIGKILL, SIGKILL, SIGHUP, SIGALRM, SIGRTMIN, 64 };
	for (int i = 0; i < 7; i++)
		killed_by(signal[i]);
	tell((struct truth){ .processes_created = 7,
		.exit_signals = { [SIGTERM] = 1, [SIGKILL] = 2, [SIGHUP] = 1, [SIGALRM] = 1, [34] = 1, [64] = 1 },
		.zombies_peak = 1, .reaped_by_parent = 7, .sigchld_ignored = 7, .tree_depth = 1 });
}

/* Catches: exits that the kernel skips, since the program that would tell of them runs already in a task that was
 * preempted. Many end together. */
static void together(void)
{
	enum { CHILDREN = 40 };
	int gate = gate_new();
	pid_t child[CHILDREN];
	for (int i = 0; i < CHILDREN; i++)
		child[i] = waiting_child(gate, i % 4);
	gate_open(gate, CHILDREN);
	for (int i = 0; i < CHILDREN; i++)
		dead(child[i]);
	for (int i = 0; i < CHILDREN; i++)
		must(WEXITSTATUS(reap(child[i])) == i % 4);
	tell((struct truth){ .processes_created = CHILDREN, .exit_codes = { [0] = 10, [1] = 10, [2] = 10, [3] = 10 },
		.zombies_peak = CHILDREN, .reaped_by_parent = CHILDREN, .sigchld_ignored = CHILDREN, .tree_depth = 1 });
}

/* Catches: a signal that does not kill counted as one that does: ignored, caught, and the kind ignored by default. */
static void harmless_signals(void)
{
	int ready = gate_new(), end = gate_new();
	pid_t child = start();
	if (child == 0) {
		signal(SIGTERM, SIG_IGN);
		gate_open(ready, 1);
		gate_pass(end);
		_exit(4);
	}
	gate_pass(ready);
	must(kill(child, SIGTERM) == 0 && kill(child, SIGURG) == 0 && kill(child, SIGWINCH) == 0);
	gate_open(end, 1);
	must(WEXITSTATUS(reap(child)) == 4);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [4] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

#define CRASHES .processes_created = 2, .exit_signals = { [SIGSEGV] = 1, [SIGABRT] = 1 }, .zombies_peak = 1, \
	.reaped_by_parent = 2, .sigchld_ignored = 2, .tree_depth = 1

/* A child that reads where nothing is, or that gives up. */
static int crash(int signal)
{
	pid_t child = start();
	if (child == 0 && signal == SIGABRT)
		abort();
	if (child == 0)
		_exit(*(volatile int *)8);
	int status = reap(child);
	must(WIFSIGNALED(status) && WTERMSIG(status) == signal);
	return status;
}

/* Catches: crashes without a core file. */
static void crashes(void)
{
	limit_core(0);
	must(!WCOREDUMP(crash(SIGSEGV)) && !WCOREDUMP(crash(SIGABRT)));
	tell((struct truth){ CRASHES });
}

static void remove_files(const char *directory)
{
	DIR *files = opendir(directory);
	must(files);
	for (struct dirent *file; (file = readdir(files));)
		unlinkat(dirfd(files), file->d_name, 0);
	closedir(files);
	must(rmdir(directory) == 0);
}

/* Catches: crashes with one: the status has a bit more (128), and the end comes later than the signal. */
static void core(void)
{
	char directory[] = "/tmp/truth-core-XXXXXX";
	limit_core(1 << 20);
	must(mkdtemp(directory) && chdir(directory) == 0);
	int dumped = WCOREDUMP(crash(SIGSEGV)) && WCOREDUMP(crash(SIGABRT));
	remove_files(directory);
	if (!dumped)
		skip("this machine writes no core files");
	tell((struct truth){ CRASHES });
}

/* Catches: a stop or a continuation taken for an exit, and the wait that reports it for a reap. SIGCHLD is sent for
 * both: three signals, one death. */
static void stop(void)
{
	int status, gate = gate_new();
	siginfo_t info;
	pid_t child = waiting_child(gate, 0);
	must(kill(child, SIGSTOP) == 0);
	must(waitid(P_PID, child, &info, WSTOPPED | WNOWAIT) == 0 && info.si_code == CLD_STOPPED);
	must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	must(kill(child, SIGCONT) == 0);
	must(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
	gate_open(gate, 1);
	reap(child);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 3, .tree_depth = 1 });
}

/* Catches: waitid(2) that reports a stop without a siginfo: a return of 0 that reaps nobody. */
static void stop_untold(void)
{
	int gate = gate_new();
	pid_t child = waiting_child(gate, 0);
	for (int i = 0; i < 3; i++) {
		must(kill(child, SIGSTOP) == 0);
		must(waitid(P_PID, child, NULL, WSTOPPED) == 0);
		must(kill(child, SIGCONT) == 0);
		must(waitid(P_ALL, 0, NULL, WCONTINUED) == 0);
	}
	gate_open(gate, 1);
	must(waitid(P_PID, child, NULL, WEXITED | WSTOPPED) == 0);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 7, .tree_depth = 1 });
}

static atomic_int handled;

static void count(int signal)
{
	(void)signal;
	handled++;
}

/* Suspends until the handler has run n times in all. SIGCHLD is blocked outside of it, so none is missed. */
static void handled_are(int n)
{
	sigset_t none;
	sigemptyset(&none);
	while (handled < n)
		sigsuspend(&none);
	must(handled == n);
}

static void stop_under_handler(int flags, int signals_of_stop)
{
	int status, gate = gate_new();
	block_sigchld();
	on_sigchld(count, flags);
	pid_t child = waiting_child(gate, 0);
	must(kill(child, SIGSTOP) == 0);
	handled_are(signals_of_stop);
	must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	must(kill(child, SIGCONT) == 0);
	handled_are(2 * signals_of_stop);
	must(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
	gate_open(gate, 1);
	handled_are(2 * signals_of_stop + 1);
	reap(child);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_queued = handled, .sigchld_delivered = handled, .tree_depth = 1 });
}

/* Catches: stops and continuations that a handler hears of, missing in what was delivered. */
static void stop_handler(void)
{
	stop_under_handler(0, 1);
}

/* Catches: SA_NOCLDSTOP, under which only the death is signalled. */
static void stop_silent(void)
{
	stop_under_handler(SA_NOCLDSTOP, 0);
}

/* Catches: a stopped process that dies without ever running again: SIGKILL does not wait for SIGCONT. */
static void stop_killed(void)
{
	int status;
	pid_t child = victim();
	must(kill(child, SIGSTOP) == 0);
	must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	must(kill(child, SIGKILL) == 0);
	must(WTERMSIG(reap(child)) == SIGKILL);
	tell((struct truth){ .processes_created = 1, .exit_signals = { [SIGKILL] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 2, .tree_depth = 1 });
}

/* Whether the end of a process is told before its memory is released: since Linux 6.17. */
static int memory_is_released_late(void)
{
	struct utsname here;
	int major, minor;
	must(uname(&here) == 0 && sscanf(here.release, "%d.%d", &major, &minor) == 2);
	return major > 6 || (major == 6 && minor >= 17);
}

/* Catches: a parent blamed for the time in which the kernel releases the memory of its child: until then no wait finds
 * it, but since Linux 6.17 it is told before that a process ends. The parent asks again and again, so it knows from
 * when on its child can be found. */
static void large(void)
{
	enum { SIZE = 256 << 20 };
	int gate = gate_new(), made = gate_new();
	pid_t child = start();
	if (child == 0) {
		char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(memory != MAP_FAILED);
		madvise(memory, SIZE, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < SIZE; i += 4096)
			memory[i] = 1;
		gate_open(made, 1);
		gate_pass(gate);
		_exit(3);
	}
	gate_pass(made);
	gate_open(gate, 1);
	long asked = 0;
	double opened = now_ms(), before = opened;
	int status;
	pid_t found;
	for (;; nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL), asked++) {
		double asks = now_ms();
		found = waitpid(child, &status, WNOHANG);
		if (found != 0)
			break;
		before = asks;
	}
	must(found == child && WEXITSTATUS(status) == 3);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [3] = 1 }, .zombies_peak = 1,
		.zombie_ms_max = { 0, now_ms() - (memory_is_released_late() ? before : opened) }, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .waits_nothing = asked, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "codes", codes }, { "signals", signals }, { "together", together }, { "harmless-signals", harmless_signals },
		{ "crashes", crashes }, { "core", core }, { "stop", stop }, { "stop-untold", stop_untold },
		{ "stop-handler", stop_handler }, { "stop-silent", stop_silent }, { "stop-killed", stop_killed },
		{ "large", large },
		{ NULL, NULL },
	};
	return run_case("exit", cases, argc, argv);
}
