/* Names that a process may give itself, and that must not reach a terminal or a file as they are. */
#include "truth.h"
#include <sys/stat.h>

static char directory[] = "/tmp/truth-names-XXXXXX", program[4096];

static void *named_thread(void *name)
{
	must(prctl(PR_SET_NAME, name) == 0);
	return NULL;
}

/* The program under another name, in a directory of its own. */
static void link_program(const char *name)
{
	char self[4096];
	must(mkdtemp(directory));
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	must(n > 0);
	self[n] = 0;
	snprintf(program, sizeof program, "%s/%s", directory, name);
	must(chmod(directory, 0755) == 0 && symlink(self, program) == 0);
}

/*
 * The name in every place that has one: the root's and a child's comm, a thread's comm, a program's file, its first
 * argument and another one. The child execs, so its comm becomes the file's name, cut to 15 bytes.
 */
static void wear(const char *name)
{
	link_program(name);
	must(prctl(PR_SET_NAME, name) == 0);
	must(pthread_join(thread(named_thread, (void *)name), NULL) == 0);
	pid_t child = start();
	if (child == 0) {
		execl(program, name, "--exit", "0", name, NULL);
		_exit(99);
	}
	int status = reap(child);
	must(unlink(program) == 0 && rmdir(directory) == 0);
	must(status == 0);
	expect_events(2, "\"kind\": \"rename\""); /* the exec's is none */
	tell((struct truth){ .processes_created = 1, .threads_created = 1, .threads_exited = 1, .execs = 1,
		.exit_codes = { [0] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1, .sigchld_ignored = 1,
		.tree_depth = 1 });
}

/* Catches: escape sequences that colour, clear or retitle the terminal; the one-byte form of ESC [ as well. */
static void escapes(void)
{
	wear("\033[31m\033[2J\033]0;");
}

static void escape_byte(void)
{
	wear("\x9b" "31m\xc2\x9b" "31m\x07\x7f\b");
}

/* Catches: a name that breaks the line, and the record that is one line. */
static void newlines(void)
{
	wear("one\ntwo\r\tthree");
}

/* Catches: bytes that are no UTF-8. */
static void invalid_utf8(void)
{
	wear("\xff\xfe\xc3(\x80\xed\xa0\x80");
}

/* Catches: characters that are two columns wide, joined, or written from right to left. */
static void wide(void)
{
	wear("日本語👩‍👩‍👧");
}

static void right_to_left(void)
{
	wear("\xe2\x80\xaegnp.exe");
}

/* Catches: a comm of 15 bytes that ends in the middle of a character. */
static void cut(void)
{
	wear("thirteenbytes日本");
}

/* Catches: names that mean something to HTML, DOT, JSON or a shell. */
static void markup(void)
{
	wear("<b>&amp;\"'\\;$(x)");
}

/* Catches: a name that looks like the end of the fields in /proc/PID/stat. */
static void brackets(void)
{
	wear("x) R 1 (y 0) 0");
}

static void *patient_thread(void *gate)
{
	gate_pass(*(int *)gate);
	return NULL;
}

/* Catches: a thread that goes under the name of the one that made it, when another one has named it; a child that does
 * not begin under its parent's name. */
static void named_by_another(void)
{
	int gate = gate_new();
	pthread_t worker = thread(patient_thread, &gate);
	must(pthread_setname_np(worker, "worker") == 0);
	expect_events(1, "\"kind\": \"rename\", \"comm\": \"worker\", \"pid\": %d", getpid());
	gate_open(gate, 1);
	must(pthread_join(worker, NULL) == 0);
	must(prctl(PR_SET_NAME, "master") == 0);
	pid_t child = start();
	if (child == 0) {
		must(prctl(PR_SET_NAME, "apprentice") == 0);
		_exit(0);
	}
	must(reap(child) == 0);
	expect_events(1, "\"kind\": \"rename\", \"comm\": \"master\", \"tid\": %d", getpid());
	expect_events(1, "\"kind\": \"rename\", \"comm\": \"apprentice\", \"tid\": %d", child);
	expect_events(1, "\"kind\": \"exit\", \"comm\": \"worker\"");
	tell((struct truth){ .processes_created = 1, .threads_created = 1, .threads_exited = 1, .exit_codes = { [0] = 1 },
		.zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

/* Catches: a program without a name, and one with very long arguments. */
static void extremes(void)
{
	static char argument[100 << 10];
	memset(argument, 'x', sizeof argument - 1);
	must(prctl(PR_SET_NAME, "") == 0);
	pid_t child = start();
	if (child == 0) {
		execl("/proc/self/exe", "", "--exit", "0", argument, "", NULL);
		_exit(99);
	}
	must(reap(child) == 0);
	tell((struct truth){ .processes_created = 1, .execs = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1,
		.reaped_by_parent = 1, .sigchld_ignored = 1, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "escapes", escapes }, { "escape-byte", escape_byte }, { "newlines", newlines },
		{ "invalid-utf8", invalid_utf8 }, { "wide", wide }, { "right-to-left", right_to_left }, { "cut", cut },
		{ "markup", markup }, { "brackets", brackets }, { "named-by-another", named_by_another },
		{ "extremes", extremes }, { NULL, NULL },
	};
	return run_case("names", cases, argc, argv);
}
