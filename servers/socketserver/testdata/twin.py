"""Serves echo with one of the classes of socketserver, for a comparison with the Go package of the same name.

Each class has a script beside this file that calls main(). It prints one line of JSON with the server's address as soon as it listens,
serves --requests requests and prints what happened as a second line. It starts no thread of its own, so that a tracer sees the
module's threads and processes only.
"""

import argparse
import json
import os
import socketserver
import sys


class StreamEcho(socketserver.BaseRequestHandler):
    """Sends back each piece until the client ends."""

    def handle(self):
        while True:
            data = self.request.recv(16384)
            if not data:
                return
            self.request.sendall(data)


class DatagramEcho(socketserver.BaseRequestHandler):
    """Sends the datagram back."""

    def handle(self):
        data, socket = self.request
        socket.sendto(data, self.client_address)


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10)
    parser.add_argument("--poll-interval", type=float, default=0.5)
    parser.add_argument("--queue", type=int, default=5)
    parser.add_argument("--max-children", type=int, default=40)
    parser.add_argument("--linger", action="store_true", help="serve on until the children are reaped or the threads have ended, then stop")
    return parser.parse_args()


def observed(base, args, order):
    """The class, with notes of its starts and ends; nothing else is changed."""

    class Observed(base):
        request_queue_size = args.queue
        served = 0
        started = {}  # pid -> number
        ended = 0

        if issubclass(base, socketserver.ForkingMixIn):
            max_children = args.max_children

        def verify_request(self, request, client_address):
            self.served += 1
            return super().verify_request(request, client_address)

        def process_request(self, request, client_address):
            before = set(self.children())
            super().process_request(request, client_address)
            for pid in set(self.children()) - before:
                self.started[pid] = len(self.started) + 1
                order.append("start %d" % self.started[pid])

        def service_actions(self):
            before = self.children()
            super().service_actions()
            self.note_ends(before)
            if self.served >= args.requests and not (args.linger and self.ended < len(self.started)):
                self._BaseServer__shutdown_request = True  # shutdown() would need a second thread

        def server_close(self):
            before = self.children()
            order.append("close")
            super().server_close()
            self.note_ends(before)

        def children(self):
            return list(getattr(self, "active_children", None) or ())

        def note_ends(self, before):
            ends = set(before) - set(self.children())
            for pid in sorted(ends, key=self.started.get):
                order.append("end %d" % self.started[pid])
            self.ended += len(ends)

        def process_request_thread(self, request, client_address):  # of ThreadingMixIn
            self.started[len(self.started) + 1] = None
            super().process_request_thread(request, client_address)
            self.ended += 1

    return Observed


def address_of(base):
    """Where to listen: a free port of loopback, or an abstract name."""
    return "\0twin-%d" % os.getpid() if issubclass(base, socketserver.UnixDatagramServer) else ("127.0.0.1", 0)


def name_of(address):
    return "%s:%d" % address if isinstance(address, tuple) else "@" + address[1:].decode()


def main(base):
    args, order = options(), []
    stream = issubclass(base, socketserver.TCPServer) and not issubclass(base, socketserver.UDPServer)
    server = observed(base, args, order)(address_of(base), StreamEcho if stream else DatagramEcho)
    print(json.dumps({"address": name_of(server.server_address), "pid": os.getpid()}), flush=True)
    server.serve_forever(args.poll_interval)
    server.server_close()
    json.dump({"class": base.__name__, "requests": server.served, "started": len(server.started), "ended": server.ended, "order": order},
              sys.stdout)
    print(flush=True)
