// SPDX-License-Identifier: GPL-2.0-only

//! The files of a cluster. To add one is to add a line to `FILES`.

use core::{
    ffi::CStr,
    fmt::{
        self,
        Write, //
    },
};

use super::{
    super::{
        config::{
            Config,
            Expiry,
            Function,
            Proposal, //
        },
        distribution::Hash,
        lease::Lease,
        mac::Mac,
        moving::{
            is_adopting,
            Moving, //
        },
        refusal::Refusal,
        rules::{
            Forward,
            Mode,
            ReplyMac, //
        },
        vips::Vips,
        wire, //
    },
    list,
    value::{
        self,
        meaning,
        name_of, //
        number,
    }, //
};

/// A cluster as its files show it.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Its configuration.
    pub config: &'a Config,
    /// Number of the bucket table.
    pub generation: u64,
    /// The bucket table.
    pub owned: &'a [u8],
    /// What is in transition.
    pub moving: &'a [Moving],
    /// Connections in buckets that drain, when they were counted last.
    pub connections: u32,
    /// How long the node may serve.
    pub lease: Lease,
    /// Where received frames are met.
    pub hook: &'static str,
    /// In mode forward, what is known of the other nodes.
    pub link: Option<ForwardLink>,
}

/// The other nodes, in mode forward.
#[derive(Clone, Copy)]
pub struct ForwardLink {
    /// The interface to them.
    pub ifindex: u32,
    /// The master's own MAC, if it is alive.
    pub master: Option<Mac>,
    /// Whether requests come to every node.
    pub flooded: bool,
    /// Identifies the key that nodes share.
    pub key_id: Option<u32>,
}

/// Room for what a `Proposal` borrows.
pub struct Room<'a> {
    vips: Vips,
    owned: &'a mut [u8],
}

impl<'a> Room<'a> {
    /// `owned` has the length of the configuration's bitmap, or none where it is not `OWNED` that
    /// is set.
    pub fn new(owned: &'a mut [u8]) -> Self {
        Self {
            vips: Vips::EMPTY,
            owned,
        }
    }
}

type Show = fn(&Shown<'_>, &mut dyn Write) -> fmt::Result;
type Set = for<'a> fn(&[u8], &Config, &'a mut Room<'_>) -> Result<Proposal<'a>, Refusal>;

/// A file.
pub struct Attribute {
    /// Its name.
    pub name: &'static CStr,
    /// Whether it is for those only who may change the cluster.
    pub secret: bool,
    show: Show,
    set: Option<Set>,
}

impl Attribute {
    const fn fixed(name: &'static CStr, show: Show) -> Self {
        Self {
            name,
            secret: false,
            show,
            set: None,
        }
    }

    const fn tunable(name: &'static CStr, show: Show, set: Set) -> Self {
        Self {
            name,
            secret: false,
            show,
            set: Some(set),
        }
    }

    const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// Whether it can be written.
    pub const fn is_tunable(&self) -> bool {
        self.set.is_some()
    }

    /// Writes the value and the line's end.
    pub fn show(&self, cluster: &Shown<'_>, out: &mut dyn Write) -> fmt::Result {
        (self.show)(cluster, out)?;
        out.write_char('\n')
    }

    /// What `text`, whatever white space it is in, proposes for a cluster of this configuration.
    pub fn set<'a>(
        &self,
        text: &[u8],
        config: &Config,
        room: &'a mut Room<'_>,
    ) -> Result<Proposal<'a>, Refusal> {
        let set = self.set.ok_or(Refusal::NothingToSet)?;
        set(text.trim_ascii(), config, room)
    }
}

