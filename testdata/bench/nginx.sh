#!/bin/sh
# nginx.sh FOLDER PORT: nginx with one worker on loopback, with a small file to serve, until the input ends.
set -eu
mkdir -p "$1"
echo hello >"$1/index.html"
cat >"$1/nginx.conf" <<END
daemon off; worker_processes 1; pid $1/pid; error_log /dev/null;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path $1/body; proxy_temp_path $1/proxy; fastcgi_temp_path $1/fastcgi; uwsgi_temp_path $1/uwsgi; scgi_temp_path $1/scgi;
	server { listen 127.0.0.1:$2; root $1; }
}
END
nginx -c "$1/nginx.conf" -e /dev/null &
server=$!
for try in $(seq 500); do
	curl -s -o /dev/null "http://127.0.0.1:$2/" && break
	sleep 0.02
done
echo "listening on 127.0.0.1:$2"
while read -r line; do :; done
kill "$server"
wait
