/* Who holds a connection or a listening socket without use: forks, execs and messages give copies of descriptors. */
#include "net.h"
#include <poll.h>
#include <sys/resource.h>

enum { GATES = 3, MPTCP = 262 };

static int listener, client, server, gates[GATES];

static const char *own_name(void)
{
	static char name[64];
	snprintf(name, sizeof name, "@truth-hold-%d", getpid());
	return name;
}

static void new_gates(void)
{
	for (int i = 0; i < GATES && !gates[i]; i++)
		gates[i] = gate_new();
}

/* A connection of which one byte has been read. */
static void begin(int l)
{
	char byte;
	listener = l;
	new_gates();
	must(fcntl(listener, F_SETFD, FD_CLOEXEC) == 0);
	client = client_of(listener);
	must(fcntl(client, F_SETFD, FD_CLOEXEC) == 0);
	must((server = accept(listener, NULL, NULL)) >= 0);
	must(write(client, "?", 1) == 1 && read(server, &byte, 1) == 1);
}

static void expect_let_go(long times, pid_t pid, const char *occasion, int connection)
{
	expect_events(times, "\"kind\": \"let_go\", \"pid\": %d, \"occasion\": \"%s\", \"connection\": %d", pid, occasion,
		connection);
}

static void expect_hold(long times, pid_t pid, const char *occasion, int fd, const char *what, pid_t holder)
{
	char by[16] = "null";
	if (holder)
		snprintf(by, sizeof by, "%d", holder);
	expect_events(times, "\"kind\": \"hold\", \"pid\": %d, \"occasion\": \"%s\", \"fd\": %d, \"listener\": \"%s\", "
		"\"connection\": null, \"holder\": %s", pid, occasion, fd, what, by);
}

static void expect_held_connection(long times, pid_t pid, int fd, int connection)
{
	expect_events(times, "\"kind\": \"hold\", \"pid\": %d, \"occasion\": \"exec\", \"fd\": %d, \"connection\": %d", pid,
		fd, connection);
}

static void expect_none(const char *kind)
{
	expect_events(0, "\"kind\": \"%s\"", kind);
}

static void tell_one(int processes, int execs, int accepts)
{
	tell((struct truth){ .processes_created = processes, .execs = execs, .exit_codes = { [0] = processes },
		.zombies_peak = processes > 1 ? UNKNOWN : processes, .reaped_by_parent = processes,
		.sigchld_ignored = processes, .accepts_by_listener = { { name_of(listener), accepts } },
		.accepts_by_task = { { getpid(), accepts } }, .tree_depth = processes > 0 });
}

/* A child that has a copy of the connection, and does not use it. */
static pid_t idle_child(int gate)
{
	pid_t child = start();
	if (child == 0) {
		gate_pass(gate);
		_exit(0);
	}
	return child;
}

