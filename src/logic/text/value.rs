// SPDX-License-Identifier: GPL-2.0-only

//! Single values as text: numbers, names, addresses, keys.

use core::{
    fmt::{
        self,
        Write, //
    },
    net::IpAddr, //
};

use super::super::{
    refusal::Refusal,
    vips::Vips,
    wire::Attr, //
};

/// Values that have a name each.
pub type Names<T> = [(&'static str, T)];

/// Of `master`.
pub const MASTER: &Names<bool> = &[("0", false), ("1", true)];

/// The name of a value.
pub fn name_of<T: Copy + PartialEq>(names: &Names<T>, value: T) -> &'static str {
    let known = names.iter().find(|(_, meaning)| *meaning == value);
    known.map_or("", |(name, _)| *name)
}

/// The value of a name.
pub fn meaning<T: Copy>(names: &Names<T>, text: &[u8]) -> Option<T> {
    let known = names.iter().find(|(name, _)| name.as_bytes() == text);
    known.map(|(_, meaning)| *meaning)
}

/// A decimal number: digits and nothing else.
pub fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |sum, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// The number that a text means for an attribute: a decimal number, or the name of a value.
pub fn number_of(attr: Attr, text: &[u8]) -> Option<u32> {
    match attr.names() {
        None => number(text),
        Some(names) => {
            let at = names.iter().position(|name| name.as_bytes() == text)?;
            u32::try_from(at).ok()
        }
    }
}

/// Writes 16 bytes as 32 hexadecimal digits.
pub fn show_seed(seed: &[u8; 16], out: &mut dyn Write) -> fmt::Result {
    seed.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}

/// 16 bytes of 32 hexadecimal digits.
pub fn seed(text: &[u8]) -> Result<[u8; 16], Refusal> {
    let digits: &[u8; 32] = text
        .try_into()
        .map_err(|_| Refusal::Value(Attr::HashSeed))?;
    let mut seed = 0u128;
    for digit in digits {
        let digit = char::from(*digit)
            .to_digit(16)
            .ok_or(Refusal::Value(Attr::HashSeed))?;
        seed = (seed << 4) | u128::from(digit);
    }
    Ok(seed.to_be_bytes())
}

/// Writes addresses with spaces between.
pub fn show_vips(vips: &Vips, out: &mut dyn Write) -> fmt::Result {
    for (vip, at) in vips.iter().zip(0..usize::MAX) {
        if at > 0 {
            out.write_char(' ')?;
        }
        write!(out, "{vip}")?;
    }
    Ok(())
}

/// Adds addresses with white space between.
pub fn read_vips(text: &[u8], into: &mut Vips) -> Result<(), Refusal> {
    let parts = text.split(u8::is_ascii_whitespace);
    for part in parts.filter(|part| !part.is_empty()) {
        let text = core::str::from_utf8(part).map_err(|_| Refusal::VipUnusable)?;
        let vip: IpAddr = text.parse().map_err(|_| Refusal::VipUnusable)?;
        into.push(vip)?;
    }
    Ok(())
}
