"""Runs every public function of a file, each in a process of its own, and prints what they print under their names."""
import importlib.util
import os
import signal
import sys
import traceback


def main(path):
    spec = importlib.util.spec_from_file_location('cases', path)
    cases = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cases)
    for name, case in vars(cases).items():
        if name.startswith('_') or getattr(case, '__module__', None) != 'cases' or isinstance(case, type):
            continue
        print('--', name, '--', flush=True)
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            status = 0
            try:
                case()
            except BaseException:
                traceback.print_exc()
                status = 1
            sys.stdout.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        if status != 0:
            sys.exit('%s: status %d' % (name, status))


main(sys.argv[1])
