// SPDX-License-Identifier: GPL-2.0-only

//! Delayed work: ends transitions at their deadlines, and makes the table of expired leases.
//!
//! While something is in transition anywhere, once a second, in process context. What changes is made
//! ready without the RTNL, which is held for a bounded number of clusters at a time (`holds.rs`).
//! Drains that have no connection any more end by `walk.rs`.

use kernel::{
    alloc::KVVec,
    error::Result,
    sync::Arc, //
};

use super::{
    holds::{
        gather,
        hold, //
    },
    observer,
    registry::{
        visit::{
            Seen,
            Swapped, //
        },
        Registry, //
    },
    work::{
        PERIOD,
        TRANSITION_WORK, //
    },
    Cluster, //
};
use crate::{
    abstractions::{
        clock::boottime,
        conntrack,
        delayed_work::EnabledWork,
        genl::Failure,
        vec, //
    },
    logic::{
        moving::{
            is_draining,
            is_over,
            Moving, //
        },
        owned,
        stick,
        wire::reason, //
    }, //
};

/// How often it is tried again to end what has ended of a cluster that is changed again and again.
const TRIES: u32 = 8;

/// From now on the work may be scheduled.
pub(crate) fn enable() -> EnabledWork {
    TRANSITION_WORK.enable(transition_work)
}

/// Ends what is over, of the clusters of all namespaces.
fn transition_work() {
    let wanted = conntrack::wanted();
    let Ok((all, is_whole)) = gather(|_, _| true) else {
        // Without memory it is tried again.
        return TRANSITION_WORK.schedule(PERIOD);
    };
    let is_over = is_whole && all.is_empty();
    hold(|_, token| {
        // It may be loaded by now, and is held no longer than it is of use.
        match is_over {
            true => conntrack::let_go(wanted, token),
            false => conntrack::hold(token),
        }
        (0, ())
    });
    if !is_over {
        TRANSITION_WORK.schedule(PERIOD);
    }
    for seen in all {
        // What goes on, or could not be ended, is met again.
        let _ = end_expired(seen, None);
    }
}

/// Ends what is over of one cluster. `walked` is when the walk began that has counted its connections,
/// if that is done. Returns whether nothing is in transition any more.
pub(super) fn end_expired(mut seen: Seen, walked: Option<u64>) -> Result<bool, Failure> {
    for _ in 0..TRIES {
        let was_expiring = seen.cluster.is_to_expire();
        let Some(end) = Ending::of(&seen.cluster, walked)? else {
            return Ok(seen.cluster.moving.is_empty());
        };
        let swapped = hold(|registry, token| {
            let swapped = registry.swap(&seen, &end.changed, token);
            if matches!(swapped, Ok(Swapped::Done)) {
                end.notify(registry, &seen, was_expiring);
            }
            (1, swapped)
        });
        match swapped? {
            Swapped::Done => {
                if walked.is_none() {
                    // Its lease has run out: what it had drains from now on.
                    end.changed.watch();
                }
                return Ok(end.changed.moving.is_empty());
            }
            Swapped::Gone => return Ok(true),
            Swapped::Changed(now) => {
                // What was counted is another cluster's if the addresses are others.
                let is_counted = Arc::ptr_eq(&now.buckets.sessions, &seen.cluster.buckets.sessions)
                    && now.config.vips == seen.cluster.config.vips;
                if walked.is_some() && !is_counted {
                    return Ok(false);
                }
                seen = seen.with(now);
            }
        }
    }
    Ok(false)
}

/// A cluster of which something has ended.
struct Ending {
    changed: Arc<Cluster>,
    /// Buckets that drained and have no connection any more.
    emptied: KVVec<u8>,
    /// Those whose time is over.
    late: KVVec<u8>,
}

impl Ending {
    /// `None` if nothing of it has ended.
    fn of(cluster: &Arc<Cluster>, walked: Option<u64>) -> Result<Option<Self>> {
        let length = cluster.owned.len();
        let now = boottime();
        let expired = match cluster.is_to_expire() {
            true => Some(cluster.expired()?),
            false => None,
        };
        let before = expired.as_ref().unwrap_or(cluster);
        let connections = |moving: &Moving| before.buckets.sessions.last(moving.bucket);
        let is_left = |moving: &Moving| {
            // Where clients stick a connection may begin at any moment.
            let is_open = stick::has_bucket(before.buckets.sticking(), moving.bucket);
            let is_empty =
                is_draining(moving, &before.owned) && connections(moving) == Some(0) && !is_open;
            !is_over(moving, now, walked.filter(|_| is_empty))
        };
        let [mut emptied, mut late] = [zeros(length)?, zeros(length)?];
        let changed = if !before.moving.iter().all(is_left) {
            for moving in before.moving.iter().filter(|moving| !is_left(moving)) {
                if !is_draining(moving, &before.owned) {
                    continue;
                }
                match connections(moving) {
                    Some(0) => owned::set(&mut emptied, moving.bucket),
                    _ => owned::set(&mut late, moving.bucket),
                }
            }
            let left = before.moving.iter().copied().filter(is_left);
            Some(before.with_moving(left)?.into())
        } else {
            expired
        };
        Ok(changed.map(|changed| Self {
            changed,
            emptied,
            late,
        }))
    }

    /// Sends the events.
    fn notify(&self, registry: &Registry, seen: &Seen, was_expiring: bool) {
        let place = registry.again(seen).map(|(place, _)| place);
        let Some(subject) = place.and_then(|place| registry.subject(place)) else {
            return;
        };
        if was_expiring {
            observer::notify_expired(Some(subject.clone()));
        }
        for (drained, reason) in [
            (&self.emptied, reason::EMPTY),
            (&self.late, reason::DEADLINE),
        ] {
            if !owned::is_empty(drained) {
                observer::notify_drained(&subject, drained, reason);
            }
        }
    }
}

fn zeros(length: usize) -> Result<KVVec<u8>> {
    Ok(vec::zeros(length)?)
}
