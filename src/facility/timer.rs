// SPDX-License-Identifier: GPL-2.0-only

//! Something that is done every second, in softirq.
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
            RelativeSoftMode, //
        },
        Delta,
        Monotonic, //
    }, //
};

use super::rcu::{
    self,
    Reader, //
};

const SECOND: Delta = Delta::from_secs(1);

/// What is done; in softirq, so it never sleeps.
pub(crate) trait Tick: Send + Sync + 'static {
    /// A second has passed.
    fn tick(&self, reader: Reader<'_>);
}

#[pin_data]
struct Ticking<T: Tick> {
    #[pin]
    timer: HrTimer<Self>,
    what: T,
}

impl_has_hr_timer! {
    impl{T: Tick} HasHrTimer<Self> for Ticking<T> {
        mode: RelativeSoftMode<Monotonic>, field: self.timer
    }
}

impl<T: Tick> HrTimerCallback for Ticking<T> {
    type Pointer<'a> = Arc<Self>;

    fn run(this: ArcBorrow<'_, Self>, mut ctx: HrTimerCallbackContext<'_, Self>) -> HrTimerRestart {
        rcu::read(|reader| this.what.tick(reader));
        ctx.forward_now(SECOND);
        HrTimerRestart::Restart
    }
}

/// A `Tick` every second, from `begin_now` until this is dropped; that waits for one that is under
/// way.
pub(crate) struct EverySecond<T: Tick> {
    what: Arc<Ticking<T>>,
    handle: Option<ArcHrTimerHandle<Ticking<T>>>,
}

impl<T: Tick> EverySecond<T> {
    /// Not begun yet.
    pub(crate) fn new(what: T) -> Result<Self> {
        let ticking = pin_init!(Ticking {
            timer <- HrTimer::new(),
            what,
        });
        let what = Arc::pin_init(ticking, GFP_KERNEL_ACCOUNT)?;
        Ok(Self { what, handle: None })
    }

    /// The next one is at once.
    pub(crate) fn begin_now(&mut self) {
        // Dropping the handle stops it.
        self.handle = None;
        self.handle = Some(self.what.clone().start(Delta::ZERO));
    }

    /// What is done.
    pub(crate) fn what(&self) -> &T {
        &self.what.what
    }
}
