// SPDX-License-Identifier: GPL-2.0-only

//! Parts of a state that many states have in common: hashed once, copied when changed.

use std::collections::hash_map::DefaultHasher;
use std::fmt::{Debug, Formatter};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

#[derive(Clone)]
pub struct Shared<T> {
    hash: u64,
    inner: Arc<T>,
}

impl<T: Hash> Shared<T> {
    pub fn new(inner: T) -> Self {
        let mut hasher = DefaultHasher::new();
        inner.hash(&mut hasher);
        Self {
            hash: hasher.finish(),
            inner: Arc::new(inner),
        }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.inner == other.inner
    }
}

impl<T: Eq> Eq for Shared<T> {}

impl<T: Debug> Debug for Shared<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(f)
    }
}
