// SPDX-License-Identifier: GPL-2.0-only

//! Directories of an interface in sysfs, and their files.
//!
//! A file may be in use for as long as its directory is there: removing a directory waits for those
//! who are inside a file, with the RTNL held. So nobody inside a file may wait for the RTNL.
//!
//! C headers: [`include/linux/kobject.h`](srctree/include/linux/kobject.h),
//! [`include/linux/sysfs.h`](srctree/include/linux/sysfs.h)

use core::{
    ffi::CStr,
    ptr::{
        self,
        NonNull, //
    },
    slice,
    sync::atomic::{
        AtomicUsize,
        Ordering, //
    },
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox, //
    },
    bindings::{
        attribute,
        bin_attribute,
        file,
        kgid_t,
        kobj_type,
        kobject,
        kuid_t,
        loff_t,
        sysfs_ops, //
    },
    error::{
        code,
        to_result,
        Error,
        Result, //
    },
    ffi::{
        c_char,
        c_int,
        c_ushort,
        c_void, //
    },
    page::PAGE_SIZE,
    prelude::*,
    str::as_char_ptr_in_const_context,
    sync::Arc, //
};

use super::{
    device::Device,
    genl::Failure, //
};

#[cfg(CONFIG_CFI)]
compile_error!(
    "abstractions/sysfs.rs: kfree is called by a pointer of another type, which CFI forbids"
);

/// The object of a directory. Process context; may sleep, but not wait for the RTNL.
pub(crate) trait Object: Send + Sync + 'static {
    /// Which of its files.
    type File: Copy + Sync + 'static;
    /// Writes what a file has from byte `from` on into `page`, as far as it fits, from its first byte on; returns how
    /// much that is. Nothing is read of what is there before.
    fn read(&self, file: &Self::File, from: usize, page: &mut [u8]) -> Result<usize>;
    /// Takes what somebody wrote into a file.
    fn write(&self, file: &Self::File, text: &[u8]) -> Result<(), NotDone>;
}

/// Why a write was not done.
pub(crate) enum NotDone {
    /// Somebody else has the RTNL: the system call is to begin again.
    Again,
    /// It is refused, or the kernel could not.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for NotDone {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl NotDone {
    /// What the system call is to return.
    fn errno(&self) -> c_int {
        match self {
            Self::Again => begin_again(),
            Self::Failed(failure) => failure.errno(),
        }
    }
}

/// `restart_syscall()`: the kernel, on its way back to the caller, finds a signal, of which there is
/// none, and calls again.
fn begin_again() -> c_int {
    let task = kernel::current!().as_ptr();
    // SAFETY: The current task lives. Its flags are a `long` that the kernel too changes by atomic
    // operations only (`set_bit`).
    let flags = unsafe { AtomicUsize::from_ptr(&raw mut (*task).thread_info.flags) };
    flags.fetch_or(1 << kernel::bindings::TIF_SIGPENDING, Ordering::Relaxed);
    code::ERESTARTNOINTR.to_errno()
}

/// A file of less than a page.
#[repr(C)]
pub(crate) struct File<O: Object> {
    // First: the kernel gives us the address of this.
    raw: attribute,
    which: O::File,
}

// Not derived, as that would ask `O` to be `Copy`.
impl<O: Object> Clone for File<O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O: Object> Copy for File<O> {}

// SAFETY: Never changed, and `which` may be shared.
unsafe impl<O: Object> Sync for File<O> {}

impl<O: Object> File<O> {
    /// A file with this name and these permissions.
    pub(crate) const fn new(name: &'static CStr, mode: u16, which: O::File) -> Self {
        Self {
            raw: named(name, mode),
            which,
        }
    }
}

/// A file of any length. It is written by one system call of less than a page, or not at all.
#[repr(C)]
pub(crate) struct LongFile<O: Object> {
    // First, as in `File`.
    raw: bin_attribute,
    which: O::File,
}

// SAFETY: As for `File`.
unsafe impl<O: Object> Sync for LongFile<O> {}

impl<O: Object> LongFile<O> {
    /// A file with this name and these permissions.
    pub(crate) const fn new(name: &'static CStr, mode: u16, which: O::File) -> Self {
        let mut raw: bin_attribute = pin_init::zeroed();
        raw.attr = named(name, mode);
        raw.read = Some(read_long::<O>);
        raw.write = Some(write_long::<O>);
        Self { raw, which }
    }
}

const fn named(name: &'static CStr, mode: u16) -> attribute {
    let mut raw: attribute = pin_init::zeroed();
    raw.name = as_char_ptr_in_const_context(name);
    raw.mode = mode as c_ushort;
    raw
}

