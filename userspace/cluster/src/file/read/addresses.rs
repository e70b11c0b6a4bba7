// SPDX-License-Identifier: GPL-2.0-only

//! The addresses that clients know: the cluster's, and its MAC.

use std::net::IpAddr;

use logic::refusal::Refusal;
use logic::vips::Vips;

use crate::failure::Failure;
use crate::file::read::section::Section;
use crate::file::source::At;
use crate::value::{self, MacChoice, Vip};

/// The cluster addresses.
pub fn vips(top: &Section<'_>) -> Result<Vec<At<Vip>>, Failure> {
    let vips = top.list("vips", vip)?;
    let vips = top.due("vips", "[\"192.0.2.10/32\"]", vips)?;
    if vips.value.is_empty() {
        return Err(top.wrong(&vips.span, "vips: give at least one cluster address"));
    }
    // As the kernel would refuse them.
    let mut all = Vips::EMPTY;
    for at in &vips.value {
        all.push(at.value.address).map_err(|refusal| {
            top.wrong(
                &at.span,
                format!("vips {}: {}", at.value.address, sentence(refusal)),
            )
        })?;
    }
    Ok(vips.value)
}

/// ADDR/LEN; without LEN the address is a subnet by itself.
fn vip(text: &str) -> Result<Vip, String> {
    match text.parse::<IpAddr>() {
        Ok(address) => {
            let vip = Vip {
                address,
                prefix: if address.is_ipv4() { 32 } else { 128 },
            };
            vip.unfit().map_or(Ok(vip), Err)
        }
        Err(_) => text.parse(),
    }
}

/// By which routers replies leave the interface.
pub fn gateways(top: &Section<'_>, vips: &[At<Vip>]) -> Result<Vec<IpAddr>, Failure> {
    let Some(list) = top.list("gateway", value::gateway)? else {
        return Ok(Vec::new());
    };
    let gateways: Vec<IpAddr> = list.value.iter().map(|at| at.value).collect();
    let vips: Vec<IpAddr> = vips.iter().map(|at| at.value.address).collect();
    value::gateways(&gateways, &vips)
        .map_err(|sentence| top.wrong(&list.span, format!("gateway {sentence}")))?;
    Ok(gateways)
}

/// What makes the MAC, and the IP multicast group.
pub fn macs(
    top: &Section<'_>,
    is_forward: bool,
    vips: &[At<Vip>],
) -> Result<(MacChoice, Option<IpAddr>), Failure> {
    let mac = top.parsed("mac", mac)?;
    let group = top.parsed("group", value::group::group)?;
    let Some(At {
        value: MacChoice::Group(protocol),
        span,
    }) = mac
    else {
        return match group {
            Some(group) => {
                Err(top.wrong(&group.span, "group: goes with mac = \"igmp\" or \"mld\""))
            }
            None => Ok((mac.map_or(MacChoice::Auto, |at| at.value), None)),
        };
    };
    let (name, family) = protocol.names();
    if is_forward {
        return Err(top.wrong(
            &span,
            format!("mac {name:?}: goes with mode = \"multicast\"; in mode forward clients send to the base MAC"),
        ));
    }
    let group = match group {
        Some(group) if !protocol.has(group.value) => {
            return Err(top.wrong(
                &group.span,
                format!(
                    "group {:?}: mac = {name:?} wants an {family} group",
                    group.value.to_string()
                ),
            ));
        }
        Some(group) => Some(group.value),
        None => protocol.default(vips.iter().map(|at| at.value.address)),
    };
    Ok((MacChoice::Group(protocol), group))
}

fn mac(text: &str) -> Result<MacChoice, String> {
    let choice: MacChoice = text.parse()?;
    let refusal = choice.bytes().map(logic::mac::Mac).and_then(|mac| {
        let refusals = [
            (mac.is_group(), Refusal::MacGroup),
            (!mac.is_local(), Refusal::MacForeign),
            (mac.group().is_reserved(), Refusal::GroupMacReserved),
        ];
        let wrong = refusals.iter().find(|(is_wrong, _)| *is_wrong);
        wrong.map(|(_, refusal)| *refusal)
    });
    match refusal {
        Some(refusal) => Err(sentence(refusal)),
        None => Ok(choice),
    }
}

fn sentence(refusal: Refusal) -> String {
    refusal.sentence().to_string_lossy().into_owned()
}
