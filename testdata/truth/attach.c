/*
 * What ran before tracer came. Each case first makes a tree of known shape, then says whom to attach to in a line
 * "attach ARGUMENTS" and waits for a line on its standard input, which comes when tracer has attached (or for its end).
 * The trace ends with the last process of the targets, which is thus a zombie that is left.
 */
#include "net.h"
#include <stdarg.h>
#include <sys/stat.h>

static int gate, ready;

/* Here tracer attaches, to what the arguments say. */
__attribute__((format(printf, 1, 2))) static void attach(const char *arguments, ...)
{
	char c;
	va_list list;
	va_start(list, arguments);
	printf("attach ");
	vprintf(arguments, list);
	printf("\n");
	va_end(list);
	must(fflush(stdout) == 0);
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
}

static void new_gates(void)
{
	gate = gate_new();
	ready = gate_new();
}

static void *pass(void *argument)
{
	gate_open(ready, 1);
	gate_pass(gate);
	return argument;
}

static pthread_t waiting_thread(void)
{
	pthread_t id = thread(pass, NULL);
	gate_pass(ready);
	return id;
}

static void *leave(void *argument)
{
	return argument;
}

/* A child with a child and two more threads. Passes of the gate end, in turn, the grandchild and the two threads. */
static pid_t family(int own)
{
	int complete = gate_new();
	pid_t child = start();
	if (child == 0) {
		pid_t grandchild = waiting_child(own, 5);
		pthread_t first = waiting_thread(), second = waiting_thread();
		gate_open(complete, 1);
		must(WEXITSTATUS(reap(grandchild)) == 5);
		must(pthread_join(first, NULL) == 0 && pthread_join(second, NULL) == 0);
		_exit(6);
	}
	gate_pass(complete);
	return child;
}

/* Catches: what was there and is not seen: children, their children, threads, a zombie that nobody ever waits for. */
static void tree(void)
{
	int own = gate_new();
	new_gates();
	pid_t zombie = dying_child(9);
	dead(zombie);
	pid_t child = family(own);
	pthread_t mine = waiting_thread();
	attach("%d", getpid());
	must(WEXITSTATUS(reap(dying_child(3))) == 3);
	must(pthread_join(thread(leave, NULL), NULL) == 0);
	gate_open(own, 1);
	gate_open(gate, 3);
	must(WEXITSTATUS(reap(child)) == 6);
	must(pthread_join(mine, NULL) == 0);
	alone();
	tell((struct truth){ .processes_seen = 3, .threads_seen = 3, .zombies_seen = 1, .processes_created = 1,
		.exit_codes = { [0] = 1, [3] = 1, [5] = 1, [6] = 1 }, .threads_created = 1, .threads_exited = 4,
		.zombies_peak = 2, .zombies_left = 2, .reaped_by_parent = 3, .reparented = 1, .sigchld_ignored = 3,
		.tree_depth = 2 });
}

/* Catches: old zombies. One is reaped late, one never, and one changes hands and is reaped by another; a subreaper that
 * has been one before. */
static void zombies(void)
{
	new_gates();
	be_subreaper();
	pid_t *inherited = shared(sizeof *inherited);
	pid_t late = dying_child(7), never = start();
	if (never == 0)
		raise(SIGKILL);
	pid_t middle = start();
	if (middle == 0) {
		dead(*inherited = dying_child(8));
		gate_open(ready, 1);
		gate_pass(gate);
		_exit(1);
	}
	dead(late);
	dead(never);
	gate_pass(ready);
	attach("%d", getpid());
	gate_open(gate, 1);
	dead(middle);
	must(WEXITSTATUS(reap(late)) == 7);
	must(WEXITSTATUS(reap(*inherited)) == 8);
	must(WEXITSTATUS(reap(middle)) == 1);
	expect_events(1, "\"kind\": \"seen\", \"subreaper\": \"set\", \"pid\": %d", getpid());
	expect_events(1, "\"kind\": \"seen\", \"subreaper\": \"unset\", \"pid\": %d", middle);
	tell((struct truth){ .processes_seen = 2, .zombies_seen = 3, .exit_codes = { [0] = 1, [1] = 1 },
		.zombies_peak = 4, .zombies_left = 2, .reaped_by_parent = 2, .reaped_by_other = 1, .reparented = 2,
		.sigchld_ignored = 2, .tree_depth = 2 });
}

