// SPDX-License-Identifier: GPL-2.0-only

//! The list of a cluster's addresses.

use core::net::{
    IpAddr,
    Ipv4Addr, //
};

use super::refusal::Refusal;

/// Most addresses of one cluster.
pub const VIPS_MAX: usize = 32;

/// Cluster addresses, IPv4 ones in the order given.
///
/// # Invariants
///
/// `count <= VIPS_MAX`; the first `count` entries are distinct addresses that a host may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vips {
    count: usize,
    v4: [Ipv4Addr; VIPS_MAX],
}

impl Vips {
    /// No address.
    pub const EMPTY: Self = Self {
        count: 0,
        v4: [Ipv4Addr::UNSPECIFIED; VIPS_MAX],
    };

    /// Adds an address.
    pub fn push(&mut self, vip: IpAddr) -> Result<(), Refusal> {
        let IpAddr::V4(v4) = vip else {
            return Err(Refusal::VipFamily);
        };
        let first = v4.octets()[0];
        // 0/8 is "this network", 127/8 loopback, 224/4 multicast, 240/4 reserved (RFC 6890).
        if first == 0 || first == 127 || first >= 224 {
            return Err(Refusal::VipUnusable);
        }
        if self.contains_v4(v4) {
            return Err(Refusal::VipTwice);
        }
        let Some(slot) = self.v4.get_mut(self.count) else {
            return Err(Refusal::TooManyVips);
        };
        // INVARIANT: the slot was free, the address is usable and new.
        *slot = v4;
        self.count += 1;
        Ok(())
    }

    /// Whether `address` is one of them.
    #[inline(always)]
    pub fn contains_v4(&self, address: Ipv4Addr) -> bool {
        self.as_v4().contains(&address)
    }

    /// Whether one address is in both lists.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.as_v4().iter().any(|&vip| other.contains_v4(vip))
    }

    /// The IPv4 addresses.
    #[inline(always)]
    pub fn as_v4(&self) -> &[Ipv4Addr] {
        self.v4.get(..self.count).unwrap_or(&[])
    }

    /// All addresses.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.as_v4().iter().map(|&v4| IpAddr::V4(v4))
    }

    /// The address that `Mac::auto` is made of.
    pub fn lowest(&self) -> Option<IpAddr> {
        self.iter().min()
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
        assert_eq!(push("2001:db8::1"), Err(Refusal::VipFamily));
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