/* Catches: a copy in a child that keeps a connection open. */
static void copied(void)
{
	pid_t child = idle_child(gates[0]), self = getpid();
	must(close(server) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_let_go(1, self, "close", 1);
	expect_events(1, "\"kind\": \"let_go\"");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", child);
	tell_one(1, 0, 1);
}

static void copied_v4(void) { begin(listen_v4("127.0.0.1")); copied(); }
static void copied_v6(void) { begin(listen_v6("::1")); copied(); }
static void copied_local(void) { begin(listen_local(SOCK_STREAM, own_name())); copied(); }

/* A child that uses the connection, and the parent that accepted it and has not. */
static pid_t serving_child(void)
{
	char byte;
	new_gates();
	client = client_of(listener);
	must((server = accept(listener, NULL, NULL)) >= 0);
	pid_t child = start();
	if (child == 0) {
		gate_pass(gates[0]);
		must(read(server, &byte, 1) == 1 && write(server, &byte, 1) == 1);
		_exit(0);
	}
	must(write(client, "?", 1) == 1);
	return child;
}

/* Catches: a parent that forgot to close its copy, when the child lets go by its end. */
static void forgotten(void)
{
	pid_t child = serving_child();
	gate_open(gates[0], 1);
	must(reap(child) == 0 && close(server) == 0);
	expect_let_go(1, child, "exit", 1);
	expect_events(1, "\"kind\": \"let_go\"");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", getpid());
	tell_one(1, 0, 1);
}

static void forgotten_v4(void) { listener = listen_v4("127.0.0.1"); forgotten(); }
static void forgotten_local(void) { listener = listen_local(SOCK_STREAM, own_name()); forgotten(); }

/* Catches: a parent that closes its copy as it should, taken for one that lets go of it. */
static void closed_in_time(void)
{
	pid_t child = serving_child();
	must(close(server) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_none("let_go");
	expect_none("hold");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", child);
	tell_one(1, 0, 1);
}

static void closed_in_time_v4(void) { listener = listen_v4("127.0.0.1"); closed_in_time(); }
static void closed_in_time_local(void) { listener = listen_local(SOCK_STREAM, own_name()); closed_in_time(); }

/* Catches: a descriptor beside it that the same process has of a connection, at a close and at the end. */
static void twice(void)
{
	begin(listen_v4("127.0.0.1"));
	int second = dup(server), third = fcntl(server, F_DUPFD, 200);
	must(second >= 0 && third >= 200);
	pid_t child = idle_child(gates[0]);
	must(close(server) == 0 && close(third) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_none("let_go"); /* the second one is left to the end */
	tell_one(1, 0, 1);
}

static void twice_in_child(void)
{
	char byte;
	begin(listen_v4("127.0.0.1"));
	pid_t child = start();
	if (child == 0) {
		must(dup(server) >= 0 && write(client, "?", 1) == 1 && read(server, &byte, 1) == 1);
		gate_open(gates[1], 1);
		gate_pass(gates[0]);
		_exit(0);
	}
	gate_pass(gates[1]);
	must(close(server) == 0); /* the last to have read it is the child */
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_none("let_go");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", child);
	tell_one(1, 0, 1);
}

static void *close_it(void *argument)
{
	must(close(server) == 0);
	return argument;
}

/* Catches: a thread that closes what its process has read. */
static void by_thread(void)
{
	begin(listen_v4("127.0.0.1"));
	pid_t child = idle_child(gates[0]);
	must(pthread_join(thread(close_it, NULL), NULL) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_let_go(1, getpid(), "close", 1);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .threads_created = 1, .threads_exited = 1,
		.zombies_peak = 1, .reaped_by_parent = 1, .sigchld_ignored = 1,
		.accepts_by_listener = { { name_of(listener), 1 } }, .accepts_by_task = { { getpid(), 1 } },
		.tree_depth = 1 });
}

static int use_and_end(void *unused)
{
	char byte;
	(void)unused;
	must(write(client, "?", 1) == 1 && read(server, &byte, 1) == 1);
	return 0;
}

/* Catches: a process that ends while another one goes on with its table of descriptors (CLONE_FILES). */
static void shared_table(void)
{
	static char stack[64 << 10] __attribute__((aligned(16)));
	begin(listen_v4("127.0.0.1"));
	int copy = dup(server);
	pid_t child = clone(use_and_end, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL);
	must(child > 0 && copy >= 0 && reap(child) == 0);
	must(close(copy) == 0 && close(server) == 0);
	expect_none("let_go");
	tell_one(1, 0, 1);
}

/* Catches: a connection that goes to another process by a message, which keeps it, or uses it. */
static void passed(int used)
{
	int channel[2];
	char byte;
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) == 0);
	new_gates();
	pid_t child = start();
	if (child == 0) {
		int fd = receive_descriptor(channel[1]);
		must(!used || read(fd, &byte, 1) == 1);
		gate_open(gates[0], 1);
		gate_pass(gates[1]);
		_exit(0);
	}
	begin(listen_v4("127.0.0.1"));
	must(write(client, "!", 1) == 1);
	send_descriptor(channel[0], server);
	gate_pass(gates[0]);
	must(close(server) == 0);
	gate_open(gates[1], 1);
	must(reap(child) == 0);
	expect_let_go(!used, getpid(), "close", 1);
	expect_events(!used, "\"kind\": \"let_go\"");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", child);
	tell_one(1, 0, 1);
}

static void passed_and_kept(void) { passed(0); }
static void passed_and_used(void) { passed(1); }

