// SPDX-License-Identifier: GPL-2.0-only

//! Tests of reachability.

use proptest::prelude::*;

use super::*;

const PATIENCE: u64 = 200;

fn set(places: &[u8]) -> Places {
    places.iter().copied().collect()
}

/// Those that are cut off, where each of these ways is one on which something is heard: from, to.
fn cut_off(nodes: u8, ways: &[(u8, u8)]) -> Vec<u8> {
    let hears = |of: u8| {
        let heard = ways.iter().filter(|(_, to)| *to == of);
        heard.map(|(from, _)| *from).collect::<Places>()
    };
    let all: Places = (0..nodes).collect();
    (0..nodes)
        .filter(|me| is_smaller_part(*me, all, hears))
        .collect()
}

/// Both ways between each two of a part.
fn connected(parts: &[&[u8]]) -> Vec<(u8, u8)> {
    let pairs = parts.iter().flat_map(|part| {
        let ways = part.iter().flat_map(|a| part.iter().map(|b| (*a, *b)));
        ways.filter(|(a, b)| a != b)
    });
    pairs.collect()
}

#[test]
fn the_largest_part_is_where_clients_are() {
    for (nodes, parts, out) in [
        (3, vec![&[0, 1, 2][..]], vec![]),
        (3, vec![&[0, 1]], vec![2]),
        (3, vec![&[1, 2]], vec![0]),
        // Nobody knows.
        (3, vec![], vec![]),
        (2, vec![], vec![]),
        (1, vec![], vec![]),
        (4, vec![&[0, 3], &[1, 2]], vec![]),
        (5, vec![&[0, 3], &[1, 2]], vec![4]),
        (5, vec![&[0, 1], &[2, 3, 4]], vec![0, 1]),
        (6, vec![&[4, 5]], vec![0, 1, 2, 3]),
    ] {
        assert_eq!(cut_off(nodes, &connected(&parts)), out, "{nodes} {parts:?}");
    }
}

#[test]
fn who_hears_or_is_heard_only_is_not_connected() {
    let two = connected(&[&[0, 1]]);
    for ways in [[(0, 2), (1, 2)], [(2, 0), (2, 1)], [(0, 2), (2, 1)]] {
        assert_eq!(cut_off(3, &[&two[..], &ways].concat()), [2]);
    }
    // By another node it is.
    assert!(cut_off(3, &connected(&[&[0, 1], &[1, 2]])).is_empty());
}

/// Node 2 of three, whom the others report to hear or not to, by the datagram of a number.
struct Node {
    it: Reachability,
    counter: u64,
}

impl Node {
    fn new() -> Node {
        let mut it = Reachability::new(2, PATIENCE);
        it.set_works(true);
        Node { it, counter: 0 }
    }

    fn beat(&mut self, now: u64, hears: bool, is_heard: bool) -> Option<bool> {
        self.counter += 1;
        let third: &[u8] = if is_heard { &[2] } else { &[] };
        for (place, other) in [(0, 1), (1, 0)] {
            if hears {
                self.it.heard(now, place);
            }
            let all = set(third).with(other);
            self.it.report(place, self.counter, all);
        }
        self.it.look(now, set(&[0, 1, 2]))
    }
}

#[test]
fn it_is_judged_when_it_lasts_and_so_is_its_end() {
    let mut node = Node::new();
    assert_eq!(node.beat(0, true, true), None);
    assert_eq!(node.it.hears(), set(&[0, 1]));
    assert_eq!(node.it.wake_at(), Some(PATIENCE));
    // Not heard for a moment.
    assert_eq!(node.beat(60, true, false), None);
    assert_eq!(node.beat(240, true, true), None);
    assert_eq!(node.beat(300, true, false), None);
    assert_eq!(node.it.wake_at(), Some(500));
    assert_eq!(node.beat(499, true, false), None);
    assert_eq!(node.beat(500, true, false), Some(true));
    assert!(node.it.is_cut_off());
    assert_eq!(node.beat(560, true, true), None);
    assert_eq!(node.beat(700, true, false), None);
    assert_eq!(node.beat(740, true, true), None);
    assert_eq!(node.beat(939, true, true), None);
    assert_eq!(node.beat(940, true, true), Some(false));
    // It hears nothing itself.
    assert_eq!(node.beat(1139, false, true), None);
    assert_eq!(node.beat(1140, false, true), None);
    assert_eq!(node.it.hears(), Places::NONE);
    assert_eq!(node.beat(1340, false, true), Some(true));
}

#[test]
fn only_members_count_and_only_what_is_known() {
    let cut_off = |change: &dyn Fn(&mut Node), members: &[u8]| {
        let mut node = Node::new();
        node.beat(0, true, true);
        for now in (300..1000).step_by(50) {
            node.beat(now, false, false);
            change(&mut node);
            node.it.look(now, set(members));
        }
        node.it.is_cut_off()
    };
    let all = [0, 1, 2];
    assert!(cut_off(&|_| {}, &all));
    assert!(!cut_off(&|_| {}, &[1, 2]), "one that is gone");
    assert!(!cut_off(&|node| node.it.forget(0), &all), "it says nothing");
    assert!(
        !cut_off(&|node| node.it.set_works(false), &all),
        "this machine knows why"
    );
    let late = |node: &mut Node| node.it.report(0, 1, Places::NONE);
    assert!(cut_off(&late, &all), "an old datagram");
}

