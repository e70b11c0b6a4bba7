// SPDX-License-Identifier: GPL-2.0-only

//! Configurations as their programs print them, and what comes of each. `file::make` has our own reader take what it made.

use proptest::prelude::*;
use ssi_cluster::file::ClusterFile;
use ssi_netlink::spec::Hash;

use super::*;
use crate::value;

const SEED: Seed = Seed([7; 16]);

/// An import that says nothing but what is given here.
fn plain() -> Import {
    Import {
        file: "input".to_owned(),
        ..Import::default()
    }
}

fn with(dev: &str, nodes: &[&str]) -> Import {
    Import {
        dev: (!dev.is_empty()).then(|| dev.to_owned()),
        nodes: nodes.iter().map(|name| (*name).to_owned()).collect(),
        ..plain()
    }
}

fn parsed(made: &Imported) -> ClusterFile {
    ClusterFile::parse("made", made.file.clone().into_bytes()).unwrap()
}

fn made(import: &Import, text: &str) -> (Imported, ClusterFile) {
    let made = imported(import, text, SEED).unwrap();
    let file = parsed(&made);
    (made, file)
}

fn refused(import: &Import, text: &str) -> String {
    match imported(import, text, SEED).unwrap_err() {
        Failure::Refused(why) | Failure::Usage(why) => why,
        Failure::ReaderGone => panic!("nobody reads"),
    }
}

#[track_caller]
fn notes(made: &Imported, parts: &[&str]) {
    for part in parts {
        assert!(
            made.notes.iter().any(|note| note.contains(part)),
            "{part}: {:#?}",
            made.notes
        );
    }
}

/// One with all that is shown.
pub fn whole() -> Imported {
    imported(&plain(), CIB, SEED).unwrap()
}

const CIB: &str = r#"<cib validate-with="pacemaker-3.9"><configuration><crm_config/>
<nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
<resources><clone id="vip-clone"><meta_attributes id="m">
<nvpair id="a" name="clone-max" value="2"/><nvpair id="b" name="clone-node-max" value="2"/>
<nvpair id="c" name="globally-unique" value="true"/></meta_attributes>
<primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="p">
<nvpair id="d" name="ip" value="192.0.2.10"/><nvpair id="e" name="cidr_netmask" value="24"/>
<nvpair id="f" name="nic" value="eth0"/><nvpair id="g" name="clusterip_hash" value="sourceip"/>
<nvpair id="h" name="mac" value="01:00:5E:00:02:0A"/><nvpair id="i" name="lvs_support" value="false"/>
</instance_attributes></primitive></clone></resources></configuration></cib>"#;

const CRM: &str = "node 1: n1\nnode 2: n2 \\\n\tattributes standby=off\nprimitive vip IPaddr2 \\\n\tparams ip=192.0.2.10 \
nic=\"eth0:1\" clusterip_hash=sourceip-sourceport \\\n\top monitor interval=10s\nprimitive web nginx \\\n\top monitor \
interval=10s\ngroup g vip web\nclone c g \\\n\tmeta clone-max=2 globally-unique=true\n";

const PCS: &str = "Cluster Name: c\nCorosync Nodes:\n n1 n2 n3\nPacemaker Nodes:\n n1 n2 n3\n\nResources:\n  Clone: \
vip-clone\n    Meta Attributes: vip-clone-meta_attributes\n      clone-max=3\n      globally-unique=true\n    Resource: vip \
(class=ocf provider=heartbeat type=IPaddr2)\n      Attributes: vip-instance_attributes\n        clusterip_hash=sourceip\n        \
ip=2001:db8::10\n        nic=eth0\n      Operations:\n        monitor: vip-monitor-interval-10s\n          interval=10s\n";

const IPTABLES: &str = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -d 192.0.2.10/32 -i eth1 -j CLUSTERIP --new --hashmode sourceip \
--clustermac 03:00:5E:00:00:20 --total-nodes 2 --local-node 2 --hash-init 0\nCOMMIT\n";

const NFT: &str = "table inet mangle {\n\tchain pre {\n\t\ttype filter hook prerouting priority mangle; policy accept;\n\t\tiifname \
\"eth0\" ip daddr 192.0.2.10 jhash ip saddr mod 3 seed 0xdeadbeef != { 1, 2 } drop\n\t}\n}\ntable arp a {\n\tchain o {\n\t\tarp \
operation reply arp saddr ether set 03:5a:c0:00:02:0a\n\t}\n}\n";

