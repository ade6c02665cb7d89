/* What goes through an io_uring: accepts, closes and waits that make no system call of their own. */
#include "net.h"

enum { SAME = 7 }; /* a number that the program gives to several requests */

/* Newer than some headers. */
enum { OP_WAITID = 50 };

static void need(int result, const char *what)
{
	if (result == -EINVAL)
		skip(what);
}

/* A client asks, the server answers, and both go. */
static void talk(int client, int server)
{
	char text[16];
	must(write(client, "ask?\n", 5) == 5 && read(server, text, sizeof text) == 5);
	must(write(server, "yes\n", 4) == 4 && read(client, text, sizeof text) == 4);
	must(close(client) == 0);
}

#define TALKED "\"accepted_by\": %d, \"served_by\": %d, \"bytes_read\": 5, \"bytes_written\": 4"

static void expect_ring(void)
{
	/* nothing of it is unknown */
	expect_events(1, "\"kind\": \"io_uring\", \"pid\": %d, \"flags\": [\"root\"]", getpid());
}

/* The end of a case that has accepted n connections, all of them through the ring. Threads of io_uring's own are
 * threads. */
static void tell_accepted(int listener, long n)
{
	expect_ring();
	expect_events(n, "\"kind\": \"accept\", \"call\": \"io_uring\"");
	expect_events(n, "\"kind\": \"close\", \"pid\": %d", getpid());
	tell((struct truth){ .accepts_by_listener = { { name_of(listener), n } }, .accepts_by_task = { { getpid(), n } },
		.io_urings = 1, .threads_created = UNKNOWN, .threads_exited = UNKNOWN });
}

/* Catches: an accept through io_uring missed. The first finds a client there, the second has to wait for one. */
static void accept_one(void)
{
	struct ring ring = ring_new(4, 0, 0);
	int listener = listen_v4("127.0.0.1"), client = client_of(listener);
	int server = ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT, .fd = listener });
	must(server >= 0);
	talk(client, server);
	close(server);
	ring_ask(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT, .fd = listener });
	client = client_of(listener);
	server = ring_answer(&ring).res;
	must(server >= 0);
	talk(client, server);
	must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .fd = server }) == 0);
	for (int i = 0; i < 2; i++)
		expect_connection(TALKED, getpid(), getpid());
	tell_accepted(listener, 2);
}

/* Catches: the close of a Unix connection, which nothing but the request tells. */
static void local(void)
{
	struct ring ring = ring_new(4, 0, 0);
	int listener = listen_local(SOCK_STREAM, "@tracer-truth-uring");
	for (int i = 0; i < 3; i++) {
		int client = client_of(listener), server = ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT,
			.fd = listener });
		must(server >= 0);
		talk(client, server);
		must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .fd = server }) == 0);
		expect_connection(TALKED, getpid(), getpid());
	}
	tell_accepted(listener, 3);
}

/* Catches: one request that accepts many times, of which only its number tells whose completions they are; and others
 * of the same number. */
static void multishot(void)
{
	enum { CLIENTS = 5 };
	struct ring ring = ring_new(4, 4 * CLIENTS, 0);
	int listener = listen_v6("::1");
	ring_ask(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT, .fd = listener,
		.ioprio = IORING_ACCEPT_MULTISHOT, .user_data = SAME });
	for (int i = 0; i < CLIENTS; i++) {
		int client = client_of(listener);
		struct answer answer = ring_answer(&ring);
		need(answer.res, "the kernel has no accepts that go on");
		must(answer.res >= 0 && answer.flags & IORING_CQE_F_MORE);
		talk(client, answer.res);
		must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_NOP, .user_data = SAME }) == 0);
		close(answer.res);
		expect_connection(TALKED, getpid(), getpid());
		if (i == 0) /* the number is free for others when its owner still goes on, but not for the completions */
			must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_NOP }) == 0);
	}
	tell_accepted(listener, CLIENTS);
}

/* Catches: completions for which the ring has no room at first. */
static void overflow(void)
{
	enum { CLIENTS = 6 };
	struct ring ring = ring_new(1, 2, 0);
	int listener = listen_v4("127.0.0.1"), client[CLIENTS];
	ring_ask(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT, .fd = listener,
		.ioprio = IORING_ACCEPT_MULTISHOT, .user_data = SAME });
	for (int i = 0; i < CLIENTS; i++)
		client[i] = client_of(listener);
	for (int i = 0; i < CLIENTS; i++) {
		struct answer answer = ring_answer(&ring);
		need(answer.res, "the kernel has no accepts that go on");
		must(answer.res >= 0);
		if (!(answer.flags & IORING_CQE_F_MORE) && i + 1 < CLIENTS) /* the kernel gave up, as it may */
			ring_ask(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT, .fd = listener,
				.ioprio = IORING_ACCEPT_MULTISHOT,
				.user_data = SAME });
		talk(client[i], answer.res);
		close(answer.res);
		expect_connection(TALKED, getpid(), getpid());
	}
	tell_accepted(listener, CLIENTS);
}

