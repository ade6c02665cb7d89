/* Signals by which processes ask each other for something: who sent them, why the kernel did, what became of them. */
#include "truth.h"
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/ioctl.h>

static void nothing(int signal)
{
	(void)signal;
}

static sigset_t only(int signal)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signal);
	return set;
}

static void block(int signal)
{
	sigset_t set = only(signal);
	must(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
}

static void unblock(int signal)
{
	sigset_t set = only(signal);
	must(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
}

#define ENDED(n) .processes_created = n, .reaped_by_parent = n, .sigchld_ignored = UNKNOWN, .zombies_peak = UNKNOWN, \
	.tree_depth = 1

/* Catches: who told a server to end, when its handler makes a good end of it. */
static void handled(void)
{
	int ready = gate_new();
	pid_t server = start();
	if (server == 0) {
		sigset_t none;
		sigemptyset(&none);
		block(SIGTERM);
		signal(SIGTERM, nothing);
		gate_open(ready, 1);
		must(sigsuspend(&none) == -1);
		_exit(0);
	}
	gate_pass(ready);
	pid_t other = start();
	if (other == 0) {
		must(kill(server, SIGTERM) == 0);
		_exit(0);
	}
	must(WEXITSTATUS(reap(server)) == 0 && WEXITSTATUS(reap(other)) == 0);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d, \"result\": \"queued\", "
		"\"disposition\": \"handler\", \"comm\": \"signal\"", other, server, SIGTERM);
	expect_events(1, "\"kind\": \"deliver\", \"pid\": %d, \"signal\": %d, \"call\": \"none\"", server, SIGTERM);
	tell((struct truth){ ENDED(2), .exit_codes = { [0] = 2 } });
}

/* Catches: a signal that a wait for signals takes. No handler gets it. */
static void taken(void)
{
	int number;
	sigset_t set = only(SIGHUP);
	signal(SIGHUP, nothing);
	block(SIGHUP);
	must(raise(SIGHUP) == 0 && sigwait(&set, &number) == 0 && number == SIGHUP);
	block(SIGCHLD);
	dead(dying_child(0));
	set = only(SIGCHLD);
	must(sigwait(&set, &number) == 0 && number == SIGCHLD && wait(NULL) > 0);
	expect_events(1, "\"kind\": \"kill\", \"flags\": [\"blocked\"], \"signal\": %d, \"result\": \"queued\"", SIGHUP);
	expect_events(1, "\"kind\": \"deliver\", \"pid\": %d, \"signal\": %d, \"call\": \"rt_sigtimedwait\"",
		getpid(), SIGHUP);
	expect_events(1, "\"kind\": \"deliver\", \"pid\": %d, \"signal\": %d, \"call\": \"rt_sigtimedwait\"", getpid(),
		SIGCHLD);
	expect_events(2, "\"kind\": \"deliver\"");
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .reaped_by_parent = 1, .zombies_peak = 1,
		.sigchld_queued = 1, .tree_depth = 1 });
}

/* Catches: one that is blocked as it comes, and handled, discarded or deadly when it is no longer. */
static void blocked(void)
{
	block(SIGTERM);
	block(SIGUSR1);
	signal(SIGUSR1, nothing);
	must(raise(SIGUSR1) == 0);
	must(raise(SIGUSR1) == 0);
	unblock(SIGUSR1);
	block(SIGUSR2);
	signal(SIGUSR2, SIG_IGN);
	must(raise(SIGUSR2) == 0);
	unblock(SIGUSR2);
	pid_t child = start();
	if (child == 0) {
		must(raise(SIGTERM) == 0);
		unblock(SIGTERM);
		_exit(1);
	}
	must(WTERMSIG(reap(child)) == SIGTERM);
	expect_events(1, "\"kind\": \"kill\", \"flags\": [\"blocked\"], \"signal\": %d, \"result\": \"queued\"", SIGUSR1);
	expect_events(1, "\"kind\": \"kill\", \"flags\": [\"blocked\"], \"signal\": %d, \"result\": \"coalesced\"",
		SIGUSR1);
	expect_events(1, "\"kind\": \"deliver\", \"signal\": %d, \"disposition\": \"handler\"", SIGUSR1);
	expect_events(1, "\"kind\": \"kill\", \"flags\": [\"blocked\"], \"signal\": %d, \"result\": \"queued\"", SIGUSR2);
	expect_events(1, "\"kind\": \"deliver\", \"signal\": %d, \"disposition\": \"ignore\"", SIGUSR2);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"flags\": [\"blocked\"], \"signal\": %d, \"target_pid\": %d",
		child,
		SIGTERM, child);
	expect_events(0, "\"kind\": \"deliver\", \"pid\": %d", child);
	tell((struct truth){ ENDED(1), .exit_signals = { [SIGTERM] = 1 } });
}

