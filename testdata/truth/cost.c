/*
 * What tasks and processes have used. Just before its end a task asks the kernel for its own account; that is the least
 * that its exit may tell. The most is what the kernel has when the task is gone: it goes on counting until then, while
 * it takes the task apart. All run on one CPU, so that whoever sees the end of another runs when that one does not, and
 * its account is up to date.
 */
#include "truth.h"

#include <sched.h>
#include <sys/resource.h>
#include <time.h>

/* Nanoseconds by which the clocks that are compared can be apart. */
#define APART 100000ull

typedef unsigned long long nanoseconds;

struct account {
	nanoseconds cpu, delay;
	struct rusage usage;
};

static void one_cpu(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	must(sched_setaffinity(0, sizeof set, &set) == 0);
}

static nanoseconds clock_of(clockid_t clock)
{
	struct timespec t;
	must(clock_gettime(clock, &t) == 0);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Keeps the CPU busy, in user space and in the kernel, for so long of this thread's own time. */
static void burn(nanoseconds how_long)
{
	nanoseconds begin = clock_of(CLOCK_THREAD_CPUTIME_ID);
	while (clock_of(CLOCK_THREAD_CPUTIME_ID) - begin < how_long)
		;
}

/* What /proc tells of a task: its time on a CPU, brought up to date when another task ran, and its time without one. */
static struct account schedstat(const char *task)
{
	struct account a = { 0 };
	char path[64];
	snprintf(path, sizeof path, "/proc/%s/schedstat", task);
	FILE *file = fopen(path, "r");
	must(file && fscanf(file, "%llu %llu", &a.cpu, &a.delay) == 2);
	fclose(file);
	return a;
}

static struct account own_account(void)
{
	struct account a = { .delay = schedstat("thread-self").delay };
	must(getrusage(RUSAGE_THREAD, &a.usage) == 0);
	a.cpu = clock_of(CLOCK_THREAD_CPUTIME_ID);
	return a;
}

static void touch(size_t size)
{
	memset(shared(size), 1, size);
}

/* Catches: an account that lacks what a short process has done since the last timer interrupt; counts of another task;
 * a peak in the wrong unit. */
static void process(void)
{
	static const int ms[] = { 0, 1, 2, 3, 5, 9 };
	struct account *least = shared(sizeof *least);
	for (int i = 0; i < 6; i++) {
		pid_t child = start();
		if (child == 0) {
			touch((i + 1) << 20);
			burn(ms[i] * 1000000ull);
			sched_yield();
			burn(ms[i] * 300000ull);
			*least = own_account();
			_exit(0);
		}
		dead(child);
		char name[16];
		snprintf(name, sizeof name, "%d", child);
		struct account most = schedstat(name);
		must(wait4(child, NULL, 0, &most.usage) == child);
		expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"cpu\": [%llu, %llu], \"group_cpu\": [%llu, %llu], "
			"\"run_delay\": [%llu, %llu], \"nvcsw\": [%ld, %ld], \"nivcsw\": [%ld, %ld], \"minflt\": [%ld, %ld], "
			"\"majflt\": [%ld, %ld], \"group_minflt\": [%ld, %ld], \"maxrss\": %ld",
			child, least->cpu - APART, most.cpu + APART, least->cpu - APART, most.cpu + APART, least->delay, most.delay,
			least->usage.ru_nvcsw, most.usage.ru_nvcsw, least->usage.ru_nivcsw, most.usage.ru_nivcsw,
			least->usage.ru_minflt, most.usage.ru_minflt, least->usage.ru_majflt, most.usage.ru_majflt,
			least->usage.ru_minflt, most.usage.ru_minflt, most.usage.ru_maxrss * 1024);
	}
	tell((struct truth){ .processes_created = 6, .exit_codes = { [0] = 6 }, .zombies_peak = 1, .reaped_by_parent = 6,
		.sigchld_ignored = 6, .tree_depth = 1 });
}

