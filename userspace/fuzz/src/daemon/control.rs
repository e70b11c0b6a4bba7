// SPDX-License-Identifier: GPL-2.0-only

//! Lines on the control socket, in both directions, and the filter for texts of others.
//!
//! An input: a byte of which, and the line.

use ssid_api::{Answer, Ask, make_printable, printable};

use crate::input::Input;

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let what = input.u8();
    let line = String::from_utf8_lossy(input.rest());
    match what % 3 {
        0 => {
            if let Ok(ask) = serde_json::from_str::<Ask>(&line) {
                let written = serde_json::to_string(&ask).unwrap();
                assert_eq!(serde_json::from_str::<Ask>(&written).unwrap(), ask);
                assert!(!written.contains('\n'));
            }
        }
        1 => {
            if let Ok(answer) = serde_json::from_str::<Answer>(&line) {
                let written = serde_json::to_string(&answer).unwrap();
                assert_eq!(serde_json::from_str::<Answer>(&written).unwrap(), answer);
                assert!(!written.contains('\n'));
            }
        }
        _ => {
            let longest = usize::from(what);
            let shown = printable(&line, longest);
            let is_obeyed = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
            assert!(!shown.contains(is_obeyed), "{shown:?}");
            assert!(shown.chars().count() <= longest + 1);
            let mut own = line.into_owned();
            make_printable(&mut own, longest);
            assert_eq!(own, shown);
        }
    }
}
