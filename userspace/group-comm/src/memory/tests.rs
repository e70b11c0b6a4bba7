// SPDX-License-Identifier: GPL-2.0-only

//! Tests of the engine in memory: what a program may rely on, whatever happens.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Group;

fn all(events: &mut mpsc::Receiver<GroupEvent>) -> Vec<GroupEvent> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

fn group(ring: u64, members: &[u32], quorate: bool) -> GroupEvent {
    GroupEvent::Group(Group {
        ring,
        members: members.to_vec(),
        quorate,
        quorum: 2,
        votes: BTreeMap::new(),
        dead: Vec::new(),
    })
}

fn message(from: u32, byte: u8) -> GroupEvent {
    GroupEvent::Message {
        from,
        bytes: vec![byte],
    }
}

fn changing() -> GroupEvent {
    GroupEvent::Nothing("the membership is changing".to_owned())
}

/// Three nodes with programs, and nothing left to receive.
fn three(hub: &Hub) -> [(Memory, mpsc::Receiver<GroupEvent>); 3] {
    let mut all_three = [1, 2, 3].map(|id| {
        let mut engine = hub.join(id);
        let events = engine.receiver().unwrap();
        (engine, events)
    });
    hub.run();
    for (_, events) in &mut all_three {
        all(events);
    }
    all_three
}

#[test]
fn programs_join_and_leave_within_a_ring() {
    let hub = Hub::immediate(&[1, 2, 3]);
    let mut one = hub.join(1);
    let mut events = one.receiver().unwrap();
    assert!(one.receiver().is_none());
    let two = hub.join(2);
    drop(two);
    let wanted = [
        group(1, &[1], true),
        group(1, &[1, 2], true),
        group(1, &[1], true),
    ];
    assert_eq!(
        all(&mut events),
        wanted,
        "quorate by daemons, not by programs"
    );
}

#[test]
fn a_program_started_anew_puts_the_old_one_out() {
    let hub = Hub::immediate(&[1, 2, 3]);
    let [(one, _old), (_two, mut events), _three] = three(&hub);
    let again = hub.join(1);
    one.send(vec![1]);
    drop(one);
    again.send(vec![2]);
    assert_eq!(
        all(&mut events),
        [
            group(1, &[2, 3], true),
            group(1, &[1, 2, 3], true),
            message(1, 2)
        ]
    );
}

#[test]
fn a_cut_makes_two_rings_and_heals() {
    let hub = Hub::immediate(&[1, 2, 3]);
    let [(one, mut events), (two, mut other), _three] = three(&hub);
    hub.partition(&[&[1]]);
    one.send(vec![1]);
    two.send(vec![2]);
    hub.heal();
    let whole = [changing(), group(4, &[1, 2, 3], true)];
    let wanted = [
        [changing(), group(3, &[1], false), message(1, 1)].as_slice(),
        &whole,
    ]
    .concat();
    assert_eq!(all(&mut events), wanted);
    let wanted = [
        [changing(), group(2, &[2, 3], true), message(2, 2)].as_slice(),
        &whole,
    ]
    .concat();
    assert_eq!(all(&mut other), wanted);
}

#[test]
fn a_cut_elsewhere_is_not_received() {
    let hub = Hub::immediate(&[1, 2, 3]);
    let [(_one, mut events), (_two, _), (_three, mut third)] = three(&hub);
    hub.partition(&[&[1]]);
    all(&mut events);
    all(&mut third);
    hub.partition(&[&[1], &[2]]);
    assert_eq!(all(&mut events), []);
    assert_eq!(all(&mut third).len(), 2);
}

#[test]
fn a_daemon_dies_and_comes_back() {
    let hub = Hub::immediate(&[1, 2, 3]);
    let [(one, mut events), (_two, mut other), _three] = three(&hub);
    hub.down(1);
    hub.down(1);
    one.send(vec![1]);
    hub.up(1);
    let gone = GroupEvent::Nothing("the daemon of this node is down".to_owned());
    assert_eq!(
        all(&mut events),
        [gone, changing(), group(3, &[1, 2, 3], true)]
    );
    assert_eq!(
        all(&mut other),
        [
            changing(),
            group(2, &[2, 3], true),
            changing(),
            group(3, &[1, 2, 3], true)
        ]
    );
}

