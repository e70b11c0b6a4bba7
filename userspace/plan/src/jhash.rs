// SPDX-License-Identifier: GPL-2.0-only

//! Jenkins' hash as Linux has it (`include/linux/jhash.h`), for comparing with what uses it.

use std::net::IpAddr;

/// What the state begins with.
const BEGIN: u32 = 0xdead_beef;

/// The hash of a source address, as xt_cluster and nft's `jhash ip saddr` compute it on a
/// little-endian machine: `jhash2` of its words and `jhash` of its bytes are the same there.
pub fn of_source(source: IpAddr, seed: u32) -> u32 {
    match source {
        IpAddr::V4(v4) => jhash2(&[u32::from_le_bytes(v4.octets())], seed),
        IpAddr::V6(v6) => {
            // A word's bytes are in the order of the network.
            let bits = u128::from_be_bytes(v6.octets());
            let word = |shift: u32| {
                u32::try_from((bits >> shift) & u128::from(u32::MAX))
                    .unwrap_or(0)
                    .swap_bytes()
            };
            jhash2(&[word(96), word(64), word(32), word(0)], seed)
        }
    }
}

/// `jhash2`: the hash of 32-bit words.
fn jhash2(words: &[u32], seed: u32) -> u32 {
    let bytes = u32::try_from(words.len() * 4).unwrap_or(0);
    let begin = BEGIN.wrapping_add(bytes).wrapping_add(seed);
    let mut state = [begin; 3];
    let mut rest = words;
    while rest.len() > 3 {
        let (block, after) = rest.split_at(3);
        add(&mut state, block);
        state = mixed(state);
        rest = after;
    }
    if rest.is_empty() {
        return begin;
    }
    add(&mut state, rest);
    last(state)
}

fn add(state: &mut [u32; 3], words: &[u32]) {
    for (sum, word) in state.iter_mut().zip(words) {
        *sum = sum.wrapping_add(*word);
    }
}

/// `__jhash_mix`: six times the same with other distances, the three taking turns.
fn mixed([mut a, mut b, mut c]: [u32; 3]) -> [u32; 3] {
    for distance in [4, 6, 8, 16, 19, 4] {
        a = a.wrapping_sub(c) ^ c.rotate_left(distance);
        c = c.wrapping_add(b);
        (a, b, c) = (b, c, a);
    }
    [a, b, c]
}

/// `__jhash_final`.
fn last([mut a, mut b, mut c]: [u32; 3]) -> u32 {
    for distance in [14, 11, 25, 16, 4, 14, 24] {
        c = (c ^ b).wrapping_sub(b.rotate_left(distance));
        (a, b, c) = (b, c, a);
    }
    // Seven turns of three end one place further.
    b
}
