// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's name.

use super::refusal::Refusal;

pub use super::wire::NAME_MAX;

/// A cluster's name, of characters that do as a file's name too.
///
/// # Invariants
///
/// 1 to `NAME_MAX` bytes of letters, digits, '.', '-' and '_', the first no '.'; then zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name([u8; NAME_MAX + 1]);

impl Name {
    /// None is less.
    pub const LEAST: Self = {
        let mut name = [0; NAME_MAX + 1];
        // INVARIANT: One byte, which comes before all others that a name may have, but for a '.', with
        // which none begins.
        name[0] = b'-';
        Self(name)
    };

    /// A name of these bytes.
    pub fn new(text: &[u8]) -> Result<Self, Refusal> {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
        if text.is_empty() || text.len() > NAME_MAX {
            return Err(Refusal::NameLength);
        }
        if text.starts_with(b".") || !text.iter().all(fits) {
            return Err(Refusal::NameCharacters);
        }
        let mut name = [0; NAME_MAX + 1];
        for (to, from) in name.iter_mut().zip(text) {
            *to = *from;
        }
        // INVARIANT: Checked above.
        Ok(Self(name))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        let bytes = self.as_bytes_with_nul();
        let text = bytes.split_last().map_or(bytes, |(_, text)| text);
        // Its characters are ASCII's.
        core::str::from_utf8(text).unwrap_or("")
    }

    /// With the closing NUL, as netlink has strings.
    pub fn as_bytes_with_nul(&self) -> &[u8] {
        let length = self.0.iter().position(|&byte| byte == 0);
        length.and_then(|nul| self.0.get(..=nul)).unwrap_or(&[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_may_be() {
        for good in ["a", "web", "Store-1_b.c", "exactly15bytes.", "0"] {
            assert!(Name::new(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in ["a/b", ".a", "..", "a b", "a\0b", "ü", "a\n"] {
            assert_eq!(
                Name::new(bad.as_bytes()),
                Err(Refusal::NameCharacters),
                "{bad:?}"
            );
        }
        assert_eq!(Name::new(b""), Err(Refusal::NameLength));
        assert_eq!(Name::new(b"sixteen.bytes..."), Err(Refusal::NameLength));
        let longest = Name::new(b"exactly15bytes.").unwrap();
        assert_eq!(longest.as_bytes_with_nul(), b"exactly15bytes.\0");
        assert_eq!(longest.as_str(), "exactly15bytes.");
    }
}
