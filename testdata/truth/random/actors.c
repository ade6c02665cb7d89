/*
 * Performs what it is told on standard input, one step after the other, each by one task of its tree, and answers what
 * the kernel said. internal/truth draws the steps from a seed, and reasons about them.
 *
 * The first process, the conductor, is the task in slot 0. Each other task waits in a slot of its own for a step,
 * performs it, and waits again. The conductor goes on when all tasks are at rest: they sleep in their slot or in a
 * wait, are stopped, dead or gone. So each step has had all of its effect before the next one begins.
 *
 *     SLOT OP A B C D    a step
 *     r BEGIN END RESULT ERRNO X Y    its answer; "blocked" instead of the result when it sleeps, or has ended
 *     d SLOT RESULT ERRNO X Y    what has returned since of a step before
 *     s PID STATE PPID THREADS HANDLED PENDING    a process that is there, or once "gone"; PENDING: a set
 *     .    the end of the answer
 */
#include "../truth.h"
#include <ctype.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>

enum { SLOTS = 96, PIDS = 1 << 22, SHARED_FD = 190, SIGNAL_FD = 191, PIDFDS = 200 };
enum { IDLE, GIVEN, DONE };

struct slot {
	atomic_uint turn;
	atomic_int live, ready;
	int pid, tid, blocked;
	char op[16];
	long a[4];
	long result, error, x, y;
};

static struct all {
	struct slot slots[SLOTS];
	atomic_int handled[PIDS]; /* how often the handler of SIGCHLD ran in a process */
	long generation;
} *all;

static int me; /* as the conductor counts: /proc is that of its PID namespace */

static _Noreturn void act(int number);

static void on_signal(int number)
{
	if (number == SIGCHLD)
		all->handled[me]++;
}

static void mark(struct slot *s)
{
	char text[64];
	int n = readlink("/proc/thread-self", text, sizeof text - 1);
	must(n > 0);
	text[n] = 0;
	must(sscanf(text, "%d/task/%d", &s->pid, &s->tid) == 2);
	me = s->pid;
	s->blocked = 0;
	s->turn = IDLE;
}

static void *thread_main(void *number)
{
	struct slot *s = &all->slots[(long)number];
	mark(s);
	s->ready = 1;
	act((long)number);
}

static _Noreturn void become(int number)
{
	thread_main((void *)(long)number);
	abort();
}

static void execute(int number)
{
	char text[16];
	snprintf(text, sizeof text, "%d", number);
	execl("/proc/thread-self/exe", "actors", text, NULL);
	_exit(98);
}

/* id: as its parent counts */
static void new_child(int number, long pid, long id)
{
	struct slot *s = &all->slots[number];
	s->pid = s->tid = pid;
	all->handled[pid] = 0;
	int fd = syscall(SYS_pidfd_open, id, 0); /* fails where it has been reaped */
	if (fd >= 0 && fd != PIDFDS + number) {
		must(dup2(fd, PIDFDS + number) >= 0);
		close(fd);
	}
	s->live = 1;
}

static long fork_one(struct slot *s)
{
	int number = s->a[1];
	all->slots[number].ready = 0;
	long id = syscall(SYS_clone, s->a[0], 0, 0, 0, 0), pid = id;
	if (id == 0)
		become(number);
	if (id <= 0)
		return id;
	if (me != syscall(SYS_getpid)) { /* in a PID namespace: it finds out itself */
		while (!all->slots[number].ready)
			sched_yield();
		pid = all->slots[number].pid;
	}
	new_child(number, pid, id);
	s->y = id;
	return pid;
}

/* In the child, which borrows the stack of its parent: only system calls. */
static long vfork_one(struct slot *s)
{
	int number = s->a[1], code = s->a[2], executes = s->a[0];
	all->slots[number].ready = !executes;
	pid_t pid = vfork();
	if (pid == 0) {
		if (executes)
			execute(number);
		_exit(code);
	}
	if (pid > 0)
		new_child(number, pid, pid);
	return pid;
}