/// A directory as the kernel knows it.
///
/// The kernel frees it, by `kfree`: when that happens is not ours to decide, and no code of ours may
/// run then, as the module may be gone.
#[repr(C)]
struct Node<O: Object> {
    // First: its address is that of the allocation.
    kobject: kobject,
    kind: kobj_type,
    object: *const O,
}

impl<O: Object> Node<O> {
    const OPERATIONS: sysfs_ops = sysfs_ops {
        show: Some(show::<O>),
        store: Some(store::<O>),
    };
}

/// A directory in sysfs, from `new` to drop, which waits until nobody is inside a file of it.
///
/// # Invariants
///
/// `node` was made by `new` and holds a reference to itself; its `object` is that of `_object`.
pub(crate) struct Directory<O: Object> {
    node: NonNull<Node<O>>,
    _object: Arc<O>,
}

// SAFETY: Only the owner adds and removes the directory, and what others reach through it is `O`,
// which may be shared.
unsafe impl<O: Object> Send for Directory<O> {}

impl<O: Object> Directory<O> {
    /// Makes the directory `prefix` + `name` of an interface, owned like the interface's own.
    pub(crate) fn of_device(
        device: Device,
        (prefix, name): (&CStr, &CStr),
        object: &Arc<O>,
        files: &'static [File<O>],
        long_files: &'static [LongFile<O>],
    ) -> Result<Self> {
        // SAFETY: The interface is registered by its invariant, and so is its kobject.
        let directory = unsafe { Self::new(device.kobject(), (prefix, name), object)? };
        directory.add(files, long_files)?;
        Ok(directory)
    }

    /// Makes the directory `name` in this one. To be dropped before this one.
    pub(crate) fn inside(&self, name: &CStr, files: &'static [File<O>]) -> Result<Self> {
        // SAFETY: Registered, by the invariant.
        let directory = unsafe { Self::new(self.kobject(), (c"", name), &self._object)? };
        directory.add(files, &[])?;
        Ok(directory)
    }

    /// # Safety
    ///
    /// `parent` is a registered kobject whose type has `get_ownership`, or none.
    unsafe fn new(
        parent: *mut kobject,
        (prefix, name): (&CStr, &CStr),
        object: &Arc<O>,
    ) -> Result<Self> {
        let kfree: unsafe extern "C" fn(*const c_void) = kernel::bindings::kfree;
        // SAFETY: To a function that takes a pointer it makes no difference what the pointer is to.
        // It gets the address of `kobject`, which is that of the node's allocation.
        let release: unsafe extern "C" fn(*mut kobject) = unsafe { core::mem::transmute(kfree) };
        let node = Node {
            kobject: pin_init::zeroed(),
            kind: kobj_type {
                release: Some(release),
                sysfs_ops: &Node::<O>::OPERATIONS,
                get_ownership: Some(as_parent),
                ..pin_init::zeroed()
            },
            object: &raw const **object,
        };
        let node = KBox::into_raw(KBox::new(node, GFP_KERNEL_ACCOUNT)?);
        // SAFETY: Just made.
        let made = unsafe { NonNull::new_unchecked(node) };
        // SAFETY: The node is ours and stays where it is until it is released; strings are copied.
        let added = to_result(unsafe {
            kernel::bindings::kobject_init_and_add(
                &raw mut (*node).kobject,
                &raw const (*node).kind,
                parent,
                c"%s%s".as_char_ptr(),
                prefix.as_char_ptr(),
                name.as_char_ptr(),
            )
        });
        // INVARIANT: Initialized, even where adding has failed; then dropping undoes the rest.
        let directory = Self {
            node: made,
            _object: object.clone(),
        };
        added.map(|()| directory)
    }

    fn kobject(&self) -> *mut kobject {
        // SAFETY: Only the address is taken, of what lives by the invariant.
        unsafe { &raw mut (*self.node.as_ptr()).kobject }
    }

    fn add(&self, files: &'static [File<O>], long_files: &'static [LongFile<O>]) -> Result {
        for file in files {
            // SAFETY: The kobject lives, the file is static.
            to_result(unsafe {
                kernel::bindings::sysfs_create_file_ns(self.kobject(), &file.raw, ptr::null())
            })?;
        }
        for file in long_files {
            // SAFETY: As above.
            to_result(unsafe {
                kernel::bindings::sysfs_create_bin_file(self.kobject(), &file.raw)
            })?;
        }
        Ok(())
    }
}

