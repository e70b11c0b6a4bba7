// SPDX-License-Identifier: GPL-2.0-only

//! Node list: which nodes Corosync names, and their addresses, from its cmap.
//!
//! Its calls wait for as long as Corosync stands still, so a thread of its own makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::electorate::MOST_VOTES;
use crate::sys::Error;
use crate::sys::cmap::{Map, Value};

/// What the node list's keys begin with.
const PREFIX: &str = "nodelist.node.";
/// Between two looks while there is no list, and once there is one.
const SOON: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(2);

/// Why there is no list where Corosync gives no other reason.
pub const NO_ANSWER: &str =
    "corosync does not answer, which names the nodes: see `systemctl status corosync`";

/// A node of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its votes.
    pub votes: u32,
    /// Its addresses, by the number of the link.
    pub addresses: BTreeMap<u8, IpAddr>,
}

/// The nodes by their numbers.
pub type NodeList = BTreeMap<u32, Listed>;

/// Reads the list, again and again, until nobody receives it.
pub fn watch() -> std::io::Result<Receiver<Result<NodeList, String>>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let run = move || {
        loop {
            let list = read();
            let pause = if list.is_ok() { LATER } else { SOON };
            if sender.send(list).is_err() {
                return;
            }
            thread::sleep(pause);
        }
    };
    // Nobody waits for it.
    thread::Builder::new()
        .name("nodelist".to_owned())
        .spawn(run)?;
    Ok(receiver)
}

/// The list of the Corosync that runs here; `None` where none answers, or it has none that counts.
pub fn named() -> Option<NodeList> {
    let (sender, receiver) = mpsc::channel();
    // Nobody waits for the thread.
    thread::Builder::new()
        .name("nodelist".to_owned())
        .spawn(move || sender.send(read()))
        .ok()?;
    receiver.recv_timeout(SOON).ok()?.ok()
}

/// This list, once.
pub fn known(list: &NodeList) -> Receiver<Result<NodeList, String>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // There is room for one.
    let _ = sender.try_send(Ok(list.clone()));
    receiver
}

fn failed(error: Error) -> String {
    match error {
        Error::Access => "corosync does not answer this program: run it as root".to_owned(),
        _ => NO_ANSWER.to_owned(),
    }
}

fn read() -> Result<NodeList, String> {
    let entries = Map::open()
        .and_then(|map| map.all(PREFIX))
        .map_err(failed)?;
    let entries = entries.into_iter();
    let entries: Vec<_> = entries
        .filter_map(|(key, value)| Some((key, text(value)?)))
        .collect();
    of(&entries, &resolve)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        Value::Other => None,
    }
}

fn resolve(name: &str) -> Option<IpAddr> {
    let mut all = (name, 0).to_socket_addrs().ok()?;
    all.next().map(|address| address.ip())
}

/// The list of entries `nodelist.node.PLACE.WHAT`.
fn of(
    entries: &[(String, String)],
    resolve: &dyn Fn(&str) -> Option<IpAddr>,
) -> Result<NodeList, String> {
    let mut places: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (key, value) in entries {
        let rest = key
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('.'));
        if let Some((place, what)) = rest {
            places.entry(place).or_default().insert(what, value);
        }
    }
    let mut list = NodeList::new();
    for node in places.values() {
        let id = node.get("nodeid").and_then(|id| id.parse().ok());
        let id: u32 = id.ok_or("corosync.conf has a node without nodeid: give each one")?;
        let votes = node.get("quorum_votes").map_or(Ok(1), |votes| {
            let number = votes.parse().ok().filter(|votes| *votes <= MOST_VOTES);
            number.ok_or(format!(
                "node {id} has quorum_votes: {votes} in corosync.conf: give a number, {MOST_VOTES} at most"
            ))
        })?;
        let mut addresses = BTreeMap::new();
        for link in 0..8u8 {
            let Some(name) = node.get(format!("ring{link}_addr").as_str()) else {
                continue;
            };
            let address = resolve(name).ok_or_else(|| {
                format!("node {id} has ring{link}_addr: {name} in corosync.conf, which has no address: give that itself")
            })?;
            addresses.insert(link, address);
        }
        if list.insert(id, Listed { votes, addresses }).is_some() {
            return Err(format!("corosync.conf has two nodes with nodeid {id}"));
        }
    }
    match list.is_empty() {
        true => Err(
            "corosync has no nodelist: list every node of the cluster in corosync.conf".to_owned(),
        ),
        false => Ok(list),
    }
}

/// Why the list is not of these nodes, if it is not.
pub fn differs(list: &NodeList, nodes: &[u32]) -> Option<String> {
    let (listed, wanted): (BTreeSet<u32>, BTreeSet<u32>) = (
        list.keys().copied().collect(),
        nodes.iter().copied().collect(),
    );
    let numbers = |all: &BTreeSet<u32>| {
        let all: Vec<String> = all.iter().map(u32::to_string).collect();
        all.join(", ")
    };
    (listed != wanted).then(|| {
        format!(
            "corosync.conf has the nodes {}, the cluster file {}: the same nodes are to be in both, by nodeid and id",
            numbers(&listed),
            numbers(&wanted)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter()
            .map(|(key, value)| (format!("{PREFIX}{key}"), (*value).to_owned()))
            .collect()
    }

    fn literal(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn nodes_have_their_numbers_and_links() {
        let list = of(
            &entries(&[
                ("0.nodeid", "7"),
                ("0.name", "n1"),
                ("0.ring0_addr", "10.0.0.1"),
                ("0.ring2_addr", "fd00::1"),
                ("1.nodeid", "3"),
                ("1.ring0_addr", "10.0.0.2"),
                ("1.quorum_votes", "3"),
            ]),
            &literal,
        )
        .unwrap();
        assert_eq!(list.keys().collect::<Vec<_>>(), [&3, &7]);
        let links = |node| list[&node].addresses.keys().collect::<Vec<_>>();
        assert_eq!(links(7), [&0, &2]);
        assert_eq!(list[&3].addresses[&0], literal("10.0.0.2").unwrap());
        assert_eq!((list[&7].votes, list[&3].votes), (1, 3));
        assert_eq!(differs(&list, &[7, 3]), None);
        let why = differs(&list, &[1, 3]).unwrap();
        assert!(
            why.contains("nodes 3, 7") && why.contains("file 1, 3"),
            "{why}"
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (all, why) in [
            (vec![], "no nodelist"),
            (vec![("0.ring0_addr", "10.0.0.1")], "without nodeid"),
            (vec![("0.nodeid", "1"), ("1.nodeid", "1")], "two nodes"),
            (
                vec![("0.nodeid", "1"), ("0.quorum_votes", "256")],
                "256 in corosync.conf: give a number, 255 at most",
            ),
            (
                vec![("0.nodeid", "1"), ("0.quorum_votes", "-1")],
                "give a number",
            ),
            (
                vec![("0.nodeid", "1"), ("0.ring0_addr", "nobody")],
                "no address",
            ),
        ] {
            let sentence = of(&entries(&all), &literal).unwrap_err();
            assert!(sentence.contains(why), "{sentence}");
        }
    }
}
