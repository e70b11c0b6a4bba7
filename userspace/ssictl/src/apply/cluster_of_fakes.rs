// SPDX-License-Identifier: GPL-2.0-only

//! Many nodes, each with a kernel of its own, and an administrator who edits the file, copies it, applies it and lets
//! machines go down, in any order that the documentation allows: no bucket ever has two owners.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use ssi_cluster::change::{Join, Next, What};
use ssi_cluster::edit;
use ssi_cluster::fake::Fake;
use ssi_cluster::sample::{is_whole, parse};

use super::*;
use crate::apply::tests::{WEB, options};
use crate::value::Buckets;

/// A machine.
#[derive(Default)]
struct Machine {
    fake: Fake,
    /// The copy of the file that it has.
    file: Option<ClusterFile>,
    /// The generations of which it did the first step.
    released: BTreeSet<u64>,
    is_dead: bool,
}

impl Machine {
    fn owned(&self, buckets: u32) -> Buckets {
        match self.fake.state.clusters.get("web") {
            Some((_, bits)) => Buckets::of(bits, buckets),
            None => Buckets::none(buckets),
        }
    }
}

struct Site {
    newest: ClusterFile,
    /// Who is in the file, by generation.
    listed: BTreeMap<u64, BTreeSet<String>>,
    /// The files before the newest.
    old: Vec<ClusterFile>,
    machines: BTreeMap<String, Machine>,
}

/// What the administrator does next; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Act {
    Edit(Edit),
    Copy(Index),
    Apply(Index),
    Adopt(Index),
    Cold(Index),
    Restart(Index),
    /// An old copy of the file is applied.
    Old(Index, Index, bool),
    /// All that a generation wants, on all nodes.
    Finish,
}

#[derive(Clone, Debug)]
enum Edit {
    Join(u8, u32),
    Leave(Index),
    Dead(Index),
    Drain(Index),
    Weight(Index, u32),
}

fn pick(index: &Index, names: &[String]) -> String {
    index.get(names).clone()
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => (0u8..9, 1u32..300).prop_map(|(n, weight)| Edit::Join(n, weight)),
        2 => any::<Index>().prop_map(Edit::Leave),
        1 => any::<Index>().prop_map(Edit::Dead),
        1 => any::<Index>().prop_map(Edit::Drain),
        2 => (any::<Index>(), 1u32..300).prop_map(|(i, weight)| Edit::Weight(i, weight)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => edit().prop_map(Act::Edit),
        4 => any::<Index>().prop_map(Act::Copy),
        6 => any::<Index>().prop_map(Act::Apply),
        6 => any::<Index>().prop_map(Act::Adopt),
        2 => any::<Index>().prop_map(Act::Cold),
        2 => any::<Index>().prop_map(Act::Restart),
        1 => (any::<Index>(), any::<Index>(), any::<bool>()).prop_map(|(i, j, k)| Act::Old(i, j, k)),
        1 => Just(Act::Finish),
    ]
}

impl Site {
    fn new() -> Self {
        let mut site = Self {
            newest: parse(WEB).unwrap(),
            listed: BTreeMap::new(),
            old: Vec::new(),
            machines: BTreeMap::new(),
        };
        site.list();
        site.copy_all();
        site
    }

    /// Remembers who is in the newest file.
    fn list(&mut self) {
        let names = self.newest.nodes.iter().map(|node| node.name.clone());
        self.listed.insert(self.newest.generation, names.collect());
    }

    fn names(&self) -> Vec<String> {
        self.machines.keys().cloned().collect()
    }

    fn copy(&mut self, name: &str) {
        let machine = self.machines.entry(name.to_owned()).or_default();
        if !machine.is_dead {
            machine.file = Some(self.newest.clone());
        }
    }

    /// The new file goes to the machines of the old one too: who is no longer in it has to know.
    fn copy_all(&mut self) {
        let listed = self.newest.nodes.iter().map(|node| node.name.clone());
        let names: BTreeSet<String> = listed.chain(self.names()).collect();
        names.iter().for_each(|name| self.copy(name));
    }

    fn edit(&mut self, edit: &Edit) {
        let nodes = &self.newest.nodes;
        let name = |index: &Index| index.get(nodes).name.clone();
        // The master's role is another matter.
        let any_other = |gone: &str| {
            let mut others = nodes
                .iter()
                .filter(|node| node.name != gone && node.state == State::Serving);
            others.next().map(|node| node.name.clone())
        };
        let what = match edit {
            Edit::Join(n, weight) => What::Join(Join {
                node: format!("n{n}"),
                weight: Some(*weight),
                ..Join::default()
            }),
            Edit::Leave(index) => What::Leave {
                master: any_other(&name(index)),
                node: name(index),
            },
            Edit::Dead(index) => What::Dead {
                master: any_other(&name(index)),
                node: name(index),
            },
            Edit::Drain(index) => What::Drain(name(index)),
            Edit::Weight(index, weight) => What::Weight(name(index), *weight),
        };
        // What makes no sense is refused and changes nothing.
        let next = Next::of(&self.newest, std::slice::from_ref(&what));
        let checked = next.and_then(|next| next.check_master().map(|()| next));
        let Ok(next) = checked else {
            return;
        };
        is_whole(&self.newest, &next);
        self.old.push(self.newest.clone());
        self.newest = edit::edited(&self.newest, &next).unwrap();
        self.list();
        if let What::Dead { node, .. } = what {
            // It is, before the file has it so.
            let machine = self.machines.entry(node).or_default();
            *machine = Machine {
                is_dead: true,
                ..Machine::default()
            };
        }
        if let Edit::Join(n, _) = edit {
            // A machine that comes back for good comes back as a new one.
            let machine = self.machines.entry(format!("n{n}")).or_default();
            machine.is_dead = false;
        }
    }

