/*
 * loops vfork|fork|thread|calls N: makes and waits for N processes or threads, or makes N system calls that no probe
 * looks at, and prints how many seconds that took, and how many of CPU, with those of its children. loops switch N:
 * hands a byte to another process and waits for it to come back; loops wait N: waits for events, of which there are
 * some. loops close N: closes N descriptors that are no sockets; loops connect N: accepts N connections and closes
 * them; loops share N: likewise, and each is left to a child, which ends with it; loops fail N: executes what is not
 * there. loops sleepers N: has N threads that sleep, until the end of its input.
 */
#define _GNU_SOURCE
#include "cpu.h"
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *nothing(void *argument)
{
	return argument;
}

static int by_vfork(void)
{
	pid_t child = vfork();
	if (child == 0)
		_exit(0);
	return waitpid(child, NULL, 0) == child;
}

static int by_fork(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return waitpid(child, NULL, 0) == child;
}

static int by_thread(void)
{
	pthread_t thread;
	return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static int by_call(void)
{
	return syscall(SYS_getppid) >= 0;
}

/* Another process sends back what comes. On one CPU each read is a switch. */
static int by_switch(void)
{
	static int there[2], back[2], made;
	char byte = 0;
	if (!made) {
		made = pipe(there) == 0 && pipe(back) == 0;
		if (fork() == 0) {
			close(there[1]);
			while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
				;
			_exit(0);
		}
	}
	return write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1;
}

static int by_wait(void)
{
	static int loop;
	struct epoll_event event = { .events = EPOLLOUT };
	if (!loop) {
		loop = epoll_create1(0);
		if (epoll_ctl(loop, EPOLL_CTL_ADD, eventfd(0, 0), &event) != 0)
			return 0;
	}
	return epoll_wait(loop, &event, 1, -1) == 1;
}

static int by_close(void)
{
	return close(dup(0)) == 0;
}

/* A connection to this process itself; its server's end is returned. */
static int accepted(void)
{
	static struct sockaddr_in address = { .sin_family = AF_INET };
	static int listener;
	socklen_t length = sizeof address;
	struct linger at_once = { .l_onoff = 1 }; /* so that no port is left in TIME_WAIT */
	int client = socket(AF_INET, SOCK_STREAM, 0), connection;
	if (!listener) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		listener = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(listener, (void *)&address, length) != 0 || listen(listener, 1) != 0 ||
		    getsockname(listener, (void *)&address, &length) != 0)
			return -1;
	}
	if (connect(client, (void *)&address, length) != 0)
		return -1;
	connection = accept(listener, NULL, NULL);
	setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(client);
	return connection;
}

static int by_connection(void)
{
	int connection = accepted();
	return connection >= 0 && close(connection) == 0;
}

static int by_sharing(void)
{
	int connection = accepted();
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return connection >= 0 && close(connection) == 0 && waitpid(child, NULL, 0) == child;
}

static int by_failure(void)
{
	return execl("/nonexistent", "nonexistent", NULL) == -1;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void *asleep(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static int sleepers(long n)
{
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16384);
	for (pthread_t thread; n > 0; n--)
		if (pthread_create(&thread, &small, asleep, NULL) != 0)
			return 1;
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

int main(int argc, char **argv)
{
	const struct { const char *name; int (*once)(void); } loops[] = {
		{ "vfork", by_vfork }, { "fork", by_fork }, { "thread", by_thread }, { "calls", by_call },
		{ "switch", by_switch }, { "wait", by_wait }, { "close", by_close }, { "connect", by_connection },
		{ "share", by_sharing }, { "fail", by_failure },
	};
	if (argc == 3 && strcmp(argv[1], "sleepers") == 0)
		return sleepers(atol(argv[2]));
	for (size_t i = 0; argc == 3 && i < sizeof loops / sizeof loops[0]; i++) {
		if (strcmp(argv[1], loops[i].name) != 0)
			continue;
		double begin = now();
		for (long n = atol(argv[2]); n > 0; n--)
			if (!loops[i].once())
				return 1;
		printf("%.6f %.6f\n", now() - begin, cpu());
		return 0;
	}
	fprintf(stderr, "usage: %s vfork|fork|thread|calls|switch|wait|close|connect|share|fail|sleepers N\n", argv[0]);
	return 2;
}
