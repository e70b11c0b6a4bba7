// SPDX-License-Identifier: GPL-2.0-only

//! With all rules kept there is nothing to be found, wherever the checker looks.

use std::sync::Arc;

use ssi_protocol::Timing;

use crate::machine::KernelFault;
use crate::model::{ANY, Bounds, Left, check};
use crate::world::{CONFIRMED, NODES, Rules, World};

/// A lease of two steps, with clocks that go as real time does.
pub const EXACT: Timing = match Timing::new(2, 0, 0, 1) {
    Ok(timing) => timing,
    Err(_) => panic!(),
};

/// One bucket, which the first node has as long as it is there.
pub fn rules() -> Rules {
    Rules {
        nodes: 3,
        k: 1,
        timing: EXACT,
        votes: [1; NODES],
        later: None,
        first: None,
        before: None,
        remembers: true,
        fault: None,
        kernel_fault: None,
        sticks: false,
        drains_end: true,
        late: 0,
        confirms_later: false,
        keep_all: false,
    }
}

/// The same of two nodes.
pub fn two() -> Rules {
    Rules {
        nodes: 2,
        ..rules()
    }
}

/// At first the first node is a quorum alone, and later the two others are: once all have stopped, if one `waits` for that.
pub fn other_votes(waits: bool) -> Rules {
    Rules {
        votes: [3, 1, 1],
        later: Some(([1, 1, 1], waits)),
        ..rules()
    }
}

/// One of two alone, the other being confirmed dead.
pub const ALONE_0: u8 = CONFIRMED | 0b001;
pub const ALONE_1: u8 = CONFIRMED | 0b010;

pub fn at_once(_: &World) -> bool {
    true
}

/// Another node took over.
fn taken_over(world: &World) -> bool {
    (1..3).any(|n| world.machines[n].accepts(0, 0))
}

/// Another node took over, and the first has the bucket again.
fn back(world: &World) -> bool {
    world.taken[0] > 2 && world.machines[0].accepts(0, 0)
}

fn bounds(script: &[u8], left: Left) -> Bounds {
    Bounds {
        rules: rules(),
        rates: vec![[1; 3]],
        script: script.to_vec(),
        mishaps: ANY,
        left,
        rest_of: Some(2048),
        goal: taken_over,
        found: Arc::default(),
    }
}

fn safe(bounds: Bounds) {
    let began = std::time::Instant::now();
    let name = format!("{:?} {:?}", bounds.script, bounds.left);
    let outcome = check(bounds, 2);
    println!(
        "{name}: {} states, up to {} steps, {:.1?}",
        outcome.states,
        outcome.depth,
        began.elapsed()
    );
    assert_eq!(outcome.found, []);
    assert!(outcome.reached, "too little was explored");
}

fn left(steps: u8, mishaps: u8) -> Left {
    Left {
        steps,
        mishaps,
        ..Left::default()
    }
}

#[test]
fn claim_14_never_two_owner_left_out() {
    safe(bounds(&[0b110], left(4, 2)));
}

#[test]
fn claim_14_never_two_majority_changes() {
    safe(bounds(&[0b110, 0b101], left(3, 1)));
}

#[test]
fn claim_14_never_two_owner_back_in_another_majority() {
    safe(bounds(&[0b110, 0b011], left(3, 1)));
}

#[test]
fn claim_14_never_two_owner_comes_back() {
    safe(Bounds {
        goal: back,
        ..bounds(&[0b110, 0b111], left(4, 1))
    });
}

#[test]
fn claim_14_never_two_handover_meets_a_view() {
    for view in [0b110, 0b101, 0b111] {
        let left = Left {
            wishes: 1,
            ..left(2, 1)
        };
        safe(bounds(&[view], left));
    }
}

#[test]
fn claim_14_never_two_messages_come_twice() {
    let left = Left {
        wishes: 2,
        repeats: 1,
        ..left(2, 1)
    };
    safe(bounds(&[], left));
}

#[test]
fn claim_14_never_two_programs_end() {
    let left = |steps, mishaps| Left {
        crashes: 1,
        ..left(steps, mishaps)
    };
    safe(bounds(&[0b110], left(3, 1)));
    safe(bounds(&[0b110, 0b111], left(4, 0)));
}

#[test]
fn claim_14_never_two_machines_end() {
    let left = Left {
        reboots: 1,
        ..left(4, 1)
    };
    safe(bounds(&[0b110], left));
}

/// The owner's clock goes half as fast as the others'.
#[test]
fn claim_14_never_two_clocks_drift() {
    let rules = Rules {
        timing: Timing::new(3, 0, 333, 1).unwrap(),
        ..rules()
    };
    safe(Bounds {
        rules,
        rates: vec![[1, 2, 2], [1, 2, 1], [1, 1, 2]],
        ..bounds(&[0b110], left(7, 1))
    });
}

#[test]
fn claim_14_never_two_timers_are_late() {
    let rules = Rules {
        timing: Timing::new(3, 1, 0, 1).unwrap(),
        late: 1,
        ..rules()
    };
    safe(Bounds {
        rules,
        ..bounds(&[0b110], left(5, 1))
    });
}

