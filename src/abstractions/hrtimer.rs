// SPDX-License-Identifier: GPL-2.0-only

//! High-resolution timers: one shot at a time since boot, and one period of a second.
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
            HrTimerRestart,
            RelativeSoftMode, //
        },
        BootTime,
        Delta,
        Instant,
        Monotonic, //
    }, //
};

use super::rcu::{
    self,
    Reader, //
};

const SECOND: Delta = Delta::from_secs(1);

/// What a `OneShotTimer` calls: in a hard interrupt, so that no flood of packets delays it.
pub(crate) trait OneShotCallback: Send + Sync + 'static {
    /// The timer has fired. Returns when it is to fire again, if that was too early.
    fn fired(&self) -> Option<u64>;
}

#[pin_data]
struct OneShot<T: OneShotCallback> {
    #[pin]
    timer: HrTimer<Self>,
    callback: Arc<T>,
}

impl_has_hr_timer! {
    impl{T: OneShotCallback} HasHrTimer<Self> for OneShot<T> {
        mode: AbsoluteHardMode<BootTime>, field: self.timer
    }
}

impl<T: OneShotCallback> HrTimerCallback for OneShot<T> {
    type Pointer<'a> = Arc<Self>;

    fn run(this: ArcBorrow<'_, Self>, mut ctx: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        let Some(at) = this.callback.fired() else {
            return HrTimerRestart::NoRestart;
        };
        // From where it expired, which is where it stays if the new time is no later: then it fires
        // again at once.
        let expired = this.timer.expires();
        let later = nanoseconds(at).saturating_sub(since_boot(expired));
        ctx.forward(expired, Delta::from_nanos(later.max(1)));
        HrTimerRestart::Restart
    }
}

/// A timer that fires once, at a time since boot. Dropping it cancels it, and waits for a callback that
/// is running.
pub(crate) struct OneShotTimer<T: OneShotCallback> {
    inner: Arc<OneShot<T>>,
    handle: Option<ArcHrTimerHandle<OneShot<T>>>,
}

impl<T: OneShotCallback> OneShotTimer<T> {
    /// Not armed yet.
    pub(crate) fn new(callback: Arc<T>) -> Result<Self> {
        let one_shot = pin_init!(OneShot {
            timer <- HrTimer::new(),
            callback,
        });
        Ok(Self {
            inner: Arc::pin_init(one_shot, GFP_KERNEL_ACCOUNT)?,
            handle: None,
        })
    }

    /// Arms it for this time, in nanoseconds since boot, and no other.
    pub(crate) fn set(&mut self, at: u64) {
        // Dropping the handle cancels it.
        self.handle = None;
        self.handle = Some(self.inner.clone().start(instant(at)));
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

/// What a `PeriodicTimer` calls: in softirq, so it never sleeps.
pub(crate) trait PeriodicCallback: Send + Sync + 'static {
    /// A second has passed.
    fn tick(&self, reader: Reader<'_>);
}

#[pin_data]
struct Periodic<T: PeriodicCallback> {
    #[pin]
    timer: HrTimer<Self>,
    callback: T,
}

impl_has_hr_timer! {
    impl{T: PeriodicCallback} HasHrTimer<Self> for Periodic<T> {
        mode: RelativeSoftMode<Monotonic>, field: self.timer
    }
}

impl<T: PeriodicCallback> HrTimerCallback for Periodic<T> {
    type Pointer<'a> = Arc<Self>;

    fn run(this: ArcBorrow<'_, Self>, mut ctx: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        rcu::read(|reader| this.callback.tick(reader));
        ctx.forward_now(SECOND);
        HrTimerRestart::Restart
    }
}

/// A timer that fires every second, from `start_now` on. Dropping it cancels it, and waits for a callback
/// that is running.
pub(crate) struct PeriodicTimer<T: PeriodicCallback> {
    inner: Arc<Periodic<T>>,
    handle: Option<ArcHrTimerHandle<Periodic<T>>>,
}

impl<T: PeriodicCallback> PeriodicTimer<T> {
    /// Not started yet.
    pub(crate) fn new(callback: T) -> Result<Self> {
        let periodic = pin_init!(Periodic {
            timer <- HrTimer::new(),
            callback,
        });
        let inner = Arc::pin_init(periodic, GFP_KERNEL_ACCOUNT)?;
        Ok(Self {
            inner,
            handle: None,
        })
    }

    /// Fires at once, and every second from then on.
    pub(crate) fn start_now(&mut self) {
        // Dropping the handle cancels it.
        self.handle = None;
        self.handle = Some(self.inner.clone().start(Delta::ZERO));
    }

    /// The value that is called.
    pub(crate) fn callback(&self) -> &T {
        &self.inner.callback
    }
}
