/*
 * names tell NAME          writes the name and the variable NAME of its environment as they are, each ended by a NUL
 * names do NAME FOLDER     bears the name wherever a program can: as its own and a thread's, as the path and the
 *                          arguments of a program, as the path of a socket, in the first lines of HTTP
 * names say NAME FOLDER    the same, and writes the name into its output again and again, until its input ends
 */
#include "../truth/truth.h"
#include <stddef.h>
#include <sys/un.h>

static const char *name;

static void *bear(void *nothing)
{
	must(prctl(PR_SET_NAME, name) == 0);
	return nothing;
}

static void in_folder(char *path, size_t size, const char *folder, const char *before)
{
	must((size_t)snprintf(path, size, "%s/%s%s", folder, before, name) < size);
}

/* A program with the name, as path and as argument. */
static void execute(const char *folder)
{
	char path[4096], self[4096] = "";
	in_folder(path, sizeof path, folder, "x");
	must(readlink("/proc/self/exe", self, sizeof self - 1) > 0 && symlink(self, path) == 0);
	pid_t child = start();
	if (child == 0) {
		execl(path, name, "end", name, NULL);
		_exit(1);
	}
	must(WEXITSTATUS(reap(child)) == 3);
}

static void line(int to, const char *format)
{
	char text[1024];
	int n = snprintf(text, sizeof text, format, name);
	must(write(to, text, n) == n);
}

static void await_line(int from)
{
	char text[1024];
	must(read(from, text, sizeof text) > 0);
}

/* A client and its server, at a socket with the name. */
static void serve(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	in_folder(address.sun_path, sizeof address.sun_path, folder, "s");
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 5) == 0);
	pid_t child = start();
	if (child == 0) {
		int client = socket(AF_UNIX, SOCK_STREAM, 0);
		must(connect(client, (struct sockaddr *)&address, sizeof address) == 0);
		line(client, "GET /%s HTTP/1.1\r\n\r\n");
		await_line(client);
		_exit(0);
	}
	int served = accept(listener, NULL, NULL);
	must(served >= 0);
	await_line(served);
	line(served, "HTTP/1.1 200 %s\r\n\r\n");
	must(reap(child) == 0);
	close(served);
	close(listener);
}

int main(int argc, char **argv)
{
	char c;
	if (argc == 3 && strcmp(argv[1], "end") == 0)
		return 3;
	must(argc >= 3);
	name = argv[2];
	if (strcmp(argv[1], "tell") == 0) {
		printf("%s%c%s%c", name, 0, getenv("NAME"), 0);
		return 0;
	}
	must(argc == 4);
	bear(NULL);
	must(pthread_join(thread(bear, NULL), NULL) == 0);
	execute(argv[3]);
	serve(argv[3]);
	if (strcmp(argv[1], "say") == 0) {
		for (int i = 0; i < 50; i++)
			must(printf("%s\n%d ", name, i) > 0);
		must(fflush(stdout) == 0);
		must(read(0, &c, 1) >= 0);
		sleep(5);
	}
	return 0;
}
