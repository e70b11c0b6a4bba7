// SPDX-License-Identifier: GPL-2.0-only

//! Bytes of a frame or packet that is being made, in their order.

/// Room for `N` bytes, and those that are there so far. What does not fit is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bytes<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Bytes<N> {
    /// None yet.
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    /// These too, behind what there is.
    pub fn put(mut self, what: &[u8]) -> Self {
        let room = self.bytes.get_mut(self.len..).unwrap_or(&mut []);
        for (to, from) in room.iter_mut().zip(what) {
            *to = *from;
            self.len = self.len.saturating_add(1);
        }
        self
    }

    /// These in the place of two that begin at `at`: a checksum.
    pub fn with(mut self, at: usize, two: [u8; 2]) -> Self {
        let place = self.bytes.get_mut(at..);
        if let Some(place) = place.and_then(|rest| rest.first_chunk_mut()) {
            *place = two;
        }
        self
    }

    /// What there is.
    pub fn get(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// All of the room.
    pub const fn whole(&self) -> [u8; N] {
        self.bytes
    }
}

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out() {
        let bytes = Bytes::<4>::new().put(&[1, 2]).put(&[3, 4, 5]).put(&[6]);
        assert_eq!(bytes.get(), [1, 2, 3, 4]);
        assert_eq!(bytes.with(1, [9, 8]).whole(), [1, 9, 8, 4]);
        assert_eq!(bytes.with(3, [9, 8]), bytes);
        assert_eq!(bytes.with(usize::MAX, [9, 8]), bytes);
        assert_eq!(Bytes::<4>::new().put(&[7]).get(), [7]);
    }
}
