// SPDX-License-Identifier: GPL-2.0-only

//! SipHash-2-4 (Aumasson, Bernstein), written from the paper: the module's own one is not asked.

fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[2] = v[2].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[1]);
    v[0] = v[0].wrapping_add(v[3]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].rotate_left(32);
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, &b| (sum << 8) | u64::from(b))
}

pub fn siphash24(key: &[u8; 16], message: &[u8]) -> u64 {
    let (k0, k1) = (little_endian(&key[..8]), little_endian(&key[8..]));
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut blocks = message.chunks_exact(8);
    let mut compress = |word: u64| {
        v[3] ^= word;
        round(&mut v);
        round(&mut v);
        v[0] ^= word;
    };
    for block in &mut blocks {
        compress(little_endian(block));
    }
    compress(((message.len() as u64) << 56) | little_endian(blocks.remainder()));
    v[2] ^= 0xff;
    for _ in 0..4 {
        round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the authors' reference code: key 00 01 … 0f, message 00 01 … of growing length.
    #[test]
    fn the_authors_vectors_hold() {
        let key: [u8; 16] = std::array::from_fn(|i| i as u8);
        let message: Vec<u8> = (0..15).collect();
        assert_eq!(siphash24(&key, &[]), 0x726f_db47_dd0e_0e31);
        assert_eq!(siphash24(&key, &message[..4]), 0xcf27_94e0_2771_87b7);
        assert_eq!(siphash24(&key, &message[..8]), 0x93f5_f579_9a93_2462);
        // The example worked through in the paper's appendix A.
        assert_eq!(siphash24(&key, &message), 0xa129_ca61_49be_45e5);
    }
}
