// SPDX-License-Identifier: GPL-2.0-only

//! Messages of nodes.

use serde::{Deserialize, Serialize};

use crate::{AdminState, Buckets, Clients, NodeId, Planner, Time, ViewId};

/// A message to all members of a view, the sender too.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "P::Load: Serialize, P::Memory: Serialize",
    deserialize = "P::Load: Deserialize<'de>, P::Memory: Deserialize<'de>"
))]
pub struct Message<P: Planner> {
    /// The view that it belongs to. In any other it means nothing.
    pub view: ViewId,
    /// The sender.
    pub from: NodeId,
    /// Counts the sender's messages in the view. One that is not greater than those received before is
    /// a repeated or overtaken one, and ignored.
    pub number: u64,
    /// The contents.
    pub body: Body<P>,
}

/// The contents of a message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "P::Load: Serialize, P::Memory: Serialize",
    deserialize = "P::Load: Deserialize<'de>, P::Memory: Deserialize<'de>"
))]
pub enum Body<P: Planner> {
    /// The first message in a view: its sender has entered it, and acts in no other any more.
    ViewEntered(ViewEntered),
    /// The second, when all are there: what its sender brings along.
    State(State<P>),
    /// Asks for a lease, and grants the others theirs.
    Heartbeat(Heartbeat),
    /// Buckets change hands: their sender's kernel does not accept for them any more.
    Release(Release),
    /// What the sender's kernel does now.
    Report(Report),
    /// The sender's weight or wish is another.
    AdminState(AdminState),
    /// The sender's load, for the planner.
    Load(P::Load),
}

/// Who enters a view.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct ViewEntered {
    /// Who is in it; who has another list is in another.
    pub members: Vec<NodeId>,
    /// The greatest generation that the sender knows of. Who has the greatest, the first of several,
    /// states to the others what the planner remembers.
    pub generation: u64,
}

/// What a node brings along into a view. It states so once in a view, and nothing of it before.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "P::Load: Serialize, P::Memory: Serialize",
    deserialize = "P::Load: Deserialize<'de>, P::Memory: Deserialize<'de>"
))]
pub struct State<P: Planner> {
    /// Buckets that it has a claim to: its kernel accepts for them, or is about to.
    pub held: Buckets,
    /// Buckets that its kernel drains.
    pub draining: Buckets,
    /// Buckets whose connections are with it, if anywhere, as it was the last to accept for them that it knows of.
    pub former: Buckets,
    /// The generation of the table that it had them by.
    pub former_generation: u64,
    /// In so many ms, by any clock, nobody outside the view has a lease that this node helped to.
    pub outside: u64,
    /// The greatest generation that it knows of, of any node's table.
    pub generation: u64,
    /// Its weight and its wish.
    pub admin_state: AdminState,
    /// Its last load.
    pub load: P::Load,
    /// What the planner remembers, of the member that is to state it.
    pub memory: Option<P::Memory>,
    /// Clients that stick to it.
    pub sticking: Sticking,
}

/// Clients that stick to a node: what they open in buckets that it drains is its, and whoever has the bucket leaves it alone.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Sticking {
    /// Counts how often they became others, as long as the node's program runs.
    pub version: u64,
    /// They.
    pub clients: Clients,
}

/// A sign of life.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Heartbeat {
    /// When it was sent, by the sender's clock: what the others echo.
    pub stamp: Time,
    /// How long the lease is that its sender asks for by it, in ms. Who echoes it counts by this, whatever its own leases
    /// are.
    pub lease: u64,
    /// Whether its sender wants the others' beats at once.
    pub urgent: bool,
    /// The latest stamp received of each other member in this view. Who finds its own here has been
    /// granted a lease by the sender, from that moment on.
    pub echoes: Vec<(NodeId, Time)>,
}

/// Buckets that change hands.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Release {
    /// Who may take which, each bucket once.
    pub to: Vec<(NodeId, Buckets)>,
    /// Whether the sender never took them itself in this view, or lost its lease: who takes them has
    /// to wait like the sender had to.
    pub cold: bool,
    /// Who sticks to which node in them, as far as the sender knows: whoever has a bucket knows of all.
    pub sticking: Vec<(NodeId, Sticking)>,
}

/// What a node's kernel does.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Its table's generation.
    pub generation: u64,
    /// Buckets that it accepts new connections for.
    pub owned: Buckets,
    /// Buckets that it drains.
    pub draining: Buckets,
    /// Clients that stick to it.
    pub sticking: Sticking,
}
