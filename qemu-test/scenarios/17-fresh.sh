#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 400
# machine: cluster debian packages
# packages: ethtool ifupdown network-manager openssh-server
# Three fresh Debians with systemd, each with a kernel of its own, as a new user has them: packages by apt, the cluster's files by ssictl init, taken to all by
# ssictl push and a real sshd; then ssi-upgrade changes the module of nodes that serve. lib/machines.sh has the picture; nodes reach each other by ring0. Clients
# are held in connections and ask all the time meanwhile. Run by name: emulated machines take minutes.
#
#     qemu-test/run --uml 17
SSID_LEASE=20000
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/machines.sh"
. "$(dirname "$0")/lib/load.sh"

packages=(bash -eu -c)
storm_rate=150 steady_batch=16 steady_rest=0.3
module=/usr/lib/modules/$(uname -r)/updates/ssi_filter.ko

tidy_first() {
	local node
	rm -f "$WORK/go-on"
	for node in "${ALL[@]}"; do on "$node" journalctl -b --no-pager >"$OUT/$node/journal"; done
}

# everywhere COMMAND…: on all nodes at once; what they say is in $WORK/NODE.said.
everywhere() {
	local node jobs=() job
	for node in "${ALL[@]}"; do
		on "$node" "$@" >"$WORK/$node.said" &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do wait "$job"; done
}

# until_booted NODE: three at once, on two processors.
until_booted() {
	local end=$((SECONDS + 300))
	until nc -z -w 5 "10.7.0.$((${1#n} + 1))" 9; do
		((SECONDS < end)) || fail "$1 does not boot within five minutes"
		sleep 0.5
	done
}

# one NODE: what any machine has before ssi comes: a name for each, links, and something to serve. n0's root may log in everywhere by ssh.
one() {
	local file
	until_booted "$1"
	on "$1" $node_sh network "${1#n}"
	on "$1" sh -c 'printf "10.8.0.1 n0\n10.8.0.2 n1\n10.8.0.3 n2\n" >>/etc/hosts; hostname >/etc/hostname; mkdir -p /srv/export'
	for file in object small; do feed "$1" sh -c "cat >/srv/export/$file" </srv/export/$file; done
	on "$1" $node_sh web
	on "$1" sh -c 'rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*'
	on "$1" "${packages[@]}" '. /mnt/share/lib/packages.sh && kernel_package'
}

admin() { on n0 sh -c "cd && $*"; }

# Buckets that judges know, and a lease that machines which share two processors can keep.
files_made() {
	local node nodes=()
	for node in "${ALL[@]}"; do nodes+=(--node "$node=10.8.0.$((${node#n} + 1))"); done
	admin ssictl init c --force --vip "$VIP/32" --vip "$VIP6/64" --interface eth0 "${nodes[@]}" >&2
	admin sed -i "'s/^\[daemon\]/buckets = $ssid_buckets\nhash = \"siphash\"\nhash-seed = \"$SEED\"\n\n&\nlease = $SSID_LEASE\nbeat = 500\npatience = 4000/'" c/etc/ssi/c.toml
}

push() { admin ssictl push c "$@" '2>&1'; }

# Nothing has come to any node.
nothing_pushed() {
	local node
	for node in "${ALL[@]}"; do
		same "files and daemons on $node" "inactive" "$(on "$node" sh -c 'ls -A /etc/ssi; systemctl is-active ssid; true')"
	done
}

# pushed_wrongly WHAT SENTENCE [ARG…]: it is refused with this, and nothing has happened.
pushed_wrongly() {
	local what=$1 sentence=$2
	shift 2
	! push "$@" >"$WORK/refused" || fail "$what: push succeeds"
	cat "$WORK/refused" >&2
	grep -qE "$sentence" "$WORK/refused" || fail "$what: \"$sentence\" is not in: $(tail -n 1 "$WORK/refused")"
	nothing_pushed
}

# serving: from nothing, once.
serving() {
	local begun=$EPOCHSECONDS
	[[ ! -e $WORK/serves ]] || return 0
	files_made
	push >&2
	all_is_well "${ALL[*]}" "${ALL[@]}"
	until_ok shares "${ALL[@]}"
	echo "$((EPOCHSECONDS - begun)) s" >"$WORK/serves"
}

