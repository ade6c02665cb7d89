/* Zombies, and every way to wait for one. */
#include "truth.h"
#include <time.h>

enum { WRONG_ADDRESS = 1 };

/* So many waits of the root that reaped, or found no child, asked so: fields of whom they asked for, as JSON. */
static void expect_asked(long reaped, long no_child, const char *fields)
{
	expect_events(reaped, "\"kind\": \"wait\", \"flags\": [\"root\"], %s", fields);
	expect_events(no_child, "\"kind\": \"wait\", \"flags\": [\"root\", \"no_child\"], %s", fields);
}

static void expect_asked_for(long reaped, long no_child, const char *idtype, pid_t id)
{
	char fields[99];
	snprintf(fields, sizeof fields, "\"idtype\": \"%s\", \"id\": %d", idtype, id);
	expect_asked(reaped, no_child, fields);
}

/* Three children that end with 0, and what the root hears of each: SIGCHLD at its default action is discarded. */
#define THREE_CHILDREN .processes_created = 3, .exit_codes = { [0] = 3 }, .zombies_peak = 3, \
	.sigchld_ignored = 3, .tree_depth = 1

static int fd_of(pid_t child)
{
	int fd = syscall(SYS_pidfd_open, child, 0);
	must(fd >= 0);
	return fd;
}

static void three_dead(pid_t child[3])
{
	for (int i = 0; i < 3; i++)
		dead(child[i] = dying_child(0));
}

/* Catches: a child that nobody waits for counted as gone because its parent is. The root ends and leaves three. */
static void never(void)
{
	pid_t child[3];
	three_dead(child);
	tell((struct truth){ THREE_CHILDREN, .zombies_left = 3, .reparented = 3 });
}

/* Catches: reaps that are matched with the wrong child: of three dead ones the second is reaped. */
static void some(void)
{
	pid_t child[3];
	three_dead(child);
	must(reap(child[1]) == 0);
	tell((struct truth){ THREE_CHILDREN, .zombies_left = 2, .reaped_by_parent = 1, .reparented = 2 });
}

/* Catches: a wait(2) that returned a child and is not seen as its reaping. */
static void plain(void)
{
	pid_t child[3];
	three_dead(child);
	for (int i = 0; i < 3; i++)
		must(wait(NULL) == child[i]); /* the oldest child first */
	must(wait(NULL) == -1 && errno == ECHILD);
	expect_asked(3, 1, "\"call\": \"wait4\", \"idtype\": \"all\", \"id\": null");
	tell((struct truth){ THREE_CHILDREN, .reaped_by_parent = 3 });
}

/* Catches: reaping taken to happen in the order of death. The last child is waited for first. */
static void by_pid(void)
{
	pid_t child[3];
	three_dead(child);
	for (int i = 2; i >= 0; i--)
		must(waitpid(child[i], NULL, 0) == child[i]);
	for (int i = 0; i < 3; i++)
		expect_asked_for(1, 0, "pid", child[i]);
	tell((struct truth){ THREE_CHILDREN, .reaped_by_parent = 3 });
}

/* Catches: a wait for a process group (pid < -1) whose argument is taken for a pid. */
static void by_group(void)
{
	int gate = gate_new();
	pid_t child[3];
	for (int i = 0; i < 3; i++)
		child[i] = waiting_child(gate, 0);
	must(setpgid(child[0], child[0]) == 0 && setpgid(child[1], child[0]) == 0);
	gate_open(gate, 3);
	for (int i = 0; i < 3; i++)
		dead(child[i]);
	must(waitpid(-child[0], NULL, 0) == child[0]);
	must(waitpid(-child[0], NULL, 0) == child[1]);
	must(waitpid(-child[0], NULL, 0) == -1 && errno == ECHILD);
	must(waitpid(0, NULL, 0) == child[2]); /* 0: the caller's own group */
	expect_asked_for(2, 1, "pgid", child[0]);
	expect_asked(1, 0, "\"call\": \"wait4\", \"idtype\": \"pgid\", \"id\": null");
	tell((struct truth){ THREE_CHILDREN, .reaped_by_parent = 3 });
}

