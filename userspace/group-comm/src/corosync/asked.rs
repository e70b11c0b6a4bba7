// SPDX-License-Identifier: GPL-2.0-only

//! What the Corosync that runs here is asked once, by its cmap, where it may as well stand still and never answer.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rust_corosync::cmap::{self, Handle, Map};

/// A daemon that stands still does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What `read` finds; `None` where no Corosync answers.
pub fn asked<T: Send + 'static>(name: &str, read: fn(&Handle) -> Option<T>) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    let ask = move || {
        let handle = cmap::initialize(Map::Icmap).ok();
        let found = handle.as_ref().and_then(read);
        // What it fails with changes nothing here.
        let _ = handle.map(|handle| cmap::finalize(&handle));
        sender.send(found)
    };
    // Nobody waits for the thread.
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(ask)
        .ok()?;
    receiver.recv_timeout(PATIENCE).ok().flatten()
}
