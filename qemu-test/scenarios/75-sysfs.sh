#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 16 30
# Clusters as files in sysfs: they say what netlink says, take what it takes, and go when their cluster goes.
#
#     n0 n1 eth0 ── p0 p1 ┐
#     VIP 10.9.0.100      ┤ sw: a learning bridge ├ pc ── eth0 cl
#
# sysfs shows the interfaces of the namespace that mounted it: $mounts/n0 is that of n0, for everybody.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"

mounts=$WORK/mounts

tidy_first() {
	local mount
	for mount in "$mounts"/*; do umount -l "$mount"; done
}

after_failure() {
	stop_all_probes
	unload || true
	modprobe ssi_filter userns=1
}

# sysfs NAMESPACE
sysfs() {
	mkdir -p "$mounts/$1"
	nsenter --net="/run/netns/$1" mount -t sysfs "of-$1" "$mounts/$1"
}

# new NODE [ATTRIBUTE…]: a cluster on eth0, in one process.
new() {
	local node=$1
	shift
	ssi-probe --netns "$node" nl cluster-new name=str:c ifindex=dev:eth0 "vip=vip:$VIP" "node=u32:${node#n}" nodes=u32:2 drain-time=u32:0 \
		"$@" >/dev/null
}

# values FOLDER: name and text of each file, as JSON.
values() {
	local file args=()
	for file in "$1"/*; do
		[[ -d $file ]] || args+=(--rawfile "${file##*/}" "$file")
	done
	jq -cS -n "${args[@]}" '$ARGS.named'
}

