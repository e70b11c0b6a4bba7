// SPDX-License-Identifier: GPL-2.0-only

//! A fuzzer's bytes as numbers and pieces. Where they have ended all is 0 and empty, so that each input is one.

/// What is left of the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// All of these.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next ones.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let (first, rest) = self.0.split_at(self.0.len().min(N));
        for (to, from) in array.iter_mut().zip(first) {
            *to = *from;
        }
        self.0 = rest;
        array
    }

    /// A number.
    pub fn u8(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    /// A number.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// A number.
    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// A number.
    pub fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }

    /// A piece: its length, two bytes, and it.
    pub fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.u16()).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

/// Bits of a byte, from the lowest on.
#[derive(Clone, Copy, Debug)]
pub struct Bits(pub u8);

impl Bits {
    /// The next bit.
    pub fn one(&mut self) -> bool {
        let bit = self.0 & 1 != 0;
        self.0 >>= 1;
        bit
    }

    /// The next two as a number.
    pub fn two(&mut self) -> u8 {
        let two = self.0 & 3;
        self.0 >>= 2;
        two
    }
}
