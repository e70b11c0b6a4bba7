// SPDX-License-Identifier: GPL-2.0-only

//! Who serves a packet in a bucket that moves from one node to another: the decision.
//!
//! The node that had the bucket drains it: it serves the connections that its own socket table
//! knows. The node that has it adopts it: it serves new connections, and those it knows; what it
//! does not know it leaves in silence, since a reset would end a connection of the other node.
//! Nothing is kept or told about any connection.

use super::segment::{
    Packet,
    Segment, //
};

/// What this node's socket table has for a packet's connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
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
    Connection,
}

/// Whose a packet is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// This node serves it, as it has the bucket.
    Ours,
    /// This node serves it, as it has the connection.
    Kept,
    /// It is another node's: that one has the bucket.
    Theirs,
    /// It is another node's: that one had the bucket, and may have the connection.
    Left,
}

/// Decides at the node that drains the bucket.
pub fn draining(packet: &Packet, known: Known) -> Whose {
    match is_draining(packet, known) {
        true => Whose::Kept,
        false => Whose::Theirs,
    }
}

/// Decides at the node that adopts the bucket.
pub fn adopting(packet: &Packet, known: Known) -> Whose {
    match is_adopted(packet, known) {
        true => Whose::Ours,
        false => Whose::Left,
    }
}

/// Whether the node that drains the bucket serves the packet.
fn is_draining(packet: &Packet, known: Known) -> bool {
    match packet {
        Packet::Segment(segment) => !segment.is_syn() && is_of(segment, known),
        Packet::Quoted(_) => known != Known::Nothing,
        // They have no connection, and moved at once.
        Packet::Datagram => false,
        Packet::Fragment => false,
    }
}

/// Whether the node that adopts the bucket serves the packet.
fn is_adopted(packet: &Packet, known: Known) -> bool {
    match packet {
        Packet::Segment(segment) => segment.is_syn() || is_of(segment, known),
        Packet::Quoted(_) => known != Known::Nothing,
        Packet::Datagram => true,
        Packet::Fragment => false,
    }
}

/// Whether a segment that opens nothing belongs to what is known.
fn is_of(segment: &Segment, known: Known) -> bool {
    match known {
        Known::Nothing => false,
        Known::Cookie | Known::Connection => true,
        // While the bucket moved, both nodes may have answered one SYN, its repetition. The client
        // has taken one answer; whoever gave the other would reset the connection.
        Known::Request { isn } => segment.is_reset() || segment.ack() == Some(isn.wrapping_add(1)),
        // A new connection from the same port may be the other node's already: its sequence numbers
        // are further on (RFC 6528).
        Known::TimeWait { next, window } => {
            let ahead = segment.end().wrapping_sub(next.wrapping_sub(1));
            ahead <= window.saturating_add(1)
        }
    }
}

#[cfg(test)]
#[path = "tests/transition.rs"]
mod tests;
