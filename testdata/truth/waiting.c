/* Waits that are under way: which of them pass over a zombie, and of which nothing is to be said. */
#include "truth.h"
#include <poll.h>
#include <time.h>

#define HELD 120 /* ms; half of what is worth telling of one that was reaped, and more */

/* Of cases that end in the middle (--root): what is left alive ends with the root. */
static int life[2];

static void bind_to_root(void)
{
	must(pipe2(life, O_CLOEXEC) == 0);
}

static void with_root(void)
{
	char c;
	close(life[1]);
	must(read(life[0], &c, 1) == 0);
}

static pid_t child_with_root(void)
{
	pid_t child = start();
	if (child == 0) {
		with_root();
		_exit(0);
	}
	return child;
}

/* What the process under test tells the root before it sleeps in the wait, and in nothing else after that. */
static struct about {
	pid_t zombie, child, thread;
	atomic_int ready;
} *about;

/* Until a thread sleeps. */
static void sleeping(pid_t pid, pid_t thread)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	char path[64], state = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, thread);
	for (double end = now_ms() + PATIENCE_MS; state != 'S'; nanosleep(&pause, NULL)) {
		FILE *f = fopen(path, "r");
		must(f != NULL && fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && now_ms() < end);
		fclose(f);
	}
}

static void until_it_sleeps(pid_t pid)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 }, held = { .tv_nsec = HELD * 1000000l };
	while (!about->ready)
		nanosleep(&pause, NULL);
	sleeping(pid, about->thread);
	nanosleep(&held, NULL);
}

static void goes_to_sleep(void)
{
	about->thread = gettid();
	about->ready = 1;
}

/* A process that has a zombie and sleeps in a wait; the trace ends meanwhile. */
static pid_t sleeper(void (*sleeps)(pid_t child))
{
	bind_to_root();
	about = shared(sizeof *about);
	pid_t parent = start();
	if (parent == 0) {
		close(life[1]);
		about->child = child_with_root();
		dead(about->zombie = dying_child(3));
		sleeps(about->child);
		_exit(0);
	}
	until_it_sleeps(parent);
	return parent;
}

static void tell_in_the_middle(void)
{
	tell((struct truth){ .processes_created = UNKNOWN, .threads_created = UNKNOWN, .threads_exited = UNKNOWN,
		.exit_codes = { [3] = 1 }, .zombies_peak = UNKNOWN, .zombies_left = UNKNOWN, .reparented = UNKNOWN,
		.sigchld_ignored = UNKNOWN, .tree_depth = 2 });
}

/* The one finding of a process that is in a wait. */
static void expect_in_wait(pid_t parent, const char *wait)
{
	expect_findings(1, "\"id\": \"not_waited_for\"");
	expect_findings(1, "\"id\": \"not_waited_for\", \"pid\": %d, \"tasks\": [%d], \"in_wait_ns\": [%d000000, 1e12], %s",
		parent, about->zombie, HELD, wait);
	tell_in_the_middle();
}

static void by_pid(pid_t child)
{
	goes_to_sleep();
	waitpid(child, NULL, 0);
}

/* Catches: a wait that is known only when it has returned, which this one never does. */
static void for_another(void)
{
	char wait[99];
	pid_t parent = sleeper(by_pid);
	snprintf(wait, sizeof wait, "\"syscall\": 1, \"idtype\": 2, \"waits_for\": %d", about->child);
	expect_events(1, "\"kind\": \"waiting\", \"pid\": %d, \"call\": \"wait4\", \"idtype\": \"pid\", \"id\": %d", parent,
		about->child);
	expect_in_wait(parent, wait);
}

static void by_group(pid_t child)
{
	must(setpgid(child, child) == 0);
	goes_to_sleep();
	waitpid(-child, NULL, 0);
}

/* Catches: likewise, for a process group that the zombie is not in. */
static void for_group(void)
{
	char wait[99];
	pid_t parent = sleeper(by_group);
	snprintf(wait, sizeof wait, "\"syscall\": 1, \"idtype\": 3, \"waits_for\": %d", about->child);
	expect_in_wait(parent, wait);
}

static void by_pidfd(pid_t child)
{
	siginfo_t info;
	int fd = syscall(SYS_pidfd_open, child, 0);
	must(fd >= 0);
	goes_to_sleep();
	waitid(P_PIDFD, fd, &info, WEXITED);
}

/* Catches: a descriptor that is taken for an id. */
static void for_pidfd(void)
{
	char wait[99];
	pid_t parent = sleeper(by_pidfd);
	snprintf(wait, sizeof wait, "\"syscall\": 2, \"idtype\": 4, \"waits_for\": %d", about->child);
	expect_in_wait(parent, wait);
}