/* Catches: connections that have no descriptor, but a place in the ring's own table; the listener has one, too. */
static void direct(void)
{
	enum { LISTENER, FIRST, PLACES = 4 };
	int listener = listen_v4("127.0.0.1"), table[PLACES] = { listener, -1, -1, -1 };
	struct ring ring = ring_new(4, 0, 0);
	must(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, table, PLACES) == 0);
	for (int i = 0; i < 4; i++) {
		static char text[16];
		int chosen = i % 2, client = client_of(listener);
		struct io_uring_sqe request = { .opcode = IORING_OP_ACCEPT, .fd = chosen ? LISTENER : listener,
			.flags = chosen ? IOSQE_FIXED_FILE : 0,
			.file_index = chosen ? (unsigned)IORING_FILE_INDEX_ALLOC : FIRST + 1 };
		int place = ring_do(&ring, request);
		need(place, "the kernel chooses no places for connections");
		must(place >= 0 && place < PLACES);
		if (!chosen)
			place = FIRST;
		must(write(client, "ask?\n", 5) == 5);
		must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_RECV, .fd = place, .flags = IOSQE_FIXED_FILE,
			.addr = (unsigned long)text, .len = sizeof text }) == 5);
		must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_SEND, .fd = place, .flags = IOSQE_FIXED_FILE,
			.addr = (unsigned long)"yes\n", .len = 4 }) == 4);
		must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .file_index = place + 1 }) == 0);
		must(close(client) == 0);
		expect_connection(TALKED, getpid(), getpid());
	}
	expect_events(4, "\"kind\": \"accept\", \"fd\": -1");
	tell_accepted(listener, 4);
}

/* Catches: a ring whose requests a thread of the kernel's takes up, which is of this process and was made unseen. */
static void polled(void)
{
	struct ring ring = ring_new(4, 0, IORING_SETUP_SQPOLL);
	int listener = listen_v4("127.0.0.1");
	for (int i = 0; i < 2; i++) {
		int client;
		ring_ask(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_ACCEPT, .fd = listener });
		client = client_of(listener);
		int server = ring_answer(&ring).res;
		must(server >= 0);
		talk(client, server);
		must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_CLOSE, .fd = server }) == 0);
		expect_connection(TALKED, getpid(), getpid());
	}
	expect_events(2, "\"kind\": \"accept\", \"pid\": %d", getpid());
	tell_accepted(listener, 2);
}

static int ring_wait(struct ring *ring, pid_t child, siginfo_t *info, int options)
{
	struct io_uring_sqe request = { .opcode = OP_WAITID, .fd = child, .len = child ? P_PID : P_ALL,
		.addr2 = (unsigned long)info };
	request.file_index = options;
	int result = ring_do(ring, request);
	need(result, "the kernel waits by no request");
	return result;
}

/* Catches: a wait through io_uring: with siginfo and without, that only looks, that finds none, that has none to
 * find. */
static void wait_for(void)
{
	struct ring ring = ring_new(4, 0, 0);
	siginfo_t info = { 0 };
	int gate = gate_new();
	pid_t child = waiting_child(gate, 3);
	must(ring_wait(&ring, child, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
	gate_open(gate, 1);
	must(ring_wait(&ring, child, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child);
	must(ring_wait(&ring, child, &info, WEXITED) == 0 && info.si_pid == child && info.si_status == 3);
	must(ring_wait(&ring, 0, NULL, WEXITED) == -ECHILD);
	child = dying_child(4);
	must(ring_wait(&ring, child, NULL, WEXITED) == 0);
	must(waitpid(child, NULL, 0) == -1 && errno == ECHILD);
	expect_ring();
	expect_events(2, "\"kind\": \"wait\", \"call\": \"io_uring\", \"flags\": [\"root\"]");
	expect_events(1, "\"kind\": \"wait\", \"call\": \"io_uring\", \"flags\": [\"root\", \"peek\"], "
		"\"idtype\": \"pid\"");
	expect_events(1, "\"kind\": \"wait\", \"call\": \"io_uring\", \"flags\": [\"root\", \"nothing\"], "
		"\"idtype\": \"pid\"");
	expect_events(1, "\"kind\": \"wait\", \"call\": \"io_uring\", \"flags\": [\"root\", \"no_child\"], "
		"\"idtype\": \"all\"");
	tell((struct truth){ .processes_created = 2, .exit_codes = { [3] = 1, [4] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 2,
		.sigchld_ignored = 2, .waits_nothing = 1, .waits_no_child = 2, .tree_depth = 1 });
}

/* Catches: a child that was reaped so just before the end, and whose parent is accused of leaving it. */
static void wait_and_end(void)
{
	struct ring ring = ring_new(4, 0, 0);
	pid_t child = dying_child(0);
	must(ring_wait(&ring, child, NULL, WEXITED) == 0);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .tree_depth = 1 });
}

/* Catches: a child that was reaped so, and of whose completion nothing is told: nobody says by whom, but it is no
 * zombie. */
static void wait_in_silence(void)
{
	struct ring ring = ring_new(4, 0, 0);
	pid_t child = dying_child(0);
	struct io_uring_sqe request = { .opcode = OP_WAITID, .fd = child, .len = P_PID, .flags = IOSQE_CQE_SKIP_SUCCESS };
	siginfo_t none = { 0 };
	must(ring_wait(&ring, child, &none, WEXITED | WNOHANG | WNOWAIT) == 0); /* the kernel can do it */
	request.file_index = WEXITED;
	dead(child);
	must(ring_do(&ring, (struct io_uring_sqe){ .opcode = IORING_OP_NOP }) == 0);
	ring_ask(&ring, request);
	must(waitpid(child, NULL, 0) == -1 && errno == ECHILD);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = UNKNOWN,
		.reaped_by_other = UNKNOWN, .zombies_left = 0, .sigchld_ignored = 1, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "accept", accept_one }, { "local", local }, { "multishot", multishot }, { "overflow", overflow },
			{ "direct", direct },
		{ "polled", polled }, { "wait", wait_for }, { "wait-and-end", wait_and_end },
			{ "wait-in-silence", wait_in_silence }, { NULL, NULL },
	};
	return run_case("uring", cases, argc, argv);
}
