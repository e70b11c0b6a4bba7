// SPDX-License-Identifier: GPL-2.0-only

//! Attributes of the kernel's family, as they come from a module of whatever release.
//!
//! An input: an operation's number, and the attributes.

use netlink_packet_core::{Emitable, ParseableParametrized};
use netlink_packet_generic::GenlHeader;
use ssi_netlink::{Attributes, BucketStats, Cluster, Drained, Event, Message, Peers, Stats, Table};

use crate::input::Input;

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let header = GenlHeader {
        cmd: input.u8(),
        version: 1,
    };
    let Ok(message) = Message::parse_with_param(input.rest(), header) else {
        return;
    };
    let mut written = vec![0; message.buffer_len()];
    message.emit(&mut written);
    assert_eq!(Attributes::parse(&written).unwrap(), message.attributes);
    let _ = Event::try_from(&message);
    let _ = Table::try_from(&message.attributes);
    let _ = Drained::try_from(&message.attributes);
    let _ = Stats::try_from(&message.attributes);
    let _ = BucketStats::try_from(&message.attributes);
    let _ = Peers::try_from(&message.attributes);
    if let Ok(cluster) = Cluster::try_from(&message.attributes) {
        let again = Cluster::try_from(&Attributes::from(&cluster)).unwrap();
        assert_eq!(again, cluster);
        let _ = cluster.shown();
    }
}
