// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's counters: one for each way a frame leaves the packet path, and packets and bytes a bucket.
//!
//! Those of buckets take 32 bytes for each bucket and each CPU that there may be. Where that is much they are made
//! when somebody asks for them; until then what is counted goes to a sink.

use kernel::{
    alloc::KVVec,
    error::Result,
    sync::Arc, //
};

use crate::{
    abstractions::{
        bucket_table::{
            self,
            BucketTable, //
            Cells,
        },
        percpu::{
            self,
            LocalCounter,
            PerCpu, //
        }, //
    },
    logic::{
        counter::Counter,
        states::Cell, //
    }, //
};

/// Packets and bytes.
pub(crate) struct Tally {
    packets: LocalCounter,
    bytes: LocalCounter,
}

impl Tally {
    const fn new() -> Self {
        Self {
            packets: LocalCounter::new(),
            bytes: LocalCounter::new(),
        }
    }

    #[inline(always)]
    fn add(&self, bytes: u32) {
        self.packets.add(1);
        self.bytes.add(u64::from(bytes));
    }
}

/// A bucket's counters on one CPU: what was seen is their sum.
pub(crate) struct Bucket {
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
#[repr(C)]
pub(crate) struct Counters {
    counts: PerCpu<[LocalCounter; Counter::COUNT]>,
    buckets: OfBuckets,
}

/// The counters of buckets.
#[derive(Clone)]
pub(crate) struct OfBuckets(PerCpu<Cells<Bucket>>);

/// Bytes of buckets' counters that a cluster gets unasked.
const UNASKED: usize = 256 * 1024;

/// The table of buckets: what this node does with each, and its counters.
pub(crate) type Table = BucketTable<Cell, Bucket>;

/// A row of it.
pub(crate) type BucketRef<'a> = bucket_table::BucketRef<'a, Cell, Bucket>;

impl Counters {
    /// New ones for `k` buckets.
    pub(crate) fn new(k: u32) -> Result<Self> {
        Ok(Self {
            counts: PerCpu::new(|| Ok([const { LocalCounter::new() }; Counter::COUNT]))?,
            buckets: OfBuckets::new(k, false)?,
        })
    }

    /// These counters, and these of buckets.
    pub(crate) fn with(&self, buckets: OfBuckets) -> Self {
        Self {
            counts: self.counts.clone(),
            buckets,
        }
    }

    /// Whether each bucket has a counter.
    pub(crate) fn has_buckets(&self) -> bool {
        self.buckets.0.mine().rows().is_some()
    }

    /// The buckets' counters beside what this node does with each bucket.
    pub(crate) fn beside(&self, states: Arc<KVVec<Cell>>) -> Result<Table> {
        Table::new(states, self.buckets.0.clone())
    }

    /// Counts a frame.
    #[inline(always)]
    pub(crate) fn count(&self, counter: Counter) {
        if let Some(counter) = self.counts.mine().get(counter.index()) {
            counter.add(1);
        }
    }

    /// A request that this node serves, in this row of the table.
    #[inline(always)]
    pub(crate) fn serve(&self, bucket: &BucketRef<'_>, bytes: u32) {
        self.count(Counter::RxServed);
        bucket.own().served.add(bytes);
    }

    /// A request that another node serves, in this row of the table.
    #[inline(always)]
    pub(crate) fn leave(&self, bucket: &BucketRef<'_>, bytes: u32) {
        self.count(Counter::RxOther);
        bucket.own().other.add(bytes);
    }

    /// A request that this node serves.
    pub(crate) fn served(&self, counter: Counter, bucket: u32, bytes: u32) {
        self.count(counter);
        if let Some(bucket) = self.bucket(bucket) {
            bucket.served.add(bytes);
        }
    }

    /// A request that another node serves.
    pub(crate) fn other(&self, counter: Counter, bucket: u32, bytes: u32) {
        self.count(counter);
        if let Some(bucket) = self.bucket(bucket) {
            bucket.other.add(bytes);
        }
    }

    fn bucket(&self, bucket: u32) -> Option<&Bucket> {
        self.buckets.0.mine().get(bucket as usize)
    }

    /// The sums, in the order of `Counter`.
    pub(crate) fn counts(&self) -> [u64; Counter::COUNT] {
        let mut sums = [0u64; Counter::COUNT];
        for own in self.counts.iter() {
            for (sum, counter) in sums.iter_mut().zip(own) {
                *sum = sum.wrapping_add(counter.get());
            }
        }
        sums
    }

    /// What this bucket has had.
    pub(crate) fn bucket_sum(&self, bucket: usize) -> BucketSum {
        let mut sum = BucketSum::default();
        for own in self.buckets.0.iter().filter_map(|own| own.get(bucket)) {
            sum.served.add(&own.served);
            sum.other.add(&own.other);
        }
        sum
    }
}

impl OfBuckets {
    /// Those of `k` buckets: one each if they are `wanted`, or few.
    pub(crate) fn new(k: u32, wanted: bool) -> Result<Self> {
        let make = || Bucket {
            served: Tally::new(),
            other: Tally::new(),
        };
        let rows = k as usize;
        let a_cpu = rows.saturating_mul(size_of::<Bucket>());
        let each = wanted || a_cpu.saturating_mul(percpu::count()) <= UNASKED;
        Ok(Self(PerCpu::new(|| match each {
            true => Cells::each(rows, make),
            false => Cells::sink(make),
        })?))
    }
}
