"""What greenlets do, a function a behaviour. Each prints the order of events."""
import greenlet as _greenlet
from greenlet import greenlet as _new, getcurrent as _current, GreenletExit as _Exit


class _SomeError(Exception):
    pass


def _show(value):
    """Tuples without quotes; a GreenletExit as its name, whichever text it has."""
    if isinstance(value, tuple):
        return '(' + ', '.join(str(_show(v)) for v in value) + ')'
    return 'GreenletExit' if isinstance(value, _Exit) else value


def switch_order():
    def f():
        print(1)
        _current().parent.switch()
        print(3)
    g = _new(f)
    print(0)
    g.switch()
    print(2)
    g.switch()
    print(4)


def values_both_ways():
    def f(*args):
        print('f begins with', _show(args))
        print('f got', _show(main.switch('from f')))
        print('f got', _show(main.switch('two', 'values')))
        print('f got', _show(main.switch()))
    main = _current()
    g = _new(f)
    print('main got', _show(g.switch(1, 2)))
    print('main got', _show(g.switch('one')))
    print('main got', _show(g.switch()))
    print('main got', _show(g.switch('a', 'b', 3)))


def none_is_a_value():
    main = _current()

    def f(x):
        print('f got', x)
        print('f got', main.switch(None))
        print('f got', main.switch())
    g = _new(f)
    print('main got', g.switch(None))
    print('main got', g.switch(None))
    print('main got', g.switch())


def result_goes_to_parent():
    def child():
        return 42

    def parent():
        c = _new(child)
        print('parent got', c.switch())
        return 'parent result'
    p = _new(parent)
    print('main got', p.switch())
    print(p.dead, bool(p))


def parent_on_finish_not_resumer():
    """The result goes to the parent, although another has switched to the child."""
    def child():
        return 'child result'

    def other():
        print('other begins')
        c.switch()
        print('other goes on')
        return 'other result'
    c = _new(child)
    o = _new(other)
    print('main got', o.switch())
    print(o.dead, c.dead)
    print('main got', o.switch())


def error_goes_to_parent():
    def crash():
        raise _SomeError('boom')

    def parent():
        c = _new(crash)
        try:
            c.switch()
        except _SomeError as e:
            print('parent caught', e)
        c2 = _new(crash)
        c2.switch()
    try:
        _new(parent).switch()
    except _SomeError as e:
        print('main caught', e)


def siblings():
    def ping():
        for i in range(3):
            print('ping', i)
            b.switch()
        return 'ping ends'

    def pong():
        for i in range(3):
            print('pong', i)
            a.switch()
        return 'pong ends'
    a, b = _new(ping), _new(pong)
    print('main got', a.switch())
    print(a.dead, b.dead)
    print('main got', b.switch())
    print(a.dead, b.dead)


def ring():
    names = 'abcd'
    steps = [0]

    def runner(i):
        def run():
            while steps[0] < 10:
                steps[0] += 1
                print(names[i], steps[0])
                all_[(i + 1) % 4].switch()
            return names[i] + ' ends'
        return run
    all_ = [_new(runner(i)) for i in range(4)]
    print(all_[0].switch())
    print(*[g.dead for g in all_])
    for g in all_:
        if not g.dead:
            print(g.switch())


def switch_down_the_middle():
    """main -> a -> b -> c, then c to a, a to main, main to c, c to b."""
    main = _current()

    def fa():
        print('a begins')
        print('a got', b.switch('a1'))
        print('a got', main.switch('a2'))
        return 'a ends'

    def fb(x):
        print('b begins', x)
        print('b got', c.switch('b1'))
        return 'b ends'

    def fc(x):
        print('c begins', x)
        print('c got', a.switch('c1'))
        print('c got', b.switch('c2'))
        return 'c ends'
    a, b, c = _new(fa), _new(fb), _new(fc)
    print('main got', a.switch())
    print('main got', c.switch('m1'))
    print('main got', c.switch('m2'))
    print('main got', a.switch('m3'))
    print(a.dead, b.dead, c.dead)


