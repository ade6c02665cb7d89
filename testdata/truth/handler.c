/* What handlers of SIGCHLD do with the dead: the classic bug, its cure, and who runs the handler. */
#include "truth.h"

#define CHILDREN(n) .processes_created = n, .exit_codes = { [0] = n }, .tree_depth = 1

enum { BATCH = 5, STORM = 200 };

static atomic_int handled, reaped;

static void reap_one(int signal)
{
	(void)signal;
	handled++;
	if (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
}

static void reap_until_none(int signal)
{
	(void)signal;
	handled++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
}

/* Five die while the signal is blocked: one signal remains of theirs. */
static void batch_under(void (*handler)(int))
{
	on_sigchld(handler, 0);
	block_sigchld();
	for (int i = 0; i < BATCH; i++)
		dead(dying_child(0));
	unblock_sigchld();
	must(handled == 1);
}

/* Catches: the classic bug: one wait a signal. Five deaths make one signal, so one is reaped and four stay zombies. */
static void once(void)
{
	batch_under(reap_one);
	must(reaped == 1);
	tell((struct truth){ CHILDREN(BATCH), .zombies_peak = BATCH, .zombies_left = 4, .reaped_by_parent = reaped,
		.reparented = 4, .sigchld_queued = 1, .sigchld_coalesced = 4, .sigchld_delivered = 1 });
}

/* Catches: its cure: a loop in the handler. The same five deaths, nobody is left. */
static void loop(void)
{
	batch_under(reap_until_none);
	must(reaped == BATCH);
	tell((struct truth){ CHILDREN(BATCH), .zombies_peak = BATCH, .reaped_by_parent = reaped,
		.sigchld_queued = 1, .sigchld_coalesced = 4, .sigchld_delivered = 1 });
}

/* Catches: deaths that come as they please, under a handler with a loop. How many signals coalesce is the scheduler's
 * choice, so the handler counts: each call of it is one queued signal, and all others have coalesced. */
static void storm(void)
{
	sigset_t none;
	sigemptyset(&none);
	on_sigchld(reap_until_none, 0);
	block_sigchld();
	for (int i = 0; i < STORM; i++)
		dying_child(0);
	while (reaped < STORM)
		sigsuspend(&none);
	unblock_sigchld(); /* a last signal, sent by one who was reaped meanwhile */
	tell((struct truth){ CHILDREN(STORM), .zombies_peak = UNKNOWN, .reaped_by_parent = reaped,
		.sigchld_queued = handled, .sigchld_coalesced = STORM - handled, .sigchld_delivered = handled });
}

/* Catches: a handler that runs with room for one signal more. Three die while it runs: SIGCHLD is blocked in its own
 * handler, the first of the three is queued, and the handler runs once more. */
static void three_more_die(int signal)
{
	(void)signal;
	for (int i = 0; handled == 0 && i < 3; i++)
		dead(dying_child(0));
	handled++;
}

static void during(void)
{
	on_sigchld(three_more_die, SA_RESTART);
	dead(dying_child(0));
	must(handled == 2);
	tell((struct truth){ CHILDREN(4), .zombies_peak = 4, .zombies_left = 4, .reparented = 4,
		.sigchld_queued = 2, .sigchld_coalesced = 2, .sigchld_delivered = handled });
}

/* Catches: the same with SA_NODEFER: nothing is blocked, handlers nest, nothing coalesces. */
static void two_more_die(int signal)
{
	(void)signal;
	if (++handled < 4)
		dead(dying_child(0));
}

static void nested(void)
{
	on_sigchld(two_more_die, SA_NODEFER | SA_RESTART);
	dead(dying_child(0));
	must(handled == 4);
	tell((struct truth){ CHILDREN(4), .zombies_peak = 4, .zombies_left = 4, .reparented = 4,
		.sigchld_queued = 4, .sigchld_delivered = handled });
}

static volatile pid_t named_by_signal, returned_by_wait;

static void compare(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	named_by_signal = info->si_pid;
	returned_by_wait = waitpid(-1, NULL, WNOHANG);
}

/* Catches: the signal's si_pid taken for the child that the handler reaps. The second child dies first and is the one
 * that the signal names; wait finds the first. */
static void other_pid(void)
{
	struct sigaction action = { .sa_sigaction = compare, .sa_flags = SA_SIGINFO };
	int gate = gate_new();
	block_sigchld();
	must(sigaction(SIGCHLD, &action, NULL) == 0);
	pid_t first = waiting_child(gate, 1), second = dying_child(2);
	dead(second);
	gate_open(gate, 1);
	dead(first);
	unblock_sigchld();
	must(named_by_signal == second && returned_by_wait == first);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [1] = 1, [2] = 1 }, .zombies_peak = 2,
		.zombies_left = 1, .reaped_by_parent = 1, .reparented = 1, .sigchld_queued = 1, .sigchld_coalesced = 1,
		.sigchld_delivered = 1, .tree_depth = 1 });
}

static int handled_gate;
static atomic_int handler_tid;

static void note_thread(int signal)
{
	(void)signal;
	handled++;
	handler_tid = syscall(SYS_gettid);
	gate_open(handled_gate, 1);
}

static void *take_signals(void *end_gate)
{
	unblock_sigchld();
	gate_open(handled_gate, 1); /* ready */
	gate_pass(*(int *)end_gate);
	return NULL;
}

/* Catches: a handler that runs in a thread which is not the parent's leader: the leader has blocked the signal. */
static void in_thread(void)
{
	int end_gate = gate_new();
	handled_gate = gate_new();
	on_sigchld(note_thread, SA_RESTART);
	block_sigchld();
	pthread_t taker = thread(take_signals, &end_gate);
	gate_pass(handled_gate);
	for (int i = 0; i < 3; i++) {
		dead(dying_child(0));
		gate_pass(handled_gate);
	}
	must(handled == 3 && handler_tid != getpid());
	gate_open(end_gate, 1);
	must(pthread_join(taker, NULL) == 0);
	tell((struct truth){ CHILDREN(3), .threads_created = 1, .threads_exited = 1, .zombies_peak = 3,
		.zombies_left = 3, .reparented = 3, .sigchld_queued = 3, .sigchld_delivered = handled });
}

static void *fork_blocked(void *unused)
{
	block_sigchld();
	dead(dying_child(0));
	return unused;
}

/* Catches: the mask of the wrong thread. Whether the default action discards the signal at once depends on the mask of
 * the thread that forked: it blocks SIGCHLD, so the signal is queued, then discarded by the leader, which does not. */
static void masked_thread(void)
{
	must(pthread_join(thread(fork_blocked, NULL), NULL) == 0);
	dead(dying_child(0));
	tell((struct truth){ CHILDREN(2), .threads_created = 1, .threads_exited = 1, .zombies_peak = 2,
		.zombies_left = 2, .reparented = 2, .sigchld_queued = 1, .sigchld_ignored = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "once", once }, { "loop", loop }, { "storm", storm }, { "during", during }, { "nested", nested },
		{ "other-pid", other_pid }, { "in-thread", in_thread }, { "masked-thread", masked_thread }, { NULL, NULL },
	};
	return run_case("handler", cases, argc, argv);
}
