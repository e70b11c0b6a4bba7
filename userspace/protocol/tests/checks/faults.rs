// SPDX-License-Identifier: GPL-2.0-only

//! Each rule left out: the checker has to find what comes of it.

use std::sync::Arc;

use ssi_protocol::fault::Fault;
use ssi_protocol::{Buckets, Input, KernelEvent, Timing};

use crate::action::Action;
use crate::machine::KernelFault;
use crate::model::Mishap::{Deafen, Hold, Pause, Stall};
use crate::model::{Bounds, Left, Mishap, check};
use crate::sound::{ALONE_0, ALONE_1, EXACT, at_once, other_votes, rules, sticking, two};
use crate::world::{Rules, World};

/// Leases of a step more than the usual.
const LONGER: Timing = match Timing::new(3, 0, 0, 1) {
    Ok(timing) => timing,
    Err(_) => panic!(),
};

/// In which the checker looks: with the rule kept there is nothing to be found.
struct Scene {
    script: &'static [u8],
    mishaps: &'static [Mishap],
    left: Left,
}

const fn left(steps: u8, mishaps: u8) -> Left {
    Left {
        steps,
        mishaps,
        views: 0,
        repeats: 0,
        crashes: 0,
        reboots: 0,
        wishes: 0,
    }
}

fn find(rules: Rules, rates: [u64; 3], scene: &Scene) -> Option<Vec<Action>> {
    let bounds = Bounds {
        rules,
        rates: vec![rates],
        script: scene.script.to_vec(),
        mishaps: scene.mishaps,
        left: scene.left,
        rest_of: None,
        goal: at_once,
        found: Arc::default(),
    };
    let outcome = check(bounds, 1);
    println!("{} states", outcome.states);
    let found = outcome.found.into_iter();
    found.map(|(_, path)| path).min_by_key(Vec::len)
}

/// The fault is found, and without it nothing is.
fn caught(fault: Fault, scene: &Scene) {
    caught_by(fault, EXACT, [1; 3], scene);
}

fn caught_by(fault: Fault, timing: Timing, rates: [u64; 3], scene: &Scene) {
    let broken = Rules {
        timing,
        fault: Some(fault),
        keep_all: matches!(fault, Fault::ReceivesOldViews | Fault::ReceivesTwice),
        ..rules()
    };
    let whole = Rules {
        fault: None,
        keep_all: false,
        ..broken.clone()
    };
    report(&format!("{fault:?}"), find(broken, rates, scene));
    assert_eq!(find(whole, rates, scene), None, "the scene is to blame");
}

/// The same, where nodes have other leases than each other, or than those before.
fn caught_with(name: &str, broken: Rules, whole: Rules, scene: &Scene) {
    report(name, find(broken, [1; 3], scene));
    assert_eq!(find(whole, [1; 3], scene), None, "the scene is to blame");
}

fn report(name: &str, found: Option<Vec<Action>>) {
    let path = found.unwrap_or_else(|| panic!("{name}: nothing found"));
    println!("{name}: caught after {} steps\n{path:?}", path.len());
}

#[test]
fn claim_14_broken_adopts_unreleased() {
    let left = Left {
        wishes: 1,
        ..left(1, 1)
    };
    let scene = Scene {
        script: &[],
        mishaps: &[Pause],
        left,
    };
    caught(Fault::AdoptsUnreleased, &scene);
}

#[test]
fn claim_14_broken_releases_early() {
    let left = Left {
        wishes: 1,
        ..left(1, 1)
    };
    let scene = Scene {
        script: &[],
        mishaps: &[Pause],
        left,
    };
    caught(Fault::ReleasesEarly, &scene);
}

#[test]
fn claim_14_broken_forgets_command() {
    let left = Left {
        wishes: 3,
        ..left(2, 1)
    };
    let scene = Scene {
        script: &[],
        mishaps: &[Stall],
        left,
    };
    caught(Fault::ForgetsCommand, &scene);
}

