// SPDX-License-Identifier: GPL-2.0-only

//! Strain under given seconds, and under what it brings about itself.

use proptest::prelude::*;

use super::*;

/// A sample's stall and cpu.
type Second = (u32, u32);

const SEVERELY: Second = (100, 100);
const MILDLY: Second = (50, 95);
const BETWEEN: Second = (20, 95);
const CALMLY: Second = (5, 40);

/// A node, a second after the other.
#[derive(Clone, Default)]
struct Run {
    strain: Strain,
    /// The least stall of the others.
    least: u32,
    second: u64,
    /// When the percentage became another, and which.
    changes: Vec<(u64, u32)>,
}

impl Run {
    fn second(&mut self, (stall, cpu): Second) -> u32 {
        let before = self.strain.percent();
        let percent = self
            .strain
            .sample(Duration::from_secs(self.second), stall, cpu, self.least);
        if percent != before {
            self.changes.push((self.second, percent));
        }
        self.second += 1;
        percent
    }

    fn seconds(&mut self, count: u64, second: Second) -> &mut Self {
        for _ in 0..count {
            self.second(second);
        }
        self
    }

    /// Seconds that depend on the percentage.
    fn loaded(&mut self, count: u64, second: impl Fn(u32) -> Second) -> &mut Self {
        for _ in 0..count {
            self.second(second(self.strain.percent()));
        }
        self
    }
}

fn changes(runs: &[(u64, Second)]) -> Vec<(u64, u32)> {
    let mut run = Run::default();
    for (count, second) in runs {
        run.seconds(*count, *second);
    }
    run.changes
}

#[test]
fn goes_down_within_seconds_and_back_after_a_minute() {
    let severe = changes(&[(10, CALMLY), (100, SEVERELY), (200, CALMLY)]);
    let down = [(12, 50), (15, 25)];
    let up = [(169, 35), (184, 50), (199, 70), (214, 100)];
    assert_eq!(severe, [&down[..], &up[..]].concat());
    let mild = changes(&[(100, MILDLY)]);
    assert_eq!(mild, [(2, 70), (5, 50), (8, 35), (11, 25)]);
}

#[test]
fn what_is_no_strain_changes_nothing() {
    let peaks = [(2, SEVERELY), (2, CALMLY)].repeat(100);
    assert_eq!(changes(&peaks), []);
    // A control group is held back on a machine that idles.
    assert_eq!(changes(&[(1000, (100, 10))]), []);
    // Busy, but nothing waits.
    assert_eq!(changes(&[(1000, (10, 100))]), []);
}

#[test]
fn where_all_suffer_alike_nobody_takes_less() {
    let alike = |least| {
        let mut run = Run {
            least,
            ..Run::default()
        };
        run.seconds(1000, SEVERELY).changes.clone()
    };
    assert_eq!(alike(61), []);
    // By so much that others could help, and not by so much that it is severe.
    assert_eq!(alike(60).first(), Some(&(2, 70)));
    assert_eq!(alike(20).first(), Some(&(2, 50)));
}

/// Others' strain does not keep a node from coming back.
#[test]
fn who_is_calm_comes_back_whatever_the_others_bear() {
    let mut run = Run::default();
    run.seconds(3, SEVERELY);
    run.least = 100;
    run.seconds(100, CALMLY);
    assert_eq!(run.strain.percent(), 100, "{:?}", run.changes);
}

#[test]
fn between_strain_and_calm_it_stays() {
    assert_eq!(changes(&[(3, MILDLY), (5000, BETWEEN)]), [(2, 70)]);
}

#[test]
fn noise_delays_the_way_back_and_does_not_forbid_it() {
    let noise = [(14, CALMLY), (1, MILDLY)].repeat(12);
    let runs = [vec![(3, MILDLY)], noise].concat();
    assert_eq!(changes(&runs).last(), Some(&(98, 100)));
}

#[test]
fn a_load_that_hides_is_tried_less_and_less() {
    // Above half of its weight the node suffers, below it does not.
    let hides = |percent| if percent > 50 { SEVERELY } else { CALMLY };
    let mut run = Run::default();
    run.loaded(300, hides);
    // Down to half, and two mistakes that are taken back within 3 s.
    assert_eq!(run.changes.len(), 5, "{:?}", run.changes);
    run.loaded(3300, hides);
    let ups: Vec<u64> = run
        .changes
        .iter()
        .filter(|c| c.1 == 70)
        .map(|c| c.0)
        .collect();
    let waits: Vec<u64> = ups.windows(2).map(|two| two[1] - two[0]).collect();
    assert_eq!(waits, [123, 243, 483, 963, 1803][..waits.len()]);
    assert!(waits.len() >= 3, "{waits:?}");
}

#[test]
fn mistakes_are_forgiven_after_long_calm() {
    let hides = |percent| if percent > 50 { SEVERELY } else { CALMLY };
    let mut run = Run::default();
    run.loaded(3600, hides);
    // It comes back all the same once there is no strain.
    let back = (0..1900).position(|_| run.second(CALMLY) == 100);
    assert!(back.is_some());
    let first_up = |mut run: Run| {
        run.changes.clear();
        let began = run.second;
        run.seconds(3, MILDLY).seconds(4000, CALMLY);
        run.changes[1].0 - began
    };
    assert!(first_up(run.clone()) > 900);
    run.seconds(600, CALMLY);
    assert_eq!(first_up(run), 62);
}