const NLB: &str = "Cluster 192.0.2.10\r\nRetrieving parameters\r\nHostName = w1\r\nHostPriority              = 2\r\nClusterIPAddress        \
  = 192.0.2.10\r\nClusterName               = web.example.com\r\nClusterNetworkAddress     = 03-bf-c0-00-02-0a\r\nMulticastSupportEnable \
   = ENABLED\r\nIGMPSupport = DISABLED\r\nNumberOfRules = 2\r\nPortRules\r\n  Virtual IP addr   Start  End   Protocol  Mode  Priority \
Load Affinity\r\n  ALL               80     80    TCP       Multiple            50    None\r\n  ALL               443    443   TCP       \
Single    3\r\n";

const POWERSHELL: &str = "\nName          : web\nIPAddress     : 192.0.2.10\nSubnetMask    : 255.255.255.0\nMode          : \
IgmpMulticast\n\nName State      Interface HostID\n---- -----      --------- ------\nw1   Converged  Ethernet  1\nw2   Converged  \
Ethernet  2\n\nVirtualIPAddress : All\nStartPort : 0\nEndPort : 65535\nProtocol : Both\nMode : Multiple\nAffinity : Network\nTimeout : \
20\nEqualLoad : True\n\n";

const KEEPALIVED: &str = "! of n1\nvrrp_script web {\n  script \"/usr/bin/pgrep nginx\"\n  interval 2\n  fall 3\n}\nvrrp_instance VI_1 {\n  state \
MASTER\n  interface eth0\n  virtual_router_id 51\n  priority 150\n  authentication {\n    auth_type PASS\n  }\n  virtual_ipaddress {\n    \
192.0.2.10/24 dev eth0 label eth0:1\n    2001:db8::10/64\n  }\n  track_script { web }\n}\n";

const IPVS: &str = "virtual_server 192.0.2.10 80 {\n delay_loop 5\n lb_algo wlc\n lb_kind DR\n persistence_timeout 50\n real_server 10.0.0.1 80 \
{\n weight 2\n HTTP_GET { url { path /up } retry 4 }\n }\n real_server 10.0.0.2 80 { }\n real_server 10.0.0.3 80\n}\n";

#[test]
fn pacemaker_in_xml() {
    let (made, file) = made(&plain(), CIB);
    assert_eq!((made.from, made.name.as_str()), ("cib", "vip"));
    assert!(file.daemon.is_some());
    assert_eq!(file.names(), "n1, n2");
    assert_eq!(file.vips[0].to_string(), "192.0.2.10/32");
    assert_eq!(
        (file.hash, file.client_key),
        (Hash::Siphash, value::ClientKey::default())
    );
    // Clients keep the MAC that they know.
    assert_eq!(file.group, Some("239.0.2.10".parse().unwrap()));
    notes(
        &made,
        &[
            "cidr_netmask=24",
            "lvs_support=false",
            "two nodes",
            "the hash is another",
        ],
    );
}

#[test]
fn pacemaker_by_crm() {
    let (made, file) = made(&plain(), CRM);
    assert_eq!(
        (made.from, file.interface.as_deref()),
        ("crm", Some("eth0"))
    );
    assert_eq!(file.client_key.to_string(), "source-port");
    notes(&made, &["take it away for NFS"]);
}

#[test]
fn pacemaker_by_pcs() {
    let (first, file) = made(&plain(), PCS);
    assert_eq!((first.from, file.names().as_str()), ("pcs", "n1, n2, n3"));
    assert_eq!(file.vips[0].to_string(), "2001:db8::10/128");
    let command = "pcs resource create vip ocf:heartbeat:IPaddr2 ip=192.0.2.10 nic=eth0 cidr_netmask=32 clusterip_hash=sourceip \
                   op monitor interval=30s\npcs resource clone vip clone-max=2 clone-node-max=2 globally-unique=true\n";
    let (second, file) = made(&plain(), command);
    assert_eq!(
        (second.from, file.nodes.len(), file.hash),
        ("pcs", 2, Hash::Siphash)
    );
    let short = "pcs resource create vip IPaddr2 ip=192.0.2.10 nic=eth0 clone clone-max=2 globally-unique=true";
    let (_, file) = made(&plain(), short);
    assert_eq!(file.client_key.to_string(), "source-port");
    // As Pacemaker 1.1's pcs printed it.
    let old = " Clone: c\n  Meta Attrs: clone-max=2 globally-unique=true\n  Resource: vip (class=ocf provider=heartbeat \
               type=IPaddr2)\n   Attributes: cidr_netmask=32 ip=192.0.2.10 clusterip_hash=sourceip nic=eth0\n";
    let (_, file) = made(&plain(), old);
    assert_eq!((file.hash, file.nodes.len()), (Hash::Siphash, 2));
}