#[test]
fn claim_14_broken_takes_cold_at_once() {
    let scene = Scene {
        script: &[0b110],
        mishaps: &[],
        left: left(4, 0),
    };
    caught(Fault::TakesColdAtOnce, &scene);
}

/// One of two nodes is alone, then the other: each dies once.
fn alone_in_turn() -> Scene {
    Scene {
        script: &[ALONE_0, ALONE_1],
        mishaps: &[],
        left: Left {
            crashes: 2,
            ..left(4, 0)
        },
    }
}

/// Of two nodes who was alone is dead, and its kernel is not.
#[test]
fn claim_14_broken_takes_from_dead_at_once() {
    let broken = Rules {
        fault: Some(Fault::TakesFromDeadAtOnce),
        ..two()
    };
    caught_with("TakesFromDeadAtOnce", broken, two(), &alone_in_turn());
}

/// Programs of two nodes that died were confirmed dead, and later ones of the same nodes live.
#[test]
fn claim_14_broken_confirmation_counts_for_later_programs() {
    let broken = Rules {
        confirms_later: true,
        ..two()
    };
    caught_with(
        "a confirmation counts for later programs",
        broken,
        two(),
        &alone_in_turn(),
    );
}

#[test]
fn claim_14_broken_takes_on_old_evidence() {
    let scene = Scene {
        script: &[0b110, 0b101],
        mishaps: &[Pause, Hold],
        left: left(2, 2),
    };
    caught(Fault::TakesOnOldEvidence, &scene);
}

#[test]
fn claim_14_broken_lease_from_echo() {
    let scene = Scene {
        script: &[0b110],
        mishaps: &[Pause],
        left: left(3, 2),
    };
    caught(Fault::LeaseFromEcho, &scene);
}

#[test]
fn claim_14_broken_own_echo_is_enough() {
    let scene = Scene {
        script: &[0b110],
        mishaps: &[Pause],
        left: left(3, 2),
    };
    caught(Fault::OwnEchoIsEnough, &scene);
}

/// One of three is a quorum alone, by its votes.
#[test]
fn claim_14_broken_counts_nodes() {
    let whole = Rules {
        votes: [1, 1, 3],
        ..rules()
    };
    let broken = Rules {
        fault: Some(Fault::CountsNodes),
        ..whole.clone()
    };
    let scene = Scene {
        script: &[0b100],
        mishaps: &[],
        left: left(4, 0),
    };
    caught_with("CountsNodes", broken, whole, &scene);
}

/// Votes are others, by which other nodes are a quorum, while who was one before goes on.
#[test]
fn claim_14_broken_other_votes_at_once() {
    let scene = Scene {
        script: &[0b110],
        mishaps: &[],
        left: left(4, 0),
    };
    caught_with(
        "other votes at once",
        other_votes(false),
        other_votes(true),
        &scene,
    );
}

/// They count after a stop, and whoever starts anew waits for no lease.
#[test]
fn claim_14_broken_other_votes_forget_grants() {
    let scene = Scene {
        script: &[0b110],
        mishaps: &[],
        left: Left {
            crashes: 3,
            ..left(4, 0)
        },
    };
    let broken = Rules {
        fault: Some(Fault::ForgetsGrants),
        ..other_votes(true)
    };
    caught_with("other votes, no grants", broken, other_votes(true), &scene);
}

#[test]
fn claim_14_broken_receives_old_views() {
    let scene = Scene {
        script: &[0b111, 0b110],
        mishaps: &[Hold],
        left: left(2, 2),
    };
    caught(Fault::ReceivesOldViews, &scene);
}

#[test]
fn claim_14_broken_receives_twice() {
    let left = Left {
        wishes: 3,
        repeats: 1,
        ..left(1, 1)
    };
    let scene = Scene {
        script: &[],
        mishaps: &[Pause],
        left,
    };
    caught(Fault::ReceivesTwice, &scene);
}

