# shellcheck shell=bash source-path=SCRIPTDIR/..
# SPDX-License-Identifier: GPL-2.0-only
# Nodes that are machines of their own, run by ssid beside Corosync with its own timers, as its package has them, and no encryption.
# Source this after scenario.sh.

# What leases need on three machines that share two processors, emulated ones above all.
case ${SSI_LANE:-} in
stock) SSID_LEASE=5000 ;;
*) SSID_LEASE=1200 ;;
esac
. "$(dirname "$0")/lib/moves.sh"
. "$(dirname "$0")/lib/ring.sh"
. "$(dirname "$0")/lib/daemon.sh"
. "$(dirname "$0")/lib/machines.sh"

# shellcheck disable=SC2034 # daemon.sh and ring.sh have them
ssid_beat=$((SSID_LEASE / 10)) ring_crypto="none none"
ring_times() { :; }