#[test]
fn a_held_node_receives_and_sends_later() {
    let hub = Hub::immediate(&[1, 2, 3]);
    let [(one, mut events), (two, mut other), _three] = three(&hub);
    hub.hold(1);
    one.send(vec![1]);
    two.send(vec![2]);
    hub.partition(&[&[1]]);
    assert_eq!((all(&mut events), all(&mut other).len()), (vec![], 3));
    hub.release(1);
    let wanted = [
        message(2, 2),
        changing(),
        group(3, &[1], false),
        message(1, 1),
    ];
    assert_eq!(
        all(&mut events),
        wanted,
        "first the past, in which it was quorate"
    );
}

#[test]
fn what_was_ordered_comes_before_the_change() {
    let hub = Hub::stepped(&[1, 2, 3]);
    let [(one, mut events), (two, _), _three] = three(&hub);
    one.send(vec![1]);
    two.send(vec![2]);
    assert_eq!(hub.steps(), [Step::Order(1), Step::Order(2)]);
    assert!(hub.take(Step::Order(2)));
    assert!(!hub.take(Step::Order(2)) && !hub.take(Step::Deliver(9)));
    hub.partition(&[&[1, 2]]);
    hub.run();
    assert_eq!(
        all(&mut events),
        [
            message(2, 2),
            changing(),
            group(3, &[1, 2], true),
            message(1, 1)
        ]
    );
}

#[test]
fn a_cut_between_messages_can_lose_them_on_one_side() {
    let hub = Hub::stepped(&[1, 2, 3]);
    let [(one, mut events), (_two, mut other), (_three, mut third)] = three(&hub);
    one.send(vec![1]);
    one.send(vec![2]);
    assert!(hub.take(Step::Order(1)) && hub.take(Step::Order(1)) && hub.take(Step::Deliver(2)));
    hub.partition_losing(&[&[1], &[2, 3]], &[2]);
    hub.run();
    assert_eq!(all(&mut events)[..2], [message(1, 1), message(1, 2)]);
    assert_eq!(
        all(&mut other),
        [message(1, 1), changing(), group(3, &[2, 3], true)]
    );
    assert_eq!(
        all(&mut third),
        [message(1, 1), changing(), group(3, &[2, 3], true)]
    );
}

/// What a test may do.
#[derive(Clone, Debug)]
enum Deed {
    Send(u32),
    Step(prop::sample::Index),
    Partition(Vec<u32>),
    Losing(Vec<u32>, u32),
    Down(u32),
    Up(u32),
    Hold(u32),
    Release(u32),
    Restart(u32),
}

fn deed() -> impl Strategy<Value = Deed> {
    let node = || 1..5_u32;
    let set = || prop::collection::vec(node(), 0..4);
    prop_oneof![
        8 => node().prop_map(Deed::Send),
        16 => any::<prop::sample::Index>().prop_map(Deed::Step),
        1 => set().prop_map(Deed::Partition),
        1 => (set(), node()).prop_map(|(set, node)| Deed::Losing(set, node)),
        1 => node().prop_map(Deed::Down),
        1 => node().prop_map(Deed::Up),
        1 => node().prop_map(Deed::Hold),
        1 => node().prop_map(Deed::Release),
        1 => node().prop_map(Deed::Restart),
    ]
}

/// What one program received in its life, in order.
type Life = (u32, Vec<GroupEvent>);

/// Runs it all and, in the end, everything that can happen.
fn lives(deeds: Vec<Deed>) -> Vec<Life> {
    let hub = Hub::stepped(&[1, 2, 3, 4]);
    let mut programs: BTreeMap<u32, (Memory, mpsc::Receiver<GroupEvent>)> = BTreeMap::new();
    let mut lives = Vec::new();
    let start = |id| {
        let mut engine = hub.join(id);
        let events = engine.receiver().unwrap();
        (engine, events)
    };
    (1..5).for_each(|id| drop(programs.insert(id, start(id))));
    for (number, deed) in (0_u32..).zip(deeds) {
        match deed {
            Deed::Send(id) => programs[&id].0.send(number.to_be_bytes().to_vec()),
            Deed::Step(pick) => {
                let steps = hub.steps();
                if !steps.is_empty() {
                    assert!(hub.take(*pick.get(&steps)));
                }
            }
            Deed::Partition(set) => hub.partition(&[&set]),
            Deed::Losing(set, losing) => hub.partition_losing(&[&set], &[losing]),
            Deed::Down(id) => hub.down(id),
            Deed::Up(id) => hub.up(id),
            Deed::Hold(id) => hub.hold(id),
            Deed::Release(id) => hub.release(id),
            Deed::Restart(id) => {
                let (_, mut events) = programs.insert(id, start(id)).unwrap();
                lives.push((id, all(&mut events)));
            }
        }
    }
    (1..5).for_each(|id| hub.release(id));
    hub.run();
    lives.extend(
        programs
            .into_iter()
            .map(|(id, (_, mut events))| (id, all(&mut events))),
    );
    lives
}

