/* Threads, and processes that end one thread at a time. */
#include "truth.h"

enum { MANY = 2000, LASTS = 150 /* ms; 100 are worth telling */ };

#define ONE_CHILD .processes_created = 1, .zombies_peak = 1, .reaped_by_parent = 1, .sigchld_ignored = 1, \
	.tree_depth = 1

static int gate, ready;

static void *pass(void *argument)
{
	gate_open(ready, 1);
	gate_pass(gate);
	return argument;
}

static void *leave(void *argument)
{
	return argument;
}

/* Threads that are there, and wait at the gate. */
static void waiting_threads(pthread_t *id, int n)
{
	for (int i = 0; i < n; i++)
		id[i] = thread(pass, NULL);
	for (int i = 0; i < n; i++)
		gate_pass(ready);
}

static void new_gates(void)
{
	gate = gate_new();
	ready = gate_new();
}

/* The end of one thread alone, which glibc offers only for threads that it knows. */
static _Noreturn void end_thread(int code)
{
	syscall(SYS_exit, code);
	abort();
}

/* Blocks until a thread of this process has ended: its entry is gone. */
static void thread_gone(pid_t tid)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
		nanosleep(&pause, NULL);
	must(errno == ESRCH);
}

/* Catches: threads counted as processes. */
static void join(void)
{
	for (int i = 0; i < 5; i++)
		must(pthread_join(thread(leave, NULL), NULL) == 0);
	tell((struct truth){ .threads_created = 5, .threads_exited = 5 });
}

/* Catches: lost events when 2,000 threads live at once and end at once. */
static void many(void)
{
	static pthread_t id[MANY];
	waiting_threads(id, MANY);
	gate_open(gate, MANY);
	for (int i = 0; i < MANY; i++)
		must(pthread_join(id[i], NULL) == 0);
	tell((struct truth){ .threads_created = MANY, .threads_exited = MANY });
}

/* Catches: threads that the end of their process takes along. The root ends with four of them. */
static void left_at_end(void)
{
	pthread_t id[4];
	waiting_threads(id, 4);
	tell((struct truth){ .threads_created = 4, .threads_exited = 4 });
}

static void *end_group(void *argument)
{
	_exit(5);
	return argument;
}

/* Catches: exit_group(2), called by a thread that is not the leader: three threads and one process end, with 5. */
static void exit_group_of(void)
{
	pid_t child = start();
	if (child == 0) {
		pthread_t id[2];
		waiting_threads(id, 2);
		thread(end_group, NULL);
		pause();
	}
	must(WEXITSTATUS(reap(child)) == 5);
	tell((struct truth){ ONE_CHILD, .exit_codes = { [5] = 1 }, .threads_created = 3, .threads_exited = 3 });
}

/* Catches: SIGKILL for one thread. It ends the whole process, by that signal. */
static void thread_killed(void)
{
	pid_t child = start();
	if (child == 0) {
		pthread_t id[3];
		waiting_threads(id, 3);
		must(pthread_kill(id[1], SIGKILL) == 0);
		pause();
	}
	must(WTERMSIG(reap(child)) == SIGKILL);
	tell((struct truth){ ONE_CHILD, .exit_signals = { [SIGKILL] = 1 }, .threads_created = 3, .threads_exited = 3 });
}

/* Catches: an end of a thread that comes after the one of its process. The kernel counts its tasks out on all CPUs at
 * once; who comes last to its tracepoint need not have been counted out last. */
static void killed_together(void)
{
	enum { CHILDREN = 100, THREADS = 6 };
	on_sigchld(SIG_IGN, 0);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t child = start();
		if (child == 0) {
			pthread_t id[THREADS];
			waiting_threads(id, THREADS);
			must(kill(getpid(), SIGKILL) == 0);
			pause();
		}
		vanished(child);
	}
	tell((struct truth){ .processes_created = CHILDREN, .exit_signals = { [SIGKILL] = CHILDREN },
		.auto_reaped = CHILDREN, .tree_depth = 1, .threads_created = CHILDREN * THREADS,
		.threads_exited = CHILDREN * THREADS });
}

static void *end_alone(void *tid)
{
	*(atomic_int *)tid = syscall(SYS_gettid);
	end_thread(7);
}

/* Catches: the end of a thread, by the bare system call and with a code, taken for the end of its process. */
static void thread_ends_alone(void)
{
	pid_t child = start();
	if (child == 0) {
		atomic_int tid = 0;
		thread(end_alone, &tid);
		while (!tid)
			sched_yield();
		thread_gone(tid);
		_exit(1);
	}
	must(WEXITSTATUS(reap(child)) == 1);
	expect_findings(0, "\"id\": \"leader_exited\"");
	tell((struct truth){ ONE_CHILD, .exit_codes = { [1] = 1 }, .threads_created = 1, .threads_exited = 1 });
}

