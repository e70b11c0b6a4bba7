# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source-path=SCRIPTDIR/..
# Sourced by each scenario, first of all: tests, a switch with nodes, a cluster.
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/net.sh"
. "$(dirname "$0")/lib/cluster.sh"

# However a scenario ends, all is ended that it has running or standing; tidy_first is for what only this one has.
tidy() {
	tidy_first
	stop_all_probes
	namespaces_down
	unload
}

tidy_first() { :; }
