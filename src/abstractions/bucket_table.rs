// SPDX-License-Identifier: GPL-2.0-only

//! Table of buckets: for each row one cell that all CPUs share, and one of each CPU's own.
//!
//! A row is addressed by a fraction of the table, in 2^-64: the row's number, the fraction
//! times the number of rows, then needs no check.

use core::ptr::NonNull;

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVVec, //
    },
    error::{
        code::EINVAL,
        Result, //
    },
    sync::Arc, //
};

use super::{
    percpu::{
        PerCpu,
        PerCpuPtr, //
    },
    vec, //
};
use crate::logic::fraction::row;

/// What a CPU has of each row; or a place that takes what is written for any row, where nobody reads that.
///
/// # Invariants
///
/// Either `stride` is the size of a `C`, or it is 0 and `cells` has one element at least.
#[repr(C)]
pub(crate) struct Cells<C> {
    first: NonNull<C>,
    stride: usize,
    cells: KVVec<C>,
}

// SAFETY: `first` is but a part of `cells`, which may be sent.
unsafe impl<C: Send> Send for Cells<C> {}
// SAFETY: As above, shared.
unsafe impl<C: Sync> Sync for Cells<C> {}

impl<C> Cells<C> {
    /// One for each of so many rows.
    pub(crate) fn each(rows: usize, make: impl Fn() -> C) -> Result<Self> {
        Self::new(rows, size_of::<C>(), make)
    }

    /// One for all rows together.
    pub(crate) fn sink(make: impl Fn() -> C) -> Result<Self> {
        Self::new(1, 0, make)
    }

    fn new(count: usize, stride: usize, make: impl Fn() -> C) -> Result<Self> {
        let cells: KVVec<C> = vec::filled(count, make)?;
        // INVARIANT: As callers guarantee. The vector is not changed any more, so its elements stay where they are.
        Ok(Self {
            first: NonNull::from(cells.as_slice()).cast(),
            stride,
            cells,
        })
    }

    /// The row's, if rows have one each.
    pub(crate) fn get(&self, row: usize) -> Option<&C> {
        self.rows()?.get(row)
    }

    /// All of them, if rows have one each.
    pub(crate) fn rows(&self) -> Option<&[C]> {
        (self.stride > 0).then_some(self.cells.as_slice())
    }

    /// Whether there is a cell for each of so many rows.
    fn is_for(&self, rows: usize) -> bool {
        self.rows()
            .map_or(!self.cells.is_empty(), |cells| cells.len() == rows)
    }

    /// # Safety
    ///
    /// `row` is below a number for which `is_for` was true.
    #[inline(always)]
    unsafe fn at(&self, row: usize) -> &C {
        // SAFETY: By the invariant and the caller's guarantee there is a cell so far from the first.
        unsafe { self.first.byte_add(row.wrapping_mul(self.stride)).as_ref() }
    }
}

/// A table: `S` is what CPUs share of a row, `C` what each has of it.
///
/// # Invariants
///
/// `shared` and `own` are where those of `_owners` begin. The one has `rows` elements, and at least one; every CPU's
/// other is for that many; nobody changes that, as all are behind shared references.
#[repr(C)]
pub(crate) struct BucketTable<S: Send + Sync, C: Send + Sync> {
    rows: u64,
    shared: NonNull<S>,
    own: PerCpuPtr<Cells<C>>,
    _owners: KBox<Owners<S, C>>,
}

struct Owners<S: Send + Sync, C: Send + Sync> {
    _shared: Arc<KVVec<S>>,
    _own: PerCpu<Cells<C>>,
}

// SAFETY: The places are but parts of `_owners`, which may be sent.
unsafe impl<S: Send + Sync, C: Send + Sync> Send for BucketTable<S, C> {}
// SAFETY: As above, shared.
unsafe impl<S: Send + Sync, C: Send + Sync> Sync for BucketTable<S, C> {}

impl<S: Send + Sync, C: Send + Sync> BucketTable<S, C> {
    /// A table of these, which must be for as many rows as each other.
    pub(crate) fn new(shared: Arc<KVVec<S>>, own: PerCpu<Cells<C>>) -> Result<Self> {
        let rows = shared.len();
        if rows == 0 || own.iter().any(|own| !own.is_for(rows)) {
            return Err(EINVAL);
        }
        let first = NonNull::from(shared.as_slice()).cast();
        let ptr = own.ptr();
        let owners = Owners {
            _shared: shared,
            _own: own,
        };
        // INVARIANT: Checked here.
        Ok(Self {
            rows: rows as u64,
            shared: first,
            own: ptr,
            _owners: KBox::new(owners, GFP_KERNEL_ACCOUNT)?,
        })
    }

    /// The row that is so far into the table.
    #[inline(always)]
    pub(crate) fn at(&self, fraction: u64) -> BucketRef<'_, S, C> {
        // INVARIANT: There is a row at least, so the number is below that of the rows, whatever the fraction is.
        BucketRef {
            table: self,
            number: row(fraction, self.rows) as usize,
        }
    }
}

/// A row.
///
/// # Invariants
///
/// `number` is below the number of rows.
pub(crate) struct BucketRef<'a, S: Send + Sync, C: Send + Sync> {
    table: &'a BucketTable<S, C>,
    number: usize,
}

impl<'a, S: Send + Sync, C: Send + Sync> BucketRef<'a, S, C> {
    /// What CPUs share of it.
    #[inline(always)]
    pub(crate) fn shared(&self) -> &'a S {
        // SAFETY: By the invariants there are so many, for as long as `table`.
        unsafe { self.table.shared.add(self.number).as_ref() }
    }

    /// What this CPU has of it.
    #[inline(always)]
    pub(crate) fn own(&self) -> &'a C {
        // SAFETY: By the invariants it is the place of what `table` owns, which is for so many.
        unsafe { self.table.own.mine().at(self.number) }
    }
}