by_a_real_sshd() {
	local before
	files_made
	pushed_wrongly "no key" "n1: .*Permission denied"
	admin cat .ssh/id_ed25519.pub >"$WORK/key"
	for node in "${ALL[@]}"; do feed "$node" sh -c 'umask 77; mkdir -p /root/.ssh; cat >/root/.ssh/authorized_keys' <"$WORK/key"; done
	admin rm .ssh/known_hosts
	pushed_wrongly "hosts that nobody knows" "Host key verification failed"
	known_hosts
	on n2 systemctl stop ssh
	pushed_wrongly "a node without sshd" "n2: ssh: connect to host n2 port 22: Connection refused"
	on n2 systemctl start ssh
	on n2 sh -c 'useradd -m op && mkdir ~op/.ssh && cp /root/.ssh/authorized_keys ~op/.ssh && chown -R op ~op/.ssh'
	pushed_wrongly "somebody else than root" "n2: give a host as which one is root" --host n2=op@n2
	serving
	before=$(on n1 systemctl show -P MainPID ssid)
	push >"$WORK/again"
	same "ssid of n1, pushed again" "$before" "$(on n1 systemctl show -P MainPID ssid)"
	all_is_well "${ALL[*]}" "${ALL[@]}"
	each_has_one_owner "${ALL[@]}"
	ssid_table "${ALL[@]}" >"$WORK/table"
	curl -sf --interface host!10.64.4.1 --max-time 20 "http://$VIP/small" | cmp - /srv/export/small
	same "where sshd let it in on n2" "op root" "$(on n2 journalctl -b -u ssh -o cat --no-pager | sed -n 's/^Accepted publickey for \([a-z]*\) .*/\1/p' | sort -u | paste -sd' ')"
	echo "$(wc -l <"$WORK/again") steps by ssh on ${#ALL[@]} nodes; four mistakes refused with nothing done; a new user's time for three nodes at once: boot $(<"$WORK/boot"), apt $(<"$WORK/apt"), init, push and until all serve $(<"$WORK/serves")"
}

known_hosts() {
	admin 'ssh-keyscan -T 30 -t ed25519 n0 n1 n2' | grep -v '^#' >"$WORK/known"
	same "hosts that are known" 3 "$(wc -l <"$WORK/known")"
	feed n0 sh -c 'cat >/root/.ssh/known_hosts' <"$WORK/known"
}

# another NODE [--unloadable]: the module of another release is installed there, as its package does it.
another() {
	on "$1" ssi-upgrade --keep
	on "$1" /mnt/share/lib/another.py "${@:2}" "$module" >&2
}

# loaded NODE: the build ID of what is.
loaded() { on "$1" sh -c 'tail -c 20 /sys/module/ssi_filter/notes/.note.gnu.build-id | od -An -v -tx1 | tr -d " \n"'; }

owners_of() {
	ssid_table "${ALL[@]}" >"$WORK/owners"
	ssi-probe owners --table "$WORK/owners" "$1"
}

measure() {
	jq -n --argjson k "$ssid_buckets" --arg seed "$SEED" \
		'{buckets: $k, siphash: $seed, owned: {any: "0-\($k - 1)"}}' |
		feed host storm --to "$GROUP" --vip "$VIP,$VIP6" --port 80 --sources "$STORMERS" --rate "$storm_rate"
}

# long_downloads NODE: by ten clients of this one, 16 s long. They have begun when this returns.
long_downloads() {
	long=$(owners_of 10.96.0.0-10.96.0.99 | awk -v n="$1" '$2 == n { print $1 }' | head -n 10 | paste -sd' ')
	patience=120 least=0
	downloads_up long /slow/object "$long"
	until_ok begun "$(wc -w <<<"$long")"
}
begun() { (($(find "$WORK/long/got" -type f -size +8k | wc -l) == $1)); }

# long_downloads_over: none has connected twice.
long_downloads_over() {
	wait "$downloading"
	downloads_over long /srv/export/object
	same "ends of long downloads, by curl's status" "" "$(ends_of long "$long")"
}

