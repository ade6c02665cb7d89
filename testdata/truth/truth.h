/*
 * What every truth case is made of.
 *
 * A case is a small program that does an exactly known thing and then says, as the last line of its standard output,
 * what it did, in tracer's counters. It is right by construction, not by timing: where a number depends on who runs
 * first, the case forces the order with the calls below, or it counts what really happened.
 *
 * The first process of a case is the root. The root's own creation, first exec, end and reaping are not counted; all
 * that it does is. The trace ends when the last process of the case ends, so every process created has also ended, and
 * a process that nobody has reaped by then is "left".
 */
#ifndef TRUTH_H
#define TRUTH_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNKNOWN (-1) /* a counter that the case leaves to the scheduler: not printed, not compared */
#define EXITS 256
#define SIGNALS 65
#define SHARES 16
#ifndef PATIENCE_MS /* scripts/kernels has more, as emulation is slow */
#define PATIENCE_MS 60000 /* no process waits longer, on however busy a machine; then the case is broken */
#endif

struct range { double least, most; }; /* milliseconds; printed when .most is not 0 */
struct share { const char *of; long count; };
struct worker { pid_t pid; long count; };
struct failure { const char *how; long count; }; /* "accept EMFILE" */

/*
 * The truth of a case. A field that a case leaves out is 0, and is compared as 0. Not named here because they follow:
 * processes_exited is processes_created and processes_seen, zombies_now is zombies_left, accepts is the sum over the
 * listeners.
 */
struct truth {
	long processes_seen, threads_seen, zombies_seen; /* by an attached tracer, as it came */
	long processes_created, threads_created, execs, threads_exited;
	long exit_codes[EXITS], exit_signals[SIGNALS]; /* exit_codes[3] = 2: two processes ended with 3 */
	long zombies_peak, zombies_left;
	struct range zombie_ms_total, zombie_ms_max;
	long reaped_by_parent, reaped_by_other, auto_reaped, zombies_dropped, reparented;
	long sigchld_queued, sigchld_coalesced, sigchld_ignored, sigchld_delivered;
	struct share accepts_by_listener[SHARES];
	struct worker accepts_by_task[SHARES];
	/* Not compared when 0 */
	long listen_drops, connections_peak, connections_open, datagrams_received, waits_nothing, waits_no_child;
	long http_requests, io_urings;
	struct failure failures[SHARES]; /* not compared when there is none */
	long tree_depth;
	int may_lose; /* the case makes more events than fit: loss is no failure, if it is admitted */
};

/* A name that begins with STEP is no case: it is where the case of that name goes on after exec_case. */
#define STEP '+'
struct truth_case { const char *name; void (*run)(void); };

/* The main function of every family: `PROGRAM CASE` runs one, `PROGRAM --list` names them all. */
int run_case(const char *family, const struct truth_case *cases, int argc, char **argv);

void tell(struct truth t);            /* checks that the truth adds up, then prints it; the case may go on to its end */
/*
 * What the recording must hold besides: so many events with these fields (docs/events.md); and, in the order of the
 * accepts, a connection with these (docs/connections.md). Fields as JSON without the braces. Before tell.
 */
void expect_events(long times, const char *fields, ...) __attribute__((format(printf, 2, 3)));
void expect_connection(const char *fields, ...) __attribute__((format(printf, 1, 2)));
/* Likewise of the findings of the summary; arguments of one are fields, too (docs/findings.md). */
void expect_findings(long times, const char *fields, ...) __attribute__((format(printf, 2, 3)));

_Noreturn void skip(const char *why); /* this machine or user cannot run the case */
_Noreturn void skip_before(const char *kernel); /* it came with that Linux; any older kernel is fine without it */

/* Ends the program loudly when something that the case relies on does not hold. */
#define must(condition) ((condition) ? (void)0 : broken(#condition, __FILE__, __LINE__))
void broken(const char *condition, const char *file, int line);

/* A gate holds its waiters until it is opened for n of them. Waiting is bounded: a broken case leaves nobody behind. */
int gate_new(void);
void gate_open(int gate, long n);
void gate_pass(int gate);

pid_t start(void);                      /* fork(2) that cannot fail */
pid_t dying_child(int code);            /* a child that ends at once */
pid_t waiting_child(int gate, int code);/* a child that ends when the gate lets it pass */
_Noreturn void exec_exit(int code);     /* exec: becomes a program that ends with code */
_Noreturn void exec_case(const char *step); /* exec: becomes this program in the given case, same pid */

char state_of(pid_t pid); /* as /proc/PID/stat has it: R, S, Z, ... */
/* Blocks until the child is dead and its SIGCHLD, if any, has been sent. Does not reap it. */
void dead(pid_t child);
/* The same for a child that the kernel reaps by itself: blocks until wait(2) no longer knows it. */
void vanished(pid_t child);
/* The same for a process that another process reaps: blocks until its pid is free. */
void released(pid_t pid);
/* Blocks until no other thread of this process is left: one that was joined may still be on its way out
 * (pthread_join(3)). */
void alone(void);
int reap(pid_t child);                  /* waitpid(2) that must find the child; returns its status */

void on_sigchld(void (*handler)(int), int flags);
void block_sigchld(void);
void unblock_sigchld(void);
void be_subreaper(void);

/* Who traces, or another one when the program is run by hand. */
pid_t tracer_or(pid_t other);

/* Has tracer leave, and blocks until it follows nothing any more. The recording ends here. */
void leave_tracer(void);

void *shared(size_t size);              /* zeroed memory that forked children share */
double now_ms(void);
void need_root(void);                   /* skips the case for other users */
pthread_t thread(void *(*run)(void *), void *argument);

#endif
