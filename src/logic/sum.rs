// SPDX-License-Identifier: GPL-2.0-only

//! The Internet's checksum (RFC 1071), of a few bytes.

/// The sum of 16-bit numbers as they are sent; an odd byte at the end is the first of two. Of a few kilobytes at
/// most, so that it does not overflow.
pub fn halves(bytes: &[u8]) -> u32 {
    let halves = bytes.chunks(2).map(|half| match *half {
        [high, low] => u32::from(u16::from_be_bytes([high, low])),
        [high] => u32::from(high) << 8,
        _ => 0,
    });
    halves.fold(0, u32::wrapping_add)
}

/// The checksum of what has this sum.
pub fn fold(sum: u32) -> [u8; 2] {
    // The carries of the first fold are one at most.
    let folded = (sum & 0xffff).wrapping_add(sum >> 16);
    let folded = (folded & 0xffff).wrapping_add(folded >> 16);
    (!(folded as u16)).to_be_bytes()
}

/// The checksum that this one becomes where 16-bit numbers become others, at most a few (RFC 1624, equation 3).
pub fn changed(checksum: [u8; 2], changes: &[(u16, u16)]) -> [u8; 2] {
    let sum = u32::from(!u16::from_be_bytes(checksum));
    fold(changes.iter().fold(sum, |sum, (old, new)| {
        sum.wrapping_add(u32::from(!old))
            .wrapping_add(u32::from(*new))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers where carries come and go.
    const EDGES: [u16; 6] = [0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff];

    /// What is folded depends on the sum of both halves only: all of those sums there are.
    #[test]
    fn every_sum_is_folded() {
        for both in 0..=0x1_fffe_u32 {
            let high = both.min(0xffff);
            let folded = u32::from(!u16::from_be_bytes(fold((high << 16) | (both - high))));
            // The remainder by 2^16 - 1, of whose two zeros the other one is only nothing's.
            assert_eq!(folded % 0xffff, both % 0xffff, "{both:#x}");
            assert_eq!(folded == 0, both == 0, "{both:#x}");
        }
    }

    /// Of a packet whose other numbers have the sum `rest`, which no packet has as 0, `old` becomes `new`: the checksum
    /// that it has then is that of the packet reckoned anew. Each of the three is all numbers, between edges.
    #[test]
    fn a_number_that_changes_makes_the_sum_of_the_new() {
        let check = |rest: u16, old: u16, new: u16| {
            let whole = |one| fold(u32::from(rest) + u32::from(one));
            let now = changed(whole(old), &[(old, new)]);
            assert!(
                rest == 0 || now == whole(new),
                "{rest:#x} {old:#x} {new:#x}"
            );
        };
        for one in EDGES {
            for other in EDGES {
                for all in 0..=u16::MAX {
                    check(all, one, other);
                    check(one, all, other);
                    check(one, other, all);
                }
            }
        }
    }
}
