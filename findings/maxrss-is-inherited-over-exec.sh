#!/usr/bin/env bash
# How much memory does wait4(2) say that a tiny program has used, when a big one starts it?
#
# Expected: what the tiny program used (ru_maxrss), about 1 MiB, whoever starts it: exec gives it a new address space.
# Seen: at least what its starter had, 200 MiB here, after fork as after vfork, and even if the child gives it back
# before it executes: exec keeps the peak of the address space that it replaces. Why it surprises: a launcher's own size
# shows as the peak of all that it launches, so "the program with the most memory" is often whichever was started by the
# biggest parent. getrusage(2) does not say so. Version: Linux 6.1.192-3 of Debian 12, in QEMU. Needs cc, cpio and
# qemu-system-x86_64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq linux-image-6.1.0-57-cloud-amd64=6.1.192-3
dpkg-deb -x ./*.deb root
cat >init.c <<'C'
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t size = 200 << 20;

static void tell(const char *how, pid_t child) {
	struct rusage usage;
	wait4(child, 0, 0, &usage);
	printf("SEEN: %s: %s\n", how, usage.ru_maxrss < 20 << 10 ? "below 20 MiB" : usage.ru_maxrss >= 200 << 10 ? "200 MiB or more" : "between");
}

int main(int count, char **arguments) {
	if (count > 1 && !strcmp(arguments[1], "tiny"))
		_exit(0);
	setvbuf(stdout, 0, _IOLBF, 0);
	for (int big = 0; big < 2; big++) {
		char *memory = 0;
		if (big) {
			memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			memset(memory, 1, size);
		}
		pid_t child = fork();
		if (child == 0)
			execl("/init", "init", "tiny", NULL);
		tell(big ? "big parent, fork and exec" : "small parent, fork and exec", child);
		if (!big)
			continue;
		child = vfork();
		if (child == 0)
			execl("/init", "init", "tiny", NULL);
		tell("big parent, vfork and exec", child);
		child = fork();
		if (child == 0) {
			munmap(memory, size);
			execl("/init", "init", "tiny", NULL);
		}
		tell("big parent, fork, munmap and exec", child);
	}
	reboot(RB_POWER_OFF);
}
C
cc -O1 -static -pthread -o init init.c
echo init | cpio -o -H newc --quiet >initramfs
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic -no-reboot -nodefaults -serial stdio -monitor none -kernel root/boot/vmlinuz-* \
	-initrd initramfs -append 'console=ttyS0 quiet panic=-1' </dev/null | sed -n 's/\r$//; s/^.*SEEN: //p' | tee seen
diff seen - <<'C'
small parent, fork and exec: below 20 MiB
big parent, fork and exec: 200 MiB or more
big parent, vfork and exec: 200 MiB or more
big parent, fork, munmap and exec: 200 MiB or more
C
