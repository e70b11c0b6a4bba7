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
