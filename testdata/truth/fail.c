/* Calls that fail. The program counts its own errors; a run of the same one is two events. */
#include "net.h"
#include <arpa/inet.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Catches: an event for each of many failures; a run that is not ended by a success; the limit. */
static void descriptors(void)
{
	int listener = listen_v4("127.0.0.1"), failed = 0;
	struct rlimit limit, none;
	const char *name = name_of(listener);
	client_of(listener);
	client_of(listener);
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = (struct rlimit){ .rlim_cur = 3, .rlim_max = limit.rlim_max };
	for (int round = 0; round < 2; round++) {
		must(setrlimit(RLIMIT_NOFILE, &none) == 0);
		for (int i = 0; i < 2000; i++, failed++)
			must(accept(listener, NULL, NULL) == -1 && errno == EMFILE);
		must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		must(accept(listener, NULL, NULL) >= 0);
	}
	must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	for (int i = 0; i < 10; i++) /* no failures */
		must(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
	expect_events(2, "\"kind\": \"fail\", \"call\": \"accept\", \"errno\": \"EMFILE\", \"count\": 1, "
		"\"limit\": \"rlimit_nofile\", \"max\": 3, \"listener\": \"%s\"", name);
	expect_events(2, "\"kind\": \"fail\", \"call\": \"accept\", \"errno\": \"EMFILE\", \"count\": 2000, "
		"\"limit\": \"rlimit_nofile\", \"max\": 3, \"listener\": \"%s\"", name);
	expect_events(4, "\"kind\": \"fail\"");
	tell((struct truth){ .accepts_by_listener = { { name, 2 } }, .accepts_by_task = { { getpid(), 2 } },
		.failures = { { "accept EMFILE", failed } } });
}

static void *fail_to_accept(void *listener)
{
	for (int i = 0; i < 3; i++)
		must(accept(*(int *)listener, NULL, NULL) == -1 && errno == EINVAL);
	return NULL;
}

/* Catches: runs that are mixed up: of two tasks, of two sockets, of two errors, of two calls; one that the end of a
 * thread, or of the process, ends. */
static void runs(void)
{
	int listener = listen_v4("127.0.0.1"), none = socket(AF_INET, SOCK_STREAM, 0), client = client_of(listener);
	pthread_t other = thread(fail_to_accept, &none);
	must(pthread_join(other, NULL) == 0);
	alone();
	for (int i = 0; i < 2; i++)
		must(accept(none, NULL, NULL) == -1 && errno == EINVAL);
	must(accept(client, NULL, NULL) == -1 && errno == EINVAL);
	for (int i = 0; i < 4; i++)
		must(accept(-1, NULL, NULL) == -1 && errno == EBADF);
	for (int i = 0; i < 5; i++)
		must(accept4(-1, NULL, NULL, 0) == -1 && errno == EBADF);
	expect_events(3, "\"kind\": \"fail\", \"errno\": \"EINVAL\", \"count\": 1");
	expect_events(1, "\"kind\": \"fail\", \"errno\": \"EINVAL\", \"count\": 3");
	expect_events(1, "\"kind\": \"fail\", \"errno\": \"EINVAL\", \"count\": 2");
	expect_events(1, "\"kind\": \"fail\", \"call\": \"accept\", \"errno\": \"EBADF\", \"count\": 4");
	expect_events(1, "\"kind\": \"fail\", \"call\": \"accept4\", \"errno\": \"EBADF\", \"count\": 5");
	tell((struct truth){ .threads_created = 1, .threads_exited = 1,
		.failures = { { "accept EINVAL", 6 }, { "accept EBADF", 4 }, { "accept4 EBADF", 5 } } });
}

/* Makes one process that ends at once, by the call fork as the kernel has it. */
static long raw_fork(void)
{
	long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		_exit(0);
	return child;
}

/* Catches: the limit of another user than root, and of who may go beyond it; a run that a fork ends. */
static void user_limit(void)
{
	need_root();
	const struct rlimit none = { 1, 1 };
	pid_t child = start();
	if (child == 0) {
		must(setrlimit(RLIMIT_NPROC, &none) == 0);
		pid_t made = raw_fork(); /* root may */
		must(made > 0);
		reap(made);
		must(setgid(65534) == 0 && setuid(65533) == 0); /* nobody else is that user */
		for (int i = 0; i < 3; i++)
			must(raw_fork() == -1 && errno == EAGAIN);
		_exit(0);
	}
	must(reap(child) == 0);
	expect_events(1, "\"kind\": \"fail\", \"pid\": %d, \"call\": \"clone\", \"errno\": \"EAGAIN\", \"count\": 1, "
		"\"limit\": \"rlimit_nproc\", \"max\": 1", child);
	expect_events(1, "\"kind\": \"fail\", \"pid\": %d, \"errno\": \"EAGAIN\", \"count\": 3", child);
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 2 }, .zombies_peak = 1, .reaped_by_parent = 2,
		.sigchld_ignored = 2, .tree_depth = 2, .failures = { { "clone EAGAIN", 3 } } });
}

