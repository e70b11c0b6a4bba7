// SPDX-License-Identifier: GPL-2.0-only

//! References to this module, which keep it from being unloaded.
//!
//! C header: [`include/linux/module.h`](srctree/include/linux/module.h)

use kernel::{
    error::{
        code::ENODEV,
        Result, //
    },
    sync::SetOnce,
    ThisModule, //
};

/// As long as one of these is there the module stays loaded.
///
/// # Invariants
///
/// It has a reference to the module.
pub(crate) struct InUse(&'static ThisModule);

static THIS_MODULE: SetOnce<&'static ThisModule> = SetOnce::new();

/// Sets the module, before anything else here.
pub(crate) fn begin(module: &'static ThisModule) {
    THIS_MODULE.populate(module);
}

impl InUse {
    /// Takes a reference. Refused while the module is being unloaded.
    pub(crate) fn new() -> Result<Self> {
        let module = THIS_MODULE.copy().ok_or(ENODEV)?;
        // SAFETY: It is the module that this is part of.
        match unsafe { kernel::bindings::try_module_get(module.as_ptr()) } {
            // INVARIANT: It was taken.
            true => Ok(Self(module)),
            false => Err(ENODEV),
        }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        // SAFETY: By the invariant. Whoever runs this code is waited for by what unloading does first:
        // requests by the family's end, the notifier by its own.
        unsafe { kernel::bindings::module_put(self.0.as_ptr()) };
    }
}
