/* Requests: which task serves a connection, how many bytes it reads and writes, and who closes it last. */
#include "net.h"
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define SOME "[1, 1e12]" /* nanoseconds: it happened */

static int listener, client, server;

/* One client of a new listener, accepted. */
static void begin(int at)
{
	listener = at;
	client = client_of(listener);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	must(server >= 0);
}

static int local_listener(void)
{
	char name[64];
	snprintf(name, sizeof name, "@truth-request-%d", getpid());
	return listen_local(SOCK_STREAM, name);
}

/* A request of five bytes and an answer of seven. */
static void serve(void)
{
	char request[16];
	must(read(server, request, sizeof request) == 5);
	must(write(server, "answer\n", 7) == 7);
}

static void ask(void)
{
	must(write(client, "ask?\n", 5) == 5);
}

static void be_answered(void)
{
	char answer[16];
	must(read(client, answer, sizeof answer) == 7);
}

static void tell_children(int n)
{
	tell((struct truth){ .processes_created = n, .exit_codes = { [0] = n }, .reaped_by_parent = n,
		.zombies_peak = n > 0,
		.sigchld_ignored = n, .accepts_by_listener = { { name_of(listener), 1 } },
			.accepts_by_task = { { getpid(), 1 } },
		.connections_peak = 1, .tree_depth = n > 0 });
}

/* A child that serves and closes, or leaves the close to its end. The parent closes its own descriptor before. */
static void forked(int closes)
{
	int gate = gate_new();
	pid_t child = start();
	if (child == 0) {
		gate_pass(gate);
		serve();
		if (closes)
			close(server);
		_exit(0);
	}
	must(close(server) == 0);
	ask();
	gate_open(gate, 1);
	be_answered();
	must(read(client, &(char){ 0 }, 1) == 0);
	dead(child);
	reap(child);
	expect_findings(0, "\"id\": \"connections_cut\"");
	expect_connection("\"accepted_by\": %d, \"served_by\": %d, \"closed_by\": %d, \"handovers\": null, "
		"\"bytes_read\": 5, "
		"\"bytes_written\": 7, \"spawned\": " SOME ", \"first_read\": " SOME ", \"first_reply\": "
			"" SOME ", \"closed\": " SOME
		", \"server_ended\": " SOME ", \"server_reaped\": " SOME, getpid(), child, child);
	tell_children(1);
}

static void *read_and_stay(void *gate)
{
	must(read(server, &(char[16]){ 0 }, 16) == 5);
	gate_open(*(int *)gate, 1);
	pause();
	return NULL;
}

/* A child that reads a request, and ends without an answer. */
static void cut(int by_thread)
{
	int gate = gate_new();
	pid_t child = start();
	if (child == 0) {
		if (by_thread) {
			thread(read_and_stay, &gate);
			gate_pass(gate);
		} else {
			must(read(server, &(char[16]){ 0 }, 16) == 5);
		}
		_exit(4);
	}
	must(close(server) == 0);
	ask();
	must(read(client, &(char){ 0 }, 1) == 0);
	dead(child);
	reap(child);
	expect_findings(1, "\"id\": \"connections_cut\"");
	expect_findings(1, "\"id\": \"connections_cut\", \"pid\": %d, \"connections\": 1, \"threads\": %d, \"status\": %d",
		child, by_thread, 4 << 8);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [4] = 1 }, .reaped_by_parent = 1, .zombies_peak = 1,
		.threads_created = by_thread, .threads_exited = by_thread, .sigchld_ignored = 1,
		.accepts_by_listener = { { name_of(listener), 1 } }, .accepts_by_task = { { getpid(), 1 } },
		.connections_peak = 1, .tree_depth = 1 });
}

/* Catches: clients that get no answer, as who serves them ends; and which of its threads did. */
static void cut_v4(void) { begin(listen_v4("127.0.0.1")); cut(0); }
static void cut_v6(void) { begin(listen_v6("::1")); cut(1); }
static void cut_local(void) { begin(local_listener()); cut(1); }

