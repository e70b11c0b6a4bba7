// SPDX-License-Identifier: GPL-2.0-only

//! Lookup of a family's number and its multicast groups, at generic netlink's controller.
//!
//! `netlink-packet-generic` has the controller's messages too, but refuses a reply that has an attribute
//! it does not know, so that a newer kernel would lock every client out.

use netlink_packet_core::{DecodeError, Emitable, ParseableParametrized};
use netlink_packet_generic::{GenlFamily, GenlHeader, GenlMessage};

use crate::attribute::Attributes;
use crate::connection::Connection;
use crate::error::Error;
use crate::spec;

/// The controller's own number, operation and attributes (linux/genetlink.h).
const CONTROLLER: u16 = 0x10;
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
const GROUPS: u16 = 7;
const GROUP_NAME: u16 = 1;
const GROUP_ID: u16 = 2;

/// A message of the controller.
#[derive(Clone, Debug)]
struct Control(Attributes);

impl GenlFamily for Control {
    fn family_name() -> &'static str {
        "nlctrl"
    }

    fn family_id(&self) -> u16 {
        CONTROLLER
    }

    fn command(&self) -> u8 {
        GET_FAMILY
    }

    fn version(&self) -> u8 {
        2
    }
}

impl Emitable for Control {
    fn buffer_len(&self) -> usize {
        self.0.buffer_len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        self.0.emit(buffer);
    }
}

impl ParseableParametrized<[u8], GenlHeader> for Control {
    fn parse_with_param(bytes: &[u8], _: GenlHeader) -> Result<Self, DecodeError> {
        Attributes::parse(bytes).map(Self)
    }
}

/// What the kernel numbered when the module was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// The family's number: the type of its messages.
    pub(crate) id: u16,
    /// The multicast group of events.
    pub(crate) events: u32,
}

/// Looks the family up. The kernel does not load the module for that.
pub(crate) fn family(connection: &mut Connection) -> Result<Family, Error> {
    let mut attributes = Attributes::default();
    attributes.text(FAMILY_NAME, spec::FAMILY);
    let answers = connection
        .request(GenlMessage::from_payload(Control(attributes)))
        .map_err(|e| match e {
            Error::Refused(refusal) if refusal.errno == libc::ENOENT => Error::NoModule,
            e => e,
        })?;
    let answer = answers.first().ok_or(Error::NoModule)?;
    Ok(parse(&answer.payload.0)?)
}

fn parse(answer: &Attributes) -> Result<Family, DecodeError> {
    let id = answer
        .array(FAMILY_ID)?
        .map(u16::from_ne_bytes)
        .ok_or("the family has no number")?;
    let list = Attributes::parse(answer.get(GROUPS).unwrap_or_default())?;
    for group in list.values() {
        let group = Attributes::parse(group)?;
        if group.get_text(GROUP_NAME)?.as_deref() == Some(spec::EVENTS) {
            let events = group.get_u32(GROUP_ID)?.ok_or("the group has no number")?;
            return Ok(Family { id, events });
        }
    }
    Err("the family has no group for events".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_number_and_group_among_unknown_attributes() {
        let mut other = Attributes::default();
        other.text(GROUP_NAME, "other").u32(GROUP_ID, 4);
        let mut events = Attributes::default();
        events.u32(GROUP_ID, 9).text(GROUP_NAME, "events");
        let mut groups = Attributes::default();
        groups.nest(1, &other).nest(2, &events);
        let mut answer = Attributes::default();
        answer
            .text(FAMILY_NAME, "ssi")
            .bytes(FAMILY_ID, &27u16.to_ne_bytes())
            .u64(99, 7)
            .nest(GROUPS, &groups);
        assert_eq!(parse(&answer).unwrap(), Family { id: 27, events: 9 });
        assert!(parse(&Attributes::default()).is_err());
    }
}
