#!/usr/bin/env bash
# A process sets SIGCHLD to SIG_IGN. What becomes of a zombie that it has already, and of one that it inherits as a
# subreaper?
#
# Expected: the same for both: either SIG_IGN counts for children that end from then on only, or for all. Seen: its own
# zombie stays until it is waited for. The inherited one, which ended while its own parent had the default action, is
# reaped by the kernel at the moment it changes its parent, with no wait by anybody. Why it surprises: whether a zombie
# is one for good depends on who has it, so the end of a careless parent cleans up what the same disposition in that
# parent could not. Version: Linux 6.1.192-3 of Debian 12, in QEMU. Needs cc, cpio and qemu-system-x86_64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq linux-image-6.1.0-57-cloud-amd64=6.1.192-3
dpkg-deb -x ./*.deb root
cat >init.c <<'C'
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

static void zombie_of_mine(pid_t child) { // wait until it is one, and leave it
	siginfo_t info;
	waitid(P_PID, child, &info, WEXITED | WNOWAIT);
}

static const char *state(pid_t process) { return kill(process, 0) ? "gone" : "a zombie"; }

int main(void) {
	setvbuf(stdout, 0, _IOLBF, 0);
	if (fork()) { // process 1 is no ordinary parent
		wait(0);
		reboot(RB_POWER_OFF);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	int ends[2];
	pipe(ends);
	pid_t own = fork(), inherited;
	if (own == 0)
		_exit(3);
	zombie_of_mine(own);
	pid_t parent = fork();
	if (parent == 0) {
		inherited = fork();
		if (inherited == 0)
			_exit(3);
		zombie_of_mine(inherited);
		write(ends[1], &inherited, sizeof inherited);
		pause();
	}
	read(ends[0], &inherited, sizeof inherited);
	signal(SIGCHLD, SIG_IGN);
	printf("SEEN: SIGCHLD is ignored now: its own is %s, its grandchild is %s\n", state(own), state(inherited));
	kill(parent, SIGKILL);
	while (!kill(parent, 0))
		usleep(1000);
	printf("SEEN: the parent between them was killed: its own is %s, its grandchild is %s\n", state(own), state(inherited));
	printf("SEEN: a wait for its own %s\n", waitpid(own, 0, 0) == own ? "finds it" : "fails");
	_exit(0);
}
C
cc -O1 -static -pthread -o init init.c
echo init | cpio -o -H newc --quiet >initramfs
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic -no-reboot -nodefaults -serial stdio -monitor none -kernel root/boot/vmlinuz-* \
	-initrd initramfs -append 'console=ttyS0 quiet panic=-1' </dev/null | sed -n 's/\r$//; s/^.*SEEN: //p' | tee seen
diff seen - <<'C'
SIGCHLD is ignored now: its own is a zombie, its grandchild is a zombie
the parent between them was killed: its own is a zombie, its grandchild is gone
a wait for its own finds it
C