static void *wants(void *gates)
{
	int *gate = gates;
	unblock(SIGTERM);
	gate_open(gate[0], 1);
	gate_pass(gate[1]);
	return NULL;
}

/* Catches: a mask of the leader taken for that of the process. Any thread may take what is sent to the process, but not
 * what is sent to another thread. */
static void of_threads(void)
{
	int gate[2] = { gate_new(), gate_new() };
	signal(SIGTERM, nothing);
	block(SIGTERM);
	pthread_t other = thread(wants, gate);
	gate_pass(gate[0]);
	must(kill(getpid(), SIGTERM) == 0);
	must(raise(SIGTERM) == 0);
	gate_open(gate[1], 1);
	must(pthread_join(other, NULL) == 0);
	alone();
	expect_events(1, "\"kind\": \"kill\", \"flags\": null, \"signal\": %d", SIGTERM);
	expect_events(1, "\"kind\": \"kill\", \"flags\": [\"blocked\"], \"signal\": %d", SIGTERM);
	expect_events(1, "\"kind\": \"deliver\", \"signal\": %d", SIGTERM);
	tell((struct truth){ .threads_created = 1, .threads_exited = 1 });
}

/* Catches: a signalfd unseen, also one that a fork passed on. What is read from it is not told of. */
static void by_descriptor(void)
{
	struct signalfd_siginfo info;
	sigset_t set = only(SIGINT);
	block(SIGINT);
	int descriptor = signalfd(-1, &set, 0);
	must(descriptor >= 0 && raise(SIGINT) == 0 && read(descriptor, &info, sizeof info) == sizeof info);
	must(info.ssi_signo == SIGINT && info.ssi_pid == (uint32_t)getpid());
	pid_t child = start();
	if (child == 0) {
		must(raise(SIGINT) == 0 && read(descriptor, &info, sizeof info) == sizeof info);
		_exit(0);
	}
	must(WEXITSTATUS(reap(child)) == 0);
	expect_events(2, "\"kind\": \"kill\", \"flags\": [\"blocked\", \"signalfd\"], \"signal\": %d", SIGINT);
	expect_events(0, "\"kind\": \"deliver\"");
	tell((struct truth){ ENDED(1), .exit_codes = { [0] = 1 } });
}

/* Catches: a SIGCHLD that is sent by hand taken for the end of a child. */
static void by_hand(void)
{
	int ready = gate_new();
	on_sigchld(nothing, SA_RESTART);
	must(raise(SIGCHLD) == 0);
	block_sigchld();
	pid_t child = start();
	if (child == 0) {
		must(kill(getppid(), SIGCHLD) == 0);
		gate_open(ready, 1);
		for (;;)
			pause();
	}
	gate_pass(ready);
	unblock_sigchld();
	must(kill(child, SIGKILL) == 0);
	reap(child);
	expect_events(1, "\"kind\": \"signal\", \"pid\": %d, \"target_pid\": %d, \"code\": -6", getpid(), getpid());
	expect_events(1, "\"kind\": \"signal\", \"pid\": %d, \"target_pid\": %d, \"code\": null", child, getpid());
	expect_events(1, "\"kind\": \"signal\", \"pid\": %d, \"target_pid\": %d, \"code\": 2", child, getpid());
	tell((struct truth){ .processes_created = 1, .exit_signals = { [SIGKILL] = 1 }, .reaped_by_parent = 1,
		.zombies_peak = 1, .sigchld_queued = 3, .sigchld_delivered = 3, .tree_depth = 1 });
}

