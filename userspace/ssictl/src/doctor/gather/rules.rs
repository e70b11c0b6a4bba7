// SPDX-License-Identifier: GPL-2.0-only

//! The rules of nftables, as its own program lists them.

use std::io;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::doctor::facts::Seen;
use crate::doctor::firewall::Ruleset;

/// Where it is for root, whatever the caller's path.
const PATH: &str = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/// Asks.
pub fn look() -> Seen<Ruleset> {
    let mut nft = Command::new("nft");
    nft.args(["-j", "list", "ruleset"])
        .env("PATH", PATH)
        .stdin(Stdio::null());
    let output = nft.output().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => "nft is not installed".to_owned(),
        _ => format!("nft: {e}"),
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().next().unwrap_or("it has failed");
        return Err(format!("nft: {line}"));
    }
    read(&output.stdout)
}

fn read(text: &[u8]) -> Seen<Ruleset> {
    let value: Value = serde_json::from_slice(text).map_err(|e| format!("nft -j: {e}"))?;
    let list = value.get("nftables").and_then(Value::as_array);
    Ok(Ruleset::of(list.map(Vec::as_slice).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_said() {
        assert!(read(b"").is_err());
        assert!(read(b"{}").is_ok());
        assert!(
            read(br#"{"nftables":[{"metainfo":{}},{"table":{"family":"ip","name":"f"}}]}"#).is_ok()
        );
    }
}
