// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's token timeout, which says how soon it finds out that a node is gone.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rust_corosync::cmap::{self, Data, Map};

/// The timeout in force, in ms, with what Corosync adds for each node.
const KEY: &str = "runtime.config.totem.token";
/// A daemon that stands still does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The token timeout of the Corosync that runs here; `None` where none answers.
pub fn token() -> Option<Duration> {
    let (sender, receiver) = mpsc::channel();
    // Nobody waits for the thread.
    thread::Builder::new()
        .name("token".to_owned())
        .spawn(move || sender.send(read()))
        .ok()?;
    receiver.recv_timeout(PATIENCE).ok().flatten()
}

fn read() -> Option<Duration> {
    let handle = cmap::initialize(Map::Icmap).ok()?;
    let data = cmap::get(&handle, KEY);
    // What it fails with changes nothing here.
    let _ = cmap::finalize(&handle);
    match data {
        Ok(Data::UInt32(ms)) => Some(Duration::from_millis(ms.into())),
        _ => None,
    }
}
