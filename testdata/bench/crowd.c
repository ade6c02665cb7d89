/*
 * crowd PROCESSES THREADS TURNS FILE: has PROCESSES children of THREADS tasks each, which sleep; writes into FILE
 * when all are there, and from then on makes, by vfork, and waits for TURNS processes a second, until a signal ends it.
 * FILE is locked until the last of them has ended.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { beats = 500 }; /* a second */

static void *asleep(void *argument)
{
	for (;;)
		pause();
	return argument;
}

/* One byte in the pipe says that all threads are there. */
static void sleepers(long threads, int ready)
{
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16384);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (pthread_t thread; threads > 1; threads--)
		if (pthread_create(&thread, &small, asleep, NULL) != 0)
			_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	asleep(NULL);
}

int main(int argc, char **argv)
{
	int ready[2];
	char byte;
	if (argc != 5 || pipe(ready) != 0)
		return 2;
	int file = open(argv[4], O_WRONLY | O_CREAT, 0644); /* the children have it, too */
	if (file < 0 || flock(file, LOCK_EX) != 0)
		return 1;
	long processes = atol(argv[1]), threads = atol(argv[2]), turns = atol(argv[3]);
	for (long n = 0; n < processes; n++)
		if (fork() == 0)
			sleepers(threads, ready[1]);
	close(ready[1]);
	for (long n = 0; n < processes; n++)
		if (read(ready[0], &byte, 1) != 1)
			return 1;
	if (write(file, "ready\n", 6) != 6)
		return 1;
	struct timespec beat;
	clock_gettime(CLOCK_MONOTONIC, &beat);
	for (long done = 0, n = 1;; n++) {
		for (; done < turns * n / beats; done++) {
			pid_t child = vfork();
			if (child == 0)
				_exit(0);
			if (waitpid(child, NULL, 0) != child)
				return 1;
		}
		beat.tv_nsec += 1000000000 / beats;
		if (beat.tv_nsec >= 1000000000) {
			beat.tv_nsec -= 1000000000;
			beat.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &beat, NULL);
	}
}
