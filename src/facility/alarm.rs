// SPDX-License-Identifier: GPL-2.0-only

//! Something that is due at a time of the clock that goes on while the machine sleeps.
//!
//! Rust: [`rust/kernel/time/hrtimer.rs`](srctree/rust/kernel/time/hrtimer.rs)

use kernel::{
    alloc::flags::GFP_KERNEL_ACCOUNT,
    impl_has_hr_timer,
    prelude::*,
    sync::{
        Arc,
        ArcBorrow, //
    },
    time::{
        hrtimer::{
            ArcHrTimerHandle,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerPointer,
            HrTimerRestart,
            RelativeHardMode, //
        },
        BootTime,
        ClockSource,
        Delta, //
    }, //
};

/// The time, in nanoseconds since boot, those included in which the machine slept. Any context.
pub(crate) fn now() -> u64 {
    u64::try_from(BootTime::ktime_get()).unwrap_or(0)
}

/// What is due. In a hard interrupt, so that no flood of packets puts it off.
pub(crate) trait Due: Send + Sync + 'static {
    /// It may be due; if it is not yet, in how many nanoseconds.
    fn due(&self) -> Option<u64>;
}

#[pin_data]
struct Ringing<T: Due> {
    #[pin]
    timer: HrTimer<Self>,
    what: Arc<T>,
}

impl_has_hr_timer! {
    impl{T: Due} HasHrTimer<Self> for Ringing<T> {
        mode: RelativeHardMode<BootTime>, field: self.timer
    }
}

impl<T: Due> HrTimerCallback for Ringing<T> {
    type Pointer<'a> = Arc<Self>;

    fn run(this: ArcBorrow<'_, Self>, mut ctx: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        match this.what.due() {
            None => HrTimerRestart::NoRestart,
            Some(left) => {
                ctx.forward_now(delta(left));
                HrTimerRestart::Restart
            }
        }
    }
}

/// Asks a `Due` at its time, unless this is dropped before; that waits for one that is being asked.
pub(crate) struct Alarm<T: Due> {
    what: Arc<Ringing<T>>,
    handle: Option<ArcHrTimerHandle<Ringing<T>>>,
}

impl<T: Due> Alarm<T> {
    /// Not set yet.
    pub(crate) fn new(what: Arc<T>) -> Result<Self> {
        let ringing = pin_init!(Ringing {
            timer <- HrTimer::new(),
            what,
        });
        Ok(Self {
            what: Arc::pin_init(ringing, GFP_KERNEL_ACCOUNT)?,
            handle: None,
        })
    }

    /// It is asked in so many nanoseconds, and not before.
    pub(crate) fn set(&mut self, nanoseconds: u64) {
        self.stop();
        self.handle = Some(self.what.clone().start(delta(nanoseconds)));
    }

    /// It is not asked any more.
    pub(crate) fn stop(&mut self) {
        // Dropping the handle stops it.
        self.handle = None;
    }
}

fn delta(nanoseconds: u64) -> Delta {
    Delta::from_nanos(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
}
