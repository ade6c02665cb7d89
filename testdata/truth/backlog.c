/* Full backlogs. What was dropped, the program reads where the kernel keeps it for a network namespace of its own
 * (/proc/net/netstat); how long the queue is, and its limit, in TCP_INFO of the listener. */
#include "net.h"
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

enum { MPTCP = 262, CLIENTS = 8 };

static void own_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	if (unshare(CLONE_NEWNET))
		skip("only root can have a network namespace");
	int any = socket(AF_INET, SOCK_DGRAM, 0);
	must(ioctl(any, SIOCSIFFLAGS, &lo) == 0 && close(any) == 0);
}

static long overflows(void)
{
	char names[8192], values[8192], *name_at, *value_at;
	long found = -1;
	FILE *f = fopen("/proc/self/net/netstat", "r");
	must(f != NULL);
	while (fgets(names, sizeof names, f) && fgets(values, sizeof values, f)) {
		char *name = strtok_r(names, " \n", &name_at), *value = strtok_r(values, " \n", &value_at);
		for (; name && value; name = strtok_r(NULL, " \n", &name_at), value = strtok_r(NULL, " \n", &value_at))
			if (strcmp(name, "ListenOverflows") == 0)
				found = atol(value);
	}
	fclose(f);
	must(found >= 0);
	return found;
}

static int listen_few(int protocol, int backlog)
{
	union address a = { .v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	return listen_at(SOCK_STREAM, protocol, &a, sizeof a.v4, backlog);
}

/* Clients that try to connect, of which those that the backlog has no room for give up at once. */
static void crowd(int listener, int clients)
{
	union address a;
	socklen_t size = own_address(listener, &a);
	for (int i = 0; i < clients; i++) {
		int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fd, &a.any, size) == 0)
			continue;
		must(errno == EINPROGRESS);
		struct tcp_info now;
		socklen_t room = sizeof now;
		must(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &now, &room) == 0);
		if (now.tcpi_state == TCP_SYN_SENT)
			close(fd);
	}
}

struct queue { int length, limit; };

static struct queue queue_of(int listener)
{
	struct tcp_info now;
	socklen_t room = sizeof now;
	must(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &now, &room) == 0 && now.tcpi_state == TCP_LISTEN);
	return (struct queue){ now.tcpi_unacked, now.tcpi_sacked };
}

/* Catches: a drop that is not told at the next accept, or told twice; a queue of another length than it had; another
 * limit; a listener that is blamed for what one beside it has dropped. */
static void full(void)
{
	own_network();
	int listener = listen_few(0, 2), beside = listen_few(0, 16);
	const char *name = name_of(listener);
	crowd(listener, CLIENTS);
	crowd(beside, CLIENTS);
	struct queue before = queue_of(listener);
	must(before.limit == 2 && before.length == 3);
	must(accept(listener, NULL, NULL) >= 0 && accept(beside, NULL, NULL) >= 0);
	must(accept(listener, NULL, NULL) >= 0);
	must(close(listener) == 0);
	long dropped = overflows();
	must(dropped >= CLIENTS - 3);
	expect_events(1, "\"kind\": \"accept\", \"listener\": \"%s\", \"queue\": %d, \"backlog\": %d", name,
		before.length - 1, before.limit);
	expect_events(1, "\"kind\": \"accept\", \"listener\": \"%s\", \"queue\": %d, \"backlog\": 16", name_of(beside),
		CLIENTS - 1);
	/* of nothing that was dropped, which the counter below would tell; of who still waits */
	expect_events(1, "\"kind\": \"listen_drop\", \"listener\": \"%s\", \"queue\": %d, \"backlog\": 16", name_of(beside),
		CLIENTS - 1);
	expect_findings(1, "\"id\": \"backlog_full\"");
	expect_findings(1, "\"id\": \"backlog_full\", \"pid\": %d, \"address\": \"%s\", \"dropped\": %ld, \"full\": 1, "
		"\"backlog\": 2, \"accepts\": 2", getpid(), name, dropped);
	tell((struct truth){ .accepts_by_listener = { { name, 2 }, { name_of(beside), 1 } },
		.accepts_by_task = { { getpid(), 3 } }, .listen_drops = dropped });
}

