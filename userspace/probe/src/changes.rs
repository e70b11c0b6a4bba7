// SPDX-License-Identifier: GPL-2.0-only

//! Changes of a table, as an operator would ask for them, and the steps that they take. No planner is
//! trusted: this is a plain one of its own.
//!
//! join=NODE, leave=NODE, drain=NODE (it keeps nothing, and stays), lost=NODE (it is gone, and gets no table),
//! weigh=NODE:WEIGHT, level=N (N buckets go to another node each), same (nothing moves).

use crate::outcome::Outcome;
use crate::random::Random;
use crate::steps::Change;
use crate::steps::Step;
use crate::table::Table;
use std::collections::BTreeMap;

#[derive(clap::Args)]
pub struct Args {
    /// The table to begin with.
    #[arg(long)]
    table: String,
    /// The same number gives the same moves.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The changes, one after the other.
    #[arg(required = true)]
    changes: Vec<String>,
}

/// Node → what it has.
type Owned = BTreeMap<String, Vec<bool>>;

struct Plan {
    random: Random,
    /// Node → its weight; those with 0 keep nothing.
    weights: BTreeMap<String, u32>,
    owned: Owned,
    buckets: usize,
}

fn count(bits: &[bool]) -> usize {
    bits.iter().filter(|b| **b).count()
}

impl Plan {
    fn new(table: Table, seed: u64) -> Self {
        let buckets = table.buckets() as usize;
        let owned = table.into_owned();
        Self {
            random: Random(seed),
            weights: owned.keys().map(|n| (n.clone(), 1)).collect(),
            owned,
            buckets,
        }
    }

    /// How many buckets each is to have: by weight, and what is left over to those who have most of it already.
    fn targets(&self) -> Outcome<BTreeMap<String, usize>> {
        let total: usize = self.weights.values().map(|w| *w as usize).sum();
        if total == 0 {
            return Err("no node is left that has a weight".into());
        }
        let mut targets = BTreeMap::new();
        let mut rest = Vec::new();
        for (node, weight) in &self.weights {
            let share = self.buckets * *weight as usize;
            targets.insert(node.clone(), share / total);
            rest.push((share % total, count(&self.owned[node]), node.clone()));
        }
        rest.sort();
        let left = self.buckets - targets.values().sum::<usize>();
        for (_, _, node) in rest.into_iter().rev().take(left) {
            *targets.entry(node).or_default() += 1;
        }
        Ok(targets)
    }

    /// Takes so many buckets from a node, any of them.
    fn take(&mut self, node: &str, surplus: usize) -> Vec<usize> {
        let Some(bits) = self.owned.get_mut(node) else {
            return Vec::new();
        };
        let mut all: Vec<usize> = (0..bits.len()).filter(|at| bits[*at]).collect();
        let mut taken = Vec::new();
        for _ in 0..surplus {
            let at = self.random.below(all.len() as u64) as usize;
            let bucket = all.swap_remove(at);
            bits[bucket] = false;
            taken.push(bucket);
        }
        taken
    }

    /// Moves no more than it must.
    fn balance(&mut self) -> Outcome {
        let targets = self.targets()?;
        let mut pool = Vec::new();
        for (node, target) in &targets {
            let surplus = count(&self.owned[node]).saturating_sub(*target);
            pool.extend(self.take(node, surplus));
        }
        for (node, target) in &targets {
            let bits = self.owned.entry(node.clone()).or_default();
            let lack = target.saturating_sub(count(bits));
            for bucket in pool.drain(pool.len() - lack..) {
                bits[bucket] = true;
            }
        }
        Ok(())
    }

    /// Moves so many buckets to another node each.
    fn level(&mut self, buckets: usize) -> Outcome {
        let able = self.weights.iter().filter(|(_, w)| **w > 0);
        let able: Vec<String> = able.map(|(n, _)| n.clone()).collect();
        if able.len() < 2 {
            return Err("levelling takes two nodes".into());
        }
        for _ in 0..buckets {
            let bucket = self.random.below(self.buckets as u64) as usize;
            let to = self.random.below(able.len() as u64) as usize;
            let has = |(_, bits): &(&String, &Vec<bool>)| bits[bucket];
            let from = self.owned.iter().find(has).map(|(n, _)| n.clone());
            let next = able[to..]
                .iter()
                .chain(&able)
                .find(|n| Some(*n) != from.as_ref());
            for (node, bits) in &mut self.owned {
                bits[bucket] = Some(node) == next;
            }
        }
        Ok(())
    }

