#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 0 30
# machine: debian installed
# What "make install" brings, under a real systemd and beside a real networkd: enabled, booted, and left alone. The machine
# is booted twice. lib/debian.sh has its cables.
. "$(dirname "$0")/lib/scenario.sh"
. "$(dirname "$0")/lib/debian.sh"

UNITS=(ssi-export.service ssi@web.service ssi-watch@web.service ssid.service ssid@store.service ssid-checks.service ssid-checks.socket ssi.target)
SSID=ssid@store
VIP_SSID=10.9.0.101
CONF=/usr/local/lib/systemd/networkd.conf.d/ssi.conf
KEEP=/etc/systemd/network/10-eth0.network.d/ssi.conf

keep_addresses() {
	put $KEEP <<-END
		[Network]
		KeepConfiguration=yes
	END
}

if ((SSI_BOOT == 1)); then
	debian_files
	keep_addresses
	systemctl enable cables systemd-networkd ssi@web early nginx
	reboot_machine
fi

units_are_sound() {
	local unit said
	# "verify" only warns of what is no error to systemd.
	said=$(systemd-analyze verify --man=no "${UNITS[@]}" 2>&1)
	[[ -z $said ]] || fail "systemd-analyze verify: $said"
	put /run/systemd/system/wrong.service <<<$'[Service]\nExecStart=/bin/true\nProtectHome=perhaps'
	[[ -n $(systemd-analyze verify --man=no wrong.service 2>&1) ]] || fail "verify has nothing to say of a wrong unit"
	for unit in "${UNITS[@]}"; do
		[[ $unit == *.service ]] || continue
		said=$(systemd-analyze security --no-pager --threshold=21 "$unit") || fail "$unit: $(tail -n 1 <<<"$said")"
		sed -nE 's/.*exposure level for ([^ ]+): ([0-9.]+).*/\1 \2/p' <<<"$said"
	done
}

# exports: the kernel's state is in the file that a node exporter reads.
exports() {
	local file=/var/lib/prometheus/node-exporter/ssi.prom
	mkdir -p "${file%/*}"
	systemctl start ssi-export
	until_ok grep -q '^ssi_kernel_buckets_owned{cluster="web".* 256$' $file
	systemctl stop ssi-export
}

serves_after_boot() {
	same "what has failed" "early.service" "$(systemctl --failed --no-legend --plain | awk '{ print $1 }')"
	same "the clusters' target" active "$(prop ssi.target ActiveState)"
	answered
	in_ns cl curl -sf --interface 10.64.4.1 --max-time 20 "http://$VIP/" | grep -qi nginx || fail "nginx does not answer"
	echo "nginx bound $VIP at boot; without the order: $(prop early.service Result)"
}

# ours: what ssi has at eth0 and for it.
ours() {
	ip -br addr show dev eth0 | grep -oE "$VIP/32|$VIP6/[0-9]+"
	ip rule show | grep "from $VIP .*proto 90"
	ip -4 route show table all | grep 'proto 90'
	ip -6 rule show | grep "from $VIP6 .*proto 90" || true
}

is_as() { [[ $(ours 2>&1) == "$1" ]]; }

configured() { [[ $(networkctl list --no-legend eth0 | awk '{ print $5 }') == configured ]]; }

# networkd ACTION
networkd() {
	case $1 in
	reload) networkctl reload ;;
	restart) systemctl restart systemd-networkd ;;
	reconfigure) networkctl reconfigure eth0 ;;
	carrier)
		ip -n sw link set p0 down
		until_ok grep -q 0 /sys/class/net/eth0/carrier
		# It would do something about it after a moment.
		sleep 1
		ip -n sw link set p0 up
		;;
	link)
		ip link set eth0 down
		ip link set eth0 up
		;;
	esac
	until_ok configured
}

# as_shipped: whatever a test did, files are as they were, and so is what the kernel has.
as_shipped() {
	systemctl stop ssi-watch@web
	[[ ! -e $CONF.off ]] || mv $CONF.off $CONF
	keep_addresses
	networkctl reload
	systemctl restart systemd-networkd
	until_ok configured
	systemctl restart ssi@web
	before=$(ours)
	[[ $(wc -l <<<"$before") == 5 ]] || fail "that is not all: $before"
}

without_files() {
	mv $CONF $CONF.off
	rm $KEEP
	networkctl reload
}

networkd_keeps_off() {
	local action monitor
	as_shipped
	ip -o monitor address rule route >"$WORK/monitor" &
	monitor=$!
	for action in reload restart reconfigure carrier; do
		networkd $action
		same "after $action" "$before" "$(ours)"
	done
	answered
	kill $monitor
	! grep -E "^Deleted.*($VIP|$VIP6|proto 90)" "$WORK/monitor" || fail "something was away for a moment"
	# It would show.
	without_files
	networkd restart
	until_ok refused is_as "$before"
	echo "reload, restart, reconfigure, no carrier: $(wc -l <<<"$before") things of ssi's stayed; without the two files $(ours 2>&1 | wc -l) did"
}

