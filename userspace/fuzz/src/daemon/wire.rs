// SPDX-License-Identifier: GPL-2.0-only

//! Bytes between nodes: sections of datagrams, messages of daemons, and messages that come in parts. What is read is what was
//! written, and reading takes no more memory than there are bytes.
//!
//! An input: a byte of which, and the bytes.

use ssi_group_comm::datagram::wire::Section;
use ssi_group_comm::frame::{Assembler, LARGEST, LARGEST_PART, PART, Parts};
use ssid::packet::Packet;

use crate::input::Input;

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    match input.u8() % 3 {
        0 => sections(input.rest()),
        1 => packet(input.rest()),
        _ => parts(input),
    }
}

fn sections(bytes: &[u8]) {
    let all = Section::decode_all(bytes);
    let written: Vec<u8> = all.iter().flat_map(Section::encode).collect();
    assert!(written.len() <= bytes.len());
    assert_eq!(Section::decode_all(&written), all);
}

fn packet(bytes: &[u8]) {
    if let Ok(packet) = Packet::decode(bytes) {
        let written = packet.encode().unwrap();
        assert_eq!(Packet::decode(&written), Ok(packet));
    }
}

/// Parts of two senders, as they are or made of a message; and whole messages in between, which come whole.
fn parts(mut input: Input<'_>) {
    let mut assembler = Assembler::new();
    let mut number = 1000;
    while !input.is_empty() {
        let (what, piece) = (input.u8(), input.piece());
        if what & 2 == 0 {
            let message = assembler.take(what & 1, piece);
            assert!(message.is_none_or(|message| message.len() <= LARGEST));
            continue;
        }
        number += 1;
        let mut all = Parts::new(number, piece.to_vec()).unwrap();
        let mut came = None;
        while let Some(part) = all.part() {
            assert!(part.len() <= LARGEST_PART && piece.len() <= PART && came.is_none());
            came = assembler.take(what & 1, &part);
            all.sent();
        }
        assert_eq!(came.as_deref(), Some(piece));
    }
}