# What ssictl says of cluster c in NODE, as the files should.
wanted() {
	jq -cS -n --slurpfile cluster <(in_ns "$1" ssictl -j cluster show c) --slurpfile table <(in_ns "$1" ssictl -j table show c) '
		$cluster[0][0]
		| .vips = ([.vip[].address] | join(" "))
		| .master = (if .master then 1 else 0 end)
		| .flooded = ({"true": 1, "false": 0}["\(.flooded)"])
		| .lease = (if .lapsed then "lapsed" else .lease end)
		| map_values(. // "none")
		| . + ($table[0] | {owned, draining, adopting, connections})
		| del(.lapsed, .differs, .name, .ifname, .ifindex, .link, .vip, .group, .redirects, .["forward-ifname"])
		| with_entries(.key |= gsub("-"; "_") | .value |= "\(.)\n")'
}

stats_wanted() {
	in_ns "$1" ssictl -j stats c | jq -cS '.[0].stats | with_entries(.key |= gsub("-"; "_") | .value |= "\(.)\n")'
}

same_as_ssictl() {
	local folder=$mounts/$1/class/net/eth0/ssi-c want got _
	same "files of $1" "$(wanted "$1")" "$(values "$folder")"
	# The master announces itself meanwhile: what was counted between two looks is known from neither.
	for _ in {1..10}; do
		want=$(stats_wanted "$1") got=$(values "$folder/statistics")
		[[ $want != "$(stats_wanted "$1")" ]] || break
	done
	same "counters of $1" "$want" "$got"
}

shown() {
	local count=0 served seed=000102030405060708090a0b0c0d0e0f way
	serve n0 n1
	forward_vlan 2
	for way in "" "--function bitmap --buckets 100 --hash siphash --hash-seed $seed --vip 2001:db8::100/64 --hook ingress" \
		"--mode forward --forward owner --forward-dev eth0.100"; do
		# shellcheck disable=SC2086 # several words
		in_ns n0 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 0 --nodes 2 --master $way
		# shellcheck disable=SC2086
		in_ns n1 ssictl cluster add c --dev eth0 --vip "$VIP/32" --rank 1 --nodes 2 --reply-mac node $way
		settled n0 n1
		ip -n cl neigh flush dev eth0
		ask udp 10.64.5.0-10.64.5.31 udp
		same_as_ssictl n0
		same_as_ssictl n1
		served=$(cat "$mounts"/n{0,1}/class/net/eth0/ssi-c/statistics/rx_served | paste -sd+)
		same "requests served" 32 $((served))
		count=$((count + $(find "$mounts"/n?/class/net/eth0/ssi-c -type f | wc -l)))
		refused test "$(wanted n0)" = "$(values "$mounts/n1/class/net/eth0/ssi-c")"
		clusters_down n0 n1
		refused ls "$mounts/n0/class/net/eth0/ssi-c"
	done
	stop_probes
	echo "$count files in two nodes and three configurations"
}

# write NODE FILE TEXT [COMMAND…]: writes, by way of a command that takes one, and prints "ok" or the error.
write() {
	local said path=$mounts/$1/class/net/eth0/ssi-c/$2 text=$3
	shift 3
	# shellcheck disable=SC2016 # for the inner shell
	if said=$(LC_ALL=C "$@" bash -c 'printf "%s\n" "$2" >"$1"' - "$path" "$text" 2>&1); then
		echo ok
	else
		echo "${said##*: }"
	fi
}

read_file() {
	cat "$mounts/$1/class/net/eth0/ssi-c/$2"
}

# The answers of a cluster that is changed by nothing but its files.
written() {
	local node owned
	new n0 master=u8:1
	new n1
	serve n0 n1
	for node in n0 n1; do
		same "function of $node" ok "$(write $node function bitmap)"
		same "buckets of $node" ok "$(write $node buckets 21)"
		same "seed of $node" ok "$(write $node hash_seed 000102030405060708090a0b0c0d0e0f)"
	done
	table "$WORK/table" 2 --shape irregular --buckets 21 --siphash 000102030405060708090a0b0c0d0e0f
	for node in n0 n1; do
		owned=$(jq -r ".owned.$node" "$WORK/table")
		same "owned of $node" ok "$(write $node owned "$owned")"
		same "buckets that $node shows" "$owned" "$(read_file $node owned)"
	done
	ip -n cl neigh flush dev eth0
	for node in n0 n1; do ip -n "$node" addr add "$VIP/32" dev eth0; done
	ask udp 10.64.5.0-10.64.5.127 udp
	ssi-probe answers --table "$WORK/table" "$WORK/udp.json"
	same "hash without" ok "$(write n0 hash none)"
	ask udp 10.64.5.128-10.64.5.255 udp --timeout 2
	refused ssi-probe answers --table "$WORK/table" "$WORK/udp.json"
	stop_probes
	clusters_down n0 n1
}

# A list is longer than a page, is read in parts, and is not written in parts.
long() {
	local folder=$mounts/n0/class/net/eth0/ssi-c length before after
	new n0 function=u32:1 buckets=u32:65536 master=u8:1
	length=$(read_file n0 owned | wc -c)
	same "length of the list" 191053 "$length"
	same "the list" "$(seq -s, 0 2 65534 | md5sum)" "$(md5sum <"$folder/owned")"
	same "the list as ssictl has it" "$(in_ns n0 ssictl -j table show c | jq -r .owned | md5sum)" "$(md5sum <"$folder/owned")"
	same "its last bytes" ,65534 "$(tail -c 7 "$folder/owned")"
	same "a part of it" "$(read_file n0 owned | tail -c +100001 | head -c 50)" \
		"$(dd if="$folder/owned" bs=1 skip=100000 count=50 status=none)"
	before=$(wanted n0 | md5sum)
	same "a longer list" "File too large" "$(write n0 owned "$(seq -s, 1 1200)")"
	refused dd if=/dev/zero of="$folder/owned" bs=1 count=1 seek=4096 conv=notrunc status=none
	after=$(wanted n0 | md5sum)
	same "cluster after that" "$before" "$after"
	same "the longest list" ok "$(write n0 owned "$(seq -s, 10001 10682)")"
	same "its buckets" 682 "$(in_ns n0 ssictl -j table show c | jq '.["owned-buckets"]')"
	clusters_down n0
	echo "$length bytes read in parts, 4,092 written, more refused"
}

agree() {
	new n0
	ssi-probe --netns n0 nl cluster-new name=str:d ifindex=dev:eth0 vip=vip:10.9.5.7 node=u32:0 nodes=u32:2 >/dev/null
	set -- ssi-probe --netns n0 agree --sysfs "$mounts/n0" --dev eth0 --cluster c --taken 10.9.5.7
	"$@" --times 1000
	refused "$@" --times 20 --disturb 10
	clusters_down n0
	in_ns n0 ssictl cluster del d
}

# Who may write, and see.
permissions() {
	local folder=$mounts/n0/class/net/eth0/ssi-c before name
	new n0
	before=$(wanted n0)
	for name in node nodes function buckets hash hash_seed master vips reply_mac owned; do
		same "root without CAP_NET_ADMIN, $name" "Operation not permitted" "$(write n0 $name 1 setpriv --bounding-set=-net_admin)"
		same "a user, $name" "Permission denied" "$(write n0 $name 1 setpriv --reuid 65534 --clear-groups)"
	done
	for name in mode mac group_mac generation hook statistics/rx_served; do
		same "what is not to be changed, $name" "Permission denied" "$(write n0 $name 1)"
	done
	same "node as a user reads it" 0 "$(setpriv --reuid 65534 --clear-groups cat "$folder/node")"
	refused setpriv --reuid 65534 --clear-groups cat "$folder/hash_seed"
	refused setpriv --bounding-set=-net_admin cat "$folder/hash_seed"
	same "cluster after that" "$before" "$(wanted n0)"
	same "node written by root" ok "$(write n0 node 1)"
	clusters_down n0
	echo "10 files, neither a user nor root without CAP_NET_ADMIN writes them; the seed is read by neither"
}

# A user who owns a namespace has its files, and no others.
own_namespace() {
	new n0
	# shellcheck disable=SC2016 # for the inner shell
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --net --mount bash -ec '
		mount -t sysfs own /sys
		ip link add eth0 type veth peer name eth9
		ip link set eth0 up
		ssictl cluster add c --dev eth0 --vip 10.9.0.100/32 --rank 0 --nodes 2
		[[ $(ls -d /sys/class/net/*/ssi-*) == /sys/class/net/eth0/ssi-c ]]
		echo 3 >/sys/class/net/eth0/ssi-c/nodes
		[[ $(cat /sys/class/net/eth0/ssi-c/nodes) == 3 ]]
		[[ $(cat /sys/class/net/eth0/ssi-c/hash_seed) == none ]]'
	same "nodes of the other cluster" 2 "$(read_file n0 nodes)"
	same "root of another user namespace" "Permission denied" \
		"$(write n0 nodes 3 setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --net)"
	clusters_down n0
	echo "an unprivileged user has the files of a namespace of its own"
}

only_inside() {
	local path name
	new n0
	for path in /sys "$mounts"/n1; do
		name=$(find "$path"/class/net/*/ -maxdepth 1 -name 'ssi-*')
		[[ -z $name ]] || fail "$name is seen in another namespace"
	done
	[[ -d $mounts/n0/class/net/eth0/ssi-c ]] || fail "it is not seen in its own"
	ip -n n0 link set eth0 down
	ip -n n0 link set eth0 name storage0
	same "name after the interface's" c "$(ssi_of n0 storage0)"
	same "rank by the new name" 0 "$(cat "$mounts/n0/class/net/storage0/ssi-c/node")"
	ip -n n0 link set storage0 name eth0
	ip -n n0 link set eth0 netns n1 name eth5
	same "clusters where it was and is" "" "$(ssi_of n0 eth0)$(ssi_of n1 eth5)"
	ip -n n1 link set eth5 netns n0 name eth0
	ip -n n0 link set eth0 up
	echo "in its own namespace, by the interface's newest name, and gone when that moves"
}

# ssi_of NAMESPACE INTERFACE: names of its clusters.
ssi_of() {
	local path
	for path in "$mounts/$1/class/net/$2"/ssi-*; do
		[[ ! -d $path ]] || echo "${path##*/ssi-}"
	done
}

rummage() {
	rm -f "$WORK"/rummage.*
	# Whoever changes things has to get a processor too.
	background nice ssi-probe rummage --mounts "$mounts" --out "$WORK/rummage.1"
	background nice ssi-probe rummage --mounts "$mounts" --out "$WORK/rummage.2" --seed 2 --write
}

# Ends those who rummage, within the minute that `stop` waits, and tells what they got done.
rummaged() {
	stop_probes
	jq -s -r '"\([.[].read] | add) \([.[].written] | add) \([.[].gone] | add)"' "$WORK"/rummage.*
}

came_and_went() {
	local i read written gone
	new n0
	rummage
	for ((i = 0; i < rounds; i++)); do
		new n1 "hook=u32:$((1 + i % 2))"
		ip -n n0 link set eth0 down
		ip -n n0 link set eth0 name "x$i"
		ip -n n0 link set "x$i" name eth0
		ssi-probe --netns n1 nl cluster-del name=str:c >/dev/null
		new n1
		ip -n n1 link set eth0 down
		ip -n n1 link set eth0 netns n0 name moved
		ip -n n0 link set moved netns n1 name eth0
		if ((i % 4 == 0)); then
			new n1
			ip netns del n1
			umount -l "$mounts/n1"
			again n1
		fi
	done
	read -r read written gone < <(rummaged)
	ssi-probe --netns n0 nl cluster-del name=str:c >/dev/null
	((read > 0 && written > 0 && gone > 0)) || fail "too little was done: $read read, $written written, $gone gone"
	echo "$rounds rounds; $read times read, $written written, $gone times there was nothing behind an open file"
}

again() {
	for _ in {1..600}; do
		ip -n sw link show "p${1#n}" >/dev/null 2>&1 || break
		sleep 0.1
	done
	namespace "$1"
	plug "$1" "p${1#n}" "$(node_mac "${1#n}")" "10.9.0.$((${1#n} + 1))/16"
	sysfs "$1"
}

unloaded() {
	local i node read written gone
	rummage
	for ((i = 0; i < rounds; i++)); do
		modprobe ssi_filter
		new n0
		new n1
		sleep 0.05
		refused rmmod ssi_filter
		for node in n0 n1; do ssi-probe --netns $node nl cluster-del name=str:c >/dev/null; done
		rmmod ssi_filter
		[[ ! -e /sys/module/ssi_filter ]] || fail "the module is still there"
	done
	read -r read written gone < <(rummaged)
	modprobe ssi_filter userns=1
	((read > 0 && written > 0 && gone > 0)) || fail "too little was done: $read read, $written written, $gone gone"
	echo "unloaded $rounds times, at the first attempt after the last cluster went; $read times read, $written written, $gone times gone behind an open file"
}

rounds=12
[[ ${SSI_LANE-} == uml ]] || rounds=5
# A user is to come as far as the files.
chmod 711 "$WORK"
quiet_kernel
switch bridge
nodes 2
client
modprobe ssi_filter userns=1
sysfs n0
sysfs n1

claim claim_7_sysfs_says_what_ssictl_says shown
claim claim_14_sysfs_changes_who_answers written
also claim_11_sysfs_lists_longer_than_a_page long
also claim_14_sysfs_and_netlink_agree agree
also claim_7_sysfs_who_may_write permissions
claim claim_7_sysfs_own_user_namespace own_namespace
also claim_7_sysfs_follows_names_and_namespaces only_inside
also claim_7_sysfs_comes_and_goes_in_use came_and_went
also claim_7_sysfs_unload_in_use unloaded
