// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's counters: one a way out of the packet path, and packets and bytes a bucket.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVVec, //
    },
    error::Result,
    sync::Arc, //
};

use crate::{
    facility::percpu::{
        Counter,
        Here,
        PerCpu, //
    },
    logic::exit::Exit, //
};

/// Packets and bytes.
pub(crate) struct Tally {
    packets: Counter,
    bytes: Counter,
}

impl Tally {
    const fn new() -> Self {
        Self {
            packets: Counter::new(),
            bytes: Counter::new(),
        }
    }

    #[inline(always)]
    fn add(&self, bytes: u32) {
        self.packets.add(1);
        self.bytes.add(u64::from(bytes));
    }
}

/// A bucket's counters on one CPU: what was seen is their sum.
struct Bucket {
    served: Tally,
    other: Tally,
}

/// A sum of `Tally`s.
#[derive(Clone, Copy, Default)]
#[allow(missing_docs)]
pub(crate) struct Sum {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

impl Sum {
    fn add(&mut self, tally: &Tally) {
        self.packets = self.packets.wrapping_add(tally.packets.get());
        self.bytes = self.bytes.wrapping_add(tally.bytes.get());
    }
}

/// What a bucket has had.
#[derive(Clone, Copy, Default)]
pub(crate) struct BucketSum {
    /// Given to this node's stack.
    pub(crate) served: Sum,
    /// Left to another node.
    pub(crate) other: Sum,
}

/// The counters; a clone counts into the same ones.
#[derive(Clone)]
pub(crate) struct Counters {
    exits: Arc<PerCpu<[Counter; Exit::COUNT]>>,
    buckets: Arc<PerCpu<KVVec<Bucket>>>,
}

impl Counters {
    /// New ones for `k` buckets.
    pub(crate) fn new(k: u32) -> Result<Self> {
        let exits = PerCpu::new(|| Ok([const { Counter::new() }; Exit::COUNT]))?;
        Ok(Self {
            exits: Arc::new(exits, GFP_KERNEL_ACCOUNT)?,
            buckets: buckets(k)?,
        })
    }

    /// These ways out, and new buckets.
    pub(crate) fn with_buckets(&self, k: u32) -> Result<Self> {
        Ok(Self {
            exits: self.exits.clone(),
            buckets: buckets(k)?,
        })
    }

    /// A frame takes this way out.
    #[inline(always)]
    pub(crate) fn count(&self, exit: Exit) {
        self.count_here(exit, Here::now());
    }

    /// A request that this node serves.
    #[inline(always)]
    pub(crate) fn served(&self, exit: Exit, bucket: u32, bytes: u32) {
        let here = Here::now();
        self.count_here(exit, here);
        if let Some(bucket) = self.bucket(bucket, here) {
            bucket.served.add(bytes);
        }
    }

    /// A request that another node serves.
    #[inline(always)]
    pub(crate) fn other(&self, exit: Exit, bucket: u32, bytes: u32) {
        let here = Here::now();
        self.count_here(exit, here);
        if let Some(bucket) = self.bucket(bucket, here) {
            bucket.other.add(bytes);
        }
    }

    #[inline(always)]
    fn count_here(&self, exit: Exit, here: Here) {
        if let Some(counter) = self.exits.mine(here).and_then(|own| own.get(exit.index())) {
            counter.add(1);
        }
    }

    #[inline(always)]
    fn bucket(&self, bucket: u32, here: Here) -> Option<&Bucket> {
        self.buckets.mine(here)?.get(bucket as usize)
    }

    /// Frames that took each way out, in the order of `Exit`.
    pub(crate) fn exits(&self) -> [u64; Exit::COUNT] {
        let mut sums = [0u64; Exit::COUNT];
        for own in self.exits.iter() {
            for (sum, counter) in sums.iter_mut().zip(own) {
                *sum = sum.wrapping_add(counter.get());
            }
        }
        sums
    }

    /// What this bucket has had.
    pub(crate) fn bucket_sum(&self, bucket: usize) -> BucketSum {
        let mut sum = BucketSum::default();
        for own in self.buckets.iter().filter_map(|own| own.get(bucket)) {
            sum.served.add(&own.served);
            sum.other.add(&own.other);
        }
        sum
    }
}

fn buckets(k: u32) -> Result<Arc<PerCpu<KVVec<Bucket>>>> {
    let all = PerCpu::new(|| {
        let mut own = KVVec::with_capacity(k as usize, GFP_KERNEL_ACCOUNT)?;
        for _ in 0..k {
            let bucket = Bucket {
                served: Tally::new(),
                other: Tally::new(),
            };
            own.push(bucket, GFP_KERNEL_ACCOUNT)?;
        }
        Ok(own)
    })?;
    Ok(Arc::new(all, GFP_KERNEL_ACCOUNT)?)
}
