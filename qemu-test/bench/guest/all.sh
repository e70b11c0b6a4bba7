#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest: every row, as often as $ROUNDS says.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rows.sh"
. "$(dirname "$0")/peers.sh"
. "$(dirname "$0")/wire.sh"

# Of the clients, the one that Jenkins' hash gives to this node.
MINE_JHASH=$OTHER OTHER_JHASH=$MINE
read -ra groups <<<"${GROUPS_OF_ROWS:-kernel path peer veth wire forward}"
eval "$(python3 $BENCH/guest/frames.py list)"
bed
for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
	for group in "${groups[@]}"; do
		echo "round $round of ${ROUNDS:-1}: $group" >&2
		"${group}_rows"
	done
done
