# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A node whose cluster file has another value than the others'. (faults.sh measures meanwhile.)

# differs FIELD…: n2's ssid is started with another value of each of these in its turn. It is left out, the others serve all, and both
# sides say in what the files differ. With the usual file it serves again.
differs() {
	local field other usual first=$1
	spread
	measure
	for field; do
		read -r other usual < <(values "$field")
		mark "n2 has another $field"
		n2_starts_with other_file "$field"
		all_is_well "n0 n1" n0 n1
		ssid_sees "any(.trouble[]; startswith(\"n2 is left out: $field is $other there and $usual here\"))" n0 n1
		ssid_sees "any(.trouble[]; startswith(\"this node is left out: $field is $usual at n0 and $other here\"))" n2
		ssid_sees '.nodes[2].state == "left-out"' n0
		each_has_one_owner n0 n1
		same "buckets of n2" none "$(in_ns n2 ssictl -j table show c | jq -r .owned)"
		noticed left-out
	done
	mark "its file is as the others' again"
	n2_starts_with ssid_file 3
	# shellcheck disable=SC2154 # a scenario has them
	all_is_well "${members[*]}" "${members[@]}"
	until_ok shares "${members[@]}"
	each_has_one_owner "${members[@]}"
	measured n2
	# What n2 had before it was started so is served when its lease is over. Whatever it comes with afterwards, nobody notices.
	for field; do [[ $field == "$first" ]] || nothing_unheard "n2 has another $field"; done
}

# n2_starts_with COMMAND…: its file is what this prints. What its kernel has by the file before is not what this one says.
n2_starts_with() {
	signal n2 ssid TERM
	in_ns n2 ssictl cluster del c >&2
	"$@" >"$(node_dir n2)/disk/etc/ssi/cluster.toml"
	ssid_start n2
}

# values FIELD: another one, and the usual one.
values() {
	# shellcheck disable=SC2154 # daemon.sh has it
	case $1 in
	buckets) echo "64 $ssid_buckets" ;;
	lease) echo "$((2 * SSID_LEASE)) $SSID_LEASE" ;;
	drift) echo "12 10" ;;
	mode) echo "forward multicast" ;;
	hash) echo "none siphash" ;;
	*) fail "$1 has no other value" ;;
	esac
}

# other_file FIELD: the usual file with that.
other_file() {
	local other
	other=$(values "$1")
	other=${other% *}
	case $1 in
	buckets | lease) ssid_file 3 | sed "s/^$1 = .*/$1 = $other/" ;;
	drift) ssid_file 3 | sed "/^drift = /d; s/^\[daemon\]\$/&\ndrift = $other/" ;;
	mode) ssid_file 3 | sed "s/^interface = .*/&\nmode = \"$other\"\nforward = \"all\"\nvlan = 100/" ;;
	hash) ssid_file 3 | sed '/^hash/d' ;;
	esac
}