static void *wait_for(void *argument)
{
	pid_t child = *(pid_t *)argument;
	must(waitpid(child, NULL, 0) == child);
	return NULL;
}

/* Catches: "the parent" taken for the thread that forked. Another thread of the same process is the parent as well. */
static void by_thread(void)
{
	pid_t child[3];
	three_dead(child);
	for (int i = 0; i < 3; i++)
		must(pthread_join(thread(wait_for, &child[i]), NULL) == 0);
	tell((struct truth){ THREE_CHILDREN, .threads_created = 3, .threads_exited = 3, .reaped_by_parent = 3 });
}

static atomic_int taker;

static void *take_any(void *argument)
{
	(void)argument;
	taker = gettid();
	for (int i = 0; i < 3; i++)
		must(wait(NULL) > 0);
	return NULL;
}

/* Catches: a status that is lost in silence. A thread waits for any child, and takes those that others wait for; and
 * a status called lost of which the one who waits twice has got it. */
static void taken(void)
{
	siginfo_t info;
	pid_t child[3];
	int fd[3];
	for (int i = 0; i < 3; i++) {
		dead(child[i] = dying_child(i));
		fd[i] = fd_of(child[i]);
	}
	must(pthread_join(thread(take_any, NULL), NULL) == 0);
	for (int i = 2; i > 0; i--) /* the oldest one, nobody else waits for */
		must(waitid(P_PIDFD, fd[i], &info, WEXITED) == -1 && errno == ECHILD);
	must(waitpid(child[2], NULL, WNOHANG) == -1 && errno == ECHILD);
	pid_t own = dying_child(4);
	must(waitpid(own, NULL, 0) == own && waitpid(own, NULL, 0) == -1 && errno == ECHILD);
	expect_findings(1, "\"id\": \"status_lost\"");
	expect_findings(1, "\"id\": \"status_lost\", \"pid\": %d, \"statuses\": 2, \"child\": %d, \"status\": %d, "
		"\"thread\": %d, \"idtype\": 1, \"tasks\": [%d, %d]", getpid(), child[2], 2 << 8, taker, child[2], child[1]);
	tell((struct truth){ .processes_created = 4, .exit_codes = { 1, 1, 1, [4] = 1 }, .zombies_peak = 3,
		.sigchld_ignored = 4, .threads_created = 1, .threads_exited = 1, .reaped_by_parent = 4, .waits_no_child = 4,
		.tree_depth = 1 });
}

static volatile sig_atomic_t taken_by_handler;

static void take_in_handler(int signal)
{
	(void)signal;
	if (waitpid(-1, NULL, WNOHANG) > 0)
		taken_by_handler++;
}

/* Catches: the same in a handler, which runs in the thread that waits. */
static void taken_in_handler(void)
{
	on_sigchld(take_in_handler, SA_RESTART);
	block_sigchld();
	pid_t child = dying_child(3);
	dead(child);
	unblock_sigchld();
	must(taken_by_handler == 1 && waitpid(child, NULL, 0) == -1 && errno == ECHILD);
	expect_findings(1, "\"id\": \"status_lost\", \"pid\": %d, \"statuses\": 1, \"child\": %d, \"status\": %d, "
		"\"thread\": %d, \"call\": 1, \"idtype\": 1", getpid(), child, 3 << 8, getpid());
	tell((struct truth){ .processes_created = 1, .exit_codes = { [3] = 1 }, .zombies_peak = 1, .sigchld_queued = 1,
		.sigchld_delivered = 1, .reaped_by_parent = 1, .waits_no_child = 1, .tree_depth = 1 });
}

/* Catches: a status called lost of a child that an ordinary wait does not find, as its end sends no signal, and that is
 * reaped after; and of a process that is no child. */
