// SPDX-License-Identifier: GPL-2.0-only

//! Model of a cluster after a change, from the documentation.

use super::change::Change;
use super::change::hex;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Buckets of a bitmap that nobody gave a number.
const BUCKETS: u32 = 1024;
const MOST: u32 = 65_536;
const VIPS: usize = 32;
/// Seconds.
const DAY: u32 = 86_400;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Function {
    Modulo,
    Bitmap,
}

impl Function {
    /// Of a number of the specification.
    pub const fn of(number: u32) -> Self {
        match number {
            0 => Self::Modulo,
            _ => Self::Bitmap,
        }
    }
}

#[derive(Clone)]
pub struct Model {
    pub mac: [u8; 6],
    pub hook: u32,
    pub reply_mac: u32,
    pub function: Function,
    pub buckets: u32,
    pub node: u32,
    pub nodes: u32,
    pub seed: Option<[u8; 16]>,
    pub client_key: u32,
    /// Of IPv4 and IPv6, with client key prefix.
    pub prefix: Option<[u32; 2]>,
    pub master: bool,
    /// IPv4 first.
    pub vips: Vec<IpAddr>,
    pub owned: Vec<bool>,
    pub generation: u64,
    pub lease_expiry: u32,
    pub announce_every: u32,
    /// Addresses of the namespace's other clusters.
    pub taken: Vec<IpAddr>,
}

/// A refusal's error number.
pub type Refused = Result<(), i32>;

impl Model {
    /// Changes it; the error is why not.
    pub fn apply(&mut self, change: &Change) -> Refused {
        let mut new = self.clone();
        new.take(change)?;
        let shape = |m: &Self| (m.function, m.buckets, m.node, m.nodes);
        let given = matches!(change, Change::Owned { .. });
        let reshaped = shape(&new) != shape(self);
        if reshaped {
            new.owned = (0..new.buckets)
                .map(|m| m % new.nodes == new.node)
                .collect();
        }
        let rekeyed =
            (new.seed, new.client_key, new.prefix) != (self.seed, self.client_key, self.prefix);
        if reshaped || given || rekeyed {
            new.generation += 1;
        }
        *self = new;
        Ok(())
    }

    fn take(&mut self, change: &Change) -> Refused {
        match change {
            Change::ReplyMac(n) => self.reply_mac = below(*n, 3)?,
            Change::Function(n) => self.set_function(below(*n, 2)?),
            Change::Master(n) => self.master = below(*n, 2)? == 1,
            Change::Buckets(k) => match self.function {
                Function::Modulo if *k != self.buckets => return Err(libc::EINVAL),
                _ => self.buckets = between(*k)?,
            },
            Change::Node(node) => self.node = *node,
            Change::Nodes(nodes) => {
                self.nodes = between(*nodes)?;
                if self.function == Function::Modulo {
                    self.buckets = *nodes;
                }
            }
            Change::Hash(n) => match below(*n, 2)? {
                0 => self.seed = None,
                _ if self.seed.is_none() => return Err(libc::EINVAL),
                _ => {}
            },
            Change::Seed(seed) => {
                self.seed = Some(seed.as_slice().try_into().map_err(|_| libc::EINVAL)?);
            }
            Change::ClientKey(n) => {
                self.client_key = *n;
                below(*n, 3)?;
                let usual = self.prefix.unwrap_or([24, 64]);
                self.prefix = (*n == 2).then_some(usual);
            }
            Change::Prefix4(n) => {
                let bits = self.prefix.as_mut().ok_or(libc::EINVAL)?;
                bits[0] = below(n.wrapping_sub(1), 32)? + 1;
            }
            Change::Prefix6(n) => {
                let bits = self.prefix.as_mut().ok_or(libc::EINVAL)?;
                bits[1] = below(n.wrapping_sub(1), 128)? + 1;
            }
            Change::LeaseExpiry(n) => self.lease_expiry = below(*n, 2)?,
            Change::AnnounceEvery(n) => self.announce_every = below(*n, DAY + 1)?,
            // None but 0 is right here: a transition ends when it will.
            Change::DrainTime(_) => {}
            Change::Vips(vips) => self.vips = self.checked(vips)?,
            Change::Owned { bits } => {
                if self.function == Function::Modulo || bits.len() != self.buckets as usize {
                    return Err(libc::EINVAL);
                }
                self.owned.clone_from(bits);
            }
        }
        let is_unhashed = self.client_key == 1 && self.seed.is_none();
        match self.node < self.nodes && !is_unhashed {
            true => Ok(()),
            false => Err(libc::EINVAL),
        }
    }

