// SPDX-License-Identifier: GPL-2.0-only

//! Packets between the daemons of a cluster, as bytes: the version, and then the packet by postcard. What grows from
//! release to release is by tags in it, so that releases read each other's (`Documentation/design/0025-agreement.md`).

mod tagged;

use serde::{Deserialize, Serialize};
use ssi_protocol::{FairShare, Message, NodeId, ViewProposal};
use ssid_api::Wish;

use crate::agent::{Facts, Presence, VERSION};

/// Something that one daemon sends to all of the group, itself too. Another release has these at the same places;
/// what it has besides it does not send before all speak a version that has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Packet {
    /// The sender is there.
    Presence(#[serde(with = "tagged")] Presence),
    /// This node's daemon has not announced its presence for long.
    Unresponsive(u32),
    /// Other members are proposed.
    ViewProposal(ViewProposal),
    /// The protocol's.
    Protocol(Message<FairShare>),
    /// How the sender is.
    Facts(#[serde(with = "tagged")] Facts),
    /// An operator wants something of a node.
    Order {
        /// What the answer will have.
        ticket: u64,
        /// The node.
        to: NodeId,
        /// What it is to do.
        wish: Wish,
    },
    /// The order of this ticket has arrived.
    Ack(u64),
}

impl Packet {
    /// As bytes; `None` if there is no memory for them.
    pub fn encode(&self) -> Option<Vec<u8>> {
        postcard::to_extend(self, vec![VERSION]).ok()
    }

    /// Of bytes.
    ///
    /// # Errors
    ///
    /// [`Strange`]: why not.
    pub fn decode(bytes: &[u8]) -> Result<Self, Strange> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| Strange::Garbled),
            Some((version, _)) => Err(Strange::Version(*version)),
            None => Err(Strange::Garbled),
        }
    }
}

/// Why bytes are no packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strange {
    /// Another version of ssid has sent it.
    Version(u8),
    /// It is no packet at all.
    Garbled,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ssi_protocol::{Body, Buckets, Report, ViewId};

    use crate::agent::Field;

    #[test]
    fn comes_back_as_it_was() {
        let id = ViewId {
            ring: 7,
            programs: u64::MAX,
            serial: 1,
        };
        let packet = Packet::Protocol(Message {
            view: id,
            from: NodeId(3),
            number: 9,
            body: Body::Report(Report {
                generation: 5,
                owned: Buckets::of(70, [0, 69]),
                draining: Buckets::none(70),
                sticking: ssi_protocol::Sticking::default(),
            }),
        });
        let bytes = packet.encode().unwrap();
        assert_eq!(Packet::decode(&bytes), Ok(packet));
        assert_eq!(Packet::decode(&[]), Err(Strange::Garbled));
        assert_eq!(Packet::decode(&[9, 1]), Err(Strange::Version(9)));
    }

    /// As `packet`, of a release whose tags these are.
    fn of_another_release(place: u8, tags: &str) -> Result<Packet, Strange> {
        let bytes = postcard::to_extend(tags.as_bytes(), vec![VERSION, place]).unwrap();
        Packet::decode(&bytes)
    }

    #[test]
    fn claim_14_facts_and_presences_of_other_releases_are_read() {
        let facts = r#"{"packets": 7, "state": "serving", "humidity": [40, {"roof": 90}],
            "checks": [{"name": "http", "good": true, "since": 12}]}"#;
        let Ok(Packet::Facts(facts)) = of_another_release(4, facts) else {
            panic!("no facts");
        };
        assert_eq!((facts.packets, facts.state.as_str()), (7, "serving"));
        assert_eq!((facts.cpu, facts.checks.len()), (0, 1));
        assert_eq!(
            of_another_release(4, "{}"),
            Ok(Packet::Facts(Facts::default()))
        );
        let presence = r#"{"number": 18446744073709551615, "versions": {"oldest": 2, "newest": 3, "best": 3},
            "fixed": [{"name": "buckets", "value": "60", "unit": "1"}], "others": [{"node": 3}], "mood": null}"#;
        let Ok(Packet::Presence(presence)) = of_another_release(0, presence) else {
            panic!("no presence");
        };
        assert_eq!(presence.number, u64::MAX);
        assert_eq!((presence.versions.oldest, presence.versions.newest), (2, 3));
        assert_eq!(presence.fixed, [Field::new("buckets", 60)]);
        assert_eq!(presence.others[0].program.terms, None);
        assert_eq!(of_another_release(4, "{"), Err(Strange::Garbled));
        assert_eq!(of_another_release(0, "[]{}"), Err(Strange::Garbled));
    }

    proptest! {
        #[test]
        fn any_tags_do_no_harm(place in 0u8..5, tags in r#"[\[\]{}",:0-9a-z]{0,60}"#) {
            let _ = of_another_release(place, &tags);
        }

        #[test]
        fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = bytes;
            bytes.insert(0, VERSION);
            let _ = Packet::decode(&bytes);
        }
    }
}