/// A message, and who sent it.
type Sent = (u32, Vec<u8>);

/// The messages of each ring in which a program was.
fn rings(life: &[GroupEvent]) -> Vec<(u64, Vec<Sent>)> {
    let mut rings: Vec<(u64, Vec<Sent>)> = Vec::new();
    let mut in_group = false;
    for event in life {
        match event {
            GroupEvent::Message { .. } => assert!(in_group, "a message without a group"),
            other => in_group = matches!(other, GroupEvent::Group(_)),
        }
        match event {
            GroupEvent::Group(group)
                if rings.last().is_none_or(|(ring, _)| *ring != group.ring) =>
            {
                rings.push((group.ring, Vec::new()));
            }
            GroupEvent::Group(_) | GroupEvent::Nothing(_) => {}
            GroupEvent::Trouble(_) | GroupEvent::CutOff(_) | GroupEvent::HeldOut(_) => {}
            GroupEvent::Message { from, bytes } => {
                rings.last_mut().unwrap().1.push((*from, bytes.clone()))
            }
        }
    }
    rings
}

/// Whether one order has both: messages that both have come in the same sequence.
fn agree(one: &[Sent], other: &[Sent]) -> bool {
    let in_both = |from: &[Sent], of: &[Sent]| -> Vec<Sent> {
        from.iter()
            .filter(|message| of.contains(message))
            .cloned()
            .collect()
    };
    in_both(one, other) == in_both(other, one)
}

proptest! {
    #[test]
    fn any_two_programs_agree_on_the_order(deeds in prop::collection::vec(deed(), 0..120)) {
        let lives = lives(deeds);
        let events: Vec<Vec<Sent>> = lives
            .iter()
            .map(|(_, life)| rings(life).into_iter().flat_map(|(_, messages)| messages).collect())
            .collect();
        for one in &events {
            let mut sorted = one.clone();
            sorted.sort();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), one.len(), "delivered twice");
            for id in 1..5 {
                let own: Vec<&Vec<u8>> = one.iter().filter(|(from, _)| *from == id).map(|(_, bytes)| bytes).collect();
                prop_assert!(own.is_sorted(), "a sender's messages come as they were sent");
            }
            prop_assert!(events.iter().all(|other| agree(one, other)));
        }
    }

    #[test]
    fn who_goes_on_together_received_the_same(deeds in prop::collection::vec(deed(), 0..120)) {
        // A first change, as programs that join within a ring have not received all of it.
        let deeds = [Deed::Down(4), Deed::Up(4)].into_iter().chain(deeds).collect();
        let lives: Vec<_> = lives(deeds).iter().map(|(_, life)| rings(life)).collect();
        for (one, other) in lives.iter().flat_map(|one| lives.iter().map(move |other| (one, other))) {
            for mine in one.windows(2).skip(1) {
                for theirs in other.windows(2).skip(1) {
                    let ring = |pair: &[(u64, Vec<Sent>)]| [pair[0].0, pair[1].0];
                    if ring(mine) == ring(theirs) {
                        prop_assert_eq!(&mine[0].1, &theirs[0].1);
                    }
                }
            }
        }
    }

    #[test]
    fn at_rest_all_members_have_the_same_group(deeds in prop::collection::vec(deed(), 0..120)) {
        // The last four lives are those that go on.
        let last: BTreeMap<u32, GroupEvent> = lives(deeds).into_iter().rev().take(4)
            .map(|(id, life)| (id, life.into_iter().rfind(|event| !matches!(event, GroupEvent::Message { .. })).unwrap()))
            .collect();
        for (id, event) in &last {
            let GroupEvent::Group(group) = event else { continue };
            prop_assert!(group.members.contains(id));
            prop_assert!(group.members.iter().all(|member| last[member] == *event));
        }
    }

    #[test]
    fn the_same_deeds_have_the_same_outcome(deeds in prop::collection::vec(deed(), 0..60)) {
        prop_assert_eq!(lives(deeds.clone()), lives(deeds));
    }
}