    fn set_function(&mut self, number: u32) {
        let function = [Function::Modulo, Function::Bitmap][number as usize];
        self.buckets = match (self.function, function) {
            (_, Function::Modulo) => self.nodes,
            (Function::Modulo, Function::Bitmap) => BUCKETS,
            (Function::Bitmap, Function::Bitmap) => self.buckets,
        };
        self.function = function;
    }

    fn checked(&self, vips: &[IpAddr]) -> Result<Vec<IpAddr>, i32> {
        let mut known = Vec::new();
        for vip in vips {
            let first = match vip {
                IpAddr::V4(v4) => v4.octets()[0],
                IpAddr::V6(v6) => v6.octets()[0],
            };
            let unusable = match vip {
                IpAddr::V4(_) => first == 0 || first == 127 || first >= 224,
                IpAddr::V6(_) => first == 0 || first == 0xff,
            };
            if unusable || known.contains(vip) {
                return Err(libc::EINVAL);
            }
            if known.len() == VIPS {
                return Err(libc::ENOSPC);
            }
            known.push(*vip);
        }
        if known.is_empty() {
            return Err(libc::EINVAL);
        }
        if known.iter().any(|vip| self.taken.contains(vip)) {
            return Err(libc::EEXIST);
        }
        known.sort_by_key(IpAddr::is_ipv6);
        Ok(known)
    }

    /// Each file's text.
    pub fn files(&self) -> BTreeMap<&'static str, String> {
        let [first, rest @ ..] = self.mac;
        let mac = |first: u8| hex(&[&[first], &rest[..]].concat(), ":");
        let vips: Vec<String> = self.vips.iter().map(ToString::to_string).collect();
        let list = match crate::table::format_list(&self.owned) {
            list if list.is_empty() => "none".to_owned(),
            list => list,
        };
        let bits = |at: usize| {
            let bits = self.prefix.map(|prefix| prefix[at].to_string());
            bits.unwrap_or("none".to_owned())
        };
        let files = [
            ("mode", "multicast".to_owned()),
            ("forward", "none".to_owned()),
            ("forward_ifindex", "none".to_owned()),
            ("master_mac", "none".to_owned()),
            ("flooded", "none".to_owned()),
            ("key_id", "none".to_owned()),
            ("mac", mac(first)),
            ("group_mac", mac(first | 1)),
            (
                "reply_mac",
                ["cluster", "group", "node"][self.reply_mac as usize].to_owned(),
            ),
            (
                "function",
                match self.function {
                    Function::Modulo => "modulo".to_owned(),
                    Function::Bitmap => "bitmap".to_owned(),
                },
            ),
            ("buckets", self.buckets.to_string()),
            ("node", self.node.to_string()),
            ("nodes", self.nodes.to_string()),
            ("hash", self.seed.map_or("none", |_| "siphash").to_owned()),
            (
                "hash_seed",
                self.seed.map_or("none".to_owned(), |seed| hex(&seed, "")),
            ),
            (
                "client_key",
                ["source", "source-port", "prefix"][self.client_key as usize].to_owned(),
            ),
            ("prefix4", bits(0)),
            ("prefix6", bits(1)),
            ("master", u8::from(self.master).to_string()),
            ("vips", vips.join(" ")),
            ("generation", self.generation.to_string()),
            (
                "hook",
                ["auto", "rx-handler", "ingress"][self.hook as usize].to_owned(),
            ),
            ("drain_time", "0".to_owned()),
            (
                "lease_expiry",
                ["drain", "drop"][self.lease_expiry as usize].to_owned(),
            ),
            ("announce_every", self.announce_every.to_string()),
            ("lease", "none".to_owned()),
            ("lease_until", "none".to_owned()),
            ("connections", "0".to_owned()),
            ("draining", "none".to_owned()),
            ("adopting", "none".to_owned()),
            ("owned", list),
        ];
        files.map(|(name, text)| (name, text + "\n")).into()
    }
}

fn below(number: u32, end: u32) -> Result<u32, i32> {
    (number < end).then_some(number).ok_or(libc::EINVAL)
}

fn between(number: u32) -> Result<u32, i32> {
    (1..=MOST)
        .contains(&number)
        .then_some(number)
        .ok_or(libc::EINVAL)
}