/* Catches: a request put down to the process that accepted it instead of the one that serves it. */
static void fork_v4(void) { begin(listen_v4("127.0.0.1")); forked(1); }
static void fork_v6(void) { begin(listen_v6("::1")); forked(1); }
static void fork_local(void) { begin(local_listener()); forked(1); }

/* Catches: a close that no call makes, but the end of the process. */
static void exit_v4(void) { begin(listen_v4("127.0.0.1")); forked(0); }
static void exit_local(void) { begin(local_listener()); forked(0); }

/* Catches: a connection taken for closed when the child closes it, though the parent forgot to. */
static void forgotten(void)
{
	pid_t child = start();
	if (child == 0) {
		serve();
		close(server);
		_exit(0);
	}
	ask();
	be_answered();
	dead(child);
	reap(child);
	must(close(server) == 0);
	expect_connection("\"served_by\": %d, \"closed_by\": %d", child, getpid());
	tell_children(1);
}

static void forgotten_v4(void) { begin(listen_v4("127.0.0.1")); forgotten(); }
static void forgotten_local(void) { begin(local_listener()); forgotten(); }

static pid_t server_tid;

static void *serve_in_thread(void *argument)
{
	server_tid = gettid();
	serve();
	return argument;
}

/* Catches: a thread's work put down to the leader. */
static void thread_serves(void)
{
	begin(listen_v4("127.0.0.1"));
	ask();
	must(pthread_join(thread(serve_in_thread, NULL), NULL) == 0);
	be_answered();
	must(close(server) == 0);
	expect_connection("\"served_by\": %d, \"served_by_thread\": %d, \"closed_by\": %d, \"spawned\": null", getpid(),
		server_tid, getpid());
	tell((struct truth){ .threads_created = 1, .threads_exited = 1, .accepts_by_listener = { { name_of(listener), 1 } },
		.accepts_by_task = { { getpid(), 1 } }, .connections_peak = 1 });
}

/* Catches: a connection that a second process goes on with. The first to read it is its server, and the hand-over
 * shows. */
static void handed_over(void)
{
	char request[16];
	begin(listen_v4("127.0.0.1"));
	ask();
	must(read(server, request, sizeof request) == 5);
	pid_t child = start();
	if (child == 0) {
		must(write(server, "answer\n", 7) == 7);
		_exit(0);
	}
	be_answered();
	dead(child);
	reap(child);
	must(close(server) == 0);
	expect_connection("\"served_by\": %d, \"handovers\": 1, \"bytes_read\": 5, \"bytes_written\": 7, \"closed_by\": %d",
		getpid(), getpid());
	tell_children(1);
}

/* Catches: a descriptor that another process has got by a message: it serves, and its close is the last. */
static void passed(void)
{
	int channel[2];
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) == 0);
	pid_t child = start();
	if (child == 0) {
		server = receive_descriptor(channel[1]);
		serve();
		close(server);
		_exit(0);
	}
	begin(listen_v4("127.0.0.1"));
	send_descriptor(channel[0], server);
	must(close(server) == 0);
	ask();
	be_answered();
	dead(child);
	reap(child);
	expect_connection("\"accepted_by\": %d, \"served_by\": %d, \"closed_by\": %d, \"spawned\": null", getpid(), child,
		child);
	tell_children(1);
}

static void served_here(const char *more)
{
	expect_connection("\"served_by\": %d, \"closed_by\": %d, \"bytes_read\": 5, \"bytes_written\": 7%s", getpid(),
		getpid(), more);
	tell_children(0);
}

/* Catches: a shutdown taken for the close. Each side in turn says first that it has no more to say. */
static void server_shuts_down(void)
{
	begin(listen_v4("127.0.0.1"));
	ask();
	serve();
	must(shutdown(server, SHUT_WR) == 0);
	be_answered();
	must(read(client, &(char){ 0 }, 1) == 0 && close(client) == 0);
	must(read(server, &(char){ 0 }, 1) == 0 && close(server) == 0);
	served_here("");
}

