// SPDX-License-Identifier: GPL-2.0-only

//! The rules of nftables, as `nft -j list ruleset` prints them, and what they do with one packet.
//!
//! What this does not understand may match or not: then nothing is said of what comes after.

mod matching;
mod packet;

use std::collections::BTreeMap;

use serde_json::Value;

use matching::{Truth, matches};

pub use packet::{Hook, Kind, Packet};

/// Jumps within jumps that are followed.
const DEPTH: u32 = 16;

/// A chain.
#[derive(Clone, Debug, Default)]
struct Chain {
    hook: Option<String>,
    devices: Vec<String>,
    kind: String,
    drops: bool,
    /// Handles and expressions.
    rules: Vec<(u64, Vec<Value>)>,
}

/// All chains.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    /// By family, table and name.
    chains: BTreeMap<(String, String, String), Chain>,
    /// Whether some rule sends packets on to another address.
    pub has_dnat: bool,
}

/// What became of a packet in a chain.
enum Verdict {
    /// It is dropped for sure, by what.
    Drop(String),
    /// It goes on to the next chain, or nobody knows.
    Ends,
    /// It goes on in the chain that it came from. Whether somebody may have let it pass already.
    Returns(bool),
}

impl Ruleset {
    /// Reads the list `nftables` of the JSON.
    pub fn of(list: &[Value]) -> Self {
        let mut all = Self::default();
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        for object in list {
            if let Some(chain) = object.get("chain") {
                let key = (
                    text(chain, "family"),
                    text(chain, "table"),
                    text(chain, "name"),
                );
                let devices = match &chain["dev"] {
                    Value::String(one) => vec![one.clone()],
                    Value::Array(all) => all
                        .iter()
                        .filter_map(|one| one.as_str().map(str::to_owned))
                        .collect(),
                    _ => Vec::new(),
                };
                let entry = all.chains.entry(key).or_default();
                entry.hook = chain["hook"].as_str().map(str::to_owned);
                entry.devices = devices;
                entry.kind = text(chain, "type");
                entry.drops = chain["policy"] == "drop";
            } else if let Some(rule) = object.get("rule") {
                let key = (
                    text(rule, "family"),
                    text(rule, "table"),
                    text(rule, "chain"),
                );
                let expressions = rule["expr"].as_array().cloned().unwrap_or_default();
                all.has_dnat |= expressions.iter().any(|one| {
                    one.get("dnat").is_some()
                        || one.get("redirect").is_some()
                        || one.get("xt").is_some_and(|xt| xt["name"] == "DNAT")
                });
                let handle = rule["handle"].as_u64().unwrap_or_default();
                all.chains
                    .entry(key)
                    .or_default()
                    .rules
                    .push((handle, expressions));
            }
        }
        all
    }

    /// What drops a packet on its way, if something does for sure.
    pub fn drops(&self, hooks: &[Hook], packet: &Packet) -> Option<String> {
        let is_met = |(family, _, _): &(String, String, String), chain: &Chain| {
            let hook = chain.hook.as_deref().unwrap_or_default();
            let is_there = chain.devices.is_empty() || chain.devices.contains(&packet.device);
            chain.kind == "filter"
                && packet.is_of(family)
                && is_there
                && hooks.iter().any(|one| one.name() == hook)
        };
        let mut met = self.chains.iter().filter(|(key, chain)| is_met(key, chain));
        met.find_map(
            |(key, chain)| match self.run(key, chain, packet, false, DEPTH) {
                Verdict::Drop(by) => Some(by),
                Verdict::Returns(false) if chain.drops => {
                    Some(format!("policy drop of {}", named(key)))
                }
                _ => None,
            },
        )
    }

    fn run(
        &self,
        key: &(String, String, String),
        chain: &Chain,
        packet: &Packet,
        mut unsure: bool,
        depth: u32,
    ) -> Verdict {
        for (handle, expressions) in &chain.rules {
            let mut truth = Truth::Yes;
            for expression in expressions {
                truth = truth.and(matches(expression, packet));
                if truth == Truth::No {
                    break;
                }
                let has = |verdict: &str| expression.get(verdict).is_some();
                if has("drop") || has("reject") {
                    match truth {
                        Truth::Yes if !unsure => {
                            return Verdict::Drop(format!(
                                "rule of handle {handle} in {}",
                                named(key)
                            ));
                        }
                        Truth::Yes => return Verdict::Ends,
                        _ => break,
                    }
                }
                if has("accept") || has("queue") {
                    match truth {
                        Truth::Yes => return Verdict::Ends,
                        _ => unsure = true,
                    }
                    break;
                }
                if has("return") {
                    match truth {
                        Truth::Yes => return Verdict::Returns(unsure),
                        _ => unsure = true,
                    }
                    break;
                }
                let target = ["jump", "goto"]
                    .iter()
                    .find_map(|verb| expression.get(verb));
                if let Some(target) = target {
                    if truth != Truth::Yes {
                        unsure = true;
                        break;
                    }
                    let target = (
                        key.0.clone(),
                        key.1.clone(),
                        target["target"].as_str().unwrap_or_default().to_owned(),
                    );
                    let Some(next) = self.chains.get(&target).filter(|_| depth > 0) else {
                        return Verdict::Ends;
                    };
                    match self.run(&target, next, packet, unsure, depth.saturating_sub(1)) {
                        Verdict::Returns(maybe) if has("jump") => unsure = maybe,
                        verdict => return verdict,
                    }
                    break;
                }
                if has("vmap") || has("xt") {
                    unsure = true;
                    break;
                }
            }
        }
        Verdict::Returns(unsure)
    }
}

fn named((family, table, chain): &(String, String, String)) -> String {
    format!("chain {chain} of table {family} {table}")
}

#[cfg(test)]
mod tests;
