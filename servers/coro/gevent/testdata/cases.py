"""What gevent does, a function a behaviour. Each prints the order of events."""
import sys as _sys

import gevent as _g
from gevent.event import AsyncResult as _AsyncResult, Event as _Event
from gevent.lock import BoundedSemaphore as _Bounded, Semaphore as _Semaphore
from gevent.pool import Pool as _Pool, PoolFull as _PoolFull
from gevent.queue import Channel as _Channel, Empty as _Empty, Full as _Full
from gevent.queue import JoinableQueue as _JoinableQueue, Queue as _Queue

_TICK = 0.05
_g.get_hub().exception_stream = None  # errors of greenlets are expected here


class _SomeError(Exception):
    pass


def _name(value):
    """Exceptions print as their kind."""
    if isinstance(value, _g.GreenletExit):
        return 'GreenletExit'
    if isinstance(value, _g.Timeout):
        return 'Timeout'
    return value


def _attempt(f, *args, **kwargs):
    try:
        return _name(f(*args, **kwargs))
    except _SomeError as e:
        return 'error: %s' % e
    except (_g.Timeout, _g.GreenletExit) as e:
        return _name(e)
    except (_Full, _Empty) as e:
        return type(e).__name__


def _sleeper(name, seconds, result=None):
    def run():
        print(name, 'begins')
        _g.sleep(seconds)
        print(name, 'ends')
        return result
    return run


def spawn_does_not_run():
    g = _g.spawn(print, 'greenlet runs')
    print('spawned', g.started, g.ready())
    _g.sleep(0)
    print('slept', g.started, g.ready())


def order_of_spawned():
    def run(name):
        for step in 'ABC':
            print(name + step)
            _g.sleep(0)
    all_ = [_g.spawn(run, str(i)) for i in range(4)]
    print('spawned')
    _g.joinall(all_)


def order_of_sleeps():
    all_ = [_g.spawn(_sleeper(name, ticks * _TICK)) for name, ticks in (('c', 3), ('a', 1), ('b', 2))]
    _g.joinall(all_)


def equal_sleeps_in_order():
    _g.joinall([_g.spawn(_sleeper(name, _TICK)) for name in 'abc'])


def spawn_later():
    _g.spawn_later(2 * _TICK, print, 'later')
    _g.spawn_later(_TICK, print, 'sooner')
    _g.spawn(print, 'now')
    _g.sleep(3 * _TICK)


def start_once():
    g = _g.Greenlet(print, 'runs')
    print(bool(g), g.ready())
    g.start()
    g.start()
    print(bool(g), g.ready())
    g.join()
    g.start()
    print(bool(g), g.ready())


def results():
    def fail():
        raise _SomeError('boom')
    a, b = _g.spawn(lambda: 42), _g.spawn(fail)
    print(a.value, a.exception, a.successful(), a.ready())
    _g.joinall([a, b])
    print(a.value, a.exception, a.successful(), a.ready())
    print(b.value, b.exception, b.successful(), b.ready())
    print(_attempt(a.get), _attempt(b.get))


def get_times_out():
    g = _g.spawn(_g.sleep, 10)
    print(_attempt(g.get, timeout=0.001), g.ready())
    print(g.join(timeout=0.001), g.ready())
    g.kill()
    print(_attempt(g.get), g.ready())


def joinall_returns_in_order_of_finishing():
    names = {}
    for name, ticks in ('c', 3), ('a', 1), ('b', 2):
        names[_g.spawn(_g.sleep, ticks * _TICK)] = name
    print(*[names[g] for g in _g.joinall(list(names))])


def joinall_timeout():
    names = {}
    for name, seconds in ('never', 1000), ('a', 0), ('b', 0):
        names[_g.spawn(_g.sleep, seconds)] = name
    print(*[names[g] for g in _g.joinall(list(names), timeout=_TICK)])
    _g.killall(list(names))
    print([g.ready() for g in names] == [True] * 3)


def joinall_count():
    names = {}
    for name, ticks in ('never', 1000), ('a', 1), ('b', 2):
        names[_g.spawn(_g.sleep, ticks * _TICK)] = name
    print(*[names[g] for g in _g.joinall(list(names), count=1)])
    print(*[names[g] for g in _g.joinall(list(names), count=2)])
    _g.killall(list(names))


