// SPDX-License-Identifier: GPL-2.0-only

//! Precedence over whatever else a node does: memory that stays, and processors when they are needed. A node that is only
//! busy is not to be taken for one that is gone.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use ssi_group_comm::realtime;

/// So many microseconds may a thread with real-time scheduling run without a pause, by the kernel's ticks; then it loses it (SIGXCPU).
/// A loop that never ends keeps no processor. Longer than the default lease: what takes so long has lost its buckets by then.
const LONGEST: u64 = 1_000_000;
/// Where it could not be taken, and goes on, the kernel ends the program: no sooner than the unit's watchdog would, which says so. The
/// kernel lets a second pass between two signals, and each thread loses it once, so that others are not ended by theirs.
const AT_MOST: u64 = 10_000_000;

/// Takes it for this thread, and for others that ask for it. What is not allowed, in a sentence each.
pub fn take() -> Vec<String> {
    let all = [lock_memory(), run_first()];
    all.into_iter().filter_map(Result::err).collect()
}

/// Pages stay once they were used; stacks are not filled in advance.
fn lock_memory() -> Result<(), String> {
    let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    mlockall(flags).map_err(|e| {
        format!(
            "ssid may not lock its memory: {e}; with little memory left this node may be taken for dead: give it \
             LimitMEMLOCK=infinity, or realtime = false"
        )
    })
}

fn run_first() -> Result<(), String> {
    let refused = |e: &dyn std::fmt::Display| {
        format!(
            "ssid may not run before others: {e}; when its processors are busy this node may be taken for dead: give it \
             LimitRTPRIO=1, or realtime = false"
        )
    };
    // Without the limit a loop could keep a processor.
    limit().map_err(|e| refused(&e))?;
    realtime::lose_on_overrun().map_err(|e| refused(&e))?;
    realtime::want();
    realtime::enter().map_err(|e| refused(&e))
}

fn limit() -> rustix::io::Result<()> {
    let maximum = getrlimit(Resource::Rttime).maximum;
    let maximum = maximum.map_or(AT_MOST, |maximum| maximum.min(AT_MOST));
    let limit = Rlimit {
        current: Some(maximum.min(LONGEST)),
        maximum: Some(maximum),
    };
    setrlimit(Resource::Rttime, limit)
}