/* Catches: a signal to a process that is not traced: tracer itself, which goes on as before. */
static void to_outside(void)
{
	must(kill(getppid(), SIGCONT) == 0);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d",
		getpid(), getppid(), SIGCONT);
	expect_events(1, "\"kind\": \"kill\"");
	tell((struct truth){ 0 });
}

struct birth {
	pid_t child, thread;
	int ready, end;
};

static void *forks(void *argument)
{
	struct birth *b = argument;
	b->thread = gettid();
	b->child = start();
	if (b->child == 0) {
		must(prctl(PR_SET_PDEATHSIG, SIGTERM) == 0);
		gate_open(b->ready, 1);
		for (;;)
			pause();
	}
	gate_pass(b->end);
	return NULL;
}

/* Catches: a parent-death signal taken for a kill. The parent that it means is a thread. */
static void of_parent_thread(void)
{
	struct birth b = { .ready = gate_new(), .end = gate_new() };
	pthread_t parent = thread(forks, &b);
	gate_pass(b.ready);
	gate_open(b.end, 1);
	must(pthread_join(parent, NULL) == 0);
	must(WTERMSIG(reap(b.child)) == SIGTERM);
	alone();
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"tid\": %d, \"target_pid\": %d, \"signal\": %d, \"reason\": "
		"\"parent_death\"", getpid(), b.thread, b.child, SIGTERM);
	expect_events(1, "\"kind\": \"kill\"");
	tell((struct truth){ ENDED(1), .threads_created = 1, .threads_exited = 1, .exit_signals = { [SIGTERM] = 1 } });
}

/* Catches: a write where nobody reads taken for a kill, or for the kernel's own doing: ignored, and deadly. */
static void broken_pipe(void)
{
	int ends[2];
	must(pipe(ends) == 0 && close(ends[0]) == 0);
	signal(SIGPIPE, SIG_IGN);
	must(write(ends[1], "x", 1) == -1 && errno == EPIPE);
	pid_t child = start();
	if (child == 0) {
		signal(SIGPIPE, SIG_DFL);
		_exit(write(ends[1], "x", 1) == 1);
	}
	must(WTERMSIG(reap(child)) == SIGPIPE);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d, \"result\": \"ignored\", "
		"\"reason\": \"broken_pipe\"", getpid(), getpid(), SIGPIPE);
	expect_events(1, "\"kind\": \"kill\", \"pid\": %d, \"target_pid\": %d, \"signal\": %d, \"result\": \"queued\", "
		"\"reason\": \"broken_pipe\"", child, child, SIGPIPE);
	tell((struct truth){ ENDED(1), .exit_signals = { [SIGPIPE] = 1 } });
}

/* Catches: a timer of the process taken for a kill. It counts the time of the process itself, so that it comes while
 * that runs. */
static void timer(void)
{
	pid_t child = start();
	if (child == 0) {
		struct itimerval once = { .it_value.tv_usec = 1000 };
		must(setitimer(ITIMER_VIRTUAL, &once, NULL) == 0);
		for (volatile int busy = 1; busy;)
			;
	}
	must(WTERMSIG(reap(child)) == SIGVTALRM);
	expect_events(1, "\"kind\": \"kill\", \"pid\": 0, \"target_pid\": %d, \"signal\": %d, \"reason\": \"timer\"", child,
		SIGVTALRM);
	tell((struct truth){ ENDED(1), .exit_signals = { [SIGVTALRM] = 1 } });
}

/* A pseudoterminal: its master, and its name. */
static int terminal(char *name, size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		skip("no pseudoterminal");
	must(grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, size) == 0);
	return master;
}