static void not_found(void)
{
	pid_t child = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
	must(child >= 0);
	if (child == 0)
		_exit(5);
	must(waitid(P_PID, child, NULL, WEXITED | WNOWAIT | __WALL) == 0);
	must(waitpid(child, NULL, 0) == -1 && errno == ECHILD);
	must(waitpid(getppid(), NULL, 0) == -1 && errno == ECHILD);
	must(waitpid(child, NULL, __WALL) == child);
	expect_findings(0, "\"id\": \"status_lost\"");
	tell((struct truth){ .processes_created = 1, .exit_codes = { [5] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.waits_no_child = 2, .tree_depth = 1 });
}

static void *wait_for_none(void *argument)
{
	must(waitpid(*(pid_t *)argument, NULL, __WNOTHREAD) == -1 && errno == ECHILD);
	return NULL;
}

/* Catches: a failed wait taken for a reap. With __WNOTHREAD a thread sees only the children that it forked itself. */
static void by_other_thread_only(void)
{
	pid_t child[3];
	three_dead(child);
	must(pthread_join(thread(wait_for_none, child), NULL) == 0);
	for (int i = 0; i < 3; i++)
		reap(child[i]);
	tell((struct truth){ THREE_CHILDREN, .threads_created = 1, .threads_exited = 1, .reaped_by_parent = 3 });
}

/* Catches: waitid(2), which returns 0 where wait4 returns the pid; the pid is in the siginfo alone. */
static void by_waitid(void)
{
	pid_t child[3];
	siginfo_t info;
	three_dead(child);
	must(waitid(P_PID, child[1], &info, WEXITED) == 0 && info.si_pid == child[1]);
	must(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child[0]);
	must(waitid(P_PGID, 0, &info, WEXITED) == 0 && info.si_pid == child[2]);
	expect_asked_for(1, 0, "pid", child[1]);
	expect_asked(1, 0, "\"call\": \"waitid\", \"idtype\": \"all\", \"id\": null");
	expect_asked(1, 0, "\"call\": \"waitid\", \"idtype\": \"pgid\", \"id\": null");
	tell((struct truth){ THREE_CHILDREN, .reaped_by_parent = 3 });
}

/* Catches: waitid without a siginfo. Nothing that the call returns says whom it reaped. */
static void by_waitid_untold(void)
{
	pid_t child[3];
	three_dead(child);
	must(waitid(P_PID, child[1], NULL, WEXITED) == 0);
	must(waitid(P_ALL, 0, NULL, WEXITED) == 0);
	must(waitid(P_PGID, getpgrp(), NULL, WEXITED) == 0);
	must(waitid(P_ALL, 0, NULL, WEXITED) == -1 && errno == ECHILD);
	expect_events(1, "\"kind\": \"wait\", \"flags\": [\"root\", \"no_child\"], \"idtype\": \"all\"");
	tell((struct truth){ THREE_CHILDREN, .reaped_by_parent = 3 });
}

/* Catches: a wait by pidfd, where the argument is a descriptor and no pid: of a child that is there, and of one that
 * has just been reaped. */
static void by_pidfd(void)
{
	pid_t child[3];
	siginfo_t info;
	three_dead(child);
	for (int i = 0; i < 3; i++) {
		int fd = fd_of(child[i]);
		must(waitid(P_PIDFD, fd, i == 1 ? NULL : &info, WEXITED) == 0);
		must(i == 1 || info.si_pid == child[i]);
		must(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG) == -1 && errno == ECHILD);
		expect_asked_for(1, 1, "pidfd", child[i]);
	}
	tell((struct truth){ THREE_CHILDREN, .reaped_by_parent = 3 });
}

/* Catches: a look at a zombie (WNOWAIT) taken for its reaping; one child is looked at and then left. */
static void peek(void)
{
	pid_t child[3];
	siginfo_t info;
	three_dead(child);
	for (int i = 0; i < 5; i++)
		must(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child[0]);
	must(waitid(P_PID, child[2], NULL, WEXITED | WNOWAIT) == 0);
	reap(child[0]);
	reap(child[1]);
	tell((struct truth){ THREE_CHILDREN, .zombies_left = 1, .reaped_by_parent = 2, .reparented = 1 });
}

