/* The workings behind truth.h. */
#include "truth.h"
#include <dirent.h>
#include <stdarg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

enum { BROKEN = 99 }; /* the exit code of a process that found out */

static char case_name[128];
static pid_t starter; /* of the root: tracer */

void broken(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s: %s:%d: does not hold: %s (%s)\n", case_name, file, line, condition, strerror(errno));
	_exit(BROKEN);
}

static long sum(const long *values, int n)
{
	long total = 0;
	for (int i = 0; i < n; i++)
		total += values[i];
	return total;
}

/* What must hold for any case: each process ended once, and was reaped in one way or is left. */
static void check(const struct truth *t)
{
	long lived = t->processes_created + t->processes_seen, died = lived + t->zombies_seen;
	if (t->processes_created == UNKNOWN)
		return;
	must(sum(t->exit_codes, EXITS) + sum(t->exit_signals, SIGNALS) == lived);
	if (t->zombies_left != UNKNOWN && t->reaped_by_other != UNKNOWN && t->auto_reaped != UNKNOWN)
		must(t->reaped_by_parent + t->reaped_by_other + t->auto_reaped + t->zombies_dropped + t->zombies_left == died);
	if (t->zombies_peak != UNKNOWN)
		must(t->zombies_peak >= t->zombies_left && t->zombies_peak <= died);
	if (t->sigchld_delivered != UNKNOWN && t->sigchld_queued != UNKNOWN)
		must(t->sigchld_delivered <= t->sigchld_queued);
	must(t->threads_exited <= t->threads_created + t->threads_seen);
}

static void tell_count(const char *name, long value)
{
	if (value != UNKNOWN)
		printf("\"%s\": %ld, ", name, value);
}

static void tell_table(const char *name, const long *values, int n)
{
	const char *comma = "";
	printf("\"%s\": {", name);
	for (int i = 0; i < n; i++)
		if (values[i]) {
			printf("%s\"%d\": %ld", comma, i, values[i]);
			comma = ", ";
		}
	printf("}, ");
}

static void tell_range(const char *name, struct range r)
{
	if (r.most > 0)
		printf("\"%s\": [%.3f, %.3f], ", name, r.least, r.most);
}

static void tell_accepts(const struct truth *t)
{
	long accepts = 0;
	const char *comma = "";
	printf("\"accepts_by_listener\": {");
	for (int i = 0; i < SHARES && t->accepts_by_listener[i].of; i++) {
		printf("%s\"%s\": %ld", comma, t->accepts_by_listener[i].of, t->accepts_by_listener[i].count);
		accepts += t->accepts_by_listener[i].count;
		comma = ", ";
	}
	comma = "";
	printf("}, \"accepts_by_task\": {");
	for (int i = 0; i < SHARES && t->accepts_by_task[i].pid; i++) {
		printf("%s\"%d\": %ld", comma, t->accepts_by_task[i].pid, t->accepts_by_task[i].count);
		comma = ", ";
	}
	printf("}, \"accepts\": %ld, ", accepts);
}

static void tell_failures(const struct truth *t)
{
	const char *comma = "";
	if (!t->failures[0].how)
		return;
	printf("\"failures\": {");
	for (int i = 0; i < SHARES && t->failures[i].how; i++) {
		printf("%s\"%s\": %ld", comma, t->failures[i].how, t->failures[i].count);
		comma = ", ";
	}
	printf("}, ");
}

static void tell_nonzero(const char *name, long count)
{
	if (count)
		tell_count(name, count);
}

static char expected_events[8192], expected_connections[8192], expected_findings[8192];

/* Adds to a list of JSON objects. */
static void add_object(char *list, const char *head, const char *fields, va_list arguments, const char *tail)
{
	size_t n = strlen(list), most = sizeof expected_events;
	n += snprintf(list + n, most - n, "%s{%s", n ? ", " : "", head);
	must(n < most);
	n += vsnprintf(list + n, most - n, fields, arguments);
	must(n < most);
	n += snprintf(list + n, most - n, "}%s", tail);
	must(n < most);
}

static void add_times(char *list, long times, const char *fields, va_list arguments)
{
	char head[64];
	snprintf(head, sizeof head, "\"times\": %ld, \"fields\": {", times);
	add_object(list, head, fields, arguments, "}");
}

void expect_events(long times, const char *fields, ...)
{
	va_list arguments;
	va_start(arguments, fields);
	add_times(expected_events, times, fields, arguments);
	va_end(arguments);
}

void expect_findings(long times, const char *fields, ...)
{
	va_list arguments;
	va_start(arguments, fields);
	add_times(expected_findings, times, fields, arguments);
	va_end(arguments);
}

