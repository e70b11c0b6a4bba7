// SPDX-License-Identifier: GPL-2.0-only

//! Schemes without a table: a node's number follows from the source and the number of nodes.

use std::net::IpAddr;

use crate::jhash;

/// A function from source address to a number below the number of nodes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    /// The source address, a big-endian integer, mod N (claim 10).
    Modulo,
    /// xt_cluster of iptables: `jhash` of the source, scaled to N.
    XtCluster {
        /// Its `--cluster-hash-seed`.
        seed: u32,
    },
    /// nft's `jhash ip saddr mod N seed S`, which scales too, although it is spelled `mod`: it is
    /// xt_cluster's function.
    NftJhash {
        /// Its `seed`.
        seed: u32,
    },
}

impl Scheme {
    /// The number of the node that serves a source, less than `nodes`; 0 if that is 0.
    pub fn number(self, source: IpAddr, nodes: u32) -> u32 {
        match (self, source) {
            (Self::Modulo, IpAddr::V4(v4)) => v4.to_bits().checked_rem(nodes).unwrap_or(0),
            (Self::Modulo, IpAddr::V6(v6)) => {
                let rest = v6.to_bits().checked_rem(u128::from(nodes));
                rest.and_then(|rest| u32::try_from(rest).ok()).unwrap_or(0)
            }
            (Self::XtCluster { seed } | Self::NftJhash { seed }, _) => {
                scaled(jhash::of_source(source, seed), nodes)
            }
        }
    }

    /// The part of all sources that number `a` of `n` and number `b` of `m` have in common, as
    /// `(part, whole)`; `whole` follows from n and m alone. Sources are spread evenly over all
    /// values of the address or the hash; `n` and `m` are not 0.
    pub(crate) fn common(self, (a, n): (u32, u32), (b, m): (u32, u32)) -> (u64, u64) {
        let (a, n, b, m) = (u64::from(a), u64::from(n), u64::from(b), u64::from(m));
        match self {
            // Of the remainders by the least common multiple, one is a by n and b by m, or none.
            Self::Modulo => {
                let divisor = greatest_common_divisor(n, m);
                let meet = a.abs_diff(b).checked_rem(divisor) == Some(0);
                (u64::from(meet), n * m.checked_div(divisor).unwrap_or(m))
            }
            // a / n to (a + 1) / n and b / m to (b + 1) / m, in parts of n * m.
            Self::XtCluster { .. } | Self::NftJhash { .. } => {
                let begin = (a * m).max(b * n);
                let end = ((a + 1) * m).min((b + 1) * n);
                (end.saturating_sub(begin), n * m)
            }
        }
    }
}

/// Linux's `reciprocal_scale`.
fn scaled(hash: u32, nodes: u32) -> u32 {
    u32::try_from((u64::from(hash) * u64::from(nodes)) >> 32).unwrap_or(0)
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by a C program that includes the kernel's own jhash.h (Linux 7.3, little endian):
    /// source, seed, `jhash_1word` or `jhash2` of its words, `reciprocal_scale` to 5. `jhash` of the
    /// bytes gave the same.
    const VECTORS: &[(&str, u32, u32, u32)] = &[
        ("0.0.0.0", 0x0000_0000, 0x0493_96b8, 0),
        ("0.0.0.0", 0x0000_0001, 0xd9a9_1087, 4),
        ("0.0.0.0", 0xdead_beef, 0xfa0f_3b86, 4),
        ("0.0.0.0", 0xffff_ffff, 0x6bd0_060f, 2),
        ("10.0.0.1", 0x0000_0000, 0x2fa5_f781, 0),
        ("10.0.0.1", 0x0000_0001, 0x5760_78bd, 1),
        ("10.0.0.1", 0xdead_beef, 0x52e2_6e5d, 1),
        ("10.0.0.1", 0xffff_ffff, 0xe02d_363e, 4),
        ("192.0.2.77", 0x0000_0000, 0xd76b_5428, 4),
        ("192.0.2.77", 0x0000_0001, 0x65c3_48e3, 1),
        ("192.0.2.77", 0xdead_beef, 0xf040_23ef, 4),
        ("192.0.2.77", 0xffff_ffff, 0x4214_a1a4, 1),
        ("203.0.113.254", 0x0000_0000, 0xf486_88be, 4),
        ("203.0.113.254", 0x0000_0001, 0x9e2b_f76f, 3),
        ("203.0.113.254", 0xdead_beef, 0x9651_0afd, 2),
        ("203.0.113.254", 0xffff_ffff, 0x0a6a_d981, 0),
        ("255.255.255.255", 0x0000_0000, 0x9b11_c75b, 3),
        ("255.255.255.255", 0x0000_0001, 0x78d1_74e3, 2),
        ("255.255.255.255", 0xdead_beef, 0xc5f9_410e, 3),
        ("255.255.255.255", 0xffff_ffff, 0xeae4_6760, 4),
        ("::", 0x0000_0000, 0xbaf9_078c, 3),
        ("::", 0x0000_0001, 0x2958_35ff, 0),
        ("::", 0xdead_beef, 0x0944_0819, 0),
        ("::", 0xffff_ffff, 0x854c_7230, 2),
        ("2001:db8::1", 0x0000_0000, 0x0e5b_0adb, 0),
        ("2001:db8::1", 0x0000_0001, 0x1e55_bcd1, 0),
        ("2001:db8::1", 0xdead_beef, 0xf9db_fa2e, 4),
        ("2001:db8::1", 0xffff_ffff, 0x6a70_6952, 2),
        ("fe80::1234:5678:9abc:def0", 0x0000_0000, 0xb87e_5f01, 3),
        ("fe80::1234:5678:9abc:def0", 0x0000_0001, 0xfc57_b684, 4),
        ("fe80::1234:5678:9abc:def0", 0xdead_beef, 0x3743_c330, 1),
        ("fe80::1234:5678:9abc:def0", 0xffff_ffff, 0xb388_c28d, 3),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            0x0000_0000,
            0x9d82_926f,
            3,
        ),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            0x0000_0001,
            0xb1d7_0fc2,
            3,
        ),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            0xdead_beef,
            0x7ace_bf10,
            2,
        ),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            0xffff_ffff,
            0x34e6_9a46,
            1,
        ),
    ];

    #[test]
    fn hashes_are_the_kernels() {
        for (source, seed, hash, number) in VECTORS.iter().copied() {
            let source = source.parse().unwrap();
            assert_eq!(jhash::of_source(source, seed), hash, "{source} seed {seed}");
            assert_eq!(Scheme::XtCluster { seed }.number(source, 5), number);
            assert_eq!(Scheme::NftJhash { seed }.number(source, 5), number);
        }
    }

    #[test]
    fn modulo_is_of_the_whole_address() {
        let number = |source: &str| Scheme::Modulo.number(source.parse().unwrap(), 5);
        assert_eq!(number("10.0.0.7"), (10 * 256 * 256 * 256 + 7) % 5);
        assert_eq!(number("1::3"), 4, "2^112 mod 5 is 1");
    }
}
