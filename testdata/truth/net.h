/* Listeners and their clients, on loopback and on Unix sockets. */
#ifndef TRUTH_NET_H
#define TRUTH_NET_H

#include "truth.h"
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/un.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

socklen_t own_address(int fd, union address *a);
const char *name_of(int fd); /* the address of a listener, as accepts_by_listener has it */

/* The backlog is 16 where none is given. A protocol or address that this machine lacks skips the case. */
int listen_at(int type, int protocol, const union address *a, socklen_t size, int backlog);
int listen_v4(const char *host);
int listen_v6(const char *host);
int listen_local(int type, const char *path); /* @ at the beginning: abstract */

/* A connection to that address. The kernel completes it from the backlog; nobody has to accept for that. */
int connect_to(int type, const union address *a, socklen_t size);
int client_of(int listener);

/* One descriptor to another process, over a Unix socket pair. */
void send_descriptor(int channel, int fd);
int receive_descriptor(int channel);

/* An io_uring, by the system calls alone. Room for completions is twice that for requests where none is given. */
struct ring {
	int fd;
	struct io_uring_params parameters;
	char *submission, *completion;
	struct io_uring_sqe *requests;
};
struct answer { int res; __u32 flags; };
struct ring ring_new(unsigned requests, unsigned completions, unsigned flags);
void ring_ask(struct ring *r, struct io_uring_sqe request);
struct answer ring_answer(struct ring *r); /* waits for the next completion */
int ring_do(struct ring *r, struct io_uring_sqe request); /* both; gives the result */

#endif
