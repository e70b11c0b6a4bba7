#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 8 8
# What users without rights can do: uid 1000 in a user namespace of its own, which has a network namespace of its own. By
# default nothing; where the module's parameter allows it, nothing that others notice.
#
#     n0: eth0 ── eth9   the machine's        u: eth0 ── eth9 … the user's, for as long as a test wants it
. "$(dirname "$0")/lib/scenario.sh"

control=/sys/fs/cgroup/users

tidy_first() { rmdir $control 2>/dev/null; }

after_failure() {
	ssictl cluster del --all-namespaces
}

# user CMD…: as a user without rights, in namespaces of its own.
user() {
	"${as_user[@]}" "$@"
}
as_user=(setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user --map-root-user --net)

# bound CMD…: in the users' control group.
bound() {
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' $control "$@"
}

load() {
	unload
	modprobe ssi_filter "$@"
}

# What the user's shells have at hand.
cat >"$WORK/lib.sh" <<'END'
raw() { ssi-probe nl "$@" 2>&1; }
device() { ip link add "$1" type dummy && ip link set "$1" up; }
# add NAME DEV NUMBER [ATTRIBUTE…]: a cluster with 65,536 buckets, all of them owned.
add() {
	local name=$1 dev=$2 number=$3
	shift 3
	raw cluster-new "name=str:$name" "ifindex=dev:$dev" "vip=vip:10.8.$((number / 250)).$((number % 250 + 1))" \
		function=u32:1 nodes=u32:1 node=u32:0 "$@"
}
big=(buckets=u32:65536 owned=bits:65536:0-65535)
fail() { echo "$*" >&2; exit 1; }
users=/sys/fs/cgroup/users
set -e
END
chmod 755 "$WORK"

# script: the standard input is what the user's shell does next; $WORK/script runs it.
script() {
	cat "$WORK/lib.sh" - >"$WORK/script"
}

