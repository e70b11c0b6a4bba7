// SPDX-License-Identifier: GPL-2.0-only

//! What is kept for buckets of a dead node, while they are new here: which connections were opened since, and how many
//! resets were sent (`reset.rs`).

use core::sync::atomic::AtomicU64;

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVVec, //
    },
    error::Result,
    sync::Arc, //
};

use crate::{
    abstractions::{
        random,
        vec, //
    },
    logic::{
        opened::{
            Opened,
            WORDS, //
        },
        rate::Limit,
        segment::Flow, //
    },
};

/// What is kept while buckets of a dead node are new here.
pub(crate) struct Orphans {
    opened: Opened<KVVec<AtomicU64>>,
    /// 10,000 resets a second, a hundred at once.
    limit: Limit<100, 10_000_000>,
}

impl Orphans {
    /// From now on.
    pub(crate) fn new() -> Result<Arc<Self>> {
        let words = vec::filled(WORDS, || AtomicU64::new(0))?;
        let key = [random::number(), random::number()].map(u64::to_ne_bytes);
        let mut whole = [0; 16];
        for (to, from) in whole.iter_mut().zip(key.into_iter().flatten()) {
            *to = from;
        }
        let orphans = Self {
            opened: Opened::new(words, whole),
            limit: Limit::new(),
        };
        Ok(Arc::new(orphans, GFP_KERNEL_ACCOUNT)?)
    }

    /// A SYN was let in.
    pub(super) fn opened(&self, flow: &Flow) {
        self.opened.note(flow);
    }

    /// Whether one may have been.
    pub(super) fn may_have(&self, flow: &Flow) -> bool {
        self.opened.may_have(flow)
    }

    /// Whether one more may be sent at this time.
    pub(super) fn may_reset(&self, now: u64) -> bool {
        self.limit.pass(now).is_some()
    }
}
