/* The workings behind net.h. */
#include "net.h"
#include <sys/mman.h>
#include <arpa/inet.h>
#include <stddef.h>

socklen_t own_address(int fd, union address *a)
{
	socklen_t size = sizeof *a;
	memset(a, 0, sizeof *a);
	must(getsockname(fd, &a->any, &size) == 0);
	return size;
}

const char *name_of(int fd)
{
	union address a;
	char host[INET6_ADDRSTRLEN], name[160];
	own_address(fd, &a);
	if (a.any.sa_family == AF_INET)
		snprintf(name, sizeof name, "%s:%d", inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof host),
			ntohs(a.v4.sin_port));
	else if (a.any.sa_family == AF_INET6)
		snprintf(name, sizeof name, "[%s]:%d", inet_ntop(AF_INET6, &a.v6.sin6_addr, host, sizeof host),
			ntohs(a.v6.sin6_port));
	else if (a.local.sun_path[0] == 0)
		snprintf(name, sizeof name, "unix:@%s", a.local.sun_path + 1);
	else
		snprintf(name, sizeof name, "unix:%s", a.local.sun_path);
	return strdup(name);
}

int listen_at(int type, int protocol, const union address *a, socklen_t size, int backlog)
{
	int yes = 1, no = 0, fd = socket(a->any.sa_family, type, protocol);
	if (fd < 0 && (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ENOPROTOOPT))
		skip("no such protocol here");
	must(fd >= 0);
	if (a->any.sa_family != AF_UNIX)
		must(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0);
	if (a->any.sa_family == AF_INET6)
		must(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0);
	if (bind(fd, &a->any, size) != 0 && errno == EADDRNOTAVAIL)
		skip("no such address here");
	must(listen(fd, backlog) == 0);
	return fd;
}

int listen_v4(const char *host)
{
	union address a = { .v4 = { .sin_family = AF_INET } };
	must(inet_pton(AF_INET, host, &a.v4.sin_addr) == 1);
	return listen_at(SOCK_STREAM, 0, &a, sizeof a.v4, 16);
}

int listen_v6(const char *host)
{
	union address a = { .v6 = { .sin6_family = AF_INET6 } };
	must(inet_pton(AF_INET6, host, &a.v6.sin6_addr) == 1);
	return listen_at(SOCK_STREAM, 0, &a, sizeof a.v6, 16);
}

/* A path that begins with @ is abstract: no file, the name begins with a zero byte. */
int listen_local(int type, const char *path)
{
	union address a = { .local = { .sun_family = AF_UNIX } };
	snprintf(a.local.sun_path, sizeof a.local.sun_path, "%s", path);
	if (*path == '@')
		a.local.sun_path[0] = 0;
	return listen_at(type, 0, &a, offsetof(struct sockaddr_un, sun_path) + strlen(path) + (*path != '@'), 16);
}

int connect_to(int type, const union address *a, socklen_t size)
{
	int fd = socket(a->any.sa_family, type, 0);
	must(fd >= 0 && connect(fd, &a->any, size) == 0);
	return fd;
}

int client_of(int listener)
{
	union address a;
	int type;
	socklen_t size = own_address(listener, &a), type_size = sizeof type;
	must(getsockopt(listener, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0);
	return connect_to(type, &a, size);
}

/* The control message that carries one descriptor. */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

void send_descriptor(int channel, int fd)
{
	union control control = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof fd) } };
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof control };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	must(sendmsg(channel, &message, 0) == 1);
}

int receive_descriptor(int channel)
{
	int fd;
	char byte;
	union control control;
	struct iovec io = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof control };
	must(recvmsg(channel, &message, 0) == 1 && control.header.cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
	return fd;
}

static _Atomic __u32 *in_ring(char *area, __u32 offset)
{
	return (_Atomic __u32 *)(area + offset);
}

struct ring ring_new(unsigned requests, unsigned completions, unsigned flags)
{
	struct ring r = { .parameters = { .flags = flags | (completions ? IORING_SETUP_CQSIZE : 0),
		.cq_entries = completions } };
	struct io_uring_params *p = &r.parameters;
	r.fd = syscall(SYS_io_uring_setup, requests, p);
	if (r.fd == -1 && (errno == ENOSYS || errno == EPERM))
		skip("the kernel lets nobody use io_uring");
	must(r.fd >= 0);
	r.submission = mmap(NULL, p->sq_off.array + p->sq_entries * sizeof(__u32), PROT_READ | PROT_WRITE, MAP_SHARED, r.fd,
		IORING_OFF_SQ_RING);
	r.completion = mmap(NULL, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
		MAP_SHARED, r.fd,
		IORING_OFF_CQ_RING);
	r.requests = mmap(NULL, p->sq_entries * sizeof *r.requests, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd,
		IORING_OFF_SQES);
	must(r.submission != MAP_FAILED && r.completion != MAP_FAILED && r.requests != MAP_FAILED);
	return r;
}

void ring_ask(struct ring *r, struct io_uring_sqe request)
{
	struct io_sqring_offsets *at = &r->parameters.sq_off;
	__u32 tail = atomic_load(in_ring(r->submission, at->tail)), place = tail &
		*(__u32 *)(r->submission + at->ring_mask);
	r->requests[place] = request;
	((__u32 *)(r->submission + at->array))[place] = place;
	atomic_store(in_ring(r->submission, at->tail), tail + 1);
	if (!(r->parameters.flags & IORING_SETUP_SQPOLL))
		must(syscall(SYS_io_uring_enter, r->fd, 1, 0, 0, NULL, 0) == 1);
	else if (atomic_load(in_ring(r->submission, at->flags)) & IORING_SQ_NEED_WAKEUP)
		must(syscall(SYS_io_uring_enter, r->fd, 1, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0) >= 0);
}

struct answer ring_answer(struct ring *r)
{
	struct io_cqring_offsets *at = &r->parameters.cq_off;
	__u32 head = atomic_load(in_ring(r->completion, at->head));
	while (atomic_load(in_ring(r->completion, at->tail)) == head)
		must(syscall(SYS_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) >= 0 || errno == EINTR);
	struct io_uring_cqe *from = (struct io_uring_cqe *)(r->completion + at->cqes) +
		(head & *(__u32 *)(r->completion + at->ring_mask));
	struct answer answer = { from->res, from->flags };
	atomic_store(in_ring(r->completion, at->head), head + 1);
	return answer;
}

int ring_do(struct ring *r, struct io_uring_sqe request)
{
	ring_ask(r, request);
	return ring_answer(r).res;
}
