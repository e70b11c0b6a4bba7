// SPDX-License-Identifier: GPL-2.0-only

//! The files of a cluster. To add one is to add a line to `OTHERS`; a number that cluster-set changes has its file already.

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
            Proposal, //
        },
        distribution::Hash,
        lease::Lease,
        mac::Mac,
        moving::{
            is_adopting,
            is_draining,
            Moving, //
        },
        refusal::Refusal,
        vips::Vips,
        wire::{
            Attr,
            TUNABLE, //
        }, //
    },
    list,
    value::{
        self,
        meaning,
        name_of, //
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

#[derive(Clone, Copy)]
enum Value {
    /// A number, or an enumeration's value by its name.
    Number(Attr),
    /// Something else.
    Of(Show, Option<Set>),
}

/// A file.
#[derive(Clone, Copy)]
pub struct Attribute {
    /// Its name.
    pub name: &'static CStr,
    /// Whether it is for those only who may change the cluster.
    pub secret: bool,
    value: Value,
}

impl Attribute {
    const fn fixed(name: &'static CStr, show: Show) -> Self {
        Self {
            name,
            secret: false,
            value: Value::Of(show, None),
        }
    }

    const fn tunable(name: &'static CStr, show: Show, set: Set) -> Self {
        Self {
            name,
            secret: false,
            value: Value::Of(show, Some(set)),
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
        !matches!(self.value, Value::Of(_, None))
    }

    /// Writes the value and the line's end.
    pub fn show(&self, cluster: &Shown<'_>, out: &mut dyn Write) -> fmt::Result {
        match self.value {
            Value::Of(show, _) => show(cluster, out)?,
            Value::Number(attr) => match (cluster.config.get(attr), attr.names()) {
                (None, _) => out.write_str("none")?,
                (Some(value), None) => write!(out, "{value}")?,
                (Some(value), Some(names)) => {
                    out.write_str(names.get(value as usize).unwrap_or(&""))?;
                }
            },
        }
        out.write_char('\n')
    }

    /// What `text`, whatever white space it is in, proposes for a cluster of this configuration.
    pub fn set<'a>(
        &self,
        text: &[u8],
        config: &Config,
        room: &'a mut Room<'_>,
    ) -> Result<Proposal<'a>, Refusal> {
        let text = text.trim_ascii();
        match self.value {
            Value::Of(_, set) => set.ok_or(Refusal::NothingToSet)?(text, config, room),
            Value::Number(attr) => {
                let mut proposal = Proposal::default();
                // As it reads, so it can be written.
                if text != b"none" || config.get(attr).is_some() {
                    let number = value::number_of(attr, text).ok_or(Refusal::Value(attr))?;
                    proposal.set(attr, number)?;
                }
                Ok(proposal)
            }
        }
    }
}

/// Files of one line each but for the numbers that can be set.
#[rustfmt::skip]
const OTHERS: [Attribute; 15] = [
    Attribute::fixed(c"mode", |c, out| out.write_str(c.config.mode.wire().name())),
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

/// All files of one line each.
pub static FILES: [Attribute; OTHERS.len() + TUNABLE.len()] = files();

const fn files() -> [Attribute; OTHERS.len() + TUNABLE.len()] {
    let mut files = [OTHERS[0]; OTHERS.len() + TUNABLE.len()];
    let mut at = 0;
    while at < files.len() {
        files[at] = if at < OTHERS.len() {
            OTHERS[at]
        } else {
            let (attr, name) = TUNABLE[at - OTHERS.len()];
            Attribute {
                name,
                secret: false,
                value: Value::Number(attr),
            }
        };
        at += 1;
    }
    files
}

/// Buckets that this node gave away, and whose connections it still serves.
pub static DRAINING: Attribute = Attribute::fixed(c"draining", |c, out| {
    let those = c
        .moving
        .iter()
        .filter(|moving| is_draining(moving, c.owned));
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