def joinall_duplicates():
    a, b = _g.spawn(lambda: 'a'), _g.spawn(lambda: 'b')
    print(*[g.value for g in _g.joinall([a, b, a])])
    print(*[g.value for g in _g.joinall([a, b, a])])


def joinall_raises_the_earliest():
    def fail(event, text):
        event.wait()
        raise _SomeError(text)
    late, early = _Event(), _Event()
    a, b = _g.spawn(fail, late, 'late'), _g.spawn(fail, early, 'early')
    _g.spawn(early.set)
    print(_attempt(_g.joinall, [a, b], raise_error=True), a.ready(), b.ready())
    late.set()
    print(len(_g.joinall([a, b])))


def kill_before_start():
    g = _g.spawn(print, 'never')
    g.link(lambda g: print('link', _name(g.value)))
    g.kill()
    print(_name(g.value), g.exception, g.successful(), g.ready())
    _g.sleep(0)


def kill_while_sleeping():
    def run():
        try:
            _g.sleep(10)
            print('never')
        finally:
            print('finally')
    g = _g.spawn(run)
    _g.sleep(0)
    print('killing')
    g.kill()
    print('killed', _name(g.value), g.successful())
    g.kill()
    print('killed again', _name(g.value), g.successful())


def kill_with_error():
    g = _g.spawn(_g.sleep, 10)
    g.link(lambda g: print('link', g.exception))
    _g.sleep(0)
    g.kill(_SomeError('boom'))
    print(g.value, g.exception, g.successful(), g.ready())
    _g.sleep(0)


def kill_before_start_with_error():
    g = _g.spawn(print, 'never')
    g.kill(_SomeError('boom'))
    print(g.value, g.exception, g.successful(), g.ready())


def kill_without_block():
    g = _g.spawn(_sleeper('g', 10))
    _g.sleep(0)
    g.kill(block=False)
    print('asked', g.ready())
    _g.sleep(0)
    print('later', g.ready())


def kill_refused():
    def run():
        try:
            _g.sleep(10)
        except _g.GreenletExit:
            print('refuses')
        go.wait()
        return 'done'
    go = _Event()
    g = _g.spawn(run)
    _g.sleep(0)
    g.kill(timeout=0.001)
    print(g.ready())
    go.set()
    g.join()
    print(g.value)


def kill_itself():
    def run():
        _g.getcurrent().kill()
        print('never')
    g = _g.spawn(run)
    g.join()
    print(_name(g.value))


def killall():
    def run(name):
        try:
            print(name, 'begins')
            _g.sleep(10)
        finally:
            print(name, 'finally')
    all_ = [_g.spawn(run, name) for name in 'abc']
    _g.sleep(0)
    late = _g.spawn(run, 'never')
    _g.killall(all_ + [late])
    print([_name(g.value) for g in all_ + [late]] == ['GreenletExit'] * 4)


def links_in_order():
    g = _g.spawn(print, 'runs')
    for i in range(3):
        g.link(lambda g, i=i: print('link', i))
    g.rawlink(lambda g: print('rawlink'))
    g.join()
    print('joined')
    g.link(lambda g: print('late link'))
    _g.sleep(0)


def link_kinds():
    def fail():
        raise _SomeError('boom')
    for f in (lambda: 1), fail:
        g = _g.spawn(f)
        g.link_value(lambda g: print('value', g.value))
        g.link_exception(lambda g: print('exception', g.exception))
        g.join()
        _g.sleep(0)


def unlinked_is_not_called():
    g = _g.spawn(print, 'runs')
    never = lambda g: print('never')
    g.rawlink(never)
    g.rawlink(lambda g: print('called'))
    g.unlink(never)
    g.join()


def failing_link_does_not_stop_others():
    def bad(g):
        print('bad')
        raise _SomeError('link')
    g = _g.spawn(print, 'runs')
    g.rawlink(bad)
    g.rawlink(lambda g: print('good'))
    g.join()


def event_wakes_in_order():
    e = _Event()

    def run(name):
        print(name, 'waits')
        print(name, e.wait())
    all_ = [_g.spawn(run, name) for name in 'abc']
    _g.sleep(0)
    print('set')
    e.set()
    print('was set')
    _g.joinall(all_)
    print(e.wait(), e.is_set())