is_elsewhere() { [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }

# Each operation that changes anything is refused by one sentence, whoever asks; what only reads is answered.
refused_by_default() {
	local operation said operations holder
	mapfile -t operations < <(python3 -c '
import yaml
for op in yaml.safe_load(open("/usr/share/ynl/specs/ssi.yaml"))["operations"]["list"]:
    if "do" in op and "uns-admin-perm" in op.get("flags", []):
        print(op["name"])')
	((${#operations[@]} >= 6)) || fail "only ${operations[*]} were found"
	for operation in "${operations[@]}"; do
		said=$(user ssi-probe nl "$operation" name=str:c 2>&1) && fail "$operation was done"
		[[ $said == *"userns=1"* ]] || fail "$operation: $said"
	done
	script <<-'END'
		device d0
		ssictl cluster add c --dev d0 --vip 10.8.0.1/32 --rank 0 --nodes 1
	END
	said=$(user bash "$WORK/script" 2>&1) && fail "a cluster was made"
	[[ $said == *"userns=1"* ]] || fail "$said"
	same "clusters" "[]" "$(user ssictl -j)"
	# Nor does root in such a namespace.
	"${as_user[@]}" sleep 1000 >/dev/null 2>&1 &
	holder=$!
	until_ok is_elsewhere "$holder"
	said=$(nsenter --net="/proc/$holder/ns/net" ssi-probe nl cluster-del name=str:c 2>&1) && fail "root did"
	kill "$holder"
	[[ $said == *"userns=1"* ]] || fail "root: $said"
	# The machine's own namespaces are not concerned.
	in_ns n0 ssictl cluster add c --dev eth0 --vip $VIP/32 --rank 0 --nodes 2
	in_ns n0 ssictl cluster set c --nodes 3
	in_ns n0 ssictl cluster del c
	echo "${#operations[@]} operations refused, reading is answered"
}

allowed() {
	load userns=1
	script <<-'END'
		[[ $(ssictl -j) == "[]" ]]
		ip link add eth0 type veth peer name eth9
		ip link set eth0 up
		ssictl cluster add c --dev eth0 --vip 10.9.0.100/32 --rank 0 --nodes 2
		ssictl table set c --buckets 8 --owned 0-3
		ssictl stats c --buckets
		ssictl cluster del c
	END
	user bash "$WORK/script"
	echo "with userns=1 an unprivileged user made, changed and removed a cluster in a namespace of its own"
}

# Nobody's request loads the module.
not_loaded() {
	local said
	unload
	said=$(user ssictl 2>&1) && fail "there was an answer"
	[[ $said == *"modprobe ssi_filter"* ]] || fail "$said"
	refused ssictl
	[[ ! -e /sys/module/ssi_filter ]] || fail "the module was loaded"
	modprobe ssi_filter
	said=$(ssictl -j)
	same "clusters" "[]" "$said"
	echo "asking does not load the module, and says what does"
}

namespace_is_full() {
	load userns=1 clusters_per_namespace=3
	script <<-'END'
		for i in 0 1 2; do device d$i; add c$i d$i $i; done
		device d3
		said=$(add c3 d3 3) && fail "4 clusters in a namespace"
		[[ $said == *clusters_per_namespace* ]] || fail "$said"
		raw cluster-del name=str:c1
		add c3 d3 3
	END
	user bash "$WORK/script" >&2
	in_ns n0 ssictl cluster add c --dev eth0 --vip $VIP/32 --rank 0 --nodes 2
	in_ns n0 ssictl cluster del c
	echo "3 clusters in a namespace, not 4, and as many in another"
}

is_charged_less_than() { (($(<$control/memory.current) < $1)); }

# What a cluster of the most buckets takes, before and after somebody asks for their counters, is all the user's; and it
# is back when the user has gone.
charged() {
	local clusters=6 k=65536 made counted left after each
	load userns=1
	bound true
	each=$((k * 32 * $(awk '/^processor/ { n++ } END { print n }' /proc/cpuinfo)))
	script <<-'END'
		for ((i = 0; i <= $1; i++)); do device d$i; done
		# The first one brings in what all need.
		{
			add c0 d0 0 "${big[@]}"
			raw bucket-stats-get --dump name=str:c0
			raw cluster-del name=str:c0
		} >&2
		cat $users/memory.current
		for ((i = 1; i <= $1; i++)); do add c$i d$i $i "${big[@]}" >&2; done
		cat $users/memory.current
		for ((i = 1; i <= $1; i++)); do raw bucket-stats-get --dump name=str:c$i >&2; done
		cat $users/memory.current
	END
	bound "${as_user[@]}" bash "$WORK/script" $clusters >"$WORK/said"
	mapfile -t after <"$WORK/said"
	made=$(((after[1] - after[0]) / clusters))
	counted=$(((after[2] - after[1]) / clusters))
	((made < 1000000)) || fail "a cluster takes $made bytes"
	((made > k)) || fail "a cluster is charged $made bytes, but its table alone has $k"
	# Less the cell for each CPU that was there before.
	((counted * 10 > each * 9)) || fail "counters of $each bytes are charged as $counted"
	until_ok is_charged_less_than "${after[0]}"
	left=$(<$control/memory.current)
	echo "a cluster of $k buckets: $made bytes, and $counted once its buckets' counters are asked for; $left when the user has gone"
}

# Whoever asks for more than its control group may have is refused or ended; nobody else is.
bounded() {
	local bystander ended before
	load userns=1
	# Whoever is ended for want of memory has the kernel tell where it was: that is no trouble, and taken out of the log.
	kernel_log_is_clean >&2
	before=$(awk '$1 == "oom_kill" { print $2 }' $control/memory.events)
	sleep 1000 >/dev/null 2>&1 &
	bystander=$!
	# The kernel ends the largest first: of all on the machine that is this one, of the users that is not.
	echo 0 >"/proc/$bystander/oom_score_adj"
	echo $((40 * 1024 * 1024)) >$control/memory.max
	script <<-'END'
		set +e
		for i in {0..39}; do
			device d$i
			add c$i d$i $i "${big[@]}" || break
			raw bucket-stats-get --dump name=str:c$i || break
		done
		echo $i
	END
	bound "${as_user[@]}" bash "$WORK/script" >"$WORK/said" 2>&1 || true
	echo max >$control/memory.max
	dmesg -C
	echo "ssi-test: begin 73-users" >/dev/kmsg
	ended=$(($(awk '$1 == "oom_kill" { print $2 }' $control/memory.events) - before))
	kill -0 "$bystander" || fail "somebody else was ended"
	kill "$bystander"
	! grep -qx 39 "$WORK/said" || fail "160 MiB were had: $(paste -sd' ' "$WORK/said")"
	((ended > 0)) || grep -q "Cannot allocate memory" "$WORK/said" || fail "nothing was refused: $(tail -n 3 "$WORK/said")"
	echo "a user who may have 40 MiB was refused more, $ended of its tasks ended, and nobody else"
}

# Lines in the kernel's log that it had of the leases of clusters with names like this.
lines() {
	dmesg | sed -n "/ssi-test: $1\$/,\$p" | grep -cE "ssi_filter: $2: the lease has run out"
}

has_a_line() { (($(lines leases m) == 1)); }

# Leases that run out by the dozen make ten lines in five seconds, and leave out none of the machine's own.
quiet_log() {
	local leases=200 theirs said intervals
	load userns=1 clusters_max=$leases
	in_ns n0 ssictl cluster add m --dev eth0 --vip $VIP/32 --rank 0 --nodes 2 --function bitmap --buckets 8 --owned all
	echo "ssi-test: leases" >/dev/kmsg
	script <<-'END'
		device d0
		for ((i = 0; i < $1; i++)); do
			echo "cluster-new name=str:u$i ifindex=dev:d0 vip=vip:10.8.0.$((i + 1)) nodes=u32:1 node=u32:0 function=u32:1" \
				"buckets=u32:8 owned=bits:8:0-7"
		done | ssi-probe nl -
		# Each runs out by itself, at its own moment.
		for ((i = 0; i < $1; i++)); do
			echo "table-set name=str:u$i buckets=u32:8 owned=bits:8:0-7 generation=u64:2 lease=u32:1"
		done | ssi-probe nl -
		sleep 1
		echo "lapsed $(ssictl -j cluster show | jq "map(select(.lapsed)) | length")"
	END
	user bash "$WORK/script" "$leases" >"$WORK/said" 2>&1 || fail "$(tail -n 1 "$WORK/said")"
	in_ns n0 ssictl table set m --buckets 8 --owned all --lease 1
	until_ok has_a_line
	theirs=$(lines leases 'u[0-9]+')
	said=$(sed -n 's/^lapsed //p' "$WORK/said")
	same "leases that ran out" "$leases" "$said"
	# Those that the lines are from, as far as two of them can touch.
	intervals=$(dmesg | grep -E "ssi_filter: u[0-9]+: the lease has run out" |
		awk -F'[][]' '{ last = $2 } NR == 1 { first = $2 } END { print int((last - first) / 5) + 2 }')
	((theirs >= 1 && theirs <= 10 * intervals && theirs < leases)) || fail "$theirs lines of $leases leases"
	in_ns n0 ssictl cluster del m
	echo "$said leases ran out: $theirs lines, and the machine's own had its"
}

# What only reads does not wait for the RTNL: it does not take it. (What it is held for is another matter.)
without_rtnl() {
	local trace=/sys/kernel/tracing read wrote
	modprobe ssi_filter 2>/dev/null || true
	in_ns n0 ssictl cluster add c --dev eth0 --vip $VIP/32 --rank 0 --nodes 2
	echo 'p:ssi_rtnl rtnl_lock' >$trace/kprobe_events
	echo >$trace/trace
	echo 1 >$trace/events/kprobes/ssi_rtnl/enable
	{
		in_ns n0 ssi-probe nl cluster-get name=str:c
		in_ns n0 ssi-probe nl cluster-get --dump
		in_ns n0 ssi-probe nl table-get name=str:c
		in_ns n0 ssi-probe nl stats-get name=str:c
		in_ns n0 ssi-probe nl stats-get --dump
		in_ns n0 ssi-probe nl bucket-stats-get --dump name=str:c
		in_ns n0 ssi-probe nl peer-get --dump name=str:c
	} >&2
	read=$(grep -c 'ssi-probe-' $trace/trace || true)
	in_ns n0 ssi-probe nl cluster-set name=str:c nodes=u32:3 >&2
	wrote=$(grep -c 'ssi-probe-' $trace/trace || true)
	echo 0 >$trace/events/kprobes/ssi_rtnl/enable
	echo >$trace/kprobe_events
	in_ns n0 ssictl cluster del c
	same "takings of the RTNL by readers" 0 "$read"
	((wrote > 0)) || fail "nor by a change: this shows nothing"
	echo "7 ways of reading take no RTNL, a change takes it"
}

# What is made for many buckets is there before the RTNL is taken: nobody who waits for that waits for memory.
without_large_memory() {
	local trace=/sys/kernel/tracing mounted=$WORK/sys without with
	local all=owned=bits:65536:0-65535 half=owned=bits:65536:0-32767 hex
	hex=$(printf '0f%.0s' {1..16})
	modprobe ssi_filter 2>/dev/null || true
	cat >$trace/kprobe_events <<-'END'
		p:ssi/take rtnl_lock
		p:ssi/give rtnl_unlock
		r:ssi/try rtnl_trylock got=$retval:s32
		p:ssi/large kvrealloc_node_align_noprof size=$arg2:u64
	END
	echo 'got == 1' >$trace/events/ssi/try/filter
	echo 'size > 16384' >$trace/events/ssi/large/filter
	echo >$trace/trace
	echo 1 >$trace/events/ssi/enable
	{
		in_ns n0 ssi-probe nl cluster-new name=str:c ifindex=dev:eth0 vip=vip:$VIP nodes=u32:2 node=u32:0 function=u32:1 \
			buckets=u32:65536 $all
		in_ns n0 ssi-probe nl cluster-set name=str:c hash=u32:1 "hash-seed=hex:$hex"
		in_ns n0 ssi-probe nl table-set name=str:c buckets=u32:65536 $half generation=u64:100 lease=u32:60000
		in_ns n0 ssi-probe nl settle name=str:c settled=bits:65536:0-60000
		in_ns n0 ssi-probe nl cluster-set name=str:c buckets=u32:65535 owned=bits:65535:0-7
		in_ns n0 ssi-probe nl bucket-stats-get --dump name=str:c
	} >&2
	mkdir "$mounted"
	# shellcheck disable=SC2016 # the other shell's
	in_ns n0 unshare --mount bash -c 'mount -t sysfs ssi "$1" && echo 0-60000 >"$1/class/net/eth0/ssi-c/owned"' bash "$mounted"
	echo 0 >$trace/events/ssi/enable
	# A line is "task-pid [cpu] flags time: event: (…) size=…".
	awk '$1 == "#" { next } { event = $5 } event == "take:" || event == "try:" { held[$1] = 1 } event == "give:" { held[$1] = 0 }
		event == "large:" { many[held[$1] + 0]++; if (held[$1]) print > "/dev/stderr" }
		END { print many[0] + 0, many[1] + 0 }' <(grep -E ' *(ssi-probe|bash)-' $trace/trace) >"$WORK/large"
	echo >$trace/kprobe_events
	in_ns n0 ssictl cluster del c
	read -r without with <"$WORK/large"
	same "large pieces of memory that were asked for with the RTNL held" 0 "$with"
	((without >= 14)) || fail "only $without without it: this shows nothing"
	echo "7 requests of 65,536 buckets: $without large pieces of memory, all before the RTNL is taken"
}

boottime() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }

# elsewhere SECONDS CMD…: where the boot time clock is so far ahead.
elsewhere() {
	local ahead=$1
	shift
	in_ns n0 unshare --time --boottime "$ahead" --fork "$@"
}

# The end of a lease is one moment, whatever clock it is told by.
other_clock() {
	local ahead until told here
	in_ns n0 ssictl cluster add c --dev eth0 --vip $VIP/32 --rank 0 --nodes 2 --function bitmap --buckets 8 --owned all
	in_ns n0 ssictl table set c --buckets 8 --owned all --lease 60000
	for ahead in 100000 7 -5; do
		until=$(($(boottime) + ahead * 1000 + 600000))
		elsewhere $ahead ssi-probe nl lease-renew name=str:c "lease-until=u64:$until" >&2
		told=$(elsewhere $ahead ssictl -j cluster show c | jq '.[0]["lease-until"]')
		same "the end as it was given, $ahead s ahead" $until "$told"
		here=$(in_ns n0 ssictl -j cluster show c | jq '.[0]["lease-until"]')
		same "the end by the machine's clock" $((until - ahead * 1000)) "$here"
		in_ns n0 ssictl table set c --buckets 8 --owned all --lease 60000
	done
	in_ns n0 ssictl cluster del c
	echo "a lease's end given and told in three time namespaces is one moment"
}

quiet_kernel
namespace n0
ip -n n0 link add eth0 address "$(node_mac 0)" type veth peer name eth9
ip -n n0 link set eth0 up
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p $control
modprobe ssi_filter

claim claim_7_users_configure_nothing_by_default refused_by_default
claim claim_7_own_user_namespace allowed
also claim_7_asking_does_not_load_the_module not_loaded
also claim_7_clusters_per_namespace namespace_is_full
claim claim_7_memory_is_charged_to_who_asks charged
also claim_7_out_of_memory_stays_with_who_asks bounded
also claim_7_leases_of_users_do_not_fill_the_log quiet_log
# User Mode Linux has neither.
[[ -e /sys/kernel/tracing/kprobe_events && -e /proc/self/ns/time ]] || exit 0
claim claim_7_reading_takes_no_rtnl without_rtnl
claim claim_7_tables_are_made_before_the_rtnl_is_taken without_large_memory
claim claim_7_lease_until_in_a_time_namespace other_clock