static void control(const char *name)
{
	must(setsid() == getpid());
	int slave = open(name, O_RDWR);
	must(slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0);
}

/* Catches: a key of a terminal, and its hangup, taken for kills. */
static void of_terminal(void)
{
	char name[64];
	int master = terminal(name, sizeof name), ready = gate_new();
	pid_t child[2];
	for (int i = 0; i < 2; i++) {
		child[i] = start();
		if (child[i] == 0) {
			control(name);
			must(close(master) == 0);
			gate_open(ready, 1);
			for (;;)
				pause();
		}
		gate_pass(ready);
		if (i == 0) {
			must(write(master, "\003", 1) == 1);
			must(WTERMSIG(reap(child[i])) == SIGINT);
			must(close(master) == 0);
			master = terminal(name, sizeof name);
		}
	}
	must(close(master) == 0);
	must(WTERMSIG(reap(child[1])) == SIGHUP);
	expect_events(1, "\"kind\": \"kill\", \"pid\": 0, \"target_pid\": %d, \"signal\": %d, \"reason\": \"terminal\"",
		child[0], SIGINT);
	expect_events(1, "\"kind\": \"kill\", \"pid\": 0, \"target_pid\": %d, \"signal\": %d, \"reason\": \"hangup\"",
		child[1], SIGHUP);
	tell((struct truth){ ENDED(2), .exit_signals = { [SIGINT] = 1, [SIGHUP] = 1 } });
}

/* Catches: who is hung up as the leader of its session ends, and who as it is stopped and nobody is left who could let
 * it go on. The leader of the session waits for the parent of the one that is stopped; so that is a group of its own,
 * and its parent then is the root, which is in another session. */
static void of_session(void)
{
	char name[64];
	int master = terminal(name, sizeof name), ready = gate_new();
	pid_t *member = shared(2 * sizeof *member);
	be_subreaper();
	pid_t leader = start();
	if (leader == 0) {
		int status;
		control(name);
		pid_t parent = start();
		if (parent == 0) {
			pid_t stopped = start();
			if (stopped == 0) {
				must(setpgid(0, 0) == 0 && raise(SIGSTOP) == 0);
				for (;;)
					pause();
			}
			must(waitpid(stopped, &status, WUNTRACED) == stopped && WIFSTOPPED(status));
			member[0] = stopped;
			_exit(0);
		}
		reap(parent);
		pid_t other = start();
		if (other == 0) {
			gate_open(ready, 1);
			for (;;)
				pause();
		}
		member[1] = other;
		gate_pass(ready);
		_exit(0);
	}
	must(WEXITSTATUS(reap(leader)) == 0);
	must(WTERMSIG(reap(member[0])) == SIGHUP && WTERMSIG(reap(member[1])) == SIGHUP);
	must(close(master) == 0);
	expect_events(1, "\"kind\": \"kill\", \"pid\": 0, \"target_pid\": %d, \"signal\": %d, \"reason\": "
		"\"group_orphaned\"", member[0], SIGHUP);
	expect_events(1, "\"kind\": \"kill\", \"pid\": 0, \"target_pid\": %d, \"signal\": %d, \"reason\": "
		"\"session_ends\"", member[1], SIGHUP);
	tell((struct truth){ .processes_created = 4, .exit_codes = { [0] = 2 }, .exit_signals = { [SIGHUP] = 2 },
		.reaped_by_parent = 2, .reaped_by_other = 2, .reparented = 2, .sigchld_ignored = UNKNOWN,
		.zombies_peak = UNKNOWN, .tree_depth = 3 });
}

