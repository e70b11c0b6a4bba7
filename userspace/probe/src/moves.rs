// SPDX-License-Identifier: GPL-2.0-only

//! Lets nodes take the steps of changes, one change after the other, in one process: hundreds of changes cost
//! hundreds of requests and not hundreds of programs. What `ssictl table set` does, without its checks.

use crate::attribute;
use crate::attribute::attribute;
use crate::hold::log::now;
use crate::nl;
use crate::nl::Family;
use crate::outcome::Outcome;
use crate::steps;
use crate::steps::Change;
use crate::steps::Step;
use crate::sys;
use crate::table::Table;
use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io::Write;
use std::thread;
use std::time::Duration;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    cluster: String,
    /// The table to begin with. Its nodes are namespaces.
    #[arg(long)]
    table: String,
    /// What `changes` wrote.
    #[arg(long)]
    steps: String,
    /// The journal of who was given which table; lines are appended.
    #[arg(long)]
    journal: String,
    /// A change begins at a multiple of so many milliseconds.
    #[arg(long, default_value_t = 0)]
    grid: u64,
    /// Milliseconds from the last release of a change to its first adoption.
    #[arg(long, default_value_t = 0)]
    gap: u64,
    /// The wrong way round: adopt first, release then.
    #[arg(long)]
    adopt_first: bool,
}

const NAME: u16 = 1;
const BUCKETS: u16 = 8;
const OWNED: u16 = 15;
const GENERATION: u16 = 16;
const COLD: u16 = 31;

struct Node {
    family: Family,
    generation: u64,
}

struct Mover<'a> {
    args: &'a Args,
    name: Vec<u8>,
    nodes: BTreeMap<String, Node>,
    journal: File,
}

impl Mover<'_> {
    /// A socket belongs to the namespace that it was made in.
    fn node(&mut self, name: &str) -> Outcome<&mut Node> {
        if !self.nodes.contains_key(name) {
            sys::enter_netns(name)?;
            let mut family = Family::open()?;
            let generation = nl::generation(&mut family, &self.name)?;
            self.nodes.insert(name.into(), Node { family, generation });
        }
        self.nodes.get_mut(name).ok_or_else(|| "no node".into())
    }

    fn note(&mut self, what: &str, step: &Step) -> Outcome {
        let list = steps::list(&step.owned);
        writeln!(self.journal, "{} {what} {} {list}", now(), step.node)
            .map_err(|e| format!("{}: {e}", self.args.journal))
    }

    fn take(&mut self, step: &Step) -> Outcome {
        let name = self.name.clone();
        let node = self.node(&step.node)?;
        node.generation += 1;
        let buckets = step.owned.len() as u32;
        let cold = step
            .cold
            .as_ref()
            .map(|bits| attribute(COLD, &attribute::bitmap(bits)));
        let body = [
            name,
            attribute(BUCKETS, &buckets.to_ne_bytes()),
            attribute(OWNED, &attribute::bitmap(&step.owned)),
            attribute(GENERATION, &node.generation.to_ne_bytes()),
            cold.unwrap_or_default(),
        ]
        .concat();
        self.note("begin", step)?;
        let reply =
            self.node(&step.node)?
                .family
                .request(nl::operation("table-set")?, &body, false)?;
        if reply.errno != 0 {
            return Err(format!(
                "{}: {} (error {})",
                step.node, reply.sentence, reply.errno
            ));
        }
        self.note("end", step)
    }

    fn change(&mut self, change: &Change) -> Outcome {
        let (first, then) = match self.args.adopt_first {
            false => (&change.release, &change.adopt),
            true => (&change.adopt, &change.release),
        };
        for step in first {
            self.take(step)?;
        }
        thread::sleep(Duration::from_millis(self.args.gap));
        for step in then {
            self.take(step)?;
        }
        Ok(())
    }
}

pub fn run(args: &Args) -> Outcome {
    let buckets = Table::read(&args.table)?.buckets();
    let text = fs::read_to_string(&args.steps).map_err(|e| format!("{}: {e}", args.steps))?;
    let changes = steps::parse(&text, buckets)?;
    let journal = File::options()
        .append(true)
        .create(true)
        .open(&args.journal);
    let mut mover = Mover {
        args,
        name: attribute(NAME, &[args.cluster.as_bytes(), &[0]].concat()),
        nodes: BTreeMap::new(),
        journal: journal.map_err(|e| format!("{}: {e}", args.journal))?,
    };
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    for change in &changes {
        if let Some(passed) = begun
            .elapsed()
            .as_millis()
            .checked_rem(u128::from(args.grid))
        {
            thread::sleep(Duration::from_millis(args.grid - passed as u64));
        }
        let from = Instant::now();
        mover
            .change(change)
            .map_err(|e| format!("{}: {e}", change.text))?;
        slowest = slowest.max(from.elapsed());
    }
    println!(
        "{} changes, the slowest took {} ms",
        changes.len(),
        slowest.as_millis()
    );
    Ok(())
}
