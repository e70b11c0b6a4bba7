// SPDX-License-Identifier: GPL-2.0-only

//! Tests of rules and tables for replies.

use ssi_netlink::spec::Function;

use super::*;
use crate::fake::{DEVICE, Fake, sample};

const STORAGE: u32 = 9;

fn gateway() -> IpAddr {
    [192, 0, 2, 1].into()
}

/// A node with a cluster, which has another network too, with the default route by there.
fn elsewhere() -> Fake {
    let mut fake = Fake::with(&["192.0.2.10/24"]);
    let cluster = sample(Function::Modulo);
    fake.state
        .clusters
        .insert("store".into(), (cluster, vec![0]));
    let other = Path::by([10, 1, 0, 1].into(), STORAGE, 0);
    fake.state.paths.push((
        MAIN,
        Path {
            is_ours: false,
            ..other
        },
    ));
    let link = Path {
        destination: Some([192, 0, 2, 0].into()),
        prefix: 24,
        gateway: None,
        is_ours: false,
        ..Path::by(gateway(), DEVICE.1, 0)
    };
    fake.state.paths.push((MAIN, link));
    fake
}

fn kept(fake: &mut Fake, gateways: Option<&[IpAddr]>) -> (bool, Vec<String>) {
    fake.steps.clear();
    let changed = keep(fake, DEVICE.0, DEVICE.1, gateways).unwrap();
    (changed, fake.steps.clone())
}

#[test]
fn what_is_on_the_link_and_then_a_gateway() {
    let mut fake = elsewhere();
    assert_eq!(
        kept(&mut fake, None).1,
        ["route by the link", "replies of 192.0.2.10"]
    );
    assert_eq!(kept(&mut fake, None), (false, vec![]));
    assert_eq!(
        kept(&mut fake, Some(&[gateway()])).1,
        ["route by 192.0.2.1"]
    );
    assert_eq!(given(&mut fake, DEVICE.0, DEVICE.1).unwrap(), [gateway()]);
    // Who does not say leaves it.
    assert_eq!(kept(&mut fake, None), (false, vec![]));
    assert_eq!(kept(&mut fake, Some(&[])).1, ["no route by 192.0.2.1"]);
    // A default route by the interface is taken over, unless a gateway is given.
    let own = Path {
        is_ours: false,
        ..Path::by(gateway(), DEVICE.1, 100)
    };
    fake.state.paths.push((MAIN, own));
    assert_eq!(kept(&mut fake, None).1, ["route by 192.0.2.1"]);
    let other: IpAddr = [192, 0, 2, 2].into();
    assert_eq!(
        kept(&mut fake, Some(&[other])).1,
        ["no route by 192.0.2.1", "route by 192.0.2.2"]
    );
}

#[test]
fn with_one_network_there_is_nothing_to_do() {
    let mut fake = elsewhere();
    kept(&mut fake, None);
    fake.state
        .paths
        .retain(|(_, path)| path.ifindex != Some(STORAGE));
    assert_eq!(
        kept(&mut fake, None).1,
        ["no replies of 192.0.2.10", "no route by the link"]
    );
    assert_eq!(kept(&mut fake, Some(&[gateway()])).1.len(), 3);
}

#[test]
fn all_goes_with_the_cluster() {
    let mut fake = elsewhere();
    let before = fake.state.clone();
    kept(&mut fake, Some(&[gateway()]));
    fake.state.clusters.clear();
    assert!(kept(&mut fake, None).0);
    assert_eq!(fake.state.paths, before.paths);
    assert_eq!(fake.state.reply_rules, []);
}

#[test]
fn what_is_not_ours_is_refused_and_stays() {
    let mut fake = elsewhere();
    let theirs = Rule {
        source: Some([192, 0, 2, 77].into()),
        table: 7,
        is_ours: false,
    };
    fake.state.reply_rules.push(theirs.clone());
    let before = fake.state.clone();
    let refused = keep(&mut fake, DEVICE.0, DEVICE.1, None);
    assert!(matches!(refused, Err(Failure::Refused(s)) if s.contains("priority 21331")));
    assert!(fake.state == before);
    fake.state.clusters.clear();
    kept(&mut fake, None);
    assert_eq!(fake.state.reply_rules, [theirs]);

    let mut fake = elsewhere();
    let theirs = Path {
        is_ours: false,
        ..Path::by(gateway(), DEVICE.1, 0)
    };
    fake.state.paths.push((table(DEVICE.1), theirs));
    let refused = keep(&mut fake, DEVICE.0, DEVICE.1, None);
    assert!(matches!(refused, Err(Failure::Refused(s)) if s.contains("table 2133100002")));
}
