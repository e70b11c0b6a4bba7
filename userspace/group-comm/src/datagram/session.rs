// SPDX-License-Identifier: GPL-2.0-only

//! Session: one run of a node's program, and which of its datagrams were taken already.

/// A random number that no other run of any program has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Session(pub [u8; 16]);

/// Datagrams that a window knows of, the newest included.
const SPAN: u64 = 64;

/// Datagrams of a session by their counters: each is taken once, and none that is far behind.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Window {
    newest: u64,
    /// Whether those at `newest`, `newest - 1` ... were taken, from bit 0 on.
    taken: u64,
}

impl Window {
    /// From this counter on; it and all before it count as taken.
    pub const fn after(counter: u64) -> Window {
        Window {
            newest: counter,
            taken: u64::MAX,
        }
    }

    /// Whether a datagram is not too old to tell if it was taken.
    pub const fn spans(&self, counter: u64) -> bool {
        counter.saturating_add(SPAN) > self.newest
    }

    /// Takes a datagram. False if it was taken already, or is too old to tell.
    pub fn take(&mut self, counter: u64) -> bool {
        if let Some(ahead) = counter.checked_sub(self.newest).filter(|ahead| *ahead > 0) {
            let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
            self.taken = self.taken.checked_shl(ahead).unwrap_or(0) | 1;
            self.newest = counter;
            return true;
        }
        let behind = u32::try_from(self.newest - counter).unwrap_or(u32::MAX);
        let Some(bit) = 1u64.checked_shl(behind) else {
            return false;
        };
        let is_new = self.taken & bit == 0;
        self.taken |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn none_is_taken_twice_and_none_of_before() {
        let mut window = Window::after(10);
        assert!(!window.take(10) && !window.take(3));
        assert!(window.take(12) && window.take(11) && !window.take(11) && !window.take(12));
        assert!(window.take(75) && !window.take(11), "too far behind");
        assert!(!window.spans(11) && window.spans(12) && window.spans(75) && window.spans(76));
        assert!(window.take(13) && !window.take(13));
        assert!(window.take(u64::MAX) && !window.take(75) && !window.take(u64::MAX));
    }

    proptest! {
        #[test]
        fn it_takes_what_a_set_would(counters in prop::collection::vec(1u64..300, 1..200)) {
            let (mut window, mut taken, mut newest) = (Window::after(0), BTreeSet::new(), 0);
            for counter in counters {
                let fits = counter + 63 >= newest && !taken.contains(&counter);
                prop_assert_eq!(window.take(counter), fits);
                newest = newest.max(counter);
                taken.insert(counter);
            }
        }
    }
}
