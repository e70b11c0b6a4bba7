// SPDX-License-Identifier: GPL-2.0-only

//! What the Corosync that runs here is asked once, by its cmap, where it may as well stand still and never answer.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::sys::cmap::Map;

/// A daemon that stands still does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What `read` finds; `None` where no Corosync answers.
pub fn asked<T: Send + 'static>(name: &str, read: fn(&Map) -> Option<T>) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    let ask = move || {
        let map = Map::open().ok();
        let found = map.as_ref().and_then(read);
        sender.send(found)
    };
    // Nobody waits for the thread.
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(ask)
        .ok()?;
    receiver.recv_timeout(PATIENCE).ok().flatten()
}
