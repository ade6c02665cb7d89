/*
 * spent COMMAND ARG...: runs a command without its output, and prints how many seconds it took, how many of CPU, and
 * the most KiB that it had in memory. A process begins with the most that its parent had, and this has next to nothing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	double began = now();
	pid_t child = fork();
	if (child == 0) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	int status;
	struct rusage used;
	if (wait4(child, &status, 0, &used) != child)
		return 1;
	printf("%f %f %ld\n", now() - began, seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
	return status != 0;
}
