// SPDX-License-Identifier: GPL-2.0-only

//! Compares two captures: same frames, same bytes, same order, same packet type.

use crate::mac::BROADCAST;
use crate::mac::Mac;
use crate::outcome::Outcome;
use crate::pcapng;
use crate::pcapng::Record;
use std::collections::BTreeMap;

/// Messages of the nodes of a cluster to each other.
const ETH_P_SSI: u16 = 0x88b5;

#[derive(clap::Args)]
pub struct Args {
    before: String,
    after: String,
    /// Fewer frames than this prove nothing.
    #[arg(long, default_value_t = 1)]
    least: usize,
    /// MAC of a cluster whose own messages, to its group MAC and by broadcast each few seconds, are left out.
    #[arg(long)]
    cluster: Option<Mac>,
}

/// The cluster's own messages are what is not compared: when they come is a matter of seconds, not of frames.
fn is_message(record: &Record, cluster: Mac) -> bool {
    let to = record.bytes.get(..6);
    record.bytes.get(12..14) == Some(&ETH_P_SSI.to_be_bytes())
        && [cluster.group(), BROADCAST]
            .iter()
            .any(|mac| to == Some(&mac.0))
}

fn frames(path: &str, cluster: Option<Mac>) -> Outcome<Vec<Record>> {
    let mut records = pcapng::read(path)?;
    if let Some(cluster) = cluster {
        records.retain(|record| !is_message(record, cluster));
    }
    Ok(records)
}

/// The first bytes, as they are printed for a person.
fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for b in bytes.iter().take(48) {
        out += &format!("{b:02x}");
    }
    out
}

/// Order is kept for each interface and ethertype: that is one socket of `capture`.
fn streams(records: &[Record]) -> BTreeMap<(&str, &[u8]), Vec<&Record>> {
    let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for r in records {
        out.entry((r.dev.as_str(), r.bytes.get(12..14).unwrap_or(&[])))
            .or_default()
            .push(r);
    }
    out
}

fn difference(before: &[Record], after: &[Record]) -> Option<String> {
    let (old, new) = (streams(before), streams(after));
    for key in old.keys().chain(new.keys()) {
        let none = Vec::new();
        let (a, b) = (old.get(key).unwrap_or(&none), new.get(key).unwrap_or(&none));
        let place = format!("{} ethertype {}", key.0, hex(key.1));
        for (n, (x, y)) in a.iter().zip(b).enumerate() {
            if (x.len, x.pkt_type, &x.bytes) != (y.len, y.pkt_type, &y.bytes) {
                return Some(format!(
                    "{place}, frame {}: type {} {} became type {} {}",
                    n + 1,
                    x.pkt_type,
                    hex(&x.bytes),
                    y.pkt_type,
                    hex(&y.bytes)
                ));
            }
        }
        if a.len() != b.len() {
            let (n, m) = (a.len(), b.len());
            let odd = if n > m { a[m] } else { b[n] };
            return Some(format!(
                "{place}: {n} frames became {m}, such as {}",
                hex(&odd.bytes)
            ));
        }
    }
    None
}

pub fn run(args: &Args) -> Outcome {
    let before = frames(&args.before, args.cluster)?;
    let after = frames(&args.after, args.cluster)?;
    if let Some(what) = difference(&before, &after) {
        return Err(what);
    }
    if before.len() < args.least {
        return Err(format!("only {} frames were captured", before.len()));
    }
    let bytes: usize = before.iter().map(|r| r.bytes.len()).sum();
    println!("{} frames, {bytes} bytes, all alike", before.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pkt_type: u8, last: u8) -> Record {
        let mut bytes = vec![0; 60];
        bytes[59] = last;
        Record {
            dev: "e".into(),
            nanoseconds: 0,
            pkt_type,
            len: 60,
            bytes,
        }
    }

    #[test]
    fn only_messages_to_all_nodes_are_left_out() {
        let cluster = Mac([2, 0x5a, 10, 9, 0, 100]);
        let to = |mac: Mac, kind: u16| {
            let mut it = record(0, 1);
            it.bytes[..6].copy_from_slice(&mac.0);
            it.bytes[12..14].copy_from_slice(&kind.to_be_bytes());
            it
        };
        assert!(is_message(&to(cluster.group(), ETH_P_SSI), cluster));
        assert!(is_message(&to(BROADCAST, ETH_P_SSI), cluster));
        assert!(!is_message(&to(cluster, ETH_P_SSI), cluster));
        assert!(!is_message(&to(cluster.group(), 0x0800), cluster));
    }

    #[test]
    fn each_kind_of_difference_is_seen() {
        let base = [record(0, 1), record(2, 2)];
        assert_eq!(difference(&base, &base), None);
        assert!(difference(&base, &base[..1]).is_some());
        assert!(difference(&base[..1], &base).is_some());
        assert!(difference(&base, &[record(0, 1), record(0, 2)]).is_some());
        assert!(difference(&base, &[record(0, 1), record(2, 3)]).is_some());
        assert!(difference(&base, &[record(2, 2), record(0, 1)]).is_some());
    }
}