#[test]
fn claim_14_broken_expired_keeps() {
    let scene = Scene {
        script: &[0b110, 0b111],
        mishaps: &[Stall, Deafen],
        left: left(3, 1),
    };
    caught(Fault::ExpiredKeeps, &scene);
}

#[test]
fn claim_14_broken_ignores_drift() {
    let timing = Timing::new(2, 0, 333, 1).unwrap();
    let scene = Scene {
        script: &[0b110],
        mishaps: &[Pause],
        left: left(4, 1),
    };
    caught_by(Fault::IgnoresDrift, timing, [1, 2, 2], &scene);
}

#[test]
fn claim_14_broken_minority_acts() {
    let scene = Scene {
        script: &[0b001, 0b110],
        mishaps: &[],
        left: left(4, 0),
    };
    caught(Fault::MinorityActs, &scene);
}

#[test]
fn claim_14_broken_forgets_grants() {
    let left = Left {
        crashes: 1,
        ..left(3, 2)
    };
    let scene = Scene {
        script: &[0b110],
        mishaps: &[Hold],
        left,
    };
    caught(Fault::ForgetsGrants, &scene);
}

/// The first node's leases are longer than the others'.
#[test]
fn claim_14_broken_counts_own_lease() {
    let scene = Scene {
        script: &[0b110],
        mishaps: &[],
        left: left(4, 0),
    };
    let whole = Rules {
        first: Some(LONGER),
        ..rules()
    };
    let broken = Rules {
        fault: Some(Fault::CountsOwnLease),
        ..whole.clone()
    };
    caught_with("CountsOwnLease", broken, whole, &scene);
}

/// Leases were longer before a program was started anew.
#[test]
fn claim_14_broken_forgets_longer_leases() {
    let left = Left {
        crashes: 1,
        ..left(3, 1)
    };
    let scene = Scene {
        script: &[0b110],
        mishaps: &[Hold],
        left,
    };
    let whole = Rules {
        before: Some(LONGER),
        ..rules()
    };
    let broken = Rules {
        remembers: false,
        ..whole.clone()
    };
    caught_with("a longer lease is forgotten", broken, whole, &scene);
}

/// The owner's program is started anew with shorter leases than its kernel has.
#[test]
fn claim_14_broken_shorter_ends_longer() {
    let left = Left {
        crashes: 1,
        ..left(3, 0)
    };
    let scene = Scene {
        script: &[0b111, 0b110],
        mishaps: &[],
        left,
    };
    let whole = Rules {
        before: Some(LONGER),
        ..rules()
    };
    let broken = Rules {
        fault: Some(Fault::ShorterEndsLonger),
        ..whole.clone()
    };
    caught_with("ShorterEndsLonger", broken, whole, &scene);
}

#[test]
fn claim_14_broken_grants_end_with_view() {
    let scene = Scene {
        script: &[0b110],
        mishaps: &[],
        left: left(3, 0),
    };
    caught(Fault::GrantsEndWithView, &scene);
}

#[test]
fn claim_14_broken_states_before_all_are_here() {
    let scene = Scene {
        script: &[0b110, 0b011],
        mishaps: &[Deafen, Hold],
        left: left(3, 2),
    };
    caught(Fault::StatesBeforeAllAreHere, &scene);
}

#[test]
fn claim_14_broken_hides_claims() {
    let scene = Scene {
        script: &[0b110, 0b111],
        mishaps: &[Stall],
        left: left(4, 1),
    };
    caught(Fault::HidesClaims, &scene);
}

