#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# seconds: 10 3
# Other programs read what the module and ssictl have: the kernel source's own client (tools/net/ynl), Prometheus' parser, promtool, jq.
#
#     n0: eth0 ── peer0
. "$(dirname "$0")/lib/scenario.sh"

ynl() {
	in_ns n0 python3 "$(dirname "$0")/80-ynl.py" "$@"
}

# What ssictl exports is read by Prometheus' own parser, and is what ssictl's JSON has.
exported() {
	in_ns n0 ssictl cluster add c --dev eth0 --vip 10.9.0.100/32 --rank 0 --nodes 3 --master
	in_ns n0 ssictl export --file "$WORK/ssi.prom"
	"$(dirname "$0")/lib/metrics.py" "$WORK/ssi.prom" >"$WORK/samples"
	in_ns n0 ssictl -j stats c >"$WORK/stats"
	in_ns n0 ssictl -j table show c >"$WORK/table"
	same "state" "$(jq -c '{buckets, owned: .["owned-buckets"], master: 1}' "$WORK/table")" \
		"$(jq -c '[.[] | select(.labels == {cluster: "c", interface: "eth0"}) | {key: .name, value: (.value | floor)}] | from_entries
			| {buckets: .ssi_kernel_buckets, owned: .ssi_kernel_buckets_owned, master: .ssi_kernel_master}' "$WORK/samples")"
	same "counters" "$(jq -c '.[0].stats | del(.["rx-keepalive"]) | keys' "$WORK/stats")" \
		"$(jq -c '[.[] | select(.name == "ssi_kernel_packets_total").labels.counter] | sort' "$WORK/samples")"
	same "types" '["counter","gauge"]' "$(jq -c '[.[].type] | unique' "$WORK/samples")"
	same "clusters by jq" c "$(in_ns n0 ssictl -j | jq -r '.[].name')"
	in_ns n0 ssictl cluster del c
	echo "$(jq length "$WORK/samples") samples: $(jq -c '[.[].type] | group_by(.) | map({key: .[0], value: length}) | from_entries' "$WORK/samples")"
}

# The rules of alerts, by Prometheus' own tool: nothing of a cluster that is well, and each of one that is ill.
alerts() {
	local rules=/usr/share/doc/ssi/examples/prometheus/ssi.rules.yml test
	test=$(dirname "$0")/80-alerts.yml
	cp "$rules" "$test" "$WORK"
	promtool check rules "$rules" >"$WORK/said" 2>&1 || fail "$(<"$WORK/said")"
	(cd "$WORK" && promtool test rules 80-alerts.yml) >"$WORK/said" 2>&1 || fail "$(<"$WORK/said")"
	same "alerts that come" "$(sed -n 's/.*- alert: //p' "$rules" | sort)" "$(sed -n 's/.*{alertname="\([A-Za-z]*\)".*/\1/p' "$test" | sort)"
	echo "$(grep -c -- '- alert: ' "$rules") alerts"
}

quiet_kernel
namespace n0
ip -n n0 link add eth0 address "$(node_mac 0)" type veth peer name peer0
ip -n n0 link set eth0 up
modprobe ssi_filter

claim claim_7_ynl_drives_the_family ynl drive events
claim claim_7_ynl_gets_the_sentence ynl refuse
also claim_14_prometheus_and_jq_read_what_there_is exported
# SSI_GUEST_PACKAGES="prometheus" has what this takes.
if [[ -x /usr/bin/promtool ]]; then
	named alerts_come_as_promtool_sees_them alerts
fi
