/*
 * steady FILE: makes a child each few milliseconds, which ends with 0, 1, 2 ... 6 and again, and reaps it, until
 * FILE.stop exists. How many have been reaped stands in FILE all the time, so that whoever looks can tell whether it
 * goes on.
 */
#include "../truth/truth.h"
#include <sys/mman.h>
#include <time.h>

enum { CODES = 7 };

static atomic_long *counter(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	must(fd >= 0 && ftruncate(fd, sizeof(long)) == 0);
	void *at = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(at != MAP_FAILED && close(fd) == 0);
	return at;
}

int main(int argc, char **argv)
{
	char stop[4096];
	must(argc == 2 && (size_t)snprintf(stop, sizeof stop, "%s.stop", argv[1]) < sizeof stop);
	for (atomic_long *made = counter(argv[1]); access(stop, F_OK) != 0; ++*made) {
		int code = *made % CODES;
		must(WEXITSTATUS(reap(dying_child(code))) == code);
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return 0;
}
