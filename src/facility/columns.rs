// SPDX-License-Identifier: GPL-2.0-only

//! What a table has for each of its rows: some that all CPUs share, some that each has of its own.
//!
//! A row is told by how far into the table it is, a fraction in 2^-64: the row's number, the fraction
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

use super::percpu::{
    PerCpu,
    Place, //
};

/// A table: `S` is what CPUs share of a row, `C` what each has of it.
///
/// # Invariants
///
/// `shared` and `own` are where those of `_owners` begin. The one and every CPU's other have `rows`
/// elements, and at least one; nobody changes that, as all are behind shared references.
#[repr(C)]
pub(crate) struct Columns<S: Send + Sync, C: Send + Sync> {
    rows: u64,
    shared: NonNull<S>,
    own: Place<KVVec<C>>,
    _owners: KBox<Owners<S, C>>,
}

struct Owners<S: Send + Sync, C: Send + Sync> {
    _shared: Arc<KVVec<S>>,
    _own: PerCpu<KVVec<C>>,
}

// SAFETY: The places are but parts of `_owners`, which may be sent.
unsafe impl<S: Send + Sync, C: Send + Sync> Send for Columns<S, C> {}
// SAFETY: As above, shared.
unsafe impl<S: Send + Sync, C: Send + Sync> Sync for Columns<S, C> {}

impl<S: Send + Sync, C: Send + Sync> Columns<S, C> {
    /// A table of these, which must be as long as each other.
    pub(crate) fn new(shared: Arc<KVVec<S>>, own: PerCpu<KVVec<C>>) -> Result<Self> {
        let rows = shared.len();
        if rows == 0 || own.iter().any(|own| own.len() != rows) {
            return Err(EINVAL);
        }
        let first = NonNull::from(shared.as_slice()).cast();
        let place = own.place();
        let owners = Owners {
            _shared: shared,
            _own: own,
        };
        // INVARIANT: Checked here.
        Ok(Self {
            rows: rows as u64,
            shared: first,
            own: place,
            _owners: KBox::new(owners, GFP_KERNEL_ACCOUNT)?,
        })
    }

    /// The row that is so far into the table.
    #[inline(always)]
    pub(crate) fn at(&self, fraction: u64) -> Row<'_, S, C> {
        // INVARIANT: The fraction is below 2^64, so the product is below `rows` * 2^64.
        let number = (u128::from(fraction) * u128::from(self.rows)) >> 64;
        Row {
            columns: self,
            number: number as usize,
        }
    }
}

/// A row.
///
/// # Invariants
///
/// `number` is below the number of rows.
pub(crate) struct Row<'a, S: Send + Sync, C: Send + Sync> {
    columns: &'a Columns<S, C>,
    number: usize,
}

impl<'a, S: Send + Sync, C: Send + Sync> Row<'a, S, C> {
    /// What CPUs share of it.
    #[inline(always)]
    pub(crate) fn shared(&self) -> &'a S {
        // SAFETY: By the invariants there are so many, for as long as `columns`.
        unsafe { self.columns.shared.add(self.number).as_ref() }
    }

    /// What this CPU has of it.
    #[inline(always)]
    pub(crate) fn own(&self) -> &'a C {
        // SAFETY: By the invariants it is the place of what `columns` owns, and there are so many.
        unsafe { self.columns.own.mine().get_unchecked(self.number) }
    }
}