static long thread_one(struct slot *s)
{
	pthread_attr_t small;
	pthread_t id;
	struct slot *its = &all->slots[s->a[0]];
	its->ready = 0;
	its->pid = s->pid;
	its->tid = 0;
	must(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 64 << 10) == 0);
	must((errno = pthread_create(&id, &small, thread_main, (void *)s->a[0])) == 0);
	its->live = 1;
	return 0;
}

static void exec_one(struct slot *s)
{
	for (int i = 0; i < SLOTS; i++)
		if (all->slots[i].pid == s->pid && &all->slots[i] != s)
			all->slots[i].live = 0;
	execute(s - all->slots);
}

static long set_action(struct slot *s)
{
	struct sigaction action = { .sa_flags = s->a[2] | SA_RESTART };
	action.sa_handler = s->a[1] == 2 ? on_signal : s->a[1] == 1 ? SIG_IGN : SIG_DFL;
	return sigaction(s->a[0], &action, NULL);
}

static long set_mask(struct slot *s)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, s->a[1]);
	errno = pthread_sigmask(s->a[0], &set, NULL);
	return errno ? -1 : 0;
}

static long wait_id(struct slot *s)
{
	siginfo_t info = { 0 };
	long result = syscall(SYS_waitid, s->a[0], s->a[0] == P_PIDFD ? PIDFDS + s->a[1] : s->a[1], &info, s->a[2], NULL);
	s->x = info.si_pid;
	s->y = info.si_status | info.si_code << 16;
	return result;
}

/* Takes a signal that is pending, and does not wait for one. */
static long take_signal(int number)
{
	const struct timespec none = { 0 };
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, number);
	return sigtimedwait(&set, NULL, &none);
}

static long make_signalfd(int number)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, number);
	int fd = signalfd(-1, &set, SFD_NONBLOCK);
	must(fd >= 0 && dup2(fd, SIGNAL_FD) >= 0);
	return close(fd);
}

static long read_signalfd(void)
{
	struct signalfd_siginfo info;
	long n = read(SIGNAL_FD, &info, sizeof info);
	return n < 0 ? n : (long)info.ssi_signo;
}

static long perform(struct slot *s)
{
	const char *op = s->op;
	const long *a = s->a;
	int status = 0;
	long result;
	errno = 0;
	if (strcmp(op, "fork") == 0)
		return fork_one(s);
	if (strcmp(op, "vfork") == 0)
		return vfork_one(s);
	if (strcmp(op, "thread") == 0)
		return thread_one(s);
	if (strcmp(op, "exec") == 0)
		exec_one(s);
	if (strcmp(op, "exit") == 0)
		syscall(SYS_exit_group, a[0]);
	if (strcmp(op, "end") == 0)
		syscall(SYS_exit, a[0]);
	if (strcmp(op, "wait4") == 0) {
		result = syscall(SYS_wait4, a[0], &status, a[1], NULL);
		s->x = status;
		return result;
	}
	if (strcmp(op, "waitid") == 0)
		return wait_id(s);
	if (strcmp(op, "kill") == 0)
		return kill(a[0], a[1]);
	if (strcmp(op, "action") == 0)
		return set_action(s);
	if (strcmp(op, "mask") == 0)
		return set_mask(s);
	if (strcmp(op, "unshare") == 0)
		return unshare(a[0]);
	if (strcmp(op, "subreaper") == 0)
		return prctl(PR_SET_CHILD_SUBREAPER, a[0]);
	if (strcmp(op, "setpgid") == 0)
		return setpgid(0, 0);
	if (strcmp(op, "setsid") == 0)
		return setsid();
	if (strcmp(op, "pdeathsig") == 0)
		return prctl(PR_SET_PDEATHSIG, a[0]);
	if (strcmp(op, "take") == 0)
		return take_signal(a[0]);
	if (strcmp(op, "signalfd") == 0)
		return make_signalfd(a[0]);
	if (strcmp(op, "read") == 0)
		return read_signalfd();
	if (strcmp(op, "seize") == 0)
		return ptrace(PTRACE_SEIZE, a[0], 0, 0);
	if (strcmp(op, "pause") == 0)
		return usleep(a[0]);
	must(!"known");
	return -1;
}

