// SPDX-License-Identifier: GPL-2.0-only

//! The list of a cluster's addresses.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use super::refusal::Refusal;

pub use super::wire::VIPS_MAX;

/// Cluster addresses, each family in the order given.
///
/// # Invariants
///
/// `v4_count + v6_count <= VIPS_MAX`; so many first entries are distinct addresses that a host may
/// have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vips {
    v4_count: usize,
    v6_count: usize,
    v4: [Ipv4Addr; VIPS_MAX],
    v6: [Ipv6Addr; VIPS_MAX],
}

impl Vips {
    /// No address.
    pub const EMPTY: Self = Self {
        v4_count: 0,
        v6_count: 0,
        v4: [Ipv4Addr::UNSPECIFIED; VIPS_MAX],
        v6: [Ipv6Addr::UNSPECIFIED; VIPS_MAX],
    };

    /// Adds an address.
    pub fn push(&mut self, vip: IpAddr) -> Result<(), Refusal> {
        if !is_usable(vip) {
            return Err(Refusal::VipUnusable);
        }
        if self.iter().any(|known| known == vip) {
            return Err(Refusal::VipTwice);
        }
        if self.v4_count.saturating_add(self.v6_count) >= VIPS_MAX {
            return Err(Refusal::TooManyVips);
        }
        // INVARIANT: There is room, the address is usable and new.
        match vip {
            IpAddr::V4(v4) => append(&mut self.v4, &mut self.v4_count, v4),
            IpAddr::V6(v6) => append(&mut self.v6, &mut self.v6_count, v6),
        }
        Ok(())
    }

    /// Whether `address` is one of them.
    #[inline(always)]
    pub fn contains_v4(&self, address: Ipv4Addr) -> bool {
        self.as_v4().contains(&address)
    }

    /// Whether `address` is one of them.
    #[inline(always)]
    pub fn contains_v6(&self, address: Ipv6Addr) -> bool {
        self.as_v6().contains(&address)
    }

    /// Whether `address` is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.contains_v4(v4),
            IpAddr::V6(v6) => self.contains_v6(v6),
        }
    }

    /// Whether one address is in both lists.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.iter()
            .any(|vip| other.iter().any(|theirs| theirs == vip))
    }

    /// The IPv4 addresses.
    #[inline(always)]
    pub fn as_v4(&self) -> &[Ipv4Addr] {
        self.v4.get(..self.v4_count).unwrap_or(&[])
    }

    /// The IPv6 addresses.
    #[inline(always)]
    pub fn as_v6(&self) -> &[Ipv6Addr] {
        self.v6.get(..self.v6_count).unwrap_or(&[])
    }

    /// All addresses.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let v4 = self.as_v4().iter().map(|&v4| IpAddr::V4(v4));
        v4.chain(self.as_v6().iter().map(|&v6| IpAddr::V6(v6)))
    }

    /// The address that `Mac::auto` is made of: IPv4 ones are lower than IPv6 ones.
    pub fn lowest(&self) -> Option<IpAddr> {
        self.iter().min()
    }
}

/// Whether a host may have the address, and other hosts may send to it.
fn is_usable(vip: IpAddr) -> bool {
    match vip {
        // 0/8 is "this network", 127/8 loopback, 224/4 multicast, 240/4 reserved (RFC 6890).
        IpAddr::V4(v4) => !matches!(v4.octets()[0], 0 | 127 | 224..),
        // 0::/8 has the unspecified, the loopback and the IPv4-mapped addresses, ff00::/8 is
        // multicast (RFC 4291).
        IpAddr::V6(v6) => !matches!(v6.octets()[0], 0 | 0xff),
    }
}

