// SPDX-License-Identifier: GPL-2.0-only

//! HMAC-SHA256 by the kernel's own library. Any context.
//!
//! C headers: [`include/crypto/sha2.h`](srctree/include/crypto/sha2.h),
//! [`include/crypto/utils.h`](srctree/include/crypto/utils.h)

use core::{
    mem::MaybeUninit,
    ptr, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox, //
    },
    bindings::{
        self as k,
        hmac_sha256_ctx,
        hmac_sha256_key, //
    },
    error::Result, //
};

use super::bindings;

/// Bytes of a whole tag.
const LEN: usize = k::SHA256_DIGEST_SIZE as usize;

/// A key, prepared. It stays where it is, and is wiped when it goes.
pub(crate) struct Key(KBox<hmac_sha256_key>);

impl Key {
    /// Of these bytes.
    pub(crate) fn new(raw: &[u8]) -> Result<Self> {
        let mut key = KBox::new(hmac_sha256_key::default(), GFP_KERNEL_ACCOUNT)?;
        // SAFETY: Pointers and length are those of a key to be written and of bytes that are read only.
        unsafe { k::hmac_sha256_preparekey(&raw mut *key, raw.as_ptr(), raw.len()) };
        Ok(Self(key))
    }

    /// The tag of `pieces`, one behind the other.
    pub(crate) fn tag(&self, pieces: &[&[u8]]) -> [u8; LEN] {
        let mut context = MaybeUninit::<hmac_sha256_ctx>::uninit();
        let context = context.as_mut_ptr();
        let mut tag = [0; LEN];
        // SAFETY: The key is prepared. The first call makes a context of the room given, which the others
        // go on with; each reads the bytes of its piece; the last writes `LEN` bytes, and wipes the context.
        unsafe {
            k::__hmac_sha256_init(&raw mut (*context).ctx, &raw const self.0.key);
            for piece in pieces {
                let sum = &raw mut (*context).ctx.sha_ctx;
                k::__sha256_update(sum, piece.as_ptr(), piece.len());
            }
            k::hmac_sha256_final(context, tag.as_mut_ptr());
        }
        tag
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: The key is ours; a volatile write is not left out though nobody reads it.
        unsafe { ptr::write_volatile(&raw mut *self.0, hmac_sha256_key::default()) };
    }
}

/// Whether two tags are the same; in constant time.
pub(crate) fn is_same<const N: usize>(one: &[u8; N], other: &[u8; N]) -> bool {
    // SAFETY: Both have `N` bytes.
    unsafe { bindings::__crypto_memneq(one.as_ptr().cast(), other.as_ptr().cast(), N) == 0 }
}