#[test]
fn who_gets_frames_and_is_heard_is_not_cut_off() {
    for (is_heard, is_cut_off) in [(true, false), (false, true)] {
        let mut node = Node::new();
        node.beat(0, true, true);
        for now in (300..1000).step_by(50) {
            node.beat(now, false, is_heard);
            assert_eq!(node.it.is_deaf(), is_heard);
            node.it.frames_came(now);
        }
        assert_eq!(node.it.is_cut_off(), is_cut_off);
        // No more come.
        for now in (1000..1500).step_by(50) {
            node.beat(now, false, is_heard);
        }
        assert!(node.it.is_cut_off());
        node.it.frames_came(1500);
        node.beat(1500, true, true);
        assert!(!node.it.is_deaf());
    }
}

#[test]
fn who_reconfigures_judges_by_what_comes_there() {
    let mut node = Node::new();
    node.beat(0, true, true);
    for now in (300..1000).step_by(50) {
        node.beat(now, false, false);
    }
    let mut moved = node.it.moved(0);
    assert!(moved.is_cut_off() && moved.hears() == Places::NONE);
    assert_eq!(moved.look(1000, set(&[0, 1, 2])), None);
    assert_eq!(moved.look(1200, set(&[0, 1, 2])), Some(false));
}

#[test]
fn who_stood_still_begins_to_judge_anew() {
    let mut node = Node::new();
    node.beat(0, true, true);
    node.beat(60, true, false);
    node.it.excuse(2000, 1880);
    assert_eq!(node.it.look(2000, set(&[0, 1, 2])), None);
    assert_eq!(node.it.hears(), set(&[0, 1]));
    assert_eq!(node.beat(2010, true, true), None);
    assert!(!node.it.is_cut_off() && node.it.wake_at() == Some(2210));
}

proptest! {
    #[test]
    fn whoever_is_in_a_largest_part_is_never_cut_off(nodes in 0u8..9, ways in prop::collection::vec((0u8..9, 0u8..9), 0..40)) {
        let all: Places = (0..nodes).collect();
        let hears = |of: u8| ways.iter().filter(|(_, to)| *to == of).map(|(from, _)| *from).collect::<Places>().without(of);
        let parts: Vec<Places> = (0..nodes).map(|one| part(one, all, &hears)).collect();
        let largest = parts.iter().map(|part| part.len()).max().unwrap_or(0);
        for me in 0..nodes {
            let own = parts[usize::from(me)];
            let is_out = is_smaller_part(me, all, hears);
            prop_assert_eq!(is_out, own.len() < largest);
            prop_assert!(!is_out || largest > 1, "no two are connected");
            // All of a part come to the same.
            prop_assert!(own.has(me) && own.iter().all(|other| parts[usize::from(other)] == own));
        }
    }

    /// Whatever came before: once nothing changes any more, the rule decides.
    #[test]
    fn in_the_end_all_are_judged_by_what_is(steps in prop::collection::vec((1u64..150, 0u8..5, 0u8..5), 0..60)) {
        const NODES: u8 = 5;
        let all: Places = (0..NODES).collect();
        let mut nodes: Vec<Reachability> = (0..NODES).map(|me| Reachability::new(me, PATIENCE)).collect();
        nodes.iter_mut().for_each(|node| node.set_works(true));
        let (mut now, mut deaf, mut counter) = (0, Vec::new(), 0);
        let rest = (0..12).map(|_| (50, 0, 0));
        for (ms, from, to) in steps.into_iter().chain(rest) {
            now += ms;
            match deaf.iter().position(|way| *way == (from, to)) {
                _ if from == to => {}
                Some(at) => drop(deaf.remove(at)),
                None => deaf.push((from, to)),
            }
            for to in 0..NODES {
                for from in (0..NODES).filter(|from| *from != to && !deaf.contains(&(*from, to))) {
                    nodes[usize::from(to)].heard(now, from);
                }
            }
            counter += 1;
            let hears: Vec<Places> = nodes.iter().map(Reachability::hears).collect();
            for node in &mut nodes {
                for (place, hears) in (0u8..).zip(&hears) {
                    node.report(place, counter, *hears);
                }
                node.look(now, all);
            }
        }
        let ways: Vec<(u8, u8)> = (0..NODES).flat_map(|a| (0..NODES).map(move |b| (a, b)))
            .filter(|(a, b)| a != b && !deaf.contains(&(*a, *b))).collect();
        let out: Vec<u8> = (0..NODES).filter(|node| nodes[usize::from(*node)].is_cut_off()).collect();
        prop_assert!(out.len() < usize::from(NODES));
        prop_assert_eq!(out, cut_off(NODES, &ways));
    }
}
