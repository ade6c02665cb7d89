#!/usr/bin/env bash
# Four ways of Python to wait for a child that exits with 3, in a process with SIGCHLD at SIG_IGN, where the kernel
# reaps.
#
# Expected: the status is lost, so each raises ChildProcessError, or all tell it in one way. Seen: subprocess tells
# success (0), os.system -1, asyncio 255 (with a warning), and a multiprocessing.Process that has been joined says that
# it is alive, has no exit code, and stays in active_children() for good. Why it surprises: check=True does not notice
# that the command failed, and it takes no more than being started from a program that ignores SIGCHLD. Version: Python
# 3.11.2 of Debian 12, amd64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
version=3.11.2-6+deb12u9
apt-get -o APT::Sandbox::User=root download -qq python3.11-minimal=$version libpython3.11-minimal=$version libpython3.11-stdlib=$version
for package in *.deb; do dpkg-deb -x "$package" root; done
cat >four.py <<'C'
import asyncio, multiprocessing, os, subprocess

print("subprocess:", subprocess.run(["sh", "-c", "exit 3"], check=True).returncode)
print("os.system:", os.system("exit 3"))

async def by_asyncio():
    child = await asyncio.create_subprocess_exec("sh", "-c", "exit 3")
    print("asyncio:", await child.wait())

asyncio.run(by_asyncio())
child = multiprocessing.get_context("fork").Process(target=os._exit, args=(3,))
child.start()
child.join()
try:
    os.kill(child.pid, 0)
except ProcessLookupError:
    print("multiprocessing: no such process; alive:", child.is_alive(), "exit code:", child.exitcode, "active:", len(multiprocessing.active_children()))
C
PYTHONHOME=$dir/root/usr env --ignore-signal=CHLD root/usr/bin/python3.11 -I four.py 2>warnings | tee seen
diff seen - <<'C'
subprocess: 0
os.system: -1
asyncio: 255
multiprocessing: no such process; alive: True exit code: None active: 1
C
