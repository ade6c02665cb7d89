#!/usr/bin/env bash
# Apache (mpm_event) is started with SIGCHLD ignored. One of its two server processes is killed.
#
# Expected: it is replaced, as by nginx, lighttpd and gunicorn, which all set a handler at their start and so undo what
# they inherit. Seen: it is not replaced. Apache leaves SIGCHLD as it is and asks for dead children once a second; the
# kernel has reaped them, the wait tells of none, and the threads of the dead process count as idle for good. Started
# otherwise, it is replaced. Why it surprises: the largest fork server of all has no handler for SIGCHLD, and yet
# depends on its disposition. Version: Apache 2.4.71 of Debian 12, amd64.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -KILL "$server" $(ps -o pid= --ppid "$server") 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1
for package in *.deb; do dpkg-deb -x "$package" root; done
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
cat >conf <<C
ServerRoot $dir
ServerName localhost
LoadModule mpm_event_module $dir/root/usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module $dir/root/usr/lib/apache2/modules/mod_authz_core.so
DefaultRuntimeDir $dir
ErrorLog $dir/log
StartServers 2
ServerLimit 2
ThreadsPerChild 5
MaxRequestWorkers 10
MinSpareThreads 10
MaxSpareThreads 10
C
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
children() { ps -o pid= --ppid "$server" | wc -l; }
for action in default ignore; do
	env --$action-signal=CHLD setsid root/usr/sbin/apache2 -f "$dir/conf" -c "Listen 127.0.0.1:$(free_port)" -c "PidFile $dir/pid.$action" -DFOREGROUND &
	server=$!
	for ((i = 0; i < 300 && $(children) < 2; i++)); do sleep 0.1; done
	sleep 2 # the parent's first look after them
	kill -KILL "$(ps -o pid= --ppid $server | head -n 1)"
	for ((i = 0; i < 20; i++)); do sleep 0.1; done
	for ((i = 0; i < 20 && $(children) < 2; i++)); do sleep 0.2; done # some of its looks
	echo "SIGCHLD $action: $(children) of 2 processes"
	kill -KILL $server $(ps -o pid= --ppid $server) 2>/dev/null || true
	wait $server 2>/dev/null || true
	server=
done >seen
cat seen
diff seen - <<'C'
SIGCHLD default: 2 of 2 processes
SIGCHLD ignore: 1 of 2 processes
C
