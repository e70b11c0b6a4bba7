// SPDX-License-Identifier: GPL-2.0-only

//! SipHash-2-4 (Aumasson and Bernstein, 2012), the hash that the kernel's `lib/siphash.c` has too.
//!
//! Written out here since the kernel's is C, and this must be one code in both worlds; a test
//! compares it with the `siphasher` crate.

/// SipHash-2-4 of `data` under `key`.
#[inline]
pub fn siphash24(key: [u8; 16], data: &[u8]) -> u64 {
    let [k0, k1] = halves(&key);
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut blocks = data.chunks_exact(8);
    for block in &mut blocks {
        absorb(&mut v, little_endian(block));
    }
    let length = (data.len() as u64) << 56;
    absorb(&mut v, length | little_endian(blocks.remainder()));
    v[2] ^= 0xff;
    for _ in 0..4 {
        round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn halves(key: &[u8; 16]) -> [u64; 2] {
    let whole = u128::from_le_bytes(*key);
    [whole as u64, (whole >> 64) as u64]
}

/// At most eight bytes, the first the lowest.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |block, &byte| (block << 8) | u64::from(byte))
}

#[inline]
fn absorb(v: &mut [u64; 4], block: u64) {
    v[3] ^= block;
    round(v);
    round(v);
    v[0] ^= block;
}

#[inline]
fn round(v: &mut [u64; 4]) {
    let [mut v0, mut v1, mut v2, mut v3] = *v;
    v0 = v0.wrapping_add(v1);
    v2 = v2.wrapping_add(v3);
    v1 = v1.rotate_left(13) ^ v0;
    v3 = v3.rotate_left(16) ^ v2;
    v0 = v0.rotate_left(32);
    v2 = v2.wrapping_add(v1);
    v0 = v0.wrapping_add(v3);
    v1 = v1.rotate_left(17) ^ v2;
    v3 = v3.rotate_left(21) ^ v0;
    v2 = v2.rotate_left(32);
    *v = [v0, v1, v2, v3];
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::hash::Hasher;
    use proptest::prelude::*;

    #[test]
    fn reference_vector() {
        // The paper's appendix A: key 00..0f, message 00..0e.
        let key = core::array::from_fn(|i| i as u8);
        let message: [u8; 15] = core::array::from_fn(|i| i as u8);
        assert_eq!(siphash24(key, &message), 0xa129_ca61_49be_45e5);
    }

    proptest! {
        #[test]
        fn equals_siphasher(key: [u8; 16], data: std::vec::Vec<u8>) {
            let mut peer = siphasher::sip::SipHasher24::new_with_key(&key);
            peer.write(&data);
            prop_assert_eq!(siphash24(key, &data), peer.finish());
        }
    }
}