static void *end_process(void *argument)
{
	pass(argument);
	_exit(4);
}

/* Blocks until the leader of a child has ended, though its threads have not: no wait tells that. */
static void leader_ended(pid_t child)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	char path[64], state = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", child);
	for (double end = now_ms() + PATIENCE_MS; state != 'Z'; nanosleep(&pause, NULL)) {
		FILE *f = fopen(path, "r");
		must(f != NULL && fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && now_ms() < end);
		fclose(f);
	}
}

/* Catches: a leader that had ended taken for a dead process. */
static void leader(void)
{
	new_gates();
	pid_t child = start();
	if (child == 0) {
		thread(end_process, NULL);
		syscall(SYS_exit, 3);
	}
	gate_pass(ready);
	leader_ended(child);
	attach("%d", getpid());
	gate_open(gate, 1);
	must(WEXITSTATUS(reap(child)) == 4);
	tell((struct truth){ .processes_seen = 2, .threads_seen = 1, .threads_exited = 1,
		.exit_codes = { [0] = 1, [4] = 1 }, .zombies_peak = 1, .zombies_left = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .tree_depth = 1 });
}

/* Whether a process sleeps in wait4. */
static int in_wait(pid_t pid)
{
	char path[64];
	long number = -1;
	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	FILE *f = fopen(path, "r");
	must(f != NULL);
	if (fscanf(f, "%ld", &number) != 1)
		number = -1;
	fclose(f);
	return number == SYS_wait4;
}

/* Catches: a wait that began before tracer came, and of which nothing is known when it returns. */
static void in_any(void)
{
	int listener = listen_v4("127.0.0.1");
	struct share by = { name_of(listener), 1 };
	new_gates();
	pid_t server = start();
	if (server == 0) {
		waiting_child(gate, 3);
		must(wait(NULL) > 0);
		must(accept(listener, NULL, NULL) >= 0);
		_exit(0);
	}
	while (state_of(server) != 'S' || !in_wait(server))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	attach("%d", server);
	must(client_of(listener) >= 0);
	nanosleep(&(struct timespec){ .tv_nsec = 250 * 1000000l }, NULL);
	gate_open(gate, 1);
	reap(server);
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"call\": \"wait4\", \"idtype\": \"all\"", server);
	expect_findings(1, "\"id\": \"blocked_in_wait\", \"pid\": %d, \"idtype\": 1, \"held_at_least\": 1, "
		"\"held_ns\": [250000000, 1e12], \"queued\": 1", server);
	tell((struct truth){ .processes_seen = 2, .exit_codes = { [0] = 1, [3] = 1 }, .zombies_peak = UNKNOWN,
		.zombies_left = 1, .reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1,
		.accepts_by_listener = { by }, .accepts_by_task = { { server, 1 } } });
}

/* A target that makes a child when it may, waits for it and ends. */
static pid_t parent_of_one(int own, int child_code, int code)
{
	pid_t child = start();
	if (child == 0) {
		gate_pass(own);
		must(WEXITSTATUS(reap(dying_child(child_code))) == child_code);
		_exit(code);
	}
	return child;
}

/* Catches: a second target that is forgotten, or one whose parent is not traced and reaps it. */
static void two_targets(void)
{
	int one = gate_new(), two = gate_new();
	pid_t first = parent_of_one(one, 3, 1), second = parent_of_one(two, 4, 2);
	attach("%d %d", first, second);
	reap(dying_child(9)); /* of nobody's concern */
	gate_open(one, 1);
	reap(first);
	gate_open(two, 1);
	reap(second);
	tell((struct truth){ .processes_seen = 2, .processes_created = 2,
		.exit_codes = { [1] = 1, [2] = 1, [3] = 1, [4] = 1 }, .zombies_peak = 1, .zombies_left = 1,
		.reaped_by_parent = 3, .sigchld_ignored = 2, .tree_depth = 1 });
}

