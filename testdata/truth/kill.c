/* Signals that end, stop or continue a process: who sent them; and what a process wants of SIGCHLD. */
#include "truth.h"
#include <sys/resource.h>
#include <time.h>


/* A child that waits until a signal comes. */
static pid_t victim(void)
{
	pid_t child = start();
	for (; child == 0;)
		pause();
	return child;
}

static void no_core(void)
{
	must(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 }) == 0);
}

static void killed_by(pid_t by, pid_t child, int signal)
{
	dead(child);
	must(WTERMSIG(reap(child)) == signal);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d", by, child, signal);
	expect_events(1, "\"kind\": \"kill\", \"target_pid\": %d", child);
}

#define KILLED(n, number) .processes_created = n, .exit_signals = { [number] = n }, .reaped_by_parent = n, \
	.sigchld_ignored = n, .zombies_peak = 1, .tree_depth = 1

/* Catches: a killer that is not named, or the victim named in its place. */
static void by_parent(void)
{
	pid_t child = victim();
	must(kill(child, SIGTERM) == 0);
	killed_by(getpid(), child, SIGTERM);
	tell((struct truth){ KILLED(1, SIGTERM) });
}

static void by_sibling(void)
{
	pid_t child = victim(), killer = start();
	if (killer == 0) {
		must(kill(child, SIGKILL) == 0);
		_exit(0);
	}
	killed_by(killer, child, SIGKILL);
	dead(killer);
	reap(killer);
	tell((struct truth){ .processes_created = 2, .exit_signals = { [SIGKILL] = 1 }, .exit_codes = { [0] = 1 },
		.reaped_by_parent = 2,
		.sigchld_ignored = 2, .zombies_peak = UNKNOWN, .tree_depth = 1 });
}

/* Catches: abort(3), with which a process kills itself. */
static void by_itself(void)
{
	no_core();
	pid_t child = start();
	if (child == 0)
		abort();
	killed_by(child, child, SIGABRT);
	tell((struct truth){ KILLED(1, SIGABRT) });
}

/* Catches: a fault. The kernel sends the signal, and the process itself is the cause. */
static void by_fault(void)
{
	no_core();
	pid_t child = start();
	if (child == 0)
		*(volatile int *)8 = 1;
	killed_by(child, child, SIGSEGV);
	tell((struct truth){ KILLED(1, SIGSEGV) });
}

/*
 * Catches: a timer taken for a kill by whoever happened to run. That is the child itself, because the timer counts its
 * own time on a processor. A timer of real time could interrupt any process, and some kernels let no probe run in the
 * context of process 1.
 */
static void by_timer(void)
{
	pid_t child = start();
	if (child == 0) {
		struct itimerspec once = { .it_value.tv_nsec = 1000000 };
		timer_t timer;
		must(timer_create(CLOCK_PROCESS_CPUTIME_ID, NULL, &timer) == 0 && timer_settime(timer, 0, &once, NULL) == 0);
		for (volatile int busy = 1; busy;)
			;
	}
	killed_by(0, child, SIGALRM);
	tell((struct truth){ KILLED(1, SIGALRM) });
}

static void nothing(int signal)
{
	(void)signal;
}

/*
 * Catches: signals that end nobody. By which processes ask each other for something is told of, whether a handler takes
 * it or nobody; others are not: one whose default action is nothing, one that a handler takes.
 */
static void harmless(void)
{
	signal(SIGTERM, nothing);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPROF, nothing);
	must(raise(SIGTERM) == 0 && raise(SIGHUP) == 0 && raise(SIGURG) == 0 && raise(SIGPROF) == 0);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d, \"result\": \"queued\", "
		"\"disposition\": \"handler\"", getpid(), getpid(), SIGTERM);
	expect_events(1, "\"kind\": \"deliver\", \"pid\": %d, \"signal\": %d, \"disposition\": \"handler\"", getpid(),
		SIGTERM);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d, \"result\": "
		"\"ignored\", \"disposition\": \"ignore\"", getpid(), getpid(), SIGHUP);
	expect_events(2, "\"kind\": \"kill\"");
	expect_events(1, "\"kind\": \"deliver\"");
	tell((struct truth){ 0 });
}