void expect_connection(const char *fields, ...)
{
	va_list arguments;
	va_start(arguments, fields);
	add_object(expected_connections, "", fields, arguments, "");
	va_end(arguments);
}

void tell(struct truth t)
{
	check(&t);
	printf("{\"case\": \"%s\", \"counters\": {", case_name);
	tell_count("processes_seen", t.processes_seen);
	tell_count("threads_seen", t.threads_seen);
	tell_count("zombies_seen", t.zombies_seen);
	tell_count("processes_created", t.processes_created);
	tell_count("processes_exited", t.processes_created == UNKNOWN ? UNKNOWN : t.processes_created + t.processes_seen);
	tell_count("threads_created", t.threads_created);
	tell_count("threads_exited", t.threads_exited);
	tell_count("execs", t.execs);
	if (t.processes_created != UNKNOWN) {
		tell_table("exit_codes", t.exit_codes, EXITS);
		tell_table("exit_signals", t.exit_signals, SIGNALS);
	}
	tell_count("zombies_now", t.zombies_left);
	tell_count("zombies_peak", t.zombies_peak);
	tell_count("zombies_left", t.zombies_left);
	tell_range("zombie_ms_total", t.zombie_ms_total);
	tell_range("zombie_ms_max", t.zombie_ms_max);
	tell_count("reaped_by_parent", t.reaped_by_parent);
	tell_count("reaped_by_other", t.reaped_by_other);
	tell_count("auto_reaped", t.auto_reaped);
	tell_count("zombies_dropped", t.zombies_dropped);
	tell_count("reparented", t.reparented);
	tell_count("sigchld_queued", t.sigchld_queued);
	tell_count("sigchld_coalesced", t.sigchld_coalesced);
	tell_count("sigchld_ignored", t.sigchld_ignored);
	tell_count("sigchld_delivered", t.sigchld_delivered);
	tell_accepts(&t);
	tell_nonzero("connections_peak", t.connections_peak);
	tell_nonzero("listen_drops", t.listen_drops);
	tell_nonzero("connections_open", t.connections_open);
	tell_nonzero("datagrams_received", t.datagrams_received);
	tell_nonzero("http_requests", t.http_requests);
	tell_nonzero("io_urings", t.io_urings);
	tell_nonzero("waits_nothing", t.waits_nothing);
	tell_nonzero("waits_no_child", t.waits_no_child);
	tell_failures(&t);
	printf("\"tree_depth\": %ld}%s", t.tree_depth, t.may_lose ? ", \"may_lose\": true" : "");
	printf(", \"events\": [%s], \"connections\": [%s], \"findings\": [%s]}\n", expected_events, expected_connections,
		expected_findings);
	must(fflush(stdout) == 0);
}

_Noreturn void skip(const char *why)
{
	printf("{\"case\": \"%s\", \"skip\": \"%s\"}\n", case_name, why);
	fflush(stdout);
	_exit(0);
}

void skip_before(const char *kernel)
{
	printf("{\"case\": \"%s\", \"skip\": \"the kernel is older than %s\", \"older\": true}\n", case_name, kernel);
	fflush(stdout);
	_exit(0);
}

void need_root(void)
{
	if (geteuid() != 0)
		skip("needs root");
}

int gate_new(void)
{
	int gate = eventfd(0, EFD_SEMAPHORE); /* a read takes one, and blocks at none */
	must(gate >= 0);
	return gate;
}

void gate_open(int gate, long n)
{
	uint64_t passes = n;
	must(n == 0 || write(gate, &passes, sizeof passes) == sizeof passes);
}

void gate_pass(int gate)
{
	uint64_t one;
	struct pollfd p = { .fd = gate, .events = POLLIN };
	int flags = fcntl(gate, F_GETFL);
	must(flags >= 0 && fcntl(gate, F_SETFL, flags | O_NONBLOCK) == 0);
	while (read(gate, &one, sizeof one) != sizeof one) {
		must(errno == EAGAIN || errno == EINTR);
		int ready = poll(&p, 1, PATIENCE_MS);
		must(ready == 1 || (ready < 0 && errno == EINTR));
	}
}

pid_t start(void)
{
	pid_t child = fork();
	must(child >= 0);
	return child;
}

pid_t dying_child(int code)
{
	pid_t child = start();
	if (child == 0)
		_exit(code);
	return child;
}

pid_t waiting_child(int gate, int code)
{
	pid_t child = start();
	if (child == 0) {
		gate_pass(gate);
		_exit(code);
	}
	return child;
}

_Noreturn void exec_exit(int code)
{
	char text[16];
	snprintf(text, sizeof text, "%d", code);
	execl("/proc/self/exe", "truth", "--exit", text, NULL);
	_exit(BROKEN);
}

_Noreturn void exec_case(const char *step)
{
	execl("/proc/self/exe", "truth", step, NULL);
	_exit(BROKEN);
}

