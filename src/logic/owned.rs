// SPDX-License-Identifier: GPL-2.0-only

//! A node's bitmap of k bits: it serves bucket m where bit m is set (claim 11).
//!
//! Bucket m is bit `m % 8`, from the least significant, of byte `m / 8`.

/// Bytes of a bitmap of `k` buckets.
pub const fn len(k: u32) -> usize {
    k.div_ceil(8) as usize
}

/// Whether bucket `m` is owned; a bucket past the bitmap is not.
#[inline(always)]
pub fn owns(owned: &[u8], m: u32) -> bool {
    match owned.get((m / 8) as usize) {
        Some(byte) => (byte >> (m % 8)) & 1 != 0,
        None => false,
    }
}

/// Whether `owned` is the bitmap of `k` buckets: the right length, no bit past k.
pub fn is_whole(owned: &[u8], k: u32) -> bool {
    // Bits of the last byte that are no bucket's.
    let spare = k.wrapping_neg() % 8;
    owned.len() == len(k)
        && owned
            .last()
            .is_none_or(|last| last.leading_zeros() >= spare)
}

/// Whether no bucket is owned.
pub fn is_empty(owned: &[u8]) -> bool {
    owned.iter().all(|byte| *byte == 0)
}

/// Sets bit m; past the bitmap nothing.
pub fn set(owned: &mut [u8], m: u32) {
    if let Some(byte) = owned.get_mut((m / 8) as usize) {
        *byte |= 1 << (m % 8);
    }
}

/// Clears bit m.
pub fn clear(owned: &mut [u8], m: u32) {
    if let Some(byte) = owned.get_mut((m / 8) as usize) {
        *byte &= !(1 << (m % 8));
    }
}

/// Sets the bits m with `m mod nodes = node`, the table of claim 10 when `k = nodes`.
pub fn fill_by_rank(owned: &mut [u8], k: u32, node: u32, nodes: u32) {
    owned.fill(0);
    for m in (node..k).step_by(nodes.max(1) as usize) {
        set(owned, m);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;

    #[test]
    fn whole() {
        assert!(is_whole(&[0xff], 8) && is_whole(&[0x01], 1) && is_whole(&[0xff, 0x01], 9));
        assert!(!is_whole(&[0x02], 1) && !is_whole(&[0xff, 0x02], 9));
        assert!(!is_whole(&[], 1) && !is_whole(&[0, 0], 8));
    }

    proptest! {
        #[test]
        fn claim_11_every_bucket_has_one_owner(k in 1u32..2000, nodes in 1u32..40) {
            let mut owners = vec![0; k as usize];
            for node in 0..nodes {
                let mut owned = vec![0xff; len(k)];
                fill_by_rank(&mut owned, k, node, nodes);
                prop_assert!(is_whole(&owned, k));
                for m in 0..k {
                    owners[m as usize] += u32::from(owns(&owned, m));
                    prop_assert_eq!(owns(&owned, m), m % nodes == node);
                }
            }
            prop_assert!(owners.iter().all(|&n| n == 1));
        }

        #[test]
        fn past_the_end_is_not_owned(bits: vec::Vec<u8>, m: u32) {
            let inside = (m as usize) < bits.len() * 8;
            prop_assert!(inside || !owns(&bits, m));
            let mut changed = bits.clone();
            set(&mut changed, m);
            clear(&mut changed, m);
            prop_assert!(inside || changed == bits);
        }

        #[test]
        fn one_is_set_and_cleared(bits in prop::collection::vec(any::<u8>(), 1..20), m: u32) {
            let m = m % (bits.len() as u32 * 8);
            let mut changed = bits.clone();
            set(&mut changed, m);
            prop_assert!(owns(&changed, m));
            clear(&mut changed, m);
            for other in 0..bits.len() as u32 * 8 {
                prop_assert_eq!(owns(&changed, other), other != m && owns(&bits, other));
            }
        }
    }
}
