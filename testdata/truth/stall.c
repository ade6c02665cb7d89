/* Stalls: which call held the thread of an event loop, for how long, and who had to wait. Recorded with --stalls. */
#include "net.h"
#include <sys/epoll.h>
#include <time.h>

#define HELD 300 /* ms; the limit is 100 */

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
		"\"waited\": [%d000000, 1e12]", getpid(), getpid(), HELD);
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
		getpid(), HELD);
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

/* Nobody else has to wait: one client. */
static void alone_with_one(void)
{
	listener = listen_v4("127.0.0.1");
	must((loop = epoll_create1(EPOLL_CLOEXEC)) >= 0);
	rest(20);
	serve();
	hold();
	held_for(1);
	expect_findings(0, "\"id\": \"stall\", \"blocked_ns\": [%d000000, 1e12]", HELD);
	end(1, 0);
}

static void *nothing(void *argument) { return argument; }

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
	{ "held", held }, { "rests", rests }, { "one", alone_with_one }, { "threads", threads }, { NULL, NULL },
};

int main(int argc, char **argv) { return run_case("stall", cases, argc, argv); }