def event_set_and_cleared():
    e = _Event()
    all_ = [_g.spawn(e.wait) for _ in range(3)]
    _g.sleep(0)
    e.set()
    e.clear()
    _g.joinall(all_)
    print(*[g.value for g in all_], e.is_set())


def event_times_out():
    e = _Event()
    print(e.wait(timeout=0.001))
    e.set()
    print(e.wait(timeout=0.001))


def event_late_comer_after_those_who_wait():
    e = _Event()

    def run(name):
        e.wait()
        print(name)
    _g.spawn(run, 1)
    _g.spawn(run, 2)
    _g.sleep(0)
    e.set()
    run(3)


def async_result():
    r = _AsyncResult()

    def run(name):
        print(name, _attempt(r.get))
    all_ = [_g.spawn(run, name) for name in 'ab']
    print(r.ready(), _attempt(r.get, block=False))
    _g.sleep(0)
    r.set('value')
    _g.joinall(all_)
    print(r.ready(), r.get())
    failed = _AsyncResult()
    failed.set_exception(_SomeError('boom'))
    print(failed.ready(), failed.successful(), _attempt(failed.get))


def async_result_links_to_greenlet():
    r = _AsyncResult()
    _g.spawn(lambda: 100).link(r)
    print(r.get())


def queue_order():
    q = _Queue()

    def take(name):
        for _ in range(2):
            print(name, 'got', q.get())
    all_ = [_g.spawn(take, name) for name in 'ab']
    _g.sleep(0)
    for i in range(4):
        print('put', i)
        q.put(i)
    _g.joinall(all_)


def queue_bounded():
    q = _Queue(1)

    def put(name):
        for i in range(2):
            q.put('%s%d' % (name, i))
            print('put', '%s%d' % (name, i))
    all_ = [_g.spawn(put, name) for name in 'ab']
    _g.sleep(0)
    print('full', q.full(), q.qsize())
    for _ in range(4):
        print('got', q.get())
        _g.sleep(0)
    _g.joinall(all_)
    print('empty', q.empty())


def queue_waiters_are_served_in_order():
    q = _Queue()

    def take(name):
        print(name, q.get())
    all_ = [_g.spawn(take, name) for name in 'abcde']
    _g.sleep(0)
    all_[1].kill()
    for i in range(4):
        q.put(i)
    _g.joinall(all_)


def queue_timeouts():
    q = _Queue(1)
    print(_attempt(q.get, timeout=0.001), _attempt(q.get_nowait), _attempt(q.peek, timeout=0.001))
    q.put(1)
    print(_attempt(q.put, 2, timeout=0.001), _attempt(q.put_nowait, 3))
    print(q.peek(), q.get(), q.qsize())


def queue_peekers():
    q = _Queue()
    all_ = [_g.spawn(q.peek), _g.spawn(q.peek)]
    _g.sleep(0)
    q.put('x')
    _g.joinall(all_)
    print(*[g.value for g in all_], q.get())


def queue_producer_consumer():
    q = _Queue(2)

    def produce():
        for i in range(5):
            print('make', i)
            q.put(i)
        q.put(None)

    def consume():
        while True:
            i = q.get()
            if i is None:
                return
            print('use', i)
            _g.sleep(0)
    _g.joinall([_g.spawn(produce), _g.spawn(consume)])


def joinable_queue():
    q = _JoinableQueue()

    def work():
        while True:
            item = q.get()
            _g.sleep(0)
            print('did', item)
            q.task_done()
    worker = _g.spawn(work)
    print(q.join(timeout=0.001))
    for i in range(3):
        q.put(i)
    print(q.unfinished_tasks, q.join(timeout=0))
    print(q.join(), q.unfinished_tasks)
    worker.kill()
    try:
        q.task_done()
    except ValueError:
        print('too many')


def channel():
    c = _Channel()

    def run():
        print('got', c.get())
        print('got', c.get())
        return 'ends'
    g = _g.spawn(run)
    print('sending')
    c.put('hello')
    print('sent hello')
    c.put('world')
    print('sent world')
    print(g.get())


