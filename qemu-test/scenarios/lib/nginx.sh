# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# nginx on nodes, on port 80 of both families: gives out what is in $WORK/www, keeps what is put to /up/ in $WORK/NODE/up,
# and tells its node in the header X-Node.

nginx_up() {
	local node=$1 home=$WORK/$1
	mkdir -p "$home/up"
	cat >"$home/conf" <<-CONF
		user root; worker_processes 1; pid $home/pid; error_log $home/error;
		events { worker_connections 1024; }
		http {
			access_log off; sendfile on; keepalive_timeout 0; client_max_body_size 64m;
			client_body_temp_path $home/a; proxy_temp_path $home/b; fastcgi_temp_path $home/c;
			uwsgi_temp_path $home/d; scgi_temp_path $home/e;
			server {
				listen 80; listen [::]:80; root $WORK/www; add_header X-Node $node;
				location /up/ { root $home; dav_methods PUT; }
			}
		}
	CONF
	in_ns "$node" nginx -c "$home/conf" -e "$home/error"
}

nginx_down() {
	local node
	for node; do
		[[ ! -e $WORK/$node/pid ]] || kill "$(cat "$WORK/$node/pid")"
	done
}