impl<O: Object> Drop for Directory<O> {
    fn drop(&mut self) {
        // SAFETY: By the invariant. The first call removes the files and waits for those inside:
        // from then on nobody reaches `object`, and no code of ours is called any more. It does no
        // harm to a kobject that was not added.
        unsafe {
            kernel::bindings::kobject_del(self.kobject());
            kernel::bindings::kobject_put(self.kobject());
        }
    }
}

/// Gives a directory the owner that its parent has: an interface's is the owner of its namespace.
///
/// # Safety
///
/// To be called by `kobject_get_ownership` with a kobject of ours that is being added, or whose files are.
unsafe extern "C" fn as_parent(kobject: *const kobject, uid: *mut kuid_t, gid: *mut kgid_t) {
    // SAFETY: A kobject that is being added, or was, has its parent and holds a reference to it; with it the parent's
    // type is there.
    unsafe {
        let parent = (*kobject).parent;
        if let Some(ownership) = (*(*parent).ktype).get_ownership {
            ownership(parent, uid, gid);
        }
    }
}

/// The object of a directory.
///
/// # Safety
///
/// `kobject` is that of a `Node<O>` one of whose files is in use, for all of `'a`.
unsafe fn object<'a, O: Object>(kobject: *mut kobject) -> &'a O {
    // SAFETY: As the caller guarantees; the object lives until the directory is removed, which waits.
    unsafe { &*(*kobject.cast::<Node<O>>()).object }
}

fn length(result: Result<usize>) -> isize {
    match result {
        Ok(length) => length as isize,
        Err(error) => error.to_errno() as isize,
    }
}

fn written(result: Result<(), NotDone>, length: usize) -> isize {
    match result {
        Ok(()) => length as isize,
        Err(not_done) => not_done.errno() as isize,
    }
}

/// Somebody reads a file. Process context.
///
/// # Safety
///
/// To be called by sysfs for a `File<O>` in a directory of `O`.
unsafe extern "C" fn show<O: Object>(
    kobject: *mut kobject,
    file: *mut attribute,
    page: *mut c_char,
) -> isize {
    // SAFETY: sysfs gives what we gave it, and a page; the file is in use until we return.
    let (object, file, page) = unsafe {
        (
            object::<O>(kobject),
            &*file.cast_const().cast::<File<O>>(),
            slice::from_raw_parts_mut(page.cast::<u8>(), PAGE_SIZE - 1),
        )
    };
    length(object.read(&file.which, 0, page))
}

/// Somebody writes a file. Process context.
///
/// # Safety
///
/// As `show`.
unsafe extern "C" fn store<O: Object>(
    kobject: *mut kobject,
    file: *mut attribute,
    text: *const c_char,
    count: usize,
) -> isize {
    // SAFETY: As in `show`; there are `count` bytes.
    let (object, file, text) = unsafe {
        (
            object::<O>(kobject),
            &*file.cast_const().cast::<File<O>>(),
            slice::from_raw_parts(text.cast::<u8>(), count),
        )
    };
    written(object.write(&file.which, text), count)
}

/// Somebody reads a part of a long file. Process context.
///
/// # Safety
///
/// To be called by sysfs for a `LongFile<O>` in a directory of `O`.
unsafe extern "C" fn read_long<O: Object>(
    _open: *mut file,
    kobject: *mut kobject,
    file: *const bin_attribute,
    into: *mut c_char,
    from: loff_t,
    count: usize,
) -> isize {
    // SAFETY: As in `show`; there is room for `count` bytes. kernfs has not set them to anything: `read` only writes to
    // them, one after the other, and returns how many it has written, so that no others are copied to the reader.
    let (object, file, into) = unsafe {
        (
            object::<O>(kobject),
            &*file.cast::<LongFile<O>>(),
            slice::from_raw_parts_mut(into.cast::<u8>(), count),
        )
    };
    let from = usize::try_from(from).map_err(Error::from);
    length(from.and_then(|from| object.read(&file.which, from, into)))
}

/// Somebody writes a part of a long file. Process context.
///
/// # Safety
///
/// As `read_long`.
unsafe extern "C" fn write_long<O: Object>(
    _open: *mut file,
    kobject: *mut kobject,
    file: *const bin_attribute,
    text: *mut c_char,
    at: loff_t,
    count: usize,
) -> isize {
    // A longer text comes a page at a time, and the last one is not marked.
    if at != 0 || count >= PAGE_SIZE {
        return code::EFBIG.to_errno() as isize;
    }
    // SAFETY: As in `read_long`.
    let (object, file, text) = unsafe {
        (
            object::<O>(kobject),
            &*file.cast::<LongFile<O>>(),
            slice::from_raw_parts(text.cast_const().cast::<u8>(), count),
        )
    };
    written(object.write(&file.which, text), count)
}
