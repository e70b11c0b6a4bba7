// SPDX-License-Identifier: GPL-2.0-only

//! Disposition of packets in a bucket that moves from one node to another.
//!
//! The node that had the bucket drains it: it serves the connections that its own socket table
//! knows. The node that has it adopts it: it serves new connections, and those it knows; what it
//! does not know it leaves in silence, since a reset would end a connection of the other node.
//! Nothing is kept or sent about any connection. Clients that stick (`stick.rs`) open new ones at the former node still. Where the node is dead that had the bucket, nobody
//! serves what it had: it is reset.
//!
//! A socket is found by addresses and ports. A client that crashed may be back from the same port, with a
//! connection to the other node: what this node's old socket would only contradict is not its. It is decided
//! by sequence numbers, as the socket itself would do it.

use super::segment::{
    Packet,
    Segment, //
};

/// What this node's socket table has for a packet's connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SocketState {
    /// No socket.
    Nothing,
    /// No socket, but the acknowledgement is of a SYN cookie that this node made.
    Cookie,
    /// A handshake under way; the sequence number that this node began with.
    Request {
        /// Its initial sequence number.
        isn: u32,
    },
    /// A connection in TIME_WAIT, or one that waits for its last FIN.
    TimeWait {
        /// The next sequence number that it expects.
        next: u32,
        /// How many it takes from there.
        window: u32,
    },
    /// A connection.
    Connection(Numbers),
}

/// Where a connection is, in sequence numbers (RFC 9293, 3.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Numbers {
    /// The next one that is expected (RCV.NXT).
    pub next: u32,
    /// How many are taken from there (RCV.WND); all, as long as the other end has not sent its first.
    pub window: u32,
    /// The first one sent and not acknowledged (SND.UNA).
    pub unacknowledged: u32,
    /// What follows the last one that there is to send: not SND.NXT, which is written when the segment has
    /// left, and perhaps is acknowledged.
    pub written: u32,
    /// The largest window that the other end has offered (MAX.SND.WND of RFC 5961).
    pub offered: u32,
}

/// The largest window that there is (RFC 7323, 2.3): what is repeated, as its acknowledgement was lost,
/// is not further back.
const LARGEST: u32 = 1 << 30;
/// The largest without window scaling. Windows that are smaller are taken for as large: they may be being
/// written at this moment.
const UNSCALED: u32 = 0xffff;

impl Numbers {
    /// Whether the socket may have a use for a segment. What it has none for it would answer by an
    /// acknowledgement of its own numbers (RFC 5961).
    fn takes(&self, segment: &Segment) -> bool {
        // A reset is of the window or, by a kernel that repeats, right ahead of it.
        let back = if segment.is_reset() { 1 } else { LARGEST };
        let ahead = segment
            .sequence()
            .wrapping_sub(self.next.wrapping_sub(back));
        let is_near = ahead <= back.saturating_add(self.window.max(UNSCALED));
        is_near && segment.ack().is_none_or(|ack| self.has_sent(ack))
    }

    /// Whether the number is one that was sent, and not long ago (RFC 5961, 5.2).
    fn has_sent(&self, number: u32) -> bool {
        let back = self.offered.max(UNSCALED);
        let ahead = number.wrapping_sub(self.unacknowledged.wrapping_sub(back));
        let sent = self.written.wrapping_sub(self.unacknowledged);
        ahead <= back.saturating_add(sent)
    }
}

/// Whose a packet is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// This node serves it, as it has the bucket.
    Owner,
    /// This node serves it, as it has the connection.
    Draining,
    /// It is another node's: that one has the bucket.
    Other,
    /// It is another node's: that one had the bucket, and may have the connection.
    Unknown,
    /// It is nobody's: the node is dead that had the connection. It is answered by a reset (`reset.rs`).
    Orphaned,
}

/// Decides at the node that drains the bucket. `sticks` is whether the packet's client is one that sticks to it.
pub fn draining(packet: &Packet, socket: SocketState, sticks: bool) -> Disposition {
    match (sticks && opens(packet)) || is_draining(packet, socket) {
        true => Disposition::Draining,
        false => Disposition::Other,
    }
}

/// Decides at the node that adopts the bucket. `sticks` is whether the packet's client is one that sticks to a node that had it.
pub fn adopting(packet: &Packet, socket: SocketState, sticks: bool) -> Disposition {
    match !(sticks && opens(packet)) && is_adopted(packet, socket) {
        true => Disposition::Owner,
        false => Disposition::Unknown,
    }
}

/// Decides at the node that has taken the bucket cold. Of what it knows something the stack decides, which
/// looks at sequence numbers; and of all that does not clearly belong to a connection.
pub fn cold(packet: &Packet, socket: SocketState) -> Disposition {
    match packet {
        Packet::Segment(segment) if segment.is_within() && socket == SocketState::Nothing => {
            Disposition::Orphaned
        }
        _ => Disposition::Owner,
    }
}

/// Whether it opens a connection of TCP: of clients that stick only that does not go where the bucket goes.
fn opens(packet: &Packet) -> bool {
    matches!(packet, Packet::Segment(segment) if segment.is_syn())
}

/// Whether the node that drains the bucket serves the packet.
fn is_draining(packet: &Packet, socket: SocketState) -> bool {
    match packet {
        Packet::Segment(segment) => !segment.is_syn() && is_of(segment, socket),
        Packet::Quoted { sequence, .. } => has_sent(*sequence, socket),
        // They have no connection, and moved at once.
        Packet::Datagram => false,
        Packet::Fragment => false,
    }
}

/// Whether the node that adopts the bucket serves the packet.
fn is_adopted(packet: &Packet, socket: SocketState) -> bool {
    match packet {
        Packet::Segment(segment) => segment.is_syn() || is_of(segment, socket),
        Packet::Quoted { sequence, .. } => has_sent(*sequence, socket),
        Packet::Datagram => true,
        Packet::Fragment => false,
    }
}

/// Whether a segment that opens nothing belongs to what is known.
fn is_of(segment: &Segment, socket: SocketState) -> bool {
    match socket {
        SocketState::Nothing => false,
        SocketState::Cookie => true,
        SocketState::Connection(numbers) => numbers.takes(segment),
        // While the bucket moved, both nodes may have answered one SYN, its repetition. The client
        // has taken one answer; whoever gave the other would reset the connection.
        SocketState::Request { isn } => {
            segment.is_reset() || segment.ack() == Some(isn.wrapping_add(1))
        }
        // A new connection from the same port may be the other node's already: its sequence numbers
        // are further on (RFC 6528).
        SocketState::TimeWait { next, window } => {
            let ahead = segment.end().wrapping_sub(next.wrapping_sub(1));
            ahead <= window.saturating_add(1)
        }
    }
}

/// Whether a segment with this sequence number was sent on what is known.
fn has_sent(sequence: u32, socket: SocketState) -> bool {
    match socket {
        SocketState::Nothing => false,
        SocketState::Cookie | SocketState::TimeWait { .. } => true,
        SocketState::Request { isn } => sequence == isn,
        SocketState::Connection(numbers) => numbers.has_sent(sequence),
    }
}

#[cfg(test)]
#[path = "tests/transition.rs"]
mod tests;