static void do_step(struct slot *s)
{
	s->x = s->y = 0;
	s->result = perform(s);
	s->error = errno;
}

static int conductor_lives(void)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/%d", all->slots->pid);
	return access(path, F_OK) == 0;
}

static _Noreturn void act(int number)
{
	const struct timespec patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct slot *s = &all->slots[number];
	for (;;) {
		unsigned turn = s->turn;
		if (turn != GIVEN) {
			syscall(SYS_futex, &s->turn, FUTEX_WAIT, turn, &patience, NULL, 0);
			if (!conductor_lives())
				_exit(96);
			continue;
		}
		do_step(s);
		s->turn = DONE;
	}
}

static int read_file(const char *path, char *text, int size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	text[n] = 0;
	return n;
}

/* What /proc says of a task. */
struct looked { char state; int ppid, threads; unsigned long flags; };

static int look(const char *path, struct looked *l)
{
	char text[1024];
	if (read_file(path, text, sizeof text) <= 0)
		return 0;
	const char *at = strrchr(text, ')');
	must(at && sscanf(at + 2, "%c %d %*d %*d %*d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d", &l->state,
		&l->ppid, &l->flags, &l->threads) == 4);
	return 1;
}

static unsigned long runs(int pid, int tid)
{
	char path[64], text[128];
	unsigned long n = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, tid);
	if (read_file(path, text, sizeof text) > 0)
		sscanf(text, "%*u %*u %lu", &n);
	return n;
}

/* Whether a task does nothing any more before it is told to. */
static int at_rest(struct slot *s, unsigned long *total)
{
	enum { EXITING = 4 };
	char path[64], text[256];
	struct looked l;
	if (!s->ready)
		goto gone_only;
	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", s->pid, s->tid);
	if (!look(path, &l)) {
		if (s->tid != s->pid)
			s->live = 0;
		return 1;
	}
	if (l.state == 'Z')
		return 1;
	if (l.flags & EXITING || !strchr("STt", l.state))
		return 0;
	*total += runs(s->pid, s->tid);
	snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", s->pid, s->tid);
	if (read_file(path, text, sizeof text) <= 0 || !isdigit((unsigned char)*text))
		return l.state != 'S' && strncmp(text, "running", 7) != 0; /* stopped on its way to the program */
	long number = atol(text);
	if (number == SYS_futex || number == SYS_restart_syscall)
		return s->turn != GIVEN && l.state == 'S' ? 1 : l.state != 'S';
	return l.state != 'S' || number == SYS_wait4 || number == SYS_waitid;
gone_only: /* it has not begun: at rest if it is dead */
	snprintf(path, sizeof path, "/proc/%d/stat", s->pid);
	return s->tid && (!look(path, &l) || (l.state == 'Z' && l.threads <= 1));
}

/* Whoever ends or forks holds tasklist_lock; this takes it, too. */
static void tasklist_barrier(void)
{
	must(kill(0, 0) == 0);
}

static void rest(void)
{
	unsigned long before = 0, total;
	double end = now_ms() + PATIENCE_MS;
	for (int quiet = 0; quiet < 2;) {
		int busy = 0;
		total = 1;
		tasklist_barrier();
		for (int i = 1; i < SLOTS; i++)
			if (all->slots[i].live && !at_rest(&all->slots[i], &total))
				busy = i;
		quiet = busy ? 0 : total == before ? quiet + 1 : 1;
		before = total;
		if (busy && now_ms() > end) {
			fprintf(stderr, "slot %d, task %d, finds no rest\n", busy, all->slots[busy].tid);
			_exit(97);
		}
		if (busy)
			sched_yield();
	}
	tasklist_barrier();
}

