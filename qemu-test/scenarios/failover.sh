#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long clients are without an answer when a node loses its power, once and again, which qemu-test/failover runs: of ssid, and of
# others for the job on the same machine. A node's links are cut without a carrier that is lost. Clients are behind a router, so
# that who has to tell them another MAC tells it by ARP, as it would.
#
#     n0 n1 n2 eth0  ── p0 p1 p2 ┐ sw: a learning bridge ┌ pc ── eth0 cl st0 ── eth0 st: SYNs from 497 of 10.128.0.0/16, to
#     VIP 10.9.0.100             ┘                       ┘           a router               10.9.0.100 by cl
#     n0 n1 n2 ring0 ── r0 r1 r2 ─ rsw
# SSI_CASES is what is measured, SSI_RUNS how often each; a line of "CASE,MILLISECONDS" each is added to failover.csv.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/mode.sh"
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/faults.sh"
. "$(dirname "$0")/lib/keepalived.sh"
. "$(dirname "$0")/lib/pacemaker.sh"

runs=${SSI_RUNS:-20}
members=(n0 n1 n2)
ring_crypto="none none"
ring_times() { [[ ! ${ring_tuned-} ]] || ring_tuned_times; }

tidy_first() {
	daemons_down "${members[@]}"
	ring_files_down
}

after_failure() {
	stop_all_probes
	daemons_down "${members[@]}"
	remove_clusters || true
	for node in "${members[@]}"; do
		joined "$node"
		server_up "$node"
	done
}

# router: the storm's clients are behind cl, which takes the VIP's MAC from ARP. Nobody there answers what comes back.
router() {
	namespace st
	ip -n cl link add st0 type veth peer name eth0 address 0a:00:00:00:00:03 netns st
	ip -n cl -batch - <<-END
		link set st0 address 0a:00:00:00:00:02 up
		addr add 10.127.255.1/30 dev st0
		route add 10.128.0.0/16 via 10.127.255.2 dev st0
	END
	ip -n st -batch - <<-END
		addr add 10.127.255.2/30 dev eth0
		link set eth0 up
	END
	in_ns cl sysctl -q -w net.ipv4.ip_forward=1
	jq -n --arg seed "$SEED" '{buckets: 256, siphash: $seed, owned: {any: "0-255"}}' >"$WORK/table"
}

clients_up() {
	: >"$WORK/marks"
	rm -f "$WORK/storm.json"
	background ssi-probe --netns st storm --dev eth0 --from 0a:00:00:00:00:03 --to 0a:00:00:00:00:02 --vip "$VIP" \
		--sources 10.128.0.0-10.128.255.255/132 --syns 1 --rate 500 --table "$WORK/table" --marks "$WORK/marks" \
		--out "$WORK/storm.json" --node p0=n0 --node p1=n1 --node p2=n2
	storm=$started
}

joined() {
	ip -n sw link set "p${1#n}" master br0 up
	ip -n rsw link set "r${1#n}" master br0 up
}

# power_cut NODE CASE SECONDS: its links are cut, and new SYNs come for so long; each is sent again until it is answered.
power_cut() {
	local node=$1 last
	clients_up
	sleep "1.$(printf '%03d' $((RANDOM % 1000)))"
	# One of two networks is no event, and both go as one.
	ip -n rsw link set "r${node#n}" nomaster
	sleep 0.5
	mark "power cut"
	ip -n sw link set "p${node#n}" nomaster
	sleep "$3"
	ssi-probe stop --patience 300 "$storm"
	last=$(jq '.marks[0].last // 0' "$WORK/storm.json")
	jq -c '.marks[0]' "$WORK/storm.json" >&2
	((last > 0)) || fail "nobody noticed: this shows nothing"
	((last < $3 * 1000 - 500)) || fail "it was not over after $3 s"
	# A SYN is tried for 15 s.
	((last > 15000)) || same "never answered" 0 "$(jq .never "$WORK/storm.json")"
	same "answered twice" 0 "$(jq .twice "$WORK/storm.json")"
	echo "$2,$last" >>"$OUT/failover.csv"
}