/// Not the protocol's fault, but the kernel's: a lease that is given as a duration is as much longer as
/// the command is late.
#[test]
fn claim_14_broken_kernel_lease_from_command() {
    let broken = Rules {
        kernel_fault: Some(KernelFault::LeaseFromCommand),
        ..rules()
    };
    let left = Left {
        wishes: 1,
        ..left(4, 1)
    };
    let scene = Scene {
        script: &[0b101],
        mishaps: &[Stall],
        left,
    };
    report("LeaseFromCommand", find(broken, [1; 3], &scene));
    assert_eq!(find(rules(), [1; 3], &scene), None, "the scene is to blame");
}

/// With clients that stick the fault is found, and without it nothing is.
fn caught_sticking(fault: Fault, scene: &Scene) {
    let broken = Rules {
        fault: Some(fault),
        ..sticking()
    };
    caught_with(&format!("{fault:?}"), broken, sticking(), scene);
}

#[test]
fn claim_14_broken_ignores_sticking() {
    let left = Left {
        wishes: 1,
        ..left(1, 0)
    };
    let scene = Scene {
        script: &[],
        mishaps: &[],
        left,
    };
    caught_sticking(Fault::IgnoresSticking, &scene);
}

#[test]
fn claim_14_broken_forgets_who_is_gone() {
    let left = Left {
        wishes: 1,
        ..left(2, 0)
    };
    let scene = Scene {
        script: &[0b110],
        mishaps: &[],
        left,
    };
    caught_sticking(Fault::ForgetsWhoIsGone, &scene);
}

/// Messages arrive, and kernels but for that of `stalled` do what they are told.
fn calm(world: &mut World, rules: &Rules, stalled: Option<usize>) {
    loop {
        let mut any = false;
        while !world.net.is_empty() {
            any = true;
            world.act(rules, Action::Spread(0));
        }
        for n in (0..3).filter(|n| Some(*n) != stalled) {
            any |= world.machines[n].pending.is_some();
            world.act(rules, Action::Execute(n));
            any |= world.act(rules, Action::Answer(n));
        }
        if !any {
            return;
        }
    }
}

fn enter(world: &mut World, rules: &Rules, view: u8) {
    world.act(rules, Action::Form(view));
    let number = world.views.len();
    for n in (0..3).filter(|n| (view >> n) & 1 != 0) {
        world.act(rules, Action::View(n, number));
    }
}

/// The first node gives four buckets away, of which the last is soon drained. It is out until its lease is over, comes back and
/// gets that one again, while the kernel is slow of who has taken the first one. Whether that is safe.
fn lapses_and_serves_again(fault: Option<Fault>) -> bool {
    let rules = Rules {
        k: 4,
        timing: Timing::new(6, 0, 0, 1).unwrap(),
        fault,
        ..sticking()
    };
    let mut world = World::running(&rules, [1; 3]);
    world.act(&rules, Action::Drain(0, true));
    calm(&mut world, &rules, None);
    let drained = Buckets::of(4, [3]);
    world.machine(0).draining.take(&drained);
    world.feed(&rules, 0, Input::Kernel(KernelEvent::Drained(drained)));
    calm(&mut world, &rules, None);
    assert!(world.machines[0].accepts_sticking(0, 0) && world.is_safe(&rules));
    enter(&mut world, &rules, 0b110);
    for _ in 0..20 {
        calm(&mut world, &rules, None);
        world.act(&rules, Action::Advance);
        for n in 1..3 {
            world.act(&rules, Action::Tick(n));
        }
        assert!(world.is_safe(&rules));
    }
    assert!(world.machines[1].accepts_sticking(0, 0));
    world.act(&rules, Action::Drain(0, false));
    enter(&mut world, &rules, 0b111);
    calm(&mut world, &rules, Some(1));
    assert!(world.machines[0].accepts(3, 0) && world.machines[1].accepts(0, 0));
    world.is_safe(&rules)
}

#[test]
fn claim_14_broken_sticks_after_lease() {
    assert!(!lapses_and_serves_again(Some(Fault::SticksAfterLease)));
    assert!(lapses_and_serves_again(None), "the scene is to blame");
}
