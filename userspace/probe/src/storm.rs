// SPDX-License-Identifier: GPL-2.0-only

//! Many SYNs from addresses that no kernel has, and a look at the switch at who answers each.
//!
//! What comes in at a node's port of the switch was sent by that node. A SYN without an answer is sent again
//! after a second, and once more after two, as TCP does.

mod answer;
mod judge;
mod marks;
mod syn;
mod trial;

use crate::hold::log::now;
use crate::journal::Journal;
use crate::mac::Mac;
use crate::outcome::Outcome;
use crate::sources::Sources;
use crate::sys;
use crate::sys::packet;
use crate::table::Table;
use answer::Answer;
use socket2::SockRef;
use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::time::Instant;
use syn::Syns;
use trial::TRIES;
use trial::Trial;
use trial::Try;

#[derive(clap::Args)]
pub struct Args {
    /// Interface to send by, in the client's namespace (--netns).
    #[arg(long)]
    dev: String,
    /// Its MAC.
    #[arg(long)]
    from: Mac,
    /// The MAC that the cluster is reached by.
    #[arg(long)]
    to: Mac,
    /// The cluster's addresses, with commas.
    #[arg(long, value_delimiter = ',', required = true)]
    vip: Vec<IpAddr>,
    #[arg(long, default_value_t = 7000)]
    port: u16,
    /// Client addresses. What is sent to them has to reach the interface, and no socket.
    #[arg(long)]
    sources: Sources<IpAddr>,
    /// SYNs at least; more until stopped.
    #[arg(long)]
    syns: usize,
    /// SYNs a second.
    #[arg(long, default_value_t = 1000)]
    rate: u32,
    /// The switch's namespace.
    #[arg(long, default_value = "sw")]
    switch: String,
    /// PORT=NODE: who is plugged in where.
    #[arg(long = "node", required = true)]
    nodes: Vec<String>,
    /// For the number of buckets and the hash.
    #[arg(long)]
    table: String,
    /// Who had what, when: read at the end.
    #[arg(long)]
    journal: Option<String>,
    /// When something was done to the cluster: read at the end, for what came after each.
    #[arg(long)]
    marks: Option<String>,
    /// Where the verdict goes.
    #[arg(long)]
    out: String,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

/// Microseconds after which TCP sends a SYN again, each time.
const AGAIN: [u64; TRIES - 1] = [1_000_000, 2_000_000, 4_000_000, 8_000_000];
/// How long an answer may take at the end.
const SETTLE: u64 = 2_000_000;
/// Who was held up does not make up for it all at once: SYNs at most for each hundredth of a second.
const BURST: u32 = 4;
const TICK: Duration = Duration::from_millis(4);
const ETH_P_ALL: u16 = 3;

/// Interfaces of the switch with the place of their node, if they are a node's.
type Ports = HashMap<u32, Option<usize>>;

struct Storm {
    syns: Syns,
    nodes: Vec<String>,
    ports: Ports,
    /// The nodes' ports by name.
    names: Vec<String>,
    out: OwnedFd,
    tap: OwnedFd,
    batch: packet::Batch,
    trials: Vec<Trial>,
    /// All before these were sent a second time, a third time and so on, if they had to be.
    looked_at: [usize; TRIES - 1],
}

/// The node that is plugged in there, if one is. A port may come after the storm has begun: its node was started
/// anew.
fn node_at(ports: &mut Ports, names: &[String], ifindex: u32) -> Option<usize> {
    *ports.entry(ifindex).or_insert_with(|| {
        let is_it = |name: &String| sys::if_index(name) == Ok(ifindex);
        names.iter().position(is_it)
    })
}

impl Storm {
    fn open(args: &Args) -> Outcome<Self> {
        let out = packet::packet_socket(0, sys::if_index(&args.dev)?)?;
        sys::enter_netns(&args.switch)?;
        let tap = packet::packet_socket(ETH_P_ALL, 0)?;
        SockRef::from(&tap)
            .attach_filter(&answer::filter())
            .map_err(|e| format!("filter: {e}"))?;
        let on: libc::c_int = 1;
        sys::set_option(
            tap.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_IGNORE_OUTGOING,
            &on,
        )?;
        let (mut nodes, mut ports, mut names) = (Vec::new(), Ports::new(), Vec::new());
        for text in &args.nodes {
            let (port, node) = text
                .split_once('=')
                .ok_or(format!("\"{text}\" is not PORT=NODE"))?;
            ports.insert(sys::if_index(port)?, Some(nodes.len()));
            nodes.push(node.to_owned());
            names.push(port.to_owned());
        }
        let syns = Syns::new(
            args.from,
            args.to,
            args.port,
            args.sources.addresses(),
            &args.vip,
        )?;
        if args.syns > syns.most() {
            return Err(format!("{} SYNs are more than {}", args.syns, syns.most()));
        }
        Ok(Self {
            syns,
            nodes,
            ports,
            names,
            out,
            tap,
            batch: packet::Batch::new(),
            trials: Vec::with_capacity(args.syns),
            looked_at: [0; TRIES - 1],
        })
    }

