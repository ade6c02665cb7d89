/* Accepted connections: every kind of listener, and accepts that fail. */
#include "net.h"
#include <sys/resource.h>
#include <time.h>

enum { MPTCP = 262, WRONG_ADDRESS = 1 };

static void accept_one(int listener)
{
	int client = client_of(listener), fd = accept(listener, NULL, NULL);
	must(fd >= 0 && close(fd) == 0 && close(client) == 0);
}

static void tell_both(int listener, pid_t child)
{
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .tree_depth = 1, .accepts_by_listener = { { name_of(listener), 2 } },
		.accepts_by_task = { { getpid(), 1 }, { child, 1 } } });
}

static pid_t child_that_accepts(int listener)
{
	pid_t child = start();
	if (child == 0) {
		accept_one(listener);
		_exit(0);
	}
	return child;
}

/* Catches: a child that goes on in the loop of its server, where it was made for one request. */
static void child_returns(void)
{
	int listener = listen_v4("127.0.0.1");
	accept_one(listener);
	pid_t child = child_that_accepts(listener);
	reap(child);
	expect_findings(1, "\"id\": \"child_accepts\"");
	expect_findings(1, "\"id\": \"child_accepts\", \"pid\": %d, \"address\": \"%s\", \"processes\": 1, \"first\": %d, "
		"\"tasks\": [%d]", getpid(), name_of(listener), child, child);
	tell_both(listener, child);
}

/* Catches: a worker that is made before its server accepts, and means to, taken for such. */
static void worker_accepts(void)
{
	int listener = listen_v4("127.0.0.1");
	pid_t child = child_that_accepts(listener);
	dead(child);
	accept_one(listener);
	reap(child);
	expect_findings(0, "\"id\": \"child_accepts\"");
	tell_both(listener, child);
}

/* n clients, one after the other, each accepted: by accept and accept4 in turn, with an address and without. */
static void serve(int listener, int n)
{
	for (int i = 0; i < n; i++) {
		union address peer;
		socklen_t size = sizeof peer;
		int client = client_of(listener);
		int fd = i % 2 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : accept(listener, &peer.any, &size);
		must(fd >= 0 && close(fd) == 0 && close(client) == 0);
	}
}

static void tell_one(int listener, long n)
{
	tell((struct truth){ .accepts_by_listener = { { name_of(listener), n } },
		.accepts_by_task = { { getpid(), n } } });
}

static void served(int listener)
{
	serve(listener, 5);
	tell_one(listener, 5);
}

/* Catches: accept(2) or accept4(2) unseen, and an address that is the client's instead of the listener's. */
static void v4(void)
{
	served(listen_v4("127.0.0.1"));
}

/* Catches: a listener at 0.0.0.0 named after the address that a connection came to. */
static void v4_any(void)
{
	served(listen_v4("0.0.0.0"));
}

/* Catches: IPv6 addresses. */
static void v6(void)
{
	served(listen_v6("::1"));
}

/* Catches: IPv4 clients of an IPv6 listener. Their sockets have v4-mapped addresses; the listener is one. */
static void v4_mapped(void)
{
	int listener = listen_v6("::");
	union address a;
	own_address(listener, &a);
	a = (union address){ .v4 = { .sin_family = AF_INET, .sin_port = a.v6.sin6_port,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	for (int i = 0; i < 3; i++) {
		int client = connect_to(SOCK_STREAM, &a, sizeof a.v4);
		int fd = accept(listener, NULL, NULL);
		must(fd >= 0 && close(fd) == 0 && close(client) == 0);
	}
	serve(listener, 2);
	tell_one(listener, 5);
}

/* Catches: a Multipath TCP listener, which is what Go's net.Listen makes, with its own protocol number. */
static void mptcp(void)
{
	union address a = { .v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	served(listen_at(SOCK_STREAM, MPTCP, &a, sizeof a.v4, 16));
}

/* Catches: Unix sockets, which have a path in place of a port. */
static void local_path(void)
{
	char path[64];
	snprintf(path, sizeof path, "/tmp/truth-accept-%d", getpid());
	unlink(path);
	int listener = listen_local(SOCK_STREAM, path);
	serve(listener, 5);
	unlink(path);
	tell_one(listener, 5);
}

/* Catches: abstract names, which begin with a zero byte and have a length instead of an end. */
static void local_abstract(void)
{
	char name[64];
	snprintf(name, sizeof name, "@truth-accept-%d", getpid());
	served(listen_local(SOCK_STREAM, name));
}

/* Catches: Unix sockets of the other kind that connects, SOCK_SEQPACKET. */
static void local_seqpacket(void)
{
	char name[64];
	snprintf(name, sizeof name, "@truth-packets-%d", getpid());
	served(listen_local(SOCK_SEQPACKET, name));
}

static void none_to_accept(int listener)
{
	must(accept4(listener, NULL, NULL, 0) == -1 && errno == EAGAIN);
}

/* Catches: accepts of a non-blocking listener that find nobody (EAGAIN). */
static void nobody(void)
{
	int listener = listen_v4("127.0.0.1");
	must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	for (int i = 0; i < 3; i++) {
		none_to_accept(listener);
		serve(listener, 1);
		none_to_accept(listener);
	}
	tell_one(listener, 3);
}

/* Catches: other accepts that fail. With a wrong address the connection is taken and lost; with no descriptor left it
 * stays in the backlog and is accepted later. */
static void fails(void)
{
	int listener = listen_v4("127.0.0.1"), client[2];
	struct rlimit limit, none;
	socklen_t size = sizeof(union address);
	must(accept(-1, NULL, NULL) == -1 && errno == EBADF);
	must(accept(STDIN_FILENO, NULL, NULL) == -1 && (errno == ENOTSOCK || errno == EINVAL || errno == EOPNOTSUPP));
	client[0] = client_of(listener);
	must(accept(client[0], NULL, NULL) == -1 && errno == EINVAL);
	must(syscall(SYS_accept4, listener, WRONG_ADDRESS, &size, 0) == -1 && errno == EFAULT);
	client[1] = client_of(listener);
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = limit.rlim_max };
	must(setrlimit(RLIMIT_NOFILE, &none) == 0);
	must(accept(listener, NULL, NULL) == -1 && errno == EMFILE);
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	must(accept(listener, NULL, NULL) >= 0);
	tell_one(listener, 1);
}

/* Catches: a client that has reset its connection before it is accepted. Linux accepts it all the same. */
static void client_gone(void)
{
	int listener = listen_v4("127.0.0.1"), client = client_of(listener);
	must(setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger)) == 0);
	must(close(client) == 0);
	must(accept(listener, NULL, NULL) >= 0);
	tell_one(listener, 1);
}

