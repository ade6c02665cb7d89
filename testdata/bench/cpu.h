/* The seconds of CPU that a process has used, with its children that ended. */
#include <sys/resource.h>

static double cpu_of(int who)
{
	struct rusage used;
	getrusage(who, &used);
	return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double cpu(void)
{
	return cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
}