/*
 * waitid(WNOWAIT) is the barrier: in the kernel a dying task becomes a zombie and signals its parent under one hold of
 * tasklist_lock, which a wait takes too. /proc/PID/stat takes no such lock: it may show Z before the signal is sent.
 */
void dead(pid_t child)
{
	siginfo_t info = { 0 };
	while (waitid(P_PID, child, &info, WEXITED | WNOWAIT | __WALL) != 0)
		must(errno == EINTR);
	must(info.si_pid == child);
}

void vanished(pid_t child)
{
	pid_t found;
	while ((found = waitpid(child, NULL, __WALL)) < 0 && errno == EINTR)
		;
	must(found < 0 && errno == ECHILD);
}

void released(pid_t pid)
{
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	for (double end = now_ms() + PATIENCE_MS; kill(pid, 0) == 0; nanosleep(&pause, NULL))
		must(now_ms() < end);
	must(errno == ESRCH);
}

void alone(void)
{
	struct stat folder;
	struct timespec pause = { .tv_nsec = 1000 * 1000 };
	for (double end = now_ms() + PATIENCE_MS;; nanosleep(&pause, NULL)) {
		must(stat("/proc/self/task", &folder) == 0 && now_ms() < end);
		if (folder.st_nlink == 3) /* itself, its parent, and one task */
			return;
	}
}

int reap(pid_t child)
{
	int status;
	pid_t found;
	while ((found = waitpid(child, &status, __WALL)) < 0 && errno == EINTR)
		;
	must(found == child && !(WIFEXITED(status) && WEXITSTATUS(status) == BROKEN));
	return status;
}

void on_sigchld(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	must(sigaction(SIGCHLD, &action, NULL) == 0);
}

static void mask_sigchld(int how)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	must(pthread_sigmask(how, &set, NULL) == 0);
}

void block_sigchld(void)
{
	mask_sigchld(SIG_BLOCK);
}

void unblock_sigchld(void)
{
	mask_sigchld(SIG_UNBLOCK);
}

void be_subreaper(void)
{
	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
}

void *shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED);
	return memory;
}

double now_ms(void)
{
	struct timespec t;
	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

pthread_t thread(void *(*run)(void *), void *argument)
{
	pthread_attr_t small;
	pthread_t id;
	must(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 64 << 10) == 0);
	must((errno = pthread_create(&id, &small, run, argument)) == 0);
	pthread_attr_destroy(&small);
	return id;
}

/* A case begins with every signal as POSIX has it for a new program, whatever its launcher left behind. */
static void begin(const char *family, const char *name)
{
	sigset_t none;
	starter = getppid();
	snprintf(case_name, sizeof case_name, "%s/%s", family, name + (*name == STEP));
	if (*name == STEP)
		return;
	sigemptyset(&none);
	must(sigprocmask(SIG_SETMASK, &none, NULL) == 0);
	signal(SIGHUP, SIG_DFL); /* whoever began the tests may ignore it, as nohup(1) does */
	on_sigchld(SIG_DFL, 0);
}

char state_of(pid_t pid)
{
	char path[64], text[512], *end;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *stat = fopen(path, "r");
	must(stat && fgets(text, sizeof text, stat) && (end = strrchr(text, ')')));
	fclose(stat);
	return end[2];
}

int run_case(const char *family, const struct truth_case *cases, int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "--exit") == 0)
		return atoi(argv[2]);
	int list = argc == 2 && strcmp(argv[1], "--list") == 0;
	for (; argc == 2 && cases->name; cases++) {
		if (list && *cases->name != STEP)
			puts(cases->name);
		if (strcmp(argv[1], cases->name) == 0) {
			begin(family, cases->name);
			cases->run();
			return 0;
		}
	}
	if (list)
		return 0;
	fprintf(stderr, "usage: %s CASE | --list\n", argv[0]);
	return 2;
}

/* Whether a process has programs in the kernel that are attached. */
static int follows(pid_t pid)
{
	char path[64], of[64];
	struct dirent *e;
	int links = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *dir = opendir(path);
	must(dir != NULL);
	while ((e = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, of, sizeof of - 1);
		of[n > 0 ? n : 0] = 0;
		links += strstr(of, "bpf_link") != NULL || strstr(of, "bpf-link") != NULL;
	}
	closedir(dir);
	return links > 0;
}

pid_t tracer_or(pid_t other)
{
	return follows(starter) ? starter : other;
}

void leave_tracer(void)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	if (!follows(starter)) /* it is run by hand */
		return;
	must(kill(starter, SIGINT) == 0);
	for (double end = now_ms() + PATIENCE_MS; follows(starter); nanosleep(&pause, NULL))
		must(now_ms() < end);
}
