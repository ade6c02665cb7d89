"""An echo server with a greenlet for each connection. Prints its port when it listens; ends on SIGTERM, with all that it has accepted served."""

import signal

import gevent
from gevent.server import StreamServer

served = 0


def echo(socket, address):
    global served
    while data := socket.recv(16384):
        socket.sendall(data)
    served += 1


server = StreamServer(("127.0.0.1", 0), echo)
server.start()
gevent.signal_handler(signal.SIGTERM, server.stop, 5)
print(server.server_port, flush=True)
server.serve_forever()
print("served", served, flush=True)