/* Catches: a drop of a listener that nobody accepts at, told as it is closed; a listener that starts over. */
static void closed(void)
{
	own_network();
	int listener = listen_few(0, 1);
	const char *name = name_of(listener);
	crowd(listener, CLIENTS);
	struct queue at = queue_of(listener);
	must(shutdown(listener, SHUT_RD) == 0);
	long first = overflows();
	must(listen(listener, 4) == 0);
	crowd(listener, 4);
	must(close(listener) == 0 && overflows() == first);
	expect_events(1, "\"kind\": \"listen_drop\", \"pid\": %d, \"listener\": \"%s\", \"count\": %ld, \"queue\": %d, "
		"\"backlog\": %d", getpid(), name, first, at.length, at.limit);
	expect_findings(1, "\"id\": \"backlog_full\", \"pid\": %d, \"dropped\": %ld, \"full\": 1, \"accepts\": 0", getpid(),
		first);
	tell((struct truth){ .listen_drops = first });
}

/* Catches: a drop of a listener that is still there at the end. */
static void left(void)
{
	own_network();
	int listener = listen_few(0, 1);
	crowd(listener, CLIENTS);
	long dropped = overflows();
	struct queue at = queue_of(listener);
	expect_events(1, "\"kind\": \"listen_drop\", \"pid\": 0, \"count\": %ld, \"queue\": %d, \"backlog\": %d", dropped,
		at.length, at.limit);
	tell((struct truth){ .listen_drops = dropped });
}

/* Catches: Multipath TCP, where a subflow has the queue. */
static void mptcp(void)
{
	own_network();
	int listener = listen_few(MPTCP, 2);
	const char *name = name_of(listener);
	crowd(listener, CLIENTS);
	must(accept(listener, NULL, NULL) >= 0);
	must(close(listener) == 0);
	long dropped = overflows();
	must(dropped >= CLIENTS - 3);
	expect_events(1, "\"kind\": \"accept\", \"listener\": \"%s\", \"queue\": 2, \"backlog\": 2", name);
	expect_findings(1, "\"id\": \"backlog_full\", \"address\": \"%s\", \"dropped\": %ld, \"full\": 1", name, dropped);
	tell((struct truth){ .accepts_by_listener = { { name, 1 } }, .accepts_by_task = { { getpid(), 1 } },
		.listen_drops = dropped });
}

/* Catches: sockets at one address, of which each has drops; IPv6. */
static void same_address(void)
{
	own_network();
	int first = listen_v6("::1");
	union address a;
	socklen_t size = own_address(first, &a);
	int second = listen_at(SOCK_STREAM, 0, &a, size, 1);
	must(listen(first, 1) == 0); /* which changes its limit */
	crowd(first, 32);
	const char *name = name_of(first);
	must(close(first) == 0 && close(second) == 0);
	long dropped = overflows();
	must(dropped >= 32 - 4);
	expect_findings(1, "\"id\": \"backlog_full\", \"address\": \"%s\", \"dropped\": %ld, \"full\": 1", name, dropped);
	tell((struct truth){ .listen_drops = dropped });
}

/* Catches: a Unix listener, which lets its clients wait and whose queue is kept elsewhere. */
static void local(void)
{
	union address a = { .local = { .sun_family = AF_UNIX } };
	int listener = listen_at(SOCK_STREAM, 0, &a, sizeof a.local.sun_family, 2);
	const char *name = name_of(listener);
	for (int i = 0; i < 3; i++)
		client_of(listener);
	for (int i = 0; i < 3; i++)
		must(accept(listener, NULL, NULL) >= 0);
	for (int i = 0; i < 3; i++)
		expect_events(1, "\"kind\": \"accept\", \"queue\": [%d, %d], \"backlog\": 2", i, i);
	expect_findings(0, "\"id\": \"backlog_full\"");
	tell((struct truth){ .accepts_by_listener = { { name, 3 } }, .accepts_by_task = { { getpid(), 3 } } });
}

/* Catches: a backlog taken for full, as the kernel drops the last segment of each handshake: with TCP_DEFER_ACCEPT a
 * connection is there when its first data is. */
static void deferred(void)
{
	enum { SECONDS = 5 };
	own_network();
	int listener = listen_few(0, 16), seconds = SECONDS;
	const char *name = name_of(listener);
	must(setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds) == 0);
	for (int i = 0; i < 3; i++) {
		int client = client_of(listener);
		must(write(client, "x", 1) == 1);
		int fd = accept(listener, NULL, NULL);
		must(fd >= 0 && close(fd) == 0 && close(client) == 0);
	}
	must(overflows() == 0 && close(listener) == 0);
	expect_findings(0, "\"id\": \"backlog_full\"");
	tell((struct truth){ .accepts_by_listener = { { name, 3 } }, .accepts_by_task = { { getpid(), 3 } },
		.listen_drops = 3, .connections_peak = UNKNOWN });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "full", full }, { "closed", closed }, { "left", left }, { "mptcp", mptcp },
		{ "same-address", same_address }, { "local", local }, { "deferred", deferred }, { NULL, NULL },
	};
	return run_case("backlog", cases, argc, argv);
}
