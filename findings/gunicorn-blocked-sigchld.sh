#!/usr/bin/env bash
# gunicorn is started with SIGCHLD blocked, which a program inherits over exec as it does an ignored one. A worker is
# killed.
#
# Expected: as nginx, lighttpd and Apache started so, the arbiter notices (it wakes each second) and replaces the
# worker. Seen: it looks for dead workers in its handler of SIGCHLD only, and never unblocks the signal: the worker
# stays a zombie, counts as one of those wanted, and is not replaced. Started without the block, a new worker is there
# at once. Why it surprises: an ignored SIGCHLD does no harm, as the handler replaces it, while the mask, which few look
# at, does. Version: gunicorn 20.1.0 of Debian 12, with Python 3.11. Needs python3 of Debian 12.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -KILL "$server" $(ps -o pid= --ppid "$server") 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get -o APT::Sandbox::User=root download -qq python3-gunicorn=20.1.0-6+deb12u1 python3-pkg-resources=66.1.1-1+deb12u2
for package in *.deb; do dpkg-deb -x "$package" root; done
echo 'def application(environ, start): start("200 OK", []); return []' >app.py
export PYTHONPATH=$dir/root/usr/lib/python3/dist-packages
ready() { grep -c 'Booting worker' "$1" || true; }
for mask in default block; do
	env --$mask-signal=CHLD /usr/bin/python3 -m gunicorn -w 2 -b "unix:$dir/$mask.socket" app 2>"$mask" &
	server=$!
	for ((i = 0; i < 300 && $(ready $mask) < 2; i++)); do sleep 0.1; done
	worker=$(ps -o pid= --ppid $server | head -n 1)
	kill -KILL $worker
	for ((i = 0; i < 100 && $(ready $mask) < 3; i++)); do sleep 0.1; done # ten of the arbiter's turns
	echo "SIGCHLD $mask: $(($(ready $mask) - 2)) new workers, the dead one is $(ps -o stat= -p $worker | grep -q Z && echo 'a zombie' || echo gone)"
	kill -KILL $server $(ps -o pid= --ppid $server) 2>/dev/null || true
	wait $server 2>/dev/null || true
	server=
done >seen
cat seen
diff seen - <<'C'
SIGCHLD default: 1 new workers, the dead one is gone
SIGCHLD block: 0 new workers, the dead one is a zombie
C
