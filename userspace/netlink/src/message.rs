// SPDX-License-Identifier: GPL-2.0-only

//! A message of the family: what it is about, and its attributes.

use netlink_packet_core::{DecodeError, Emitable, ParseableParametrized};
use netlink_packet_generic::{GenlFamily, GenlHeader};

use crate::attribute::Attributes;
use crate::spec;
use crate::spec::Op;

/// A request, a reply or an event, before its attributes are given a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about. A reply carries its request's.
    pub op: Op,
    /// Its attributes.
    pub attributes: Attributes,
}

impl GenlFamily for Message {
    fn family_name() -> &'static str {
        spec::FAMILY
    }

    fn command(&self) -> u8 {
        self.op.number()
    }

    fn version(&self) -> u8 {
        spec::VERSION
    }
}

impl Emitable for Message {
    fn buffer_len(&self) -> usize {
        self.attributes.buffer_len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        self.attributes.emit(buffer);
    }
}

impl ParseableParametrized<[u8], GenlHeader> for Message {
    fn parse_with_param(bytes: &[u8], header: GenlHeader) -> Result<Self, DecodeError> {
        Ok(Self {
            op: Op::try_from(header.cmd)
                .map_err(|e| DecodeError::from(format!("operation {e}")))?,
            attributes: Attributes::parse(bytes)?,
        })
    }
}
