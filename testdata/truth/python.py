"""What Python's own servers and launchers do, as its library has them."""

import asyncio
import ctypes
import importlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time


def tell(case, connections=(), findings=(), events=(), **counters):
    print(json.dumps({"case": "python/" + case, "counters": counters, "connections": list(connections),
                      "events": [{"times": times, "fields": fields} for times, fields in events],
                      "findings": [{"times": times, "fields": fields} for times, fields in findings]}), flush=True)


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


def spawns(times, kind):
    """So many creations of a type: one that is written in C has its module in its name, and one of Python has not."""
    heap = kind.__flags__ & 1 << 9  # Py_TPFLAGS_HEAPTYPE
    name = kind.__name__ if heap else kind.__module__ + "." + kind.__qualname__
    return times, {"kind": "spawn", "class": name}


class Switches:
    """Counts the switches between greenlets, as greenlet itself tells them."""

    def __init__(self, greenlet):
        self.count = 0
        self.greenlet = greenlet
        greenlet.settrace(self.trace)

    def trace(self, event, args):
        self.count += event in ("switch", "throw")

    def stop(self):
        self.greenlet.settrace(None)
        return self.count


def leave():
    """Ends at once: what the interpreter would do to greenlets as it ends is not part of a case."""
    sys.stdout.flush()
    os._exit(0)


