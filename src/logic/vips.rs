// SPDX-License-Identifier: GPL-2.0-only

//! The list of a cluster's addresses.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use super::refusal::Refusal;

/// Most addresses of one cluster.
pub const VIPS_MAX: usize = 32;

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
        if self.v4_count + self.v6_count >= VIPS_MAX {
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
        *count += 1;
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
        for bad in ["::", "::1", "::ffff:192.0.2.1", "ff02::1"] {
            assert_eq!(push(bad), Err(Refusal::VipUnusable), "{bad}");
        }
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