# whole: all as before.
whole() {
	all_is_well "${ALL[*]}" "${ALL[@]}"
	until_ok shares "${ALL[@]}"
	each_has_one_owner "${ALL[@]}"
}

# while_served NODE FUNCTION [ARG…]: its clients are in the middle of downloads, and others ask all nodes all the time.
while_served() {
	local node=$1
	serving
	whole
	steady_up
	measure
	mark "$node"
	long_downloads "$node"
	"${@:2}" "$node"
	long_downloads_over
	whole
	measured any
	steady_over
}

# upgrades NODE: it has another module then.
upgrades() {
	local before begun=$EPOCHREALTIME said
	before=$(loaded "$1")
	another "$1"
	on "$1" ssi-upgrade --check >"$WORK/check"
	grep -q "this node serves on with ssi_filter" "$WORK/check" || fail "it does not say that there is another module"
	said=$(on "$1" sh -c 'ssi-upgrade 2>&1')
	grep -qE 'is loaded; this node was out for [0-9]+ s' <<<"$said" || fail "it does not say that it is done: $said"
	[[ $(loaded "$1") != "$before" ]] || fail "the module is the one before"
	same "copies that are left" "" "$(on "$1" sh -c 'ls -d /run/ssi-upgrade 2>/dev/null; true')"
	awk -v a="$begun" -v b="$EPOCHREALTIME" -v said="${said##*$'\n'}" 'BEGIN { printf "%s Drained, changed and joined in %.1f s.\n", said, b - a }'
}

# fails NODE: the installed module does not load, and the one before comes back.
fails() {
	local before said
	before=$(loaded "$1")
	another "$1" --unloadable
	! said=$(on "$1" sh -c 'ssi-upgrade 2>&1') || fail "it says that all is well: $said"
	same "the module" "$before" "$(loaded "$1")"
	said=${said##*$'\n'}
	[[ $said == *"does not load"*"the one before is loaded again, and the node serves on with it. Do not boot"* ]] || fail "it says: $said"
	echo "$said"
}

# interrupted NODE: in the middle of draining, by a terminal that is gone.
interrupted() {
	local before pid
	before=$(loaded "$1") pid=$(on "$1" systemctl show -P MainPID ssid)
	another "$1"
	on "$1" sh -c 'setsid ssi-upgrade >/run/said 2>&1 & sleep 4; kill -HUP -$!; wait $!; echo $? >>/run/said'
	same "the module" "$before" "$(loaded "$1")"
	same "ssid" "$pid" "$(on "$1" systemctl show -P MainPID ssid)"
	on "$1" cat /run/said >"$WORK/said"
	grep -q "was not drained, as this was interrupted: it serves on as before" "$WORK/said" || fail "it says: $(cat "$WORK/said")"
}

after_failure() {
	local node
	rm -f "$WORK/go-on"
	on host storm-over >/dev/null
	for node in "${ALL[@]}"; do
		on "$node" sh -c 'ssictl status; systemctl --no-pager --lines=5 status "ssi*" corosync; dmesg | tail -n 5; ssictl join '"$node" >&2
	done
}

quiet_kernel
machine_client
for node in "${ALL[@]}"; do one "$node"; done
admin 'ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519 </dev/null'
printf 'BatchMode yes\nConnectTimeout 30\n' | feed n0 sh -c 'cat >/root/.ssh/config'
everywhere systemctl start ssh
known_hosts
on n0 systemd-analyze time | sed -n 's/.* = //p' >"$WORK/boot"
begun=$EPOCHSECONDS
everywhere "${packages[@]}" '. /mnt/share/lib/packages.sh && installed ssi-tools ssi-modules-amd64 ssid'
echo "$((EPOCHSECONDS - begun)) s" >"$WORK/apt"

named claim_14_push_by_a_real_sshd by_a_real_sshd
named claim_14_upgrade_of_the_module_of_a_node_that_serves while_served n0 upgrades
named claim_14_upgrade_that_fails_brings_the_module_back while_served n1 fails
named claim_14_upgrade_that_is_interrupted_leaves_the_node_serving while_served n2 interrupted