fn append<T, const N: usize>(list: &mut [T; N], count: &mut usize, item: T) {
    if let Some(slot) = list.get_mut(*count) {
        *slot = item;
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(text: &str) -> Result<(), Refusal> {
        Vips { ..Vips::EMPTY }.push(text.parse().unwrap())
    }

    #[test]
    fn what_a_host_may_have() {
        assert_eq!(push("192.0.2.1"), Ok(()));
        for bad in [
            "0.0.0.0",
            "0.1.2.3",
            "127.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            assert_eq!(push(bad), Err(Refusal::VipUnusable), "{bad}");
        }
        assert_eq!(push("2001:db8::1"), Ok(()));
        assert_eq!(push("fe80::1"), Ok(()));
        assert_eq!(push("fd00::1"), Ok(()));
        for bad in [
            "::",
            "::1",
            "::192.0.2.1",
            "::ffff:192.0.2.1",
            "64:ff9b::192.0.2.1",
            "ff02::1",
            "ff02::1:ff00:1",
        ] {
            assert_eq!(push(bad), Err(Refusal::VipUnusable), "{bad}");
        }
    }

    fn vips(list: &[&str]) -> Vips {
        let mut vips = Vips::EMPTY;
        for text in list {
            vips.push(text.parse().unwrap()).unwrap();
        }
        vips
    }

    #[test]
    fn both_families() {
        let vips = vips(&["2001:db8::2", "192.0.2.2", "2001:db8::1", "192.0.2.1"]);
        let in_order = ["192.0.2.2", "192.0.2.1", "2001:db8::2", "2001:db8::1"];
        let in_order = in_order.map(|text| text.parse::<IpAddr>().unwrap());
        assert!(vips.iter().eq(in_order));
        assert_eq!(vips.as_v4().len(), 2);
        assert_eq!(vips.as_v6().len(), 2);
        for (text, expected) in [
            ("192.0.2.1", true),
            ("192.0.2.2", true),
            ("192.0.2.3", false),
            ("0.0.0.0", false),
            ("2001:db8::1", true),
            ("2001:db8::2", true),
            ("2001:db8::3", false),
            ("2001:db8:0:0:1::1", false),
            // Neither what the free entries are filled with nor the other family's.
            ("::", false),
            ("::ffff:192.0.2.1", false),
        ] {
            let is_one = match text.parse().unwrap() {
                IpAddr::V4(v4) => vips.contains_v4(v4),
                IpAddr::V6(v6) => vips.contains_v6(v6),
            };
            assert_eq!(is_one, expected, "{text}");
        }
    }

    #[test]
    fn lowest_is_ipv4_where_there_is_one() {
        for (list, expected) in [
            (&[][..], None),
            (&["2001:db8::2", "2001:db8::1"], Some("2001:db8::1")),
            (&["2001:db8::1", "203.0.113.9"], Some("203.0.113.9")),
            (&["fe80::1", "10.0.0.2", "10.0.0.1"], Some("10.0.0.1")),
        ] {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(vips(list).lowest(), expected, "{list:?}");
        }
    }

    #[test]
    fn overlap_in_either_family() {
        let ours = vips(&["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"]);
        for (theirs, expected) in [
            (&[][..], false),
            (&["192.0.2.3", "2001:db8::3"], false),
            (&["192.0.2.3", "192.0.2.2"], true),
            (&["2001:db8::3", "2001:db8::2"], true),
        ] {
            assert_eq!(ours.overlaps(&vips(theirs)), expected, "{theirs:?}");
            assert_eq!(vips(theirs).overlaps(&ours), expected, "{theirs:?}");
        }
        assert!(!Vips::EMPTY.overlaps(&Vips::EMPTY));
    }

    #[test]
    fn room_is_shared_by_the_families() {
        for v4 in 0..=VIPS_MAX {
            let mut vips = Vips::EMPTY;
            for i in 0..VIPS_MAX {
                let bits = i as u32 + 1;
                let vip = match i < v4 {
                    true => IpAddr::V4(Ipv4Addr::from_bits(bits | (10 << 24))),
                    false => IpAddr::V6(Ipv6Addr::from_bits(u128::from(bits) | (0xfd << 120))),
                };
                assert_eq!(vips.push(vip), Ok(()));
            }
            assert_eq!(
                (vips.as_v4().len(), vips.as_v6().len()),
                (v4, VIPS_MAX - v4)
            );
            let full = vips;
            for one_more in ["192.0.2.1", "2001:db8::1"] {
                let pushed = vips.push(one_more.parse().unwrap());
                assert_eq!(pushed, Err(Refusal::TooManyVips));
            }
            assert_eq!(vips, full);
        }
        let mut vips = vips(&["2001:db8::1"]);
        let twice = vips.push("2001:db8::1".parse().unwrap());
        assert_eq!(twice, Err(Refusal::VipTwice));
    }

    #[test]
    fn full_twice_and_lowest() {
        let mut vips = Vips::EMPTY;
        for i in (0..VIPS_MAX as u8).rev() {
            vips.push(IpAddr::V4(Ipv4Addr::new(10, 0, 0, i))).unwrap();
        }
        assert_eq!(vips.lowest(), Some("10.0.0.0".parse().unwrap()));
        assert_eq!(
            vips.push("10.0.0.7".parse().unwrap()),
            Err(Refusal::VipTwice)
        );
        assert_eq!(
            vips.push("10.0.1.0".parse().unwrap()),
            Err(Refusal::TooManyVips)
        );
        assert_eq!(vips.iter().count(), VIPS_MAX);
    }
}