    fn change(&mut self, text: &str) -> Outcome<Change> {
        let before = self.owned.clone();
        let (verb, rest) = text.split_once('=').unwrap_or((text, ""));
        let known = self.weights.contains_key(rest);
        match verb {
            "join" => {
                self.weights.insert(rest.into(), 1);
                let none = vec![false; self.buckets];
                self.owned.entry(rest.into()).or_insert(none);
                self.balance()?;
            }
            "leave" | "drain" | "lost" if known => {
                self.weights.insert(rest.into(), 0);
                self.balance()?;
            }
            "weigh" => {
                let (node, weight) = rest.split_once(':').ok_or("weigh needs NODE:WEIGHT")?;
                let weight = weight.parse().map_err(|e| format!("\"{weight}\": {e}"))?;
                let old = self.weights.get_mut(node);
                *old.ok_or(format!("{node} is no node"))? = weight;
                self.balance()?;
            }
            "level" => self.level(rest.parse().map_err(|e| format!("\"{rest}\": {e}"))?)?,
            "same" => {}
            _ => return Err(format!("\"{text}\" is no change")),
        }
        let mut change = steps(text, &before, &self.owned);
        if let ("lost", Some(gone)) = (verb, before.get(rest)) {
            change.release.clear();
            for step in &mut change.adopt {
                let theirs = step.owned.iter().zip(gone).map(|(a, b)| *a && *b);
                step.cold = Some(theirs.collect());
            }
        }
        Ok(change)
    }
}

/// Losses first, whole; then gains.
fn steps(text: &str, before: &Owned, after: &Owned) -> Change {
    let mut change = Change {
        text: text.into(),
        ..Change::default()
    };
    for (node, bits) in after {
        let none = vec![false; bits.len()];
        let old = before.get(node).unwrap_or(&none);
        let kept: Vec<bool> = old.iter().zip(bits).map(|(a, b)| *a && *b).collect();
        let step = |owned: &[bool]| Step {
            node: node.clone(),
            owned: owned.to_vec(),
            cold: None,
        };
        if kept != *old {
            change.release.push(step(&kept));
        }
        if kept != *bits {
            change.adopt.push(step(bits));
        }
    }
    change
}

pub fn run(args: &Args) -> Outcome {
    let mut plan = Plan::new(Table::read(&args.table)?, args.seed);
    let mut text = String::new();
    for change in &args.changes {
        text.push_str(&plan.change(change)?.to_string());
    }
    print!("{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(counts: &[usize]) -> Plan {
        let buckets: usize = counts.iter().sum();
        let mut owned = Owned::new();
        let mut at = 0;
        for (rank, n) in counts.iter().enumerate() {
            let bits = (0..buckets).map(|b| (at..at + n).contains(&b)).collect();
            owned.insert(format!("n{rank}"), bits);
            at += n;
        }
        Plan {
            random: Random(1),
            weights: owned.keys().map(|n| (n.clone(), 1)).collect(),
            owned,
            buckets,
        }
    }

    /// Each bucket is one node's, after each step at most one's.
    fn sound(plan: &Plan, before: &Owned, change: &Change) {
        for bucket in 0..plan.buckets {
            let owners = |o: &Owned| o.values().filter(|b| b[bucket]).count();
            assert_eq!(owners(&plan.owned), 1);
            let mut now = before.clone();
            for step in change.release.iter().chain(&change.adopt) {
                now.insert(step.node.clone(), step.owned.clone());
                assert!(owners(&now) <= 1);
            }
            assert_eq!(owners(&now), 1);
        }
    }

    #[test]
    fn a_join_moves_the_newcomers_share_and_no_more() {
        let mut plan = plan(&[250, 250, 250, 250]);
        let before = plan.owned.clone();
        let change = plan.change("join=n4").unwrap();
        sound(&plan, &before, &change);
        assert_eq!(change.release.len(), 4);
        assert_eq!(change.adopt.len(), 1);
        assert_eq!(count(&change.adopt[0].owned), 200);
    }

    #[test]
    fn all_kinds_leave_each_bucket_an_owner() {
        let mut plan = plan(&[300, 300, 400]);
        for text in [
            "leave=n1",
            "weigh=n0:3",
            "join=n1",
            "level=40",
            "drain=n2",
            "weigh=n2:2",
            "same",
        ] {
            let before = plan.owned.clone();
            let change = plan.change(text).unwrap();
            sound(&plan, &before, &change);
            assert_eq!(change.release.is_empty(), text == "same");
        }
        assert!(plan.change("leave=n9").is_err());
        assert!(plan.change("drop=n1").is_err());
    }

    #[test]
    fn who_is_lost_gets_no_table() {
        let mut plan = plan(&[100, 100, 100]);
        let change = plan.change("lost=n1").unwrap();
        assert!(change.release.is_empty() && change.adopt.len() == 2);
        for step in &change.adopt {
            let cold = step.cold.as_ref().unwrap();
            assert_eq!((count(&step.owned), count(cold)), (150, 50));
            assert!((0..300).all(|b| cold[b] == (step.owned[b] && (100..200).contains(&b))));
        }
    }

    #[test]
    fn a_weight_is_a_share() {
        let mut plan = plan(&[100, 100, 100]);
        plan.change("weigh=n0:2").unwrap();
        let counts: Vec<usize> = plan.owned.values().map(|b| count(b)).collect();
        assert_eq!(counts, [150, 75, 75]);
        plan.change("leave=n1").unwrap();
        let counts: Vec<usize> = plan.owned.values().map(|b| count(b)).collect();
        assert_eq!(counts, [200, 0, 100]);
    }
}