static void by_stop(pid_t child)
{
	siginfo_t info;
	(void)child;
	goes_to_sleep();
	waitid(P_ALL, 0, &info, WSTOPPED);
}

/* Catches: a wait for any child, but not for ends, which leaves the dead. */
static void for_stop(void)
{
	expect_in_wait(sleeper(by_stop), "\"syscall\": 2, \"idtype\": 1, \"options\": 2");
}

static void *in_thread(void *child)
{
	by_pid(*(pid_t *)child);
	return NULL;
}

static void by_thread(pid_t child)
{
	must(pthread_join(thread(in_thread, &child), NULL) == 0);
}

/* Catches: a thread that waits, which is not the leader. */
static void thread_for_another(void)
{
	char wait[99];
	pid_t parent = sleeper(by_thread);
	snprintf(wait, sizeof wait, "\"syscall\": 1, \"idtype\": 2, \"waits_for\": %d, \"thread\": %d", about->child,
		about->thread);
	expect_in_wait(parent, wait);
}

static void nothing(int signal)
{
	(void)signal;
}

static void gives_up(pid_t child)
{
	struct sigaction action = { .sa_handler = nothing }; /* without SA_RESTART */
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	goes_to_sleep();
	must(waitpid(child, NULL, 0) == -1 && errno == EINTR);
	about->ready = 0;
	goes_to_sleep();
	with_root();
}

/* Catches: a process that is said to be in a wait which a signal has ended. */
static void given_up(void)
{
	pid_t parent = sleeper(gives_up);
	about->ready = 0;
	must(kill(parent, SIGUSR1) == 0);
	until_it_sleeps(parent);
	expect_events(1, "\"kind\": \"waiting\", \"id\": %d", about->child);
	expect_events(1, "\"kind\": \"wait\", \"flags\": [\"interrupted\"], \"pid\": %d, \"call\": \"wait4\", "
		"\"idtype\": \"pid\", \"id\": %d", parent, about->child);
	expect_findings(1, "\"id\": \"not_waited_for\", \"pid\": %d, \"tasks\": [%d]", parent, about->zombie);
	expect_findings(0, "\"id\": \"not_waited_for\", \"syscall\": 1");
	tell_in_the_middle();
}

static void again(pid_t child)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	by_pid(child);
}

/* Catches: a wait that is taken for ended as a signal has it begin again. */
static void restarted(void)
{
	char wait[99];
	pid_t parent = sleeper(again);
	must(kill(parent, SIGUSR1) == 0);
	sleeping(parent, parent);
	nanosleep(&(struct timespec){ .tv_nsec = HELD * 1000000l }, NULL);
	snprintf(wait, sizeof wait, "\"syscall\": 1, \"idtype\": 2, \"waits_for\": %d", about->child);
	expect_events(2, "\"kind\": \"waiting\", \"id\": %d", about->child);
	expect_events(1, "\"kind\": \"wait\", \"flags\": [\"interrupted\"], \"pid\": %d", parent);
	expect_in_wait(parent, wait);
}

/* Catches: a wait that ends with the process, and is not known then. Who adopts does not reap either. */
static void left(void)
{
	bind_to_root();
	about = shared(sizeof *about);
	pid_t *parent = shared(sizeof *parent);
	int over = gate_new();
	pid_t adopter = start();
	if (adopter == 0) {
		be_subreaper();
		close(life[1]);
		pid_t child = start();
		if (child == 0) {
			about->child = child_with_root();
			dead(about->zombie = dying_child(3));
			by_pid(about->child);
			_exit(0);
		}
		*parent = child;
		until_it_sleeps(child);
		must(kill(child, SIGKILL) == 0);
		reap(child);
		gate_open(over, 1);
		with_root();
		_exit(0);
	}
	gate_pass(over);
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	expect_findings(1, "\"id\": \"left_zombie\", \"pid\": %d, \"tasks\": [%d], \"adopter\": %d, \"busy_with\": %d, "
		"\"busy_ns\": [%d000000, 1e12]", *parent, about->zombie, adopter, about->child, HELD);
	expect_findings(0, "\"id\": \"not_waited_for\"");
	tell((struct truth){ .processes_created = UNKNOWN, .exit_codes = { [3] = 1 }, .exit_signals = { [SIGKILL] = 1 },
		.zombies_peak = UNKNOWN, .zombies_left = UNKNOWN, .reaped_by_parent = 1, .reparented = UNKNOWN,
		.sigchld_ignored = UNKNOWN, .tree_depth = 3 });
}

