// SPDX-License-Identifier: GPL-2.0-only

//! Fields of a hello, each with a tag, so that releases may have more or fewer of them.

use super::super::{
    bytes::Bytes,
    client::ClientKey,
    config::Config,
    distribution::Hash,
    mac::Mac,
    siphash::siphash24,
    wire, //
};

/// Tags of a hello's fields.
pub(super) const MODE: u8 = 1;
pub(super) const SEED: u8 = 2;
pub(super) const GROUP_MAC: u8 = 3;
pub(super) const CLIENT_KEY: u8 = 4;
/// Bytes of a node's own fields, and of those that are read at most.
const FIELDS: usize = 22;
pub(super) const FIELDS_MAX: usize = 128;
/// What a seed's digest is made of.
const SEED_TEXT: &[u8] = b"ssi hash-seed";

/// What else a hello has, as it is in it: a node of another release has other fields, or none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Fields<'a>(pub(super) &'a [u8]);

/// The fields of a node's own hello.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnFields(Bytes<FIELDS>);

impl Fields<'_> {
    /// The mode, if it is one that is known.
    pub fn mode(self) -> Option<wire::Mode> {
        let [mode] = self.get(MODE)?;
        wire::Mode::of_number(mode.into())
    }

    /// The digest of the hash's seed.
    pub fn seed(self) -> Option<u32> {
        self.get(SEED).map(u32::from_be_bytes)
    }

    /// The group MAC.
    pub fn group_mac(self) -> Option<Mac> {
        self.get(GROUP_MAC).map(Mac)
    }

    /// What of clients makes their buckets, if it is one that is known. Releases without this field take their addresses.
    pub fn client_key(self) -> Option<ClientKey> {
        let Some([kind, v4, v6]) = self.get(CLIENT_KEY) else {
            return Some(ClientKey::Source);
        };
        let key = ClientKey::Source.with(wire::ClientKey::of_number(kind.into())?);
        match key.prefix() {
            Some(_) => key.with_prefix(Some(v4.into()), Some(v6.into())),
            None => Some(key),
        }
    }

    fn get<const N: usize>(self, wanted: u8) -> Option<[u8; N]> {
        let mut rest = self.0;
        while let Some(([tag, length], others)) = rest.split_first_chunk() {
            let (value, after) = others.split_at_checked(usize::from(*length))?;
            if *tag == wanted {
                return value.first_chunk().copied();
            }
            rest = after;
        }
        None
    }
}

impl OwnFields {
    /// Of a node with this configuration.
    pub fn new(config: &Config) -> Self {
        let mode = config.mode.wire().number() as u8;
        let bytes = Bytes::new()
            .put(&[MODE, 1, mode, GROUP_MAC, 6])
            .put(&config.group_mac.0);
        let bytes = match config.client_key {
            ClientKey::Source => bytes,
            key => {
                let (v4, v6) = key.prefix().unwrap_or_default();
                // They are 128 at most.
                let prefix = [v4 as u8, v6 as u8];
                bytes
                    .put(&[CLIENT_KEY, 3, key.wire().number() as u8])
                    .put(&prefix)
            }
        };
        Self(match seed_digest(config.hash) {
            Some(digest) => bytes.put(&[SEED, 4]).put(&digest.to_be_bytes()),
            None => bytes,
        })
    }

    /// They, as a hello has them.
    pub fn get(&self) -> Fields<'_> {
        Fields(self.0.get())
    }
}

/// A digest of the hash's seed, if it has one: SipHash of a fixed text under the seed, by which two can be
/// compared, and no seed be found.
pub fn seed_digest(hash: Hash) -> Option<u32> {
    match hash {
        Hash::SipHash(seed) => Some((siphash24(seed, SEED_TEXT) >> 32) as u32),
        Hash::None => None,
    }
}
