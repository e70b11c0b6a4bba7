# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Pacemaker beside Corosync in nodes (ring.sh has that), with the VIP as its only resource, by IPaddr2 unless a scenario has
# another. There is no fencing device: who is lost is taken for dead at once, which is the shortest that it can be.

# What each node has for itself, besides what ring.sh gives it.
# shellcheck disable=SC2034 # ring.sh makes them
node_places+=(/var/lib/pacemaker /var/log/pacemaker)

# pacemaker_resources: the VIP, at one node.
pacemaker_resources() {
	cat <<-END
		<primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2">
			<instance_attributes id="vip-attributes">
				<nvpair id="vip-ip" name="ip" value="$VIP"/>
				<nvpair id="vip-mask" name="cidr_netmask" value="32"/>
				<nvpair id="vip-nic" name="nic" value="eth0"/>
			</instance_attributes>
			<operations>
				<op id="vip-monitor" name="monitor" interval="10s"/>
			</operations>
		</primitive>
	END
}

# Whether what runs stays where it is.
pacemaker_stickiness=100

# pacemaker_config: the VIP, which stays where it is, and no fencing.
pacemaker_config() {
	cat <<-END
		<cib crm_feature_set="3.0.0" validate-with="pacemaker-3.0" admin_epoch="0" epoch="1" num_updates="0">
			<configuration>
				<crm_config>
					<cluster_property_set id="options">
						<nvpair id="options-stonith" name="stonith-enabled" value="false"/>
					</cluster_property_set>
				</crm_config>
				<nodes/>
				<resources>
					$(pacemaker_resources)
				</resources>
				<constraints/>
				<rsc_defaults>
					<meta_attributes id="defaults">
						<nvpair id="defaults-stickiness" name="resource-stickiness" value="$pacemaker_stickiness"/>
					</meta_attributes>
				</rsc_defaults>
			</configuration>
			<status/>
		</cib>
	END
}

# pacemaker_files NODE…: folders that its package has, and the configuration.
pacemaker_files() {
	local node disk folder
	for node; do
		disk=$(node_dir "$node")/disk
		for folder in blackbox cib cores pengine; do mkdir -p "$disk/var/lib/pacemaker/$folder"; done
		pacemaker_config >"$disk/var/lib/pacemaker/cib/cib.xml"
		chown -R hacluster:haclient "$disk/var/lib/pacemaker" "$disk/var/log/pacemaker"
		chmod -R o= "$disk/var/lib/pacemaker" "$disk/var/log/pacemaker"
	done
}

# pacemaker_start NODE…
pacemaker_start() {
	local node
	for node; do
		daemon "$node" pacemaker env PCMK_logfile=/var/log/pacemaker/pacemaker.log PCMK_logfacility=none pacemakerd -f
	done
}

# pacemaker_all_there NODE…: each is in the partition of each.
pacemaker_all_there() {
	local node
	for node; do
		[[ $(in_node "$node" crm_node -p 2>/dev/null | wc -w) == "$#" ]] || return 1
	done
}

# pacemaker_up NODE…
pacemaker_up() {
	pacemaker_files "$@"
	ring_start "$@"
	pacemaker_start "$@"
	until_ok pacemaker_all_there "$@"
}

# patient CMD…: waits until it succeeds, for five minutes: an emulated machine that runs Pacemaker three times is slow.
patient() {
	local end=$((SECONDS + 300))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || fail "not within five minutes: $*"
		sleep 1
	done
}

# has_vip NODE…: those that have the address.
has_vip() {
	local node
	for node; do ! ip -n "$node" -br addr show eth0 | grep -qF " $VIP/" || echo "$node"; done
}

# pacemaker_rests NODE…: all are there, and one has the address, and keeps it.
pacemaker_rests() {
	local at
	at=$(has_vip "$@")
	[[ $at && $at != *$'\n'* ]] && pacemaker_all_there "$@" && sleep 2 && [[ $(has_vip "$@") == "$at" ]]
}

# pacemaker_down NODE…: it takes its programs along.
pacemaker_down() {
	local node
	for node; do signal "$node" pacemaker TERM; done
	for node; do ip -n "$node" addr del "$VIP/32" dev eth0 2>/dev/null || true; done
}