def module(case, name):
    """Imports a module, or says that the case cannot run."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        print(json.dumps({"case": "python/" + case, "skip": str(error)}), flush=True)
        sys.exit()


def greenlets():
    """Catches: ends of greenlets by return, by an error, by being told to, by being forgotten while suspended or before
    they began; and switches that an end makes."""
    greenlet = module("greenlet", "greenlet")
    switches = Switches(greenlet)
    main = greenlet.getcurrent()

    def pause():
        main.switch()
        return 1

    def fail():
        raise KeyError

    returned = [greenlet.greenlet(pause) for _ in range(50)]
    for _ in range(2):
        for g in returned:
            g.switch()
    failed = greenlet.greenlet(fail)
    try:
        failed.switch()
    except KeyError:
        pass
    thrown, killed, forgotten, suspended = (greenlet.greenlet(pause) for _ in range(4))
    for g in thrown, killed, forgotten, suspended:
        g.switch()
    try:
        thrown.throw(KeyError)
    except KeyError:
        pass
    killed.throw()
    del forgotten, g
    dropped = greenlet.greenlet(pause)
    del dropped
    nested = greenlet.greenlet(lambda: greenlet.greenlet(pause).switch())
    nested.switch()
    assert suspended and nested and all(g.dead for g in returned + [failed, thrown, killed])
    tell("greenlet", events=[spawns(58, greenlet.greenlet)], coroutines_created=58,
         coroutines_finished=50 + 1 + 1 + 1 + 1 + 1, coroutine_switches=switches.stop(), processes_created=0,
         threads_created=0)
    leave()


def threads_of_greenlets():
    """Catches: greenlets of several threads, whose switches are apart; and of a child that goes on with copies."""
    greenlet = module("greenlet-threads", "greenlet")
    total = [0, 0]

    def work(slot):
        switches = Switches(greenlet)
        main = greenlet.getcurrent()
        for g in [greenlet.greenlet(lambda: main.switch()) for _ in range(20)]:
            g.switch()
            g.switch()
        total[slot] = switches.stop()

    workers = [threading.Thread(target=work, args=(slot,)) for slot in range(2)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    while len(os.listdir("/proc/self/task")) > 1:  # one that is joined is still ending, and what it has locked stays locked in a forked child
        time.sleep(0.001)
    switches = Switches(greenlet)
    before = greenlet.greenlet(lambda: greenlet.getcurrent().parent.switch())
    before.switch()
    child = os.fork()
    if child == 0:
        before.switch()  # it ends here, and never in the parent
        os._exit(switches.stop() - 2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    tell("greenlet-threads", coroutines_created=41, coroutines_finished=41, coroutine_switches=sum(total) + switches.stop() + 2,
         processes_created=1, threads_created=2, findings=[(0, {"id": "coroutines_copied"})])
    leave()


def gevents():
    """Catches: greenlets of gevent, which the hub starts and ends; those killed in their sleep, and before they began."""
    gevent = module("gevent", "gevent")
    import greenlet

    switches = Switches(greenlet)
    sleepers = [gevent.spawn(gevent.sleep, 0.001 * i) for i in range(20)]
    gevent.joinall(sleepers)
    killed = [gevent.spawn(gevent.sleep, 60) for _ in range(10)]
    gevent.sleep(0)
    gevent.killall(killed)
    early = gevent.spawn(gevent.sleep)
    early.kill()
    gevent.sleep(0)
    assert all(g.dead for g in sleepers + killed + [early])
    # The hub is a greenlet, too, and lives on; the one that never began is never dropped here.
    kinds = [spawns(1, type(gevent.get_hub())), spawns(31, gevent.Greenlet)]
    tell("gevent", events=kinds, coroutines_created=32, coroutines_finished=30, coroutine_switches=switches.stop(), processes_created=0,
         processes_exited=0)
    leave()


def gevent_waits(case, wait, times):
    """Catches: a greenlet that waits for a child by a call that keeps the thread, beside one that gives it back."""
    gevent = module(case, "gevent")
    import greenlet

    child = os.fork()
    if child == 0:
        while wait is wait_asleep and in_the_kernel(os.getppid()) != "do_wait":
            time.sleep(0.001)
        sleep()
        os._exit(0)
    done, waiter = [], []

    def other():
        while not done:
            gevent.sleep(0.001)

    def waits():
        waiter.append(identity(greenlet.getcurrent()))
        wait(gevent, child)
        done.append(True)

    gevent.joinall([gevent.spawn(other), gevent.spawn(waits)])
    findings = [(times, {"id": "blocked_in_wait", "pid": os.getpid(), "child": child, "coroutine": waiter[0],
                         "runtime": GREENLET, "held_ns": [HELD * 1e6, 1e12]})]
    tell(case, findings=findings, processes_created=1, coroutines_created=3)
    leave()


def in_the_kernel(pid):
    """The function in which a process is blocked."""
    with open("/proc/%d/wchan" % pid) as f:
        return f.read()


def wait_asleep(_, child):
    os.waitpid(child, 0)


def wait_by_turns(gevent, child):
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        gevent.sleep(0.01)


def gevent_copies():
    """Catches: greenlets of gevent that go on in a process that was forked, as copies."""
    gevent = module("gevent-copies", "gevent")
    done = []

    def work():
        gevent.sleep(0.001)
        done.append(os.getpid())

    workers = [gevent.spawn(work) for _ in range(2)]
    gevent.sleep(0)
    child = gevent.fork()
    if child == 0:
        while len(done) < 2:
            gevent.sleep(0.001)
        os._exit(done.count(os.getpid()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    gevent.joinall(workers)
    assert done == 2 * [os.getpid()]
    # The hub is the third one.
    findings = [(1, {"id": "coroutines_copied"}), (1, {"id": "coroutines_copied", "pid": child, "coroutines": 3,
                "creator": os.getpid(), "runtime": GREENLET, "tasks": [os.getpid()]})]
    tell("gevent-copies", findings=findings, coroutines_created=3, coroutines_finished=4, processes_created=1)
    leave()


def identity(greenlet):
    """The address of the C++ object behind a greenlet: the word after the head of the object, its weak references and its dict."""
    return ctypes.c_void_p.from_address(id(greenlet) + object.__basicsize__ + 2 * ctypes.sizeof(ctypes.c_void_p)).value


def gevent_server():
    """Catches: connections that are read by another greenlet than the one that gevent made for them, or by none."""
    gevent = module("gevent-server", "gevent")
    from gevent.server import StreamServer
    import greenlet

    served = []

    def handle(client, address):  # begins in the order of the accepts
        served.append({"peer": "%s:%d" % address, "served_by": os.getpid(), "served_by_runtime": "greenlet", "bytes_read": 5,
                       "served_by_coroutine": identity(greenlet.getcurrent()), "spawned": None, "closed_by": os.getpid()})
        gevent.sleep(0.001 * (len(served) % 3))
        client.sendall(client.recv(16))

    server = StreamServer(("127.0.0.1", 0), handle)
    server.start()

    def talk():
        with gevent.socket.create_connection(server.address) as client:
            client.sendall(b"hello")
            assert client.recv(16) == b"hello" and client.recv(16) == b""

    gevent.joinall([gevent.spawn(talk) for _ in range(12)], raise_error=True)
    server.stop()
    assert len({connection["served_by_coroutine"] for connection in served}) > 1
    tell("gevent-server", connections=served, accepts=12, processes_created=0)
    leave()


HELD = 300  # ms
LIMIT = 100  # ms; and for how long a sleep of HELD blocks at least: its timer runs before the task leaves the CPU
GREENLET = 2  # the number of that runtime


def sleep():
    time.sleep(HELD / 1000)


def compute():
    begun = time.thread_time()
    while time.thread_time() - begun < HELD / 1000:
        pass


def tell_holding(case, times, how, **more):
    least = LIMIT if how == "blocked_ns" else HELD
    findings = [(times, {"id": "stall", "pid": os.getpid(), "open": 2, "queued": 1, how: [least * 1e6, 1e12], **more})]
    tell(case, findings=findings, accepts=3, processes_created=0, threads_created=0)
    leave()


def held_by_greenlet(case, hold, how):
    """Catches: a greenlet that keeps the thread, while another connection is open and one comes."""
    gevent = module(case, "gevent")
    from gevent.server import StreamServer
    import greenlet

    late, holders = [], []

    def handle(client, address):
        byte = client.recv(1)
        while byte:
            if byte == b"h":
                holders.append(identity(greenlet.getcurrent()))
                late.append(socket.create_connection(server.address))  # nobody accepts it yet
                hold()
            client.sendall(byte)
            byte = client.recv(1)

    def taken_over(client):  # gevent's own create_connection makes a thread, to look for the address
        return gevent.socket.socket(fileno=client.detach())

    def ask(client, byte):
        client.sendall(byte)
        assert client.recv(1) == byte

    server = StreamServer(("127.0.0.1", 0), handle)
    server.start()
    clients = [taken_over(socket.create_connection(server.address)) for _ in range(2)]
    for client in clients:
        ask(client, b"a")
    ask(clients[0], b"h")
    ask(taken_over(late[0]), b"a")
    tell_holding(case, 1, how, coroutine=holders[0], runtime=GREENLET)


def held_by_task(case, hold, times, how):
    """Catches: likewise, a task of asyncio; one that gives the thread back holds nobody."""
    late = []

    async def handle(reader, writer):
        byte = await reader.read(1)
        while byte:
            if byte == b"h":
                late.append(socket.create_connection(writer.get_extra_info("sockname")))
                given_back = hold()
                if given_back:
                    await given_back
            writer.write(byte)
            byte = await reader.read(1)

    async def ask(client, byte):
        client[1].write(byte)
        assert await client[0].read(1) == byte

    async def run():
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        clients = [await asyncio.open_connection(*address) for _ in range(2)]
        for client in clients:
            await ask(client, b"a")
        await ask(clients[0], b"h")
        await ask(await asyncio.open_connection(sock=late[0]), b"a")
        tell_holding(case, times, how)

    asyncio.run(run())


def await_sleep():
    return asyncio.sleep(HELD / 1000)


CASES = {"forking-server": forking_server, "subprocess": launch, "handler": handler, "greenlet": greenlets,
         "greenlet-threads": threads_of_greenlets, "gevent": gevents,
         "gevent-waits": lambda: gevent_waits("gevent-waits", wait_asleep, 1),
         "gevent-waits-well": lambda: gevent_waits("gevent-waits-well", wait_by_turns, 0),
         "gevent-copies": gevent_copies, "gevent-server": gevent_server,
         "gevent-sleeps": lambda: held_by_greenlet("gevent-sleeps", sleep, "blocked_ns"),
         "gevent-computes": lambda: held_by_greenlet("gevent-computes", compute, "cpu_ns"),
         "asyncio-sleeps": lambda: held_by_task("asyncio-sleeps", sleep, 1, "blocked_ns"),
         "asyncio-computes": lambda: held_by_task("asyncio-computes", compute, 1, "cpu_ns"),
         "asyncio-awaits": lambda: held_by_task("asyncio-awaits", await_sleep, 0, "blocked_ns")}

if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
    else:
        CASES[sys.argv[1]]()
