#!/usr/bin/env bash
# A Go program runs /bin/true once, with os/exec. How many processes does it make?
#
# Expected: one, as the same source does when it is built with Go 1.22. Seen: with Go 1.23, two. The first executes
# nothing and ends at once: package os finds out by it, at the first program that is started, whether this kernel can
# create a process with a pidfd. It is cloned without a signal for its parent, so it is only found by a wait with
# __WCLONE or __WALL, and no SIGCHLD tells of its end. Why it surprises: who counts processes against executed programs
# finds one too many, once, and no signal for it. Versions: Go 1.22.12 and 1.23.12; strace 6.1 of Debian 12, amd64.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq strace=6.1-0.1 libunwind8=1.6.2-3
for package in *.deb; do dpkg-deb -x "$package" root; done
cat >main.go <<'C'
package main

import "os/exec"

func main() {
	if err := exec.Command("/bin/true").Run(); err != nil {
		panic(err)
	}
}
C
printf 'module once\n\ngo 1.21\n' >go.mod
export GOMODCACHE=$dir/modules GOCACHE=$dir/cache CGO_ENABLED=0 GOFLAGS=
for version in 1.22.12 1.23.12; do
	GOTOOLCHAIN=go$version go build -o once . 2>download || { cat download >&2; exit 1; }
	LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu root/usr/bin/strace -f -qq -e trace=clone,clone3,fork,vfork,execve -e signal=none -o calls ./once
	created=$(grep -E 'fork\(|clone3?\(' calls | grep -v CLONE_THREAD)
	echo "Go $version: $(wc -l <<<"$created") created, $(grep -v SIGCHLD <<<"$created" | wc -l) of them without SIGCHLD," \
		"$(($(grep -Ec 'execve\(.*= 0|execve resumed.*= 0' calls) - 1)) executed a program"
done | tee seen
diff seen - <<'C'
Go 1.22.12: 1 created, 0 of them without SIGCHLD, 1 executed a program
Go 1.23.12: 2 created, 1 of them without SIGCHLD, 1 executed a program
C