/// Of two nodes the owner goes on alone, as the other is confirmed dead, and so does another program of that one later, when the
/// owner is. What was dead comes back, as another program.
#[test]
fn claim_14_never_two_alone_by_confirmation() {
    for script in [
        &[ALONE_0, ALONE_1][..],
        &[ALONE_0, 0b011, ALONE_1],
        &[ALONE_1, 0b011, ALONE_0],
    ] {
        let left = Left {
            crashes: 2,
            ..left(if script.len() == 2 { 4 } else { 3 }, 1)
        };
        safe(Bounds {
            rules: two(),
            goal: |world| world.views.len() > 2,
            ..bounds(script, left)
        });
    }
}

/// Of three nodes with five votes one is a quorum alone, or two of them are with one more; the owner has a vote or none.
#[test]
fn claim_14_never_two_votes_other_than_one() {
    for (votes, script) in [
        ([1, 1, 3], &[0b100][..]),
        ([1, 1, 3], &[0b101, 0b110]),
        ([3, 1, 1], &[0b110, 0b011]),
        ([0, 1, 1], &[0b110]),
        ([2, 1, 1], &[0b110, 0b101]),
    ] {
        let rules = Rules { votes, ..rules() };
        safe(Bounds {
            rules,
            goal: |world| world.views.len() > 1,
            ..bounds(script, left(3, 1))
        });
    }
}

/// Other votes count, by which other nodes are a quorum, after all programs have ended and before any other has begun.
#[test]
fn claim_14_never_two_other_votes_after_a_stop() {
    safe(Bounds {
        rules: other_votes(true),
        ..bounds(
            &[0b110],
            Left {
                crashes: 3,
                ..left(4, 0)
            },
        )
    });
}

/// A client sticks to the first node, which drains the bucket for as long as nothing else happens.
pub fn sticking() -> Rules {
    Rules {
        sticks: true,
        drains_end: false,
        ..rules()
    }
}

fn has_stuck(world: &World) -> bool {
    world.machines[0].accepts_sticking(0, 0) && !world.machines[0].accepts(0, 0)
}

#[test]
fn claim_14_never_two_clients_stick() {
    for script in [&[][..], &[0b110], &[0b101], &[0b011]] {
        let left = Left {
            wishes: 1,
            ..left(3, 1)
        };
        safe(Bounds {
            rules: sticking(),
            goal: has_stuck,
            ..bounds(script, left)
        });
    }
}

/// The bucket goes on from the node that took it, or comes back to the one to which the client sticks, or that one's lease ends.
#[test]
fn claim_14_never_two_clients_stick_and_buckets_go_on() {
    for (script, wishes) in [
        (&[0b101, 0b111][..], 1),
        (&[0b110, 0b111], 1),
        (&[0b101, 0b110], 1),
        (&[0b101], 2),
    ] {
        let left = Left {
            wishes,
            ..left(2, 0)
        };
        safe(Bounds {
            rules: sticking(),
            goal: has_stuck,
            ..bounds(script, left)
        });
    }
}

/// Programs begin anew, and find in their kernels who sticks.
#[test]
fn claim_14_never_two_clients_stick_and_programs_end() {
    for script in [&[0b111][..], &[0b110], &[0b101]] {
        let left = Left {
            wishes: 1,
            crashes: 1,
            ..left(2, 0)
        };
        safe(Bounds {
            rules: sticking(),
            goal: has_stuck,
            ..bounds(script, left)
        });
    }
}

#[test]
fn claim_14_never_two_clients_stick_and_timers_are_late() {
    let rules = Rules {
        timing: Timing::new(3, 1, 0, 1).unwrap(),
        late: 1,
        ..sticking()
    };
    let left = Left {
        wishes: 1,
        ..left(4, 0)
    };
    safe(Bounds {
        rules,
        goal: has_stuck,
        ..bounds(&[0b110, 0b111], left)
    });
}

/// The protocol does not rest on the kernel's refusing old generations.
#[test]
fn claim_14_never_two_kernel_takes_any_generation() {
    let rules = Rules {
        kernel_fault: Some(KernelFault::AnyGeneration),
        ..rules()
    };
    safe(Bounds {
        rules,
        ..bounds(&[0b110, 0b111], left(4, 1))
    });
}

/// Farther than one has time for every day: minutes, and some 10 GB for the last ones.
#[test]
#[ignore = "takes minutes"]
fn deep_majority_changes() {
    safe(bounds(&[0b110, 0b101], left(3, 2)));
}

#[test]
#[ignore = "takes minutes"]
fn deep_owner_back_in_another_majority() {
    safe(bounds(&[0b110, 0b011], left(3, 2)));
}

#[test]
#[ignore = "takes minutes"]
fn deep_three_mishaps() {
    safe(bounds(&[0b110], left(3, 3)));
}

#[test]
#[ignore = "takes minutes"]
fn deep_three_majorities() {
    safe(bounds(&[0b110, 0b101, 0b011], left(3, 2)));
}

#[test]
#[ignore = "takes minutes"]
fn deep_two_buckets() {
    let rules = Rules { k: 2, ..rules() };
    safe(Bounds {
        rules,
        ..bounds(&[0b110, 0b101], left(4, 2))
    });
}
