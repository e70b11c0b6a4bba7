// SPDX-License-Identifier: GPL-2.0-only

use proptest::prelude::*;

use super::*;

/// A member, what came of each other's stream and was not read yet, and what it delivered.
struct Member {
    order: Order,
    streams: BTreeMap<u8, VecDeque<Vec<u8>>>,
    delivered: Vec<Ordered>,
}

struct Ring {
    members: Vec<Member>,
}

impl Ring {
    fn new(count: u8) -> Ring {
        let member = |me| Member {
            order: Order::new(me, 0),
            streams: BTreeMap::new(),
            delivered: Vec::new(),
        };
        Ring {
            members: (0..count).map(member).collect(),
        }
    }

    fn put(&mut self, from: u8, bytes: &[u8]) {
        for (to, member) in (0u8..).zip(&mut self.members) {
            if to != from {
                let stream = member.streams.entry(from).or_default();
                stream.push_back(bytes.to_vec());
            }
        }
    }

    fn announce(&mut self, n: u8) {
        if let Some(bytes) = self.members[usize::from(n)].order.announcement() {
            self.put(n, &bytes);
        }
    }

    fn send(&mut self, n: u8, message: &[u8]) {
        self.announce(n);
        let wrapped = Order::wrapped(message);
        self.put(n, &wrapped);
        let member = &mut self.members[usize::from(n)];
        member
            .delivered
            .extend(member.order.take(n, &wrapped).unwrap());
    }

    /// Member `n` reads the next of the stream of `from`.
    fn read(&mut self, n: u8, from: u8) {
        let member = &mut self.members[usize::from(n)];
        let next = member.streams.get_mut(&from).and_then(VecDeque::pop_front);
        if let Some(bytes) = next {
            member
                .delivered
                .extend(member.order.take(from, &bytes).unwrap());
        }
    }
}

proptest! {
    /// Whatever arrives when: one order, none lost, none twice, those of a sender as it sent them.
    #[test]
    fn all_deliver_the_same_in_the_same_order(
        count in 1u8..5, steps in prop::collection::vec((0..10u8, 0..5u8, 0..5u8), 0..300),
    ) {
        let mut ring = Ring::new(count);
        let mut sent = vec![Vec::new(); usize::from(count)];
        for (number, (what, n, other)) in (0u32..).zip(steps) {
            let (n, other) = (n % count, other % count);
            match what {
                0..=2 => {
                    ring.send(n, &number.to_be_bytes());
                    sent[usize::from(n)].push(number.to_be_bytes().to_vec());
                }
                3..=4 => ring.announce(n),
                _ => ring.read(n, other),
            }
            for one in &ring.members {
                let longest = ring.members.iter().map(|m| &m.delivered).max_by_key(|d| d.len());
                prop_assert!(longest.unwrap().starts_with(&one.delivered));
            }
        }
        for _ in 0..2 {
            for n in 0..count {
                ring.announce(n);
                for other in 0..count {
                    (0..700).for_each(|_| ring.read(n, other));
                }
            }
        }
        for member in &ring.members {
            prop_assert_eq!(&member.delivered, &ring.members[0].delivered);
            prop_assert_eq!(member.order.bytes, 0);
            for (place, sent) in (0u8..).zip(&sent) {
                let of = member.delivered.iter().filter(|(from, _)| *from == place);
                prop_assert_eq!(&of.map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>(), sent);
            }
        }
    }

    #[test]
    fn any_bytes_do_no_harm(
        me in 0..3u8, all in prop::collection::vec((0..4u8, prop::collection::vec(any::<u8>(), 0..20)), 0..50),
    ) {
        let mut order = Order::new(me, 0);
        for (from, bytes) in all {
            order.take(from, &bytes);
            order.announcement();
        }
    }
}

#[test]
fn what_is_never_told_does_not_wait_for_ever() {
    let mut order = Order::new(1, 0);
    let message = Order::wrapped(&vec![0; LARGEST]);
    for _ in 0..3 {
        assert_eq!(order.take(2, &message), Some(Vec::new()));
    }
    assert_eq!(order.take(2, &message), None);
}

/// What is a byte in a message, or none, is many here.
#[test]
fn empty_messages_and_places_without_messages_fill_no_memory() {
    let mut order = Order::new(1, 0);
    let empty = Order::wrapped(&[]);
    let taken = (0..=ROOM / ENTRY).take_while(|_| order.take(2, &empty).is_some());
    assert_eq!(taken.count(), ROOM / ENTRY);
    let mut order = Order::new(1, 0);
    let places = [vec![NEXT], vec![2; ROOM / ENTRY]].concat();
    assert_eq!(order.take(0, &places), Some(Vec::new()));
    assert_eq!(order.take(0, &[NEXT, 2]), None);
}
