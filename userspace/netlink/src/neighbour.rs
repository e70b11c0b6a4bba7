// SPDX-License-Identifier: GPL-2.0-only

//! Neighbours, and the tables that the kernel has for them, by rtnetlink.

use std::net::IpAddr;

use netlink_packet_core::{
    DecodeError, Emitable, NetlinkDeserializable, NetlinkHeader, NetlinkSerializable,
};

use crate::attribute::Attributes;
use crate::error::Error;
use crate::route::Route;

const RTM_NEWNEIGH: u16 = 28;
const RTM_GETNEIGH: u16 = 30;
const RTM_NEWNEIGHTBL: u16 = 64;
const RTM_GETNEIGHTBL: u16 = 66;

/// Bytes of `struct ndmsg` and `struct ndtmsg`.
const NDMSG: usize = 12;
const NDTMSG: usize = 4;

/// Attributes (linux/neighbour.h).
const DST: u16 = 1;
const LLADDR: u16 = 2;
const TABLE_NAME: u16 = 1;
const TABLE_THRESH3: u16 = 4;
const TABLE_CONFIG: u16 = 5;
const TABLE_STATS: u16 = 7;

/// States in which nothing is known of it.
const INCOMPLETE: u16 = 0x01;
const FAILED: u16 = 0x20;
/// Where `struct ndt_config` has the number of entries, and `struct ndt_stats` how often there was no room for one.
const ENTRIES: usize = 4;
const FULL: usize = 80;

/// A message of either kind; a header of so many bytes.
#[derive(Clone, Debug)]
struct Message {
    number: u16,
    header: Vec<u8>,
    attributes: Attributes,
}

impl NetlinkSerializable for Message {
    fn message_type(&self) -> u16 {
        self.number
    }

    fn buffer_len(&self) -> usize {
        self.header.len() + self.attributes.buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        if let Some((header, attributes)) = buffer.split_at_mut_checked(self.header.len()) {
            header.copy_from_slice(&self.header);
            self.attributes.emit(attributes);
        }
    }
}

impl NetlinkDeserializable for Message {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        let length = match header.message_type {
            RTM_NEWNEIGHTBL => NDTMSG,
            _ => NDMSG,
        };
        let (header_bytes, attributes) = payload
            .split_at_checked(length)
            .ok_or("a message about neighbours is not whole")?;
        Ok(Self {
            number: header.message_type,
            header: header_bytes.to_vec(),
            attributes: Attributes::parse(attributes)?,
        })
    }
}

/// A neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// By which interface.
    pub ifindex: u32,
    /// Its address.
    pub address: IpAddr,
    /// Its MAC, as far as it is known.
    pub mac: Option<[u8; 6]>,
    /// Whether it was asked and has not answered.
    pub silent: bool,
}

impl Neighbour {
    fn of(message: &Message) -> Option<Self> {
        let number = message.header.get(4..8)?.try_into().ok()?;
        let state = message.header.get(8..10)?.try_into().ok()?;
        let lladdr = message.attributes.get(LLADDR);
        Some(Self {
            ifindex: u32::from_ne_bytes(number),
            address: message.attributes.get_address(DST).ok()??,
            mac: lladdr.and_then(|bytes| bytes.try_into().ok()),
            silent: u16::from_ne_bytes(state) & (INCOMPLETE | FAILED) != 0,
        })
    }
}

/// The table that the kernel has for the neighbours of one family, of all network namespaces together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeighbourTable {
    /// `arp_cache` or `ndisc_cache`.
    pub name: String,
    /// How many it has.
    pub entries: u32,
    /// How many it takes at most.
    pub most: u32,
    /// How often there was no room for one, since the machine began.
    pub full: u64,
}

impl NeighbourTable {
    fn of(message: &Message) -> Option<Self> {
        let a = &message.attributes;
        let config = a.get(TABLE_CONFIG)?;
        let stats = a.get(TABLE_STATS)?;
        let entries = config.get(ENTRIES..)?.first_chunk().copied()?;
        let full = stats.get(FULL..)?.first_chunk().copied()?;
        Some(Self {
            name: a.get_text(TABLE_NAME).ok()??,
            entries: u32::from_ne_bytes(entries),
            // The parameters of one interface have none.
            most: a.get_u32(TABLE_THRESH3).ok()??,
            full: u64::from_ne_bytes(full),
        })
    }
}

impl Route {
    /// All neighbours of this network namespace.
    pub fn neighbours(&mut self) -> Result<Vec<Neighbour>, Error> {
        let answers = self.list(RTM_GETNEIGH, RTM_NEWNEIGH, NDMSG)?;
        Ok(answers.iter().filter_map(Neighbour::of).collect())
    }

    /// The kernel's tables of neighbours.
    pub fn neighbour_tables(&mut self) -> Result<Vec<NeighbourTable>, Error> {
        let answers = self.list(RTM_GETNEIGHTBL, RTM_NEWNEIGHTBL, NDTMSG)?;
        Ok(answers.iter().filter_map(NeighbourTable::of).collect())
    }

    fn list(&mut self, number: u16, answer: u16, header: usize) -> Result<Vec<Message>, Error> {
        let question = Message {
            number,
            header: vec![0; header],
            attributes: Attributes::default(),
        };
        let mut answers = self.connection.dump(question)?;
        answers.retain(|message| message.number == answer);
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn message(number: u16, header: Vec<u8>, attributes: Attributes) -> Message {
        let message = Message {
            number,
            header,
            attributes,
        };
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        let mut header = NetlinkHeader::default();
        header.message_type = number;
        Message::deserialize(&header, &bytes).unwrap()
    }

    #[test]
    fn reads_a_neighbour() {
        for (state, silent) in [(FAILED, true), (INCOMPLETE, true), (0x02, false)] {
            let mut header = vec![0; NDMSG];
            header[4..8].copy_from_slice(&7u32.to_ne_bytes());
            header[8..10].copy_from_slice(&state.to_ne_bytes());
            let mut a = Attributes::default();
            a.address(DST, [10, 9, 0, 2].into())
                .bytes(LLADDR, &[6, 0, 0, 0, 0, 1]);
            let neighbour = Neighbour {
                ifindex: 7,
                address: [10, 9, 0, 2].into(),
                mac: Some([6, 0, 0, 0, 0, 1]),
                silent,
            };
            let message = message(RTM_NEWNEIGH, header, a);
            assert_eq!(Neighbour::of(&message), Some(neighbour));
        }
    }

    #[test]
    fn this_machine_has_tables() {
        let tables = Route::open().unwrap().neighbour_tables().unwrap();
        let arp = tables.iter().find(|table| table.name == "arp_cache");
        assert!(arp.is_some_and(|table| table.most > 0 && table.entries < 1 << 20));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200), is_table in any::<bool>()) {
            let mut header = NetlinkHeader::default();
            header.message_type = if is_table { RTM_NEWNEIGHTBL } else { RTM_NEWNEIGH };
            let _ = Message::deserialize(&header, &bytes).map(|message| {
                (Neighbour::of(&message), NeighbourTable::of(&message))
            });
        }
    }
}
