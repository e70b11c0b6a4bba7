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
            AbsoluteHardMode,
            ArcHrTimerHandle,
            HrTimer,
            HrTimerCallback,
            HrTimerCallbackContext,
            HrTimerPointer,
            HrTimerRestart, //
        },
        BootTime,
        ClockSource,
        Delta,
        Instant, //
    }, //
};

/// The time, in nanoseconds since boot, those included in which the machine slept. Any context.
pub(crate) fn now() -> u64 {
    u64::try_from(BootTime::ktime_get()).unwrap_or(0)
}

/// What is due. In a hard interrupt, so that no flood of packets puts it off.
pub(crate) trait Due: Send + Sync + 'static {
    /// It may be due; if it is not yet, when it is.
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
        mode: AbsoluteHardMode<BootTime>, field: self.timer
    }
}

impl<T: Due> HrTimerCallback for Ringing<T> {
    type Pointer<'a> = Arc<Self>;

    fn run(this: ArcBorrow<'_, Self>, mut ctx: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        let Some(at) = this.what.due() else {
            return HrTimerRestart::NoRestart;
        };
        // From where it expired, which is where it stays if the new time is no later: then it is due
        // again at once.
        let expired = this.timer.expires();
        let later = nanoseconds(at).saturating_sub(since_boot(expired));
        ctx.forward(expired, Delta::from_nanos(later.max(1)));
        HrTimerRestart::Restart
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

    /// It is asked at this time, and not before.
    pub(crate) fn set(&mut self, at: u64) {
        // Dropping the handle stops it.
        self.handle = None;
        self.handle = Some(self.what.clone().start(instant(at)));
    }
}

/// An hour's lease from now is far below what a timer may be set to.
fn nanoseconds(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// The instant that is so many nanoseconds after the boot.
fn instant(at: u64) -> Instant<BootTime> {
    // SAFETY: `Instant` is transparent: one `ktime_t`, for which this is a value that its invariant
    // allows, as it is not negative.
    unsafe { core::mem::transmute::<i64, Instant<BootTime>>(nanoseconds(at)) }
}

/// The reverse. (`Instant` has no arithmetic that cannot panic.)
fn since_boot(instant: Instant<BootTime>) -> i64 {
    // SAFETY: As above.
    unsafe { core::mem::transmute::<Instant<BootTime>, i64>(instant) }
}