/* Catches: a descriptor that another process takes. */
static void taken(void)
{
	begin(listen_v4("127.0.0.1"));
	int self = syscall(SYS_pidfd_open, getpid(), 0), fd = server, *done = shared(sizeof *done);
	must(self >= 0);
	pid_t child = start();
	if (child == 0) {
		must(close(server) == 0);
		*done = syscall(SYS_pidfd_getfd, self, fd, 0) >= 0;
		gate_open(gates[0], 1);
		gate_pass(gates[1]);
		_exit(0);
	}
	gate_pass(gates[0]);
	if (!*done)
		skip("this process may not take a descriptor from another one");
	must(close(server) == 0);
	gate_open(gates[1], 1);
	must(reap(child) == 0);
	expect_let_go(1, getpid(), "close", 1);
	expect_events(1, "\"kind\": \"let_go\"");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", child);
	tell_one(1, 0, 1);
}

/* The ways to close a descriptor that are not close(2). */
static void close_by_dup2(int fd)
{
	int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	must(other >= 0 && dup2(other, fd) == fd && close(other) == 0);
}

static void close_by_dup3(int fd)
{
	int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	must(other >= 0 && dup3(other, fd, O_CLOEXEC) == fd && close(other) == 0);
}

static void close_by_range(int fd)
{
	if (syscall(SYS_close_range, fd, fd, 0) < 0)
		skip("this kernel has no close_range");
}

/* Catches: a copy that is closed by another call than close(2), when others have it still; when it is not the last that
 * the process has; and when nobody has. */
static void closed_by(void (*close_it)(int), int l)
{
	begin(l);
	int second = dup(server);
	must(second >= 0);
	pid_t child = idle_child(gates[0]), self = getpid();
	close_it(server);
	must(dup2(second, second) == second && dup2(-1, second) < 0); /* closes nothing */
	expect_none("let_go");
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	close_it(second);
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", self);
	tell_one(1, 0, 1);
}

static void let_go_by(void (*close_it)(int), int l)
{
	begin(l);
	pid_t child = idle_child(gates[0]), self = getpid();
	close_it(server);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_let_go(1, self, "close", 1);
	expect_events(1, "\"kind\": \"let_go\"");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", child);
	tell_one(1, 0, 1);
}

static void let_go_by_dup2(void) { let_go_by(close_by_dup2, listen_v4("127.0.0.1")); }
static void let_go_by_dup3(void) { let_go_by(close_by_dup3, listen_v4("127.0.0.1")); }
static void let_go_by_range(void) { let_go_by(close_by_range, listen_v4("127.0.0.1")); }
static void let_go_by_dup2_local(void) { let_go_by(close_by_dup2, listen_local(SOCK_STREAM, own_name())); }
static void let_go_by_range_local(void) { let_go_by(close_by_range, listen_local(SOCK_STREAM, own_name())); }
static void closed_by_dup2(void) { closed_by(close_by_dup2, listen_v4("127.0.0.1")); }
static void closed_by_dup3(void) { closed_by(close_by_dup3, listen_v4("127.0.0.1")); }
static void closed_by_range(void) { closed_by(close_by_range, listen_v4("127.0.0.1")); }
static void closed_by_dup2_local(void) { closed_by(close_by_dup2, listen_local(SOCK_STREAM, own_name())); }
static void closed_by_range_local(void) { closed_by(close_by_range, listen_local(SOCK_STREAM, own_name())); }

