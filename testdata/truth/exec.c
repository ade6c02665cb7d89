/* Programs that start programs. */
#include "truth.h"
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>

extern char **environ;

#define ONE_CHILD(code) .processes_created = 1, .exit_codes = { [code] = 1 }, .zombies_peak = 1, \
	.reaped_by_parent = 1, .tree_depth = 1

/* Catches: an exec taken for a new process, or a second fork. */
static void fork_exec(void)
{
	for (int i = 0; i < 3; i++) {
		pid_t child = start();
		if (child == 0)
			exec_exit(i);
		must(WEXITSTATUS(reap(child)) == i);
	}
	tell((struct truth){ .processes_created = 3, .execs = 3, .exit_codes = { [0] = 1, [1] = 1, [2] = 1 },
		.zombies_peak = 1, .reaped_by_parent = 3, .sigchld_ignored = 3, .tree_depth = 1 });
}

/* Catches: several execs of one process. The root becomes itself again ten times; these execs count, unlike the first
 * one, which is the launcher's. */
static void again(void)
{
	char text[16];
	int before = atoi(getenv("TRUTH_ROUND") ? getenv("TRUTH_ROUND") : "0");
	if (before == 10) {
		tell((struct truth){ .execs = 10 });
		return;
	}
	snprintf(text, sizeof text, "%d", before + 1);
	must(setenv("TRUTH_ROUND", text, 1) == 0);
	exec_case("again");
}

/* Catches: failed execs that are counted. None of the four replaces the program. */
static void fails(void)
{
	char *const argv[] = { "truth", NULL };
	int text = memfd_create("no-program", 0);
	must(text >= 0 && write(text, "plain text\n", 11) == 11);
	pid_t child = start();
	if (child == 0) {
		must(execv("/no/such/program", argv) == -1 && errno == ENOENT);
		must(execv("/proc/self/status", argv) == -1 && errno == EACCES);
		must(execv("/proc/self", argv) == -1 && (errno == EACCES || errno == EISDIR));
		must(fchmod(text, 0755) == 0 && fexecve(text, argv, environ) == -1 && errno == ENOEXEC);
		_exit(127);
	}
	must(WEXITSTATUS(reap(child)) == 127);
	tell((struct truth){ ONE_CHILD(127), .sigchld_ignored = 1 });
}

/* Catches: a program that has no path, only a descriptor. */
static void by_descriptor(void)
{
	pid_t child = start();
	if (child == 0) {
		char *const argv[] = { "truth", "--exit", "5", NULL };
		int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		fexecve(self, argv, environ);
		_exit(99);
	}
	must(WEXITSTATUS(reap(child)) == 5);
	tell((struct truth){ ONE_CHILD(5), .execs = 1, .sigchld_ignored = 1 });
}

/* Catches: a script counted twice, once for itself and once for its interpreter: it is one exec. */
static void script(void)
{
	char path[] = "/tmp/truth-script-XXXXXX";
	const char text[] = "#!/bin/sh\nexit 6\n";
	int fd = mkstemp(path);
	must(fd >= 0 && fchmod(fd, 0755) == 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
	pid_t child = start();
	if (child == 0) {
		execl(path, path, NULL);
		_exit(99);
	}
	int status = reap(child);
	unlink(path);
	must(WEXITSTATUS(status) == 6);
	tell((struct truth){ ONE_CHILD(6), .execs = 1, .sigchld_ignored = 1 });
}

/* Catches: posix_spawn(3), a clone that shares memory and holds its parent until the exec. The new program waits for
 * its input to end, so it dies after posix_spawn has restored the mask, and its signal is ignored. */
static void spawn(void)
{
	int input[2];
	pid_t child;
	char *const argv[] = { "cat", NULL };
	posix_spawn_file_actions_t actions;
	must(pipe2(input, O_CLOEXEC) == 0);
	must(posix_spawn_file_actions_init(&actions) == 0);
	must(posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO) == 0);
	must(posix_spawnp(&child, "cat", &actions, NULL, argv, environ) == 0);
	must(close(input[1]) == 0);
	must(reap(child) == 0);
	tell((struct truth){ ONE_CHILD(0), .execs = 1, .sigchld_ignored = 1 });
}

/* Catches: posix_spawn(3) that fails: a child is made all the same, ends with 127 and is reaped by the library. */
static void spawn_fails(void)
{
	pid_t child;
	char *const argv[] = { "program", NULL };
	block_sigchld(); /* the library may do so as well, or not: here it makes no difference */
	must(posix_spawn(&child, "/no/such/program", NULL, NULL, argv, environ) == ENOENT);
	unblock_sigchld();
	must(wait(NULL) == -1 && errno == ECHILD);
	tell((struct truth){ ONE_CHILD(127), .sigchld_queued = 1 });
}

/* Catches: system(3), during which SIGCHLD is blocked: the signal is queued, and discarded at the end. */
static void by_system(void)
{
	must(WEXITSTATUS(system("exit 3")) == 3);
	tell((struct truth){ ONE_CHILD(3), .execs = 1, .sigchld_queued = 1 });
}

/* Catches: a shell that pipes: it forks twice, both execs are of one program, and the shell waits for both. */
static void pipeline(void)
{
	pid_t child = start();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", "cat </dev/null | cat; exit 4", NULL);
		_exit(99);
	}
	must(WEXITSTATUS(reap(child)) == 4);
	tell((struct truth){ .processes_created = 3, .execs = 3, .exit_codes = { [0] = 2, [4] = 1 },
		.zombies_peak = UNKNOWN, .reaped_by_parent = 3, .sigchld_queued = UNKNOWN, .sigchld_coalesced = UNKNOWN,
		.sigchld_ignored = UNKNOWN, .sigchld_delivered = UNKNOWN, .tree_depth = 2 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "fork-exec", fork_exec }, { "again", again }, { "fails", fails }, { "by-descriptor", by_descriptor },
		{ "script", script }, { "spawn", spawn }, { "spawn-fails", spawn_fails }, { "system", by_system },
		{ "pipeline", pipeline }, { NULL, NULL },
	};
	return run_case("exec", cases, argc, argv);
}