def channel_the_other_way():
    c = _Channel()

    def run():
        print('sending hello')
        c.put('hello')
        print('sending world')
        c.put('world')
        print('sent world')
    g = _g.spawn(run)
    print('waiting')
    print('got', c.get())
    print('got', c.get())
    print('done')
    g.join()


def channel_timeouts():
    c = _Channel()
    print(_attempt(c.get, timeout=0.001), _attempt(c.put, 1, timeout=0.001), c.balance)


def semaphore_order():
    s = _Semaphore(1)

    def run(name):
        s.acquire()
        print(name, 'in')
        _g.sleep(0)
        print(name, 'out')
        s.release()
    _g.joinall([_g.spawn(run, name) for name in 'abc'])
    print(s.counter, s.locked())


def semaphore_two():
    s = _Semaphore(2)

    def run(name):
        with s:
            print(name, 'in')
            _g.sleep(_TICK * (1 + 'abcd'.index(name)))
        print(name, 'out')
    _g.joinall([_g.spawn(run, name) for name in 'abcd'])


def semaphore_timeouts():
    s = _Semaphore(0)
    print(s.acquire(timeout=0.001), s.acquire(blocking=False), s.wait(timeout=0.001))
    s.release()
    print(s.wait(), s.acquire(timeout=0.001), s.counter)


def semaphore_bounded():
    s = _Bounded(1)
    s.acquire()
    s.release()
    try:
        s.release()
    except ValueError as e:
        print(str(e).lower())


def semaphore_barging():
    """Who comes when there is one takes it, before those who were woken."""
    s = _Semaphore(0)

    def run(name):
        s.acquire()
        print(name, 'in')
    a = _g.spawn(run, 'waiter')
    _g.sleep(0)
    s.release()
    run('main')
    _g.sleep(0)
    s.release()
    a.join()


def timeout_raises():
    t = _g.Timeout.start_new(0.001)
    try:
        _g.sleep(10)
    except _g.Timeout as e:
        print('caught', e is t, t.pending)


def timeout_cancelled():
    t = _g.Timeout.start_new(0.001)
    t.cancel()
    _g.sleep(_TICK)
    print('slept', t.pending)


def timeout_silent():
    with _g.Timeout(0.001, False):
        _g.sleep(10)
        print('never')
    print('goes on')


def timeout_nested():
    with _g.Timeout(10 * _TICK) as outer:
        try:
            with _g.Timeout(0.001) as inner:
                _g.sleep(10)
        except _g.Timeout as e:
            print('inner', e is inner, outer.pending)
    try:
        with _g.Timeout(0.001) as outer:
            with _g.Timeout(10) as inner:
                _g.sleep(10)
    except _g.Timeout as e:
        print('outer', e is outer, inner.pending)


def with_timeout():
    print(_attempt(_g.with_timeout, 0.001, _g.sleep, 10))
    print(_g.with_timeout(0.001, _g.sleep, 10, timeout_value='late'))
    print(_g.with_timeout(10, lambda: 'in time'))


def timeout_is_not_starved():
    """Greenlets that never wait long do not keep timers from coming."""
    try:
        with _g.Timeout(0.01):
            while True:
                _g.sleep(0)
    except _g.Timeout:
        print('timed out')


def pool_blocks_when_full():
    p = _Pool(2)
    alive = [0]

    def run(i):
        alive[0] += 1
        print(i, 'begins', alive[0])
        _g.sleep(_TICK * (1 + i))
        alive[0] -= 1
    for i in range(6):
        p.spawn(run, i)
        print('spawned', i, p.free_count(), p.full())
    p.join()
    print(len(p), p.free_count())


def pool_full():
    p = _Pool(1)
    a = p.spawn(_g.sleep, 10)
    try:
        p.add(_g.Greenlet(print), blocking=False)
    except _PoolFull:
        print('PoolFull')
    print(p.wait_available(timeout=0.001), p.full())
    a.kill()
    print(p.wait_available(), p.full())
    print(_Pool(0).full(), _Pool(0).wait_available(timeout=0.001))


def pool_map():
    p = _Pool(2)

    def run(x):
        print('f', x)
        _g.sleep((4 - x) * _TICK / 4)
        return x * x
    print(*p.map(run, [1, 2, 3]))


def pool_map_error():
    def run(x):
        if x == 2:
            raise _SomeError('boom')
        return x
    print(_attempt(_Pool(3).map, run, [1, 2, 3]))


