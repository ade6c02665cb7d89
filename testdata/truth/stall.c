/* Stalls: what held the thread of an event loop, a call or its own computing, for how long, and who had to wait.
 * Recorded with --stalls. */
#include "net.h"
#include <sys/epoll.h>
#include <time.h>

#define HELD 300 /* ms */
/* The limit, in ms, and for how long a sleep of HELD blocks at least: its timer runs before the task leaves the CPU. */
#define LIMIT 100

static int listener, loop;

static void hold(void)
{
	struct timespec t = { .tv_nsec = HELD * 1000000l };
	must(syscall(SYS_nanosleep, &t, NULL) == 0);
}

/* A wait for events that finds none. */
static void rest(int ms)
{
	struct epoll_event event;
	must(epoll_wait(loop, &event, 1, ms) == 0);
}

/* A client that is accepted and has asked. */
static void serve(void)
{
	int client = client_of(listener), server;
	char request[8];
	must((server = accept(listener, NULL, NULL)) >= 0);
	must(write(client, "ask?", 4) == 4 && read(server, request, sizeof request) == 4);
}

static void begin(void)
{
	listener = listen_v4("127.0.0.1");
	must((loop = epoll_create1(EPOLL_CLOEXEC)) >= 0);
	rest(20);
	serve();
	serve();
}

static void end(int accepts, int threads)
{
	tell((struct truth){ .threads_created = threads, .threads_exited = threads,
		.accepts_by_listener = { { name_of(listener), accepts } }, .accepts_by_task = { { getpid(), accepts } },
		.connections_peak = accepts });
}

static void held_for(int times)
{
	expect_events(times, "\"kind\": \"stall\", \"pid\": %d, \"tid\": %d, \"call\": \"nanosleep\", "
		"\"waited\": [%d000000, 1e12]", getpid(), getpid(), LIMIT);
}

/* A sleep while two connections are served and three come: the mistake would be to blame a wait, or to count whoever
 * came before or after. */
static void held(void)
{
	int i;
	begin();
	for (i = 0; i < 3; i++)
		client_of(listener);
	hold();
	for (i = 0; i < 3; i++)
		must(accept(listener, NULL, NULL) >= 0);
	client_of(listener);
	must(accept(listener, NULL, NULL) >= 0);
	held_for(1);
	expect_findings(1, "\"id\": \"stall\", \"pid\": %d, \"open\": 2, \"queued\": 3, \"blocked_ns\": [%d000000, 1e12]",
		getpid(), LIMIT);
	end(6, 0);
}

/* As long, but where a loop rests. */
static void rests(void)
{
	begin();
	rest(HELD);
	expect_events(0, "\"kind\": \"stall\", \"call\": \"epoll_wait\"");
	expect_events(0, "\"kind\": \"stall\", \"call\": \"epoll_pwait\"");
	held_for(0);
	end(2, 0);
}

/* Takes CPU time, in ms, however long others have the CPU meanwhile. */
static void compute(int ms)
{
	struct timespec begun, now;
	must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun) == 0);
	do
		must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
	while ((now.tv_sec - begun.tv_sec) * 1000000000l + now.tv_nsec - begun.tv_nsec < ms * 1000000l);
}

static void computed_for(int times)
{
	expect_events(times, "\"kind\": \"stall\", \"pid\": %d, \"call\": \"none\", \"cpu\": [%d000000, 1e12], "
		"\"waited\": [%d000000, 1e12]", getpid(), HELD, HELD);
}

/* It computes while two connections are served and three come. A call that blocks it a moment is part of its turn. */
static void computes(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	int i;
	begin();
	for (i = 0; i < 3; i++)
		client_of(listener);
	rest(1);
	compute(HELD / 2);
	must(nanosleep(&moment, NULL) == 0);
	compute(HELD / 2);
	rest(0);
	for (i = 0; i < 3; i++)
		must(accept(listener, NULL, NULL) >= 0);
	held_for(0);
	computed_for(1);
	expect_findings(1, "\"id\": \"stall\", \"pid\": %d, \"open\": 2, \"queued\": 3, \"cpu_ns\": [%d000000, 1e12]",
		getpid(), HELD);
	end(5, 0);
}

/* As long, but it looks in between for what has come, without being blocked there. */
static void turns(void)
{
	int i;
	begin();
	for (i = 0; i < 10; i++) {
		compute(HELD / 10);
		rest(0);
	}
	expect_events(0, "\"kind\": \"stall\", \"cpu\": [1, 1e12]");
	expect_findings(0, "\"id\": \"stall\", \"cpu_ns\": [1, 1e12]");
	end(2, 0);
}

/* It has no loop: nobody can say when a turn of it begins. */
static void computes_only(void)
{
	compute(HELD);
	hold();
	expect_events(0, "\"kind\": \"stall\", \"cpu\": [1, 1e12]");
	held_for(1);
	tell((struct truth){ 0 });
}

static void *nothing(void *argument) { return argument; }

static void *reads_a_byte(void *end)
{
	char byte;
	must(read(*(int *)end, &byte, 1) == 1);
	return NULL;
}

/* One of several threads: blocked in between, it may have had nothing to do. */
static void thread_computes(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	pthread_t other;
	int ends[2];
	char byte = 0;
	begin();
	must(pipe(ends) == 0);
	other = thread(reads_a_byte, &ends[0]);
	rest(1);
	compute(HELD / 2);
	must(nanosleep(&moment, NULL) == 0);
	compute(HELD / 2);
	rest(1);
	compute(HELD);
	rest(0);
	must(write(ends[1], &byte, 1) == 1 && pthread_join(other, NULL) == 0);
	alone();
	computed_for(1);
	expect_findings(0, "\"id\": \"stall\"");
	end(2, 1);
}

/* Nobody else has to wait: one client. */
static void alone_with_one(void)
{
	listener = listen_v4("127.0.0.1");
	must((loop = epoll_create1(EPOLL_CLOEXEC)) >= 0);
	rest(20);
	serve();
	hold();
	held_for(1);
	expect_findings(0, "\"id\": \"stall\", \"blocked_ns\": [%d000000, 1e12]", LIMIT);
	end(1, 0);
}


/* There was another thread: whether it could have gone on is not known. */
static void threads(void)
{
	begin();
	must(pthread_join(thread(nothing, NULL), NULL) == 0);
	alone();
	hold();
	held_for(1);
	expect_findings(0, "\"id\": \"stall\"");
	end(2, 1);
}

static const struct truth_case cases[] = {
	{ "held", held }, { "rests", rests }, { "one", alone_with_one }, { "threads", threads },
	{ "computes", computes }, { "turns", turns }, { "no_loop", computes_only }, { "thread_computes", thread_computes },
	{ NULL, NULL },
};

int main(int argc, char **argv) { return run_case("stall", cases, argc, argv); }
