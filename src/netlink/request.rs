// SPDX-License-Identifier: GPL-2.0-only

//! Attributes of a request.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use super::attributes::{
    number32,
    number64,
    text,
    Attributes, //
};
use crate::{
    abstractions::{
        hook::Kind,
        time_namespace::ahead, //
    },
    logic::{
        config::Proposal,
        key::Key,
        lease::{
            to_machines,
            Asked, //
        },
        mac::Mac,
        name::Name,
        refusal::Refusal,
        vips::Vips,
        wire::{
            vip,
            Attr,
            Hook, //
        }, //
    }, //
};

/// The attributes of one request.
pub(super) struct RequestAttrs<'a> {
    pub(super) name: Name,
    pub(super) ifindex: Option<u32>,
    pub(super) generation: Option<u64>,
    pub(super) hook: Option<Kind>,
    pub(super) forward_ifindex: Option<u32>,
    pub(super) cold: Option<&'a [u8]>,
    pub(super) settled: Option<&'a [u8]>,
    pub(super) sticking: Option<&'a [u8]>,
    pub(super) netns: Option<u32>,
    lease: Option<u32>,
    lease_until: Option<u64>,
    proposal: Proposal<'a>,
    vips: Option<Vips>,
}

impl<'a> RequestAttrs<'a> {
    /// Reads them all; malformed values are refused here, forbidden ones in `logic::config`.
    pub(super) fn read(attributes: &'a [u8]) -> Result<Self, Refusal> {
        let mut name = None;
        let mut ifindex = None;
        let mut generation = None;
        let mut hook = None;
        let mut forward_ifindex = None;
        let mut cold = None;
        let mut settled = None;
        let mut sticking = None;
        let mut netns = None;
        let mut lease = None;
        let mut lease_until = None;
        let mut vips: Option<Vips> = None;
        let mut proposal = Proposal::default();
        for (number, value) in Attributes(attributes) {
            let Some(attr) = Attr::of_number(number) else {
                continue;
            };
            match attr {
                Attr::Name => name = Some(Name::new(text(value))?),
                Attr::Ifindex => ifindex = number32(value),
                Attr::Generation => generation = number64(value),
                Attr::Hook => {
                    let given = number32(value).and_then(Hook::of_number);
                    hook = match given.ok_or(Refusal::Value(attr))? {
                        Hook::Auto => None,
                        Hook::RxHandler => Some(Kind::RxHandler),
                        Hook::Ingress => Some(Kind::Ingress),
                    }
                }
                Attr::ForwardIfindex => forward_ifindex = number32(value),
                Attr::Cold => cold = Some(value),
                Attr::Settled => settled = Some(value),
                Attr::Sticking => sticking = Some(value),
                Attr::Netns => netns = number32(value),
                Attr::Lease => lease = number32(value),
                Attr::LeaseUntil => lease_until = number64(value),
                Attr::Vip => vips.get_or_insert(Vips::EMPTY).push(address(value)?)?,
                _ => read_one(&mut proposal, attr, value)?,
            }
        }
        Ok(Self {
            name: name.ok_or(Refusal::NameMissing)?,
            ifindex,
            generation,
            hook,
            forward_ifindex,
            cold,
            settled,
            sticking,
            netns,
            lease,
            lease_until,
            proposal,
            vips,
        })
    }

    /// The lease that it gives, where it came at the time `now`.
    pub(super) fn lease(&self, now: u64) -> Result<Option<Asked>, Refusal> {
        let until = self.lease_until.map(|until| to_machines(until, ahead()));
        Asked::new(self.lease, until, now)
    }

    /// What it gives of a cluster's configuration.
    pub(super) fn proposal(&self) -> Proposal<'_> {
        Proposal {
            vips: self.vips.as_ref(),
            ..self.proposal
        }
    }

    /// Whether it gives nothing of a cluster's configuration.
    pub(super) fn is_empty(&self) -> bool {
        self.vips.is_none() && self.proposal.is_empty()
    }
}

fn read_one<'a>(into: &mut Proposal<'a>, attr: Attr, value: &'a [u8]) -> Result<(), Refusal> {
    let wrong = Refusal::Value(attr);
    match attr {
        Attr::Mac => into.mac = Some(Mac(value.try_into().map_err(|_| wrong)?)),
        Attr::GroupMac => into.group_mac = Some(Mac(value.try_into().map_err(|_| wrong)?)),
        Attr::HashSeed => into.seed = Some(value.try_into().map_err(|_| wrong)?),
        Attr::Master => {
            into.master = Some(match value {
                [0] => false,
                [1] => true,
                _ => return Err(Refusal::MasterUnknown),
            });
        }
        Attr::Owned => into.owned = Some(value),
        Attr::Key => {
            into.key = Some(match value {
                [] => None,
                bytes => Some(Key(bytes.try_into().map_err(|_| Refusal::KeyLength)?)),
            });
        }
        // The policy lets nothing else in.
        attr => into.set(attr, number32(value).ok_or(wrong)?)?,
    }
    Ok(())
}

fn address(nest: &[u8]) -> Result<IpAddr, Refusal> {
    let attrs = Attributes(nest).find(|(number, _)| *number == vip::ADDRESS);
    let (_, bytes) = attrs.ok_or(Refusal::VipLength)?;
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Ok(IpAddr::V4(Ipv4Addr::from(v4)));
    }
    match <[u8; 16]>::try_from(bytes) {
        Ok(v6) => Ok(IpAddr::V6(Ipv6Addr::from(v6))),
        Err(_) => Err(Refusal::VipLength),
    }
}
