#!/usr/bin/env bash
# Seven shells are told to ignore SIGCHLD (trap '' CHLD), or are started with it ignored, and run a program. Does that
# ignore it?
#
# Expected: yes. POSIX has a signal that is ignored stay so across fork and exec, and of SIGUSR1 all seven make that
# true. Seen: only bash, mksh and yash pass SIGCHLD on as ignored. dash, busybox's ash, zsh and ksh give the program the
# default action, and even undo an ignored SIGCHLD that they themselves were given. Why it surprises: one line, trap ''
# CHLD before exec of a server, has the kernel reap or leaves zombies, by which shell is /bin/sh. Versions: Debian 12,
# amd64, as named below.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq bash=5.2.15-2+b13 dash=0.5.12-2 busybox=1:1.35.0-4+deb12u1+b1 zsh=5.9-4+b15 mksh=59c-28+deb12u1 \
	yash=2.52-2 ksh93u+m=1.0.4-3
for package in *.deb; do dpkg-deb -x "$package" root; done
[ -L root/bin ] || [ ! -d root/bin ] || cp -an root/bin/. root/usr/bin/
mkdir shells
for shell in bash dash zsh mksh yash; do ln -s "../root/usr/bin/$shell" shells/; done
[ -e root/usr/bin/yash ] || ln -sf ../root/bin/yash shells/yash
ln -s "$(find "$PWD/root" -name ksh93 -type f | head -n 1)" shells/ksh
ln -s ../root/usr/bin/busybox shells/ash

# What executes this, does it ignore signal 17, SIGCHLD? sed, as Perl takes the default action of SIGCHLD back by
# itself. usr1: signal 10.
cat >ignored <<'C'
#!/bin/sed -nf
/^SigIgn:/ {
	s/.*[13579bdf]....$/ignored/p
	t
	s/.*/default/p
}
C
sed 's/\[.*\]\.\.\.\./[2367abef]../' ignored >usr1
chmod +x ignored usr1
{
	echo "shell: trap '' USR1, trap '' CHLD, started with SIGCHLD ignored"
	for shell in bash dash ash zsh mksh yash ksh; do
		echo "$shell: $("shells/$shell" -c "trap '' USR1; ./usr1 /proc/self/status; :")," \
			"$("shells/$shell" -c "trap '' CHLD; ./ignored /proc/self/status; :")," \
			"$(env --ignore-signal=CHLD "shells/$shell" -c './ignored /proc/self/status; :')"
	done
} | tee seen
diff seen - <<'C'
shell: trap '' USR1, trap '' CHLD, started with SIGCHLD ignored
bash: ignored, ignored, ignored
dash: ignored, default, default
ash: ignored, default, default
zsh: ignored, default, default
mksh: ignored, ignored, ignored
yash: ignored, ignored, ignored
ksh: ignored, default, default
C
