/* Servers: who accepts, when several processes and threads share a listener. */
#include "net.h"

enum { WORKERS = 3 };

static int listener, done;

static void accept_one(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	must(fd >= 0 && close(fd) == 0);
}

/* A client, while the process behind the gate accepts it and says that it is done. */
static void served_behind(int gate)
{
	int client = client_of(listener);
	gate_open(gate, 1);
	gate_pass(done);
	must(close(client) == 0);
}

/* A process that accepts one client each time its gate is opened, until it is killed. */
static pid_t worker(int gate)
{
	pid_t child = start();
	for (; child == 0; gate_open(done, 1)) {
		gate_pass(gate);
		accept_one();
	}
	return child;
}

static void begin_server(void)
{
	listener = listen_v4("127.0.0.1");
	done = gate_new();
}

static void stop_workers(const pid_t *child, int n)
{
	for (int i = 0; i < n; i++)
		must(kill(child[i], SIGTERM) == 0);
	for (int i = 0; i < n; i++)
		dead(child[i]);
	for (int i = 0; i < n; i++)
		must(WTERMSIG(reap(child[i])) == SIGTERM);
}

/* Catches: accepts on one listener that are put down to its owner instead of the worker that made them. */
static void workers(void)
{
	pid_t child[WORKERS];
	int gate[WORKERS];
	begin_server();
	for (int i = 0; i < WORKERS; i++)
		child[i] = worker(gate[i] = gate_new());
	for (int i = 0; i < WORKERS; i++)
		for (int n = 0; n <= i; n++)
			served_behind(gate[i]);
	client_of(listener);
	accept_one();
	stop_workers(child, WORKERS);
	tell((struct truth){ .processes_created = WORKERS, .exit_signals = { [SIGTERM] = WORKERS },
		.zombies_peak = WORKERS, .reaped_by_parent = WORKERS, .sigchld_ignored = WORKERS,
		.accepts_by_listener = { { name_of(listener), 7 } },
		.accepts_by_task = { { child[0], 1 }, { child[1], 2 }, { child[2], 3 }, { getpid(), 1 } },
		.tree_depth = 1 });
}

/* Catches: a prefork pool in which a worker dies and is replaced: another process, its accepts are its own. */
static void pool(void)
{
	pid_t child[WORKERS], victim;
	int gate[WORKERS];
	begin_server();
	for (int i = 0; i < WORKERS; i++)
		child[i] = worker(gate[i] = gate_new());
	for (int i = 0; i < 2 * WORKERS; i++)
		served_behind(gate[i % WORKERS]);
	victim = child[1];
	must(kill(victim, SIGKILL) == 0);
	dead(victim);
	child[1] = worker(gate[1]); /* before the reaping, which frees the id of the victim */
	must(WTERMSIG(reap(victim)) == SIGKILL);
	for (int i = 0; i < WORKERS; i++)
		served_behind(gate[i]);
	stop_workers(child, WORKERS);
	tell((struct truth){ .processes_created = WORKERS + 1, .exit_signals = { [SIGKILL] = 1, [SIGTERM] = WORKERS },
		.zombies_peak = WORKERS, .reaped_by_parent = WORKERS + 1, .sigchld_ignored = WORKERS + 1,
		.accepts_by_listener = { { name_of(listener), 9 } },
		.accepts_by_task = { { child[0], 3 }, { victim, 2 }, { child[1], 1 }, { child[2], 3 } },
		.tree_depth = 1 });
}

static void *accept_two(void *argument)
{
	accept_one();
	accept_one();
	return argument;
}

/* Catches: accepts put down to threads. A task is counted under its process. */
static void threads(void)
{
	begin_server();
	for (int i = 0; i < WORKERS; i++) {
		client_of(listener);
		client_of(listener);
		must(pthread_join(thread(accept_two, NULL), NULL) == 0);
	}
	tell((struct truth){ .threads_created = WORKERS, .threads_exited = WORKERS,
		.accepts_by_listener = { { name_of(listener), 2 * WORKERS } },
		.accepts_by_task = { { getpid(), 2 * WORKERS } } });
}

