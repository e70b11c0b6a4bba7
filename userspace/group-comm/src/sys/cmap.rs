// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's map of settings, by libcmap.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use super::error::{Error, Result, checked};

mod raw {
    use super::{c_char, c_void};

    super::super::library::functions! { c"libcmap.so.4":
        fn cmap_initialize_map(handle: *mut u64, map: u32);
        fn cmap_finalize(handle: u64);
        fn cmap_get(handle: u64, key: *const c_char, value: *mut c_void, length: *mut usize, kind: *mut u32);
        fn cmap_iter_init(handle: u64, prefix: *const c_char, iterator: *mut u64);
        fn cmap_iter_next(handle: u64, iterator: u64, key: *mut c_char, length: *mut usize, kind: *mut u32);
        fn cmap_iter_finalize(handle: u64, iterator: u64);
    }
}

/// The map of the configuration.
const ICMAP: u32 = 0;
/// Types of values.
const UINT32: u32 = 6;
const STRING: u32 = 11;
/// Corosync's longest value, and a key with its zero byte.
const VALUE: usize = 16 * 1024;
const KEY: usize = 256;

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A number of 32 bits without a sign, as most are.
    Number(u32),
    /// A text.
    Text(String),
    /// Of another type.
    Other,
}

/// A connection, closed when this is dropped.
///
/// # Invariants
///
/// `handle` is one that `cmap_initialize_map` gave, and is finalized by `drop` only.
pub struct Map {
    handle: u64,
}

impl Map {
    /// Connects. May wait for as long as the daemon stands still, as all calls do.
    pub fn open() -> Result<Map> {
        let mut handle = 0;
        // SAFETY: A pointer to a local.
        checked(unsafe { raw::cmap_initialize_map(&raw mut handle, ICMAP) })?;
        Ok(Map { handle })
    }

    /// A key's value.
    pub fn get(&self, key: &str) -> Result<Value> {
        self.value(&CString::new(key).map_err(|_| Error::Other(0))?)
    }

    fn value(&self, key: &CStr) -> Result<Value> {
        let (mut value, mut length, mut kind) = (vec![0u8; VALUE], VALUE, 0);
        // SAFETY: By the invariant of the handle, a string that ends with its zero byte, and pointers to locals, of
        // which the first has as many bytes as `length` says.
        checked(unsafe {
            raw::cmap_get(
                self.handle,
                key.as_ptr(),
                value.as_mut_ptr().cast(),
                &raw mut length,
                &raw mut kind,
            )
        })?;
        value.truncate(length);
        Ok(of(kind, &value))
    }

    /// All keys that begin so, with their values.
    pub fn all(&self, prefix: &str) -> Result<Vec<(String, Value)>> {
        let prefix = CString::new(prefix).map_err(|_| Error::Other(0))?;
        let mut iterator = 0;
        // SAFETY: By the invariant of the handle, a string that ends with its zero byte, and a pointer to a local.
        checked(unsafe { raw::cmap_iter_init(self.handle, prefix.as_ptr(), &raw mut iterator) })?;
        let mut all = Vec::new();
        loop {
            let mut key = [0u8; KEY];
            // SAFETY: By the invariant of the handle, an iterator of it that is not finalized, and a pointer to a local of
            // the size that the header wants. The last two may be null.
            let code = unsafe {
                raw::cmap_iter_next(
                    self.handle,
                    iterator,
                    key.as_mut_ptr().cast(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            };
            // The end is an error, too.
            if checked(code).is_err() {
                break;
            }
            let Ok(key) = CStr::from_bytes_until_nul(&key) else {
                continue;
            };
            // It may have gone since.
            if let Ok(value) = self.value(key) {
                all.push((key.to_string_lossy().into_owned(), value));
            }
        }
        // SAFETY: By the invariant of the handle, and an iterator of it that is not used after this.
        unsafe { raw::cmap_iter_finalize(self.handle, iterator) };
        Ok(all)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: By the invariant of the handle, which is not used after this.
        unsafe { raw::cmap_finalize(self.handle) };
    }
}

fn of(kind: u32, bytes: &[u8]) -> Value {
    match (kind, <[u8; 4]>::try_from(bytes)) {
        (UINT32, Ok(bytes)) => Value::Number(u32::from_ne_bytes(bytes)),
        (STRING, _) => {
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            Value::Text(String::from_utf8_lossy(text).into_owned())
        }
        _ => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_of_their_types() {
        assert_eq!(of(UINT32, &7u32.to_ne_bytes()), Value::Number(7));
        assert_eq!(of(UINT32, &[1, 2]), Value::Other);
        assert_eq!(of(STRING, b"net\0"), Value::Text("net".to_owned()));
        assert_eq!(of(STRING, b"net\0more"), Value::Text("net".to_owned()));
        assert_eq!(of(STRING, b""), Value::Text(String::new()));
        assert_eq!(of(2, &[7]), Value::Other);
    }
}