    /// SYNs that were not sent before.
    fn send(&mut self, many: usize) -> Outcome {
        let first = self.trials.len();
        let last = (first + many).min(self.syns.most());
        let frames = (first..last).map(|n| self.syns.frame(n));
        let frames: Vec<Vec<u8>> = frames.collect::<Outcome<_>>()?;
        let sent = now();
        packet::send_frames(self.out.as_raw_fd(), &frames)?;
        let mut trial = Trial::default();
        trial.tries.push(Try { sent, left: now() });
        self.trials.resize(last, trial);
        Ok(())
    }

    /// Those without an answer once more, when their time has come.
    fn send_again(&mut self, try_number: usize) -> Outcome {
        let sent = now();
        let (mut frames, mut numbers) = (Vec::new(), Vec::new());
        while let Some(trial) = self.trials.get(self.looked_at[try_number]) {
            let number = self.looked_at[try_number];
            if trial.is_answered() {
                self.looked_at[try_number] += 1;
                continue;
            }
            match trial.tries.get(try_number) {
                Some(last) if last.sent + AGAIN[try_number] <= sent => {}
                _ => break,
            }
            frames.push(self.syns.frame(number)?);
            numbers.push(number);
            self.looked_at[try_number] += 1;
        }
        packet::send_frames(self.out.as_raw_fd(), &frames)?;
        let left = now();
        for number in numbers {
            self.trials[number].tries.push(Try { sent, left });
        }
        Ok(())
    }

    /// Takes all answers that are there.
    fn listen(&mut self) -> Outcome {
        loop {
            let got = packet::receive_frames(self.tap.as_raw_fd(), &mut self.batch)?;
            let time = now();
            for (ifindex, frame) in self.batch.frames(got) {
                let Some(node) = node_at(&mut self.ports, &self.names, ifindex) else {
                    continue;
                };
                let Some(answer) = Answer::parse(frame, self.syns.port) else {
                    continue;
                };
                let number = self.syns.number(answer.client, answer.port);
                let Some((number, trial)) = number.and_then(|n| Some((n, self.trials.get_mut(n)?)))
                else {
                    continue;
                };
                if !answer.accepts {
                    trial.reset = true;
                } else if answer.acknowledges == Syns::sequence(number).wrapping_add(1) {
                    trial.accepted(node, time);
                }
            }
            if got == 0 {
                return Ok(());
            }
        }
    }

    /// All that falls due in one moment.
    fn tick(&mut self, due: usize) -> Outcome {
        self.send(due)?;
        self.listen()?;
        for try_number in 0..AGAIN.len() {
            self.send_again(try_number)?;
        }
        std::thread::sleep(TICK);
        Ok(())
    }

    fn run(&mut self, args: &Args, end: &OwnedFd) -> Outcome {
        let begun = Instant::now();
        let burst = (args.rate * BURST).div_ceil(100);
        let mut ended = !args.detach;
        while !ended || self.trials.len() < args.syns {
            let due = begun.elapsed().as_micros() * u128::from(args.rate) / 1_000_000;
            let due = (due as usize).saturating_sub(self.trials.len());
            self.tick(due.min(burst as usize))?;
            ended = ended || sys::poll(&[end.as_raw_fd()], 0)?[0];
        }
        let over = now() + AGAIN.iter().sum::<u64>() + SETTLE;
        while now() < over && !self.trials.iter().all(Trial::is_answered) {
            self.tick(0)?;
        }
        match packet::packet_statistics(self.tap.as_raw_fd())?.1 {
            0 => Ok(()),
            lost => Err(format!("{lost} frames were lost while capturing")),
        }
    }
}

pub fn run(args: &Args) -> Outcome {
    let table = Table::read(&args.table)?;
    let mut storm = Storm::open(args)?;
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    storm.run(args, &end)?;
    let journal = match &args.journal {
        Some(path) => Some(Journal::read(path, table.buckets())?),
        None => None,
    };
    let syns = &storm.syns;
    let bucket = |number: usize| table.bucket(syns.client(number).0);
    let name = |number: usize| format!("{:?}", syns.client(number));
    let mut verdict = judge::judge(&storm.trials, &storm.nodes, journal.as_ref(), bucket, name);
    if let Some(path) = &args.marks {
        verdict.marks = marks::read(path)?;
        marks::judge(&mut verdict.marks, &storm.trials, bucket);
    }
    let text = serde_json::to_string(&verdict).map_err(|e| e.to_string())?;
    fs::write(&args.out, text).map_err(|e| format!("{}: {e}", args.out))?;
    match verdict.is_clean() {
        true => Ok(()),
        false => Err(verdict.faults.join("; ")),
    }
}
