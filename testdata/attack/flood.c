/*
 * flood KIND COUNT [FILE]: vforks, forks, threads or all of them, as fast as it can, each awaited: so many, or as many as it makes in some
 * seconds. At the end it says what it did, as the truth cases do, into a file if one is named.
 */
#include "../truth/truth.h"

static struct truth did = { .zombies_peak = UNKNOWN };

static void reaped(pid_t child, int code)
{
	must(WEXITSTATUS(reap(child)) == code);
	did.processes_created++;
	did.reaped_by_parent++;
	did.sigchld_ignored++;
	did.exit_codes[code]++;
	did.tree_depth = 1;
}

static void vforks(long n)
{
	pid_t child = vfork();
	if (child == 0)
		_exit(n % 5);
	must(child > 0);
	reaped(child, n % 5);
}

static void forks(long n)
{
	reaped(dying_child(n % 5), n % 5);
}

static void *nothing(void *argument)
{
	return argument;
}

static void threads(long n)
{
	(void)n;
	must(pthread_join(thread(nothing, NULL), NULL) == 0);
	did.threads_created++;
	did.threads_exited++;
}

static void mixed(long n)
{
	void (*const each[])(long) = { vforks, forks, threads, vforks };
	each[n % 4](n);
}

enum { LONGEST_MS = 4000 };

static long count;
static void (*one)(long);

static void flood(void)
{
	double end = now_ms() + LONGEST_MS;
	for (long n = 0; n < count && (n % 64 || now_ms() < end); n++)
		one(n);
	alone(); /* a joined thread may still be on its way out */
	tell(did);
}

int main(int argc, char **argv)
{
	const struct { const char *name; void (*one)(long); } kinds[] = { { "vfork", vforks }, { "fork", forks }, { "thread", threads }, { "mixed", mixed } };
	must(argc >= 3 && (count = atol(argv[2])) > 0);
	must(argc == 3 || freopen(argv[3], "w", stdout) != NULL);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			one = kinds[i].one;
	must(one != NULL);
	return run_case("attack", (struct truth_case[]){ { "flood", flood }, { 0 } }, 2, (char *[]){ argv[0], "flood", NULL });
}
