/*
 * echo fork|thread N: an echo server on loopback that gives each of N connections a process or a thread of its own,
 * then prints how many seconds of CPU it took, with its children. The dead are reaped by a handler of SIGCHLD with a
 * loop of waits.
 */
#define _GNU_SOURCE
#include "cpu.h"
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(int signal)
{
	int before = errno;
	(void)signal;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = before;
}

static void serve(int connection)
{
	char buffer[4096];
	ssize_t n;
	while ((n = read(connection, buffer, sizeof buffer)) > 0)
		if (write(connection, buffer, n) != n)
			break;
	close(connection);
}

static void *serve_in_thread(void *connection)
{
	serve((int)(long)connection);
	return NULL;
}

static void by_fork(int listener, int connection)
{
	pid_t child = fork();
	if (child == 0) {
		close(listener);
		serve(connection);
		_exit(0);
	}
	if (child < 0)
		exit(1);
	close(connection);
}

static void by_thread(int listener, int connection)
{
	pthread_t thread;
	(void)listener;
	if (pthread_create(&thread, NULL, serve_in_thread, (void *)(long)connection) != 0)
		exit(1);
	pthread_detach(thread);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	void (*give)(int, int) = argc == 3 && strcmp(argv[1], "thread") == 0 ? by_thread : by_fork;
	if (argc != 3 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 128) ||
	    getsockname(listener, (struct sockaddr *)&address, &size))
		return 1;
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = reap, .sa_flags = SA_RESTART }, NULL);
	printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (long n = atol(argv[2]); n > 0; n--) {
		int connection = accept(listener, NULL, NULL);
		if (connection < 0)
			return 1;
		give(listener, connection);
	}
	while (getchar() != EOF) /* the clients have been answered when the input ends */
		;
	signal(SIGCHLD, SIG_DFL);
	while (wait(NULL) > 0)
		;
	printf("cpu %.6f\n", cpu());
	return 0;
}
