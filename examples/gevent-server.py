"""An echo server with a greenlet for each connection. It prints its address, serves 24 clients, and ends."""

import gevent
from gevent.socket import socket


def serve(client):
    with client:
        while request := client.recv(4096):
            gevent.sleep(0.35)  # the work of a request; time.sleep would hold up all clients
            client.sendall(request)


listener = socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print("{}:{}".format(*listener.getsockname()), flush=True)
gevent.joinall([gevent.spawn(serve, listener.accept()[0]) for _ in range(24)])
