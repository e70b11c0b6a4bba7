// SPDX-License-Identifier: GPL-2.0-only

//! Nodes: which ones count by the cluster file and by Corosync, while both may change, and what follows from it.

use super::electorate::Electorate;
use super::nodelist::{NodeList, differs};

/// The nodes of the cluster file, by their numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileNodes {
    /// All of them.
    pub all: Vec<u32>,
    /// Those that have the cluster's interface.
    pub on_interface: Vec<u32>,
    /// That interface of this node, if it has it.
    pub interface: Option<String>,
    /// Their addresses, where Corosync is not to name them.
    pub addresses: Option<NodeList>,
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Nothing: all is as it is in use.
    Same,
    /// The nodes are the same, and their addresses others, or this node's interface another.
    Addresses,
    /// Other nodes are named by both, and may count.
    Electorate(Electorate),
    /// What is named cannot count, for this reason.
    Not(String),
}

/// What is named.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// By the cluster file.
    pub file: FileNodes,
    /// By Corosync.
    pub list: NodeList,
    /// What is in use of both.
    in_use: (FileNodes, NodeList),
}

impl Nodes {
    /// All is in use.
    pub fn new(file: FileNodes, list: NodeList) -> Nodes {
        let in_use = (file.clone(), list.clone());
        Nodes { file, list, in_use }
    }

    /// The cluster file is another by now.
    pub fn read(&mut self, file: FileNodes) {
        if let Some(list) = &file.addresses {
            self.list.clone_from(list);
        }
        self.file = file;
    }

    /// What is named is in use from here on.
    pub fn take(&mut self) {
        self.in_use = (self.file.clone(), self.list.clone());
    }

    /// What follows, for this node while these count.
    pub fn next(&self, me: u32, counting: &Electorate) -> Next {
        let (file, list) = &self.in_use;
        if (file, list) == (&self.file, &self.list) {
            return Next::Same;
        }
        if let Some(why) = differs(&self.list, &self.file.all) {
            return Next::Not(why);
        }
        let next = match electorate(&self.list) {
            Ok(next) => next,
            Err(why) => return Next::Not(why),
        };
        if next == *counting {
            return Next::Addresses;
        }
        if next.place(me).is_none() {
            return Next::Not(
                "this node is not among the nodes any more: stop its ssid".to_owned(),
            );
        }
        if next.comings_and_goings(counting) > 1 {
            return Next::Not(
                "more than one node came or went: add or remove one at a time, and let all nodes have it before the next"
                    .to_owned(),
            );
        }
        if !next.is_next_to(counting) {
            return Next::Not(
                "some nodes have a majority of the votes of before, and others of those that are named now: change them by one vote at a \
                 time, and let all nodes have it before the next, or stop ssid on all nodes first"
                    .to_owned(),
            );
        }
        Next::Electorate(next)
    }
}

/// The nodes of a list as an electorate.
///
/// # Errors
///
/// As [`Electorate::with_votes`].
pub fn electorate(list: &NodeList) -> Result<Electorate, String> {
    Electorate::with_votes(list.iter().map(|(node, listed)| (*node, listed.votes)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::datagram::nodelist::Listed;

    fn list(nodes: &[u32], link: u8) -> NodeList {
        let address = |node: &u32| format!("10.0.{link}.{node}").parse().unwrap();
        nodes
            .iter()
            .map(|node| {
                let addresses = BTreeMap::from([(link, address(node))]);
                (
                    *node,
                    Listed {
                        votes: 1,
                        addresses,
                    },
                )
            })
            .collect()
    }

    fn with_votes(votes: &[u32]) -> NodeList {
        let mut all = list(&[1, 2, 3], 0);
        for (listed, votes) in all.values_mut().zip(votes) {
            listed.votes = *votes;
        }
        all
    }

    fn file(nodes: &[u32]) -> FileNodes {
        FileNodes {
            all: nodes.to_vec(),
            on_interface: nodes.to_vec(),
            interface: None,
            addresses: None,
        }
    }

    fn next(to_file: &[u32], to_list: NodeList) -> Next {
        let mut nodes = Nodes::new(file(&[1, 2, 3]), list(&[1, 2, 3], 0));
        (nodes.file, nodes.list) = (file(to_file), to_list);
        nodes.next(1, &Electorate::new(vec![1, 2, 3]).unwrap())
    }

    #[test]
    fn a_node_comes_or_goes_once_both_name_it() {
        assert_eq!(next(&[1, 2, 3], list(&[1, 2, 3], 0)), Next::Same);
        assert_eq!(next(&[1, 2, 3], list(&[1, 2, 3], 4)), Next::Addresses);
        for nodes in [vec![1, 2, 3, 4], vec![1, 3]] {
            let electorate = Electorate::new(nodes.clone()).unwrap();
            assert_eq!(next(&nodes, list(&nodes, 0)), Next::Electorate(electorate));
        }
    }

    #[test]
    fn what_cannot_count_has_a_sentence() {
        for (in_file, in_list, why) in [
            (vec![1, 2, 3], vec![1, 2, 3, 4], "the cluster file 1, 2, 3"),
            (vec![1, 2, 3, 4], vec![1, 2, 3], "the nodes 1, 2, 3,"),
            (vec![1, 2, 4], vec![1, 2, 4], "more than one"),
            (vec![1, 2, 3, 4, 5], vec![1, 2, 3, 4, 5], "more than one"),
            (vec![2, 3], vec![2, 3], "stop its ssid"),
        ] {
            match next(&in_file, list(&in_list, 0)) {
                Next::Not(sentence) => assert!(sentence.contains(why), "{sentence}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn votes_change_by_one_at_a_time() {
        let more = with_votes(&[1, 2, 1]);
        let electorate = electorate(&more).unwrap();
        assert_eq!(next(&[1, 2, 3], more), Next::Electorate(electorate));
        for (votes, why) in [([1, 3, 1], "by one vote"), ([0, 0, 0], "no node has")] {
            match next(&[1, 2, 3], with_votes(&votes)) {
                Next::Not(sentence) => assert!(sentence.contains(why), "{sentence}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_file_with_addresses_names_all() {
        let with = |nodes: &[u32]| FileNodes {
            addresses: Some(list(nodes, 0)),
            ..file(nodes)
        };
        let mut nodes = Nodes::new(with(&[1, 2]), list(&[1, 2], 0));
        nodes.read(with(&[1, 2, 3]));
        let counting = Electorate::new(vec![1, 2]).unwrap();
        let next = Electorate::new(vec![1, 2, 3]).unwrap();
        assert_eq!(nodes.next(1, &counting), Next::Electorate(next));
    }

    #[test]
    fn another_name_of_the_interface_changes_no_electorate() {
        let mut nodes = Nodes::new(file(&[1, 2]), list(&[1, 2], 0));
        nodes.file.interface = Some("storage0".to_owned());
        let counting = Electorate::new(vec![1, 2]).unwrap();
        assert_eq!(nodes.next(1, &counting), Next::Addresses);
    }

    #[test]
    fn what_was_taken_is_the_same() {
        let mut nodes = Nodes::new(file(&[1, 2]), list(&[1, 2], 0));
        (nodes.file, nodes.list) = (file(&[1, 2, 3]), list(&[1, 2, 3], 0));
        nodes.take();
        let counting = Electorate::new(vec![1, 2, 3]).unwrap();
        assert_eq!(nodes.next(1, &counting), Next::Same);
    }
}
