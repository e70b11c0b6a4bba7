// SPDX-License-Identifier: GPL-2.0-only

//! A part of a text, cut out while the text is written.

use core::fmt;

/// Takes what is written from a place on, as far as there is room.
pub struct Window<'a> {
    skip: usize,
    into: &'a mut [u8],
    taken: usize,
}

impl<'a> Window<'a> {
    /// The part of the text that begins at byte `from` and fits into `into`.
    pub fn new(from: usize, into: &'a mut [u8]) -> Self {
        Self {
            skip: from,
            into,
            taken: 0,
        }
    }

    /// Bytes taken.
    pub fn taken(&self) -> usize {
        self.taken
    }
}

impl fmt::Write for Window<'_> {
    /// Fails once the window is full, so that nobody goes on writing for nothing.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let skipped = self.skip.min(text.len());
        self.skip = self.skip.saturating_sub(skipped);
        let text = text.as_bytes().get(skipped..).unwrap_or(&[]);
        let room = self.into.get_mut(self.taken..).unwrap_or(&mut []);
        let fits = text.len().min(room.len());
        for (to, from) in room.iter_mut().zip(text) {
            *to = *from;
        }
        self.taken = self.taken.saturating_add(fits);
        if fits < text.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}
