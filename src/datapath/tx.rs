// SPDX-License-Identifier: GPL-2.0-only

//! Sent frames: the whole way of a packet out (bottom halves off).
//!
//! The hook calls `send`. From a cluster address, the source MAC is set by `reply-mac`; ARP and ND that carry a
//! cluster address get the cluster's MAC in their payload as well.

use super::table::{
    Entry,
    Found,
    Table, //
};
use crate::{
    abstractions::{
        path::TxVerdict,
        skb::{
            Scratch,
            Sent,
            Start, //
        }, //
    },
    logic::{
        counter::Counter,
        fast_path::{
            self,
            TxDecision, //
        },
        frame::{
            set_source,
            ARP_LEN,
            ARP_SENDER_MAC,
            ARP_TARGET_MAC,
            ETH_HLEN,
            NEEDED,
            TAG_LEN, //
        },
        frame6::{
            ND_CHECKSUM,
            ND_NEEDED, //
        },
        mac::{
            Mac,
            LEN as MAC_LEN, //
        },
        send::{
            self,
            Rewrite, //
        }, //
    }, //
};

/// Where an Ethernet frame has its source MAC.
const SOURCE_MAC: usize = 6;

/// A frame about to leave an interface with clusters.
#[inline(always)]
pub(super) fn send(table: &Table, mut frame: Sent) -> TxVerdict {
    let tx = match frame.is_tagged() {
        true => TxDecision::Unknown,
        false => frame
            .start()
            .map_or(TxDecision::Unknown, |start| table.tx.decide(start.bytes())),
    };
    match tx {
        TxDecision::NotOurs => TxVerdict::Accept,
        TxDecision::Other(address) => from_other(table, address, frame),
        tx => table.first.answer(tx, table, frame),
    }
}

/// A frame about to leave that has a VLAN's tag.
pub(super) fn tagged(table: &Table, frame: Sent) -> TxVerdict {
    let mut scratch = Scratch::<{ ETH_HLEN + TAG_LEN + ND_NEEDED }>::new();
    let bytes = frame.frame(ETH_HLEN + TAG_LEN + ND_NEEDED, &mut scratch);
    for entry in table.entries() {
        // Better no frame than one that reveals the node's MAC.
        if send::is_ours_behind_a_tag(&entry.rules, bytes) {
            entry.counters.count(Counter::TxNoMemory);
            return TxVerdict::Drop;
        }
    }
    TxVerdict::Accept
}

/// An IPv4 packet about to leave that is not from the first cluster's first address, where there are
/// others.
#[inline(never)]
fn from_other(table: &Table, address: u64, mut frame: Sent) -> TxVerdict {
    match table.source(address) {
        Found::None => TxVerdict::Accept,
        Found::One(entry) => {
            let tx = frame.start().map_or(TxDecision::Unknown, |start| {
                fast_path::reply(&entry.rules, start.bytes())
            });
            entry.answer(tx, table, frame)
        }
        Found::Unknown => tx_slow_path(table, frame),
    }
}

/// A frame about to leave that does not take the fast path.
#[cold]
#[inline(never)]
fn tx_slow_path(table: &Table, mut frame: Sent) -> TxVerdict {
    if frame.is_in_vlan() {
        return TxVerdict::Accept;
    }
    for entry in table.entries() {
        let mut scratch = Scratch::<{ ETH_HLEN + ND_NEEDED }>::new();
        let mut bytes = frame.frame(ETH_HLEN + NEEDED, &mut scratch);
        if send::needs_more(bytes) {
            bytes = frame.frame(ETH_HLEN + ND_NEEDED, &mut scratch);
        }
        let rewrite = send::decide(&entry.rules, bytes);
        if rewrite != Rewrite::NotOurs {
            return entry.send(&mut frame, rewrite);
        }
    }
    TxVerdict::Accept
}

impl Entry {
    #[inline(always)]
    fn sent(&self, counter: Counter) -> TxVerdict {
        self.counters.count(counter);
        TxVerdict::Accept
    }

    /// A frame from a cluster address, by the fast path's decision.
    #[inline(always)]
    fn answer(&self, tx: TxDecision, table: &Table, mut frame: Sent) -> TxVerdict {
        let mac = match tx {
            TxDecision::Source(mac) => mac,
            TxDecision::Untouched => return self.sent(Counter::TxUntouched),
            _ => return tx_slow_path(table, frame),
        };
        match frame.start::<{ fast_path::SENT }>().and_then(Start::own) {
            Some(bytes) => {
                set_source(bytes, mac);
                self.sent(Counter::TxReply)
            }
            None => self.send_clone(frame, mac),
        }
    }

    /// A frame from a cluster address that another buffer has as well: TCP keeps one of what it sends.
    #[inline(never)]
    fn send_clone(&self, mut frame: Sent, mac: Mac) -> TxVerdict {
        self.send(&mut frame, Rewrite::Source(mac))
    }

    /// A frame from a cluster address.
    #[inline(always)]
    fn send(&self, frame: &mut Sent, rewrite: Rewrite) -> TxVerdict {
        let counter = match rewrite {
            Rewrite::NotOurs => return TxVerdict::Accept,
            Rewrite::Withhold => {
                self.counters.count(Counter::TxProbe);
                return TxVerdict::Drop;
            }
            Rewrite::Untouched => Ok(Counter::TxUntouched),
            Rewrite::Source(mac) => set_reply(frame, mac),
            Rewrite::Arp {
                source,
                sender,
                target_too,
            } => set_arp(frame, source, sender, target_too),
            Rewrite::Nd {
                source,
                at,
                link_layer,
                checksum,
            } => set_nd(frame, source, at, link_layer, checksum),
        };
        match counter {
            Ok(counter) => self.sent(counter),
            // Better no frame than one that reveals the node's MAC.
            Err(_) => {
                self.counters.count(Counter::TxNoMemory);
                TxVerdict::Drop
            }
        }
    }
}

#[inline(always)]
fn set_reply(frame: &mut Sent, mac: Mac) -> Result<Counter, kernel::error::Error> {
    frame.make_writable(ETH_HLEN)?.put(SOURCE_MAC, &mac.0);
    Ok(Counter::TxReply)
}

#[cold]
fn set_arp(
    frame: &mut Sent,
    source: Option<Mac>,
    sender: Mac,
    target_too: bool,
) -> Result<Counter, kernel::error::Error> {
    let mut bytes = frame.make_writable(ETH_HLEN + ARP_LEN)?;
    if let Some(source) = source {
        bytes.put(SOURCE_MAC, &source.0);
    }
    bytes.put(ETH_HLEN + ARP_SENDER_MAC, &sender.0);
    if target_too {
        bytes.put(ETH_HLEN + ARP_TARGET_MAC, &sender.0);
    }
    Ok(Counter::TxArp)
}

#[cold]
fn set_nd(
    frame: &mut Sent,
    source: Option<Mac>,
    at: usize,
    link_layer: Mac,
    checksum: [u8; 2],
) -> Result<Counter, kernel::error::Error> {
    // Where the device sums, the field has the pseudo header's sum only, which does not change.
    let is_summed = frame.is_summed();
    let mut bytes = frame.make_writable(at.saturating_add(ETH_HLEN + MAC_LEN))?;
    if let Some(source) = source {
        bytes.put(SOURCE_MAC, &source.0);
    }
    bytes.put(at.saturating_add(ETH_HLEN), &link_layer.0);
    if is_summed {
        bytes.put(ETH_HLEN + ND_CHECKSUM, &checksum);
    }
    Ok(Counter::TxNd)
}
