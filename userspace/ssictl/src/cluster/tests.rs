// SPDX-License-Identifier: GPL-2.0-only

//! The order of steps, and that a command that fails at any of them leaves all as it was.

use clap::Parser as _;
use ssi_cluster::del;
use ssi_cluster::failure::Failure;
use ssi_cluster::fake::Fake;
use ssi_netlink::link::Link;

use crate::args::{Args, ClusterVerb, TableVerb, Verb};
use crate::cluster::{add, join, probe, set};
use crate::table;

/// Runs a command line.
fn run(fake: &mut Fake, line: &str) -> Result<(), Failure> {
    let arguments = std::iter::once("ssictl").chain(line.split_whitespace());
    match Args::try_parse_from(arguments).unwrap().verb.unwrap() {
        Verb::Cluster { verb } => match *verb.unwrap() {
            ClusterVerb::Add(add) => add::run(fake, &add),
            ClusterVerb::Set(set) => set::run(fake, &set),
            ClusterVerb::Join(join) => join::learn(fake, &join).map(drop),
            ClusterVerb::Del {
                name: Some(name), ..
            } => del::run(fake, &name),
            ClusterVerb::Show { .. } | ClusterVerb::Del { .. } => panic!("not of one cluster"),
        },
        Verb::Table {
            verb: TableVerb::Set(set),
        } => table::set::run(fake, &set),
        _ => panic!("shows only"),
    }
}

fn done(fake: &mut Fake, line: &str) -> Vec<String> {
    fake.steps.clear();
    assert_eq!(run(fake, line), Ok(()), "{line}");
    std::mem::take(&mut fake.steps)
}

const ADD: &str =
    "cluster add web --dev eth0 --vip 10.0.0.100/24 --vip 10.0.0.101/24 --rank 1 --nodes 3";

/// Lets each step of a command fail in turn; whatever fails, the rest undoes it.
pub fn fails_without_a_trace(start: &Fake, line: &str) {
    for promote in [false, true] {
        let mut whole = start.clone();
        whole.promote = promote;
        let steps = done(&mut whole, line).len();
        assert!(steps > 0);
        for fails in 0..steps {
            let mut fake = start.clone();
            fake.promote = promote;
            fake.steps.clear();
            fake.fails = Some(fails);
            let result = run(&mut fake, line);
            assert!(
                matches!(result, Err(Failure::Refused(_))),
                "step {fails} of {line}"
            );
            let tried = fake.steps.join(", ");
            assert_eq!(fake.addresses(), start.addresses(), "{line}: {tried}");
            assert_eq!(fake.clusters(), start.clusters(), "{line}: {tried}");
            assert_eq!(fake.state.links, start.state.links, "{line}: {tried}");
        }
    }
}

/// The former spelling of `--rank`, for one release.
#[test]
fn a_rank_by_its_former_option() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    done(&mut fake, &ADD.replace("--rank", "--node"));
    done(&mut fake, "cluster set web --node 2");
    assert_eq!(fake.state.clusters["web"].0.node, 2);
    let join = "cluster join web --dev eth0 --vlan 7 --node 1 --insecure";
    let arguments = std::iter::once("ssictl").chain(join.split_whitespace());
    assert!(Args::try_parse_from(arguments).is_ok());
}

#[test]
fn add_makes_the_cluster_before_its_addresses() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let steps = done(&mut fake, ADD);
    assert_eq!(steps, ["create web", "bind 10.0.0.100", "bind 10.0.0.101"]);
}

#[test]
fn add_takes_an_address_that_is_there() {
    let mut fake = Fake::with(&["10.0.0.100/24"]);
    assert_eq!(done(&mut fake, ADD), ["create web", "bind 10.0.0.101"]);
    fails_without_a_trace(&Fake::with(&["10.0.0.100/24"]), ADD);
}

#[test]
fn add_refuses_an_address_that_is_there_with_another_prefix() {
    let mut fake = Fake::with(&["10.0.0.100/32"]);
    let Err(Failure::Refused(sentence)) = run(&mut fake, ADD) else {
        panic!("not refused");
    };
    assert!(sentence.starts_with("--vip 10.0.0.100/24: eth0 has it as 10.0.0.100/32"));
    assert!(fake.steps.is_empty());
}

#[test]
fn add_fails_without_a_trace() {
    fails_without_a_trace(&Fake::with(&[]), ADD);
    fails_without_a_trace(&Fake::with(&["10.0.0.1/24", "10.0.0.101/24"]), ADD);
}