static void count_alarm(int signal)
{
	(void)signal;
}

/* Catches: an accept that a signal ends (EINTR). */
static void interrupted(void)
{
	struct sigaction action = { .sa_handler = count_alarm }; /* without SA_RESTART */
	struct itimerspec every = { .it_value.tv_nsec = 5000000, .it_interval.tv_nsec = 5000000 };
	int listener = listen_v4("127.0.0.1");
	timer_t timer;
	must(sigaction(SIGALRM, &action, NULL) == 0);
	must(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 && timer_settime(timer, 0, &every, NULL) == 0);
	for (int i = 0; i < 3; i++)
		must(accept(listener, NULL, NULL) == -1 && errno == EINTR);
	must(timer_delete(timer) == 0);
	serve(listener, 2);
	tell_one(listener, 2);
}

/* Catches: two listeners at one address (SO_REUSEPORT). The kernel shares the clients out between them; the address
 * has them all. */
static void same_address(void)
{
	int first = listen_v4("127.0.0.1"), accepted = 0;
	union address a;
	socklen_t size = own_address(first, &a);
	int second = listen_at(SOCK_STREAM, 0, &a, sizeof a.v4, 16);
	must(fcntl(first, F_SETFL, O_NONBLOCK) == 0 && fcntl(second, F_SETFL, O_NONBLOCK) == 0);
	for (int i = 0; i < 8; i++)
		connect_to(SOCK_STREAM, &a, size);
	while (accept(first, NULL, NULL) >= 0 || accept(second, NULL, NULL) >= 0)
		accepted++;
	must(errno == EAGAIN && accepted == 8);
	tell_one(first, 8);
}

/* Catches: a full backlog. Who finds it full is not connected, and is not counted; accepting makes room. */
static void backlog_full(void)
{
	union address a = { .v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	int listener = listen_at(SOCK_STREAM, 0, &a, sizeof a.v4, 1);
	socklen_t size = own_address(listener, &a);
	client_of(listener);
	client_of(listener); /* a backlog of 1 holds two */
	int third = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(connect(third, &a.any, size) == -1 && errno == EINPROGRESS);
	must(close(third) == 0); /* it gives up before it tries again, a second later */
	must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	must(accept(listener, NULL, NULL) >= 0 && accept(listener, NULL, NULL) >= 0);
	none_to_accept(listener);
	serve(listener, 2);
	tell_one(listener, 4);
}

/* Catches: the same for a Unix listener, where the third client is turned away at once. */
static void backlog_full_local(void)
{
	union address a = { .local = { .sun_family = AF_UNIX } }; /* no name: the kernel chooses an abstract one */
	int listener = listen_at(SOCK_STREAM, 0, &a, sizeof a.local.sun_family, 1);
	socklen_t size = own_address(listener, &a);
	client_of(listener);
	client_of(listener);
	int third = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(connect(third, &a.any, size) == -1 && errno == EAGAIN);
	must(accept(listener, NULL, NULL) >= 0);
	must(connect(third, &a.any, size) == 0);
	must(accept(listener, NULL, NULL) >= 0 && accept(listener, NULL, NULL) >= 0);
	tell_one(listener, 3);
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "v4", v4 }, { "v4-any", v4_any }, { "v6", v6 }, { "v4-mapped", v4_mapped }, { "mptcp", mptcp },
		{ "local-path", local_path }, { "local-abstract", local_abstract },
		{ "local-seqpacket", local_seqpacket }, { "nobody", nobody }, { "fails", fails },
		{ "client-gone", client_gone }, { "interrupted", interrupted }, { "same-address", same_address },
		{ "child-returns", child_returns }, { "worker-accepts", worker_accepts },
		{ "backlog-full", backlog_full }, { "backlog-full-local", backlog_full_local }, { NULL, NULL },
	};
	return run_case("accept", cases, argc, argv);
}
