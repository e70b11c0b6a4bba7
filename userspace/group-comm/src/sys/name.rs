// SPDX-License-Identifier: GPL-2.0-only

//! Names of programs and of rings, as libcpg has them.

/// A program in the group.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(C)]
pub struct Address {
    /// Its node.
    pub node: u32,
    /// Its process id there.
    pub pid: u32,
    /// Why it came or went; without meaning in a list of members.
    pub(super) reason: u32,
}

impl Address {
    /// A program of a node.
    #[cfg(test)]
    pub fn new(node: u32, pid: u32) -> Address {
        Address {
            node,
            pid,
            reason: 0,
        }
    }

    /// Whether it came or went because its node did.
    pub(super) fn is_by_node(&self) -> bool {
        const NODE_DOWN: u32 = 3;
        const NODE_UP: u32 = 4;
        matches!(self.reason, NODE_DOWN | NODE_UP)
    }
}

/// Names a ring.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Ring {
    /// The node with the lowest number in it.
    pub node: u32,
    /// Greater than that of every ring before.
    pub seq: u64,
}
