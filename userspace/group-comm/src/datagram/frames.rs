// SPDX-License-Identifier: GPL-2.0-only

//! Frames that come in on the clients' interface, whoever sends them: counted while that matters.

use std::fs::read_to_string;

/// Of the network namespace of this thread.
const COUNTERS: &str = "/proc/thread-self/net/dev";

/// What was counted last, and when.
#[derive(Debug, Default)]
pub struct Frames {
    last: Option<(u64, u64)>,
}

impl Frames {
    /// Whether some came since it was counted last, which was `every` ms ago at least.
    pub fn came(&mut self, now: u64, every: u64, interface: &str) -> bool {
        if self
            .last
            .is_some_and(|(at, _)| at.saturating_add(every) > now)
        {
            return false;
        }
        let text = read_to_string(COUNTERS).unwrap_or_default();
        let before = self.last.take();
        self.last = received(&text, interface).map(|count| (now, count));
        // What came before the first time may have come long ago.
        let counts = before.zip(self.last);
        counts.is_some_and(|((_, old), (_, new))| old != new)
    }

    /// It does not matter.
    pub fn rest(&mut self) {
        self.last = None;
    }
}

/// Frames received by an interface, in the kernel's list.
fn received(text: &str, interface: &str) -> Option<u64> {
    let of_interface = |line: &str| {
        let counters = line.trim_start().strip_prefix(interface)?;
        let frames = counters.strip_prefix(':')?.split_whitespace().nth(1)?;
        frames.parse().ok()
    };
    text.lines().find_map(of_interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_is_that_of_received_frames() {
        let text = "Inter-|   Receive        |  Transmit\n face |bytes    packets errs drop |bytes\n    \
                    lo: 9000      90    0    0     0\n  eth0: 1234567   890    1    2     3\neth01:4 5 6\n";
        assert_eq!(received(text, "eth0"), Some(890));
        assert_eq!(received(text, "eth01"), Some(5));
        assert_eq!(received(text, "eth"), None);
        assert_eq!(received("eth0: x", "eth0"), None);
    }

    #[test]
    fn frames_are_counted_now_and_then() {
        let mut frames = Frames::default();
        assert!(!frames.came(0, 50, "lo"));
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(b"x", socket.local_addr().unwrap()).unwrap();
        assert!(!frames.came(49, 50, "lo"), "too soon");
        assert!(frames.came(50, 50, "lo"));
        socket.send_to(b"x", socket.local_addr().unwrap()).unwrap();
        frames.rest();
        assert!(!frames.came(100, 50, "lo"), "nobody knows when");
        assert!(!frames.came(200, 50, "no such interface"));
    }
}
