#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest with two processors: tables of 65,536 buckets are changed while packets come in.
# Lines: "swap-changes N", "swap-milliseconds FIGURE" (of one change), "swap-sent N", "swap-lost N".
. "$(dirname "$0")/lib.sh"

BUCKETS=65536
CHANGES=${CHANGES:-200}

handled() {
	ssictl -j stats bench-v0 | jq '.[0].stats | [."rx-other", ."rx-served", ."rx-left", ."rx-draining"] | add'
}

bed
modprobe ssi_filter
ssictl cluster add bench-v0 --dev v0 --vip $VIP/24 --rank 0 --nodes 3 --function bitmap --buckets $BUCKETS --owned none \
	--drain-time 0
pg kpktgend_0 rem_device_all
pg kpktgend_0 'add_device v0'
for setting in 'xmit_mode netif_receive' "count 0" 'pkt_size 60' 'delay 0' 'burst 1' 'flag !SHARED' "dst_mac $GROUP" \
	"dst_min $VIP" "dst_max $VIP" 'src_min 10.64.0.0' 'src_max 10.127.255.255' 'flag IPSRC_RND'; do
	pg v0 "$setting"
done
before=$(handled)
echo start >/proc/net/pktgen/pgctrl &
starter=$!
sleep 0.3
begin=${EPOCHREALTIME/[.,]/}
ssi-probe swap --cluster bench-v0 --times "$CHANGES" --a "buckets=u32:$BUCKETS" --a "owned=bits:$BUCKETS:0-32767" \
	--b "buckets=u32:$BUCKETS" --b "owned=bits:$BUCKETS:32768-65535" >&2
end=${EPOCHREALTIME/[.,]/}
sleep 0.2
echo stop >/proc/net/pktgen/pgctrl
wait $starter
sent=$(awk '/pkts-sofar:/ { print $2 }' /proc/net/pktgen/v0)
echo "swap-changes $CHANGES"
awk -v us=$((end - begin)) -v n="$CHANGES" 'BEGIN { printf "swap-milliseconds %.3f\n", us / 1000 / n }'
echo "swap-sent $sent"
echo "swap-lost $((sent - ($(handled) - before)))"
