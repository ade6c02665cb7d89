"""What generators do, a function a behaviour."""


def _attempt(f, *args):
    """The value, or the name and text of the exception."""
    try:
        return f(*args)
    except StopIteration as e:
        return 'end' if e.value is None else 'end %s' % e.value
    except Exception as e:
        return 'error: %s' % e


def next_values_and_end():
    def g():
        print('begins')
        yield 1
        print('goes on')
        yield 2
        return 'result'
    it = g()
    print('made')
    for _ in range(4):
        print(_attempt(next, it))


def send():
    def g():
        print('got', (yield 1))
        print('got', (yield 2))
    it = g()
    print(_attempt(next, it))
    print(_attempt(it.send, 'a'))
    print(_attempt(it.send, 'b'))
    print(_attempt(it.send, 'c'))


def send_before_next():
    def g():
        print('got', (yield 1))
    it = g()
    print(_attempt(it.send, 'a').split(':')[0])
    print(_attempt(next, it))


def throw_caught():
    def g():
        try:
            yield 1
        except ValueError as e:
            print('caught', e)
        yield 2
    it = g()
    print(next(it))
    print(_attempt(it.throw, ValueError('boom')))
    print(_attempt(next, it))


def throw_not_caught():
    def g():
        try:
            yield 1
        finally:
            print('finally')
    it = g()
    print(next(it))
    print(_attempt(it.throw, ValueError('boom')))
    print(_attempt(next, it))
    print(_attempt(it.throw, ValueError('late')))


def throw_before_start():
    def g():
        print('never')
        yield 1
    it = g()
    print(_attempt(it.throw, ValueError('boom')))
    print(_attempt(next, it))


def error_of_the_body():
    def g():
        yield 1
        raise ValueError('boom')
    it = g()
    for _ in range(3):
        print(_attempt(next, it))


def close_runs_finally():
    def g():
        try:
            yield 1
            print('never')
        finally:
            print('finally')
    it = g()
    print(next(it))
    print(_attempt(it.close))
    print(_attempt(next, it))
    print(_attempt(it.close))


def close_before_start():
    def g():
        print('never')
        yield 1
    it = g()
    print(_attempt(it.close))
    print(_attempt(next, it))


def close_ignored():
    def g():
        try:
            yield 1
        except GeneratorExit:
            print('refuses')
            yield 2
        print('goes on')
    it = g()
    print(next(it))
    print(_attempt(it.close).split(':')[0])
    print(_attempt(next, it))


def close_with_return():
    def g():
        try:
            yield 1
        except GeneratorExit:
            print('ends')
    it = g()
    print(next(it))
    print(_attempt(it.close))


def close_with_error():
    def g():
        try:
            yield 1
        except GeneratorExit:
            raise ValueError('at the end')
    it = g()
    print(next(it))
    print(_attempt(it.close))
    print(_attempt(next, it))


def delegate():
    def inner():
        print('inner got', (yield 'i1'))
        print('inner got', (yield 'i2'))
        return 'inner result'

    def outer():
        print('outer got', (yield 'o1'))
        print('outer has', (yield from inner()))
        print('outer got', (yield 'o2'))
    it = outer()
    print(_attempt(next, it))
    for v in 'a', 'b', 'c', 'd':
        print(_attempt(it.send, v))


def delegate_throw():
    def inner():
        try:
            yield 'i1'
        except ValueError as e:
            print('inner caught', e)
        yield 'i2'

    def outer():
        try:
            yield from inner()
        except KeyError:
            print('outer caught')
        yield 'o'
    it = outer()
    print(_attempt(next, it))
    print(_attempt(it.throw, ValueError('boom')))
    print(_attempt(it.throw, KeyError('key')))
    print(_attempt(next, it))


def delegate_close():
    def inner():
        try:
            yield 'i1'
        finally:
            print('inner finally')

    def outer():
        try:
            yield from inner()
        finally:
            print('outer finally')
    it = outer()
    print(_attempt(next, it))
    print(_attempt(it.close))


def delegate_error():
    def inner():
        yield 'i1'
        raise ValueError('boom')

    def outer():
        try:
            yield from inner()
        except ValueError as e:
            print('outer caught', e)
    it = outer()
    print(_attempt(next, it))
    print(_attempt(next, it))


def delegate_to_finished():
    def inner():
        yield 'i1'
        return 'once'
    i = inner()

    def outer():
        print((yield from i))
        print((yield from i))
    it = outer()
    print(_attempt(next, it))
    print(_attempt(next, it))


def already_executing():
    def g():
        print(_attempt(next, it))
        yield 1
    it = g()
    print(_attempt(next, it))
    print(_attempt(next, it))


def stop_iteration_as_error():
    def g():
        yield 1
        raise StopIteration
    it = g()
    print(next(it))
    print(_attempt(next, it).split(':')[0])


def loop():
    def g():
        try:
            for i in range(5):
                yield i
        finally:
            print('finally')
    for v in g():
        print(v)
    it = g()
    for v in it:
        print(v)
        break
    it.close()


def interleaved():
    def count(name):
        for i in range(3):
            yield name, i
    a, b = count('a'), count('b')
    for _ in range(3):
        print(*next(a))
        print(*next(b))
    print(_attempt(next, b), _attempt(next, a))


def primes():
    """A chain of filters, one a prime."""
    def numbers():
        n = 2
        while True:
            yield n
            n += 1

    def sieve(p, source):
        for n in source:
            if n % p:
                yield n
    source = numbers()
    for _ in range(10):
        p = next(source)
        print(p)
        source = sieve(p, source)
