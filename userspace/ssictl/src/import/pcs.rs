// SPDX-License-Identifier: GPL-2.0-only

//! Pacemaker's configuration as pcs has it: what `pcs config` and `pcs resource config` print, or the commands.

use std::collections::BTreeMap;

use crate::import::found::Found;
use crate::import::ipaddr2::{Resource, all};
use crate::import::words::{lines, pairs, words};

/// Where a line of what was printed belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Params,
    Meta,
    Nodes,
    Other,
}

/// What was read until now.
#[derive(Default)]
struct Reader {
    resources: Vec<Resource>,
    nodes: Vec<String>,
    /// The clone whose lines these are: its indent, its meta attributes, the number of its first resource.
    clone: Option<(usize, BTreeMap<String, String>, usize)>,
    /// Whether the lines are of a resource, and not of the clone around it.
    in_resource: bool,
}

/// The resources of IPaddr2.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let mut reader = Reader::default();
    let mut part = Part::Other;
    for line in lines(text) {
        let words = words(&line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some(at) = words.iter().position(|word| *word == "pcs") {
            reader.command(words.get(at..).unwrap_or_default());
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        part = reader.line(indent, &words, part);
    }
    reader.end_clone();
    all(&reader.resources, &reader.nodes)
}

impl Reader {
    /// A line of what was printed; returns what those below it are.
    fn line(&mut self, indent: usize, words: &[&str], part: Part) -> Part {
        let (part, rest) = match words {
            [] => return part,
            ["Clone:", ..] => {
                self.end_clone();
                self.clone = Some((indent, BTreeMap::new(), self.resources.len()));
                self.in_resource = false;
                return Part::Other;
            }
            ["Resource:", id, about @ ..] => {
                if self
                    .clone
                    .as_ref()
                    .is_some_and(|(outer, ..)| *outer >= indent)
                {
                    self.end_clone();
                }
                self.in_resource = true;
                self.resources.push(Resource {
                    id: (*id).to_owned(),
                    agent: agent(about),
                    ..Resource::default()
                });
                return Part::Other;
            }
            ["Group:", ..] => return Part::Other,
            ["Meta", "Attrs:" | "Attributes:", rest @ ..] => (Part::Meta, rest),
            ["Attributes:", rest @ ..] => (Part::Params, rest),
            ["Corosync" | "Pacemaker", "Nodes:", rest @ ..] => (Part::Nodes, rest),
            [first, ..] if first.ends_with(':') => (Part::Other, words),
            _ => (part, words),
        };
        match (part, self.resources.last_mut()) {
            (Part::Nodes, _) => {
                for name in rest {
                    let name = (*name).to_owned();
                    if !self.nodes.contains(&name) {
                        self.nodes.push(name);
                    }
                }
            }
            (Part::Params, Some(resource)) if self.in_resource => {
                resource.params.extend(pairs(rest.iter().copied()));
            }
            (Part::Meta, _) if !self.in_resource => {
                if let Some((_, meta, _)) = &mut self.clone {
                    meta.extend(pairs(rest.iter().copied()));
                }
            }
            _ => {}
        }
        part
    }

    fn end_clone(&mut self) {
        let Some((_, meta, first)) = self.clone.take() else {
            return;
        };
        for resource in self.resources.iter_mut().skip(first) {
            resource.is_clone = true;
            resource.meta.clone_from(&meta);
        }
    }

    /// A command: `pcs resource create ID AGENT …`, `pcs resource clone ID …`.
    fn command(&mut self, words: &[&str]) {
        let mut plain = words.iter().copied().filter(|word| !word.starts_with('-'));
        let head: Vec<&str> = plain.by_ref().take(3).collect();
        let rest: Vec<&str> = plain.collect();
        match (head.as_slice(), rest.as_slice()) {
            (["pcs", "resource", "create"], [id, agent, rest @ ..]) => {
                let at = rest.iter().position(|word| *word == "clone");
                let (own, clone) = rest.split_at(at.unwrap_or(rest.len()));
                let end = own.iter().position(|word| matches!(*word, "op" | "meta"));
                let params = own.get(..end.unwrap_or(own.len())).unwrap_or_default();
                self.resources.push(Resource {
                    id: (*id).to_owned(),
                    agent: (*agent).to_owned(),
                    params: pairs(params.iter().copied()),
                    is_clone: at.is_some(),
                    meta: pairs(clone.iter().copied()),
                });
            }
            (["pcs", "resource", "clone"], [id, rest @ ..]) => {
                if let Some(resource) = self.resources.iter_mut().find(|one| one.id == *id) {
                    resource.is_clone = true;
                    resource.meta.extend(pairs(rest.iter().copied()));
                }
            }
            _ => {}
        }
    }
}

/// Of `(class=ocf provider=heartbeat type=IPaddr2)`.
fn agent(about: &[&str]) -> String {
    let kind = about
        .iter()
        .find_map(|word| word.trim_start_matches('(').strip_prefix("type="));
    kind.unwrap_or_default().trim_end_matches(')').to_owned()
}
