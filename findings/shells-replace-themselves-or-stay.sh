#!/usr/bin/env bash
# Seven shells are given one command by -c, and become that command or stay as its parent: a single command, the last
# of a list, one with a redirection, one in parentheses, one after a trap.
#
# Expected: all become the command in the first four, where the shell has nothing left to do, and none after a trap.
# Seen: only ash, zsh and ksh do. dash, Debian's /bin/sh, always stays; mksh becomes a single command only; bash and
# yash stay as soon as there is a redirection, bash for parentheses, too. Why it surprises: who holds the id of the
# shell (Popen(..., shell=True), $! of a launcher) signals the server itself or only the shell before it, by which
# shell is /bin/sh, and by a "2>log" at the end. Versions: Debian 12, amd64, as named below.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq bash=5.2.15-2+b13 dash=0.5.12-2 busybox=1:1.35.0-4+deb12u1+b1 zsh=5.9-4+b15 mksh=59c-28+deb12u1 \
	yash=2.52-2 ksh93u+m=1.0.4-3
for package in *.deb; do dpkg-deb -x "$package" root; done
mkdir shells
for shell in bash dash zsh mksh yash ksh93; do ln -s "$(find "$PWD/root" -path "*bin/$shell" -type f | head -n 1)" shells/; done
ln -s "$(find "$PWD/root" -path '*bin/busybox' -type f | head -n 1)" shells/ash

# Prints its own id: that of the shell, if the shell has become it.
cat >id <<'C'
#!/bin/sed -nf
s/^Pid:\t//p
C
chmod +x id
asked() { # SHELL COMMAND
	"shells/$1" -c "$2" >said &
	wait $!
	if [ "$(cat said)" = $! ]; then echo -n becomes; else echo -n stays; fi
}
{
	echo "shell: single, list, redirected, in parentheses, after a trap"
	for shell in bash dash ash zsh mksh yash ksh93; do
		echo -n "$shell: "
		asked $shell './id /proc/self/status'
		for form in ':; ./id /proc/self/status' './id /proc/self/status 2>/dev/null' \
			'(./id /proc/self/status)' 'trap : USR1; ./id /proc/self/status'; do
			echo -n ", "
			asked $shell "$form"
		done
		echo
	done
} | tee seen
diff seen - <<'C'
shell: single, list, redirected, in parentheses, after a trap
bash: becomes, becomes, stays, stays, stays
dash: stays, stays, stays, stays, stays
ash: becomes, becomes, becomes, becomes, stays
zsh: becomes, becomes, becomes, becomes, stays
mksh: becomes, stays, stays, stays, stays
yash: becomes, becomes, stays, becomes, stays
ksh93: becomes, becomes, becomes, becomes, stays
C