#[test]
fn a_resource_that_is_no_clone() {
    let text = "primitive vip IPaddr2 params ip=192.0.2.10 nic=eth0";
    let (made, file) = made(&with("", &["a", "b", "c"]), text);
    assert_eq!(file.hash, Hash::None);
    notes(&made, &["one node served all clients"]);
}

#[test]
fn rules_of_iptables() {
    let (first, file) = made(&with("", &["a", "b"]), IPTABLES);
    assert_eq!((first.from, file.master.as_str()), ("iptables", "a"));
    assert!(file.daemon.is_none());
    assert!(first.file.contains("mac = \"02:00:5e:00:00:20\""));
    notes(
        &first,
        &["this machine was node 2: its host name belongs at rank 1"],
    );
    let xt = "-A PREROUTING -i eth1 -m cluster --cluster-total-nodes 3 --cluster-local-nodemask 0x00000005 --cluster-hash-seed 1 -j \
              MARK --set-xmark 0xffff/0xffffffff\n";
    assert!(refused(&plain(), xt).contains("give --vip"));
    let import = Import {
        vip: vec!["192.0.2.10".parse().unwrap()],
        ..plain()
    };
    let (second, file) = made(&import, xt);
    assert_eq!(file.names(), "n1, n2, n3");
    notes(&second, &["node 1 and 3", "names are made up"]);
}

#[test]
fn rules_of_nft() {
    let (made, file) = made(&plain(), NFT);
    assert_eq!(
        (made.from, file.nodes.len(), file.interface.as_deref()),
        ("nft", 3, Some("eth0"))
    );
    assert!(made.file.contains("mac = \"02:5a:c0:00:02:0a\""));
    notes(&made, &["this machine's rule has node 1 and 2 of 3"]);
    let xt = "table ip filter {\n chain INPUT {\n  iifname \"eth0\" xt match \"cluster\" counter drop\n }\n}\n";
    assert!(refused(&plain(), xt).contains("iptables-save"));
}

#[test]
fn network_load_balancing() {
    let (made, file) = made(&with("eth0", &["a", "b"]), NLB);
    assert_eq!((made.from, made.name.as_str()), ("nlb", "web"));
    assert!(made.file.contains("mac = \"02:bf:c0:00:02:0a\""));
    assert_eq!(file.client_key.to_string(), "source-port");
    notes(
        &made,
        &[
            "80-80 TCP: all ports",
            "load 50",
            "443-443 TCP, single host, priority 3",
            "HostPriority 2",
        ],
    );
    assert!(refused(&with("", &["a"]), NLB).contains("give --dev"));
}

#[test]
fn network_load_balancing_by_powershell() {
    let (first, file) = made(&with("eth0", &[]), POWERSHELL);
    assert_eq!(
        (first.from, file.names().as_str()),
        ("powershell", "w1, w2")
    );
    assert_eq!(file.client_key.to_string(), "prefix:24,64");
    notes(&first, &["timeout 20 min", "mac = \"igmp\""]);
    let table = "Name IPAddress  SubnetMask OperationMode\n---- ---------  ---------- -------------\nweb  192.0.2.10 255.0.0.0  Unicast\n\n\
                 StartPort EndPort Protocol FilteringMode Affinity\n--------- ------- -------- ------------- --------\n        0   65535 \
                        3             2        1\n";
    let (second, file) = made(&with("eth0", &["a"]), table);
    assert_eq!(
        (file.client_key.to_string().as_str(), file.hash),
        ("source", Hash::Siphash)
    );
    notes(&second, &["unicast mode"]);
}

#[test]
fn an_address_that_vrrp_moves() {
    let (made, file) = made(&with("", &["a", "b", "c"]), KEEPALIVED);
    assert_eq!(
        (made.from, made.name.as_str(), file.vips.len()),
        ("keepalived", "VI_1", 2)
    );
    let checks = &file.daemon().unwrap().checks;
    assert_eq!((checks.len(), checks[0].fall), (1, 3));
    notes(
        &made,
        &["authentication", "virtual_router_id", "priority 150"],
    );
    let import = Import {
        by_hand: true,
        ..with("", &["a", "b", "c"])
    };
    let static_one = imported(&import, KEEPALIVED, SEED).unwrap();
    assert_eq!(parsed(&static_one).master, "a");
    notes(&static_one, &["a static cluster has no checks"]);
}

