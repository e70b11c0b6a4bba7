// SPDX-License-Identifier: GPL-2.0-only

//! Seal: what shows that a datagram is from one who has the key: HMAC-SHA256 over all of it.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::session::Session;

/// How each datagram begins: the protocol and its version.
const MAGIC: [u8; 4] = *b"ssg\x01";
/// Bytes before the sections.
const HEADER: usize = 32;
/// Bytes of the seal, at the end.
const TAG: usize = 32;
/// Bytes of the largest datagram: what IPv6 carries everywhere in one piece.
pub const LARGEST: usize = 1200;
/// Bytes of its sections.
pub const ROOM: usize = LARGEST - HEADER - TAG;
/// Bytes of the shortest secret.
const SHORTEST: usize = 16;

/// Whom a datagram is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// The node.
    pub from: u32,
    /// Its run.
    pub session: Session,
    /// The datagram's number in that run.
    pub counter: u64,
}

/// A key of the cluster's daemons, made from the secret that they share.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// For the group of this name. None if the secret has less than 16 bytes.
    pub fn new(secret: &[u8], group: &str) -> Option<Key> {
        if secret.len() < SHORTEST {
            return None;
        }
        let mut of_group = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        of_group.update(b"ssid datagrams 1 ");
        of_group.update(group.as_bytes());
        let key = of_group.finalize().into_bytes();
        Some(Key(Hmac::new_from_slice(&key).ok()?))
    }

    /// A datagram.
    pub fn seal(&self, header: &Header, sections: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + sections.len() + TAG);
        bytes.extend(MAGIC);
        bytes.extend(header.from.to_be_bytes());
        bytes.extend(header.session.0);
        bytes.extend(header.counter.to_be_bytes());
        bytes.extend(sections);
        let mut mac = self.0.clone();
        mac.update(&bytes);
        bytes.extend(mac.finalize().into_bytes());
        bytes
    }

    /// Whom a datagram of this protocol says that it is from. Without its key that is a hint for people, and no more.
    pub fn claimed(bytes: &[u8]) -> Option<u32> {
        let from = bytes.strip_prefix(&MAGIC)?.first_chunk::<4>()?;
        (bytes.len() >= HEADER + TAG).then(|| u32::from_be_bytes(*from))
    }

    /// Whom a datagram is from, and its sections. None if it is none of ours. Takes as long whatever is wrong with the
    /// seal.
    pub fn open<'a>(&self, bytes: &'a [u8]) -> Option<(Header, &'a [u8])> {
        let (sealed, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        let (magic, rest) = sealed.split_first_chunk::<4>()?;
        let (from, rest) = rest.split_first_chunk::<4>()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (counter, sections) = rest.split_first_chunk::<8>()?;
        if *magic != MAGIC || bytes.len() > LARGEST {
            return None;
        }
        let mut mac = self.0.clone();
        mac.update(sealed);
        mac.verify_slice(tag).ok()?;
        let header = Header {
            from: u32::from_be_bytes(*from),
            session: Session(*session),
            counter: u64::from_be_bytes(*counter),
        };
        Some((header, sections))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(group: &str) -> Key {
        Key::new(&[7; 16], group).unwrap()
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let header = Header {
            from: 3,
            session: Session([9; 16]),
            counter: 77,
        };
        let bytes = key("a").seal(&header, b"sections");
        assert_eq!(key("a").open(&bytes), Some((header, &b"sections"[..])));
        assert_eq!(key("b").open(&bytes), None, "another group's");
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 0x10;
            assert_eq!(key("a").open(&other), None, "byte {at}");
            assert_eq!(key("a").open(&bytes[..at]), None, "{at} bytes");
        }
        let claimed = Key::claimed(&key("b").seal(&header, b""));
        assert_eq!(claimed, Some(3), "by its key or by none");
        assert_eq!(Key::claimed(&bytes[..HEADER]), None);
        assert_eq!(Key::claimed(&[b'x'; LARGEST]), None);
        let long = key("a").seal(&header, &[0; ROOM + 1]);
        assert_eq!(key("a").open(&long), None);
        assert!(Key::new(&[7; 15], "a").is_none());
    }

    #[test]
    fn its_bytes_stay_as_they_are() {
        let header = Header {
            from: 3,
            session: Session([9; 16]),
            counter: 77,
        };
        let bytes = key("a").seal(&header, &[]);
        assert!(bytes.starts_with(b"ssg\x01\0\0\0\x03\x09\x09"));
        assert_eq!(bytes[8..24], [9; 16]);
        assert_eq!(bytes[24..32], [0, 0, 0, 0, 0, 0, 0, 77]);
        assert_eq!(bytes.len(), HEADER + TAG);
        // By another implementation: HMAC of HMAC.
        assert_eq!(bytes[32..40], [194, 120, 63, 242, 110, 176, 233, 137]);
    }
}