/* Catches: an init that a signal does not end, and those that the kernel ends with it. */
static void of_namespace(void)
{
	need_root();
	int ready = gate_new();
	pid_t init = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	if (init < 0 && errno == EPERM)
		skip("may not make a PID namespace");
	must(init >= 0);
	if (init == 0) {
		if (start() == 0) {
			gate_open(ready, 1);
			for (;;)
				pause();
		}
		for (;;)
			pause();
	}
	gate_pass(ready);
	must(kill(init, SIGTERM) == 0 && kill(init, SIGKILL) == 0);
	must(WTERMSIG(reap(init)) == SIGKILL);
	expect_events(1, "\"kind\": \"kill\", \"target_pid\": %d, \"signal\": %d, \"result\": \"protected\"",
		init, SIGTERM);
	expect_events(1, "\"kind\": \"kill\", \"target_pid\": %d, \"signal\": %d, \"result\": \"queued\"", init, SIGKILL);
	expect_events(1, "\"kind\": \"kill\", \"pid\": 0, \"signal\": %d, \"result\": \"queued\", \"reason\": "
		"\"namespace_ends\"", SIGKILL);
	tell((struct truth){ .processes_created = 2, .exit_signals = { [SIGKILL] = 2 }, .reaped_by_parent = 1,
		.auto_reaped = 1, .sigchld_ignored = UNKNOWN, .zombies_peak = UNKNOWN, .tree_depth = 2 });
}

static void stopped(pid_t child, int by)
{
	int status;
	must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == by);
	must(state_of(child) == 'T');
}

static const int stop_signals[] = { SIGTSTP, SIGTTIN, SIGTTOU, SIGSTOP };

/* Catches: a stop unseen, in a process group that is not orphaned: its member's parent is in another one of the same
 * session. */
static void of_job(void)
{
	pid_t job = start();
	if (job == 0) {
		must(setpgid(0, 0) == 0);
		for (int i = 0; i < 4; i++)
			must(raise(stop_signals[i]) == 0);
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		stopped(job, stop_signals[i]);
		must(kill(job, SIGCONT) == 0);
	}
	must(WEXITSTATUS(reap(job)) == 0);
	for (int i = 0; i < 4; i++)
		expect_events(1, "\"kind\": \"stop\", \"pid\": %d, \"signal\": %d", job, stop_signals[i]);
	expect_events(0, "\"kind\": \"deliver\"");
	tell((struct truth){ ENDED(1), .exit_codes = { [0] = 1 } });
}

/* Catches: a process taken for stopped that goes on, as its process group is orphaned: nobody in it has a parent in
 * another group of the session. SIGSTOP stops it all the same. */
static void of_orphaned_group(void)
{
	pid_t *member = shared(sizeof *member);
	pid_t leader = start();
	if (leader == 0) {
		must(setsid() == getpid());
		pid_t child = start();
		if (child == 0) {
			for (int i = 0; i < 4; i++)
				must(raise(stop_signals[i]) == 0);
			_exit(0);
		}
		*member = child;
		stopped(child, SIGSTOP);
		must(kill(child, SIGCONT) == 0);
		_exit(WEXITSTATUS(reap(child)));
	}
	must(WEXITSTATUS(reap(leader)) == 0);
	for (int i = 0; i < 3; i++)
		expect_events(1, "\"kind\": \"deliver\", \"pid\": %d, \"signal\": %d, \"disposition\": \"default\", "
			"\"result\": \"orphaned\"", *member, stop_signals[i]);
	expect_events(3, "\"kind\": \"deliver\"");
	expect_events(1, "\"kind\": \"stop\", \"pid\": %d, \"signal\": %d", *member, SIGSTOP);
	expect_events(1, "\"kind\": \"stop\"");
	tell((struct truth){ .processes_created = 2, .exit_codes = { [0] = 2 }, .reaped_by_parent = 2,
		.sigchld_ignored = UNKNOWN, .zombies_peak = UNKNOWN, .tree_depth = 2 });
}

