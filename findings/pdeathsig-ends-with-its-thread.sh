#!/usr/bin/env bash
# A thread asks for a signal at its parent's death (PR_SET_PDEATHSIG), and ends. Then the parent of the process dies.
#
# Expected: the signal comes, since prctl(2) calls it a setting of the calling process. Seen: it belongs to the thread.
# Its process's other threads read 0, and with the thread it is gone: the process outlives its parent. Why it surprises:
# who sets it in a helper thread (as a pool's worker, or a runtime that moves code between threads) has set nothing.
# Version: Linux 6.1.192-3 of Debian 12, in QEMU. Needs cc, cpio and qemu-system-x86_64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq linux-image-6.1.0-57-cloud-amd64=6.1.192-3
dpkg-deb -x ./*.deb root
cat >init.c <<'C'
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready[2];

static int asked(void) {
	int signal = -1;
	prctl(PR_GET_PDEATHSIG, &signal);
	return signal;
}

static void *ask(void *unused) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	printf("SEEN: the thread reads %d\n", asked());
	return unused;
}

static int threads(void) { // the number of links of a folder tells of its folders
	struct stat tasks;
	stat("/proc/self/task", &tasks);
	return tasks.st_nlink - 2;
}

static void child(int in_thread) {
	pid_t parent = getppid();
	if (in_thread) {
		pthread_t thread;
		pthread_create(&thread, 0, ask, 0);
		pthread_join(thread, 0);
		while (threads() > 1) // it can be joined before the kernel is done with it
			usleep(1000);
	} else
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	printf("SEEN: the main thread reads %d\n", asked());
	write(ready[1], "", 1);
	while (getppid() == parent)
		usleep(1000);
	_exit(0);
}

int main(void) {
	setvbuf(stdout, 0, _IOLBF, 0);
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, 0);
	for (int in_thread = 0; in_thread < 2; in_thread++) {
		pipe(ready);
		if (fork() == 0) {
			char byte;
			if (fork() == 0)
				child(in_thread);
			read(ready[0], &byte, 1);
			_exit(0);
		}
		int status;
		wait(&status);
		wait(&status); // process 1 inherits the child
		printf("SEEN: set by %s: %s\n", in_thread ? "a thread that ended" : "the main thread", WIFSIGNALED(status) ? "killed" : "outlived its parent");
	}
	reboot(RB_POWER_OFF);
}
C
cc -O1 -static -pthread -o init init.c
echo init | cpio -o -H newc --quiet >initramfs
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic -no-reboot -nodefaults -serial stdio -monitor none -kernel root/boot/vmlinuz-* \
	-initrd initramfs -append 'console=ttyS0 quiet panic=-1' </dev/null | sed -n 's/\r$//; s/^.*SEEN: //p' | tee seen
diff seen - <<'C'
the main thread reads 9
set by the main thread: killed
the thread reads 9
the main thread reads 0
set by a thread that ended: outlived its parent
C
