// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's libraries, loaded when a function of theirs is called first: who runs without Corosync needs none of them.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// What a function returns where there is no such library, which is what it says of a Corosync that does not run.
pub const MISSING: u32 = 2;

/// A function's address, once it is found.
pub struct Found(AtomicPtr<c_void>);

impl Found {
    /// Not looked for yet.
    pub const fn new() -> Found {
        Found(AtomicPtr::new(ptr::null_mut()))
    }

    /// The function's address; null where there is none. It is looked for until it is there.
    pub fn of(&self, library: &CStr, function: &CStr) -> *mut c_void {
        let known = self.0.load(Ordering::Relaxed);
        if !known.is_null() {
            return known;
        }
        // SAFETY: A string that ends with its zero byte. Corosync's libraries may be loaded in any thread, and are never closed.
        let library = unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if library.is_null() {
            return library;
        }
        // SAFETY: A library that is open, and a string that ends with its zero byte.
        let address = unsafe { libc::dlsym(library, function.as_ptr()) };
        self.0.store(address, Ordering::Relaxed);
        address
    }
}

/// Functions of a library, as its header declares them.
macro_rules! functions {
    ($library:literal: $(fn $name:ident($($argument:ident: $kind:ty),* $(,)?);)*) => {$(
        /// # Safety
        ///
        /// As the library's header says.
        pub unsafe fn $name($($argument: $kind),*) -> u32 {
            static FOUND: $crate::sys::library::Found = $crate::sys::library::Found::new();
            const NAME: &std::ffi::CStr =
                match std::ffi::CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                    Ok(name) => name,
                    Err(_) => c"",
                };
            let address = FOUND.of($library, NAME);
            if address.is_null() {
                return $crate::sys::library::MISSING;
            }
            // SAFETY: The library has this function with this type, by its header, and is never closed.
            let function = unsafe {
                std::mem::transmute::<*mut std::ffi::c_void, unsafe extern "C" fn($($kind),*) -> u32>(address)
            };
            // SAFETY: The caller guarantees what the header wants.
            unsafe { function($($argument),*) }
        }
    )*};
}
pub(super) use functions;