#[test]
fn del_removes_the_addresses_before_the_cluster() {
    let mut fake = Fake::with(&[]);
    fake.promote = true;
    done(&mut fake, ADD);
    let steps = done(&mut fake, "cluster del web");
    assert_eq!(
        steps,
        ["unbind 10.0.0.100", "unbind 10.0.0.101", "remove web"]
    );
    assert!(fake.addresses().is_empty() && fake.clusters().is_empty());
}

#[test]
fn del_leaves_the_nodes_own_addresses() {
    // The cluster's address is the oldest of the subnet here, and the kernel takes the younger with it.
    let mut fake = Fake::with(&["10.0.0.100/24", "10.0.0.1/24", "10.9.0.1/24"]);
    done(&mut fake, ADD);
    done(&mut fake, "cluster del web");
    assert_eq!(fake.addresses(), ["10.0.0.1/24", "10.9.0.1/24"]);
}

#[test]
fn del_leaves_what_somebody_else_bound() {
    // Bound before by ssi, as by a process that ended: it goes. By anybody else: it stays, though it is the cluster's.
    for (fake, left) in [
        (Fake::with(&["10.0.0.100/24"]), &[][..]),
        (Fake::default().owning("10.0.0.100/24"), &["10.0.0.100/24"]),
    ] {
        let mut fake = fake;
        done(&mut fake, ADD);
        done(&mut fake, "cluster set web --vip 10.0.0.101/24");
        assert_eq!(fake.addresses(), [left, &["10.0.0.101/24"]].concat());
        done(&mut fake, "cluster del web");
        assert_eq!(fake.addresses(), left);
    }
}

#[test]
fn del_fails_without_a_trace() {
    for addresses in [&["10.0.0.1/24"][..], &["10.0.0.100/24", "10.0.0.1/24"], &[]] {
        let mut fake = Fake::with(addresses);
        done(&mut fake, ADD);
        fails_without_a_trace(&fake, "cluster del web");
    }
}

#[test]
fn set_takes_old_addresses_first_and_brings_new_ones_last() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    done(&mut fake, ADD);
    let steps = done(
        &mut fake,
        "cluster set web --vip 10.0.0.101/24 --vip 10.0.0.102/24",
    );
    assert_eq!(
        steps,
        ["unbind 10.0.0.100", "change web", "bind 10.0.0.102"]
    );
    assert_eq!(
        fake.addresses(),
        ["10.0.0.1/24", "10.0.0.101/24", "10.0.0.102/24"]
    );
}

#[test]
fn set_fails_without_a_trace() {
    let lines = [
        "cluster set web --vip 10.0.0.102/24 --vip 10.0.0.103/24 --nodes 5 --rank 4 --master on",
        "cluster set web --vip 10.0.0.101/24 --function bitmap --buckets 32 --owned 1-5,9",
        "cluster set web --vip 10.0.0.101/24 --vip 10.0.0.104/24 --reply-mac node",
        "cluster set web --nodes 9",
    ];
    for addresses in [&["10.0.0.1/24"][..], &["10.0.0.100/24", "10.0.0.1/24"], &[]] {
        for function in ["", " --function bitmap --buckets 16 --owned 0-3,7"] {
            let mut fake = Fake::with(addresses);
            done(&mut fake, &format!("{ADD}{function}"));
            for line in lines {
                fails_without_a_trace(&fake, line);
            }
        }
    }
}

#[test]
fn a_list_is_meant_for_the_configuration_that_was_read() {
    let mut fake = Fake::with(&[]);
    done(&mut fake, &format!("{ADD} --function bitmap --buckets 16"));
    done(&mut fake, "cluster set web --owned mod --nodes 4");
    assert_eq!(fake.clusters()[0].1, [0b0010_0010, 0b0010_0010]);
    let stale = run(&mut fake, "cluster set web --owned 3 --generation 1");
    assert!(matches!(stale, Err(Failure::Refused(_))));
    let beyond = run(&mut fake, "cluster set web --owned 16");
    assert!(matches!(beyond, Err(Failure::Refused(_))));
    let beyond = run(&mut fake, "cluster set web --buckets 16 --owned 16");
    assert!(matches!(beyond, Err(Failure::Usage(_))));
}

#[test]
fn a_table_gets_the_next_generation() {
    let mut fake = Fake::with(&[]);
    done(&mut fake, ADD);
    done(&mut fake, "table set web --buckets 16 --owned all");
    assert_eq!(fake.state.clusters["web"].0.generation, 2);
    done(
        &mut fake,
        "table set web --buckets 6 --owned mod --generation 9",
    );
    let (cluster, owned) = &fake.state.clusters["web"];
    assert_eq!(
        (cluster.generation, owned.as_slice()),
        (9, &[0b01_0010][..])
    );
}

