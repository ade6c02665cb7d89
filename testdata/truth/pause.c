/* Pauses: who cannot accept as it waits for a child, in a wait that sleeps or suspended by vfork. */
#include "net.h"
#include <time.h>

#define HELD 250 /* ms; 100 are worth telling */

static int listener;

/* Run by a child: it is the client, and lives on for a while. A vfork's has its parent's memory. */
static void be_client(void)
{
	struct timespec t = { .tv_nsec = HELD * 1000000l };
	must(client_of(listener) >= 0);
	must(syscall(SYS_nanosleep, &t, NULL) == 0);
}

/* The parent sleeps in the only call that it can sleep in. */
static void parent_sleeps(void)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	while (state_of(getppid()) != 'S')
		nanosleep(&pause, NULL);
}

static pid_t client_by_fork(void)
{
	pid_t child = start();
	if (child == 0) {
		parent_sleeps();
		be_client();
		_exit(0);
	}
	return child;
}

static void accept_one(void)
{
	must(accept(listener, NULL, NULL) >= 0);
}

static void end(int children, int execs)
{
	tell((struct truth){ .processes_created = children, .execs = execs, .exit_codes = { [0] = children },
		.reaped_by_parent = children, .sigchld_ignored = children, .tree_depth = 1,
		.accepts_by_listener = { { name_of(listener), children } },
		.accepts_by_task = { { getpid(), children } }, .zombies_peak = UNKNOWN, .zombie_ms_total = { 0, 1e4 },
		.zombie_ms_max = { 0, 1e4 } });
}

/* Catches: a client that waits for a second although the backlog is short, and nobody says why. */
static void in_a_wait(void)
{
	pid_t child = client_by_fork();
	reap(child);
	accept_one();
	expect_findings(1, "\"id\": \"blocked_in_wait\"");
	expect_findings(1, "\"id\": \"blocked_in_wait\", \"pid\": %d, \"child\": %d, \"held_ns\": [%d000000, 1e12], "
		"\"queued\": 1, \"queued_ns\": [%d000000, 1e12], \"idtype\": 2", getpid(), child, HELD, HELD);
	end(1, 0);
}

/* Catches: a wait that is blamed although the connection had been accepted before. */
static void accepted_first(void)
{
	pid_t child = client_by_fork();
	accept_one();
	reap(child);
	expect_findings(0, "\"id\": \"blocked_in_wait\"");
	end(1, 0);
}

static pid_t client_by_vfork(int executes)
{
	pid_t child = vfork();
	must(child >= 0);
	if (child == 0) {
		be_client();
		if (executes)
			exec_exit(0);
		_exit(0);
	}
	accept_one();
	reap(child);
	return child;
}

/* Catches: a caller of vfork that stands still, as its child does something else before it executes a program. */
static void by_vfork(void)
{
	pid_t child = client_by_vfork(1);
	expect_findings(1, "\"id\": \"vfork_suspended\"");
	expect_findings(1, "\"id\": \"vfork_suspended\", \"pid\": %d, \"child\": %d, \"executed\": 1, \"queued\": 1, "
		"\"held_ns\": [%d000000, 1e12], \"queued_ns\": [%d000000, 1e12]", getpid(), child, HELD, HELD);
	end(1, 1);
}

/* Catches: likewise, of a child that ends instead. */
static void by_vfork_exit(void)
{
	pid_t child = client_by_vfork(0);
	expect_findings(1, "\"id\": \"vfork_suspended\", \"pid\": %d, \"child\": %d, \"executed\": 0, \"queued\": 1",
		getpid(), child);
	expect_findings(0, "\"id\": \"blocked_in_wait\"");
	end(1, 0);
}

/* Catches: a wait that goes on while clients wait, of which nothing is known before it returns. */
static void goes_on(void)
{
	struct share by = { name_of(listener), 1 };
	int client = client_of(listener);
	must(client >= 0);
	accept_one();
	pid_t child = start();
	if (child == 0) {
		parent_sleeps();
		must(client_of(listener) >= 0 && client_of(listener) >= 0);
		nanosleep(&(struct timespec){ .tv_nsec = HELD * 1000000l }, NULL);
		leave_tracer();
		_exit(0);
	}
	expect_findings(1, "\"id\": \"blocked_in_wait\"");
	expect_findings(1, "\"id\": \"blocked_in_wait\", \"pid\": %d, \"held_ns\": [%d000000, 1e12], "
		"\"queued\": 2, \"under_way\": 1, \"idtype\": 1", getpid(), HELD);
	tell((struct truth){ .processes_created = UNKNOWN, .zombies_peak = UNKNOWN, .tree_depth = 1,
		.accepts_by_listener = { by }, .accepts_by_task = { { getpid(), 1 } } });
	must(wait(NULL) == child);
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "in-a-wait", in_a_wait }, { "accepted-first", accepted_first }, { "by-vfork", by_vfork },
		{ "by-vfork-exit", by_vfork_exit }, { "goes-on", goes_on }, { NULL, NULL },
	};
	if (argc < 2 || argv[1][0] != '-')
		listener = listen_v4("127.0.0.1");
	return run_case("pause", cases, argc, argv);
}