/* Catches: a listener that a process has got by a message, under another number than its owner's. */
static void passed(void)
{
	int channel[2];
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) == 0);
	pid_t child = start();
	if (child == 0) {
		must(dup2(channel[1], 50) == 50);
		must((listener = receive_descriptor(50)) >= 0);
		for (int i = 0; i < 3; i++)
			accept_one();
		_exit(0);
	}
	begin_server();
	for (int i = 0; i < 3; i++)
		client_of(listener);
	send_descriptor(channel[0], listener);
	must(reap(child) == 0);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .accepts_by_listener = { { name_of(listener), 3 } },
		.accepts_by_task = { { child, 3 } }, .tree_depth = 1 });
}

/* Catches: a connection counted again by the process that it is passed to. */
static void connection_passed(void)
{
	int channel[2];
	char byte;
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) == 0);
	pid_t child = start();
	if (child == 0) {
		int fd = receive_descriptor(channel[1]);
		must(read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1);
		_exit(0);
	}
	begin_server();
	int client = client_of(listener), fd = accept(listener, NULL, NULL);
	send_descriptor(channel[0], fd);
	must(close(fd) == 0 && write(client, "?", 1) == 1 && read(client, &byte, 1) == 1 && byte == '?');
	must(reap(child) == 0);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .zombies_peak = 1, .reaped_by_parent = 1,
		.sigchld_ignored = 1, .accepts_by_listener = { { name_of(listener), 1 } },
		.accepts_by_task = { { getpid(), 1 } }, .tree_depth = 1 });
}

/* Catches: a listener that survives an exec, as under inetd or socket activation. */
static void kept_over_exec(void)
{
	char text[16];
	begin_server();
	client_of(listener);
	accept_one();
	client_of(listener);
	snprintf(text, sizeof text, "%d", listener);
	must(setenv("TRUTH_LISTENER", text, 1) == 0);
	exec_case("+kept-over-exec");
}

static void after_exec(void)
{
	listener = atoi(getenv("TRUTH_LISTENER"));
	accept_one();
	tell((struct truth){ .execs = 1, .accepts_by_listener = { { name_of(listener), 2 } },
		.accepts_by_task = { { getpid(), 2 } } });
}

/* Catches: several listeners of one process, of several kinds. */
static void listeners(void)
{
	char name[64];
	snprintf(name, sizeof name, "@truth-listeners-%d", getpid());
	int l[3] = { listen_v4("127.0.0.1"), listen_v4("127.0.0.2"), listen_local(SOCK_STREAM, name) };
	for (int i = 0; i < 3; i++)
		for (int n = 0; n <= i; n++) {
			client_of(listener = l[i]);
			accept_one();
		}
	tell((struct truth){ .accepts_by_listener = { { name_of(l[0]), 1 }, { name_of(l[1]), 2 }, { name_of(l[2]), 3 } },
		.accepts_by_task = { { getpid(), 6 } } });
}

/* Catches: the main job: a process for each connection, reaped by a handler with a loop. */
static atomic_int handled, reaped;

static void reap_until_none(int signal)
{
	(void)signal;
	handled++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
}

static void fork_server(void)
{
	enum { CONNECTIONS = 100 };
	sigset_t none;
	char byte;
	begin_server();
	on_sigchld(reap_until_none, SA_RESTART);
	for (int i = 0; i < CONNECTIONS; i++) {
		int client = client_of(listener), fd;
		must(write(client, "?", 1) == 1);
		must((fd = accept(listener, NULL, NULL)) >= 0);
		if (start() == 0) {
			must(read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1);
			_exit(0);
		}
		must(close(fd) == 0 && read(client, &byte, 1) == 1 && close(client) == 0);
	}
	block_sigchld();
	sigemptyset(&none);
	while (reaped < CONNECTIONS)
		sigsuspend(&none);
	unblock_sigchld();
	tell((struct truth){ .processes_created = CONNECTIONS, .exit_codes = { [0] = CONNECTIONS },
		.zombies_peak = UNKNOWN, .reaped_by_parent = CONNECTIONS, .sigchld_queued = handled,
		.sigchld_coalesced = CONNECTIONS - handled, .sigchld_delivered = handled,
		.accepts_by_listener = { { name_of(listener), CONNECTIONS } },
		.accepts_by_task = { { getpid(), CONNECTIONS } }, .tree_depth = 1 });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "workers", workers }, { "pool", pool }, { "threads", threads }, { "passed", passed },
		{ "connection-passed", connection_passed }, { "kept-over-exec", kept_over_exec },
		{ "+kept-over-exec", after_exec }, { "listeners", listeners }, { "fork-server", fork_server },
		{ NULL, NULL },
	};
	return run_case("server", cases, argc, argv);
}
