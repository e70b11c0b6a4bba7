// SPDX-License-Identifier: GPL-2.0-only

//! A MAC address.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

/// All hosts of the network.
pub const BROADCAST: Mac = Mac([0xff; 6]);

impl Mac {
    /// The same with the first bit of the first byte on the wire set: sent to a group.
    pub fn group(mut self) -> Self {
        self.0[0] |= 1;
        self
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl FromStr for Mac {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes: Result<Vec<u8>, _> = text
            .split(':')
            .map(|part| u8::from_str_radix(part, 16))
            .collect();
        let bytes = bytes.ok().and_then(|b| b.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| format!("\"{text}\" is no MAC address"))
    }
}