# taken CASE: what was measured, in words.
taken() {
	awk -F, -v c="$1" '$1 == c { print $2 }' "$OUT/failover.csv" | sort -n |
		awk '{ ms[NR] = $1 } END { printf "%d cuts: %d to %d ms, half within %d\n", NR, ms[1], ms[NR], ms[int((NR + 1) / 2)] }'
}

# of_ssid CASE LEASE BEAT PATIENCE: any node of three, each of which serves.
of_ssid() {
	local n
	SSID_LEASE=$2 ssid_beat=$3 ssid_daemon="patience = $4"$'\n'"drift = 10"
	ssid_files 3
	ring_start "${members[@]}"
	for ((n = 0; n < runs; n++)); do
		ssid_start "${members[@]}"
		all_is_well "${members[*]}" "${members[@]}"
		until_ok shares "${members[@]}"
		power_cut "n$((n % 3))" "$1" 3
		for node in "${members[@]}"; do signal "$node" ssid TERM; done
		joined "n$((n % 3))"
	done
	daemons_down "${members[@]}"
	remove_clusters || true
	for node in "${members[@]}"; do server_up "$node"; done
	taken "$1"
}

# of_keepalived CASE NODES SECONDS WORD…: the one that has the address, of so many nodes.
of_keepalived() {
	local what=$1 nodes=$2 longest=$3 n active
	shift 3
	keepalived_up "$nodes" "$@"
	for ((n = 0; n < runs; n++)); do
		until_ok keepalived_rests
		active=$(keepalived_active)
		power_cut "$active" "$what" "$longest"
		[[ $(keepalived_active) != "$active" ]] || fail "the address is where it was"
		joined "$active"
	done
	keepalived_down
	daemons_down "${members[@]}"
	for node in "${members[@]}"; do server_up "$node"; done
	taken "$what"
}

# of_pacemaker CASE SECONDS TOKEN: the one of three that has the address. Without a token Corosync has its own timers.
of_pacemaker() {
	local what=$1 longest=$2 n active
	# shellcheck disable=SC2034 # ring.sh uses them
	[[ ! $3 ]] || RING_TOKEN=$3 ring_ping=200 ring_tuned=yes
	pacemaker_up "${members[@]}"
	for ((n = 0; n < runs; n++)); do
		until_ok pacemaker_rests "${members[@]}"
		active=$(has_vip "${members[@]}")
		power_cut "$active" "$what" "$longest"
		# shellcheck disable=SC2046 # one word a node
		[[ $(has_vip $(others "$active")) ]] || fail "the address is nowhere else"
		joined "$active"
	done
	pacemaker_down "${members[@]}"
	daemons_down "${members[@]}"
	for node in "${members[@]}"; do server_up "$node"; done
	taken "$what"
}

wanted_case() { [[ " $SSI_CASES " == *" $1 "* ]]; }

RANDOM=1
fault_network "${members[@]}"
ring_nodes=3
router
[[ -s $OUT/failover.csv ]] || printf '# SPDX-License-Identifier: GPL-2.0-only\ncase,ms\n' >"$OUT/failover.csv"

! wanted_case ssid || claim failover_ssid of_ssid "ssid" 600 60 200
! wanted_case ssid-fast || claim failover_ssid_fast of_ssid "ssid fast" 300 40 140
! wanted_case keepalived || claim failover_keepalived of_keepalived "keepalived advert_int 1" 3 5 "advert_int 1"
! wanted_case keepalived-fast || claim failover_keepalived_fast of_keepalived "keepalived advert_int 0.1" 3 2 "advert_int 0.1"
! wanted_case keepalived-bfd || claim failover_keepalived_bfd of_keepalived "keepalived BFD 3 x 50 ms" 2 3 "advert_int 1" bfd
! wanted_case pacemaker || claim failover_pacemaker of_pacemaker "Pacemaker" 22 ""
! wanted_case pacemaker-fast || claim failover_pacemaker_fast of_pacemaker "Pacemaker token 500" 25 500