/* Run by the child of the adopter: leaves it an orphan, which dies once the adopter sleeps. */
_Noreturn static void begets(pid_t adopter, int died)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	pid_t middle = start();
	if (middle == 0) {
		pid_t orphan = start();
		if (orphan == 0) {
			while (getppid() != adopter)
				nanosleep(&pause, NULL);
			sleeping(adopter, adopter);
			_exit(3);
		}
		about->zombie = orphan;
		_exit(0);
	}
	reap(middle);
	while (state_of(about->zombie) != 'Z')
		nanosleep(&pause, NULL);
	gate_open(died, 1);
	with_root();
	_exit(0);
}

/* Catches: the init of a container that waits for its one program, and not for the orphans that come to it. */
static void adopts(void)
{
	bind_to_root();
	about = shared(sizeof *about);
	int died = gate_new();
	pid_t adopter = start();
	if (adopter == 0) {
		be_subreaper();
		close(life[1]);
		pid_t child = start();
		if (child == 0)
			begets(getppid(), died);
		about->child = child;
		by_pid(child);
		_exit(0);
	}
	gate_pass(died);
	nanosleep(&(struct timespec){ .tv_nsec = HELD * 1000000l }, NULL);
	expect_findings(1, "\"id\": \"orphan_zombie\", \"pid\": %d, \"tasks\": [%d], \"syscall\": 1, \"idtype\": 2, "
		"\"waits_for\": %d, \"in_wait_ns\": [%d000000, 1e12]", adopter, about->zombie, about->child, HELD);
	tell((struct truth){ .processes_created = UNKNOWN, .exit_codes = { [0] = 1, [3] = 1 }, .zombies_peak = UNKNOWN,
		.zombies_left = UNKNOWN, .reaped_by_parent = 1, .reparented = UNKNOWN, .sigchld_ignored = UNKNOWN,
		.tree_depth = 4 });
}

static void any(pid_t child)
{
	(void)child;
	goes_to_sleep();
	wait(NULL);
}

/* A child that outlives the trace, which ends with the root: it ends with tracer. */
static void child_with_tracer(pid_t tracer)
{
	if (start() == 0) {
		struct pollfd ends = { .fd = syscall(SYS_pidfd_open, tracer, 0), .events = POLLIN };
		must(ends.fd >= 0 && poll(&ends, 1, PATIENCE_MS) == 1);
		_exit(0);
	}
}

/* Catches: a wait for any child that no look had met, as the root ends, and with it the trace. It leaves a zombie that
 * was created to send no signal. */
static void any_until_root(void)
{
	pid_t tracer = tracer_or(getpid());
	about = shared(sizeof *about);
	pid_t parent = start();
	if (parent == 0) {
		child_with_tracer(tracer);
		pid_t silent = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
		must(silent >= 0);
		if (silent == 0)
			_exit(3);
		about->zombie = silent;
		while (state_of(about->zombie) != 'Z')
			sched_yield();
		any(0);
		_exit(0);
	}
	until_it_sleeps(parent);
	expect_events(1, "\"kind\": \"waiting\"");
	expect_events(1, "\"kind\": \"waiting\", \"pid\": %d, \"call\": \"wait4\", \"idtype\": \"all\", "
		"\"waited\": [%d000000, 1e12]", parent, HELD);
	expect_findings(1, "\"id\": \"zombie_no_sigchld\", \"pid\": %d, \"tasks\": [%d], "
		"\"syscall\": 1, \"idtype\": 1, \"in_wait_ns\": [%d000000, 1e12]", parent, about->zombie, HELD);
	tell((struct truth){ .processes_created = UNKNOWN, .exit_codes = { [3] = 1 }, .zombies_peak = UNKNOWN,
		.zombies_left = UNKNOWN, .reparented = UNKNOWN, .tree_depth = 2 });
}

/* Catches: a wait that begins once the trace has ended with the root. */
static void after_root(void)
{
	pid_t root = getpid(), tracer = tracer_or(root);
	about = shared(sizeof *about);
	pid_t parent = start();
	if (parent == 0) {
		struct pollfd ends = { .fd = syscall(SYS_pidfd_open, root, 0), .events = POLLIN };
		must(ends.fd >= 0);
		child_with_tracer(tracer);
		about->ready = 1;
		must(poll(&ends, 1, PATIENCE_MS) == 1);
		wait(NULL);
		_exit(0);
	}
	while (!about->ready)
		sched_yield();
	expect_events(0, "\"kind\": \"waiting\"");
	tell((struct truth){ .processes_created = UNKNOWN, .zombies_peak = UNKNOWN, .reparented = UNKNOWN,
		.tree_depth = 2 });
}

