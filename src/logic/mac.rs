// SPDX-License-Identifier: GPL-2.0-only

//! The cluster's MAC address in its two forms.

use core::{
    fmt,
    net::IpAddr, //
};

use super::siphash::siphash24;

/// Length of an Ethernet address in bytes.
pub const LEN: usize = 6;

/// First bit on the wire of the first byte: set in a group (multicast) address (IEEE 802, 8.2).
const GROUP: u8 = 0x01;
/// Second bit: set in a locally administered address.
const LOCAL: u8 = 0x02;

/// Of a frame's first eight bytes, those that identify the cluster: the destination MAC but for its
/// group bit, by which its two forms differ.
pub const BASE_BITS: u64 = u64::from_ne_bytes([!GROUP, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);

/// An Ethernet address, bytes in wire order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mac(pub [u8; LEN]);

impl Mac {
    /// The base form: the first bit of the first byte cleared.
    pub const fn base(self) -> Self {
        let [first, b, c, d, e, f] = self.0;
        Self([first & !GROUP, b, c, d, e, f])
    }

    /// The group form: the first bit of the first byte set (claims 6, 20, 34).
    pub const fn group(self) -> Self {
        let [first, b, c, d, e, f] = self.0;
        Self([first | GROUP, b, c, d, e, f])
    }

    /// Whether this is a group address.
    pub const fn is_group(self) -> bool {
        self.0[0] & GROUP != 0
    }

    /// Whether this is a locally administered address.
    pub const fn is_local(self) -> bool {
        self.0[0] & LOCAL != 0
    }

    /// Whether this is a group address that a protocol of its own has: broadcast, IEEE 802.1's,
    /// IPv4's link-local block (RFC 1112), IPv6's permanent and solicited-node ones (RFC 2464).
    pub const fn is_reserved(self) -> bool {
        matches!(
            self.0,
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
                | [0x01, 0x80, 0xc2, ..]
                | [0x01, 0x00, 0x5e, 0x00, 0x00, _]
                | [0x33, 0x33, 0xff, ..]
                | [0x33, 0x33, 0x00, 0x00, ..]
        )
    }

    /// The base MAC that every node gives a cluster without asking the others: `02:5a` and the
    /// IPv4 address that `vip` is, or 32 bits of a hash of the IPv6 address.
    pub fn auto(vip: IpAddr) -> Self {
        let [a, b, c, d] = match vip {
            IpAddr::V4(v4) => v4.octets(),
            // Any fixed key does: nobody is to be kept from guessing it.
            IpAddr::V6(v6) => (siphash24([0; 16], &v6.octets()) as u32).to_be_bytes(),
        };
        Self([LOCAL, 0x5a, a, b, c, d])
    }

    /// What `to_bits` makes of the address.
    pub const fn from_bits(bits: u64) -> Self {
        let [a, b, c, d, e, f, ..] = bits.to_ne_bytes();
        Self([a, b, c, d, e, f])
    }

    /// The address as a frame's first eight bytes have it, the last two cleared: what the packet
    /// path compares.
    pub const fn to_bits(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_ne_bytes([a, b, c, d, e, f, 0, 0])
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn claim_6_group_form_sets_first_bit_of_first_byte() {
        let base = Mac([0x02, 0x5a, 1, 2, 3, 4]);
        assert_eq!(base.group(), Mac([0x03, 0x5a, 1, 2, 3, 4]));
        assert!(base.group().is_group() && !base.is_group());
        assert_eq!(base.group().base(), base);
        assert!(base.is_local() && base.group().is_local());
    }

    #[test]
    fn auto_has_the_address() {
        let mac = Mac::auto("192.0.2.10".parse().unwrap());
        assert_eq!(mac.to_string(), "02:5a:c0:00:02:0a");
        let a = Mac::auto("2001:db8::1".parse().unwrap());
        let b = Mac::auto("2001:db8::2".parse().unwrap());
        assert_ne!(a, b);
        assert!(a.is_local() && !a.is_group());
    }

    #[test]
    fn auto_of_ipv6_is_the_hash_of_its_bytes() {
        for text in ["2001:db8::1", "fe80::1", "fd00:1:2:3:4:5:6:7"] {
            let vip: core::net::Ipv6Addr = text.parse().unwrap();
            let mut peer = siphasher::sip::SipHasher24::new_with_key(&[0; 16]);
            core::hash::Hasher::write(&mut peer, &vip.octets());
            let [.., a, b, c, d] = core::hash::Hasher::finish(&peer).to_be_bytes();
            assert_eq!(
                Mac::auto(vip.into()),
                Mac([0x02, 0x5a, a, b, c, d]),
                "{text}"
            );
        }
        // Every node has to come to the same, whatever its release.
        let mac = Mac::auto("2001:db8::1".parse().unwrap());
        assert_eq!(mac.to_string(), "02:5a:ec:7d:db:4e");
    }
}
