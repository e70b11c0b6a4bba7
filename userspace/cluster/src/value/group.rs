// SPDX-License-Identifier: GPL-2.0-only

//! IP multicast groups, whose MACs switches that snoop IGMP or MLD forward to members.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use logic::mac::Mac;

/// The protocol by which hosts report to switches that they are in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Groups of IPv4.
    Igmp,
    /// Groups of IPv6.
    Mld,
}

impl Protocol {
    /// Its name on the command line, and the family of its groups.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Igmp => ("igmp", "IPv4"),
            Self::Mld => ("mld", "IPv6"),
        }
    }

    /// The group of a cluster with these addresses, that all nodes come to.
    pub fn default(self, vips: impl Iterator<Item = IpAddr> + Clone) -> Option<IpAddr> {
        let is_ours = |vip: &IpAddr| vip.is_ipv4() == (self == Self::Igmp);
        let lowest = vips.clone().filter(is_ours).min().or_else(|| vips.min())?;
        Some(match self {
            Self::Igmp => of_ipv4(lowest),
            Self::Mld => of_ipv6(lowest),
        })
    }

    /// Whether its groups are of this family.
    pub fn has(self, group: IpAddr) -> bool {
        group.is_ipv4() == (self == Self::Igmp)
    }
}

/// The group's MAC: the lower 23 bits of an IPv4 group (RFC 1112, 6.4), the lower 32 of an IPv6 one (RFC 2464, 7).
pub fn mac(group: IpAddr) -> [u8; 6] {
    match group {
        IpAddr::V4(v4) => {
            let [_, b, c, d] = v4.octets();
            [0x01, 0x00, 0x5e, b & 0x7f, c, d]
        }
        IpAddr::V6(v6) => {
            let [.., a, b, c, d] = v6.octets();
            [0x33, 0x33, a, b, c, d]
        }
    }
}

/// The IPv4 group of a cluster with this lowest address: `239.255.c.d`, in the local scope (RFC 2365, 6.1), which no
/// router takes any further, and which is nobody's but the site's.
fn of_ipv4(lowest: IpAddr) -> IpAddr {
    let [.., c, d] = bits(lowest).to_be_bytes();
    Ipv4Addr::new(239, 255, c, d).into()
}

/// The IPv6 group: `ff15::` (transient, site-local: RFC 4291, 2.7, RFC 7346) and a group ID of those that hosts may
/// choose for themselves (RFC 3307, 4.3: the first bit set), short of 33:33:ff, which is neighbour discovery's.
fn of_ipv6(lowest: IpAddr) -> IpAddr {
    let [a, b, c, d] = bits(lowest).to_be_bytes();
    let id = [0x80 | (a & 0x3f), b, c, d];
    let [high, low] = [[id[0], id[1]], [id[2], id[3]]].map(u16::from_be_bytes);
    Ipv6Addr::new(0xff15, 0, 0, 0, 0, 0, high, low).into()
}

/// The 32 bits of an address that the automatic base MAC has too.
fn bits(lowest: IpAddr) -> u32 {
    let Mac([_, _, a, b, c, d]) = Mac::auto(lowest);
    u32::from_be_bytes([a, b, c, d])
}

/// A group that a node may join for a cluster.
pub fn group(text: &str) -> Result<IpAddr, String> {
    let wrong = || {
        "give a multicast address that switches learn: 224.0.1.0 to 239.255.255.255, or ff…:: of \
         link-local scope or wider, as 239.255.2.10"
            .to_owned()
    };
    let address: IpAddr = text.parse().map_err(|_| wrong())?;
    let is_learnt = match address {
        // Of 224.0.0.x no membership is reported (RFC 3376, 4).
        IpAddr::V4(v4) => v4.is_multicast() && !matches!(v4.octets(), [224, 0, 0, _]),
        // Nor of interface-local scope (RFC 3810, 6).
        IpAddr::V6(v6) => v6.is_multicast() && v6.octets()[1] & 0xf >= 2,
    };
    match is_learnt && !Mac(mac(address)).is_reserved() {
        true => Ok(address),
        false => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(bytes: [u8; 6]) -> String {
        crate::value::Mac(bytes).to_string()
    }

    #[test]
    fn macs() {
        for (group, expected) in [
            ("239.255.2.10", "01:00:5e:7f:02:0a"),
            ("232.129.3.4", "01:00:5e:01:03:04"),
            ("ff15::8000:20a", "33:33:80:00:02:0a"),
        ] {
            assert_eq!(text(mac(group.parse().unwrap())), expected);
        }
    }

    #[test]
    fn defaults_contain_the_address() {
        let vip = "192.0.2.10".parse().unwrap();
        assert_eq!(of_ipv4(vip).to_string(), "239.255.2.10");
        assert_eq!(of_ipv6(vip).to_string(), "ff15::8000:20a");
        // Every node has to come to the same, whatever its release.
        let vip = "2001:db8::1".parse().unwrap();
        assert_eq!(of_ipv6(vip).to_string(), "ff15::ac7d:db4e");
    }

    #[test]
    fn of_the_lowest_address_of_the_family() {
        let vips = ["2001:db8::1", "192.0.2.20", "192.0.2.10"].map(|vip| vip.parse().unwrap());
        let group = |protocol: Protocol, vips: &[IpAddr]| {
            protocol
                .default(vips.iter().copied())
                .map(|group| group.to_string())
        };
        assert_eq!(
            group(Protocol::Igmp, &vips).as_deref(),
            Some("239.255.2.10")
        );
        assert_eq!(
            group(Protocol::Mld, &vips).as_deref(),
            Some("ff15::ac7d:db4e")
        );
        assert_eq!(
            group(Protocol::Mld, &vips[1..]).as_deref(),
            Some("ff15::8000:20a")
        );
        assert_eq!(
            group(Protocol::Igmp, &vips[..1]).as_deref(),
            Some("239.255.219.78")
        );
        assert_eq!(group(Protocol::Igmp, &[]), None);
    }

    #[test]
    fn groups() {
        for good in [
            "239.255.2.10",
            "224.0.1.1",
            "ff15::8000:1",
            "ff02::1:8000:1",
        ] {
            assert!(group(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "igmp",
            "192.0.2.10",
            "224.0.0.9",
            "224.128.0.1",
            "240.0.0.1",
            "fe80::1",
            "ff01::8000:1",
            "ff02::1",
            "ff02::1:ff00:1",
        ] {
            assert!(group(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn defaults_are_groups_that_may_be_joined(v4 in any::<u32>(), v6 in any::<u128>()) {
            for vip in [IpAddr::from(v4.to_be_bytes()), IpAddr::from(v6.to_be_bytes())] {
                for default in [of_ipv4(vip), of_ipv6(vip)] {
                    prop_assert_eq!(group(&default.to_string()), Ok(default));
                }
            }
        }
    }
}