/// Three equal nodes share what clients ask for by their weights; a node has a foreign load.
fn second_of(percents: [u32; 3], node: usize, hog: u32) -> Second {
    let sum: u32 = percents.iter().sum();
    // 150 percent of a node's processors are asked for in all.
    let asked = 150 * percents[node] / sum;
    // Who runs meets the other one on the same processor as often as that is there.
    (
        asked * hog / 100 + asked * asked / 400,
        (asked + hog).min(100),
    )
}

#[test]
fn claim_12_a_foreign_load_levels_within_ten_seconds_and_stays() {
    let mut runs = [Run::default(), Run::default(), Run::default()];
    let mut seconds = |count, hog: u32| {
        for _ in 0..count {
            let percents = [0, 1, 2].map(|node: usize| runs[node].strain.percent());
            for (node, run) in runs.iter_mut().enumerate() {
                run.second(second_of(percents, node, if node == 0 { hog } else { 0 }));
            }
        }
        runs.clone().map(|run| run.changes)
    };
    assert_eq!(seconds(60, 0), [vec![], vec![], vec![]]);
    let began = 60;
    let [hogged, others @ ..] = seconds(310, 100);
    assert_eq!(others, [vec![], vec![]]);
    assert!(hogged.last().is_some_and(|(_, percent)| *percent < 100));
    assert!(hogged.iter().all(|(at, _)| *at < began + 10), "{hogged:?}");
    let [back, ..] = seconds(120, 0);
    assert_eq!(back.last().map(|change| change.1), Some(100), "{back:?}");
}

/// As many changes as somebody who knows the rules can bring about: from full to least mildly, back, and a wait
/// so that it is no mistake.
fn worst(second: u64) -> Second {
    match second % 240 {
        0..12 => MILDLY,
        12..118 => CALMLY,
        _ => BETWEEN,
    }
}

/// No hour has more changes than this.
const MOST: usize = 132;

#[test]
fn the_worst_hour_is_bounded() {
    let mut run = Run::default();
    for second in 0..3600 {
        run.second(worst(second));
    }
    assert!(
        (100..=MOST).contains(&run.changes.len()),
        "{}",
        run.changes.len()
    );
}

fn second() -> impl Strategy<Value = Second> {
    prop_oneof![
        Just(SEVERELY),
        Just(MILDLY),
        Just(BETWEEN),
        Just(CALMLY),
        (0u32..120, 0u32..120),
    ]
}

fn history() -> impl Strategy<Value = Vec<(u64, Second)>> {
    proptest::collection::vec((1u64..200, second()), 0..40)
}

fn after(history: &[(u64, Second)]) -> Run {
    let mut run = Run::default();
    for (count, second) in history {
        run.seconds(*count, *second);
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_hour_has_more_than_so_many_changes(history in history(), short in proptest::collection::vec((1u64..20, second()), 360)) {
        for history in [history, short] {
            let mut run = after(&history);
            let left = 3600u64.saturating_sub(run.second);
            run.loaded(left, |percent| if percent == 100 { MILDLY } else { CALMLY });
            let hour = |from: u64| run.changes.iter().filter(|c| (from..from + 3600).contains(&c.0)).count();
            for from in (0..run.second).step_by(300) {
                prop_assert!(hour(from) <= MOST);
            }
        }
    }

    #[test]
    fn changes_are_seconds_apart(history in history()) {
        let run = after(&history);
        prop_assert!(run.changes.windows(2).all(|two| two[1].0 - two[0].0 >= 3));
    }

    #[test]
    fn more_strain_never_gives_more(history in history(), a in second(), b in second(), count in 1u64..4000) {
        let low = (a.0.min(b.0), a.1.min(b.1));
        let high = (a.0.max(b.0), a.1.max(b.1));
        let (mut less, mut more) = (after(&history), after(&history));
        for _ in 0..count {
            prop_assert!(less.second(low) >= more.second(high));
        }
    }

    #[test]
    fn a_constant_input_goes_one_way(history in history(), constant in second()) {
        let mut run = after(&history);
        // What was counted before may still have its way.
        run.seconds(3, constant);
        let mut percents = vec![run.strain.percent()];
        for _ in 0..4000 {
            percents.push(run.second(constant));
        }
        prop_assert!(percents.is_sorted() || percents.iter().rev().is_sorted());
    }

    #[test]
    fn is_back_after_calm(history in history()) {
        let mut run = after(&history);
        run.seconds(1800 + 3 * 15 + 30, CALMLY);
        prop_assert_eq!(run.strain.percent(), 100);
    }

    #[test]
    fn any_times_and_figures(samples in proptest::collection::vec(any::<(u64, u32, u32, u32)>(), 0..100)) {
        let mut strain = Strain::new();
        for (at, stall, cpu, least) in samples {
            let percent = strain.sample(Duration::from_nanos(at), stall, cpu, least);
            prop_assert!(LEVELS.contains(&percent));
        }
    }
}