#[test]
fn a_service_that_ipvs_balances() {
    let (made, file) = made(&with("eth0", &["a", "b", "c"]), IPVS);
    assert_eq!((made.from, file.hash), ("keepalived", Hash::Siphash));
    assert_eq!(file.nodes[0].weight, 200);
    assert_eq!(file.daemon().unwrap().checks.len(), 1);
    notes(
        &made,
        &["lb_kind DR", "lb_algo wlc", "real_server 10.0.0.3: here n3"],
    );
}

#[test]
fn what_is_not_understood_is_said() {
    for (text, part) in [
        ("", "give --from"),
        ("<cib", "this is no XML"),
        ("<cib></cib>", "no resource of IPaddr2"),
        ("*filter\nCOMMIT\n", "no rule with CLUSTERIP"),
        ("table ip x {\n}\n", "no rule with jhash"),
        ("vrrp_instance a {\n", "has no end"),
        ("global_defs {\n}\n", "no vrrp_instance"),
        ("primitive v IPaddr2 params ip=x", "is no address"),
        ("primitive v IPaddr2 params ip=192.0.2.1", "give --dev"),
        (
            "primitive v IPaddr2 params ip=192.0.2.1 nic=e",
            "give --nodes",
        ),
        (
            "primitive v IPaddr2 params ip=0.0.0.0 nic=e",
            "no cluster file can be made",
        ),
        (
            "primitive v IPaddr2 params ip=192.0.2.1\nprimitive w IPaddr2 params ip=192.0.2.2",
            "give --only, as there are several: v, w",
        ),
    ] {
        let why = refused(
            &with("", if part.contains("made") { &["a"] } else { &[] }),
            text,
        );
        assert!(why.contains(part), "{text}: {why}");
        assert!(!why.contains('\n'), "{why}");
    }
    let other = Import {
        only: Some("x".to_owned()),
        ..plain()
    };
    assert!(refused(&other, KEEPALIVED).contains("--only x: there is no such one; there are VI_1"));
}

#[test]
fn one_of_several() {
    let text = "primitive v IPaddr2 params ip=192.0.2.1 nic=e\nprimitive w IPaddr2 params ip=192.0.2.2 nic=e";
    for only in ["w", "192.0.2.2"] {
        let import = Import {
            only: Some(only.to_owned()),
            ..with("", &["a"])
        };
        assert_eq!(made(&import, text).1.name, "w");
    }
}

#[test]
fn a_comment_ends_with_its_line() {
    let text = "primitive v IPaddr2 params ip=192.0.2.1 nic=e 'iflabel=a\u{85}\rname = \"x\"'";
    let (made, file) = made(&with("", &["a"]), text);
    assert_eq!(file.name, "v");
    assert!(!made.file.contains('\r'));
}

#[test]
fn files_of_windows() {
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("a:é".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(decoded(&wide), "a:é");
    assert_eq!(decoded("\u{feff}a".as_bytes()), "a");
    assert_eq!(decoded(&[0xff, 0xfe, 0]), "");
}

const ALL: &[&str] = &[
    CIB, CRM, PCS, IPTABLES, NFT, NLB, POWERSHELL, KEEPALIVED, IPVS,
];

fn anyhow() -> Import {
    Import {
        vip: vec!["192.0.2.10".parse().unwrap()],
        ..with("eth0", &["a", "b", "c"])
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}", kind in 0..Kind::NAMES.len()) {
        let import = Import { from: Kind::NAMES[kind].parse().ok(), ..anyhow() };
        let _ = imported(&import, &text, SEED);
    }

    /// What is nearly right reaches farther. Whatever is made our reader takes: `file::make` fails otherwise.
    #[test]
    fn no_broken_configuration_panics(
        which in 0..ALL.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[ -~\\n]{0,6}"), 0..6),
        kind in prop::option::of(0..Kind::NAMES.len()),
    ) {
        let mut text: Vec<char> = ALL[which].chars().collect();
        for (at, length, new) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + length.index(12)).min(text.len());
            text.splice(at..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        let from = kind.and_then(|kind| Kind::NAMES[kind].parse().ok());
        if let Ok(made) = imported(&Import { from, ..anyhow() }, &text, SEED) {
            parsed(&made);
            prop_assert!(!made.name.is_empty());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        decoded(&bytes);
    }
}