static void server_shuts_down_first(void)
{
	begin(listen_v4("127.0.0.1"));
	ask();
	serve();
	must(shutdown(server, SHUT_RDWR) == 0 && close(server) == 0);
	be_answered();
	served_here("");
}

static void client_shuts_down(void)
{
	begin(listen_v4("127.0.0.1"));
	ask();
	must(shutdown(client, SHUT_WR) == 0);
	serve();
	must(read(server, &(char){ 0 }, 1) == 0);
	must(close(server) == 0);
	be_answered();
	served_here("");
}

/* Catches: a connection that its client resets, so that there is no farewell left when the server closes it. */
static void reset(void)
{
	struct tcp_info info;
	socklen_t size;
	begin(listen_v4("127.0.0.1"));
	ask();
	serve();
	be_answered();
	must(setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger)) == 0);
	must(close(client) == 0);
	do {
		size = sizeof info;
		must(getsockopt(server, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
	} while (info.tcpi_state != TCP_CLOSE);
	must(close(server) == 0);
	served_here("");
}

/* Catches: a connection that the server itself resets, with bytes unread. */
static void reset_by_server(void)
{
	begin(listen_v4("127.0.0.1"));
	ask();
	serve();
	must(write(client, "unread", 6) == 6);
	must(close(server) == 0);
	served_here("");
}

/* Catches: what the last process of all leaves open. Its end closes it, after it has been told. */
static void left_open(void)
{
	begin(listen_v4("127.0.0.1"));
	ask();
	serve();
	served_here("");
}

static void left_open_local(void)
{
	begin(local_listener());
	ask();
	serve();
	served_here("");
}

/* Catches: a connection that nobody serves. */
static void unread(void)
{
	begin(listen_v4("127.0.0.1"));
	ask();
	must(close(server) == 0);
	expect_connection("\"served_by\": null, \"first_read\": null, \"first_reply\": null, \"closed_by\": %d, "
		"\"bytes_read\": 0", getpid());
	tell_children(0);
}

/* Catches: looks with MSG_PEEK counted as reads, and calls other than read and write that are not counted. */
static void calls(void)
{
	char buffer[16];
	struct iovec part[2] = { { buffer, 1 }, { buffer + 1, 1 } };
	struct msghdr message = { .msg_iov = part, .msg_iovlen = 2 };
	int file = memfd_create("answer", 0);
	must(file >= 0 && write(file, "an", 2) == 2);
	begin(listen_v4("127.0.0.1"));
	ask();
	must(recv(server, buffer, 16, MSG_PEEK) == 5);
	must(recv(server, buffer, 1, 0) == 1);
	must(readv(server, part, 2) == 2);
	must(recvmsg(server, &message, 0) == 2);
	must(recv(server, buffer, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	must(sendfile(server, file, &(off_t){ 0 }, 2) == 2);
	must(send(server, "s", 1, 0) == 1);
	must(writev(server, part, 2) == 2);
	must(sendmsg(server, &message, 0) == 2);
	must(close(server) == 0);
	served_here(", \"handovers\": null");
}

/* Catches: what splice(2) takes out of a socket, or puts into one, not counted. */
static void spliced(void)
{
	int ends[2];
	char buffer[16];
	must(pipe(ends) == 0);
	ask();
	must(splice(server, NULL, ends[1], NULL, 16, 0) == 5);
	must(read(ends[0], buffer, 16) == 5 && write(ends[1], "answer\n", 7) == 7);
	must(splice(ends[0], NULL, server, NULL, 7, 0) == 7);
	be_answered();
	must(close(server) == 0);
	served_here(", \"handovers\": null");
}

static void spliced_v4(void) { begin(listen_v4("127.0.0.1")); spliced(); }
static void spliced_local(void) { begin(local_listener()); spliced(); }

/* Catches: descriptors that an exec closes, because they are marked so. The parent has closed its own before. */
static void cloexec(void)
{
	int gate = gate_new();
	pid_t child = start();
	if (child == 0) {
		gate_pass(gate);
		exec_exit(0);
	}
	must(close(server) == 0);
	gate_open(gate, 1);
	dead(child);
	reap(child);
	expect_connection("\"served_by\": null, \"closed_by\": %d", child);
	tell((struct truth){ .processes_created = 1, .execs = 1, .exit_codes = { [0] = 1 }, .reaped_by_parent = 1,
		.zombies_peak = 1,
		.sigchld_ignored = 1, .accepts_by_listener = { { name_of(listener), 1 } },
			.accepts_by_task = { { getpid(), 1 } },
		.connections_peak = 1, .tree_depth = 1 });
}

static void cloexec_v4(void) { begin(listen_v4("127.0.0.1")); cloexec(); }
static void cloexec_local(void) { begin(local_listener()); cloexec(); }

enum { PAIRS = 20 };

/* Catches: two processes that end at the same time with the same connection open. One of them closes it, and only
 * one. */
static void ends_together(void)
{
	int gate = gate_new();
	struct truth t = { .processes_created = 2 * PAIRS, .exit_codes = { [0] = 2 * PAIRS }, .reaped_by_parent = 2 * PAIRS,
		.zombies_peak = UNKNOWN, .sigchld_ignored = 2 * PAIRS, .connections_peak = 1, .tree_depth = 1 };
	listener = local_listener();
	for (int i = 0; i < PAIRS; i++) {
		client = client_of(listener);
		server = accept(listener, NULL, NULL);
		must(server >= 0);
		for (int n = 0; n < 2; n++)
			if (start() == 0) {
				gate_pass(gate);
				_exit(0);
			}
		must(close(server) == 0);
		gate_open(gate, 2);
		must(read(client, &(char){ 0 }, 1) == 0 && close(client) == 0);
		must(wait(NULL) > 0 && wait(NULL) > 0);
		expect_connection("\"closed\": " SOME);
	}
	t.accepts_by_listener[0] = (struct share){ name_of(listener), PAIRS };
	t.accepts_by_task[0] = (struct worker){ getpid(), PAIRS };
	tell(t);
}

/* Catches: how many are open at once. */
static void many(void)
{
	int fd[8], peer[8];
	listener = listen_v4("127.0.0.1");
	for (int i = 0; i < 8; i++) {
		peer[i] = client_of(listener);
		fd[i] = accept(listener, NULL, NULL);
		must(fd[i] >= 0);
		if (i % 2)
			must(close(fd[i]) == 0);
	}
	for (int i = 0; i < 8; i += 2)
		must(close(fd[i]) == 0 && close(peer[i]) == 0);
	tell((struct truth){ .accepts_by_listener = { { name_of(listener), 8 } }, .accepts_by_task = { { getpid(), 8 } },
		.connections_peak = 5 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "fork-v4", fork_v4 }, { "fork-v6", fork_v6 }, { "fork-local", fork_local },
		{ "exit-v4", exit_v4 }, { "exit-local", exit_local },
		{ "cut-v4", cut_v4 }, { "cut-v6", cut_v6 }, { "cut-local", cut_local },
		{ "forgotten-v4", forgotten_v4 }, { "forgotten-local", forgotten_local },
		{ "thread", thread_serves }, { "handed-over", handed_over }, { "passed", passed },
		{ "server-shuts-down", server_shuts_down }, { "server-shuts-down-first", server_shuts_down_first },
		{ "client-shuts-down", client_shuts_down }, { "reset", reset }, { "reset-by-server", reset_by_server },
		{ "left-open", left_open }, { "left-open-local", left_open_local }, { "unread", unread }, { "calls", calls },
			{ "spliced-v4", spliced_v4 }, { "spliced-local", spliced_local },
		{ "cloexec-v4", cloexec_v4 },
		{ "cloexec-local", cloexec_local }, { "ends-together", ends_together }, { "many", many }, { 0 },
	};
	return run_case("request", cases, argc, argv);
}
