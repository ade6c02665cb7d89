/*
 * flood KIND COUNT [FILE]: vforks, forks, threads, execs, daemons, accepts, datagrams, some or all of them, as fast as
 * it can, each awaited: so many, or as many as it makes in some seconds. "several" are processes that each do all at
 * the same time. At the end it says what it did, as the truth cases do, into a file if one is named.
 */
#include "../truth/net.h"

/* What a process of the flood did, in memory that all of them share. */
static struct account { struct truth did; char name[64]; } *mine;

static void reaped(pid_t child, int code)
{
	must(WEXITSTATUS(reap(child)) == code);
	mine->did.processes_created++;
	mine->did.reaped_by_parent++;
	mine->did.sigchld_ignored++;
	mine->did.exit_codes[code]++;
	if (mine->did.tree_depth == 0)
		mine->did.tree_depth = 1;
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
	mine->did.threads_created++;
	mine->did.threads_exited++;
}

static void execs(long n)
{
	pid_t child = start();
	if (child == 0)
		exec_exit(n % 5);
	reaped(child, n % 5);
	mine->did.execs++;
}

/*
 * A double fork with a session of its own; this process adopts the daemon. That is one before it ends: of a child that
 * is dead already the kernel would tell both parents (reparent_leader in kernel/exit.c).
 */
static void daemons(long n)
{
	static pid_t *daemon;
	if (!daemon)
		daemon = shared(sizeof *daemon);
	be_subreaper();
	pid_t adopter = getpid(), middle = start();
	if (middle == 0) {
		pid_t child = start();
		if (child == 0) {
			must(setsid() == getpid());
			while (getppid() != adopter)
				sched_yield();
			_exit(n % 5);
		}
		*daemon = child;
		_exit(1);
	}
	reaped(middle, 1);
	must(WEXITSTATUS(reap(*daemon)) == n % 5);
	mine->did.processes_created++;
	mine->did.reaped_by_other++;
	mine->did.reparented++;
	mine->did.sigchld_ignored++;
	mine->did.exit_codes[n % 5]++;
	mine->did.tree_depth = 2;
}

enum { QUEUE = 8 }; /* a Unix socket holds ten datagrams */

/* A queue of clients, who are accepted when all are there. */
static void accepts(long n)
{
	static int listener, client[QUEUE];
	(void)n;
	if (!*mine->name) {
		snprintf(mine->name, sizeof mine->name, "@flood-%d", getpid());
		listener = listen_local(SOCK_STREAM, mine->name);
		snprintf(mine->name, sizeof mine->name, "%s", name_of(listener));
		mine->did.accepts_by_listener[0].of = mine->name;
		mine->did.accepts_by_task[0].pid = getpid();
	}
	for (int i = 0; i < QUEUE; i++)
		client[i] = client_of(listener);
	for (int i = 0; i < QUEUE; i++) {
		int fd = accept(listener, NULL, NULL);
		must(fd >= 0 && close(fd) == 0 && close(client[i]) == 0);
		mine->did.accepts_by_listener[0].count++;
		mine->did.accepts_by_task[0].count++;
	}
}

static void datagrams(long n)
{
	static int pair[2];
	char buffer[16];
	(void)n;
	if (!mine->did.datagrams_received)
		must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	for (int i = 0; i < QUEUE; i++)
		must(send(pair[0], "12345678", i, 0) == i);
	for (int i = 0; i < QUEUE; i++) {
		must(recv(pair[1], buffer, sizeof buffer, 0) == i);
		mine->did.datagrams_received++;
	}
}

static void mixed(long n)
{
	void (*const each[])(long) = { vforks, forks, threads, vforks };
	each[n % 4](n);
}

static void all(long n)
{
	void (*const each[])(long) = { vforks, accepts, forks, threads, execs, datagrams, vforks, daemons };
	each[n % 8](n);
}

enum { LONGEST_MS = 4000, SEVERAL = 4 };

static long count;
static void (*one)(long);
static int processes = 1;

static void pour(void)
{
	double end = now_ms() + LONGEST_MS;
	for (long n = 0; n < count && (n % 64 || now_ms() < end); n++)
		one(n);
	alone(); /* a joined thread may still be on its way out */
}

/* Adds what a child did to what this process did. */
static void add(int i, const struct truth *its)
{
	struct truth *sum = &mine->did;
	sum->processes_created += its->processes_created;
	sum->threads_created += its->threads_created;
	sum->threads_exited += its->threads_exited;
	sum->execs += its->execs;
	for (int code = 0; code < EXITS; code++)
		sum->exit_codes[code] += its->exit_codes[code];
	sum->reaped_by_parent += its->reaped_by_parent;
	sum->reaped_by_other += its->reaped_by_other;
	sum->reparented += its->reparented;
	sum->sigchld_ignored += its->sigchld_ignored;
	sum->datagrams_received += its->datagrams_received;
	sum->accepts_by_listener[i] = its->accepts_by_listener[0];
	sum->accepts_by_task[i] = its->accepts_by_task[0];
	if (sum->tree_depth <= its->tree_depth)
		sum->tree_depth = its->tree_depth + 1;
}

static void flood(void)
{
	struct account *accounts = shared(SEVERAL * sizeof *accounts), own = { 0 };
	pid_t child[SEVERAL];
	mine = &accounts[0];
	if (processes > 1) {
		for (int i = 0; i < processes; i++) {
			child[i] = start();
			if (child[i] == 0) {
				mine = &accounts[i];
				pour();
				_exit(0);
			}
		}
		mine = &own;
		for (int i = 0; i < processes; i++) {
			reaped(child[i], 0);
			add(i, &accounts[i].did);
		}
	} else
		pour();
	mine->did.zombies_peak = UNKNOWN;
	tell(mine->did);
}

int main(int argc, char **argv)
{
	const struct { const char *name; void (*one)(long); int processes; } kinds[] = { { "vfork", vforks, 1 },
		{ "fork", forks, 1 },
		{ "thread", threads, 1 }, { "exec", execs, 1 }, { "daemon", daemons, 1 }, { "accept", accepts, 1 },
			{ "datagram", datagrams, 1 },
		{ "mixed", mixed, 1 }, { "all", all, 1 }, { "several", all, SEVERAL } };
	if (argc >= 3 && strcmp(argv[1], "--exit") == 0)
		return run_case("attack", NULL, argc, argv);
	must(argc >= 3 && (count = atol(argv[2])) > 0);
	must(argc == 3 || freopen(argv[3], "w", stdout) != NULL);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(argv[1], kinds[i].name) == 0) {
			one = kinds[i].one;
			processes = kinds[i].processes;
		}
	must(one != NULL);
	return run_case("attack", (struct truth_case[]){ { "flood", flood }, { 0 } }, 2,
		(char *[]){ argv[0], "flood", NULL });
}
