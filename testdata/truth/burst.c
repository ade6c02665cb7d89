/* More events than any buffer holds. */
#include "truth.h"

enum { FLOOD = 600000, KEPT = 10, AFTER = 50 };

/* Is the parent the tracer that launched this case? Then it can be made to look away. */
static int tracer_is(pid_t parent)
{
	char path[64], comm[32] = "";
	snprintf(path, sizeof path, "/proc/%d/comm", parent);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, comm, sizeof comm - 1) > 0 && close(fd) == 0 && strcmp(comm, "tracer\n") == 0;
}

/*
 * Catches: loss in silence. The tracer is stopped (as a slow reader would be, only exactly), 600,000 signals are sent,
 * children are made and reaped meanwhile, and it goes on. It may miss events, but it must say how many, count nothing
 * twice, and know in the end that nobody is left.
 */
static void flood(void)
{
	pid_t kept[KEPT], tracer = getppid();
	int gate = gate_new(), stopped = tracer_is(tracer) && kill(tracer, SIGSTOP) == 0;
	for (int i = 0; i < FLOOD; i++)
		kill(getpid(), SIGCHLD);
	for (int i = 0; i < KEPT; i++)
		kept[i] = waiting_child(gate, 0);
	if (stopped)
		kill(tracer, SIGCONT);
	for (int i = 0; i < AFTER; i++)
		reap(dying_child(1));
	gate_open(gate, KEPT);
	for (int i = 0; i < KEPT; i++)
		reap(kept[i]);
	tell((struct truth){ .processes_created = KEPT + AFTER, .exit_codes = { [0] = KEPT, [1] = AFTER },
		.zombies_peak = UNKNOWN, .reaped_by_parent = KEPT + AFTER, .sigchld_ignored = FLOOD + KEPT + AFTER,
		.tree_depth = 1, .may_lose = stopped });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = { { "flood", flood }, { NULL, NULL } };
	return run_case("burst", cases, argc, argv);
}
