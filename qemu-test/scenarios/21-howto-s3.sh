#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 400
# The how-to of S3, followed under ssid, with a failover in the middle. It is run by name, with SSI_MEM=2560, and takes
#     SSI_GUEST_PACKAGES="swift-proxy swift-account swift-container swift-object"
# (The topology is in lib/howto.sh.)
SSID_LEASE=${SSID_LEASE:-10000}
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/howto.sh"

here=$(cd "$(dirname "$0")" && pwd)
conf=/root/s3.conf

after_failure() {
	tail -n 5 "$WORK"/nodes/*/*.{out,err}
	swift_said
	daemons_down c1
	howto_end
}

# swift_said: what went wrong, by how often.
swift_said() {
	tr '\0' '\n' <"$WORK/syslog" | grep -aE 'ERROR|returning|Timeout' | sed -E 's/^<[0-9]+>[A-Z][a-z]+ +[0-9]+ [0-9:]+ //; s/txn: [^ )]*//; s/object[0-9]+/object/g; s/[0-9.]+s\b/…s/g' |
		cut -c 1-200 | sort | uniq -c | sort -rn | head -n 40 || true
}

answers_s3() {
	local port
	for port in 8080 6200 6201 6202; do in_node "$1" nc -z 127.0.0.1 $port || return 1; done
}

# swift NODE: by the page. An emulated machine, which is all nodes, takes seconds to accept a connection.
swift() {
	block howto/s3.md configure | sed "s/^conn_timeout = .*/conn_timeout = ${SWIFT_CONN:-5}/" | follow "$1"
}

swifts() {
	local node
	daemon c1 syslog socat -u UNIX-RECV:/dev/log,mode=666,unlink-early OPEN:"$WORK/syslog",creat,append
	block howto/s3.md rings | follow n1 >&2
	for node in "${members[@]}"; do
		[[ $node == n1 ]] || in_node n1 sh -c 'cd /etc/swift && tar -c *.ring.gz' | in_node "$node" tar -C /etc/swift -x
		in_node "$node" mkdir -p /srv/node/d1
		swift "$node"
	done
	for node in "${members[@]}"; do until_ok answers_s3 "$node"; done
}

stored() { wc -l <"$WORK/objects/stored"; }
has_stored() { (($(stored) >= $1)); }
objects() { in_node c1 "$here/lib/objects.sh" "$1" $conf "$WORK/objects" $VIP "[$VIP6]"; }

# storing: objects are stored, one after the other, by IPv4 and by IPv6 in turn.
storing() {
	rm -rf "$WORK/objects"
	mkdir "$WORK/objects"
	touch "$WORK/objects/stored" "$WORK/objects/tries"
	# An emulated machine is slow.
	block howto/s3.md client | sed 's/^max-time = .*/max-time = 30/' | follow c1 >&2
	block howto/s3.md read | follow c1 >&2
	in_node c1 cmp /tmp/hostname /etc/hostname
	daemon c1 objects "$here/lib/objects.sh" put $conf "$WORK/objects" $VIP "[$VIP6]"
	until_ok has_stored 4
}

# on_disks: the content of each copy, on all disks.
on_disks() {
	local node
	for node in "${members[@]}"; do in_node "$node" find /srv/node -name '*.data' -exec md5sum {} + | sed "s/\$/ $node/"; done
}

# copies NUMBER: which of those stored are not on so many disks.
copies() {
	local i sum
	on_disks >"$WORK/disks"
	while read -r i _; do
		sum=$(yes "object $i" | head -c 1048576 | md5sum)
		(($(grep -c "^${sum%% *} " "$WORK/disks") >= $1)) || echo "$i"
	done <"$WORK/objects/stored"
}

# caught_up: three disks have all, as it was written last.
caught_up() { [[ -z $(copies 3) ]] && [[ $(grep -c "^$(md5sum <"$WORK/over" | cut -d' ' -f1) " "$WORK/disks") == 3 ]]; }

# statuses WHAT: of all tries.
statuses() { awk -v what="$1" '$1 == what { n[$3]++ } END { for (c in n) printf "%s%s: %d", s, c, n[c], s = ", " }' "$WORK/objects/tries"; }

# all_there: what was acknowledged is on most disks, the dead one among them, and whoever asks for it gets it as it was written.
all_there() {
	local bad
	same "objects that were acknowledged and are on less than two disks" "" "$(copies 2)"
	bad=$(objects get)
	same "objects that were acknowledged and are not read as they were written" "" "$bad"
}

# put_over CONTENT: the page's object gets another one.
put_over() {
	echo "$1" >"$WORK/over"
	in_node c1 curl -K $conf -T "$WORK/over" "http://$VIP:8080/bucket/hostname"
}

# read_often HOST: what ten reads of it there have, by how often.
read_often() {
	local _
	for _ in {1..10}; do
		block howto/s3.md read | sed "s/$VIP/$1/" | follow c1
		cat /tmp/hostname
	done | sort | uniq -c | awk '{ printf "%s%d times \"%s\"", s, $1, $2; s = ", " }'
}

s3() {
	local node other begun before more facts again
	swifts
	howto_begin howto/s3.md
	storing
	node=$(owner 192.0.2.50)
	before=$(stored)
	die "$node"
	for more in 1 2 4 6; do until_ok has_stored $((before + more)); done
	put_over newer
	signal c1 objects TERM
	all_there
	facts="$(stored) objects of 1 MiB were acknowledged, $before of them before; all are there, read by both families; tries to write by status: $(statuses put), to read: $(statuses get); the longest write took $(awk '$2 > m { m = $2 } END { print m }' "$WORK/objects/stored") ms"
	# It comes back, with what it had.
	links_up "$node"
	swift "$node"
	until_ok answers_s3 "$node"
	again=$(read_often "192.0.2.${node#n}")
	begun=$EPOCHSECONDS
	for other in "${members[@]}"; do block howto/s3.md replicators | follow "$other"; done
	until caught_up; do
		((EPOCHSECONDS - begun < 300)) || fail "not on three disks within five minutes: $(copies 3 | paste -sd' ')"
		sleep 2
	done
	facts+="; back, before it has caught up, ten reads there of an object that was written anew: $again; all thrice after $((EPOCHSECONDS - begun)) s"
	same "reads when it has caught up" '10 times "newer"' "$(read_often "192.0.2.${node#n}")"
	swift_said >&2
	daemons_down c1
	howto_end
	echo "$node died: $facts"
}

quiet_kernel
howto_nodes
howto_client c1 192.0.2.50

if [[ -x /usr/bin/swift-proxy-server ]]; then
	named claim_14_howto_s3 s3
fi