watcher_puts_back() {
	local action begun
	as_shipped
	without_files
	systemctl start ssi-watch@web
	for action in restart reconfigure link; do
		networkd $action
		begun=${EPOCHREALTIME/./}
		until_ok is_as "$before"
		echo "$action: back within $(((${EPOCHREALTIME/./} - begun) / 1000)) ms of \"configured\""
	done
	answered
	kill -9 "$(prop ssi-watch@web MainPID)"
	until_ok is ssi-watch@web active
	until_ok is_as "$before"
	systemctl stop ssi@web
	same "the watcher, its cluster gone" inactive "$(prop ssi-watch@web ActiveState)"
	as_shipped
}

comes_with_its_interface() {
	cluster_file late 10.9.0.102 late0 | put /etc/ssi/late.toml
	refused systemctl start ssi@late
	same "the state" "activating" "$(prop ssi@late ActiveState)"
	late_link
	until_ok is ssi@late active
	late_address || fail "it has no address"
	echo "it was tried $(prop ssi@late NRestarts) more times"
	systemctl start ssi-watch@late
	# That it does this shows that it listens.
	ip addr del 10.9.0.102/32 dev late0
	until_ok late_address
	ip link del late0
	until_ok waits_for late0
	late_link
	until_ok late_address
	same "restarts of the watcher" 0 "$(prop ssi-watch@late NRestarts)"
	systemctl stop ssi@late
	refused ssictl cluster show late
	ip link del late0
}
late_link() {
	ip link add late0 type veth peer name late1
	ip link set late0 up
}
late_address() { ip -br addr show dev late0 | grep -qF 10.9.0.102/32; }
waits_for() { journalctl -u ssi-watch@late | grep -q "once $1 is there"; }

# Corosync with this machine alone, and ssid beside it, as the guide has it.
ssid_files() {
	put /etc/corosync/corosync.conf <<-END
		totem {
		  version: 2
		  cluster_name: store
		  transport: knet
		  crypto_cipher: aes256
		  crypto_hash: sha256
		}
		quorum {
		  provider: corosync_votequorum
		}
		nodelist {
		  node {
		    name: $HOSTNAME
		    nodeid: 1
		    ring0_addr: 10.9.0.1
		  }
		}
	END
	[[ -e /etc/corosync/authkey ]] || corosync-keygen >&2
	{
		cluster_file store $VIP_SSID eth0 | sed '/^master/d;/^\[\[node/Q'
		printf '[daemon]\nnotify = "moved@"\nlease = 4000\nbeat = 500\n[[check]]\nname = "rights"\ncommand = ["/bin/sh", "/usr/local/bin/rights"]\n'
		cluster_file store $VIP_SSID eth0 | sed -n '/^\[\[node/,$p'
	} | put /etc/ssi/store.toml
	# What a check may: nothing that is root's, and it says who it is.
	put /usr/local/bin/rights <<-'END'
		if grep -Eq '^Cap(Prm|Eff|Bnd):.*[1-9a-f]' /proc/self/status; then echo "it has capabilities"; exit 1; fi
		if [ -r /etc/corosync/authkey ]; then echo "it reads the key"; exit 1; fi
		if [ -w /run/ssi/checks ] || [ -w /run/ssi/store.sock ]; then echo "it may ask as root does"; exit 1; fi
		id -u
	END
	put /etc/systemd/system/moved@.service <<-'END'
		[Service]
		Type=oneshot
		EnvironmentFile=/run/ssi/%i.notify
		ExecStart=/bin/sh -c 'echo "%i: $SSI_EVENTS" >>/run/moved'
	END
	systemctl daemon-reload
}

ssid_up() {
	ssid_files
	systemctl start corosync
	systemctl restart $SSID
	until_ok ssid_serves
}

ssid_serves() {
	is $SSID active && [[ $(ssictl -j table show store | jq '.["owned-buckets"]') == 256 ]]
}

# check_says REGEX: that is what the check of this node says, and it is good.
check_says() { [[ $(ssictl -j status store | jq -r '.nodes[0].checks[0] | select(.good) | .text') =~ $1 ]]; }

# has_rights PID: ssid has those that the documents tell of, and no more.
has_rights() {
	local said
	said=$(awk '/^(CapBnd|CapEff|NoNewPrivs|Umask|Seccomp):/ { print $1 $2 }' "/proc/$1/status" | sort | paste -sd' ')
	# Bit 12 is CAP_NET_ADMIN.
	same "ssid's rights" "CapBnd:0000000000001000 CapEff:0000000000001000 NoNewPrivs:1 Seccomp:2 Umask:0077" "$said"
	same "the control socket" "660 root root" "$(stat -c '%a %U %G' /run/ssi/store.sock)"
	said=$(setpriv --reuid=65534 --regid=65534 --clear-groups ssictl status store 2>&1) && fail "somebody without rights is told: $said"
	[[ $said == *"only root and the group of"* ]] || fail "somebody without rights is told: $said"
}

is_another() { is $SSID active && [[ $(prop $SSID MainPID) != "$1" ]]; }

# logged KIND: whether ssid has such a line in the journal.
logged() { [[ -n $(journalctl -u $SSID --invocation=0 "SSI_KIND=$1" -o cat --no-pager -q) ]]; }