const FORWARD: &str =
    "cluster add web --dev eth0 --vip 10.0.0.100/24 --rank 1 --nodes 3 --mode forward";

fn vlan(name: &str, below: u32, id: u16) -> Link {
    Link {
        ifindex: 50,
        name: name.into(),
        alias: None,
        up: true,
        carrier: true,
        running: true,
        vlan: Some((below, id)),
    }
}

#[test]
fn claim_3_add_makes_the_vlan_first_and_del_removes_it_last() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let steps = done(&mut fake, &format!("{FORWARD} --vlan 7"));
    assert_eq!(
        steps,
        [
            "make eth0.7",
            "set up #100, ssi web",
            "create web",
            "bind 10.0.0.100"
        ]
    );
    assert_eq!(fake.clusters()[0].0.forward_ifindex, Some(100));
    let steps = done(&mut fake, "cluster del web");
    assert_eq!(steps, ["unbind 10.0.0.100", "remove web", "remove #100"]);
    assert!(fake.state.links.is_empty());
}

#[test]
fn add_and_del_with_a_vlan_fail_without_a_trace() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let line = format!("{FORWARD} --vlan 7 --forward owner --reply-mac node --master");
    fails_without_a_trace(&fake, &line);
    done(&mut fake, &line);
    fails_without_a_trace(&fake, "cluster del web");
}

#[test]
fn a_vlan_that_is_there_is_used_and_stays() {
    let mut fake = Fake::with(&[]);
    fake.state.links.push(vlan("eth0.7", 2, 7));
    let steps = done(&mut fake, &format!("{FORWARD} --vlan 7"));
    assert_eq!(steps, ["create web", "bind 10.0.0.100"]);
    fails_without_a_trace(&fake, "cluster del web");
    done(&mut fake, "cluster del web");
    assert_eq!(fake.state.links, [vlan("eth0.7", 2, 7)]);
    let steps = done(&mut fake, &format!("{FORWARD} --forward-dev eth0.7"));
    assert_eq!(steps, ["create web", "bind 10.0.0.100"]);
}

#[test]
fn anything_else_of_that_name_is_refused() {
    let down = Link {
        up: false,
        ..vlan("eth0.7", 2, 7)
    };
    let plain = Link {
        vlan: None,
        ..vlan("eth0.7", 2, 7)
    };
    for link in [vlan("eth0.7", 2, 8), vlan("eth0.7", 3, 7), plain, down] {
        let mut fake = Fake::with(&[]);
        fake.state.links.push(link);
        let Err(Failure::Refused(sentence)) = run(&mut fake, &format!("{FORWARD} --vlan 7")) else {
            panic!("not refused");
        };
        assert!(sentence.starts_with("--vlan 7: "), "{sentence}");
        assert!(sentence.contains("eth0.7"), "{sentence}");
        assert!(fake.steps.is_empty());
    }
    let Err(Failure::Refused(sentence)) = run(
        &mut Fake::default(),
        &format!("{FORWARD} --forward-dev eth9"),
    ) else {
        panic!("not refused");
    };
    assert_eq!(
        sentence,
        "--forward-dev eth9: no such interface; see ip link"
    );
}

#[test]
fn a_vlan_stays_while_another_cluster_forwards_by_it() {
    let mut fake = Fake::with(&[]);
    done(&mut fake, &format!("{FORWARD} --vlan 7"));
    let other = FORWARD.replace("web", "db").replace(".100/", ".101/");
    done(&mut fake, &format!("{other} --vlan 7"));
    done(&mut fake, "cluster del web");
    assert_eq!(fake.state.links.len(), 1);
    fails_without_a_trace(&fake, "cluster del db");
    done(&mut fake, "cluster del db");
    assert!(fake.state.links.is_empty());
}

#[test]
fn claim_4_the_group_is_joined_before_clients_can_send() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let steps = done(&mut fake, &format!("{ADD} --mac igmp"));
    assert_eq!(
        steps,
        [
            "create web",
            "bind 239.255.0.100",
            "bind 10.0.0.100",
            "bind 10.0.0.101"
        ]
    );
    let (cluster, _) = &fake.clusters()[0];
    assert_eq!(cluster.group_mac, [1, 0, 0x5e, 0x7f, 0, 100]);
    let steps = done(&mut fake, "cluster del web");
    assert_eq!(
        steps,
        [
            "unbind 10.0.0.100",
            "unbind 10.0.0.101",
            "unbind 239.255.0.100",
            "remove web"
        ]
    );
    assert_eq!(fake.addresses(), ["10.0.0.1/24"]);
}

