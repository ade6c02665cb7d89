"""forking.py N: an echo server of Python's socketserver that forks for each of N connections, then prints the CPU that it took."""
import resource
import socketserver
import sys


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for data in iter(lambda: self.request.recv(4096), b""):
            self.request.sendall(data)


class Server(socketserver.ForkingTCPServer):
    request_queue_size = 128


with Server(("127.0.0.1", 0), Echo) as server:
    print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
    for _ in range(int(sys.argv[1])):
        server.handle_request()
    sys.stdin.read()
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print("cpu %.6f" % sum(u.ru_utime + u.ru_stime for u in used))
