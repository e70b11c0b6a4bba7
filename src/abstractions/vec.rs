// SPDX-License-Identifier: GPL-2.0-only

//! Vectors that are made, grow and shrink without a way to panic, in memory that is charged to who asks.
//!
//! `Vec`'s own functions reckon with its length after they have written through its pointer: then no
//! compiler knows what the length is, and the checks of overflow stay in, each with a panic.
//!
//! Source: [`rust/kernel/alloc/kvec.rs`](srctree/rust/kernel/alloc/kvec.rs)

use core::{
    mem,
    ptr, //
};

use kernel::alloc::{
    flags::GFP_KERNEL_ACCOUNT,
    kvec::Vec,
    layout::ArrayLayout,
    AllocError,
    Allocator,
    NumaNode, //
};

/// Room of a vector that begins to grow.
const FIRST: usize = 4;

/// An empty one, with room for so many.
pub(crate) fn with_room<T, A: Allocator>(room: usize) -> Result<Vec<T, A>, AllocError> {
    const { assert!(size_of::<T>() > 0) };
    if room == 0 {
        return Ok(Vec::new());
    }
    let layout = ArrayLayout::<T>::new(room).map_err(|_| AllocError)?;
    let memory = A::alloc(layout.into(), GFP_KERNEL_ACCOUNT, NumaNode::NO_NODE)?;
    // SAFETY: `A` has just given the memory for so many, and none is there yet.
    Ok(unsafe { Vec::from_raw_parts(memory.cast().as_ptr(), 0, room) })
}

/// One of `count` elements, each made by `make`.
pub(crate) fn filled<T, A: Allocator>(
    count: usize,
    mut make: impl FnMut() -> T,
) -> Result<Vec<T, A>, AllocError> {
    let (first, _, room) = with_room::<T, A>(count)?.into_raw_parts();
    for at in 0..count {
        // SAFETY: There is room for `count`.
        unsafe { first.add(at).write(make()) };
    }
    // SAFETY: The parts are the vector's own, and `count` elements were just written.
    Ok(unsafe { Vec::from_raw_parts(first, count, room) })
}

/// One of so many zero bytes.
pub(crate) fn zeros<A: Allocator>(count: usize) -> Result<Vec<u8, A>, AllocError> {
    filled(count, || 0)
}

/// One with the same elements.
pub(crate) fn copy<T: Copy, A: Allocator>(of: &[T]) -> Result<Vec<T, A>, AllocError> {
    let (first, _, room) = with_room::<T, A>(of.len())?.into_raw_parts();
    // SAFETY: There is room for as many, in memory of their own.
    unsafe { ptr::copy_nonoverlapping(of.as_ptr(), first, of.len()) };
    // SAFETY: The parts are the vector's own, and so many elements were just written.
    Ok(unsafe { Vec::from_raw_parts(first, of.len(), room) })
}

/// One of what there is to come.
pub(crate) fn collect<T, A: Allocator>(
    all: impl Iterator<Item = T>,
) -> Result<Vec<T, A>, AllocError> {
    let mut vec = Vec::new();
    for one in all {
        push(&mut vec, one)?;
    }
    Ok(vec)
}

/// Sees to it that the next `more` pushes need no memory.
pub(crate) fn make_room<T, A: Allocator>(
    vec: &mut Vec<T, A>,
    more: usize,
) -> Result<(), AllocError> {
    let needed = vec.len().checked_add(more).ok_or(AllocError)?;
    if needed <= vec.capacity() {
        return Ok(());
    }
    let double = vec.capacity().saturating_mul(2);
    let more = with_room::<T, A>(needed.max(double).max(FIRST))?;
    let (to, _, room) = more.into_raw_parts();
    let (from, count, old_room) = mem::replace(vec, Vec::new()).into_raw_parts();
    // SAFETY: All of the old ones, which are no more than its room, go to the new memory, which has
    // more; the old memory is given back without them.
    unsafe {
        ptr::copy_nonoverlapping(from, to, count);
        drop(Vec::<T, A>::from_raw_parts(from, 0, old_room));
        *vec = Vec::from_raw_parts(to, count, room);
    }
    Ok(())
}

/// Puts one behind the others.
pub(crate) fn push<T, A: Allocator>(vec: &mut Vec<T, A>, one: T) -> Result<(), AllocError> {
    make_room(vec, 1)?;
    let (first, count, room) = mem::replace(vec, Vec::new()).into_raw_parts();
    // SAFETY: There is room for one more than `count`.
    unsafe {
        first.add(count).write(one);
        *vec = Vec::from_raw_parts(first, count.wrapping_add(1), room);
    }
    Ok(())
}

/// Takes one out; those behind it move up.
pub(crate) fn remove<T, A: Allocator>(vec: &mut Vec<T, A>, at: usize) -> Option<T> {
    let behind = vec.len().checked_sub(at)?.checked_sub(1)?;
    let (first, _, room) = mem::replace(vec, Vec::new()).into_raw_parts();
    // SAFETY: There are `at` elements before it and `behind` behind it, so that this reads one, and
    // moves those behind it, none of them twice.
    unsafe {
        let place = first.add(at);
        let one = place.read();
        ptr::copy(place.add(1), place, behind);
        *vec = Vec::from_raw_parts(first, at.wrapping_add(behind), room);
        Some(one)
    }
}