static void leader_is_dead(pid_t pid)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	while (state_of(pid) != 'Z')
		nanosleep(&pause, NULL);
}

/* Catches: a process taken for dead when its leader is. /proc shows the leader as a zombie, yet nobody can wait for it
 * until its last thread has ended; then there is one exit, one SIGCHLD. The wait says with which code. */
static void leader_first(void)
{
	struct timespec held = { .tv_nsec = LASTS * 1000000l };
	pid_t child = start();
	if (child == 0) {
		pthread_t id[2];
		waiting_threads(id, 2);
		end_thread(9);
	}
	leader_is_dead(child);
	must(nanosleep(&held, NULL) == 0);
	must(waitpid(child, NULL, WNOHANG) == 0);
	expect_findings(1, "\"id\": \"leader_exited\"");
	expect_findings(1, "\"id\": \"leader_exited\", \"pid\": %d, \"lasted_ns\": [%d000000, 1e12], \"at_least\": 0, "
		"\"lives\": 0", child, LASTS);
	gate_open(gate, 2);
	int status = reap(child);
	must(WIFEXITED(status));
	struct truth t = { ONE_CHILD, .threads_created = 2, .threads_exited = 2 };
	t.exit_codes[WEXITSTATUS(status)] = 1;
	tell(t);
}

static void *tell_after_leader(void *argument)
{
	leader_is_dead(getpid());
	reap(dying_child(0));
	tell((struct truth){ ONE_CHILD, .exit_codes = { [0] = 1 }, .threads_created = 1, .threads_exited = 1 });
	return argument;
}

/* Catches: a trace that ends with the root's leader, though a thread of the root goes on, and makes a child. */
static void root_leader_first(void)
{
	thread(tell_after_leader, NULL);
	end_thread(0);
}

/* Catches: a leader that ends first under SIG_IGN: nobody waits, the last thread's end frees both. */
static void leader_first_ignored(void)
{
	on_sigchld(SIG_IGN, 0);
	pid_t child = start();
	if (child == 0) {
		pthread_t id[1];
		waiting_threads(id, 1);
		end_thread(0);
	}
	leader_is_dead(child);
	gate_open(gate, 1);
	vanished(child);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .auto_reaped = 1, .threads_created = 1,
		.threads_exited = 1, .tree_depth = 1 });
}

static void *exec_from_thread(void *argument)
{
	exec_exit(6);
	return argument;
}

/* Catches: exec by a thread that is not the leader. The other threads end, the old leader too, and the caller takes
 * over the leader's id: one exec, no exit of a process, and the caller's old id never ends. */
static void exec_by_thread(void)
{
	pid_t child = start();
	if (child == 0) {
		pthread_t id[2];
		waiting_threads(id, 2);
		thread(exec_from_thread, NULL);
		pause();
	}
	must(WEXITSTATUS(reap(child)) == 6);
	tell((struct truth){ ONE_CHILD, .execs = 1, .exit_codes = { [6] = 1 }, .threads_created = 3, .threads_exited = 2 });
}

/* Catches: exec by the leader, which ends all others. */
static void exec_by_leader(void)
{
	pid_t child = start();
	if (child == 0) {
		pthread_t id[2];
		waiting_threads(id, 2);
		exec_exit(6);
	}
	must(WEXITSTATUS(reap(child)) == 6);
	tell((struct truth){ ONE_CHILD, .execs = 1, .exit_codes = { [6] = 1 }, .threads_created = 2, .threads_exited = 2 });
}

static void *exec_root(void *argument)
{
	exec_case("+exec-of-root");
	return argument;
}

/* Catches: the same in the root, which goes on under its pid as another program and makes a child. */
static void exec_of_root(void)
{
	thread(exec_root, NULL);
	pause();
}

static void after_exec_of_root(void)
{
	reap(dying_child(0));
	tell((struct truth){ ONE_CHILD, .execs = 1, .exit_codes = { [0] = 1 }, .threads_created = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "join", join }, { "many", many }, { "left-at-end", left_at_end }, { "exit-group", exit_group_of },
		{ "thread-killed", thread_killed }, { "killed-together", killed_together },
		{ "thread-ends-alone", thread_ends_alone },
		{ "leader-first", leader_first }, { "root-leader-first", root_leader_first },
		{ "leader-first-ignored", leader_first_ignored }, { "exec-by-thread", exec_by_thread },
		{ "exec-by-leader", exec_by_leader }, { "exec-of-root", exec_of_root },
		{ "+exec-of-root", after_exec_of_root }, { NULL, NULL },
	};
	new_gates();
	return run_case("thread", cases, argc, argv);
}