static char group[64];

static int put(const char *file, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", group, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static int make_group(const char *root)
{
	snprintf(group, sizeof group, "%s/truth-fail-%d", root, getpid());
	if (mkdir(group, 0755))
		return 0;
	if (put("pids.max", "2"))
		return 1;
	rmdir(group);
	return 0;
}

/* Catches: the limit of a cgroup, which the children that are zombies fill. */
static void group_limit(void)
{
	need_root();
	if (!make_group("/sys/fs/cgroup/pids") && !make_group("/sys/fs/cgroup"))
		skip("there is no cgroup with a limit of processes");
	pid_t child = start();
	if (child == 0) {
		must(put("cgroup.procs", "0"));
		pid_t made = raw_fork();
		must(made > 0);
		dead(made);
		for (int i = 0; i < 4; i++)
			must(raw_fork() == -1 && errno == EAGAIN);
		reap(made);
		made = raw_fork();
		must(made > 0);
		reap(made);
		_exit(0);
	}
	must(reap(child) == 0);
	must(rmdir(group) == 0);
	expect_events(1, "\"kind\": \"fail\", \"pid\": %d, \"call\": \"clone\", \"errno\": \"EAGAIN\", \"count\": 1, "
		"\"limit\": \"pids_cgroup\", \"max\": 2", child);
	expect_events(1, "\"kind\": \"fail\", \"pid\": %d, \"errno\": \"EAGAIN\", \"count\": 4", child);
	tell((struct truth){ .processes_created = 3, .exit_codes = { [0] = 3 }, .zombies_peak = 1, .reaped_by_parent = 3,
		.sigchld_ignored = 3, .tree_depth = 2, .failures = { { "clone EAGAIN", 4 } } });
}

/* Catches: a limit that is said though another error came; a fork that fails with nothing full. */
static void no_limit(void)
{
	for (int i = 0; i < 2; i++)
		must(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0) == -1 && errno == EINVAL);
	expect_events(2, "\"kind\": \"fail\", \"call\": \"clone\", \"errno\": \"EINVAL\", \"limit\": \"unknown\"");
	tell((struct truth){ .failures = { { "clone EINVAL", 2 } } });
}

#define FAILED_PATH "/no/such/place"

/* Catches: a path of another try; a search along PATH that finds it at last; a path that cannot be read; one that is
 * longer than a record. */
static void paths(void)
{
	char *const argv[] = { "true", NULL };
	char deep[200];
	memset(deep, 'd', sizeof deep);
	deep[0] = '/';
	deep[sizeof deep - 1] = 0;
	must(setenv("PATH", FAILED_PATH "/a:" FAILED_PATH "/b:/bin", 1) == 0);
	pid_t child = start();
	if (child == 0) {
		must(execv(deep, argv) == -1 && errno == ENOENT);
		must(syscall(SYS_execve, 1, argv, NULL) == -1 && errno == EFAULT);
		execvp("true", argv);
		_exit(99);
	}
	must(reap(child) == 0);
	expect_events(1, "\"kind\": \"fail\", \"call\": \"execve\", \"path\": \"" FAILED_PATH "/a/true\", \"count\": 1");
	expect_events(1, "\"kind\": \"fail\", \"call\": \"execve\", \"path\": \"" FAILED_PATH "/b/true\", \"count\": 1");
	expect_events(1, "\"kind\": \"fail\", \"errno\": \"EFAULT\", \"path\": null");
	expect_events(1, "\"kind\": \"fail\", \"flags\": [\"path_truncated\"]");
	expect_events(4, "\"kind\": \"fail\"");
	tell((struct truth){ .processes_created = 1, .execs = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1,
		.failures = { { "execve ENOENT", 3 }, { "execve EFAULT", 1 } } });
}

/* Catches: one path again and again; so many paths that each would be an event. */
static void many_paths(void)
{
	char *const argv[] = { "x", NULL };
	for (int i = 0; i < 5; i++)
		must(execv(FAILED_PATH, argv) == -1 && errno == ENOENT);
	for (int i = 0; i < 1000; i++) {
		char path[64];
		snprintf(path, sizeof path, FAILED_PATH "/%d", i);
		must(execv(path, argv) == -1 && errno == ENOENT);
	}
	expect_events(1, "\"kind\": \"fail\", \"path\": \"" FAILED_PATH "\", \"count\": 5");
	expect_events(1, "\"kind\": \"fail\", \"path\": null, \"count\": 937");
	expect_events(67, "\"kind\": \"fail\"");
	tell((struct truth){ .failures = { { "execve ENOENT", 1005 } } });
}

