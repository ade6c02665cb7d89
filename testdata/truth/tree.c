/* Shapes: deep, wide, random, and more events than fit. */
#include "truth.h"
#include <poll.h>

enum { DEEP = 200, WIDE = 2000 };

static int links_left(void)
{
	const char *text = getenv("TRUTH_LINKS");
	return text ? atoi(text) : DEEP;
}

/* One link of the chain: makes the next, which execs, and waits for it. Forks alone would copy ever more. */
static void link_and_wait(void)
{
	char text[16];
	int left = links_left();
	if (left == 0)
		return;
	pid_t child = start();
	if (child == 0) {
		snprintf(text, sizeof text, "%d", left - 1);
		must(setenv("TRUTH_LINKS", text, 1) == 0);
		exec_case("+chain");
	}
	must(reap(child) == 0);
}

/* Catches: depth lost on the way down: 200 generations live at once, each waits for the next. */
static void chain(void)
{
	link_and_wait();
	tell((struct truth){ .processes_created = DEEP, .execs = DEEP, .exit_codes = { [0] = DEEP }, .zombies_peak = 1,
		.reaped_by_parent = DEEP, .sigchld_ignored = DEEP, .tree_depth = DEEP });
}

/* Catches: lost events when 2,000 children live at once, are dead at once, and are reaped from the youngest on. */
static void fan(void)
{
	static pid_t child[WIDE];
	int gate = gate_new();
	for (int i = 0; i < WIDE; i++)
		child[i] = waiting_child(gate, i % 3);
	gate_open(gate, WIDE);
	for (int i = 0; i < WIDE; i++)
		dead(child[i]);
	for (int i = WIDE - 1; i >= 0; i--)
		reap(child[i]);
	tell((struct truth){ .processes_created = WIDE, .exit_codes = { [0] = 667, [1] = 667, [2] = 666 },
		.zombies_peak = WIDE, .reaped_by_parent = WIDE, .sigchld_ignored = WIDE, .tree_depth = 1 });
}

static pid_t vforked(void)
{
	pid_t child = vfork();
	if (child == 0)
		_exit(0);
	return child;
}

/* Catches: lost events when processes come and go as fast as one parent can make them. */
static void churn(void)
{
	for (int i = 0; i < WIDE; i++)
		must(waitpid(vforked(), NULL, 0) > 0);
	tell((struct truth){ .processes_created = WIDE, .exit_codes = { [0] = WIDE }, .zombies_peak = 1,
		.reaped_by_parent = WIDE, .sigchld_ignored = WIDE, .tree_depth = 1 });
}

/* What a random tree did, counted by its processes. */
static struct {
	atomic_long created, own_reaped, handed_on, signals, depth, codes[4];
} *counted;

static unsigned next_random(unsigned *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static void note_depth(long depth)
{
	long deepest = counted->depth;
	while (depth > deepest && !atomic_compare_exchange_weak(&counted->depth, &deepest, depth))
		;
}

enum fate { REAPED, LEFT_DEAD, LEFT_LIVE };
enum { GENERATIONS = 5, AT_MOST = 1000 };

/*
 * A process of the random tree makes up to four children, down to the fifth generation. Each one it reaps, or leaves
 * behind dead, or leaves behind alive: that one goes on when its parent is dead. The root inherits what is left behind.
 * Every death sends one SIGCHLD; who is dead when its parent ends sends a second one.
 */
static void grow(unsigned random, int generation, long depth)
{
	int life = syscall(SYS_pidfd_open, getpid(), 0);
	must(life >= 0);
	for (int children = generation < GENERATIONS ? next_random(&random) % 5 : 0; children > 0; children--) {
		enum fate fate = generation == 0 ? REAPED : next_random(&random) % 3;
		unsigned its_random = next_random(&random);
		pid_t child = start();
		if (child == 0) {
			must(++counted->created < AT_MOST);
			note_depth(depth + 1);
			if (fate == LEFT_LIVE)
				must(poll(&(struct pollfd){ .fd = life, .events = POLLIN }, 1, PATIENCE_MS) == 1);
			grow(its_random, generation + 1, fate == LEFT_LIVE ? 1 : depth + 1);
			counted->codes[its_random % 4]++;
			counted->signals++;
			_exit(its_random % 4);
		}
		if (fate == REAPED) {
			reap(child);
			counted->own_reaped++;
		} else {
			counted->handed_on++;
		}
		if (fate == LEFT_DEAD) {
			dead(child);
			counted->signals++;
		}
	}
	must(close(life) == 0);
}

/* Catches: whatever nobody thought of. A seeded random tree that counts itself; the root is a subreaper. */
static void random_tree(unsigned seed)
{
	long inherited = 0;
	counted = shared(sizeof *counted);
	be_subreaper();
	for (int i = 0; i < 3; i++)
		grow(seed + i, 0, 0);
	while (wait(NULL) > 0)
		inherited++;
	must(errno == ECHILD && inherited == counted->created - counted->own_reaped);
	struct truth t = { .processes_created = counted->created, .zombies_peak = UNKNOWN,
		.reaped_by_parent = counted->own_reaped, .reaped_by_other = inherited, .reparented = counted->handed_on,
		.sigchld_ignored = counted->signals, .tree_depth = counted->depth };
	for (int code = 0; code < 4; code++)
		t.exit_codes[code] = counted->codes[code];
	tell(t);
}

static void random_one(void)
{
	random_tree(1);
}

static void random_two(void)
{
	random_tree(20002);
}

static void random_three(void)
{
	random_tree(3000003);
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "chain", chain }, { "+chain", link_and_wait }, { "fan", fan }, { "churn", churn },
		{ "random-one", random_one }, { "random-two", random_two }, { "random-three", random_three },
		{ NULL, NULL },
	};
	return run_case("tree", cases, argc, argv);
}
