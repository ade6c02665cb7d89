#!/usr/bin/env bash
# A listening socket has a time limit for accept (SO_RCVTIMEO), SO_LINGER and SO_RCVLOWAT. Which does an accepted socket
# have?
#
# Expected: none, as with the flags that fcntl sets, which Linux does not hand on; or the same, whatever the family.
# Seen: over TCP all three are handed on, so that the time limit meant for accept also ends each read of each connection
# with EAGAIN. Over a Unix socket none is. Why it surprises: the same server, moved from TCP to a Unix socket or back,
# gains or loses a time limit that nobody set for its clients; nor can a read that waits for one byte return it before
# as many came as the listener asked for. Version: Linux 6.1.192-3 of Debian 12, in QEMU. Needs cc, cpio and
# qemu-system-x86_64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq linux-image-6.1.0-57-cloud-amd64=6.1.192-3
dpkg-deb -x ./*.deb root
cat >init.c <<'C'
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static void tell(const char *name, int socket) {
	struct timeval limit;
	struct linger linger;
	int low;
	socklen_t size = sizeof limit;
	getsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, &size);
	size = sizeof linger;
	getsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, &size);
	size = sizeof low;
	getsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &low, &size);
	printf("SEEN: %s: time limit %ld s, linger %d s, low water mark %d\n", name, (long)limit.tv_sec, linger.l_linger, low);
}

static void serve(const char *name, struct sockaddr *address, socklen_t size) {
	int listener = socket(address->sa_family, SOCK_STREAM, 0), client = socket(address->sa_family, SOCK_STREAM, 0), low = 7;
	struct timeval limit = {.tv_sec = 3};
	struct linger linger = {.l_onoff = 1, .l_linger = 5};
	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(listener, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	setsockopt(listener, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low);
	if (bind(listener, address, size) || listen(listener, 1) || connect(client, address, size))
		perror("SEEN");
	tell(name, accept(listener, 0, 0));
}

int main(void) {
	setvbuf(stdout, 0, _IOLBF, 0);
	struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &loopback);
	struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/socket"};
	serve("accepted over TCP", (struct sockaddr *)&tcp, sizeof tcp);
	serve("accepted over a Unix socket", (struct sockaddr *)&local, sizeof local);
	reboot(RB_POWER_OFF);
}
C
cc -O1 -static -pthread -o init init.c
echo init | cpio -o -H newc --quiet >initramfs
timeout 300 qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic -no-reboot -nodefaults -serial stdio -monitor none -kernel root/boot/vmlinuz-* \
	-initrd initramfs -append 'console=ttyS0 quiet panic=-1' </dev/null | sed -n 's/\r$//; s/^.*SEEN: //p' | tee seen
diff seen - <<'C'
accepted over TCP: time limit 3 s, linger 5 s, low water mark 7
accepted over a Unix socket: time limit 0 s, linger 0 s, low water mark 1
C