static int bind_v4(int fd, const char *host, in_port_t port)
{
	union address a = { .v4 = { .sin_family = AF_INET, .sin_port = port } };
	must(inet_pton(AF_INET, host, &a.v4.sin_addr) == 1);
	return bind(fd, &a.any, sizeof a.v4);
}

/* Catches: another address than was asked for; a holder that is at another one, or in another network; a run that is
 * not ended by a bind that succeeds. */
static void addresses(void)
{
	union address a;
	int holder = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
	must(bind_v4(holder, "127.0.0.1", 0) == 0);
	own_address(holder, &a);
	must(bind_v4(fd, "127.0.0.1", a.v4.sin_port) == -1 && errno == EADDRINUSE); /* it does not listen yet */
	must(listen(holder, 1) == 0);
	pid_t child = start();
	if (child == 0) {
		for (int i = 0; i < 3; i++)
			must(bind_v4(fd, "0.0.0.0", a.v4.sin_port) == -1 && errno == EADDRINUSE);
		must(bind_v4(fd, "127.0.0.2", a.v4.sin_port) == 0); /* which nobody has */
		int none = socket(AF_INET, SOCK_STREAM, 0);
		must(bind_v4(none, "192.0.2.1", htons(7)) == -1 && errno == EADDRNOTAVAIL);
		_exit(0);
	}
	must(reap(child) == 0);
	int port = ntohs(a.v4.sin_port);
	expect_events(1, "\"kind\": \"fail\", \"call\": \"bind\", \"errno\": \"EADDRINUSE\", \"count\": 1, "
		"\"local\": \"127.0.0.1:%d\", \"holder\": null", port);
	expect_events(1, "\"kind\": \"fail\", \"pid\": %d, \"call\": \"bind\", \"count\": 1, \"local\": \"0.0.0.0:%d\", "
		"\"holder\": %d", child, port, getpid());
	expect_events(1, "\"kind\": \"fail\", \"pid\": %d, \"call\": \"bind\", \"count\": 3, \"local\": \"0.0.0.0:%d\", "
		"\"holder\": %d", child, port, getpid());
	expect_events(4, "\"kind\": \"fail\", \"call\": \"bind\"");
	expect_findings(1, "\"id\": \"bind_failed\", \"pid\": %d, \"address\": \"0.0.0.0:%d\", \"failures\": 3, "
		"\"holder\": %d", child, port, getpid());
	expect_findings(1, "\"id\": \"bind_failed\", \"pid\": %d, \"address\": \"192.0.2.1:7\", \"failures\": 1", child);
	expect_findings(3, "\"id\": \"bind_failed\"");
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .tree_depth = 1, .failures = { { "bind EADDRINUSE", 4 }, { "bind EADDRNOTAVAIL", 1 } } });
}

/* Catches: the address of a listen, which the call does not say; sockets that cannot listen, which is no finding; the
 * path of a Unix socket. */
static void listens(void)
{
	const int yes = 1;
	union address a, local = { .local = { .sun_family = AF_UNIX } };
	int fd[2];
	for (int i = 0; i < 2; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		must(setsockopt(fd[i], SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
		must(bind_v4(fd[i], "127.0.0.1", i ? a.v4.sin_port : 0) == 0);
		own_address(fd[0], &a);
	}
	must(listen(fd[0], 1) == 0 && listen(fd[1], 1) == -1 && errno == EADDRINUSE);
	must(listen(socket(AF_INET, SOCK_DGRAM, 0), 1) == -1 && errno == EOPNOTSUPP);
	strcpy(local.local.sun_path, "/");
	must(bind(socket(AF_UNIX, SOCK_STREAM, 0), &local.any, sizeof local.local) == -1 && errno == EADDRINUSE);
	expect_events(1, "\"kind\": \"fail\", \"call\": \"listen\", \"errno\": \"EADDRINUSE\", \"count\": 1, "
		"\"listener\": \"127.0.0.1:%d\", \"holder\": %d", ntohs(a.v4.sin_port), getpid());
	expect_events(1, "\"kind\": \"fail\", \"call\": \"bind\", \"local\": \"unix:/\"");
	expect_findings(1, "\"id\": \"bind_failed\", \"call\": 14");
	expect_findings(2, "\"id\": \"bind_failed\"");
	tell((struct truth){ .failures = { { "listen EADDRINUSE", 1 }, { "listen EOPNOTSUPP", 1 },
		{ "bind EADDRINUSE", 1 } } });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "descriptors", descriptors }, { "runs", runs }, { "user-limit", user_limit },
		{ "group-limit", group_limit }, { "no-limit", no_limit }, { "paths", paths }, { "many-paths", many_paths },
		{ "addresses", addresses }, { "listens", listens },
		{ NULL, NULL },
	};
	return run_case("fail", cases, argc, argv);
}