/// All files of one line each.
#[rustfmt::skip]
pub static FILES: [Attribute; 24] = [
    Attribute::fixed(c"mode", |c, out| out.write_str(match c.config.mode {
        Mode::Multicast => wire::Mode::Multicast.name(),
        Mode::Forward(_) => wire::Mode::Forward.name(),
    })),
    Attribute::tunable(c"forward",
        |c, out| out.write_str(match c.config.mode {
            Mode::Multicast => "none",
            Mode::Forward(forward) => forward.name(),
        }),
        |text, config, _| {
            // As it reads, so it can be written.
            if text == b"none" && !config.is_forward() {
                return Ok(Proposal::default());
            }
            let forward = Forward::of_name(text).ok_or(Refusal::ForwardUnknown)?;
            Ok(Proposal { forward: Some(forward), ..Proposal::default() })
        }),
    Attribute::fixed(c"forward_ifindex", |c, out| match &c.link {
        None => out.write_str("none"),
        Some(link) => write!(out, "{}", link.ifindex),
    }),
    Attribute::fixed(c"master_mac", |c, out| match c.link.and_then(|link| link.master) {
        None => out.write_str("none"),
        Some(mac) => write!(out, "{mac}"),
    }),
    Attribute::fixed(c"flooded", |c, out| match &c.link {
        None => out.write_str("none"),
        Some(link) => write!(out, "{}", u8::from(link.flooded)),
    }),
    // The key itself is in no file: it is nobody's business any more.
    Attribute::fixed(c"key_id", |c, out| match c.link.and_then(|link| link.key_id) {
        None => out.write_str("none"),
        Some(id) => write!(out, "{id:08x}"),
    }),
    Attribute::fixed(c"mac", |c, out| write!(out, "{}", c.config.mac)),
    Attribute::fixed(c"group_mac", |c, out| write!(out, "{}", c.config.group_mac)),
    Attribute::tunable(c"reply_mac",
        |c, out| out.write_str(c.config.reply_mac.name()),
        |text, _, _| {
            let reply_mac = ReplyMac::of_name(text).ok_or(Refusal::ReplyMacUnknown)?;
            Ok(Proposal { reply_mac: Some(reply_mac), ..Proposal::default() })
        }),
    Attribute::tunable(c"function",
        |c, out| out.write_str(c.config.function.name()),
        |text, _, _| {
            let function = Function::of_name(text).ok_or(Refusal::FunctionUnknown)?;
            Ok(Proposal { function: Some(function), ..Proposal::default() })
        }),
    Attribute::tunable(c"buckets",
        |c, out| write!(out, "{}", c.config.buckets),
        |text, _, _| {
            let buckets = number(text).ok_or(Refusal::BucketsRange)?;
            Ok(Proposal { buckets: Some(buckets), ..Proposal::default() })
        }),
    Attribute::tunable(c"node",
        |c, out| write!(out, "{}", c.config.node),
        |text, _, _| {
            let node = number(text).ok_or(Refusal::NodeRange)?;
            Ok(Proposal { node: Some(node), ..Proposal::default() })
        }),
    Attribute::tunable(c"nodes",
        |c, out| write!(out, "{}", c.config.nodes),
        |text, _, _| {
            let nodes = number(text).ok_or(Refusal::NodesRange)?;
            Ok(Proposal { nodes: Some(nodes), ..Proposal::default() })
        }),
    Attribute::tunable(c"hash",
        |c, out| out.write_str(match c.config.hash {
            Hash::None => wire::Hash::None.name(),
            Hash::SipHash(_) => wire::Hash::Siphash.name(),
        }),
        |text, _, _| {
            let hash = wire::Hash::of_name(text).ok_or(Refusal::HashUnknown)?;
            Ok(Proposal { siphash: Some(hash == wire::Hash::Siphash), ..Proposal::default() })
        }),
    // With the key comes what it is the key of: by one file after the other nobody could get there.
    Attribute::tunable(c"hash_seed",
        |c, out| match &c.config.hash {
            Hash::None => out.write_str("none"),
            Hash::SipHash(seed) => value::show_seed(seed, out),
        },
        |text, _, _| {
            let seed = value::seed(text)?;
            Ok(Proposal { siphash: Some(true), seed: Some(seed), ..Proposal::default() })
        }).secret(),
    Attribute::tunable(c"master",
        |c, out| out.write_str(name_of(value::MASTER, c.config.master)),
        |text, _, _| {
            let master = meaning(value::MASTER, text).ok_or(Refusal::MasterUnknown)?;
            Ok(Proposal { master: Some(master), ..Proposal::default() })
        }),
    Attribute::tunable(c"vips",
        |c, out| value::show_vips(&c.config.vips, out),
        |text, _, room| {
            value::read_vips(text, &mut room.vips)?;
            Ok(Proposal { vips: Some(&room.vips), ..Proposal::default() })
        }),
    Attribute::tunable(c"drain_time",
        |c, out| write!(out, "{}", c.config.drain_time),
        |text, _, _| {
            let drain_time = number(text).ok_or(Refusal::DrainTimeRange)?;
            Ok(Proposal { drain_time: Some(drain_time), ..Proposal::default() })
        }),
    Attribute::tunable(c"lease_expiry",
        |c, out| out.write_str(c.config.lease_expiry.name()),
        |text, _, _| {
            let expiry = Expiry::of_name(text).ok_or(Refusal::LeaseExpiryUnknown)?;
            Ok(Proposal { lease_expiry: Some(expiry), ..Proposal::default() })
        }),
    Attribute::fixed(c"lease", |c, out| match c.lease {
        Lease::None => out.write_str("none"),
        Lease::Runs { left, .. } => write!(out, "{left}"),
        Lease::Expired => out.write_str("lapsed"),
    }),
    Attribute::fixed(c"lease_until", |c, out| match c.lease {
        Lease::None => out.write_str("none"),
        Lease::Runs { until, .. } => write!(out, "{until}"),
        Lease::Expired => out.write_str("lapsed"),
    }),
    Attribute::fixed(c"connections", |c, out| write!(out, "{}", c.connections)),
    Attribute::fixed(c"generation", |c, out| write!(out, "{}", c.generation)),
    Attribute::fixed(c"hook", |c, out| out.write_str(c.hook)),
];

/// Buckets that this node gave away, and whose connections it still serves.
pub static DRAINING: Attribute = Attribute::fixed(c"draining", |c, out| {
    let those = c
        .moving
        .iter()
        .filter(|moving| !is_adopting(moving, c.owned));
    list::show_rising(those.map(|moving| moving.bucket), out)
});

/// Buckets that this node took over, and whose former node still serves its connections.
pub static ADOPTING: Attribute = Attribute::fixed(c"adopting", |c, out| {
    let those = c
        .moving
        .iter()
        .filter(|moving| is_adopting(moving, c.owned));
    list::show_rising(those.map(|moving| moving.bucket), out)
});

/// The bucket table. These three may be longer than a page.
pub static OWNED: Attribute = Attribute::tunable(
    c"owned",
    |c, out| list::show(c.owned, c.config.buckets, out),
    |text, config, room| {
        list::parse(text, config, room.owned).ok_or(Refusal::OwnedLength)?;
        Ok(Proposal {
            owned: Some(&*room.owned),
            ..Proposal::default()
        })
    },
);
