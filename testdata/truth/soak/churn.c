/*
 * churn SECONDS: processes that come and go, a few thousand a second, so that the kernel uses every id again and again.
 * Vforks mostly, as they are the quickest; forks, children of children and threads among them. At the end it says what
 * it did, as the truth cases do.
 */
#include "../truth.h"
#include <time.h>

enum { A_SECOND = 3500 };

static struct truth did = { .zombies_peak = UNKNOWN, .tree_depth = 2 };

static void reaped(pid_t child)
{
	int code = WEXITSTATUS(reap(child));
	did.processes_created++;
	did.reaped_by_parent++;
	did.sigchld_ignored++;
	did.exit_codes[code]++;
}

/* A child that makes and reaps one of its own. */
static void two_generations(int code)
{
	pid_t child = start();
	if (child == 0) {
		reap(dying_child(code));
		_exit(code);
	}
	reaped(child);
	did.processes_created++;
	did.reaped_by_parent++;
	did.sigchld_ignored++;
	did.exit_codes[code]++;
}

static void *nothing(void *argument)
{
	return argument;
}

static void one(long n)
{
	int code = n % 5;
	pid_t child;
	switch (n % 100) {
	case 0:
		two_generations(code);
		break;
	case 1 ... 3:
		reaped(dying_child(code));
		break;
	case 4 ... 10:
		must(pthread_join(thread(nothing, NULL), NULL) == 0);
		did.threads_created++;
		did.threads_exited++;
		break;
	default:
		child = vfork();
		if (child == 0)
			_exit(code);
		must(child > 0);
		reaped(child);
	}
}

static long seconds;

static void churn(void)
{
	double begin = now_ms();
	for (long n = 0; now_ms() - begin < seconds * 1000.0; n++) {
		one(n);
		double ahead = n * 1000.0 / A_SECOND - (now_ms() - begin);
		if (ahead > 5)
			nanosleep(&(struct timespec){ .tv_nsec = ahead * 1e6 }, NULL);
	}
	tell(did);
}

int main(int argc, char **argv)
{
	must(argc == 2 && (seconds = atol(argv[1])) > 0);
	return run_case("soak", (struct truth_case[]){ { "churn", churn }, { 0 } }, 2,
		(char *[]){ argv[0], "churn", NULL });
}
