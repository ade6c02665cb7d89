#!/usr/bin/env bash
# Apache and nginx each answer six clients, one after the other, and lose none. Then ss is asked what their listening
# sockets have dropped.
#
# Expected: nothing (d0), for both. Seen: nginx d0, Apache d6: a drop for each client that it has served. Apache has
# Linux defer its accepts (TCP_DEFER_ACCEPT, as AcceptFilter's default for http on Linux), so the kernel throws away the
# bare ACK that ends a handshake, to wait for the request behind it, and counts that at the listener like a connection
# that found the backlog full. Why it surprises: d is where one looks for clients that were turned away, and a busy
# Apache seems to turn away all. TcpExtTCPDeferAcceptDrop tells them apart, of the whole machine; ListenDrops does not
# count them. Version: Apache 2.4.71, nginx 1.22.1 and iproute2 6.1.0 of Debian 12, amd64, on Linux 6.18.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -KILL "$server" $(ps -o pid= --ppid "$server") 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
chmod 755 . # the servers read as other users
apt-get -o APT::Sandbox::User=root download -qq apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 \
	libaprutil1=1.6.3-1+deb12u1 nginx=1.22.1-9+deb12u11 iproute2=6.1.0-3
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
mkdir html
echo hello >html/index.html

apache=$(free_port)
cat >apache.conf <<C
ServerRoot $dir
ServerName localhost
Listen 127.0.0.1:$apache
DocumentRoot $dir/html
LoadModule mpm_event_module $dir/root/usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module $dir/root/usr/lib/apache2/modules/mod_authz_core.so
DefaultRuntimeDir $dir
PidFile $dir/apache.pid
ErrorLog $dir/log
C
nginx=$(free_port)
cat >nginx.conf <<C
daemon off;
pid $dir/nginx.pid;
error_log $dir/log;
events {}
http {
	access_log off;
	client_body_temp_path $dir/1; proxy_temp_path $dir/2; fastcgi_temp_path $dir/3; uwsgi_temp_path $dir/4; scgi_temp_path $dir/5;
	server { listen 127.0.0.1:$nginx; root $dir/html; }
}
C
ask() { # after the server listens
	/usr/bin/python3 - "$1" <<'P'
import socket, sys, time
address = ("127.0.0.1", int(sys.argv[1]))
while True:
    with socket.socket() as probe: # bound, not connected: it would be a client
        try:
            probe.bind(address)
        except OSError:
            break
    time.sleep(0.1)
for _ in range(6):
    with socket.create_connection(address) as client:
        client.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert b"200 OK" in answer, answer
P
}
for name in nginx apache; do
	port=${!name}
	case $name in
	nginx) setsid root/usr/sbin/nginx -p "$dir" -e "$dir/log" -c "$dir/nginx.conf" & ;;
	apache) setsid root/usr/sbin/apache2 -f "$dir/apache.conf" -DFOREGROUND & ;;
	esac
	server=$!
	ask "$port"
	echo "$name: 6 clients served, $(root/bin/ss -Hltm "sport = :$port" | grep -o 'd[0-9]*)' | tr -d ')')"
	kill -KILL $server $(ps -o pid= --ppid $server) 2>/dev/null || true
	wait $server 2>/dev/null || true
	server=
done >seen
cat seen
diff seen - <<'C'
nginx: 6 clients served, d0
apache: 6 clients served, d6
C
