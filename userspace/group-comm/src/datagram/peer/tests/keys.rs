// SPDX-License-Identifier: GPL-2.0-only

//! Peers one of which has another key.

use super::world::{Fault, World};

#[test]
fn who_has_another_key_is_nobody_and_both_sides_know_it() {
    let mut world = World::new(3, 46);
    world.run_to(1000);
    world.set(Fault::Die(2));
    world.keys.insert(2, 7);
    world.set(Fault::Start(2));
    world.run_to(3000);
    assert_eq!((world.members(0), world.members(2)), (vec![1, 2], vec![3]));
    assert_eq!(world.strangers(0, 500), [3]);
    assert_eq!(world.strangers(2, 500), [1, 2]);
    world.set(Fault::Die(2));
    world.keys.clear();
    world.set(Fault::Start(2));
    world.run_to(3300);
    assert!(
        (0..3).all(|node| world.strangers(node, 10_000).is_empty()),
        "who is reached has the same"
    );
    world.run_to(5000);
    world.check();
    assert!(world.is_whole());
}
