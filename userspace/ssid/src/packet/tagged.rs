// SPDX-License-Identifier: GPL-2.0-only

//! Values by tags, as JSON in a packet: whoever reads them skips what it does not know, and has a default for what is
//! not there.

use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};

pub fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let text = serde_json::to_vec(value).map_err(S::Error::custom)?;
    to.serialize_bytes(&text)
}

pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let text = <&[u8] as serde::Deserialize>::deserialize(from)?;
    serde_json::from_slice(text).map_err(D::Error::custom)
}
