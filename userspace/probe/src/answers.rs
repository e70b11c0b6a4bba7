// SPDX-License-Identifier: GPL-2.0-only

//! Judges the answers that `ask` collected by the formula.

use crate::ask::report::Asked;
use crate::ask::report::Report;
use crate::outcome::Outcome;
use crate::table::Table;
use std::collections::BTreeMap;
use std::fs;

#[derive(clap::Args)]
pub struct Args {
    /// The table in force. Given twice: the table changed to and fro, so a source that has the same
    /// owner in both must be answered by it each time, any other by either owner or not at all.
    #[arg(long, required = true)]
    table: Vec<String>,
    /// Reports of `ask`.
    #[arg(required = true)]
    reports: Vec<String>,
}

/// What is wrong with one source's answers, if anything.
fn fault(asked: &Asked, owners: &[&str], changing: bool) -> Option<String> {
    // A ping socket cannot see who answered.
    let anonymous = asked.answers.keys().all(|n| n == "echo");
    let stranger = asked
        .answers
        .keys()
        .find(|n| !owners.contains(&n.as_str()) && !anonymous);
    if let Some(stranger) = stranger {
        return Some(format!(
            "answered by {stranger} and not {}",
            owners.join(" or ")
        ));
    }
    if changing {
        return None;
    }
    match (asked.missing, asked.repeated) {
        (0, 0) => None,
        (0, n) => Some(format!(
            "{n} of {} requests answered more than once",
            asked.asked
        )),
        (n, _) => Some(format!(
            "{n} of {} requests of {} not answered",
            asked.asked, owners[0]
        )),
    }
}

pub fn run(args: &Args) -> Outcome {
    let tables: Vec<Table> = args
        .table
        .iter()
        .map(|t| Table::read(t))
        .collect::<Outcome<_>>()?;
    let mut faults = Vec::new();
    let mut per_node: BTreeMap<String, u32> = BTreeMap::new();
    let (mut sources, mut requests, mut steady, mut noticing, mut both) = (0, 0, 0, 0, 0);
    for path in &args.reports {
        let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let report: Report = serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))?;
        for (source, error) in &report.errors {
            faults.push(format!("{source}: {error}"));
        }
        for (source, asked) in &report.sources {
            let owners: Vec<&str> = tables
                .iter()
                .map(|t| t.owner(*source))
                .collect::<Outcome<_>>()?;
            let changing = owners.iter().any(|o| o != &owners[0]);
            faults.extend(fault(asked, &owners, changing).map(|f| format!("{source}: {f}")));
            sources += 1;
            requests += asked.asked;
            steady += u32::from(!changing);
            both += u32::from(changing && asked.answers.len() > 1);
            if let ([a, b], false) = (&tables[..], changing) {
                let shows = a.mixture_shows(b, *source, owners[0])
                    || b.mixture_shows(a, *source, owners[0]);
                noticing += u32::from(shows);
            }
            for (node, n) in &asked.answers {
                *per_node.entry(node.clone()).or_default() += n;
            }
        }
    }
    if sources == 0 {
        return Err("nobody asked anything".into());
    }
    if !faults.is_empty() {
        let some: Vec<_> = faults.iter().take(4).cloned().collect();
        return Err(format!("{} faults: {}", faults.len(), some.join("; ")));
    }
    let shares: Vec<_> = per_node
        .iter()
        .map(|(node, n)| format!("{node} {n}"))
        .collect();
    let of = if tables.len() > 1 {
        // A change that nobody met, or a mixture that nobody would have noticed, proves nothing.
        if both == 0 || noticing == 0 {
            return Err(format!(
                "{both} sources met both tables, {noticing} would have noticed a mixture"
            ));
        }
        let moved = sources - steady;
        format!(
            " ({steady} keep their owner, {noticing} of them would notice a mixture; {both} of {moved} others met both tables)"
        )
    } else {
        String::new()
    };
    println!(
        "{sources} sources{of}, {requests} requests, answers: {}",
        shares.join(", ")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(node: &str, answers: u32, missing: u32, repeated: u32) -> Asked {
        Asked {
            asked: 2,
            answers: [(node.to_owned(), answers)].into(),
            missing,
            repeated,
        }
    }

    #[test]
    fn the_judge_sees_each_kind_of_fault() {
        assert_eq!(fault(&asked("n0", 2, 0, 0), &["n0"], false), None);
        assert!(fault(&asked("n1", 2, 0, 0), &["n0"], false).is_some());
        assert!(fault(&asked("n0", 1, 1, 0), &["n0"], false).is_some());
        assert!(fault(&asked("n0", 3, 0, 1), &["n0"], false).is_some());
        assert_eq!(fault(&asked("echo", 2, 0, 0), &["n0"], false), None);
        assert_eq!(fault(&asked("n1", 1, 1, 0), &["n0", "n1"], true), None);
        assert!(fault(&asked("n2", 1, 1, 0), &["n0", "n1"], true).is_some());
    }
}