def pool_imap():
    def run(x):
        _g.sleep(x * _TICK)
        return x
    print(*_Pool(3).imap(run, [3, 1, 2]))
    print(*_Pool(3).imap_unordered(run, [3, 1, 2]))
    print(*_Pool(1).imap_unordered(run, [3, 1, 2]))
    print(*_Pool(1).imap(run, []))


def pool_imap_error():
    def run(x):
        if x == 2:
            raise _SomeError('boom')
        return x
    it = _Pool(1).imap(run, [1, 2, 3])
    for _ in range(4):
        try:
            print(_attempt(next, it))
        except StopIteration:
            print('end')


def pool_imap_bounded():
    """No more is begun than there is room for results."""
    def run(x):
        print('f', x)
        return x
    it = _Pool(3).imap(run, range(6), maxsize=2)
    _g.sleep(0)
    _g.sleep(0)
    for _ in range(3):
        print('took', next(it))
        _g.sleep(0)
        _g.sleep(0)
    it.kill()


def pool_kill():
    p = _Pool(2)

    def run(name):
        try:
            _g.sleep(10)
        finally:
            print(name, 'finally')
    p.spawn(run, 'a')
    p.spawn(run, 'b')
    _g.sleep(0)
    p.kill()
    print(len(p), p.free_count())


def pool_apply():
    p = _Pool(1)
    print(p.apply(lambda: p.apply(lambda: 'nested')))
    seen = []
    g = p.apply_async(lambda: 'later', callback=seen.append)
    g.join()
    _g.sleep(0)
    print(*seen)


def wait_for_mixed():
    e, r, s = _Event(), _AsyncResult(), _Semaphore(0)
    names = {e: 'event', r: 'result', s: 'semaphore'}
    _g.spawn_later(2 * _TICK, e.set)
    _g.spawn_later(_TICK, s.release)
    _g.spawn_later(3 * _TICK, r.set, 1)
    print(*[names[o] for o in _g.wait([e, r, s])])
    print(*[names[o] for o in _g.wait([_Event(), r, s], timeout=0.001)])


def iwait():
    a, b, c = _g.spawn(_g.sleep, 3 * _TICK), _g.spawn(_g.sleep, _TICK), _g.spawn(_g.sleep, 2 * _TICK)
    names = {a: 'a', b: 'b', c: 'c'}
    for g in _g.iwait([a, b, c]):
        print(names[g])


def loop_exit():
    try:
        _Event().wait()
    except _g.exceptions.LoopExit:
        print('would block forever')
    _g.sleep(0.001)
    print('can be used again')


def hub_join():
    print(_g.wait())
    _g.spawn(print, 'runs')
    print(_g.wait())
    g = _g.spawn(_g.sleep, 10)
    print(_g.wait(timeout=0.001), g.ready())
    g.kill()
    print(_g.wait())


def error_does_not_escape():
    def fail():
        raise _SomeError('boom')
    _g.spawn(fail)
    _g.sleep(_TICK)
    print('goes on')


def current():
    main = _g.getcurrent()
    g = _g.spawn(lambda: print(_g.getcurrent() is g, _g.getcurrent() is main))
    g.join()
    print(_g.getcurrent() is main)


def join_in_greenlets():
    a = _g.spawn(_sleeper('a', _TICK, 'result of a'))
    b = _g.spawn(lambda: print('b has', a.get()))
    c = _g.spawn(lambda: print('c has', a.get()))
    _g.joinall([b, c])


def switch_count():
    """4 greenlets, 3 segments each: switches of greenlets, counted by their trace."""
    import greenlet
    count = [0]

    def tracer(event, args):
        count[0] += 1

    def run():
        for _ in range(2):
            _g.sleep(0)
    greenlet.settrace(tracer)
    _g.joinall([_g.spawn(run) for _ in range(4)])
    greenlet.settrace(None)
    print(count[0])


def queue_senders_that_die():
    q = _Queue(1)
    q.put('first')
    all_ = [_g.spawn(q.put, name) for name in 'abc']
    _g.sleep(0)
    all_[1].kill()
    print(*[q.get() for _ in range(3)], q.qsize())
    _g.joinall(all_)
