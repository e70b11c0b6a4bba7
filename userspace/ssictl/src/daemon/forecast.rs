// SPDX-License-Identifier: GPL-2.0-only

//! Forecast of an order by the planner that ssid runs, too.

use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_plan::{Assignment, Error, Limits, Member, NodeId, Situation, State};
use ssid_api::{Heat, NodeStatus, Status, Wish};

use crate::daemon::amount::{counted, per_mille};
use crate::output::{Columns, Head, Text};

/// What would come of an order.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Forecast {
    buckets: u32,
    moved: u64,
    steps: u64,
    nodes: Vec<Share>,
}

/// A node's buckets.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Share {
    node: String,
    before: u32,
    after: u32,
}

impl Forecast {
    /// Of an order to a node, from how things are; `weight` is what [`Wish::Weight`] comes to.
    pub fn new(
        status: &Status,
        heat: &Heat,
        node: &str,
        wish: Wish,
        weight: u32,
    ) -> Result<Self, Failure> {
        let unknown =
            |e: Error| Failure::Refused(format!("{}: what would move: {e}", status.cluster));
        let mut situation = situation(status, heat).map_err(unknown)?;
        let index = status.nodes.iter().position(|one| one.name == node);
        let id = index.map(number);
        let Some(member) = situation.members.iter_mut().find(|one| Some(one.id) == id) else {
            return Err(Failure::Refused(format!(
                "{node} is no member of {} now: it would get the order when it comes, and what moves then is not known",
                status.cluster
            )));
        };
        match wish {
            Wish::Serve => member.state = State::Serving,
            Wish::Drain(_) | Wish::Leave(_) => member.state = State::Draining,
            Wish::Weight(_) => member.weight = weight,
        }
        let before = situation.assignment.clone();
        let steps = ssi_plan::settle(&mut situation).map_err(unknown)?;
        let share = |(index, node): (usize, &NodeStatus)| Share {
            node: node.name.clone(),
            before: before.count(number(index)),
            after: situation.assignment.count(number(index)),
        };
        Ok(Self {
            buckets: status.buckets,
            moved: before.differences(&situation.assignment).into(),
            steps: u64::try_from(steps.len()).unwrap_or(u64::MAX),
            nodes: status.nodes.iter().enumerate().map(share).collect(),
        })
    }
}

fn number(index: usize) -> NodeId {
    NodeId(u32::try_from(index).unwrap_or(u32::MAX))
}

fn situation(status: &Status, heat: &Heat) -> Result<Situation, Error> {
    let member = |(index, node): (usize, &NodeStatus)| {
        let state = match node.state.as_str() {
            "serving" => State::Serving,
            "draining" | "leaving" => State::Draining,
            _ => return None,
        };
        node.member.then(|| Member {
            state,
            ..Member::weighing(number(index), node.weight)
        })
    };
    let members = status.nodes.iter().enumerate().filter_map(member).collect();
    let owners = heat.owners.iter().map(|owner| owner.map(NodeId)).collect();
    let mut situation = Situation::new(members, Assignment::new(owners)?);
    situation.limits = Limits::default();
    if heat.load.iter().any(|load| *load > 0) && heat.load.len() == heat.owners.len() {
        situation.load = Some(heat.load.clone());
    }
    Ok(situation)
}

impl Text for Forecast {
    fn text(&self) -> String {
        let mut columns = Columns::new(vec![
            Head::Left("NODE".to_owned()),
            Head::Right("BEFORE".to_owned()),
            Head::Right("AFTER".to_owned()),
            Head::Right("SHARE".to_owned()),
        ]);
        for share in &self.nodes {
            let part = per_mille(share.after.into(), self.buckets.into());
            columns.row(vec![
                share.node.clone(),
                share.before.to_string(),
                share.after.to_string(),
                format!("{}.{} %", part / 10, part % 10),
            ]);
        }
        format!(
            "{} of {} would move, in {}\n{}",
            self.moved,
            counted(self.buckets.into(), "bucket"),
            counted(self.steps, "step"),
            columns.text()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::sample;

    fn forecast(node: &str, wish: Wish, weight: u32) -> Result<Forecast, Failure> {
        let status = sample::well();
        let mut heat = sample::heat(&status);
        heat.load.clear();
        Forecast::new(&status, &heat, node, wish, weight)
    }

    #[test]
    fn claim_14_a_drain_moves_what_the_node_has_and_nothing_else() {
        let forecasted = forecast("n2", Wish::Drain(None), 0).unwrap();
        let [n1, n2, n3] = &forecasted.nodes[..] else {
            panic!("three nodes");
        };
        assert_eq!((n2.before, n2.after), (342, 0));
        assert_eq!(n1.after + n3.after, 1024);
        assert!(n1.after.abs_diff(n3.after) <= 1);
        // And the one that nobody had.
        assert_eq!(forecasted.moved, 343);
        let text = forecasted.text();
        assert!(
            text.starts_with("343 of 1024 buckets would move, in "),
            "{text}"
        );
        assert!(text.contains("\nn2       342      0   0.0 %\n"), "{text}");
    }

    #[test]
    fn weights() {
        let forecasted = forecast("n3", Wish::Weight(Some(200)), 200).unwrap();
        assert_eq!(forecasted.nodes[2].after, 512);
        let forecasted = forecast("n3", Wish::Serve, 0).unwrap();
        assert_eq!(forecasted.moved, 2, "what nobody had, and one to be level");
    }

    #[test]
    fn of_a_node_that_is_gone_nothing_is_known() {
        let status = sample::ill();
        let heat = sample::heat(&status);
        let refusal = Forecast::new(&status, &heat, "store-4", Wish::Drain(None), 0);
        let Err(Failure::Refused(sentence)) = refusal else {
            panic!("{refusal:?}");
        };
        assert!(sentence.contains("no member"), "{sentence}");
        let nothing = Forecast::new(&status, &Heat::default(), "n1", Wish::Drain(None), 0);
        assert!(matches!(nothing, Err(Failure::Refused(_))));
    }
}