/* Catches: a port of which not all holders are found, or others. */
static void port(void)
{
	union address a;
	new_gates();
	int listener = listen_v4("127.0.0.1"), own = gate_new();
	const char *name = strdup(name_of(listener));
	socklen_t size = own_address(listener, &a);
	pid_t *second = shared(sizeof *second), server = start();
	if (server == 0) {
		pid_t worker = start();
		if (worker != 0)
			*second = worker;
		gate_pass(worker == 0 ? gate : own);
		must(accept(listener, NULL, NULL) >= 0);
		if (worker == 0)
			_exit(1);
		gate_open(gate, 1);
		must(WEXITSTATUS(reap(worker)) == 1);
		_exit(0);
	}
	must(close(listener) == 0);
	pid_t bystander = waiting_child(ready, 7);
	attach("--port %d", ntohs(a.v4.sin_port));
	gate_open(ready, 1);
	reap(bystander);
	int clients[] = { connect_to(SOCK_STREAM, &a, size), connect_to(SOCK_STREAM, &a, size) };
	gate_open(own, 1);
	reap(server);
	must(close(clients[0]) == 0 && close(clients[1]) == 0);
	tell((struct truth){ .processes_seen = 2, .exit_codes = { [0] = 1, [1] = 1 }, .zombies_peak = 1,
		.zombies_left = 1, .reaped_by_parent = 1, .sigchld_ignored = 1,
		.accepts_by_listener = { { name, 2 } }, .accepts_by_task = { { server, 1 }, { *second, 1 } },
			.tree_depth = 1 });
}

/* Two targets that end one after the other, when the attacher was told where to find them. */
static void end_in_turn(const pid_t *child, const int *own)
{
	for (int i = 0; i < 2; i++) {
		gate_open(own[i], 1);
		must(WEXITSTATUS(reap(child[i])) == i + 1);
	}
	tell((struct truth){ .processes_seen = 2, .exit_codes = { [1] = 1, [2] = 1 }, .zombies_peak = 1,
		.zombies_left = 1, .reaped_by_parent = 1 });
}

/* Catches: a command name that is not that of the program's file; of two processes that have it, both. */
static void comm(void)
{
	pid_t child[2], other;
	int own[2];
	char name[16];
	new_gates();
	snprintf(name, sizeof name, "tr(%d", getpid());
	for (int i = 0; i < 2; i++) {
		own[i] = gate_new();
		child[i] = start();
		if (child[i] == 0) {
			must(prctl(PR_SET_NAME, name) == 0);
			gate_open(ready, 1);
			gate_pass(own[i]);
			_exit(i + 1);
		}
		gate_pass(ready);
	}
	other = waiting_child(gate, 3);
	attach("--comm=%s", name);
	gate_open(gate, 1);
	reap(other);
	end_in_turn(child, own);
}

/* The mount of cgroup v2, or a reason to skip. */
static const char *cgroup_mount(void)
{
	static char path[256];
	char type[64], line[1024];
	FILE *f = fopen("/proc/self/mounts", "r");
	must(f != NULL);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%*s %255s %63s", path, type) == 2 && strcmp(type, "cgroup2") == 0) {
			fclose(f);
			return path;
		}
	skip("cgroup v2 is not mounted");
}

static void join_cgroup(const char *path, pid_t pid)
{
	char file[512], number[16];
	snprintf(file, sizeof file, "%s/cgroup.procs", path);
	int n = snprintf(number, sizeof number, "%d", pid), fd = open(file, O_WRONLY);
	must(fd >= 0 && write(fd, number, n) == n && close(fd) == 0);
}