# busy_for_two_ticks PID: it stands still while questions come, and goes on; all at once want an answer each second.
busy_for_two_ticks() {
	python3 - "$1" <<-'END'
		import os, signal, socket, sys, time
		pid = int(sys.argv[1])
		os.kill(pid, signal.SIGSTOP)
		asked = [socket.socket(socket.AF_UNIX) for _ in range(60)]
		for one in asked:
		    one.connect("/run/ssi/store.sock")
		    one.sendall(b'{"watch":{"heat":true}}\n')
		os.kill(pid, signal.SIGCONT)
		time.sleep(2)
	END
}

# lost_precedence PID: its first thread has.
lost_precedence() {
	busy_for_two_ticks "$1"
	grep -q 'policy: SCHED_OTHER' <(chrt -p "$1")
}

# overruns PID: a thread that runs on without a pause loses its precedence, and the daemon neither ends nor keeps silent. The kernel's own
# limit does so, by its ticks: with one of a microsecond that is two of them. Prints what is said.
overruns() {
	same "what the kernel allows, in microseconds" "1000000 10000000" "$(awk '/^Max realtime timeout/ { print $4, $5 }' "/proc/$1/limits")"
	prlimit --pid "$1" --rttime=1:10000000
	until_ok lost_precedence "$1"
	until_ok eval 'ssictl -j status store | jq -e ".trouble[] | select(test(\"lost its precedence\"))"'
	same "the process" "$1" "$(prop $SSID MainPID)"
	journalctl -u $SSID --invocation=0 -o cat --no-pager | grep -m1 'does not run before others any more' || fail "it does not say so"
}

ssid_runs() {
	local pid said
	rm -f /run/moved
	ssid_up
	ip -br addr show dev eth0 | grep -qF $VIP_SSID/32 || fail "its address is not bound"
	pid=$(prop $SSID MainPID)
	grep -qE 'policy: SCHED_(FIFO|RR)' <(chrt -p "$pid") || fail "it has no precedence: $(chrt -p "$pid")"
	(($(sed -n 's/^VmLck:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status") > 0)) || fail "its memory is not locked"
	said=$(journalctl -u $SSID --invocation=0 -p warning -o cat --no-pager -q)
	[[ -z $said ]] || fail "it warns: $said"
	has_rights "$pid"
	# A dynamic user's number.
	until_ok check_says '^6[1-5][0-9]{3}$'
	until_ok grep -q '^store: .*gained' /run/moved
	systemctl reload $SSID
	until_ok logged config
	! logged need || fail "it logs what it needs, and has all"
	same "the process after a reload" "$pid" "$(prop $SSID MainPID)"
	kill -9 "$pid"
	until_ok is_another "$pid"
	begun=${EPOCHREALTIME/./}
	systemctl stop $SSID
	same "how it ended" success "$(prop $SSID Result)"
	echo "stopped in $(((${EPOCHREALTIME/./} - begun) / 1000)) ms; its check ran without rights; notify: $(tail -n 1 /run/moved)"
}

# What the kernel takes for a thread that never pauses, where the processor is slow enough for two ticks of it.
never_pauses() {
	ssid_up
	overruns "$(prop $SSID MainPID)"
	systemctl stop $SSID
}

# Time and again, and back each time.
ssid_killed() {
	local n pid begun took longest=0
	ssid_up
	for ((n = 0; n < 10; n++)); do
		pid=$(prop $SSID MainPID)
		begun=${EPOCHREALTIME/./}
		kill -9 "$pid"
		until_ok is_another "$pid"
		took=$(((${EPOCHREALTIME/./} - begun) / 1000))
		((took < longest)) || longest=$took
	done
	until_ok ssid_serves
	systemctl stop $SSID
	echo "killed $n times, back after $longest ms at most"
}

# One that stands still is ended by the watchdog.
ssid_stands() {
	local pid
	ssid_up
	pid=$(prop $SSID MainPID)
	kill -STOP "$pid"
	until_ok is_another "$pid"
	journalctl -u $SSID -o cat --no-pager | grep -q 'Watchdog timeout' || fail "not by the watchdog"
	until_ok ssid_serves
	systemctl stop $SSID
}

after_failure() {
	systemctl --no-pager --lines=5 status 'ssi*' nginx corosync >&2
	journalctl -b -n 60 --no-pager >&2
	systemctl stop $SSID 2>/dev/null
	ip link del late0 2>/dev/null
	systemctl reset-failed
	(as_shipped) || true
}

serve_here

also systemd_units_are_sound units_are_sound
also systemd_static_cluster_serves_after_boot serves_after_boot
also systemd_metrics_are_written exports
also systemd_networkd_keeps_its_hands_off networkd_keeps_off
named systemd_watcher_puts_back watcher_puts_back
named systemd_cluster_comes_with_its_interface comes_with_its_interface
also systemd_ssid_runs ssid_runs
named systemd_ssid_that_never_pauses never_pauses
named systemd_ssid_killed_ten_times ssid_killed
named systemd_ssid_that_stands ssid_stands
