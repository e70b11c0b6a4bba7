// SPDX-License-Identifier: GPL-2.0-only

//! Each rule left out: the checker has to find two acceptors.

use ssi_protocol::Timing;
use ssi_protocol::fault::Fault;

use crate::machine::KernelFault;
use crate::model::{Bounds, Left, check};
use crate::world::Rules;
use crate::{env, rules};

#[test]
fn explore() {
    let exact = Timing::new(2, 0, 0, 1).unwrap();
    let drift = Timing::new(2, 0, 333, 1).unwrap();
    let left = |steps, mishaps| Left { steps, mishaps, ..Left::default() };
    let list: Vec<(Fault, Timing, [u64; 3], Vec<u8>, Left)> = vec![
        (Fault::AdoptsUnreleased, exact, [1; 3], vec![], Left { wishes: 1, ..left(4, 1) }),
        (Fault::ReleasesEarly, exact, [1; 3], vec![], Left { wishes: 1, ..left(4, 1) }),
        (Fault::TakesColdAtOnce, exact, [1; 3], vec![0b110], left(4, 1)),
        (Fault::TakesOnOldWord, exact, [1; 3], vec![0b110, 0b101], left(3, 2)),
        (Fault::LeaseFromEcho, exact, [1; 3], vec![0b110], left(4, 2)),
        (Fault::OwnEchoIsEnough, exact, [1; 3], vec![0b110], left(4, 2)),
        (Fault::HearsOldViews, exact, [1; 3], vec![0b111, 0b110], left(4, 2)),
        (Fault::HearsTwice, exact, [1; 3], vec![], Left { wishes: 3, repeats: 1, ..left(1, 1) }),
        (Fault::LapsedKeeps, exact, [1; 3], vec![0b110, 0b111], left(4, 2)),
        (Fault::IgnoresDrift, drift, [1, 2, 2], vec![0b110], left(5, 1)),
        (Fault::MinorityActs, exact, [1; 3], vec![0b001, 0b110], left(4, 1)),
        (Fault::ForgetsGrants, exact, [1; 3], vec![0b111, 0b110], Left { crashes: 1, ..left(4, 2) }),
        (Fault::GrantsEndWithView, exact, [1; 3], vec![0b110], left(4, 1)),
        (Fault::StatesBeforeAllAreHere, exact, [1; 3], vec![0b110, 0b011], left(5, 2)),
        (Fault::HidesClaims, exact, [1; 3], vec![0b110, 0b111], left(4, 1)),
    ];
    let only = env("ONLY", 255);
    for (at, (fault, timing, rates, script, left)) in list.into_iter().enumerate() {
        if only != 255 && usize::from(only) != at { continue; }
        let began = std::time::Instant::now();
        let outcome = check(Bounds {
            rules: Rules { timing, fault: Some(fault), keep_all: matches!(fault, Fault::HearsOldViews | Fault::HearsTwice), ..rules() },
            rates: vec![rates], script, left,
        });
        println!("{fault:?}: {} states {:?} {:?}\n   {:?}", outcome.states, outcome.counterexample.as_ref().map(Vec::len), began.elapsed(), outcome.counterexample);
    }
    let _ = KernelFault::AnyGeneration;
}