/* Catches: a cgroup of which the one below is left out, or whose neighbours are not. */
static void cgroup(void)
{
	char outer[300], inner[310];
	int own[2] = { gate_new(), gate_new() };
	new_gates();
	need_root();
	snprintf(outer, sizeof outer, "%s/tracer-truth-%d", cgroup_mount(), getpid());
	snprintf(inner, sizeof inner, "%s/inner", outer);
	if (mkdir(outer, 0755) != 0)
		skip("may not make a cgroup");
	must(mkdir(inner, 0755) == 0);
	pid_t child[2] = { waiting_child(own[0], 1), waiting_child(own[1], 2) }, other = waiting_child(gate, 3);
	join_cgroup(outer, child[0]);
	join_cgroup(inner, child[1]);
	attach("--cgroup %s", strrchr(outer, '/') + 1);
	gate_open(gate, 1);
	reap(other);
	end_in_turn(child, own);
	must(rmdir(inner) == 0 && rmdir(outer) == 0);
}

/* Catches: ids of a PID namespace that was there before: its init waits for a child that it knows as 2. */
static void namespace(void)
{
	need_root();
	new_gates();
	pid_t init = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	if (init < 0 && errno == EPERM)
		skip("may not make a PID namespace");
	must(init >= 0);
	if (init == 0) {
		pid_t child = waiting_child(gate, 5);
		must(child == 2);
		gate_open(ready, 1);
		must(WEXITSTATUS(reap(child)) == 5);
		_exit(1);
	}
	gate_pass(ready);
	attach("%d", getpid());
	gate_open(gate, 1);
	must(WEXITSTATUS(reap(init)) == 1);
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"ns_pid\": %d, \"inner_pid\": 1", init, init);
	expect_events(1, "\"kind\": \"seen\", \"parent\": %d, \"ns_pid\": 2, \"inner_pid\": 2", init);
	tell((struct truth){ .processes_seen = 3, .exit_codes = { [0] = 1, [1] = 1, [5] = 1 }, .zombies_peak = 1,
		.zombies_left = 1, .reaped_by_parent = 2, .sigchld_ignored = 2, .tree_depth = 2 });
}

enum { CHURNERS = 4, LEAST = 20 };

/* Makes children and threads that end, and waits for them, until it is told to stop. */
static void churn_until(const atomic_int *stop, atomic_long *rounds)
{
	while (!*stop) {
		reap(dying_child(0));
		must(pthread_join(thread(leave, NULL), NULL) == 0);
		++*rounds;
	}
	_exit(0);
}

static void no_handler_runs(int number)
{
	must(number != SIGCHLD);
}

/* A child that has made up its mind about SIGCHLD, and waits. */
static pid_t decided(void (*handler)(int), int flags, int blocked, int own, int code)
{
	pid_t child = start();
	if (child == 0) {
		on_sigchld(handler, flags);
		if (blocked)
			block_sigchld();
		gate_open(ready, 1);
		gate_pass(own);
		_exit(code);
	}
	gate_pass(ready);
	return child;
}

/* Catches: what processes do about SIGCHLD known only from the first one that is sent. */
static void dispositions(void)
{
	const struct { void (*handler)(int); int flags, blocked; const char *say; } cases[] = {
		{ SIG_DFL, 0, 0, "\"disposition\": \"default\"" },
		{ SIG_IGN, 0, 0, "\"disposition\": \"ignore\"" },
		{ no_handler_runs, 0, 0, "\"disposition\": \"handler\"" },
		{ SIG_DFL, SA_NOCLDWAIT, 0, "\"disposition\": \"default\", \"flags\": [\"nocldwait\"]" },
		{ no_handler_runs, SA_NOCLDWAIT, 1, "\"disposition\": \"handler\", \"flags\": [\"blocked\", \"nocldwait\"]" },
	};
	enum { N = sizeof cases / sizeof *cases };
	int own[N];
	pid_t child[N];
	new_gates();
	for (int i = 0; i < N; i++) {
		own[i] = gate_new();
		child[i] = decided(cases[i].handler, cases[i].flags, cases[i].blocked, own[i], i + 1);
	}
	pid_t zombie = dying_child(9);
	dead(zombie);
	attach("%d", getpid());
	for (int i = 0; i < N; i++) {
		gate_open(own[i], 1);
		must(WEXITSTATUS(reap(child[i])) == i + 1);
		expect_events(1, "\"kind\": \"seen\", \"pid\": %d, %s", child[i], cases[i].say);
	}
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"disposition\": \"unknown\"", zombie);
	tell((struct truth){ .processes_seen = N + 1, .zombies_seen = 1, .exit_codes = { [0] = 1, [1] = 1, [2] = 1, [3] = 1,
		[4] = 1, [5] = 1 },
		.zombies_peak = 2, .zombies_left = 2, .reaped_by_parent = N, .reparented = 1, .sigchld_ignored = N,
			.tree_depth = 1 });
}

