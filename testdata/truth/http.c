/* HTTP: the first lines of requests that were read and of answers that were written, with --http. */
#include "net.h"
#include <sys/uio.h>

static int listener, client, server;

static void begin(int at)
{
	listener = at;
	client = client_of(listener);
	server = accept(listener, NULL, NULL);
	must(server >= 0);
}

static void ask(const char *request)
{
	size_t size = strlen(request);
	must(write(client, request, size) == (ssize_t)size);
}

/* One read that takes all that is there. */
static void take(size_t size)
{
	char buffer[4096];
	must(read(server, buffer, sizeof buffer) == (ssize_t)size);
}

static void answer(const char *text)
{
	char buffer[4096];
	size_t size = strlen(text);
	must(write(server, text, size) == (ssize_t)size);
	must(read(client, buffer, sizeof buffer) == (ssize_t)size);
}

static void exchange(const char *request, const char *reply)
{
	ask(request);
	take(strlen(request));
	answer(reply);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static void told(const char *kind, const char *line)
{
	expect_events(1, "\"kind\": \"%s\", \"pid\": %d, \"line\": \"%s\"", kind, getpid(), line);
}

/* All requests and answers that there are. */
static void tell_http(long requests, long answers)
{
	expect_events(requests, "\"kind\": \"request\"");
	expect_events(answers, "\"kind\": \"response\"");
	tell((struct truth){ .accepts_by_listener = { { name_of(listener), 1 } }, .accepts_by_task = { { getpid(), 1 } },
		.connections_peak = 1, .http_requests = requests });
	close(server);
}

/* Catches: only the first request of a kept connection seen; headers and bodies taken for lines; a method that is not
 * in a list. */
static void kept(void)
{
	begin(listen_v4("127.0.0.1"));
	exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", OK);
	exchange("POST /form?a=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b", "HTTP/1.1 404 Not Found\r\n\r\n");
	exchange("VERSION-CONTROL /x HTTP/1.0\r\n\r\n", "HTTP/1.0 500 Oh\r\n\r\n");
	told("request", "GET / HTTP/1.1");
	told("request", "POST /form?a=1 HTTP/1.1");
	told("request", "VERSION-CONTROL /x HTTP/1.0");
	told("response", "HTTP/1.1 200 OK");
	told("response", "HTTP/1.1 404 Not Found");
	expect_connection("\"requests\": 3");
	tell_http(3, 3);
}

/* Catches: what is no HTTP taken for it: other protocols, a lower-case method, no version, a line that never ends,
 * bytes. */
static void others(void)
{
	begin(listen_v4("127.0.0.1"));
	exchange("MAIL FROM:<a@b>\r\n", "250 OK\r\n");
	exchange("SET a b\r\n", "+OK\r\n");
	exchange("get / HTTP/1.1\r\n", "HTTPS/1.1 200 OK\r\n");
	exchange("GET /\r\n", "<html>");
	exchange("GET / HTP/1.1\r\n", "H");
	exchange("HELLO world", "\x16\x03\x01");
	tell_http(0, 0);
}

/* Catches: the second part of a request taken for another one, and a part of a line for a line: it is not seen then. */
static void in_parts(void)
{
	begin(listen_v4("127.0.0.1"));
	ask("POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
	take(39);
	ask("hello");
	take(5);
	answer(OK);
	ask("GET /b HT");
	take(9);
	ask("TP/1.1\r\n\r\n");
	take(10);
	answer(OK);
	told("request", "POST /a HTTP/1.1");
	tell_http(1, 2);
}

/* Catches: a line that is longer than the room for it lost, or not said to be cut. */
static void long_line(void)
{
	char request[1024], line[256];
	begin(listen_v4("127.0.0.1"));
	int size = snprintf(request, sizeof request, "GET /%0500d HTTP/1.1\r\n\r\n", 7);
	exchange(request, OK);
	snprintf(line, sizeof line, "%.128s", request);
	expect_events(1, "\"kind\": \"request\", \"flags\": [\"root\", \"path_truncated\"], \"line\": \"%s\"", line);
	must(size > 500);
	tell_http(1, 1);
}

/* Catches: calls with a vector or a message, whose buffer stands elsewhere. Of those the first piece is looked at. */
static void vectors(void)
{
	char buffer[4096], reply[] = OK;
	const char *request = "PUT /v HTTP/1.1\r\n\r\n";
	struct iovec part[2] = { { buffer, 64 }, { buffer + 64, 64 } }, out[2] = { { reply, 30 },
		{ reply + 30, sizeof reply - 31 } };
	struct msghdr in = { .msg_iov = part, .msg_iovlen = 2 }, message = { .msg_iov = out, .msg_iovlen = 2 };
	begin(listen_v4("127.0.0.1"));
	ask(request);
	must(readv(server, part, 2) == 19);
	must(writev(server, out, 2) == sizeof reply - 1);
	ask(request);
	must(recvmsg(server, &in, 0) == 19);
	must(sendmsg(server, &message, 0) == sizeof reply - 1);
	ask(request);
	must(recv(server, buffer, 4, MSG_PEEK) == 4);
	must(recv(server, buffer, sizeof buffer, 0) == 19);
	must(send(server, reply, sizeof reply - 1, 0) == sizeof reply - 1);
	expect_events(3, "\"kind\": \"request\", \"line\": \"PUT /v HTTP/1.1\"");
	expect_events(3, "\"kind\": \"response\", \"line\": \"HTTP/1.1 200 OK\"");
	tell_http(3, 3);
}

/* Catches: several requests in one read. The first is seen, as nothing is looked for behind it. */
static void pipelined(void)
{
	begin(listen_v4("127.0.0.1"));
	ask("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
	take(38);
	answer(OK OK);
	told("request", "GET /1 HTTP/1.1");
	tell_http(1, 1);
}

/* Catches: a request put down to the process that accepted. */
static void forked_at(int at)
{
	begin(at);
	pid_t child = start();
	if (child == 0) {
		exchange("DELETE /c HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n");
		_exit(0);
	}
	close(server);
	dead(child);
	reap(child);
	expect_events(1, "\"kind\": \"request\", \"pid\": %d, \"line\": \"DELETE /c HTTP/1.1\"", child);
	expect_events(1, "\"kind\": \"response\", \"pid\": %d, \"line\": \"HTTP/1.1 204 No Content\"", child);
	expect_connection("\"served_by\": %d, \"requests\": 1", child);
	tell((struct truth){ .processes_created = 1, .exit_codes = { [0] = 1 }, .reaped_by_parent = 1, .zombies_peak = 1,
		.sigchld_ignored = 1,
		.accepts_by_listener = { { name_of(listener), 1 } }, .accepts_by_task = { { getpid(), 1 } },
			.connections_peak = 1, .tree_depth = 1 });
}

static void forked_v6(void) { forked_at(listen_v6("::1")); }

static void forked_local(void)
{
	char name[64];
	snprintf(name, sizeof name, "@truth-http-%d", getpid());
	forked_at(listen_local(SOCK_STREAM, name));
}

int main(int argc, char **argv)
{
	const struct truth_case cases[] = {
		{ "kept", kept }, { "others", others }, { "in-parts", in_parts }, { "long-line", long_line },
			{ "vectors", vectors },
		{ "pipelined", pipelined }, { "forked-v6", forked_v6 }, { "forked-local", forked_local }, { 0 },
	};
	return run_case("http", cases, argc, argv);
}
