// SPDX-License-Identifier: GPL-2.0-only

//! Packets between the daemons of a cluster, as bytes.

use serde::{Deserialize, Serialize};
use ssi_protocol::{FairShare, Message, NodeId, ViewProposal};
use ssid_api::Wish;

use crate::agent::Facts;

/// Of packets that this daemon reads and writes.
const VERSION: u8 = 1;

/// Something that one daemon sends to all of the group, itself too.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Packet {
    /// The sender is there.
    Presence {
        /// A random number of its own distinguishes it from the node's daemons before it.
        number: u64,
        /// The numbers of the group's daemons that it knows.
        others: Vec<(u32, u64)>,
    },
    /// This node's daemon has not announced its presence for long.
    Unresponsive(u32),
    /// Other members are proposed.
    ViewProposal(ViewProposal),
    /// The protocol's.
    Protocol(Message<FairShare>),
    /// How the sender is.
    Facts(Facts),
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
            }),
        });
        let bytes = packet.encode().unwrap();
        assert_eq!(Packet::decode(&bytes), Ok(packet));
        assert_eq!(Packet::decode(&[]), Err(Strange::Garbled));
        assert_eq!(Packet::decode(&[9, 1]), Err(Strange::Version(9)));
    }

    proptest! {
        #[test]
        fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = bytes;
            bytes.insert(0, VERSION);
            let _ = Packet::decode(&bytes);
        }
    }
}