/* Catches: an init of a PID namespace taken for stopped, or for ended, by what was blocked as it came. */
static void of_init(void)
{
	need_root();
	pid_t init = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	if (init < 0 && errno == EPERM)
		skip("may not make a PID namespace");
	must(init >= 0);
	if (init == 0) {
		block(SIGTSTP);
		block(SIGTERM);
		must(kill(1, SIGTSTP) == 0 && kill(1, SIGTERM) == 0);
		unblock(SIGTSTP);
		unblock(SIGTERM);
		_exit(0);
	}
	must(WEXITSTATUS(reap(init)) == 0);
	expect_events(1, "\"kind\": \"deliver\", \"pid\": %d, \"signal\": %d, \"disposition\": \"default\", "
		"\"result\": \"protected\"", init, SIGTSTP);
	expect_events(1, "\"kind\": \"deliver\", \"pid\": %d, \"signal\": %d, \"disposition\": \"default\", "
		"\"result\": \"protected\"", init, SIGTERM);
	expect_findings(1, "\"id\": \"init_spared\", \"pid\": %d, \"tasks\": [%d], \"signal\": %d, \"signals\": 1", init,
		init, SIGTERM);
	expect_events(0, "\"kind\": \"stop\"");
	tell((struct truth){ ENDED(1), .exit_codes = { [0] = 1 } });
}

static int put(const char *folder, const char *file, const char *value)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, file);
	int descriptor = open(path, O_WRONLY);
	int done = descriptor >= 0 && write(descriptor, value, strlen(value)) == (ssize_t)strlen(value);
	if (descriptor >= 0)
		close(descriptor);
	return done;
}

/* A group of processes that may have 8 MiB, in a mount of this process alone. */
static void small_group(char *group, size_t size)
{
	char folder[] = "/tmp/signal-truth-XXXXXX";
	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mkdtemp(folder));
	int first = mount("none", folder, "cgroup", 0, "memory") == 0;
	must(first || mount("none", folder, "cgroup2", 0, NULL) == 0);
	snprintf(group, size, "%s/signal-truth-%d", folder, getpid());
	if (!first)
		put(folder, "cgroup.subtree_control", "+memory");
	must(mkdir(group, 0755) == 0);
	if (!put(group, first ? "memory.limit_in_bytes" : "memory.max", "8388608")) {
		rmdir(group);
		skip("no groups that limit memory");
	}
	put(group, first ? "memory.memsw.limit_in_bytes" : "memory.swap.max", first ? "8388608" : "0");
}

/* Catches: an end for want of memory taken for a kill by whoever ran then. */
static void out_of_memory(void)
{
	need_root();
	char group[256];
	small_group(group, sizeof group);
	pid_t child = start();
	if (child == 0) {
		must(put(group, "cgroup.procs", "0"));
		size_t most = 64 << 20;
		char *memory = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(memory != MAP_FAILED);
		memset(memory, 1, most);
		_exit(1);
	}
	must(WTERMSIG(reap(child)) == SIGKILL);
	must(rmdir(group) == 0);
	*strrchr(group, '/') = 0;
	must(umount2(group, MNT_DETACH) == 0 && rmdir(group) == 0);
	expect_events(1, "\"kind\": \"kill\", \"pid\": 0, \"target_pid\": %d, \"signal\": %d", child, SIGKILL);
	expect_events(1, "\"kind\": \"exit\", \"pid\": %d, \"flags\": [\"group_dead\", \"out_of_memory\"]", child);
	tell((struct truth){ ENDED(1), .exit_signals = { [SIGKILL] = 1 } });
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "handled", handled }, { "taken", taken }, { "blocked", blocked }, { "of-threads", of_threads },
		{ "by-descriptor", by_descriptor }, { "by-hand", by_hand }, { "to-outside", to_outside },
		{ "of-parent-thread", of_parent_thread }, { "broken-pipe", broken_pipe }, { "timer", timer },
		{ "of-terminal", of_terminal }, { "of-session", of_session }, { "of-namespace", of_namespace },
		{ "of-job", of_job }, { "of-orphaned-group", of_orphaned_group }, { "of-init", of_init },
		{ "out-of-memory", out_of_memory }, { 0 },
	};
	return run_case("signal", cases, argc, argv);
}