/* Whether a line of /proc/PID/status of a process begins so. */
static int status_says(pid_t pid, const char *line)
{
	char path[64], text[256];
	int found = 0;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	must(file != NULL);
	while (fgets(text, sizeof text, file))
		found |= strncmp(text, line, strlen(line)) == 0;
	fclose(file);
	return found;
}

/* Catches: a stopped process taken for one that runs, whether its parent has been told of the stop or not; a SIGCHLD
 * that was pending before. */
static void halted(void)
{
	int own = gate_new(), status;
	new_gates();
	pid_t told = waiting_child(own, 1), untold = waiting_child(own, 2), runs = waiting_child(own, 3), pending = start();
	if (pending == 0) {
		on_sigchld(no_handler_runs, 0);
		block_sigchld();
		dead(dying_child(9));
		gate_open(ready, 1);
		gate_pass(gate);
		_exit(4);
	}
	gate_pass(ready);
	must(kill(told, SIGTSTP) == 0 && waitpid(told, &status, WUNTRACED) == told && WIFSTOPPED(status));
	must(kill(untold, SIGSTOP) == 0);
	while (!status_says(untold, "State:\tT"))
		usleep(1000);
	must(status_says(told, "State:\tT") && status_says(pending, "ShdPnd:\t0000000000010000"));
	attach("%d", getpid());
	must(kill(told, SIGCONT) == 0 && kill(untold, SIGCONT) == 0);
	gate_open(own, 3);
	must(WEXITSTATUS(reap(told)) == 1 && WEXITSTATUS(reap(untold)) == 2 && WEXITSTATUS(reap(runs)) == 3);
	gate_open(gate, 1);
	must(WEXITSTATUS(reap(pending)) == 4);
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"stop_signal\": %d", told, SIGTSTP);
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"stop_signal\": %d", untold, SIGSTOP);
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"flags\": [\"blocked\", \"pending\"]", pending);
	tell((struct truth){ .processes_seen = 5, .zombies_seen = 1, .exit_codes = { [0] = 1, [1] = 1, [2] = 1, [3] = 1,
		[4] = 1 },
		.zombies_peak = UNKNOWN, .zombies_left = 2, .reaped_by_parent = 4, .reparented = 1,
			.sigchld_ignored = 6, .tree_depth = 2 });
}

/* Until a thread sleeps, which then sleeps in one call only. */
static void until_sleeps(pid_t pid, pid_t thread)
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

struct waiters {
	pid_t child, thread, own;
	atomic_int in_wait, over, goes_on;
};

static struct waiters *waiters;

static void *waits_in_thread(void *argument)
{
	siginfo_t info;
	waiters->thread = gettid();
	atomic_fetch_add(&waiters->in_wait, 1);
	must(waitid(P_PID, waiters->own, &info, WEXITED) == 0);
	return argument;
}

/* A process with two threads in waits that begin before tracer comes, and with a child that dies after it came. */
static pid_t long_waiter(int child_gate, int own_gate, int dies)
{
	pid_t parent = start();
	if (parent == 0) {
		waiters->own = waiting_child(own_gate, 0);
		waiters->child = waiting_child(child_gate, 0);
		pid_t late = waiting_child(dies, 7);
		pthread_t other = thread(waits_in_thread, NULL);
		atomic_fetch_add(&waiters->in_wait, 1);
		reap(waiters->child);
		must(WEXITSTATUS(reap(late)) == 7);
		gate_open(own_gate, 1);
		must(pthread_join(other, NULL) == 0);
		_exit(0);
	}
	return parent;
}

