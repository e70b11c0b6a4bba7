// SPDX-License-Identifier: GPL-2.0-only

//! Pacemaker's configuration as `crm configure show` prints it.

use crate::import::found::Found;
use crate::import::ipaddr2::{Resource, all};
use crate::import::words::{lines, pairs, words};

/// The resources of IPaddr2.
pub fn read(text: &str) -> Result<Vec<Found>, String> {
    let mut resources: Vec<Resource> = Vec::new();
    let mut nodes = Vec::new();
    let mut clones = Vec::new();
    let mut groups = Vec::new();
    for line in lines(text) {
        let words = words(&line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["node", id, name, ..] if id.ends_with(':') => nodes.push((*name).to_owned()),
            ["node", name, ..] => nodes.push((*name).to_owned()),
            ["primitive", id, agent, rest @ ..] => resources.push(Resource {
                id: (*id).to_owned(),
                agent: (*agent).to_owned(),
                params: pairs(section(rest, "params")),
                ..Resource::default()
            }),
            ["group", id, members @ ..] => groups.push(((*id).to_owned(), owned(members))),
            ["clone", _, what, rest @ ..] => {
                clones.push(((*what).to_owned(), pairs(section(rest, "meta"))))
            }
            _ => {}
        }
    }
    for resource in &mut resources {
        let is_in = |what: &str| {
            let members = groups
                .iter()
                .find(|(id, _)| id == what)
                .map(|(_, members)| members);
            what == resource.id || members.is_some_and(|members| members.contains(&resource.id))
        };
        if let Some((_, meta)) = clones.iter().find(|(what, _)| is_in(what)) {
            resource.is_clone = true;
            resource.meta.clone_from(meta);
        }
    }
    all(&resources, &nodes)
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The words from this keyword to the next. Pairs before any are parameters.
fn section<'a>(words: &[&'a str], name: &str) -> Vec<&'a str> {
    let mut at = "params";
    let mut all = Vec::new();
    for word in words {
        match *word {
            "params" | "meta" | "op" | "operations" | "utilization" => at = word,
            word if at == name => all.push(word),
            _ => {}
        }
    }
    all
}
