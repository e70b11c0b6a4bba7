// SPDX-License-Identifier: GPL-2.0-only

//! Speed of a plan for 1,000 nodes and 65,536 buckets: `cargo run --release --example speed`.

use std::error::Error;
use std::time::{Duration, Instant};

use ssi_plan::{Assignment, Change, Member, NodeId, Plan, Situation, initial, plan};

const NODES: u32 = 1000;
const BUCKETS: u32 = 65_536;
const RUNS: u32 = 15;

/// What is measured: its name, and what is planned.
type Row = (String, Situation);

fn main() -> Result<(), Box<dyn Error>> {
    println!("{NODES} nodes, {BUCKETS} buckets, {RUNS} runs each, in milliseconds");
    println!("{:34}{:>8}{:>8}{:>8}", "", "moves", "median", "worst");
    for (name, situation) in rows()? {
        let (plan, median, worst) = measured(&situation)?;
        let moves = plan.moves.len() + plan.waiting.len();
        let [median, worst] = [median, worst].map(|t| t.as_secs_f64() * 1000.0);
        println!("{name:34}{moves:>8}{median:>8.1}{worst:>8.1}");
    }
    Ok(())
}

fn rows() -> Result<Vec<Row>, ssi_plan::Error> {
    let equals: Vec<Member> = (0..NODES).map(|id| Member::new(NodeId(id))).collect();
    let weighted: Vec<Member> = (0..NODES)
        .map(|id| Member::weighing(NodeId(id), 1 + id % 37))
        .collect();
    let known = Situation::new(equals.clone(), initial(&equals, BUCKETS)?);
    let empty = Assignment::unowned(BUCKETS)?;
    let mut rows = vec![
        row("first table", Situation::new(weighted.clone(), empty)),
        row(
            "all weights change",
            Situation::new(weighted, known.assignment.clone()),
        ),
    ];
    rows.extend(changes("load unknown", &known)?);
    let level = loaded(&known, |_| 1000);
    rows.extend(changes("load known", &level)?);

    // As by Zipf's law: a bucket's load goes by 1 / (its rank + 1,000).
    let rank = |bucket: u32| u64::from(bucket.wrapping_mul(40_503) % BUCKETS);
    let zipf = loaded(&known, |bucket| (1 << 40) / (rank(bucket) + 1000));
    let is_hot = |bucket: u32| bucket % NODES < NODES / 2;
    let hot = loaded(&known, |bucket| if is_hot(bucket) { 3000 } else { 1000 });
    let mut half = hot.clone();
    for member in half.members.iter_mut().step_by(2) {
        member.weight = 0;
    }
    rows.push(row("skewed load is levelled", zipf));
    rows.push(row("half of the nodes hot, levelled", hot));
    rows.push(row("half of the nodes leave", half));
    Ok(rows)
}

fn row(name: &str, situation: Situation) -> Row {
    (name.into(), situation)
}

/// The usual changes of a cluster.
fn changes(name: &str, before: &Situation) -> Result<Vec<Row>, ssi_plan::Error> {
    let mut rows = vec![(format!("nothing to do, {name}"), before.clone())];
    for (what, change) in [
        ("join", Change::Join(Member::new(NodeId(NODES)))),
        ("leave", Change::Leave(NodeId(7))),
        ("death", Change::Death(NodeId(7))),
    ] {
        let mut after = before.clone();
        change.make(&mut after)?;
        rows.push((format!("{what}, {name}"), after));
    }
    Ok(rows)
}

fn loaded(situation: &Situation, load: impl Fn(u32) -> u64) -> Situation {
    let mut loaded = situation.clone();
    loaded.load = Some((0..BUCKETS).map(load).collect());
    loaded
}

fn measured(situation: &Situation) -> Result<(Plan, Duration, Duration), ssi_plan::Error> {
    let mut last = plan(situation)?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        last = plan(situation)?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok((last, median, times.last().copied().unwrap_or_default()))
}