/* Catches: WNOHANG that finds nobody dead and returns 0, taken for a reap (of pid 0). */
static void no_hang(void)
{
	int gate = gate_new();
	siginfo_t info = { .si_pid = -1 };
	pid_t child = waiting_child(gate, 0);
	for (int i = 0; i < 3; i++)
		must(waitpid(-1, NULL, WNOHANG) == 0);
	must(waitid(P_PID, child, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
	must(waitid(P_ALL, 0, NULL, WEXITED | WNOHANG) == 0);
	gate_open(gate, 1);
	dead(child);
	must(waitpid(-1, NULL, WNOHANG) == child);
	must(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	expect_asked(1, 1, "\"call\": \"wait4\", \"idtype\": \"all\", \"id\": null, \"options\": 1");
	expect_events(1, "\"kind\": \"wait\", \"flags\": [\"root\", \"nothing\"], \"idtype\": \"pid\", \"id\": %d",
		child);
	expect_events(3, "\"kind\": \"wait\", \"flags\": [\"root\", \"nothing\"], \"call\": \"wait4\", "
		"\"idtype\": \"all\"");
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

static int interrupted_gate;
static volatile sig_atomic_t alarms;

static void third_alarm_opens(int signal)
{
	(void)signal;
	if (++alarms == 3)
		gate_open(interrupted_gate, 1);
}

/* Catches: a wait that a signal ends (EINTR) and that is called again. */
static void interrupted(void)
{
	struct sigaction action = { .sa_handler = third_alarm_opens }; /* without SA_RESTART */
	timer_t timer;
	struct itimerspec every = { .it_value.tv_nsec = 5000000, .it_interval.tv_nsec = 5000000 };
	interrupted_gate = gate_new();
	must(sigaction(SIGALRM, &action, NULL) == 0);
	pid_t child = waiting_child(interrupted_gate, 0);
	must(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 && timer_settime(timer, 0, &every, NULL) == 0);
	must(reap(child) == 0 && alarms >= 3);
	must(timer_delete(timer) == 0);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

/* Catches: a wait that reaps and yet fails: the kernel stores the result last, and the address is wrong. */
static void bad_address(void)
{
	pid_t child[3];
	three_dead(child);
	must(syscall(SYS_wait4, child[0], WRONG_ADDRESS, 0, NULL) == -1 && errno == EFAULT);
	must(syscall(SYS_waitid, P_PID, child[1], WRONG_ADDRESS, WEXITED, NULL) == -1 && errno == EFAULT);
	must(syscall(SYS_wait4, -1, WRONG_ADDRESS, 0, NULL) == -1 && errno == EFAULT);
	must(wait(NULL) == -1 && errno == ECHILD);
	tell((struct truth){ THREE_CHILDREN, .reaped_by_parent = 3 });
}

/* Catches: times of zombies that are wrong or are added up wrongly. The case measures around both ends. */
static void held(void)
{
	const long hold_ms[2] = { 150, 60 };
	struct range total = { 0 }, longest = { 0 };
	for (int i = 0; i < 2; i++) {
		double before_death = now_ms();
		pid_t child = dying_child(0);
		dead(child);
		double after_death = now_ms();
		nanosleep(&(struct timespec){ .tv_nsec = hold_ms[i] * 1000000 }, NULL);
		double before_reap = now_ms();
		reap(child);
		struct range r = { before_reap - after_death, now_ms() - before_death };
		total = (struct range){ total.least + r.least, total.most + r.most };
		longest = (struct range){ r.least > longest.least ? r.least : longest.least,
			r.most > longest.most ? r.most : longest.most };
	}
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 2 }, .zombies_peak = 1, .reaped_by_parent = 2,
		.zombie_ms_total = total, .zombie_ms_max = longest, .sigchld_ignored = 2, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "never", never }, { "some", some }, { "plain", plain }, { "by-pid", by_pid }, { "by-group", by_group },
		{ "taken", taken }, { "taken-in-handler", taken_in_handler }, { "not-found", not_found },
		{ "by-thread", by_thread }, { "by-other-thread-only", by_other_thread_only }, { "by-waitid", by_waitid },
		{ "by-waitid-untold", by_waitid_untold }, { "by-pidfd", by_pidfd }, { "peek", peek },
		{ "no-hang", no_hang }, { "interrupted", interrupted }, { "bad-address", bad_address }, { "held", held },
		{ NULL, NULL },
	};
	return run_case("wait", cases, argc, argv);
}
