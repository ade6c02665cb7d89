"""The originals of the course, for a comparison of speed: peers.py fork|thread|gevent|http."""

import http.server
import signal
import socketserver
import sys

signal.signal(signal.SIGINT, lambda *_: sys.exit(0))


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(16384):
            self.request.sendall(data)


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    page = b"<!doctype html><title>tracer</title><p>This page came over one connection of perhaps many requests.\n"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_):
        pass


def serve(base, handler):
    class Server(base):
        request_queue_size = 128  # as ours; with the 5 of the original the kernel drops connections

    server = Server(("127.0.0.1", 0), handler)
    print("listening on %s:%d" % server.server_address, flush=True)
    server.serve_forever()


def serve_gevent():
    import gevent.server

    def echo(conn, _):
        with conn:
            while data := conn.recv(16384):
                conn.sendall(data)

    server = gevent.server.StreamServer(("127.0.0.1", 0), echo, backlog=128)
    server.start()
    print("listening on %s:%d" % (server.server_host, server.server_port), flush=True)
    server.serve_forever()


{
    "fork": lambda: serve(socketserver.ForkingTCPServer, Echo),
    "thread": lambda: serve(socketserver.ThreadingTCPServer, Echo),
    "gevent": serve_gevent,
    "http": lambda: serve(http.server.ThreadingHTTPServer, Page),
}[sys.argv[1]]()
