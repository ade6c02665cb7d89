"""What Python's own servers and launchers do, as its library has them."""

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys


def tell(case, **counters):
    print(json.dumps({"case": "python/" + case, "counters": counters}), flush=True)


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(self.request.recv(16))


def dead(pid):
    """Blocks until the child is dead and has signalled; does not reap it."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def forking_server():
    """Catches: zombies of ForkingTCPServer. It reaps between requests only in serve_forever; handle_request leaves
    all its children dead, until server_close waits for them."""
    server = socketserver.ForkingTCPServer(("127.0.0.1", 0), Echo)
    address = server.server_address
    known = set()
    for _ in range(20):
        with socket.create_connection(address) as client:
            client.sendall(b"hello")
            server.handle_request()
            assert client.recv(16) == b"hello"
        (child,) = server.active_children - known
        known.add(child)
        dead(child)
    server.server_close()
    tell(
        "forking-server", processes_created=20, processes_exited=20, execs=0, exit_codes={"0": 20}, exit_signals={},
        zombies_peak=20, zombies_left=0, reaped_by_parent=20, reaped_by_other=0, auto_reaped=0, reparented=0,
        sigchld_queued=0, sigchld_coalesced=0, sigchld_ignored=20, sigchld_delivered=0, accepts=20,
        accepts_by_listener={"%s:%d" % address: 20}, accepts_by_task={str(os.getpid()): 20}, tree_depth=1,
    )


def launch():
    """Catches: subprocess, which calls vfork where it can. The child ends when its input does, which is after the
    signals that Python blocks meanwhile are unblocked."""
    for _ in range(3):
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        child.stdin.close()
        assert child.wait() == 0
    tell(
        "subprocess", processes_created=3, processes_exited=3, threads_created=0, execs=3, exit_codes={"0": 3},
        exit_signals={}, zombies_peak=1, zombies_left=0, reaped_by_parent=3, reaped_by_other=0, auto_reaped=0,
        reparented=0, sigchld_queued=0, sigchld_coalesced=0, sigchld_ignored=3, sigchld_delivered=0, accepts=0,
        tree_depth=1,
    )


def handler():
    """Catches: Python's handlers. What the kernel runs is the interpreter's C function, once a signal; the function
    in Python runs later, and less often."""
    calls = []
    signal.signal(signal.SIGCHLD, lambda number, frame: calls.append(number))
    for _ in range(3):
        child = os.fork()
        if child == 0:
            os._exit(0)
        dead(child)
    assert 1 <= len(calls) <= 3
    tell(
        "handler", processes_created=3, processes_exited=3, threads_created=0, execs=0, exit_codes={"0": 3},
        zombies_peak=3, zombies_left=3, reaped_by_parent=0, reaped_by_other=0, auto_reaped=0, reparented=3,
        sigchld_queued=3, sigchld_coalesced=0, sigchld_ignored=0, sigchld_delivered=3, accepts=0, tree_depth=1,
    )


CASES = {"forking-server": forking_server, "subprocess": launch, "handler": handler}

if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
    else:
        CASES[sys.argv[1]]()