#[test]
fn a_group_fails_without_a_trace() {
    for line in [
        format!("{ADD} --mac mld"),
        format!("{ADD} --mac igmp --group 239.1.2.3"),
        ADD.replace("10.0.0.101/24", "2001:db8::1/64") + " --mac mld --group ff15::1:1",
    ] {
        let mut fake = Fake::with(&["10.0.0.1/24"]);
        fails_without_a_trace(&fake, &line);
        done(&mut fake, &line);
        fails_without_a_trace(&fake, "cluster del web");
        done(&mut fake, "cluster del web");
        assert_eq!(fake.addresses(), ["10.0.0.1/24"], "{line}");
    }
}

#[test]
fn other_groups_stay() {
    let mut fake = Fake::with(&["239.255.0.100/32", "239.1.1.1/32"]);
    let steps = done(&mut fake, &format!("{ADD} --mac igmp"));
    assert_eq!(steps, ["create web", "bind 10.0.0.100", "bind 10.0.0.101"]);
    done(&mut fake, "cluster del web");
    assert_eq!(fake.addresses(), ["239.1.1.1/32"]);
}

#[test]
fn a_list_of_buckets_says_the_place() {
    let add =
        "cluster add web --dev eth0 --vip 10.0.0.100/24 --function bitmap --buckets 16 --owned";
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    done(&mut fake, &format!("{add} 4-7"));
    let cluster = &fake.state.clusters["web"].0;
    assert_eq!((cluster.node, cluster.nodes), (4, 16));
    for (more, sentence) in [
        ("none", "--owned none: give --rank and --nodes too"),
        ("mod", "--owned mod: give --rank and --nodes too"),
        (
            "16",
            "--owned 16: buckets run from 0 to 15 where there are 16",
        ),
        ("1 --rank 1", "--rank 1: give --nodes too"),
        ("1 --nodes 2", "--nodes 2: give --rank too"),
    ] {
        let refused = run(&mut Fake::with(&[]), &format!("{add} {more}"));
        assert_eq!(refused, Err(Failure::Usage(sentence.into())));
    }
}

#[test]
fn an_address_that_no_host_of_the_subnet_has_is_refused() {
    for vip in ["10.0.0.255/32", "10.0.0.0/32"] {
        let line = ADD.replace("10.0.0.100/24", vip);
        let mut fake = Fake::with(&["10.0.0.1/24"]);
        let Err(Failure::Refused(sentence)) = run(&mut fake, &line) else {
            panic!("not refused");
        };
        assert!(sentence.contains("address of its /24"), "{sentence}");
        assert!(fake.steps.is_empty());
        // Of a subnet that the interface does not have nothing is known.
        assert_eq!(run(&mut Fake::with(&["10.9.0.1/24"]), &line), Ok(()));
    }
}

#[test]
fn who_has_an_address_already_is_told() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    fake.in_use = Some([2, 0, 0, 0, 0, 9]);
    let Verb::Cluster { verb } = Args::try_parse_from(["ssictl"].into_iter().chain(ADD.split(' ')))
        .unwrap()
        .verb
        .unwrap()
    else {
        panic!("another verb");
    };
    let ClusterVerb::Add(add) = *verb.unwrap() else {
        panic!("another verb");
    };
    let draft = add.draft().unwrap();
    let vips = || draft.vips.iter().map(|vip| vip.address);
    let holders = probe::holders(&mut fake, &draft.dev, vips()).unwrap();
    assert_eq!(holders.len(), 2);
    done(&mut fake, ADD);
    let warnings = probe::warnings(&mut fake, "web", &holders).unwrap();
    assert!(warnings[0].starts_with("10.0.0.100 is in use: 02:00:00:00:00:09 answered"));
    // The cluster's own master answers too, on another node.
    let mac = fake.state.clusters["web"].0.group_mac;
    let ours: Vec<_> = holders.iter().map(|(vip, _)| (*vip, mac)).collect();
    assert!(probe::warnings(&mut fake, "web", &ours).unwrap().is_empty());
    // What is bound here is nobody else's.
    assert!(
        probe::holders(&mut fake, &draft.dev, vips())
            .unwrap()
            .is_empty()
    );
}
