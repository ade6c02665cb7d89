/* What becomes of SIGCHLD: its disposition, its mask, and those who take it without a handler. */
#include "truth.h"
#include <stdint.h>
#include <sys/signalfd.h>

#define CHILDREN(n) .processes_created = n, .exit_codes = { [0] = n }, .tree_depth = 1

static atomic_int handled;

static void count(int signal)
{
	(void)signal;
	handled++;
}

static void dead_children(int n)
{
	for (int i = 0; i < n; i++)
		dead(dying_child(0));
}

static void vanished_children(int n)
{
	for (int i = 0; i < n; i++)
		vanished(dying_child(0));
}

static void reap_all(int n)
{
	while (n-- > 0)
		must(wait(NULL) > 0);
}

/* Catches: a signal counted as pending or delivered that the kernel discards, because the action is the default one. */
static void by_default(void)
{
	dead_children(4);
	reap_all(4);
	tell((struct truth){ CHILDREN(4), .zombies_peak = 4, .reaped_by_parent = 4, .sigchld_ignored = 4 });
}

/* Catches: SIG_IGN, under which there is neither a signal nor a zombie, and no wait to show the reaping. */
static void ignore(void)
{
	on_sigchld(SIG_IGN, 0);
	vanished_children(4);
	tell((struct truth){ CHILDREN(4), .auto_reaped = 4 });
}

/* Catches: statuses that are lost in silence, as the kernel itself reaps. */
static void ignore_and_wait(void)
{
	pid_t child[2];
	on_sigchld(SIG_IGN, 0);
	for (int i = 0; i < 2; i++) {
		child[i] = dying_child(3 * i);
		must(waitpid(child[i], NULL, 0) == -1 && errno == ECHILD);
	}
	expect_findings(1, "\"id\": \"status_lost\", \"pid\": %d, \"statuses\": 2, \"child\": %d, \"status\": %d, "
		"\"by_kernel\": 1, \"ignored\": 1, \"tasks\": [%d, %d]", getpid(), child[1], 3 << 8, child[0], child[1]);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 1, [3] = 1 }, .auto_reaped = 2,
		.waits_no_child = 2, .tree_depth = 1 });
}

/* Catches: a disposition looked up too late or too early. It counts at the moment of death: who is a zombie when
 * SIG_IGN is set stays one, and who dies after SIG_DFL is back becomes one. */
static void ignore_for_a_while(void)
{
	dead_children(1);
	on_sigchld(SIG_IGN, 0);
	vanished_children(2);
	on_sigchld(SIG_DFL, 0);
	dead_children(1);
	tell((struct truth){ CHILDREN(4), .zombies_peak = 2, .zombies_left = 2, .auto_reaped = 2, .reparented = 2,
		.sigchld_ignored = 2 });
}

/* Catches: SIG_IGN forgotten at an exec. Caught signals are reset there, ignored ones stay ignored. */
static void ignore_across_exec(void)
{
	on_sigchld(SIG_IGN, 0);
	exec_case("+ignore-across-exec");
}

static void ignore_after_exec(void)
{
	vanished_children(2);
	tell((struct truth){ CHILDREN(2), .execs = 1, .auto_reaped = 2 });
}

/* Catches: a handler taken to survive an exec. The action is the default one again. */
static void handler_across_exec(void)
{
	on_sigchld(count, 0);
	dead_children(1);
	must(handled == 1);
	exec_case("+handler-across-exec");
}

static void handler_after_exec(void)
{
	dead_children(1);
	reap_all(2);
	tell((struct truth){ CHILDREN(2), .execs = 1, .zombies_peak = 2, .reaped_by_parent = 2, .sigchld_queued = 1,
		.sigchld_ignored = 1, .sigchld_delivered = 1 });
}

/* Catches: SA_NOCLDWAIT without a handler: nobody becomes a zombie, yet the signal is sent (and discarded). */
static void no_wait(void)
{
	on_sigchld(SIG_DFL, SA_NOCLDWAIT);
	vanished_children(3);
	tell((struct truth){ CHILDREN(3), .auto_reaped = 3, .sigchld_ignored = 3 });
}

/* Catches: SA_NOCLDWAIT with a handler: the handler runs, and still there is nobody to wait for. */
static void no_wait_handler(void)
{
	on_sigchld(count, SA_NOCLDWAIT | SA_RESTART);
	vanished_children(3);
	must(handled == 3);
	tell((struct truth){ CHILDREN(3), .auto_reaped = 3, .sigchld_queued = 3, .sigchld_delivered = handled });
}

/* Catches: a handler that runs once a death, and does nothing: delivered, but nobody reaps. */
static void handler(void)
{
	on_sigchld(count, SA_RESTART);
	dead_children(3);
	must(handled == 3);
	tell((struct truth){ CHILDREN(3), .zombies_peak = 3, .zombies_left = 3, .reparented = 3, .sigchld_queued = 3,
		.sigchld_delivered = handled });
}

/* Catches: a blocked SIGCHLD counted as ignored. While it is blocked the default action does not apply: the first is
 * queued, the others coalesce with it; once unblocked it is discarded without a handler. */
static void blocked(void)
{
	block_sigchld();
	dead_children(4);
	unblock_sigchld();
	reap_all(4);
	tell((struct truth){ CHILDREN(4), .zombies_peak = 4, .reaped_by_parent = 4, .sigchld_queued = 1,
		.sigchld_coalesced = 3 });
}