/* Catches: one of several connections that one call closes, and one that it only marks to be closed by an exec. */
static void several_by_range(void)
{
	enum { MARK = 4 }; /* CLOSE_RANGE_CLOEXEC */
	char byte;
	begin(listen_v4("127.0.0.1"));
	int first = fcntl(server, F_DUPFD, 100), more = client_of(listener), second = accept(listener, NULL, NULL);
	must(first >= 100 && close(server) == 0 && write(more, "?", 1) == 1 && read(second, &byte, 1) == 1);
	int third = accept(client_of(listener) < 0 ? -1 : listener, NULL, NULL);
	must(third >= 0 && dup2(second, 101) == 101 && dup2(third, 102) == 102 && close(second) == 0 && close(third) == 0);
	pid_t child = idle_child(gates[0]), self = getpid();
	if (syscall(SYS_close_range, 100, 110, MARK) < 0)
		skip("this kernel cannot mark a range of descriptors");
	must(syscall(SYS_close_range, 110, 100, 0) < 0); /* no range */
	must(syscall(SYS_close_range, 90, 110, 0) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_let_go(1, self, "close", 1);
	expect_let_go(1, self, "close", 2);
	expect_events(2, "\"kind\": \"let_go\""); /* the third one was not read */
	tell_one(1, 0, 3);
}

/* Catches: a connection that is closed, or kept, by the exec of the process that has read it. */
static void executed_with_it(int closes, int parent_has_it)
{
	char byte;
	begin(listen_v4("127.0.0.1"));
	must(write(client, "?", 1) == 1);
	pid_t child = start();
	if (child == 0) {
		gate_pass(gates[0]);
		must(read(server, &byte, 1) == 1 && (!closes || fcntl(server, F_SETFD, FD_CLOEXEC) == 0));
		exec_exit(0);
	}
	if (!parent_has_it)
		must(close(server) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	if (parent_has_it)
		must(close(server) == 0);
	expect_let_go(parent_has_it && closes, child, "exec", 1);
	expect_let_go(parent_has_it && !closes, child, "exit", 1);
	expect_let_go(!parent_has_it, getpid(), "close", 1);
	expect_events(1, "\"kind\": \"let_go\"");
	expect_events(!closes, "\"kind\": \"hold\"");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", parent_has_it ? getpid() : child);
	tell_one(1, 1, 1);
}

static void closed_by_exec(void) { executed_with_it(1, 1); }
static void kept_by_exec(void) { executed_with_it(0, 1); }
static void closed_last_by_exec(void) { executed_with_it(1, 0); }

/* The highest descriptor that this process may have, from here on. */
static int highest(void)
{
	struct rlimit limit = { 70000, 70000 };
	if (setrlimit(RLIMIT_NOFILE, &limit)) { /* then what it may have as it is */
		must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
		limit.rlim_cur = limit.rlim_max;
		must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	}
	if (limit.rlim_cur < 10000)
		skip("this user may not have so many descriptors");
	return limit.rlim_cur - 1;
}

/* Catches: a copy that a process has as a high descriptor, when it closes another one. */
static void high(void)
{
	int most = highest();
	begin(listen_v4("127.0.0.1"));
	int second = fcntl(server, F_DUPFD, 5000), third = fcntl(server, F_DUPFD, most);
	must(second == 5000 && third == most);
	pid_t child = start();
	if (child == 0) {
		must(close(server) == 0 && close(second) == 0 && close(third) == 0);
		_exit(0);
	}
	must(reap(child) == 0);
	child = idle_child(gates[0]);
	must(close(server) == 0 && close(second) == 0);
	expect_none("let_go"); /* of the third one */
	gate_open(gates[0], 1);
	must(reap(child) == 0 && close(third) == 0);
	tell_one(2, 0, 1);
}

static void high_let_go(void)
{
	int most = highest();
	begin(listen_v4("127.0.0.1"));
	int second = fcntl(server, F_DUPFD, most);
	must(second == most);
	pid_t child = idle_child(gates[0]);
	must(close(server) == 0 && close(second) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_let_go(1, getpid(), "close", 1);
	expect_events(1, "\"kind\": \"let_go\"");
	tell_one(1, 0, 1);
}

/* What a client does before its connection is closed: nothing, shutdown(2), close(2), a reset. */
enum { STAYS, FINISHES, CLOSES, RESETS };

static void client_does(int what)
{
	struct linger at_once = { 1, 0 };
	struct pollfd end = { .fd = server, .events = POLLRDHUP };
	if (what == STAYS)
		return;
	if (what == RESETS)
		must(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
	must(what == FINISHES ? shutdown(client, SHUT_WR) == 0 : close(client) == 0);
	must(poll(&end, 1, -1) == 1);
}

/* Catches: a client that was there still as the server closed, taken for one that had gone, and the other way round. */
static void closed_after(int l, int what, const char *flag)
{
	begin(l);
	client_does(what);
	must(close(server) == 0);
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1, \"flags\": [\"%s\"]", getpid(), flag);
	tell_one(0, 0, 1);
}

static void ended_after(int l, int what, const char *flag)
{
	begin(l);
	client_does(what);
	pid_t child = idle_child(gates[0]);
	must(close(server) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1, \"flags\": [\"%s\"]", child, flag);
	tell_one(1, 0, 1);
}

static int v4(void) { return listen_v4("127.0.0.1"); }
static int local(void) { return listen_local(SOCK_STREAM, own_name()); }
static void client_stays_v4(void) { closed_after(v4(), STAYS, "peer_open"); }
static void client_finishes_v4(void) { closed_after(v4(), FINISHES, "peer_finished"); }
static void client_closes_v4(void) { closed_after(v4(), CLOSES, "peer_finished"); }
static void client_resets_v4(void) { closed_after(v4(), RESETS, "peer_gone"); }
static void client_stays_local(void) { closed_after(local(), STAYS, "peer_open"); }
static void client_finishes_local(void) { closed_after(local(), FINISHES, "peer_finished"); }
static void client_closes_local(void) { closed_after(local(), CLOSES, "peer_gone"); }
static void server_ends_v4(void) { ended_after(v4(), STAYS, "peer_open"); }
static void server_ends_late_v4(void) { ended_after(v4(), CLOSES, "peer_finished"); }
static void server_ends_local(void) { ended_after(local(), STAYS, "peer_open"); }
static void server_ends_late_local(void) { ended_after(local(), CLOSES, "peer_gone"); }

/* A child that executes a program, which ends by itself, or goes on as a step of the case. */
static pid_t executing_child(const char *step)
{
	pid_t child = start();
	if (child == 0 && step)
		exec_case(step);
	if (child == 0)
		exec_exit(0);
	must(reap(child) == 0);
	return child;
}

/* Catches: a listener that an exec leaves open, of each kind, and one that it closes. */
static void leaked(int l, pid_t had_it_listen)
{
	listener = l;
	must(fcntl(client_of(listener), F_SETFD, FD_CLOEXEC) == 0);
	must(fcntl(accept(listener, NULL, NULL), F_SETFD, FD_CLOEXEC) == 0);
	pid_t child = executing_child(NULL);
	must(fcntl(listener, F_SETFD, FD_CLOEXEC) == 0);
	executing_child(NULL);
	expect_hold(1, child, "exec", listener, name_of(listener), had_it_listen);
	expect_hold(1, child, "exit", listener, name_of(listener), had_it_listen);
	expect_events(2, "\"kind\": \"hold\"");
	expect_none("let_go");
	tell_one(2, 2, 1);
}

static int listen_mptcp(void)
{
	union address a = { .v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	return listen_at(SOCK_STREAM, MPTCP, &a, sizeof a.v4, 16);
}

static void leaked_v4(void) { leaked(listen_v4("127.0.0.1"), getpid()); }
static void leaked_v6(void) { leaked(listen_v6("::1"), getpid()); }
static void leaked_mptcp(void) { leaked(listen_mptcp(), getpid()); }
static void leaked_local(void) { leaked(listen_local(SOCK_STREAM, own_name()), 0); }

/* Catches: what an executed program closes by itself, taken for held to its end; a socket that does not listen. */
static void closed_after_exec(void)
{
	char text[16];
	listener = listen_v4("127.0.0.1");
	int bound = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	union address a = { .v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	must(bind(bound, &a.any, sizeof a.v4) == 0 && bind(datagrams, &a.any, sizeof a.v4) == 0);
	snprintf(text, sizeof text, "%d", listener);
	must(setenv("TRUTH_LISTENER", text, 1) == 0);
	pid_t child = executing_child("+close");
	expect_hold(1, child, "exec", listener, name_of(listener), getpid());
	expect_events(1, "\"kind\": \"hold\"");
	tell((struct truth){ .processes_created = 1, .execs = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

static void close_and_end(void)
{
	must(close(atoi(getenv("TRUTH_LISTENER"))) == 0);
}

/* Catches: descriptors that lie beside each other or apart, and high ones. */
static void descriptors(void)
{
	int most = highest(), to[] = { 20, 21, 63, 64, 150, 4095, 4096, most - 5000, most };
	listener = listen_v4("127.0.0.1");
	int second = listen_v4("127.0.0.2");
	must(fcntl(listener, F_SETFD, FD_CLOEXEC) == 0 && fcntl(second, F_SETFD, FD_CLOEXEC) == 0);
	for (unsigned i = 0; i < sizeof to / sizeof *to; i++)
		must(dup2(i % 2 ? second : listener, to[i]) == to[i]);
	must(dup2(listener, 22) == 22 && dup2(listener, 23) == 23);
	pid_t child = executing_child(NULL);
	for (unsigned i = 0; i < sizeof to / sizeof *to; i++)
		expect_hold(1, child, "exec", to[i], name_of(i % 2 ? second : listener), getpid());
	expect_hold(1, child, "exec", 22, name_of(listener), getpid());
	expect_hold(0, child, "exec", 23, name_of(listener), getpid());
	tell((struct truth){ .processes_created = 1, .execs = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

/* Catches: connections of others in a program that was executed for one of them, as of CGI or inetd. */
static void executed_for_one(void)
{
	begin(listen_v4("127.0.0.1"));
	int first = server, more = client_of(listener);
	must(fcntl(more, F_SETFD, FD_CLOEXEC) == 0);
	int second = accept(listener, NULL, NULL);
	must(second >= 0 && write(more, "?", 1) == 1);
	pid_t child = start();
	if (child == 0) {
		gate_pass(gates[0]);
		must(dup2(second, 0) == 0 && dup2(second, 1) == 1 && close(second) == 0);
		exec_case("+answer");
	}
	must(close(second) == 0 && close(first) == 0);
	gate_open(gates[0], 1);
	must(reap(child) == 0);
	expect_events(1, "\"kind\": \"hold\", \"pid\": %d, \"occasion\": \"exec\", \"fd\": null, \"connection\": 2", child);
	expect_held_connection(1, child, first, 1);
	expect_events(2, "\"kind\": \"hold\"");
	expect_let_go(1, getpid(), "close", 1);
	expect_events(1, "\"kind\": \"let_go\"");
	expect_events(1, "\"kind\": \"close\", \"pid\": %d, \"connection\": 1", child);
	tell_one(1, 1, 2);
}

static void answer(void)
{
	char byte;
	must(read(0, &byte, 1) == 1 && write(1, &byte, 1) == 1);
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "copied-v4", copied_v4 }, { "copied-v6", copied_v6 }, { "copied-local", copied_local },
		{ "forgotten-v4", forgotten_v4 }, { "forgotten-local", forgotten_local },
		{ "closed-in-time-v4", closed_in_time_v4 }, { "closed-in-time-local", closed_in_time_local },
		{ "twice", twice }, { "twice-in-child", twice_in_child }, { "by-thread", by_thread },
		{ "shared-table", shared_table }, { "passed-and-kept", passed_and_kept },
		{ "passed-and-used", passed_and_used }, { "taken", taken }, { "leaked-v4", leaked_v4 },
		{ "let-go-by-dup2", let_go_by_dup2 }, { "let-go-by-dup3", let_go_by_dup3 },
		{ "let-go-by-range", let_go_by_range }, { "let-go-by-dup2-local", let_go_by_dup2_local },
		{ "let-go-by-range-local", let_go_by_range_local }, { "closed-by-dup2", closed_by_dup2 },
		{ "closed-by-dup3", closed_by_dup3 }, { "closed-by-range", closed_by_range },
		{ "closed-by-dup2-local", closed_by_dup2_local }, { "closed-by-range-local", closed_by_range_local },
		{ "several-by-range", several_by_range }, { "closed-by-exec", closed_by_exec },
		{ "kept-by-exec", kept_by_exec }, { "closed-last-by-exec", closed_last_by_exec }, { "high", high },
		{ "high-let-go", high_let_go }, { "client-stays-v4", client_stays_v4 },
		{ "client-finishes-v4", client_finishes_v4 }, { "client-closes-v4", client_closes_v4 },
		{ "client-resets-v4", client_resets_v4 }, { "client-stays-local", client_stays_local },
		{ "client-finishes-local", client_finishes_local }, { "client-closes-local", client_closes_local },
		{ "server-ends-v4", server_ends_v4 }, { "server-ends-late-v4", server_ends_late_v4 },
		{ "server-ends-local", server_ends_local }, { "server-ends-late-local", server_ends_late_local },
		{ "leaked-v6", leaked_v6 }, { "leaked-mptcp", leaked_mptcp }, { "leaked-local", leaked_local },
		{ "closed-after-exec", closed_after_exec }, { "+close", close_and_end }, { "descriptors", descriptors },
		{ "executed-for-one", executed_for_one }, { "+answer", answer }, { NULL, NULL },
	};
	return run_case("hold", cases, argc, argv);
}
