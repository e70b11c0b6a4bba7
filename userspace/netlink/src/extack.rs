// SPDX-License-Identifier: GPL-2.0-only

//! Extended acknowledgements: the kernel's sentence, and which attribute it is about.

use netlink_packet_core::{NLA_HEADER_SIZE, NlaBuffer};

use crate::attribute::Attributes;

/// Attributes of an acknowledgement (`enum nlmsgerr_attrs` in linux/netlink.h).
const MSG: u16 = 1;
const OFFS: u16 = 2;
const MISS_TYPE: u16 = 5;

/// What the kernel reports besides an error number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extack {
    /// Its sentence.
    pub text: Option<String>,
    /// The number of the request's attribute that is at fault or missing; for a nested one, of the
    /// outermost around it.
    pub attribute: Option<u16>,
}

impl Extack {
    /// Reads an acknowledgement's attributes, given the request it answers and the bytes of headers in
    /// that. What makes no sense is left out: an error must not hide another.
    pub(crate) fn parse(bytes: &[u8], request: &[u8], headers: usize) -> Self {
        let attributes = Attributes::parse(bytes).unwrap_or_default();
        let number = |n| attributes.get_u32(n).ok().flatten();
        let offset = number(OFFS).and_then(|offset| usize::try_from(offset).ok());
        let missing = number(MISS_TYPE).and_then(|missing| u16::try_from(missing).ok());
        Self {
            text: attributes
                .get_text(MSG)
                .ok()
                .flatten()
                .filter(|text| !text.is_empty()),
            attribute: offset
                .and_then(|offset| top_level(request, headers, offset))
                .or(missing),
        }
    }
}

/// The number of the outermost attribute that covers `offset`.
fn top_level(request: &[u8], headers: usize, offset: usize) -> Option<u16> {
    let mut start = headers;
    while start <= offset {
        let nla = NlaBuffer::new_checked(request.get(start..)?).ok()?;
        let length = usize::from(nla.length()).max(NLA_HEADER_SIZE);
        let next = start.checked_add(length.next_multiple_of(4))?;
        if offset < next {
            return Some(nla.kind());
        }
        start = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Attr;
    use netlink_packet_core::Emitable;

    const HEADERS: usize = 20;

    fn bytes(headers: usize, attributes: &Attributes) -> Vec<u8> {
        let mut bytes = vec![0; headers + attributes.buffer_len()];
        attributes.emit(&mut bytes[headers..]);
        bytes
    }

    fn request() -> Vec<u8> {
        let mut vip = Attributes::default();
        vip.bytes(1, &[10, 0, 0, 1]);
        let mut attributes = Attributes::default();
        attributes
            .text(Attr::Name.number(), "web")
            .u32(Attr::Node.number(), 3)
            .nest(Attr::Vip.number(), &vip);
        bytes(HEADERS, &attributes)
    }

    #[test]
    fn offsets_name_attributes() {
        let request = request();
        let at = |offset| top_level(&request, HEADERS, offset);
        assert_eq!(at(20), Some(Attr::Name.number()));
        assert_eq!(at(28), Some(Attr::Node.number()));
        assert_eq!(at(36), Some(Attr::Vip.number()));
        assert_eq!(at(40), Some(Attr::Vip.number()), "inside the nest");
        assert_eq!(at(0), None);
        assert_eq!(at(4000), None);
    }

    #[test]
    fn reads_sentence_and_attribute() {
        let mut ack = Attributes::default();
        ack.text(MSG, "ranks run from 0 to 2").u32(OFFS, 28);
        let mut ack = bytes(0, &ack);
        let extack = Extack::parse(&ack, &request(), HEADERS);
        assert_eq!(extack.text.as_deref(), Some("ranks run from 0 to 2"));
        assert_eq!(extack.attribute, Some(Attr::Node.number()));

        ack.truncate(ack.len() - 3);
        assert_eq!(
            Extack::parse(&ack, &request(), HEADERS),
            Extack::default(),
            "a damaged acknowledgement has nothing"
        );
    }

    #[test]
    fn reads_a_missing_attribute() {
        let mut ack = Attributes::default();
        ack.u32(MISS_TYPE, 8);
        let extack = Extack::parse(&bytes(0, &ack), &request(), HEADERS);
        assert_eq!(extack.attribute, Some(Attr::Buckets.number()));
    }
}