/* One that has been in a wait, and computes: its registers are those of the wait still. */
_Noreturn static void computes_after_wait(void)
{
	reap(dying_child(1));
	waiters->over = 1;
	while (!waiters->goes_on)
		;
	_exit(0);
}

/* Catches: waits that began before tracer came, and one that is over. */
static void in_waits(void)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 }, held = { .tv_nsec = 150 * 1000000 };
	int child_gate = gate_new(), own_gate = gate_new(), dies = gate_new();
	waiters = shared(sizeof *waiters);
	pid_t parent = long_waiter(child_gate, own_gate, dies), computes = start();
	if (computes == 0)
		computes_after_wait();
	while (waiters->in_wait < 2 || !waiters->over)
		nanosleep(&pause, NULL);
	until_sleeps(parent, parent);
	until_sleeps(parent, waiters->thread);
	attach("%d", getpid());
	gate_open(dies, 1);
	nanosleep(&held, NULL);
	gate_open(child_gate, 1);
	waiters->goes_on = 1;
	reap(computes);
	reap(parent);
	expect_events(2, "\"kind\": \"seen\", \"idtype\": \"pid\"");
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"tid\": %d, \"call\": \"wait4\", \"idtype\": \"pid\", "
		"\"id\": %d", parent, parent, waiters->child);
	expect_events(1, "\"kind\": \"seen\", \"pid\": %d, \"tid\": %d, \"call\": \"waitid\", \"idtype\": \"pid\", "
		"\"id\": %d", parent, waiters->thread, waiters->own);
	expect_findings(1, "\"id\": \"reaped_late\", \"pid\": %d, \"busy_with\": %d, \"busy_ns\": [100000000, 1e12]",
		parent, waiters->own); /* the longer one */
	tell((struct truth){ .processes_seen = 6, .threads_seen = 1, .threads_exited = 1,
		.exit_codes = { [0] = 5, [7] = 1 }, .zombies_peak = UNKNOWN, .zombies_left = 1, .reaped_by_parent = 5,
		.sigchld_ignored = 5, .tree_depth = 2 });
}

static void each_goes_on(const atomic_long *rounds)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	for (int i = 0; i < CHURNERS; i++)
		for (long enough = rounds[i] + LEAST; rounds[i] < enough; nanosleep(&pause, NULL))
			;
}

/* Catches: tasks that are born, or die, just as tracer attaches. How many they are, nobody knows; that each one met or
 * created has ended and was reaped, but for an old zombie and the last process, is certain. */
static void churn(void)
{
	atomic_int *stop = shared(sizeof *stop);
	atomic_long *rounds = shared(CHURNERS * sizeof *rounds);
	pid_t child[CHURNERS];
	dead(dying_child(9));
	for (int i = 0; i < CHURNERS; i++)
		if ((child[i] = start()) == 0)
			churn_until(stop, &rounds[i]);
	each_goes_on(rounds);
	attach("%d", getpid());
	each_goes_on(rounds);
	*stop = 1;
	for (int i = 0; i < CHURNERS; i++)
		must(WEXITSTATUS(reap(child[i])) == 0);
	/* Of a task that was ending when it was met, the end is known late: then init may have reaped what the root
	 * leaves. */
	tell((struct truth){ .processes_seen = UNKNOWN, .threads_seen = UNKNOWN, .zombies_seen = UNKNOWN,
		.processes_created = UNKNOWN, .threads_created = UNKNOWN, .threads_exited = UNKNOWN, .zombies_peak = UNKNOWN,
		.zombies_left = UNKNOWN, .reaped_by_other = UNKNOWN, .reaped_by_parent = UNKNOWN, .reparented = 1,
			.sigchld_ignored = UNKNOWN, .tree_depth = 2 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "tree", tree }, { "zombies", zombies }, { "leader", leader }, { "in-any", in_any },
		{ "two-targets", two_targets },
		{ "port", port }, { "comm", comm }, { "cgroup", cgroup }, { "namespace", namespace }, { "churn", churn },
		{ "dispositions", dispositions }, { "halted", halted }, { "in-waits", in_waits },
		{ NULL, NULL },
	};
	return run_case("attach", cases, argc, argv);
}
