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
        config::{
            Expiry,
            Function,
            Proposal, //
        },
        key::Key,
        lease::{
            to_machines,
            Asked, //
        },
        mac::Mac,
        name::Name,
        refusal::Refusal,
        rules::{
            Forward,
            Mode,
            ReplyMac, //
        },
        vips::Vips,
        wire::{
            cluster,
            vip, //
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
        let mut netns = None;
        let mut lease = None;
        let mut lease_until = None;
        let mut vips: Option<Vips> = None;
        let mut proposal = Proposal::default();
        for (number, value) in Attributes(attributes) {
            match number {
                cluster::NAME => name = Some(Name::new(text(value))?),
                cluster::IFINDEX => ifindex = number32(value),
                cluster::GENERATION => generation = number64(value),
                cluster::HOOK => {
                    hook = choice(value, [None, Some(Kind::RxHandler), Some(Kind::Ingress)])
                        .ok_or(Refusal::HookUnknown)?
                }
                cluster::FORWARD_IFINDEX => forward_ifindex = number32(value),
                cluster::COLD => cold = Some(value),
                cluster::SETTLED => settled = Some(value),
                cluster::NETNS => netns = number32(value),
                cluster::LEASE => lease = number32(value),
                cluster::LEASE_UNTIL => lease_until = number64(value),
                cluster::VIP => vips.get_or_insert(Vips::EMPTY).push(address(value)?)?,
                _ => read_one(&mut proposal, number, value)?,
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

fn read_one<'a>(into: &mut Proposal<'a>, number: u16, value: &'a [u8]) -> Result<(), Refusal> {
    match number {
        cluster::MAC => {
            into.mac = Some(Mac(value.try_into().map_err(|_| Refusal::MacLength)?));
        }
        cluster::GROUP_MAC => {
            into.group_mac = Some(Mac(value
                .try_into()
                .map_err(|_| Refusal::GroupMacLength)?));
        }
        cluster::MODE => {
            let all = [Mode::Multicast, Mode::Forward(Forward::All)];
            into.mode = Some(choice(value, all).ok_or(Refusal::ModeUnknown)?);
        }
        cluster::FORWARD => {
            let all = [Forward::All, Forward::Owner];
            into.forward = Some(choice(value, all).ok_or(Refusal::ForwardUnknown)?);
        }
        cluster::REPLY_MAC => {
            let all = [ReplyMac::Cluster, ReplyMac::Group, ReplyMac::Node];
            into.reply_mac = Some(choice(value, all).ok_or(Refusal::ReplyMacUnknown)?);
        }
        cluster::FUNCTION => {
            let all = [Function::Modulo, Function::Bitmap];
            into.function = Some(choice(value, all).ok_or(Refusal::FunctionUnknown)?);
        }
        cluster::HASH => {
            into.siphash = Some(choice(value, [false, true]).ok_or(Refusal::HashUnknown)?);
        }
        cluster::HASH_SEED => {
            into.seed = Some(value.try_into().map_err(|_| Refusal::SeedLength)?);
        }
        cluster::MASTER => {
            into.master = Some(match value {
                [0] => false,
                [1] => true,
                _ => return Err(Refusal::MasterUnknown),
            });
        }
        cluster::BUCKETS => into.buckets = number32(value),
        cluster::NODE => into.node = number32(value),
        cluster::NODES => into.nodes = number32(value),
        cluster::OWNED => into.owned = Some(value),
        cluster::DRAIN_TIME => into.drain_time = number32(value),
        cluster::LEASE_EXPIRY => {
            let all = [Expiry::Drain, Expiry::Drop];
            into.lease_expiry = Some(choice(value, all).ok_or(Refusal::LeaseExpiryUnknown)?);
        }
        cluster::KEY => {
            into.key = Some(match value {
                [] => None,
                bytes => Some(Key(bytes.try_into().map_err(|_| Refusal::KeyLength)?)),
            });
        }
        // The policy lets nothing else in.
        _ => {}
    }
    Ok(())
}

/// The one of `all` that a 32-bit number selects.
fn choice<T, const N: usize>(value: &[u8], all: [T; N]) -> Option<T> {
    let number = usize::try_from(number32(value)?).ok()?;
    all.into_iter().nth(number)
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