def throw_into_waiting():
    def f():
        try:
            main.switch('ready')
        except _SomeError as e:
            print('f caught', e)
            main.switch('caught')
        return 'f ends'
    main = _current()
    g = _new(f)
    print(g.switch())
    print(g.throw(_SomeError('boom')))
    print(g.switch())


def throw_into_pending():
    def f():
        print('never')
    g = _new(f)
    try:
        g.throw(_SomeError('boom'))
    except _SomeError as e:
        print('main caught', e)
    print(g.dead, bool(g))


def throw_into_dead():
    g = _new(lambda: None)
    g.switch()
    try:
        g.throw(_SomeError('boom'))
    except _SomeError as e:
        print('main caught', e)
    print(_show(g.throw()))


def throw_into_dead_goes_to_its_parent():
    main = _current()

    def f1():
        for _ in range(2):
            try:
                print('f1 got', _show(main.switch('f1 waits')))
            except _SomeError as e:
                print('f1 caught', e)
        return 'f1 ends'
    g1 = _new(f1)
    g2 = _new(lambda: None, g1)
    print(g1.switch())
    print(g2.switch())
    try:
        print(g2.throw(_SomeError('boom')))
    except _SomeError as e:
        print('main caught', e)
    print(g1.dead, g2.dead)


def kill_returns_exit():
    def f():
        print(main.switch('ok'))
        print('never')
    main = _current()
    g = _new(f)
    print(g.switch())
    print(_show(g.throw()))
    print(g.dead)
    print(_show(g.throw()))
    print(_show(_new(f).throw()))


def kill_is_caught():
    def f():
        try:
            main.switch()
        except _Exit:
            print('f refuses')
        print('f got', main.switch('still here'))
        return 'f ends'
    main = _current()
    g = _new(f)
    g.switch()
    print(g.throw())
    print(g.dead)
    print(g.switch('again'))


def throw_goes_to_original_parent():
    main = _current()

    def f1():
        try:
            main.switch('f1 ready to catch')
        except IndexError:
            return 'caught'
        return 'normal exit'

    def f2():
        main.switch('from f2')
    g1 = _new(f1)
    g2 = _new(f2, g1)
    try:
        g2.throw(IndexError())
    except IndexError:
        print('main caught', g2.dead, g1.dead)
    g1 = _new(f1)
    g2 = _new(f2, g1)
    print(g1.switch())
    print(g2.throw(IndexError()))
    print(g2.dead, g1.dead)
    g1 = _new(f1)
    g2 = _new(f2, g1)
    print(g1.switch())
    print(g2.switch())
    print(g2.throw(IndexError()))
    print(g2.dead, g1.dead)


def switch_to_dead():
    g = _new(lambda: 'result')
    print(g.switch())
    print(g.switch())
    print(g.switch(25))
    print(_show(g.switch(1, 2)))


def switch_to_dead_with_waiting_parent():
    main = _current()

    def parent():
        print('parent got', main.switch('parent waits'))
        return 'parent ends'
    p = _new(parent)
    c = _new(lambda: 'c', p)
    print(p.switch())
    print(c.switch())
    print(c.switch('through two dead'))


def switch_to_itself():
    def f():
        me = _current()
        print(_show(me.switch('to', 'me')))
        print(me.switch())
        try:
            me.throw(_SomeError('self'))
        except _SomeError as e:
            print('caught', e)
        return 'ends'
    print(_new(f).switch())
    print(_current().switch('main to main'))


def pending_parent_gets_result_as_argument():
    def one(x):
        print('parent begins with', x)
        return 24
    p = _new(one)
    c = _new(lambda: 42, p)
    print(c.switch())
    print(p.dead, c.dead)


def pending_parent_dies_of_error():
    def crash():
        raise _SomeError('boom')
    p = _new(lambda: print('never'))
    c = _new(crash, p)
    try:
        c.switch()
    except _SomeError as e:
        print('main caught', e)
    print(p.dead, c.dead)


