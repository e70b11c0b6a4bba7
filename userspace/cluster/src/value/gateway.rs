// SPDX-License-Identifier: GPL-2.0-only

//! Routers by which replies leave the cluster's interface.

use std::net::IpAddr;

/// One.
pub fn gateway(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text
        .parse()
        .map_err(|_| "give a router's address, as 192.0.2.1".to_owned())?;
    match address.is_unspecified() || address.is_multicast() || address.is_loopback() {
        true => Err(format!("{address} is no router's address")),
        false => Ok(address),
    }
}

/// One, or "none".
pub fn gateway_or_none(text: &str) -> Result<Option<IpAddr>, String> {
    match text {
        "none" => Ok(None),
        text => gateway(text).map(Some),
    }
}

/// Whether there is one a family at most, and none for a family that no cluster address is of. The error is a sentence.
pub fn gateways(gateways: &[IpAddr], vips: &[IpAddr]) -> Result<(), String> {
    for (at, gateway) in gateways.iter().enumerate() {
        let same = |other: &&IpAddr| other.is_ipv4() == gateway.is_ipv4();
        let family = if gateway.is_ipv4() { "IPv4" } else { "IPv6" };
        if let Some(other) = gateways.iter().skip(at + 1).find(same) {
            return Err(format!(
                "{other}: there is {gateway} already; give one for {family}"
            ));
        }
        if vips.contains(gateway) {
            return Err(format!(
                "{gateway}: this is a cluster address, and a cluster is no router"
            ));
        }
        if !vips.iter().any(|vip| same(&vip)) {
            return Err(format!("{gateway}: no cluster address is {family}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_family() {
        let parse = |text: &str| -> Vec<IpAddr> {
            text.split_whitespace()
                .map(|one| gateway(one).unwrap())
                .collect()
        };
        let both = parse("10.9.0.100 fd00::100");
        assert_eq!(gateways(&parse("10.9.0.254 fd00::1"), &both), Ok(()));
        for (wrong, says) in [
            ("10.9.0.1 10.9.0.2", "10.9.0.2: there is 10.9.0.1 already"),
            ("10.9.0.100", "10.9.0.100: this is a cluster address"),
        ] {
            let sentence = gateways(&parse(wrong), &both).unwrap_err();
            assert!(sentence.starts_with(says), "{sentence}");
        }
        assert!(gateways(&parse("fd00::1"), &both[..1]).is_err());
        assert!(
            gateway("0.0.0.0").is_err() && gateway("ff02::1").is_err() && gateway("x").is_err()
        );
        assert_eq!(gateway_or_none("none"), Ok(None));
    }
}
