// SPDX-License-Identifier: GPL-2.0-only

//! Notification of a forked machine: its hypervisor started it from a snapshot, or as a copy.
//!
//! It comes from the device for the virtual machine's generation (ACPI `VM_Gen_Counter`), where the kernel
//! has a driver for it.
//!
//! C header: [`include/linux/random.h`](srctree/include/linux/random.h)

use kernel::error::Result;

/// What is called, in process context, as soon as the kernel knows; may sleep.
pub(crate) struct Registration {
    #[cfg(CONFIG_VMGENID)]
    _block: notifier::Block,
}

impl Registration {
    /// From now on `run` is called, until this is dropped; that waits for one that runs.
    pub(crate) fn new(run: fn()) -> Result<Self> {
        #[cfg(not(CONFIG_VMGENID))]
        let _ = run;
        Ok(Self {
            #[cfg(CONFIG_VMGENID)]
            _block: notifier::Block::new(run)?,
        })
    }
}

#[cfg(CONFIG_VMGENID)]
mod notifier {
    use core::pin::Pin;

    use kernel::{
        alloc::{
            flags::GFP_KERNEL_ACCOUNT,
            KBox, //
        },
        bindings::{
            notifier_block,
            register_random_vmfork_notifier,
            unregister_random_vmfork_notifier, //
        },
        error::{
            to_result,
            Result, //
        },
        ffi::{
            c_int,
            c_ulong,
            c_void, //
        },
    };

    #[repr(C)]
    struct Inner {
        block: notifier_block,
        run: fn(),
    }

    /// A registered notifier.
    ///
    /// # Invariants
    ///
    /// The block is registered, and stays where it is.
    pub(super) struct Block(Pin<KBox<Inner>>);

    // SAFETY: After registration only the kernel touches the block, under its own lock.
    unsafe impl Send for Block {}
    // SAFETY: As above.
    unsafe impl Sync for Block {}

    impl Block {
        pub(super) fn new(run: fn()) -> Result<Self> {
            let inner = Inner {
                block: notifier_block {
                    notifier_call: Some(notified),
                    next: core::ptr::null_mut(),
                    priority: 0,
                },
                run,
            };
            let mut pinned = KBox::pin(inner, GFP_KERNEL_ACCOUNT)?;
            let block = &raw mut pinned.as_mut().get_mut().block;
            // SAFETY: The block stays where it is until it is unregistered in `drop`.
            to_result(unsafe { register_random_vmfork_notifier(block) })?;
            // INVARIANT: Just registered.
            Ok(Self(pinned))
        }
    }

    impl Drop for Block {
        fn drop(&mut self) {
            let block = &raw mut self.0.as_mut().get_mut().block;
            // SAFETY: It is registered by the invariant. The chain's lock waits for one that runs.
            unsafe { unregister_random_vmfork_notifier(block) };
        }
    }

    /// # Safety
    ///
    /// To be called by the kernel with the `block` of an `Inner`.
    unsafe extern "C" fn notified(
        block: *mut notifier_block,
        _action: c_ulong,
        _data: *mut c_void,
    ) -> c_int {
        // SAFETY: `block` is the first field of its `Inner`, which lives while it is registered.
        let inner = unsafe { &*block.cast::<Inner>() };
        (inner.run)();
        // NOTIFY_DONE.
        0
    }
}
