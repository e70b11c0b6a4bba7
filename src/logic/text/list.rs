// SPDX-License-Identifier: GPL-2.0-only

//! The owned bitmap as a list of buckets: `0-3,7`, or `none`.

use core::fmt::{
    self,
    Write, //
};

use super::{
    super::{
        config::Config,
        owned, //
    },
    value::number, //
};

/// Writes the buckets of a bitmap of `k`.
pub fn show(bits: &[u8], k: u32, out: &mut dyn Write) -> fmt::Result {
    show_rising((0..k).filter(|m| owned::owns(bits, *m)), out)
}

/// Writes these buckets, which come in rising order.
pub fn show_rising(buckets: impl Iterator<Item = u32>, out: &mut dyn Write) -> fmt::Result {
    let mut buckets = buckets.peekable();
    let mut is_first = true;
    while let Some(first) = buckets.next() {
        let mut last = first;
        while let Some(next) = buckets.next_if(|next| next.checked_sub(1) == Some(last)) {
            last = next;
        }
        if !is_first {
            out.write_char(',')?;
        }
        is_first = false;
        write!(out, "{first}")?;
        if last > first {
            write!(out, "-{last}")?;
        }
    }
    if is_first {
        out.write_str("none")?;
    }
    Ok(())
}

/// Reads such a list, or `all`, or `mod` (each m with m mod nodes = node), into `bits`, the bitmap
/// of the configuration's buckets.
pub fn parse(text: &[u8], config: &Config, bits: &mut [u8]) -> Option<()> {
    let k = config.buckets;
    bits.fill(0);
    match text {
        b"none" => {}
        b"all" => owned::fill_by_rank(bits, k, 0, 1),
        b"mod" => owned::fill_by_rank(bits, k, config.node, config.nodes),
        _ => {
            for range in text.split(|byte| *byte == b',') {
                let (first, last) = ends(range)?;
                if last < first || last >= k {
                    return None;
                }
                set(bits, first, last);
            }
        }
    }
    Some(())
}

/// First and last of `3` or `0-3`.
fn ends(range: &[u8]) -> Option<(u32, u32)> {
    let mut parts = range.splitn(2, |byte| *byte == b'-');
    let first = number(parts.next()?)?;
    let last = match parts.next() {
        Some(last) => number(last)?,
        None => first,
    };
    Some((first, last))
}

/// Sets a range byte by byte: a list that names all of 65,536 buckets as often as it can is to cost
/// little all the same.
fn set(bits: &mut [u8], first: u32, last: u32) {
    for (byte, at) in bits
        .iter_mut()
        .zip(0..u32::MAX)
        .take((last as usize / 8).saturating_add(1))
    {
        // Bits of this byte below `first` and up to `last`.
        let below = |m: u32| 0xffu32 >> (8 - m.saturating_sub(at.saturating_mul(8)).min(8));
        *byte |= (below(last.saturating_add(1)) & !below(first)) as u8;
    }
}