/* A process with a child that lives and no zombie, in such a wait as tracer leaves. */
static pid_t left_in(void (*sleeps)(pid_t child))
{
	bind_to_root();
	about = shared(sizeof *about);
	pid_t parent = start();
	if (parent == 0) {
		close(life[1]);
		about->child = child_with_root();
		sleeps(about->child);
		_exit(0);
	}
	until_it_sleeps(parent);
	leave_tracer();
	return parent;
}

static void tell_as_left(void)
{
	expect_findings(0, "\"id\": \"not_waited_for\"");
	tell((struct truth){ .processes_created = UNKNOWN, .zombies_peak = UNKNOWN, .tree_depth = 2 });
}

/* Catches: a wait for any child of which nothing is known before it returns, which this one does not. */
static void left_in_any(void)
{
	pid_t parent = left_in(any);
	expect_events(1, "\"kind\": \"waiting\"");
	expect_events(1, "\"kind\": \"waiting\", \"pid\": %d, \"call\": \"wait4\", \"idtype\": \"all\"", parent);
	tell_as_left();
}

static void for_its_only(pid_t child)
{
	by_pid(child);
}

/* Catches: likewise, for the only child, which is not told as it begins. */
static void left_in_only(void)
{
	pid_t parent = left_in(for_its_only);
	expect_events(1, "\"kind\": \"waiting\"");
	expect_events(1, "\"kind\": \"waiting\", \"pid\": %d, \"call\": \"wait4\", \"idtype\": \"pid\", "
		"\"id\": %d", parent, about->child);
	tell_as_left();
}

#ifdef __x86_64__
/* wait4(2) as a 32-bit program calls it; it takes no address here. */
static long wait4_of_32_bits(int pid, int options)
{
	long result;
	__asm__ volatile("int $0x80" : "=a"(result)
			 : "a"(114), "b"(pid), "c"(0), "d"(options), "S"(0) : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

static void need_calls_of_32_bits(void)
{
	pid_t child = start();
	if (child == 0) {
		wait4_of_32_bits(-1, WNOHANG);
		_exit(0);
	}
	if (WIFSIGNALED(reap(child)))
		skip("this kernel has no calls of 32 bits");
}

static void any_of_32_bits(pid_t child)
{
	(void)child;
	goes_to_sleep();
	wait4_of_32_bits(-1, 0);
}

/* Catches: the same call by a 32-bit program, which has other numbers. The child before it is that of the look. */
static void left_in_32_bits(void)
{
	need_calls_of_32_bits();
	pid_t parent = left_in(any_of_32_bits);
	expect_events(1, "\"kind\": \"waiting\", \"flags\": [\"unknown\"], \"pid\": %d", parent);
	expect_events(2, "\"kind\": \"waiting\", \"pid\": %d, \"call\": \"wait4\", \"idtype\": \"all\"", parent);
	expect_findings(0, "\"id\": \"not_waited_for\"");
	tell((struct truth){ .processes_created = UNKNOWN, .exit_codes = { [0] = 1 }, .reaped_by_parent = 1,
		.zombies_peak = UNKNOWN, .sigchld_ignored = UNKNOWN, .tree_depth = 2 });
}

static void in_vain(pid_t child)
{
	for (int i = 0; i < 3; i++)
		must(wait4_of_32_bits(child, WNOHANG) == 0);
	goes_to_sleep();
	with_root();
}

/* Catches: a process that is said not to have waited, as that its calls return is not seen. */
static void waited_in_32_bits(void)
{
	need_calls_of_32_bits();
	pid_t parent = sleeper(in_vain);
	expect_findings(1, "\"id\": \"not_waited_for\"");
	expect_findings(1, "\"id\": \"not_waited_for\", \"pid\": %d, \"tasks\": [%d], \"waits_32_bits\": 1", parent,
		about->zombie);
	tell((struct truth){ .processes_created = UNKNOWN, .exit_codes = { [0] = 1, [3] = 1 }, .reaped_by_parent = 1,
		.zombies_peak = UNKNOWN, .zombies_left = UNKNOWN, .reparented = UNKNOWN, .sigchld_ignored = UNKNOWN,
		.tree_depth = 2 });
}
#else
static void left_in_32_bits(void)
{
	skip("the case knows no calls of 32 bits here");
}

static void waited_in_32_bits(void)
{
	left_in_32_bits();
}
#endif

/* ms: tracer looks at waits every second, and sleeps for two when nothing happens; more seldom where it is slow */
#define LOOKS (PATIENCE_MS > 60000 ? 20000 : 3500)

/* Catches: a wait that lasts, and is known only when it has returned. */
static void any_that_lasts(void)
{
	int gate = gate_new();
	pid_t child = waiting_child(gate, 0), first = start();
	if (first == 0) {
		sleeping(getppid(), getppid());
		nanosleep(&(struct timespec){ .tv_sec = LOOKS / 1000, .tv_nsec = LOOKS % 1000 * 1000000l }, NULL);
		_exit(0);
	}
	must(wait(NULL) == first);
	gate_open(gate, 1);
	must(wait(NULL) == child);
	expect_events(1, "\"kind\": \"waiting\"");
	expect_events(1, "\"kind\": \"waiting\", \"pid\": %d, \"call\": \"wait4\", \"idtype\": \"all\"", getpid());
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 2 }, .zombies_peak = 1, .reaped_by_parent = 2,
		.sigchld_ignored = 2, .tree_depth = 1 });
}

