# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# keepalived in nodes: the VIP is at the one of them that is active. n0 is to be it first.

# keepalived_file NODE NODES ADVERT [bfd]: VRRP 3, whose intervals may be parts of a second; all else is as it is by default. With BFD
# the second of two nodes is kept from the address while the session to the first is up. When that is down it waits for three adverts
# by its own interval, which is as short as can be.
keepalived_file() {
	local rank=${1#n} advert=$3
	[[ ${4-} != bfd || $rank == 0 ]] || advert="advert_int 0.01"
	cat <<-END
		global_defs {
			router_id $1
			vrrp_version 3
		}
	END
	[[ ${4-} != bfd ]] || cat <<-END
		bfd_instance peer {
			source_ip 10.9.0.$((rank + 1))
			neighbor_ip 10.9.0.$((2 - rank))
			min_rx 50
			min_tx 50
			multiplier 3
		}
	END
	cat <<-END
		vrrp_instance c {
			state $([[ $rank == 0 ]] && echo MASTER || echo BACKUP)
			interface eth0
			virtual_router_id 51
			priority $([[ ${4-} == bfd && $rank == 1 ]] && echo 255 || echo $((101 - rank)))
			$advert
			virtual_ipaddress {
				$VIP/32
			}
			$([[ ${4-} != bfd || $rank == 0 ]] || echo 'track_bfd { peer weight 0 reverse }')
		}
	END
}

# keepalived_up NODES ADVERT [bfd]
keepalived_up() {
	local i file
	keepalived_nodes=$1
	for ((i = 0; i < $1; i++)); do
		file=$(node_dir "n$i")/disk/etc/ssi/keepalived.conf
		keepalived_file "n$i" "$@" >"$file"
		chmod 644 "$file"
		daemon "n$i" keepalived keepalived --dont-fork --log-console --use-file /etc/ssi/keepalived.conf
	done
}

# keepalived_active: who has the address, and can be reached.
keepalived_active() {
	local i
	for ((i = 0; i < keepalived_nodes; i++)); do
		ip -n "n$i" -br addr show eth0 | grep -qF " $VIP/" && ip -n sw link show "p$i" | grep -q 'master br0' && echo "n$i"
	done
	true
}

# keepalived_rests: one has it, n0, which has the highest priority, and clients are answered.
keepalived_rests() {
	[[ $(keepalived_active) == n0 ]] && sleep 3 && [[ $(keepalived_active) == n0 ]]
}

# keepalived_down: in order, as its children outlive it else for a while.
keepalived_down() {
	local i
	for ((i = 0; i < keepalived_nodes; i++)); do signal "n$i" keepalived TERM; done
	for ((i = 0; i < keepalived_nodes; i++)); do ip -n "n$i" addr del "$VIP/32" dev eth0 2>/dev/null || true; done
}
