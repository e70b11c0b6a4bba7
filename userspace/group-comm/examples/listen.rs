// SPDX-License-Identifier: GPL-2.0-only

//! Joins a group on Corosync and prints its events, a line of JSON each: a way to look at the engine by hand.
//!
//! `cargo run -p ssi-group-comm --example listen -- --group g --id 1 [--every MS] [--count N] [--size BYTES]`

use std::env::args;
use std::error::Error;
use std::io::{Write, stdout};
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ssi_group_comm::corosync::Corosync;
use ssi_group_comm::{Engine, GroupEvent};

/// What is asked for.
struct Wanted {
    group: String,
    id: u32,
    /// Milliseconds between two messages of this program; none are sent if 0.
    every: u64,
    count: usize,
    size: usize,
}

fn option<T: FromStr>(name: &str, otherwise: T) -> Result<T, String> {
    let value = args().skip_while(|arg| arg != name).nth(1);
    value.map_or(Ok(otherwise), |value| {
        value
            .parse()
            .map_err(|_| format!("{name} {value}: not a value for it"))
    })
}

fn wanted() -> Result<Wanted, String> {
    Ok(Wanted {
        group: option("--group", "listen".to_owned())?,
        id: option("--id", 1)?,
        every: option("--every", 0)?,
        count: option("--count", usize::MAX)?,
        size: option("--size", 0)?,
    })
}

/// A string of JSON.
fn line(event: &GroupEvent) -> String {
    match event {
        GroupEvent::Group(group) => format!(
            r#""group": {:?}, "ring": {}, "quorate": {}, "quorum": {}"#,
            group.members, group.ring, group.quorate, group.quorum
        ),
        GroupEvent::Nothing(why) => format!(r#""nothing": {why:?}"#),
        GroupEvent::Trouble(all) => format!(r#""trouble": {all:?}"#),
        GroupEvent::CutOff(why) => format!(r#""cut-off": {why:?}"#),
        GroupEvent::HeldOut(all) => format!(r#""held-out": {all:?}"#),
        GroupEvent::Message { from, bytes } => {
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            format!(
                r#""from": {from}, "bytes": {}, "text": {:?}, "sum": {}"#,
                bytes.len(),
                String::from_utf8_lossy(text),
                bytes
                    .iter()
                    .fold(0_u32, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte))
            )
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = wanted()?;
    let mut engine = Corosync::start(&wanted.group, wanted.id)?;
    let mut events = engine.receiver().ok_or("the events are taken already")?;
    thread::spawn(move || {
        while let Some(event) = events.blocking_recv() {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            let _ = writeln!(
                stdout(),
                r#"{{"at": {}.{:03}, {}}}"#,
                now.as_secs(),
                now.subsec_millis(),
                line(&event)
            );
        }
    });
    let begun = Instant::now();
    for number in 0..wanted.count {
        if wanted.every == 0 {
            thread::park();
            continue;
        }
        let mut bytes =
            format!("{}-{number}-{}", wanted.id, begun.elapsed().as_millis()).into_bytes();
        bytes.resize(bytes.len().max(wanted.size), 0);
        engine.send(bytes);
        thread::sleep(Duration::from_millis(wanted.every));
    }
    loop {
        thread::park();
    }
}