#define NO_WAITING expect_events(0, "\"kind\": \"waiting\"")

/* Catches: an event for each wait for any child, which passes over nobody. */
static void for_any(void)
{
	int gate = gate_new();
	pid_t child = waiting_child(gate, 0), first = start();
	if (first == 0) {
		sleeping(getppid(), getppid());
		_exit(0);
	}
	must(wait(NULL) == first);
	gate_open(gate, 1);
	must(wait(NULL) == child);
	NO_WAITING;
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 2 }, .zombies_peak = 1, .reaped_by_parent = 2,
		.sigchld_ignored = 2, .tree_depth = 1 });
}

/* Catches: an event for each wait of a shell for its only child. */
static void for_only_child(void)
{
	for (int i = 0; i < 3; i++) {
		pid_t child = start();
		if (child == 0) {
			sleeping(getppid(), getppid());
			_exit(0);
		}
		reap(child);
	}
	NO_WAITING;
	tell((struct truth){ .processes_created = 3, .exit_codes = { [0] = 3 }, .zombies_peak = 1, .reaped_by_parent = 3,
		.sigchld_ignored = 3, .tree_depth = 1 });
}

/* Catches: an event of a wait that does not sleep. */
static void without_sleep(void)
{
	int gate = gate_new();
	pid_t child[2] = { waiting_child(gate, 0), waiting_child(gate, 0) };
	for (int i = 0; i < 2; i++)
		must(waitpid(child[i], NULL, WNOHANG) == 0);
	gate_open(gate, 2);
	for (int i = 0; i < 2; i++) {
		while (waitpid(child[i], NULL, WNOHANG) == 0)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	NO_WAITING;
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 2 }, .zombies_peak = UNKNOWN,
		.reaped_by_parent = 2, .sigchld_ignored = 2, .tree_depth = 1 });
}

static void *reaps(void *child)
{
	reap(*(pid_t *)child);
	return NULL;
}

/* Catches: a process that is blamed for the wait of a thread, although another one reaps. */
static void others_reap(void)
{
	int gate = gate_new();
	pid_t long_lived = waiting_child(gate, 0);
	pthread_t waiter = thread(reaps, &long_lived);
	for (int i = 0; i < 3; i++)
		reap(dying_child(0));
	gate_open(gate, 1);
	must(pthread_join(waiter, NULL) == 0);
	expect_findings(0, "\"id\": \"not_waited_for\"");
	expect_findings(0, "\"id\": \"reaped_late\"");
	tell((struct truth){ .processes_created = 4, .threads_created = 1, .threads_exited = 1, .exit_codes = { [0] = 4 },
		.zombies_peak = UNKNOWN, .reaped_by_parent = 4, .sigchld_ignored = 4, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "for-another", for_another }, { "for-group", for_group }, { "for-pidfd", for_pidfd },
		{ "for-stop", for_stop }, { "by-thread", thread_for_another }, { "given-up", given_up },
		{ "restarted", restarted }, { "left", left }, { "adopts", adopts }, { "for-any", for_any },
		{ "any-until-root", any_until_root }, { "after-root", after_root },
		{ "left-in-any", left_in_any }, { "left-in-only", left_in_only },
		{ "left-in-32-bits", left_in_32_bits }, { "waited-in-32-bits", waited_in_32_bits },
		{ "any-that-lasts", any_that_lasts },
		{ "for-only-child", for_only_child }, { "without-sleep", without_sleep }, { "others-reap", others_reap },
		{ NULL, NULL },
	};
	return run_case("waiting", cases, argc, argv);
}
