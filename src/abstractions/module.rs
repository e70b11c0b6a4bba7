// SPDX-License-Identifier: GPL-2.0-only

//! References to this module, which keep it from being unloaded.
//!
//! C header: [`include/linux/module.h`](srctree/include/linux/module.h)

use kernel::{
    error::{
        code::ENODEV,
        Result, //
    },
    module::this_module, //
};

/// As long as one of these is there the module stays loaded.
///
/// # Invariants
///
/// It has a reference to the module.
pub(crate) struct InUse(());

impl InUse {
    /// Takes a reference. Refused while the module is being unloaded.
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: It is the module that this is part of.
        match unsafe { kernel::bindings::try_module_get(this_module::<crate::Ssi>().as_ptr()) } {
            // INVARIANT: It was taken.
            true => Ok(Self(())),
            false => Err(ENODEV),
        }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        // SAFETY: By the invariant. Whoever runs this code is waited for by what unloading does first:
        // requests by the family's end, the notifier by its own.
        unsafe { kernel::bindings::module_put(this_module::<crate::Ssi>().as_ptr()) };
    }
}