struct worker_account {
	struct account least;
	pid_t tid;
};

static void *work(void *argument)
{
	struct worker_account *own = argument;
	own->tid = syscall(SYS_gettid);
	burn(2500000);
	own->least = own_account();
	return NULL;
}

/* Catches: the account of a process for that of its thread. What its threads had used is what the process has used and
 * its leader has not. */
static void threads(void)
{
	struct worker_account own;
	for (int i = 0; i < 4; i++) {
		nanoseconds before = clock_of(CLOCK_PROCESS_CPUTIME_ID) - clock_of(CLOCK_THREAD_CPUTIME_ID);
		must(pthread_join(thread(work, &own), NULL) == 0);
		alone();
		nanoseconds most = clock_of(CLOCK_PROCESS_CPUTIME_ID) - clock_of(CLOCK_THREAD_CPUTIME_ID) - before;
		expect_events(1, "\"kind\": \"exit\", \"tid\": %d, \"cpu\": [%llu, %llu], \"group_cpu\": null, "
			"\"maxrss\": null", own.tid, own.least.cpu - APART, most + APART);
	}
	tell((struct truth){ .threads_created = 4, .threads_exited = 4 });
}

static void *burn_on(void *begun)
{
	gate_open(*(int *)begun, 1);
	for (;;)
		burn(1000000);
	return NULL;
}

/* Catches: threads that are left out of the account of their process: those that have ended, and one that its end takes
 * along while it runs. */
static void group(void)
{
	struct account *least = shared(sizeof *least), most;
	int begun = gate_new();
	pid_t child = start();
	if (child == 0) {
		struct worker_account own;
		for (int i = 0; i < 3; i++)
			must(pthread_join(thread(work, &own), NULL) == 0);
		thread(burn_on, &begun);
		gate_pass(begun);
		burn(6000000);
		must(getrusage(RUSAGE_SELF, &least->usage) == 0);
		least->cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
		_exit(0);
	}
	must(wait4(child, NULL, 0, &most.usage) == child);
	most.cpu = 1000 * (1000000ull * (most.usage.ru_utime.tv_sec + most.usage.ru_stime.tv_sec) +
		most.usage.ru_utime.tv_usec + most.usage.ru_stime.tv_usec + 2);
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"group_cpu\": [%llu, %llu], \"group_nvcsw\": [%ld, %ld], "
		"\"group_nivcsw\": [%ld, %ld], \"group_minflt\": [%ld, %ld], \"maxrss\": %ld", child, least->cpu - APART,
		most.cpu + APART, least->usage.ru_nvcsw, most.usage.ru_nvcsw, least->usage.ru_nivcsw, most.usage.ru_nivcsw,
		least->usage.ru_minflt, most.usage.ru_minflt, most.usage.ru_maxrss * 1024);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .threads_created = 4, .threads_exited = 4,
		.zombies_peak = 1, .reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

/* The faults of this process until it came so far. */
static long faults(void)
{
	struct rusage usage;
	must(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

static void exit_at_once(void)
{
	_exit(0);
}

/* Catches: what tracer had used as it launched the program, for what the program has. A child that executes the same
 * program has the faults of its beginning, and some of a fork. */
static void launched(void)
{
	long begun = faults();
	pid_t child = start();
	if (child == 0)
		exec_case("+exit-at-once");
	struct rusage usage;
	must(wait4(child, NULL, 0, &usage) == child);
	touch(4 << 20);
	long own = faults() - begun;
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"minflt\": [%ld, %ld], \"group_minflt\": [%ld, %ld]",
		getpid(), own, own + usage.ru_minflt, own, own + usage.ru_minflt);
	tell((struct truth){ .processes_created = 1, .execs = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "process", process }, { "threads", threads }, { "group", group },
		{ "launched", launched }, { "+exit-at-once", exit_at_once }, { NULL, NULL },
	};
	one_cpu();
	return run_case("cost", cases, argc, argv);
}
