// SPDX-License-Identifier: GPL-2.0-only

//! Rules left out on purpose, for the tests that see whether the checker finds out. Nothing but
//! tests makes a node with one.

/// A rule that a node does not keep.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// Who is to have a bucket takes it without waiting for its owner's release.
    AdoptsUnreleased,
    /// A release is stated before the kernel has done it.
    ReleasesEarly,
    /// The lease of a command that the kernel has not answered is left out of account.
    ForgetsCommand,
    /// Buckets of who is gone are taken without waiting for its lease.
    TakesColdAtOnce,
    /// So are those of who was confirmed dead.
    TakesFromDeadAtOnce,
    /// They are taken on the evidence of a quorum that was there before the wait, not after.
    TakesOnOldEvidence,
    /// A lease counts from the moment of the echo, not of the beat.
    LeaseFromEcho,
    /// One's own beat that comes back is taken for a quorum's evidence.
    OwnEchoIsEnough,
    /// A lease rests on a majority of nodes, whatever their votes are.
    CountsNodes,
    /// Messages of another view are received.
    ReceivesOldViews,
    /// Repeated and overtaken messages are received.
    ReceivesTwice,
    /// Claims outlive the lease.
    ExpiredKeeps,
    /// Clocks are taken to be exact.
    IgnoresDrift,
    /// A part cut off acts as if it were the cluster.
    MinorityActs,
    /// A program that was started anew states that it has granted nothing.
    ForgetsGrants,
    /// A lease that was granted is taken to be as long as one's own.
    CountsOwnLease,
    /// A beat that asks for a shorter lease ends the longer one that was granted before.
    ShorterEndsLonger,
    /// Grants end with the view in which they were given.
    GrantsEndWithView,
    /// What a node brings along into a view is stated before all members have left the one before.
    StatesBeforeAllAreHere,
    /// What the kernel is about to accept is not stated in a new view.
    HidesClaims,
    /// Nobody is left to the node that it sticks to.
    IgnoresSticking,
    /// Nobody is left any more to a node that is in no view, though its lease may last.
    ForgetsWhoIsGone,
    /// Clients stick to a node again that has had its lease run out.
    SticksAfterLease,
}
