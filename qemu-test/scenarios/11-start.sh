#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 60
# The pages that a new user follows first, README and start.md: their own blocks, typed on three nodes, and what they say comes of it. Which blocks are not
# run, and why, "scripts/check-blocks list" tells. (The topology is in lib/howto.sh.)
SSID_LEASE=${SSID_LEASE:-10000}
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/howto.sh"

after_failure() {
	local node
	tail -n 5 "$WORK"/nodes/*/*.err
	for node in "${members[@]}"; do
		as "$node" systemctl stop ssid corosync
		in_node "$node" sh -c 'ssictl cluster del store; ssictl cluster del web; rm -rf /etc/ssi/* /etc/corosync/*'
	done
	howto_end
}

# each_client_once CLUSTER: of many clients, each is some one node's.
each_client_once() {
	local i
	for i in {1..40}; do
		[[ $(for node in "${members[@]}"; do in_node "$node" ssictl -j explain "$1" 198.51.100."$i"; done | grep -c '"owned": *true') == 1 ]] ||
			fail "198.51.100.$i is not one node's"
	done
}

# on_nodes: lines as "node 0: COMMAND" come in.
on_nodes() {
	local line
	while read -r line; do
		[[ $line =~ ^node\ ([0-9]):\ (.*)$ ]] || fail "this is no line of a node: $line"
		as "n$((BASH_REMATCH[1] + 1))" bash -ec "${BASH_REMATCH[2]}" >&2 </dev/null
	done
}

# typed NODE: lines after a prompt are typed there; each other line, whatever the spaces in it, is to be in what comes of that.
typed() {
	local line said='' wanted=()
	while read -r line; do
		if [[ $line =~ ^([a-z0-9]*)\#\ (.*)$ ]]; then
			said+=$(as "${BASH_REMATCH[1]:-$1}" bash -ec "${BASH_REMATCH[2]}" </dev/null)$'\n'
		elif [[ $line && $line != … ]]; then
			wanted+=("$(xargs <<<"$line")")
		fi
	done
	said=$(sed -E 's/[[:space:]]+/ /g; s/^ //' <<<"$said")
	for line in "${wanted[@]}"; do grep -qxF "$line" <<<"$said" || fail "\"$line\" is not in: $said"; done
}

gone() {
	local node
	for node in "${members[@]}"; do in_node "$node" ssictl cluster del "$1"; done
}

three() {
	local page
	for page in README.md start.md; do
		# The same words, and each page's own.
		case $page in
		README.md) block README.md three | on_nodes ;;
		start.md) block start.md three | on_nodes ;;
		esac
		each_client_once store
		block start.md see | follow n2 >"$WORK/said"
		grep -q "^store" "$WORK/said" || fail "no cluster is listed: $(<"$WORK/said")"
		gone store
	done
	echo "three commands: each of 40 clients is one node's, by README and start"
}

web() {
	local node
	for node in "${members[@]}"; do block start.md web | in_node "$node" tee /etc/ssi/web.toml >&2; done
	ip -n n3 link set eth0 down
	ip -n n3 link set eth0 name bond0
	ip -n n3 link set bond0 up
	block start.md apply | typed n1
	for node in n2 n3; do as "$node" ssictl apply /etc/ssi/web.toml >&2; done
	each_client_once web
	gone web
	ip -n n3 link set bond0 down
	ip -n n3 link set bond0 name eth0
	ip -n n3 link set eth0 up
	echo "one file: it says what start says that it does"
}

by_hand() {
	block start.md store | in_node n1 tee /etc/ssi/store.toml >&2
	block start.md key | follow n1
	in_node n1 mkdir -p /etc/corosync
	block start.md corosync | in_node n1 tee /etc/corosync/corosync.conf >&2
	in_node n1 sh -c 'head -c 1024 /dev/urandom >/etc/corosync/authkey'
	as n1 corosync -t >&2
	as n1 ssid --check --node n1 /etc/ssi/store.toml >"$WORK/said" || fail "ssid --check: $(<"$WORK/said")"
	! grep '^warning' "$WORK/said" || fail "ssid --check warns of the page's files"
	in_node n1 rm /etc/ssi/store.toml /etc/corosync/corosync.conf /etc/corosync/authkey
	echo "ssid --check and corosync -t take the files"
}

forward() {
	local i
	block start.md forward-key | follow n1
	for i in 2 3; do in_node n1 cat /etc/ssi/store.key | in_node n$i sh -c 'umask 077; cat >/etc/ssi/store.key'; done
	block start.md forward | follow n1 >&2
	for i in 2 3; do block start.md forward-join | sed "s/--rank 1/--rank $((i - 1))/" | follow n$i >&2; done
	until_ok sees_peers
	each_client_once store
	gone store
	echo "mode forward: two nodes joined by the page's command, and all see each other"
}

sees_peers() { [[ $(in_node n1 ssictl -j peers store | jq '.peers | length') == 2 ]]; }

igmp() {
	block start.md igmp | typed n1
	gone_of n1
	echo "IGMP form: the group is joined, as the page shows it"
}
gone_of() { in_node "$1" ssictl cluster del store; }

# The five commands, on a machine from which nodes are reached: ssh is a node's shell here.
five() {
	local i said
	rm -rf "$WORK/store"
	mkdir -p "$WORK/bin"
	export -f as in_node node_dir
	export WORK
	# shellcheck disable=SC2016 # the inner shell expands
	printf '%s\n' '#!/bin/bash' 'host=$1; shift; [[ $1 != -- ]] || shift; as "$host" sh -c "$*"' >"$WORK/bin/ssh"
	chmod +x "$WORK/bin/ssh"
	mkdir -p /usr/local/sbin
	for i in ssid ssictl; do ln -sf ../bin/$i /usr/local/sbin/$i; done
	ln -sf "$(cd "$(dirname "$0")/lib" && pwd)/systemctl.py" /usr/local/sbin/systemctl
	for i in "${members[@]}"; do
		in_node "$i" mkdir -p /etc/corosync /var/log/corosync /var/lib/corosync
		in_node "$i" install -D -m 644 -t /etc/systemd/system $pages/ssid.service
	done
	cd "$WORK"
	case $1 in
	README.md) block README.md five >"$WORK/five" ;;
	start.md) block start.md five >"$WORK/five" ;;
	esac
	cd "$WORK"
	{ PATH=$WORK/bin:$PATH bash -ec "$(head -n 1 "$WORK/five")"; } >&2
	# All nodes are one emulated machine here.
	sed -i "/^\[daemon\]/a lease = $SSID_LEASE\nbeat = 1000\nadapt = false" store/etc/ssi/store.toml
	sed -i "s/^totem {/system {\n  sched_rr: no\n}\ntotem {/" store/etc/corosync/corosync.conf
	PATH=$WORK/bin:$PATH bash -ec "$(sed -n '/push/p' "$WORK/five")" >&2
	howto_ready
	said=$(PATH=$WORK/bin:$PATH bash -ec "$(grep ^ssh "$WORK/five")") || true
	grep -q 'quorum *yes' <<<"$said" || fail "status: $said"
	each_client_once store
	for i in "${members[@]}"; do
		as "$i" systemctl stop ssid corosync >&2
		in_node "$i" ssictl cluster del store || true
		in_node "$i" sh -c 'rm -rf /etc/ssi/* /etc/corosync/* /var/lib/ssi/*'
	done
	rm -rf store
	echo "init and push, as $1 has them: three nodes serve, and each of 40 clients is one node's"
}

quiet_kernel
howto_nodes

named start_three_commands three
named start_one_file web
named start_by_hand by_hand
named start_mode_forward forward
named start_igmp igmp
named start_five_commands five start.md
named readme_five_commands five README.md