/* Catches: a stop taken for an end, and a stop or its end unseen. */
static void stopped(void)
{
	int status;
	pid_t child = victim();
	must(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	must(kill(child, SIGCONT) == 0 && waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
	must(kill(child, SIGKILL) == 0);
	dead(child);
	reap(child);
	expect_events(1, "\"kind\": \"stop\", \"pid\": %d, \"signal\": %d", child, SIGSTOP);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d", getpid(), child, SIGSTOP);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d", getpid(), child, SIGCONT);
	tell((struct truth){ .processes_created = 1, .exit_signals = { [SIGKILL] = 1 }, .reaped_by_parent = 1,
		.sigchld_ignored = UNKNOWN, /* killed before it runs again, the child does not tell that it was continued */
		.zombies_peak = 1, .tree_depth = 1 });
}

/* Catches: a disposition unseen. A look at it, without a new one, changes nothing. */
static void dispositions(void)
{
	struct sigaction old;
	on_sigchld(nothing, SA_RESTART);
	on_sigchld(SIG_IGN, 0);
	must(sigaction(SIGCHLD, NULL, &old) == 0);
	on_sigchld(nothing, SA_NOCLDWAIT);
	on_sigchld(SIG_DFL, 0);
	/* run_case has set the default action before. */
	expect_events(5, "\"kind\": \"disposition\", \"pid\": %d, \"signal\": %d", getpid(), SIGCHLD);
	expect_events(1, "\"kind\": \"disposition\", \"disposition\": \"handler\", \"flags\": [\"root\"]");
	expect_events(1, "\"kind\": \"disposition\", \"disposition\": \"ignore\"");
	expect_events(1, "\"kind\": \"disposition\", \"disposition\": \"handler\", \"flags\": [\"root\", \"nocldwait\"]");
	expect_events(2, "\"kind\": \"disposition\", \"disposition\": \"default\"");
	tell((struct truth){ 0 });
}

/* Catches: a mask unseen. Under it even a signal with the default action waits. */
static void blocked(void)
{
	block_sigchld();
	dead(dying_child(0));
	dead(dying_child(0));
	unblock_sigchld();
	dead(dying_child(0));
	expect_events(1, "\"kind\": \"signal\", \"flags\": [\"blocked\"], \"disposition\": \"default\", \"target_pid\": "
		"%d, \"result\": \"queued\"", getpid());
	expect_events(1, "\"kind\": \"signal\", \"flags\": [\"blocked\"], \"result\": \"coalesced\"");
	expect_events(1, "\"kind\": \"signal\", \"flags\": null, \"result\": \"ignored\"");
	for (int i = 0; i < 3; i++)
		must(wait(NULL) > 0);
	tell((struct truth){ .processes_created = 3, .exit_codes = { [0] = 3 }, .reaped_by_parent = 3, .zombies_peak = 3,
		.sigchld_queued = 1,
		.sigchld_coalesced = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

/* Catches: waits that find nobody: no child at all, no child that has ended, no child of that name. */
static void waits_in_vain(void)
{
	siginfo_t info;
	must(wait(NULL) == -1 && errno == ECHILD);
	must(waitid(P_ALL, 0, &info, WEXITED) == -1 && errno == ECHILD);
	pid_t child = victim();
	must(waitpid(-1, NULL, WNOHANG) == 0 && waitpid(child, NULL, WNOHANG) == 0);
	must(waitid(P_PID, child, &info, WEXITED | WNOHANG) == 0);
	must(waitpid(getpid(), NULL, 0) == -1 && errno == ECHILD);
	must(kill(child, SIGKILL) == 0);
	dead(child);
	reap(child);
	expect_events(3, "\"kind\": \"wait\", \"pid\": %d, \"flags\": [\"root\", \"no_child\"]", getpid());
	expect_events(3, "\"kind\": \"wait\", \"pid\": %d, \"flags\": [\"root\", \"nothing\"]", getpid());
	tell((struct truth){ KILLED(1, SIGKILL), .waits_no_child = 3 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "by-parent", by_parent }, { "by-sibling", by_sibling }, { "by-itself", by_itself }, { "by-fault", by_fault },
		{ "by-timer", by_timer }, { "harmless", harmless }, { "stopped", stopped }, { "dispositions", dispositions },
		{ "blocked", blocked }, { "waits-in-vain", waits_in_vain }, { 0 },
	};
	return run_case("kill", cases, argc, argv);
}