def dead_reparented_to_pending():
    child = _new(lambda: print(42))
    child.switch()
    child.parent = _new(lambda: print(24))
    print(child.switch())


def no_run():
    for act in 'switch', 'throw':
        g = _new()
        try:
            getattr(g, act)()
        except AttributeError:
            print('no run', g.dead, bool(g))
    parent = _new()
    child = _new(lambda: None, parent)
    try:
        child.switch()
    except AttributeError:
        print('no run', child.dead, parent.dead)


def run_is_gone_after_the_start():
    g = _new(lambda: print(hasattr(_current(), 'run')))
    print(hasattr(g, 'run'))
    g.switch()
    print(hasattr(g, 'run'))
    try:
        g.run = lambda: None
    except AttributeError as e:
        print(e)


def parent_errors():
    g1, g2, g3 = _new(lambda: None), _new(lambda: None), _new(lambda: None)

    def attempt(g, parent):
        try:
            g.parent = parent
            print('set')
        except (ValueError, AttributeError) as e:
            print(e)
    attempt(g1, g1)
    attempt(g1, g2)
    attempt(g2, g3)
    attempt(g3, g1)
    attempt(_current(), _current())
    print(_current().parent)


def states():
    def show(g):
        print(repr(g).rsplit(')', 1)[1].strip('> '))
    main = _current()

    def f():
        show(g)
        show(main)
        main.switch()
    g = _new(f)
    show(main)
    show(g)
    g.switch()
    show(g)
    g.switch()
    show(g)


def trace_events():
    names = {_current(): 'main'}

    def dummy():
        pass

    def dummyexc():
        raise _SomeError()

    def tracer(event, args):
        print(event, names[args[0]], names[args[1]])
    g1, g2, g3, g4 = _new(dummy), _new(dummyexc), _new(dummy), _new(lambda: _current().parent.switch())
    names.update({g1: 'g1', g2: 'g2', g3: 'g3', g4: 'g4'})
    _greenlet.settrace(tracer)
    g1.switch()
    try:
        g2.switch()
    except _SomeError:
        print('caught')
    g3.throw()
    g1.switch()
    _current().switch()
    g4.switch()
    g4.throw()
    _greenlet.settrace(None)


def trace_error_ends_tracing():
    main = _current()

    def tracer(event, args):
        print(event)
        raise _SomeError('tracer')

    def dummy():
        main.switch()
        print('never')
    g = _new(dummy)
    g.switch()
    _greenlet.settrace(tracer)
    try:
        g.switch()
    except _SomeError as e:
        print('main caught', e)
    print(_greenlet.gettrace(), g.dead)


def trace_counts():
    """5001 switches, as many trace events again for the way back."""
    count = [0]

    def tracer(event, args):
        count[0] += 1
    main = _current()

    def f():
        while True:
            main.switch()
    g = _new(f)
    _greenlet.settrace(tracer)
    for _ in range(5001):
        g.switch()
    _greenlet.settrace(None)
    print(count[0])


def finally_runs_on_exit():
    main = _current()

    def f():
        try:
            main.switch()
        finally:
            print('finally')
    g = _new(f)
    g.switch()
    g.throw()
    print(g.dead)


def deep_recursion_switches():
    """A switch out of any depth of calls."""
    main = _current()

    def walk(depth):
        if depth == 0:
            main.switch('bottom')
            return
        walk(depth - 1)
        main.switch(depth)
    g = _new(walk)
    print(g.switch(3))
    while g:
        print(g.switch())


def generator_by_greenlets():
    class genlet(_new):
        parent = None

        def __init__(self, fn, *args):
            self.fn, self.args = fn, args

        def run(self):
            self.fn(*self.args)

        def __iter__(self):
            return self

        def __next__(self):
            self.parent = _current()
            result = self.switch()
            if self:
                return result
            raise StopIteration

    def Yield(value):
        _current().parent.switch(value)

    def g(n):
        for i in range(n):
            print('gives', i)
            Yield(i)
    for j in genlet(g, 3):
        print('takes', j)
