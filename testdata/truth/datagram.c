/* Datagrams: each that is received counts, by whichever call, and nothing else does. */
#include "net.h"
#include <sys/uio.h>

static int bound(int family)
{
	union address a = { .any.sa_family = family };
	socklen_t size = sizeof a.any.sa_family;
	int fd = socket(family, SOCK_DGRAM, 0);
	if (fd < 0 && errno == EAFNOSUPPORT)
		skip("no such protocol here");
	if (family == AF_INET) {
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		size = sizeof a.v4;
	} else if (family == AF_INET6) {
		a.v6.sin6_addr = in6addr_loopback;
		size = sizeof a.v6;
	}
	must(fd >= 0);
	if (bind(fd, &a.any, size) != 0 && errno == EADDRNOTAVAIL)
		skip("no such address here");
	return fd;
}

/* A socket that sends to that one. */
static int sender_to(int fd)
{
	union address a;
	socklen_t size = own_address(fd, &a);
	int sender = socket(a.any.sa_family, SOCK_DGRAM, 0);
	must(sender >= 0 && connect(sender, &a.any, size) == 0);
	return sender;
}

static void send_some(int sender, int n)
{
	while (n-- > 0)
		must(send(sender, "12345678", 8, 0) == 8);
}

/* Nine of them, by each call there is; the sixth is cut to four bytes, the last is empty. */
static void received(int family)
{
	char buffer[16];
	int fd = bound(family), sender = sender_to(fd);
	struct iovec part = { buffer, sizeof buffer };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct mmsghdr several[3] = { { .msg_hdr = message }, { .msg_hdr = message }, { .msg_hdr = message } };
	send_some(sender, 8);
	must(send(sender, "", 0, 0) == 0);
	must(recv(fd, buffer, sizeof buffer, MSG_PEEK) == 8);
	must(recvfrom(fd, buffer, sizeof buffer, 0, NULL, NULL) == 8);
	must(read(fd, buffer, sizeof buffer) == 8);
	must(recvmsg(fd, &message, 0) == 8);
	must(readv(fd, &part, 1) == 8);
	must(recv(fd, buffer, sizeof buffer, 0) == 8);
	must(recv(fd, buffer, 4, 0) == 4);
	must(recvmmsg(fd, several, 3, 0, NULL) == 3);
	must(recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	if (family == AF_UNIX)
		expect_events(9, "\"kind\": \"datagram\", \"pid\": %d", getpid());
	else
		expect_events(9, "\"kind\": \"datagram\", \"pid\": %d, \"local\": \"%s\"", getpid(), name_of(fd));
	expect_events(7, "\"kind\": \"datagram\", \"bytes_read\": 8");
	expect_events(1, "\"kind\": \"datagram\", \"bytes_read\": 4");
	tell((struct truth){ .datagrams_received = 9 });
}

/* Catches: one of the calls unseen, a look with MSG_PEEK or a failed call counted, one call for several counted as
 * one. */
static void v4(void) { received(AF_INET); }
static void v6(void) { received(AF_INET6); }
static void local(void) { received(AF_UNIX); }

/* Catches: what a child receives on its parent's socket put down to the parent. */
static void forked(void)
{
	char buffer[16];
	int fd = bound(AF_INET), sender = sender_to(fd), gate = gate_new();
	pid_t child = start();
	if (child == 0) {
		gate_pass(gate);
		must(recv(fd, buffer, sizeof buffer, 0) == 8);
		_exit(0);
	}
	send_some(sender, 2);
	must(recv(fd, buffer, sizeof buffer, 0) == 8);
	gate_open(gate, 1);
	dead(child);
	reap(child);
	expect_events(1, "\"kind\": \"datagram\", \"pid\": %d", getpid());
	expect_events(1, "\"kind\": \"datagram\", \"pid\": %d", child);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .datagrams_received = 2, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = { { "v4", v4 }, { "v6", v6 }, { "local", local }, { "forked", forked }, { 0 } };
	return run_case("datagram", cases, argc, argv);
}