/* Catches: coalesced signals counted as delivered: two batches of deaths, two calls of the handler. */
static void blocked_handler(void)
{
	on_sigchld(count, 0);
	for (int batch = 0; batch < 2; batch++) {
		block_sigchld();
		dead_children(5);
		unblock_sigchld();
	}
	must(handled == 2);
	reap_all(10);
	tell((struct truth){ CHILDREN(10), .zombies_peak = 10, .reaped_by_parent = 10, .sigchld_queued = 2,
		.sigchld_coalesced = 8, .sigchld_delivered = handled });
}

/* Catches: blocked and SIG_IGN at once: the kernel reaps and sends nothing, whatever the mask. */
static void blocked_ignore(void)
{
	on_sigchld(SIG_IGN, 0);
	block_sigchld();
	vanished_children(3);
	sigset_t pending;
	must(sigpending(&pending) == 0 && !sigismember(&pending, SIGCHLD));
	tell((struct truth){ CHILDREN(3), .auto_reaped = 3 });
}

/* Catches: a signal read from a signalfd counted as delivered to a handler; there is one, but it never runs. And a
 * signalfd for other signals taken for one for SIGCHLD. */
static void by_signalfd(void)
{
	sigset_t set;
	struct signalfd_siginfo info;
	on_sigchld(count, 0);
	block_sigchld();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(signalfd(-1, &set, SFD_CLOEXEC) >= 0);
	sigaddset(&set, SIGCHLD);
	int fd = signalfd(-1, &set, 0);
	expect_events(1, "\"kind\": \"disposition\", \"pid\": %d, \"disposition\": \"handler\", \"flags\": [\"root\", "
		"\"blocked\", \"signalfd\"]", getpid());
	expect_events(1, "\"kind\": \"disposition\", \"disposition\": \"handler\", \"flags\": [\"root\"]");
	for (int i = 0; i < 3; i++) {
		pid_t child = dying_child(0);
		dead(child);
		must(read(fd, &info, sizeof info) == sizeof info && info.ssi_pid == (uint32_t)child);
		reap(child);
	}
	must(handled == 0);
	tell((struct truth){ CHILDREN(3), .zombies_peak = 1, .reaped_by_parent = 3, .sigchld_queued = 3 });
}

/* Catches: the same for sigtimedwait(2) and its relatives. */
static void by_sigwait(void)
{
	sigset_t set;
	siginfo_t info;
	struct timespec patience = { .tv_sec = 10 };
	on_sigchld(count, 0);
	block_sigchld();
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (int i = 0; i < 3; i++) {
		pid_t child = dying_child(0);
		must(sigtimedwait(&set, &info, &patience) == SIGCHLD && info.si_pid == child);
		reap(child);
	}
	must(handled == 0);
	tell((struct truth){ CHILDREN(3), .zombies_peak = 1, .reaped_by_parent = 3, .sigchld_queued = 3 });
}

/* Catches: SA_RESETHAND: the handler runs for the first death alone, then the default action is back. */
static void reset_handler(void)
{
	on_sigchld(count, SA_RESETHAND | SA_RESTART);
	dead_children(3);
	must(handled == 1);
	reap_all(3);
	tell((struct truth){ CHILDREN(3), .zombies_peak = 3, .reaped_by_parent = 3, .sigchld_queued = 1,
		.sigchld_ignored = 2, .sigchld_delivered = handled });
}

/* Catches: SIGCHLD that no child has sent. kill(2) fills the queue of the process, and coalesces there; a signal to a
 * thread (pthread_kill) has a queue of its own. */
static void by_hand(void)
{
	must(kill(getpid(), SIGCHLD) == 0); /* default: ignored */
	on_sigchld(SIG_IGN, 0);
	must(kill(getpid(), SIGCHLD) == 0); /* ignored as well, and seen, other than a child's */
	on_sigchld(count, 0);
	must(kill(getpid(), SIGCHLD) == 0); /* queued, delivered */
	block_sigchld();
	must(kill(getpid(), SIGCHLD) == 0); /* queued for the process */
	must(kill(getpid(), SIGCHLD) == 0); /* coalesced */
	must(pthread_kill(pthread_self(), SIGCHLD) == 0); /* queued for the thread */
	unblock_sigchld();
	must(handled == 3);
	tell((struct truth){ .sigchld_queued = 3, .sigchld_coalesced = 1, .sigchld_ignored = 2,
		.sigchld_delivered = handled });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "default", by_default }, { "ignore", ignore }, { "ignore-and-wait", ignore_and_wait },
		{ "ignore-for-a-while", ignore_for_a_while },
		{ "ignore-across-exec", ignore_across_exec }, { "+ignore-across-exec", ignore_after_exec },
		{ "handler-across-exec", handler_across_exec }, { "+handler-across-exec", handler_after_exec },
		{ "no-wait", no_wait }, { "no-wait-handler", no_wait_handler }, { "handler", handler },
		{ "blocked", blocked }, { "blocked-handler", blocked_handler }, { "blocked-ignore", blocked_ignore },
		{ "signalfd", by_signalfd }, { "sigwait", by_sigwait }, { "reset-handler", reset_handler },
		{ "by-hand", by_hand }, { NULL, NULL },
	};
	return run_case("sigchld", cases, argc, argv);
}
