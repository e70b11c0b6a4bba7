// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's counters: one a way out of the packet path, and packets and bytes a bucket.

use kernel::{
    alloc::KVVec,
    error::Result,
    sync::Arc, //
};

use crate::{
    facility::{
        columns::{
            self,
            Columns, //
        },
        percpu::{
            Counter,
            PerCpu, //
        },
        vec, //
    },
    logic::{
        exit::Exit,
        states::Cell, //
    }, //
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
    exits: PerCpu<[Counter; Exit::COUNT]>,
    buckets: PerCpu<KVVec<Bucket>>,
}

/// The table of buckets: what this node does with each, and its counters.
pub(crate) type Table = Columns<Cell, Bucket>;

/// A row of it.
pub(crate) type Row<'a> = columns::Row<'a, Cell, Bucket>;

impl Counters {
    /// New ones for `k` buckets.
    pub(crate) fn new(k: u32) -> Result<Self> {
        Ok(Self {
            exits: PerCpu::new(|| Ok([const { Counter::new() }; Exit::COUNT]))?,
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

    /// The buckets' counters beside what this node does with each bucket.
    pub(crate) fn beside(&self, states: Arc<KVVec<Cell>>) -> Result<Table> {
        Table::new(states, self.buckets.clone())
    }

    /// A frame takes this way out.
    #[inline(always)]
    pub(crate) fn count(&self, exit: Exit) {
        if let Some(counter) = self.exits.mine().get(exit.index()) {
            counter.add(1);
        }
    }

    /// A request that this node serves, in this row of the table.
    #[inline(always)]
    pub(crate) fn serve(&self, row: &Row<'_>, bytes: u32) {
        self.count(Exit::RxServed);
        row.own().served.add(bytes);
    }

    /// A request that another node serves, in this row of the table.
    #[inline(always)]
    pub(crate) fn leave(&self, row: &Row<'_>, bytes: u32) {
        self.count(Exit::RxOther);
        row.own().other.add(bytes);
    }

    /// A request that this node serves.
    pub(crate) fn served(&self, exit: Exit, bucket: u32, bytes: u32) {
        self.count(exit);
        if let Some(bucket) = self.bucket(bucket) {
            bucket.served.add(bytes);
        }
    }

    /// A request that another node serves.
    pub(crate) fn other(&self, exit: Exit, bucket: u32, bytes: u32) {
        self.count(exit);
        if let Some(bucket) = self.bucket(bucket) {
            bucket.other.add(bytes);
        }
    }

    fn bucket(&self, bucket: u32) -> Option<&Bucket> {
        self.buckets.mine().get(bucket as usize)
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

fn buckets(k: u32) -> Result<PerCpu<KVVec<Bucket>>> {
    PerCpu::new(|| {
        let own = vec::filled(k as usize, || Bucket {
            served: Tally::new(),
            other: Tally::new(),
        })?;
        Ok(own)
    })
}
