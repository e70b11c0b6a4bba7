// SPDX-License-Identifier: GPL-2.0-only

use std::thread;

use proptest::prelude::*;

use super::reading::{MS, Raw, Reading};
use super::*;

/// A machine whose steered clocks go by so many ppm of the raw one, which sleeps now and then, and is read with gaps.
#[derive(Clone, Copy, Debug)]
struct Machine {
    raw: i64,
    monotonic: i64,
    slept: i64,
    ppm: i64,
}

impl Machine {
    fn new(slept: i64, ppm: i64) -> Self {
        Self {
            raw: 5000 * MS,
            monotonic: 6000 * MS,
            slept,
            ppm,
        }
    }

    fn goes_on(&mut self, ns: i64) {
        self.raw += ns;
        self.monotonic += ns + ns / 1_000_000 * self.ppm;
    }

    /// Stands still for so long after each of its four clocks.
    fn read(&mut self, gap: i64) -> Raw {
        let before = self.monotonic;
        self.goes_on(gap);
        let boot = self.monotonic + self.slept;
        self.goes_on(gap);
        let raw = self.raw;
        self.goes_on(gap);
        Raw {
            before,
            boot,
            raw,
            after: self.monotonic,
        }
    }

    fn boot(&self) -> i64 {
        self.monotonic + self.slept
    }

    fn own(&self) -> i64 {
        self.raw + self.slept
    }
}

fn read(machine: &mut Machine) -> Reading {
    let slept = machine.slept;
    machine.read(0).reading(slept)
}

/// What the kernel makes of a request (`logic/lease_end.rs`): the end on both clocks, the earlier of which counts. How much
/// later than `until` of the node's clock that is, in ns, if the boot clock is steered by `ppm` from then on.
fn beyond(request: u64, until: Time, mut machine: Machine, ppm: i64) -> i64 {
    let left = i64::try_from(request).unwrap() * MS - machine.boot();
    machine.ppm = ppm;
    let by_boot =
        i64::try_from(i128::from(left) * 1_000_000 / i128::from(1_000_000 + ppm)).unwrap();
    let end = machine.own() + left.min(by_boot);
    end - i64::try_from(until.0).unwrap() * MS
}

#[test]
fn it_goes_on_as_real_time_does() {
    let real = std::time::Instant::now();
    let begun = now();
    thread::sleep(Duration::from_millis(50));
    let passed = begun.until(now());
    let real = real.elapsed().as_millis();
    assert!(passed >= 49, "{passed}");
    // The clock of the test may be steered by a tenth.
    assert!(u128::from(passed) <= real * 9 / 8 + 2, "{passed} of {real}");
}

#[test]
fn what_is_near_comes_back_as_it_went() {
    let then = now().plus(500);
    let back = BootClock::own_time(BootClock::default().kernel_time(then));
    // Some for the eighth, and for what passed in between.
    assert!(
        then <= back.plus(1) && back <= then.plus(500 / 7 + 2),
        "{then:?} {back:?}"
    );
}

proptest! {
    /// Whatever the steering, the sleeps and the gaps between the clocks as they are read: it never goes back, never faster
    /// than the raw clock but for sleeps and for what was not seen of them, and never past what is true.
    #[test]
    fn claim_14_nobody_steers_the_clock_of_ssid(
        steps in prop::collection::vec(
            (0..2000i64, prop::option::of(0..5000i64), -105_000..105_000i64, 0..300_000i64),
            1..50,
        ),
    ) {
        let mut machine = Machine::new(30 * MS, 0);
        let (mut known, mut last) = (i64::MIN, None::<(Machine, i64)>);
        for (ms, sleep, ppm, gap) in steps {
            machine.ppm = ppm;
            machine.goes_on(ms * MS);
            machine.slept += sleep.unwrap_or(0) * MS;
            let raw = machine.read(gap);
            known = raw.slept(known);
            let own = raw.reading(known).own();
            // The clocks go at 1.105 at most.
            let (wide, truth) = (3 * gap * 1105 / 1000 + 2, raw.raw + machine.slept);
            prop_assert!(own <= truth && truth - own <= wide);
            if let Some((before, then)) = last {
                let real = raw.raw - before.raw + machine.slept - before.slept;
                prop_assert!(own >= then && own - then <= real + 3 * 300_000 * 1105 / 1000 + 2);
            }
            last = Some((Machine { raw: raw.raw, ..machine }, own));
        }
    }

    /// Who is stopped between the reading of the clock and the request gains nothing, while the clock is steered as it was.
    #[test]
    fn claim_14_a_stop_before_the_request_gains_nothing(
        ppm in -105_000..105_000i64, lease in 1..10_000u64, stop in 0..10_000i64, slept in -1000..1000i64,
    ) {
        let mut machine = Machine::new(slept * MS, ppm);
        let mut clock = BootClock::default();
        clock.kernel_time_at(Time(0), read(&mut machine));
        machine.goes_on(100 * MS);
        let reading = read(&mut machine);
        let until = reading.time().plus(lease);
        let request = clock.kernel_time_at(until, reading);
        machine.goes_on(stop * MS);
        prop_assert!(beyond(request, until, machine, ppm) <= 0);
        // Nor is much lost by who is not stopped.
        let end = beyond(request, until, Machine { raw: reading.raw, monotonic: reading.monotonic, ..machine }, ppm);
        let lease = i64::try_from(lease).unwrap() * MS;
        prop_assert!(-end <= lease / 9 + 3 * MS, "{end}");
    }

    /// What a kernel shows of a lease is not taken to be earlier than its end, however the clock is steered from then on.
    #[test]
    fn a_lease_that_was_found_is_no_shorter(
        before in -105_000..105_000i64, after in -105_000..105_000i64, lease in 0..10_000i64,
    ) {
        let mut machine = Machine::new(0, before);
        machine.goes_on(1000 * MS);
        let shown = (machine.boot() + lease * MS) / MS;
        let found = BootClock::own_time_at(shown.unsigned_abs(), read(&mut machine));
        let left = i128::from(shown * MS - machine.boot()) * 1_000_000 / i128::from(1_000_000 + after);
        let end = machine.own() + i64::try_from(left).unwrap();
        prop_assert!(i64::try_from(found.0).unwrap() * MS >= end);
    }
}