static unsigned long pending(int pid)
{
	char path[64], text[4096];
	unsigned long set = 0;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (read_file(path, text, sizeof text) <= 0)
		return 0;
	const char *line = strstr(text, "\nShdPnd:");
	if (line)
		sscanf(line, "\nShdPnd: %lx", &set);
	return set;
}

static void tell_process(struct slot *s)
{
	char path[64];
	struct looked l;
	snprintf(path, sizeof path, "/proc/%d/stat", s->pid);
	if (!look(path, &l)) {
		s->live = 0;
		printf("s %d gone 0 0 0 0\n", s->pid);
		return;
	}
	printf("s %d %c %d %d %d %lx\n", s->pid, l.state, l.ppid, l.threads, all->handled[s->pid],
		l.state == 'Z' && l.threads <= 1 ? 0 : pending(s->pid));
}

static void tell_result(struct slot *s)
{
	printf("%ld %ld %ld %ld\n", s->result, s->error, s->x, s->y);
}

static int64_t now_ns(void)
{
	struct timespec t;
	must(clock_gettime(CLOCK_BOOTTIME, &t) == 0);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void answer(struct slot *s, int64_t begin)
{
	rest();
	int64_t end = now_ns();
	printf("r %lld %lld ", (long long)begin, (long long)end);
	if (s->turn == DONE || s == all->slots) {
		s->turn = IDLE;
		if (strcmp(s->op, "thread") == 0)
			s->x = all->slots[s->a[0]].tid;
		tell_result(s);
	} else {
		s->blocked = 1;
		puts("blocked");
	}
	for (int i = 1; i < SLOTS; i++) {
		struct slot *o = &all->slots[i];
		if (o->live && o->blocked && o->turn == DONE) {
			o->blocked = 0;
			o->turn = IDLE;
			printf("d %d ", i);
			tell_result(o);
		}
	}
	for (int i = 0; i < SLOTS; i++)
		if (all->slots[i].live && all->slots[i].pid == all->slots[i].tid)
			tell_process(&all->slots[i]);
	puts(".");
	must(fflush(stdout) == 0);
}

static void conduct(void)
{
	char line[256];
	while (fgets(line, sizeof line, stdin)) {
		int number;
		struct slot given = { 0 };
		must(sscanf(line, "%d %15s %ld %ld %ld %ld", &number, given.op, &given.a[0], &given.a[1], &given.a[2],
			&given.a[3]) == 6 && number >= 0 && number < SLOTS);
		struct slot *s = &all->slots[number];
		memcpy(s->op, given.op, sizeof s->op);
		memcpy(s->a, given.a, sizeof s->a);
		int64_t begin = now_ns();
		if (number == 0) {
			do_step(s);
		} else {
			if (strcmp(s->op, "exec") == 0)
				s->ready = 0; /* its id may become another */
			s->turn = GIVEN;
			syscall(SYS_futex, &s->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
		}
		answer(s, begin);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2) {
		all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
		must(all != MAP_FAILED);
		become(atoi(argv[1]));
	}
	int fd = memfd_create("actors", 0);
	must(fd >= 0 && dup2(fd, SHARED_FD) >= 0 && ftruncate(SHARED_FD, sizeof *all) == 0);
	close(fd);
	all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
	must(all != MAP_FAILED);
	mark(all->slots);
	all->slots->live = all->slots->ready = 1;
	signal(SIGCHLD, SIG_DFL);
	be_subreaper();
	must(setpgid(0, 0) == 0 || errno == EPERM);
	must(getsid(0) == getsid(getppid()) && getpgid(0) != getpgid(getppid())); /* its group is not orphaned */
	conduct();
	return 0;
}
