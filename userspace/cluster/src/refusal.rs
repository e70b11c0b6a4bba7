// SPDX-License-Identifier: GPL-2.0-only

//! A refusal of the kernel, with the option at fault.

use logic::refusal::Refusal;
use ssi_netlink::spec::Attr;
use ssi_netlink::{Error, Request};

use crate::failure::Failure;
use crate::value::{Mac, list};

/// The kernel's sentence about a request, behind the option and the value that it is about.
///
/// `device` is the value of `--dev`, `forward` the option that gave the forward interface.
pub fn of(request: &Request, device: &str, forward: Option<&str>, error: &Error) -> Failure {
    let option = |attr| match attr {
        Attr::ForwardIfindex => forward.map(str::to_owned),
        attr => option(request, device, attr),
    };
    let what = match error {
        Error::Refused(refusal) => match refusal.attribute() {
            Some(attr) => option(attr),
            None => refusal
                .extack
                .text
                .as_deref()
                .map_or(&[][..], about)
                .iter()
                .copied()
                .find_map(option),
        },
        _ => None,
    };
    let what = what.unwrap_or_else(|| request.name.clone());
    Failure::refused(what, error)
}

/// What a sentence of the module is about, the likeliest first. Its sentences are in the code that both share.
fn about(sentence: &str) -> &'static [Attr] {
    let same = |refusal: &Refusal| refusal.sentence().to_str() == Ok(sentence);
    let Some(refusal) = Refusal::all().find(same) else {
        return &[];
    };
    refusal.about()
}

/// An option as it was given; none where it was not.
fn option(request: &Request, device: &str, attr: Attr) -> Option<String> {
    let value = match attr {
        Attr::Ifindex if !device.is_empty() => return Some(format!("--dev {device}")),
        Attr::Mac => Mac(request.mac?).to_string(),
        Attr::GroupMac => return Some(format!("group MAC {}", Mac(request.group_mac?))),
        // A secret, which may be from a file that only root reads.
        Attr::HashSeed => return request.hash_seed.map(|_| "--hash-seed".to_owned()),
        Attr::ClientKey => return Some(format!("--key {}", request.client_key?)),
        Attr::Prefix4 | Attr::Prefix6 => {
            return Some(format!(
                "--key prefix:{},{}",
                request.prefix4?, request.prefix6?
            ));
        }
        Attr::Node => return Some(format!("--rank {}", request.node?)),
        // What is in it is not shown.
        Attr::Key => return request.key.as_ref().map(|_| "--key-file".to_owned()),
        Attr::Vip if !request.vips.is_empty() => {
            // The kernel reports that it is one of them, not which.
            let vips: Vec<String> = request.vips.iter().map(ToString::to_string).collect();
            vips.join(", ")
        }
        Attr::Owned => {
            let bits = u32::try_from(request.owned.as_ref()?.len() * 8).ok()?;
            list(request.owned.as_deref()?, bits)
        }
        // The sentence begins with --dev, or the interface was not given by who reads it.
        Attr::Ifindex => return None,
        attr => request.value(attr)?,
    };
    Some(format!("--{attr} {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_netlink::Extack;

    fn sentence(request: &Request, refusal: Refusal, attribute: Option<Attr>) -> String {
        let error = Error::Refused(ssi_netlink::Refusal {
            errno: 22,
            extack: Extack {
                text: Some(refusal.sentence().to_str().unwrap().to_owned()),
                attribute: attribute.map(Attr::number),
            },
        });
        match of(request, "eth0", Some("--vlan 7"), &error) {
            Failure::Refused(sentence) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_option_and_value() {
        let request = Request {
            node: Some(9),
            nodes: Some(4),
            owned: Some(vec![0b110]),
            vips: vec![[224, 0, 0, 1].into()],
            ..Request::new("web")
        };
        for (refusal, expected) in [
            (Refusal::NodeRange, "--rank 9: ranks run"),
            (Refusal::VipUnusable, "--vip 224.0.0.1: a cluster address"),
            (Refusal::DeviceLoopback, "--dev eth0: a loopback"),
            (Refusal::ForwardDeviceBusy, "--vlan 7: the rx-handler"),
            (Refusal::DeviceForwards, "--dev eth0: other clusters"),
            (Refusal::OwnedModulo, "--owned 1-2: function modulo"),
            // Not given, so not named: the kernel made it of the address, which is.
            (Refusal::MacTaken, "--vip 224.0.0.1: another cluster"),
            (Refusal::NameTaken, "web: a cluster of this name"),
            (Refusal::GenerationStale, "web: another generation"),
        ] {
            let sentence = sentence(&request, refusal, None);
            assert!(sentence.starts_with(expected), "{sentence}");
        }
        let sentence = sentence(&request, Refusal::NodeRange, Some(Attr::Nodes));
        assert!(
            sentence.starts_with("--nodes 4: "),
            "the kernel knows best: {sentence}"
        );
    }
}
