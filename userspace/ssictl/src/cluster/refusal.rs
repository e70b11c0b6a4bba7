// SPDX-License-Identifier: GPL-2.0-only

//! Says which option the kernel refuses.

use ssi_netlink::spec::Attr;
use ssi_netlink::{Error, Request};

use crate::failure::Failure;
use crate::value::{Mac, Seed};

/// The kernel's sentence about a request, behind the option and the value that it is about.
pub fn of(request: &Request, device: &str, error: &Error) -> Failure {
    let at_fault = match error {
        Error::Refused(refusal) => refusal.attribute(),
        _ => None,
    };
    let what = at_fault
        .and_then(|attr| option(request, device, attr))
        .unwrap_or_else(|| request.name.clone());
    Failure::refused(what, error)
}

fn option(request: &Request, device: &str, attr: Attr) -> Option<String> {
    let value = match attr {
        Attr::Ifindex => return Some(format!("--dev {device}")),
        Attr::Mac => Mac(request.mac?).to_string(),
        Attr::HashSeed => Seed(request.hash_seed?).to_string(),
        Attr::ReplyMac => request.reply_mac?.to_string(),
        Attr::Function => request.function?.to_string(),
        Attr::Hash => request.hash?.to_string(),
        Attr::Hook => request.hook?.to_string(),
        Attr::Buckets => request.buckets?.to_string(),
        Attr::Node => request.node?.to_string(),
        Attr::Nodes => request.nodes?.to_string(),
        Attr::Generation => request.generation?.to_string(),
        Attr::Vip => match request.vips.as_slice() {
            [] => return None,
            [one] => one.to_string(),
            // The kernel says that it is one of them, not which.
            [..] => return Some("--vip".to_owned()),
        },
        Attr::Owned => return request.owned.as_ref().map(|_| "--owned".to_owned()),
        _ => return None,
    };
    Some(format!("--{attr} {value}"))
}