    fn apply(&mut self, name: &str, given: &str) {
        let Some(machine) = self.machines.get_mut(name) else {
            return;
        };
        let Some(file) = machine.file.clone() else {
            return;
        };
        if file.node(name).is_none() {
            if given.is_empty() {
                // As the refusal advises.
                let refused = done(&mut machine.fake, &file, name, &options(given)).unwrap_err();
                assert!(
                    matches!(refused, Failure::Refused(s) if s.contains("ssictl cluster del web"))
                );
                machine.fake.state.clusters.clear();
                machine.fake.state.files.clear();
            }
            return;
        }
        if done(&mut machine.fake, &file, name, &options(given)).is_ok() {
            machine.released.insert(file.generation);
        }
        self.check();
    }

    /// Whether every node has run apply with this very file, and those that are not in it have gone.
    fn is_released(&self, generation: u64) -> bool {
        let Some(listed) = self.listed.get(&generation) else {
            return true;
        };
        let is_released = |(name, machine): (&String, &Machine)| {
            let newest = machine.file.as_ref().map_or(0, |file| file.generation);
            match listed.contains(name) {
                true => machine.released.contains(&generation),
                false => newest >= generation && machine.fake.state.clusters.is_empty(),
            }
        };
        let machines = || self.machines.iter().filter(|(_, machine)| !machine.is_dead);
        let are_there = |name: &String| self.machines.contains_key(name);
        machines().all(is_released) && listed.iter().all(are_there)
    }

    fn adopt(&mut self, name: &str) {
        let generation = self.machines[name]
            .file
            .as_ref()
            .map(|file| file.generation);
        if generation.is_some_and(|generation| self.is_released(generation)) {
            self.apply(name, "--adopt");
        }
    }

    /// Where every node has run apply with the file before, or with the one before that, the dead one's are taken at
    /// once.
    fn cold(&mut self, name: &str) {
        let generation = self.machines[name]
            .file
            .as_ref()
            .map_or(0, |file| file.generation);
        let before = (1..=2).filter_map(|n| generation.checked_sub(n));
        if before.filter(|n| *n > 0).any(|n| self.is_released(n)) {
            self.apply(name, "--cold");
        }
    }

    /// A machine that remembers what it had does nothing with a file that is older.
    fn apply_old(&mut self, name: &str, which: &Index, is_start: bool) {
        let machine = self.machines.get_mut(name).unwrap();
        let last = machine.released.iter().next_back().copied().unwrap_or(0);
        let older: Vec<&ClusterFile> = self
            .old
            .iter()
            .filter(|file| file.generation < last)
            .collect();
        if older.is_empty() || machine.fake.state.files.is_empty() {
            return;
        }
        if is_start {
            machine.fake.state.clusters.clear();
        }
        for given in ["", "--adopt", "--cold"] {
            let result = done(
                &mut machine.fake,
                older[which.index(older.len())],
                name,
                &options(given),
            );
            assert!(result.is_err(), "{given}");
        }
        if is_start {
            // It is put right.
            self.apply(name, "");
        }
    }

    fn act(&mut self, act: &Act) {
        let names = self.names();
        match act {
            Act::Edit(edit) => self.edit(edit),
            Act::Copy(index) => {
                let listed: Vec<String> = self
                    .newest
                    .nodes
                    .iter()
                    .map(|node| node.name.clone())
                    .collect();
                self.copy(&pick(index, &[names, listed].concat()));
            }
            Act::Apply(index) => self.apply(&pick(index, &names), ""),
            Act::Adopt(index) => self.adopt(&pick(index, &names)),
            Act::Cold(index) => self.cold(&pick(index, &names)),
            Act::Restart(index) => {
                let name = &pick(index, &names);
                let machine = self.machines.get_mut(name).unwrap();
                machine.fake.state.clusters.clear();
                // What a unit does at start.
                self.apply(name, "");
            }
            Act::Old(index, which, is_start) => {
                self.apply_old(&pick(index, &names), which, *is_start)
            }
            Act::Finish => self.finish(),
        }
        self.check();
    }

    /// All that the documentation asks for, after which each bucket is where the file has it.
    fn finish(&mut self) {
        self.copy_all();
        let names = self.names();
        names.iter().for_each(|name| self.apply(name, ""));
        names.iter().for_each(|name| self.adopt(name));
        for node in &self.newest.nodes {
            let owned = self.machines[&node.name].owned(self.newest.buckets);
            assert_eq!(owned, node.owns, "{}", node.name);
        }
        // And then nothing is left to do or to print.
        for node in self.newest.nodes.clone() {
            if node.state != State::Leaving {
                let machine = self.machines.get_mut(&node.name).unwrap();
                machine.fake.steps.clear();
                let applied =
                    done(&mut machine.fake, &self.newest, &node.name, &options("")).unwrap();
                assert_eq!(crate::output::Text::text(&applied), "");
                assert!(machine.fake.steps.is_empty());
            }
        }
    }

    #[track_caller]
    fn check(&self) {
        let mut seen = Buckets::none(self.newest.buckets);
        for (name, machine) in &self.machines {
            let owned = machine.owned(self.newest.buckets);
            let twice = seen.and(&owned);
            assert!(twice.is_empty(), "{name} has {} of another", twice.list());
            seen = seen.or(&owned);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn claim_14_no_bucket_of_a_static_cluster_has_two_owners(acts in vec(act(), 0..60)) {
        let mut site = Site::new();
        for act in &acts {
            site.act(act);
        }
        site.finish();
    }
}
