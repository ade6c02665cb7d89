/*
 * forest SEED COUNT: grows a random forest while about COUNT vforks come and go, for some seconds at the most, says
 * "ready" and stands still until its standard input ends. Every process and thread has a name of its own; some
 * processes are zombies, and some are orphans that the root adopted. What there is when it is ready, /proc tells.
 */
#include "../truth/truth.h"

enum { MOST = 60, GENERATIONS = 4, LONGEST_MS = 4000 };

static struct { atomic_long processes, threads; } *grown;
static unsigned state;
static int life[2], named; /* a pipe whose write end the root alone has; the gate of threads that have their names */

static unsigned random_below(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 16) % n;
}

static double end; /* of all churning */

static void churn(long count)
{
	while (count-- > 0 && now_ms() < end) {
		pid_t child = vfork();
		if (child == 0)
			_exit(0);
		must(child > 0);
		reap(child);
	}
}

static void call_itself(char sort, long number)
{
	char name[16];
	snprintf(name, sizeof name, "%c%ld", sort, number);
	must(prctl(PR_SET_NAME, name) == 0);
}

static void stand_still(void)
{
	char c;
	must(read(life[0], &c, 1) == 0);
}

static void *stand(void *nothing)
{
	call_itself('t', ++grown->threads);
	gate_open(named, 1);
	stand_still();
	return nothing;
}

/* Makes threads, children and zombies, and waits until all below it is whole. */
static void grow(int generation, long share)
{
	named = gate_new();
	for (int n = random_below(3); n > 0; n--) {
		thread(stand, NULL);
		gate_pass(named);
	}
	for (int n = generation < GENERATIONS ? 1 + random_below(4) : 0; n > 0; n--) {
		int whole[2], dies = random_below(3) == 0;
		unsigned its = random_below(1 << 15);
		long number = ++grown->processes;
		char c;
		if (number > MOST)
			return;
		must(pipe2(whole, O_CLOEXEC) == 0);
		pid_t child = start();
		if (child == 0) {
			call_itself('p', number);
			close(life[1]);
			close(whole[0]);
			state = its;
			churn(share);
			grow(generation + 1, share);
			must(write(whole[1], "", 1) == 1);
			if (dies)
				_exit(number % 7);
			close(whole[1]);
			stand_still();
			_exit(0);
		}
		close(whole[1]);
		must(read(whole[0], &c, 1) == 1);
		close(whole[0]);
		if (dies)
			dead(child);
	}
}

int main(int argc, char **argv)
{
	char c;
	must(argc == 3);
	state = atol(argv[1]);
	end = now_ms() + LONGEST_MS;
	grown = shared(sizeof *grown);
	must(pipe2(life, O_CLOEXEC) == 0);
	be_subreaper();
	call_itself('r', 0);
	churn(atol(argv[2]) / 2);
	grow(0, atol(argv[2]) / 2 / MOST);
	must(puts("ready") >= 0 && fflush(stdout) == 0);
	must(read(0, &c, 1) == 0);
	return 0;
}
