"""What a switch between two greenlets costs, in nanoseconds: the counterpart of BenchmarkSwitch in servers/coro/greenlet."""

import time

import greenlet

N = 1_000_000


def child():
    parent = greenlet.getcurrent().parent
    while True:
        parent.switch()


g = greenlet.greenlet(child)
g.switch()
begin = time.perf_counter()
for _ in range(N // 2):
    g.switch()
print("%.1f ns a switch" % ((time.perf_counter() - begin) / N * 1e9))
