#!/usr/bin/env bash
# A program under gevent starts one child by gevent.subprocess, and later others by Python's own subprocess, os.fork and
# multiprocessing, without monkey patching. Each of those exits with 3.
#
# Expected: each module waits for its own child, as before the first use of gevent.subprocess. Seen: from then on
# libev's handler of SIGCHLD waits for any child (wait4(-1) until ECHILD) as soon as the loop runs. subprocess tells
# success (0), os.waitpid that there is no such child, and a joined multiprocessing.Process says that it is alive for
# good. Why it surprises: a library that uses gevent.subprocess once, anywhere in the process, makes failed commands of
# all other code look successful. And monkey.patch_all(), which mends these, leaves out what multiprocessing spawns.
# Version: gevent 22.10.2, libev 4.33, Python 3.11.2 of Debian 12, amd64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
version=3.11.2-6+deb12u9
apt-get -o APT::Sandbox::User=root download -qq python3.11-minimal=$version libpython3.11-minimal=$version libpython3.11-stdlib=$version \
	python3-gevent=22.10.2-3 python3-greenlet=2.0.2-1 python3-zope.event=4.4-3 python3-zope.interface=5.5.2-1+b1 \
	python3-pkg-resources=66.1.1-1+deb12u2 libev4=1:4.33-1 libc-ares2=1.18.1-3
for package in *.deb; do dpkg-deb -x "$package" root; done
cat >others.py <<'C'
import multiprocessing, os, subprocess, sys

sys.path.append(sys.argv[1])
import gevent, gevent.subprocess

fails = ["sh", "-c", "exit 3"]
before = subprocess.Popen(fails)
gevent.sleep(0.2)
print("before:", before.wait())

gevent.subprocess.Popen(["true"]).wait()

def gone(pid):  # until then the loop runs; the status is in nobody's hands any more
    while os.path.exists(f"/proc/{pid}"):
        gevent.sleep(0.01)

child = subprocess.Popen(fails)
gone(child.pid)
print("subprocess:", child.wait())

pid = os.fork()
if pid == 0:
    os._exit(3)
gone(pid)
try:
    print("os.waitpid:", os.waitpid(pid, 0))
except ChildProcessError as error:
    print("os.waitpid:", error.strerror)

child = multiprocessing.get_context("fork").Process(target=os._exit, args=(3,))
child.start()
gone(child.pid)
child.join()
print("multiprocessing: alive:", child.is_alive(), "exit code:", child.exitcode)
C
cat >patched.py <<'C'
import sys

sys.path.append(sys.argv[1])
from gevent import monkey

monkey.patch_all()
import multiprocessing, os, subprocess

import gevent

if __name__ == "__main__":
    print("patched subprocess:", subprocess.call(["sh", "-c", "exit 3"]))
    for method in "fork", "spawn":
        child = multiprocessing.get_context(method).Process(target=os._exit, args=(3,))
        child.start()
        while os.path.exists(f"/proc/{child.pid}"):
            gevent.sleep(0.01)
        child.join(1)
        print("patched", method + ": alive:", child.is_alive(), "exit code:", child.exitcode)
    sys.stdout.flush()
    os._exit(0)  # else it waits for that child at its end
C
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu PYTHONHOME=$dir/root/usr
for program in others patched; do
	timeout 60 root/usr/bin/python3.11 -I $program.py "$dir/root/usr/lib/python3/dist-packages"
done | tee seen
diff seen - <<'C'
before: 3
subprocess: 0
os.waitpid: No child processes
multiprocessing: alive: True exit code: None
patched subprocess: 3
patched fork: alive: False exit code: 3
patched spawn: alive: True exit code: None
C
